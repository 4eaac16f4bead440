"""RFC 5321 section 4.1.1.5: RSET."""

from __future__ import annotations

from conformance import Smtp, SmtpDial, forward, hang_up, say, verifies

NOT_GREETED = b"503 5.5.1 Say EHLO first\r\n"


@verifies("RFC5321-4.1.1.5-01", refuted_by=forward(b"NOOP", of=rb"RSET"))
def test_rset_discards_sender_and_recipients(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, RSET: RCPT is refused, since there is no sender."""
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    smtp.command("RSET").ok()
    assert smtp.rcpt(dial.address()).refused


@verifies("RFC5321-4.1.1.5-02", refuted_by=say(b"200 Ok\r\n", of=rb"RSET"))
def test_rset_is_answered_250_in_every_state(dial: SmtpDial, smtp: Smtp) -> None:
    """RSET before MAIL, behind MAIL, behind RCPT and behind a refusal: 250."""
    assert smtp.command("RSET").says(250)
    smtp.mail(dial.sender).ok()
    assert smtp.command("RSET").says(250)
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    assert smtp.command("RSET").says(250)
    smtp.command("DATA")
    assert smtp.command("RSET").says(250)


@verifies("RFC5321-4.1.1.5-03", refuted_by=say(NOT_GREETED, of=rb"(MAIL|EHLO) .*"))
def test_rset_changes_nothing_where_there_is_nothing_to_reset(dial: SmtpDial) -> None:
    """RSET before EHLO, behind it, behind a message and before QUIT: EHLO, MAIL, MAIL and QUIT work."""
    before = dial.smtp()
    before.greeting.ok()
    assert before.command("RSET").says(250)
    assert before.hello().positive
    session, arrivals, specimen = dial.ready(), dial.arrivals(), dial.specimen()
    assert session.command("RSET").says(250)
    assert session.mail(dial.sender).positive
    session.rcpt(dial.address()).ok()
    session.data(specimen.raw).ok()
    arrivals.one(specimen.key)
    assert session.command("RSET").says(250)
    assert session.mail(dial.sender).positive
    assert session.command("RSET").says(250)
    assert session.command("QUIT").says(221)


@verifies("RFC5321-4.1.1.5-04", refuted_by=hang_up(of=rb"RSET", after=1))
def test_rset_does_not_close_the_connection(smtp: Smtp) -> None:
    """RSET five times, then NOOP: the connection is open."""
    for _ in range(5):
        assert smtp.command("RSET").reply is not None
    assert smtp.command("NOOP").says(250)
