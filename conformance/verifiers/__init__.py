"""The ways by which the harness asks a deployed verifier for its verdict: of SPF (RFC 7208 sections 8 and 9), DKIM, DMARC.

A route carries one query to a verifier and reads what it says: how a check is answered is a value, whether it is an
opinion, a verifier that died of the query, or none that could be reached. Routes raise nothing at what a peer does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


def unchanged(message: bytes) -> bytes:
    """Return a message as it was composed."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a client does that is to be checked: its address, its name in EHLO, its reverse-path ("" is the null one).

    `headers` are header fields, ended by CRLF, that the client's message has beside those of every message; `made` is
    what becomes of the message before it is sent: it is signed, say.
    """

    ip: str
    helo: str
    mail_from: str = ""
    headers: bytes = b""
    made: Callable[[bytes], bytes] = unchanged

    @property
    def version(self) -> int:
        """The version of the IP address; raises ValueError if it is none."""
        return ipaddress.ip_address(self.ip).version


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a verifier says.

    `result` is one of `conformance.wire.received_spf.RESULTS`, None if nothing was said, or of
    `conformance.wire.rfc8601.METHODS` where not SPF is verified; `explanation` is the text that
    came with it, `source` where it was read, `raw` the octets it was read from, `note` what else is worth knowing.
    `message` is the client's message as it arrived with the verifier's words in it, empty where none was seen.
    """

    result: str | None
    explanation: str = ""
    source: str = ""
    raw: bytes = b""
    note: str = ""
    message: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashed:
    """The verifier ended in the middle of a query, or showed how its program broke; `raw` is what came before."""

    why: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The query did not get to the verifier, or no verdict out of it; `why` says what a person can do."""

    why: str


Verdict = Opinion | Crashed | Unreachable


class Route(Protocol):
    """A way to one verifier."""

    @property
    def name(self) -> str:
        """The verifier's name; routes that share it lead to the same one."""

    def carries(self, query: Query) -> str:
        """Return why this route cannot carry a query, empty if it can."""

    def ask(self, query: Query) -> Verdict:
        """Return what the verifier says, within a few times the target's patience."""

    def close(self) -> None:
        """End what is open; harmless at any time."""


NO_MESSAGE = "this way brings no message to the verifier, nor a header field"


def unspeakable(query: Query, *never: str) -> str:
    """Return why a protocol without these characters cannot carry a query, empty if it can."""
    try:
        _ = query.version
    except ValueError as error:
        return str(error)
    for name, text in (("helo", query.helo), ("mail_from", query.mail_from)):
        for character in never:
            if character in text:
                return f"{name} holds {character!r}, which has no place in this protocol"
        try:
            text.encode()
        except UnicodeEncodeError:
            return f"{name} is no text"
    return ""
