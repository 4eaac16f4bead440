"""aiosmtpd as SMTP, submission and LMTP server that delivers into the Maildirs, run by conformance.embedded.

Its own Mailbox handler writes each message (and adds X-Peer, X-MailFrom and X-RcptTo); ours only says whose Maildir.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Mapping
from typing import Any

from aiosmtpd.handlers import Mailbox
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from conformance.embedded.home import DOMAIN, RESIDENTS, Home
from conformance.embedded.inherited import adopt

SIZE_LIMIT = 20 * 1024 * 1024


class Delivery:
    """Accepts mail for the residents, and the postmaster's (RFC 5321 section 4.5.1) for the first of them."""

    def __init__(self, home: Home) -> None:
        self._mailboxes = {f"{each.user}@{DOMAIN}": Mailbox(home.maildir(each.user)) for each in RESIDENTS}
        first = next(iter(self._mailboxes.values()))
        self._mailboxes |= {"postmaster": first, f"postmaster@{DOMAIN}": first}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.lower() not in self._mailboxes:
            return "550 No such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        for address in dict.fromkeys(each.lower() for each in envelope.rcpt_tos):
            await self._mailboxes[address].handle_DATA(server, session, envelope)
        return "250 OK"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
    """Compare with the residents' passwords."""
    known = {each.user.encode(): each.password.encode() for each in RESIDENTS}
    right = isinstance(given, LoginPassword) and known.get(given.login) == given.password
    return AuthResult(success=right, handled=False)


def make_protocol(scheme: str, delivery: Delivery, tls: ssl.SSLContext) -> SMTP:
    """Make what answers one connection: authentication needs TLS, as is aiosmtpd's custom."""
    common: dict[str, Any] = {
        "hostname": "localhost",
        "enable_SMTPUTF8": True,
        "data_size_limit": SIZE_LIMIT,
        "authenticator": authenticate,
    }
    if scheme == "lmtp":
        return LMTP(delivery, **common)
    if scheme == "submissions":
        # aiosmtpd does not count TLS from the first octet as TLS.
        return SMTP(delivery, auth_required=True, auth_require_tls=False, **common)
    return SMTP(delivery, tls_context=tls, **common)


async def run(home: Home, listeners: Mapping[str, socket.socket]) -> None:
    """Serve until the process ends."""
    loop, delivery = asyncio.get_running_loop(), Delivery(home)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(home.chain_file, home.key_file)
    for scheme, listener in listeners.items():
        implicit_tls = tls if scheme == "submissions" else None
        await loop.create_server(
            lambda kind=scheme: make_protocol(kind, delivery, tls), sock=listener, ssl=implicit_tls
        )
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(*adopt(sys.argv[1:])))
