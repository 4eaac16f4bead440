"""RFC 5321 sections 4.1.1.6 to 4.1.1.9: VRFY, EXPN, HELP and NOOP, which change nothing."""

from __future__ import annotations

from conformance import Smtp, SmtpDial, answer, forward, say, verifies


def begin(session: Smtp, dial: SmtpDial) -> None:
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()


def goes_on(session: Smtp) -> bool:
    """Whether DATA still finds a recipient; the connection is dropped before any mail data."""
    said = session.command("DATA")
    if said.code == 354:
        session.close()
    return said.says(354)


@verifies("RFC5321-4.1.1.6-01", refuted_by=say(b"252 2.0.0 Maybe\r\n", of=rb"VRFY"))
def test_vrfy_without_argument_is_refused(smtp: Smtp) -> None:
    """VRFY alone: 5yz."""
    assert smtp.command("VRFY").refused


@verifies("RFC5321-4.1.1.6-02", refuted_by=forward(b"RSET", of=rb"VRFY .*"))
def test_vrfy_leaves_the_transaction_alone(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, VRFY, whatever its answer, then DATA: 354."""
    begin(smtp, dial)
    smtp.command("VRFY", dial.address())
    assert goes_on(smtp)


@verifies("RFC5321-4.1.1.7-01", refuted_by=forward(b"RSET", of=rb"EXPN .*"))
def test_expn_leaves_the_transaction_alone(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, EXPN, whatever its answer, then DATA: 354."""
    begin(smtp, dial)
    smtp.command("EXPN postmaster")
    assert goes_on(smtp)


@verifies("RFC5321-4.1.1.7-02", refuted_by=answer(b"503 5.5.1 Not inside a transaction\r\n", of=rb"EXPN .*"))
def test_expn_may_be_issued_inside_a_transaction(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, EXPN: whatever its answer, it is not 503."""
    begin(smtp, dial)
    assert not smtp.command("EXPN postmaster").says(503)


@verifies("RFC5321-4.1.1.8-01", refuted_by=say(b"502 5.5.1 No help\r\n", of=rb"HELP"))
def test_help_is_given(smtp: Smtp) -> None:
    """HELP alone: positive."""
    assert smtp.command("HELP").positive


@verifies("RFC5321-4.1.1.8-02", refuted_by=say(b"504 5.5.4 No help about this\r\n", of=rb"HELP .*"))
def test_help_is_given_about_a_command(smtp: Smtp) -> None:
    """HELP MAIL: positive."""
    assert smtp.command("HELP MAIL").positive


@verifies("RFC5321-4.1.1.8-03", refuted_by=forward(b"RSET", of=rb"HELP"))
def test_help_leaves_the_transaction_alone(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, HELP, whatever its answer, then DATA: 354."""
    begin(smtp, dial)
    smtp.command("HELP")
    assert goes_on(smtp)


@verifies("RFC5321-4.1.1.9-01", refuted_by=say(b"200 Ok\r\n", of=rb"NOOP"))
def test_noop_is_answered_250_in_every_state(dial: SmtpDial, smtp: Smtp) -> None:
    """NOOP behind EHLO, MAIL, RCPT and RSET: 250."""
    assert smtp.command("NOOP").says(250)
    smtp.mail(dial.sender).ok()
    assert smtp.command("NOOP").says(250)
    smtp.rcpt(dial.address()).ok()
    assert smtp.command("NOOP").says(250)
    smtp.command("RSET").ok()
    assert smtp.command("NOOP").says(250)


@verifies("RFC5321-4.1.1.9-02", refuted_by=forward(b"RSET", of=rb"NOOP"))
def test_noop_leaves_the_transaction_alone(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, NOOP, DATA: 354."""
    begin(smtp, dial)
    smtp.command("NOOP")
    assert goes_on(smtp)


@verifies("RFC5321-4.1.1.9-03", refuted_by=say(b"501 5.5.4 Syntax error\r\n", of=rb"NOOP .*"))
def test_noop_ignores_an_argument(smtp: Smtp) -> None:
    """NOOP with a word and with a quoted string: 250."""
    assert smtp.command("NOOP mailconform").says(250)
    assert smtp.command('NOOP "mail conform"').says(250)
