# ruff: noqa: INP001 - a program of its own, not part of the package whose folder keeps it
"""aiosmtpd delivering into Maildirs: SMTP, SMTP over TLS, submission and LMTP on the ports given, in this order.

The library speaks the protocols; whom it knows, whom it lets in and where mail goes is said here. It has no queue, so
nothing is relayed, whoever asks.
"""

from __future__ import annotations

import asyncio
import mailbox
import re
import ssl
import sys
from email.utils import formatdate
from functools import partial
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ADDRESS = "127.0.0.1"
DOMAIN = "mail.test"
SIZE = 20_480_000
MAIL = Path("/srv/mail")
FORMER = re.compile(rb"^Return-Path:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", re.MULTILINE | re.IGNORECASE)
"""The field that an earlier delivery wrote."""
PASSWORDS = {"user1": b"pass1", "user2": b"pass2", "user3": b"pass3"}
ALIASES = {
    "postmaster": ("user1",),
    "abuse": ("user1",),
    "noc": ("user1",),
    "security": ("user1",),
    "both": ("user1", "user2"),
}


class Maildirs:
    """The handler: refuses whom it does not know and delivers to whom it does."""

    async def handle_RCPT(  # noqa: N802 - the library's name, and what it gives
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT."""
        local, _, domain = address.rpartition("@") if "@" in address else (address, "@", DOMAIN)
        if domain.lower() != DOMAIN:
            return "550 5.7.1 not here, and nothing is relayed"
        if not readers(local):
            return "550 5.1.1 nobody here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Put what came, with the trace fields, into the Maildir of every recipient."""
        trace = (
            f"Return-Path: <{(envelope.mail_from or '').strip('<>')}>\r\n"
            f"Received: from {session.host_name} ([{ADDRESS}]) by {DOMAIN} with {spoken(server, session, envelope)};"
            f" {formatdate()}\r\n"
        )
        head, gap, body = (envelope.original_content or b"").partition(b"\r\n\r\n")
        text = FORMER.sub(b"", head + gap[:2]) + gap[2:] + body
        for user in dict.fromkeys(
            user for address in envelope.rcpt_tos for user in readers(address.rpartition("@")[0] or address)
        ):
            maildir(user).add(trace.encode() + text)
        return "250 2.6.0 OK"


def spoken(server: SMTP, session: Session, envelope: Envelope) -> str:
    """Name the protocol for the trace as RFC 3848 and RFC 6531 section 4.3 have it."""
    if isinstance(server, LMTP):
        return "LMTP"
    if not session.extended_smtp:
        return "SMTP"
    begun = "UTF8SMTP" if envelope.smtp_utf8 else "ESMTP"
    return begun + "S" * (session.ssl is not None) + "A" * bool(session.authenticated)


def readers(local: str) -> tuple[str, ...]:
    """Give the users who get mail for that local part."""
    name = local.lower()
    return ALIASES.get(name) or ((name,) if name in PASSWORDS else ())


def maildir(user: str) -> mailbox.Maildir:
    return mailbox.Maildir(MAIL / user / "Maildir")


def let_in(_: SMTP, __: Session, ___: Envelope, ____: str, data: LoginPassword) -> AuthResult:
    """Tell whether it is one of the users, with or without the domain."""
    user = data.login.decode("utf-8", "replace").removesuffix(f"@{DOMAIN}")
    return AuthResult(success=PASSWORDS.get(user) == data.password, handled=False)


async def serve(smtp: int, smtps: int, submission: int, lmtp: int) -> None:
    """Listen on every port until the process ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/share/server.pem", "/share/server.key")
    protocol = partial(
        SMTP, Maildirs(), hostname=DOMAIN, enable_SMTPUTF8=True, data_size_limit=SIZE, authenticator=let_in,
        auth_require_tls=False,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    await loop.create_server(partial(protocol, tls_context=context), ADDRESS, smtp)
    await loop.create_server(protocol, ADDRESS, smtps, ssl=context)
    await loop.create_server(partial(protocol, tls_context=context, auth_required=True), ADDRESS, submission)
    await loop.create_server(
        partial(LMTP, Maildirs(), hostname=DOMAIN, enable_SMTPUTF8=True, data_size_limit=SIZE), ADDRESS, lmtp
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    for name in PASSWORDS:
        (MAIL / name).mkdir(parents=True)
        maildir(name)
    asyncio.run(serve(*map(int, sys.argv[1:])))
