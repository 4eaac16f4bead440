"""The standard conversation in SMTP and LMTP: every command of RFC 5321 section 4.1, wrong ones, a message, AUTH, STARTTLS.

Invariant: one message to the first account, known by its Message-ID and taken away again.
"""

from __future__ import annotations

import contextlib

from conformance.dial_smtp import SmtpDial
from conformance.discovery import AFTER_LOGIN, BEFORE_TLS, UNDER_TLS, Capabilities
from conformance.outcomes import Inconclusive, NotSupported

UNKNOWN = "XYZZY"
LINES = (
    "NOOP",
    "VRFY postmaster",
    "EXPN postmaster",
    "HELP",
    UNKNOWN,
    "RSET",
    "RCPT TO:<x@y.invalid>",
    "DATA",
)


def prepare(dial: SmtpDial) -> str:
    """Return the address that mail goes to, empty if the target file gives none."""
    with contextlib.suppress(Inconclusive, NotSupported):
        return dial.address()
    return ""


def converse(dial: SmtpDial, address: str, listed: dict[str, Capabilities]) -> None:
    """Hold the standard conversation, and note in `listed` what EHLO said in each state."""
    session = dial.smtp()
    session.command("NOOP early")
    hello = session.hello()
    listed[BEFORE_TLS] = hello.keywords
    for line in LINES:
        session.command(line)
    session.quit()
    if address:
        _transaction(dial, address)
    _log_in(dial, listed)
    _under_tls(dial, listed)


def _transaction(dial: SmtpDial, address: str) -> None:
    with contextlib.suppress(Inconclusive, NotSupported):
        session = dial.ready()
        session.mail(address)
        session.rcpt(dial.unknown)
        if session.rcpt(address).code // 100 == 2:
            specimen = dial.specimen()
            with contextlib.suppress(Inconclusive):
                arrivals = dial.arrivals()
                session.data(specimen.raw)
                arrivals.wait(specimen.key)
        session.command("MAIL FROM:<")
        session.command("RSET")


def _log_in(dial: SmtpDial, listed: dict[str, Capabilities]) -> None:
    with contextlib.suppress(Inconclusive, NotSupported):
        session = dial.before_login()
        session.command("AUTH XYZZY")
        if dial.knock(session).code == 235:
            listed[AFTER_LOGIN] = session.hello().keywords
        session.quit()


def _under_tls(dial: SmtpDial, listed: dict[str, Capabilities]) -> None:
    with contextlib.suppress(Inconclusive, NotSupported):
        session = dial.secured()
        listed[UNDER_TLS] = session.hello().keywords
        session.quit()
