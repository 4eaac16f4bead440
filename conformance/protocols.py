"""What a protocol brings: how it is discovered, how its sessions are opened, how its conversations are heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance import (
    discovery_http,
    discovery_imap,
    discovery_pop3,
    discovery_smtp,
    hearing_http,
    hearing_imap,
    hearing_pop3,
    hearing_smtp,
)
from conformance.audits import Hearing
from conformance.dial import Dial
from conformance.dial_dkim import DkimDial
from conformance.dial_dmarc import DmarcDial
from conformance.dial_http import HttpDial
from conformance.dial_imap import ImapDial
from conformance.dial_pop3 import Pop3Dial
from conformance.dial_smtp import SmtpDial
from conformance.dial_spf import SpfDial
from conformance.dial_verifiers import discovering
from conformance.discovery import Profile
from conformance.target import Target
from conformance.target_verifiers import METHODS
from conformance.transport.dialler import Dialler


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol: asked once, dialled for each check, heard by the audits."""

    discover: Callable[[Target, Dialler], Profile]
    dial: Callable[[Profile, Dialler], Dial]
    conversations: Hearing


PROTOCOLS: dict[str, Protocol] = {
    "pop3": Protocol(discover=discovery_pop3.discover, dial=Pop3Dial, conversations=hearing_pop3.conversations),
    "imap": Protocol(discover=discovery_imap.discover, dial=ImapDial, conversations=hearing_imap.conversations),
    "smtp": Protocol(discover=discovery_smtp.discover, dial=SmtpDial, conversations=hearing_smtp.conversations),
    "lmtp": Protocol(discover=discovery_smtp.discover_lmtp, dial=SmtpDial, conversations=hearing_smtp.conversations),
    "http": Protocol(discover=discovery_http.discover, dial=HttpDial, conversations=hearing_http.conversations),
    **{
        dial.method: Protocol(discover=discovering(dial), dial=dial, conversations=lambda _events, _profile: iter(()))
        for dial in (SpfDial, DkimDial, DmarcDial)
    },
}


def named(protocol: str) -> str:
    """Return what a target file calls that by which a protocol is spoken: an endpoint's scheme, or the rows of a verifier."""
    return f"[[{protocol}]]" if protocol in METHODS else f"{protocol}://"
