"""RFC 4954 section 6: what a server says that demands a login."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Smtp, SmtpDial, rewrite, say, verifies
from conformance.sessions.smtp import Answer

each_port = pytest.mark.parametrize("scheme", ["submission", "submissions"])


def stranger(dial: SmtpDial, scheme: str) -> Smtp:
    """Open a session without a login, under TLS where that is offered."""
    session = dial.smtp(scheme)
    session.greeting.ok()
    session.hello().ok()
    if "STARTTLS" not in session.keywords:
        return session
    session.leave()
    return dial.secured(scheme)


def refusal(dial: SmtpDial, scheme: str) -> Answer:
    """Return what MAIL or RCPT is refused with for want of a login: behind one, both are accepted."""
    session = stranger(dial, scheme)
    said = session.mail(dial.sender)
    if said.positive:
        said = session.rcpt(dial.address())
    if said.positive:
        raise NotSupported(f"no login is demanded at {scheme}://")
    session = stranger(dial, scheme)
    if dial.door().method not in session.keywords.get("AUTH", ()):
        raise NotSupported(f"the account's way of logging in is not offered at {scheme}://")
    dial.knock(session).ok()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    return said


@verifies("RFC4954-6-07", "RFC2554-4-02", refuted_by=rewrite(rb"^530", b"550", of=rb"(?:MAIL|RCPT) .*"))
@each_port
def test_mail_without_the_login_that_it_needs_is_answered_530(dial: SmtpDial, scheme: str) -> None:
    """MAIL or RCPT on the submission port before a login, which are accepted behind one: 530."""
    assert refusal(dial, scheme).says(530)


@verifies("RFC4954-6-07", refuted_by=rewrite(rb"^530 5\.7\.0", b"530 5.7.1", of=rb"(?:MAIL|RCPT) .*"))
@each_port
def test_the_530_for_want_of_a_login_has_the_code_5_7_0(dial: SmtpDial, scheme: str) -> None:
    """The same, on a server that answers 530 and announces ENHANCEDSTATUSCODES: 530 5.7.0."""
    said = refusal(dial, scheme)
    if said.code != 530 or not dial.profile.announced("ENHANCEDSTATUSCODES"):
        raise NotSupported(f"ENHANCEDSTATUSCODES is not announced, or no 530 came: {said!r}")
    assert said.enhanced == b"5.7.0"


@verifies("RFC4954-6-07", refuted_by=say(b"530 5.7.0 Authentication required\r\n", of=rb"NOOP|RSET"))
@each_port
@pytest.mark.parametrize("line", ["NOOP", "RSET"])
def test_commands_that_need_no_login_are_carried_out(dial: SmtpDial, scheme: str, line: str) -> None:
    """NOOP and RSET on the submission port before a login: not answered 530."""
    assert not stranger(dial, scheme).command(line).says(530)
