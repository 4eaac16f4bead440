"""RFC 5321 sections 3.6.2 and 7.9: whom a server relays for, and how it refuses to; nothing is sent."""

from __future__ import annotations

from conformance import Inconclusive, NotSupported, Reason, SmtpDial, say, verifies


def foreign(dial: SmtpDial) -> str:
    """Return an address of which the target file says that it is not relayed to; Inconclusive if it names none."""
    if not dial.target.mail.foreign:
        raise Inconclusive(Reason.NOT_SET_UP, "needs foreign = in [mail]: an address that is not relayed to")
    return dial.foreign


@verifies("RFC5321-7.9-01", refuted_by=say(b"250 2.1.5 ok\r\n", of=rb"(MAIL|RCPT) .*"))
def test_a_stranger_cannot_relay(dial: SmtpDial) -> None:
    """RCPT, without AUTH, to an address of which the target file says that it is not relayed to: refused."""
    session = dial.smtp()
    session.greeting.ok()
    session.hello().ok()
    begun = session.mail(dial.sender)
    assert begun.code == 530 or (begun.ok() and session.rcpt(foreign(dial)).refused)


@verifies("RFC5321-3.6.2-02", "RFC5321-7.9-02", refuted_by=say(b"554 5.7.1 no relaying\r\n", of=rb"RCPT .*"))
def test_relaying_is_refused_with_550(dial: SmtpDial) -> None:
    """RCPT to an address that the server is not responsible for, if it is refused: 550."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    said = session.rcpt(foreign(dial))
    if said.positive:
        raise NotSupported(f"mail for other hosts is taken: {said!r}")
    assert said.says(550)
