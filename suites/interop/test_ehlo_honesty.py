"""What EHLO announces held against what works: one telling exchange for each extension, announced or not.

Four outcomes: announced and works (held), announced and broken (a failure of that extension's own requirement), silent and
absent (not offered), silent and works (observed: no client will use it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance import Inconclusive, NotSupported, Reason, Smtp, SmtpDial, answer, drop, rewrite, say, speaks, verifies
from conformance.faults import Fault
from conformance.sessions.smtp import UNKNOWN_COMMAND
from conformance.sessions.smtp import Answer as Said

pytestmark = speaks("smtp")
Exchange = Callable[[SmtpDial, Smtp], bool]
UNKNOWN = b"502 5.5.1 Command not implemented\r\n"
PARAMETER = b"555 5.5.4 Parameter not recognized\r\n"


def lasting(said: Said) -> Said:
    """An answer; Inconclusive if the session ends with it, which says nothing of an extension."""
    if said.ending or said.code == 421:
        raise Inconclusive(Reason.CONNECTION_LOST, f"the session ended: {said!r}")
    return said


def taken(said: Said) -> bool:
    """Whether a command is accepted."""
    return lasting(said).positive


def known(said: Said) -> bool:
    """Whether a command is known, whatever keeps it from being carried out."""
    return lasting(said).code not in UNKNOWN_COMMAND


def mail(*parameters: str) -> Exchange:
    """MAIL with parameters is accepted, as it is without."""

    def exchange(dial: SmtpDial, session: Smtp) -> bool:
        session.mail(dial.sender).ok()
        session.command("RSET").ok()
        return taken(session.mail(dial.sender, *parameters))

    return exchange


def verb(line: str) -> Exchange:
    """A command is known."""

    def exchange(dial: SmtpDial, session: Smtp) -> bool:
        return known(session.command(line.format(address=dial.address(), domain=dial.domain)))

    return exchange


def dsn(dial: SmtpDial, session: Smtp) -> bool:
    """The parameters of MAIL and RCPT are accepted."""
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    session.command("RSET").ok()
    on_mail = taken(session.mail(dial.sender, "RET=HDRS", "ENVID=mailconform"))
    return on_mail and taken(session.rcpt(dial.address(), "NOTIFY=NEVER", f"ORCPT=rfc822;{dial.address()}"))


def pipelining(dial: SmtpDial, session: Smtp) -> bool:
    """Groups of commands are accepted, as they are one at a time; several, since what comes early is not always a matter."""
    lines = (f"MAIL FROM:<{dial.sender}>", f"RCPT TO:<{dial.address()}>", "RSET")
    for line in lines:
        session.command(line).ok()
    return all(each.code and taken(each) for _ in range(5) for each in session.batch(*lines, *lines))


def chunking(dial: SmtpDial, session: Smtp) -> bool:
    """A chunk is taken: its octets would be commands where BDAT is not known."""
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    works = taken(session.bdat(b"NOOP\r\n"))
    works = session.nothing_follows() and works
    session.close()
    return works


def start_tls(dial: SmtpDial, session: Smtp) -> bool:
    """STARTTLS is answered 220."""
    if session.stream.tls_facts:
        raise NotSupported(f"{dial.scheme}:// begins with TLS")
    if session.logged_in:
        raise NotSupported("STARTTLS is for sessions that are not logged in")
    said = lasting(session.command("STARTTLS"))
    session.close()
    return said.code == 220


def enhanced(dial: SmtpDial, session: Smtp) -> bool:
    """Positive and negative replies begin with a status code."""
    said = (session.command("RSET"), session.mail(dial.sender), session.command("XMAILCONFORM"))
    return all(lasting(each).enhanced for each in said)


EXTENSIONS: dict[str, tuple[Exchange, str, Fault]] = {
    "SIZE": (mail("SIZE=100"), "RFC1870-4-02", say(PARAMETER, of=rb"MAIL .* SIZE=.*")),
    "8BITMIME": (mail("BODY=8BITMIME"), "RFC6152-3-01", say(PARAMETER, of=rb"MAIL .* BODY=.*")),
    "BINARYMIME": (mail("BODY=BINARYMIME"), "RFC3030-3-02", say(PARAMETER, of=rb"MAIL .* BODY=.*")),
    "SMTPUTF8": (mail("SMTPUTF8"), "RFC6531-3.1-03", say(PARAMETER, of=rb"MAIL .* SMTPUTF8")),
    "DELIVERBY": (mail("BY=99999;N"), "RFC2852-4-01", say(PARAMETER, of=rb"MAIL .* BY=.*")),
    "DSN": (dsn, "RFC3461-5.1-04", say(PARAMETER, of=rb"RCPT .* NOTIFY=.*")),
    "PIPELINING": (pipelining, "RFC2920-3-01", say(b"503 5.5.1 One at a time\r\n", of=rb"RCPT .*", after=1)),
    "CHUNKING": (chunking, "RFC3030-2-04", answer(UNKNOWN, of=rb"BDAT .*")),
    "STARTTLS": (start_tls, "RFC3207-4-01", answer(UNKNOWN, of=rb"STARTTLS")),
    "AUTH": (verb("AUTH XMAILCONFORM"), "RFC5321-4.2.4-02", answer(UNKNOWN, of=rb"AUTH XMAILCONFORM")),
    "ENHANCEDSTATUSCODES": (enhanced, "RFC2034-4-01", rewrite(rb"^(\d{3}[ -])\d\.\d+\.\d+ ?", rb"\1")),
    "VRFY": (verb("VRFY {address}"), "RFC5321-4.2.4-02", answer(UNKNOWN, of=rb"VRFY .*")),
    "EXPN": (verb("EXPN {address}"), "RFC5321-4.2.4-02", answer(UNKNOWN, of=rb"EXPN .*")),
    "HELP": (verb("HELP"), "RFC5321-4.2.4-02", answer(UNKNOWN, of=rb"HELP")),
    "ETRN": (verb("ETRN {domain}"), "RFC5321-4.2.4-02", answer(UNKNOWN, of=rb"ETRN .*")),
}
"""Keyword -> a telling exchange, the requirement that an announcement makes, and the lie that breaks it."""


SILENT = (
    rewrite(rb"^250([- ])(?!.*\.)\S+", rb"250\1XNOTHING", of=rb"EHLO .*")
    | say(b"250 2.0.0 Ok\r\n", of=rb"MAIL .* (BODY|BY|RET|SIZE)=.*|RCPT .* NOTIFY=.*|MAIL .* SMTPUTF8")
    | say(b"250 2.0.0 Ok\r\n", of=rb"EXPN .*|HELP|ETRN .*|AUTH .*")
    | answer(b"250 2.0.0 Ok\r\n", of=rb"BDAT .*")
    | drop(of=rb"NOOP")
    | rewrite(rb"^([245])(\d\d[ -])(?!\1\.)", rb"\1\2\1.0.0 ", of=rb"RSET|MAIL .*|XMAILCONFORM")
)
"""A server that can do everything, and announces nothing."""


def tried(dial: SmtpDial, keyword: str) -> tuple[bool, bool]:
    """Whether the session that may send mail is told of an extension, and whether that works there."""
    session = dial.ready()
    return keyword in session.keywords, EXTENSIONS[keyword][0](dial, session)


def cases() -> list[Any]:
    return [
        pytest.param(keyword, id=keyword, marks=pytest.mark.verifies(requirement, refuted_by=fault))
        for keyword, (_, requirement, fault) in EXTENSIONS.items()
    ]


@pytest.mark.parametrize("keyword", cases())
def test_what_ehlo_announces_works(dial: SmtpDial, keyword: str) -> None:
    """A telling exchange with each extension: it works where EHLO lists it, and otherwise it is told whether it does."""
    listed, works = tried(dial, keyword)
    if not listed:
        raise NotSupported(f"{keyword}: silent, {'and works' if works else 'absent'}")
    assert works, f"{keyword}: announced, broken"


@verifies("RFC5321-2.2.1-05", refuted_by=SILENT)
@pytest.mark.parametrize("keyword", [keyword for keyword in EXTENSIONS if keyword != "VRFY"])  # need not be listed
def test_what_works_is_announced(dial: SmtpDial, keyword: str) -> None:
    """The same exchange, for what EHLO does not list: it is not understood."""
    listed, works = tried(dial, keyword)
    assert listed or not works, f"{keyword}: silent, and works"
