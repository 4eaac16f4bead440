"""RFC 3207 section 4: servers that demand TLS, and those that may not."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, NotSupported, Reason, SmtpDial, rewrite, say, verifies
from conformance.sessions.smtp import UNKNOWN_COMMAND

each_port = pytest.mark.parametrize("scheme", ["smtp", "submission"])
MUST_ISSUE = b"530 5.7.0 Must issue a STARTTLS command first\r\n"


def accepted(dial: SmtpDial, *, tls: bool) -> bool:
    """Whether mail to an account is taken up to RCPT on the port for everyone, without a login."""
    session = dial.secured("smtp") if tls else dial.before_tls("smtp")
    return session.mail(dial.sender).positive and session.rcpt(dial.address()).positive


@verifies("RFC3207-4-04", refuted_by=say(MUST_ISSUE, of=rb"MAIL .*"))
def test_local_mail_is_taken_without_tls_on_the_port_for_everyone(dial: SmtpDial) -> None:
    """What MAIL and RCPT of a local address are accepted for under TLS, they are accepted for in clear.

    A server whose smtp:// port is not for everyone may demand TLS: [facilities] public = "no" says so.
    """
    with dial.dialler.straight():
        if not accepted(dial, tls=True):
            raise Inconclusive(Reason.PRECONDITION, "mail to an account is refused under TLS, too")
    if dial.target.facilities.get("public", "") == "no":
        raise NotSupported('the target file says public = "no"')
    assert accepted(dial, tls=False)


def demanding(dial: SmtpDial, scheme: str) -> None:
    """Go on where MAIL is answered 530 in clear, and otherwise under TLS; NotSupported elsewhere."""
    with dial.dialler.straight():
        in_clear = dial.before_tls(scheme).mail(dial.sender)
        if in_clear.code != 530 or dial.secured(scheme).mail(dial.sender).raw == in_clear.raw:
            raise NotSupported(f"TLS is not demanded before MAIL at {scheme}://")


@verifies("RFC3207-4-05", refuted_by=rewrite(rb"^530", b"550", of=rb"MAIL .*|RCPT .*|DATA|RSET|VRFY .*"))
@each_port
def test_every_command_that_needs_tls_is_answered_530(dial: SmtpDial, scheme: str) -> None:
    """MAIL, RCPT, DATA, RSET and VRFY in clear, where TLS is demanded: 530, or 500 and 502 for what is not known at all."""
    demanding(dial, scheme)
    session = dial.before_tls(scheme)
    lines = (f"MAIL FROM:<{dial.sender}>", f"RCPT TO:<{dial.address()}>", "DATA", "RSET", "VRFY postmaster")
    assert [line for line in lines if not session.command(line).says(530, *UNKNOWN_COMMAND)] == []


@verifies("RFC3207-4-05", refuted_by=say(MUST_ISSUE, of=rb"NOOP|QUIT"))
@each_port
@pytest.mark.parametrize("line", ["NOOP", "QUIT"])
def test_commands_that_need_no_tls_are_carried_out(dial: SmtpDial, scheme: str, line: str) -> None:
    """NOOP and QUIT in clear, where TLS is demanded."""
    demanding(dial, scheme)
    assert dial.before_tls(scheme).command(line).positive


@verifies("RFC3207-4-06", refuted_by=rewrite(rb"^530 5.7.0", b"530 5.7.1", of=rb"MAIL .*"))
@each_port
def test_the_530_for_want_of_tls_has_the_code_5_7_0(dial: SmtpDial, scheme: str) -> None:
    """MAIL in clear, where TLS is demanded, on a server that announces ENHANCEDSTATUSCODES."""
    demanding(dial, scheme)
    session = dial.before_tls(scheme)
    if "ENHANCEDSTATUSCODES" not in session.keywords:
        raise NotSupported("ENHANCEDSTATUSCODES is not announced in clear")
    assert session.mail(dial.sender).enhanced == b"5.7.0"
