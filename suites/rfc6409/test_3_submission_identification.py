"""RFC 6409 section 3: the port for submission, and the null reverse-path."""

from __future__ import annotations

from conformance import SmtpDial, say, verifies


@verifies("RFC6409-3.1-01", refuted_by=say(b"502 5.5.1 EHLO is not known here\r\n", of=rb"EHLO .*"))
def test_the_port_for_submission_speaks_esmtp(dial: SmtpDial) -> None:
    """EHLO behind the greeting of the submission:// endpoint: 250."""
    session = dial.smtp(dial.submission)
    session.greeting.ok()
    assert session.hello().says(250)


@verifies("RFC6409-3.2-01", refuted_by=say(b"550 5.7.1 no sender\r\n", of=rb"MAIL FROM:<>"))
def test_a_null_reverse_path_may_be_submitted(dial: SmtpDial) -> None:
    """Logged in, MAIL with an address, RSET, MAIL FROM:<>: accepted too."""
    session = dial.submitting()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail("").positive


@verifies("RFC6409-3.2-01", refuted_by=say(b"550 5.7.1 no sender\r\n", of=rb"\."))
def test_a_message_with_a_null_reverse_path_may_be_submitted(dial: SmtpDial) -> None:
    """Logged in, send a message with a null reverse-path, and one with an address, to a mailbox: neither is refused alone."""
    arrivals, session, specimens = dial.arrivals(), dial.submitting(), [dial.specimen(), dial.specimen()]
    with dial.dialler.straight():
        dial.submitting().transaction(dial.sender, dial.address(), text=specimens[0].raw).ok()
    answer = session.transaction("", dial.address(), text=specimens[1].raw)
    for specimen, code in zip(specimens, (250, answer.code), strict=True):
        arrivals.wait(specimen.key, seconds=None if code // 100 == 2 else 0.0)
    assert answer.positive


@verifies("RFC6409-7-09", refuted_by=say(b"521 mail.example does not accept mail\r\n", of=rb""))
def test_the_port_for_submission_does_not_greet_with_521(dial: SmtpDial) -> None:
    """Connect: the code of the greeting is not 521."""
    assert dial.smtp(dial.submission).greeting.code != 521
