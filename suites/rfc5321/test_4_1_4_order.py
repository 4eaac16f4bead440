"""RFC 5321 section 4.1.4: the order of commands."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, Reason, Smtp, SmtpDial, rewrite, say, verifies

NOT_GREETED = b"503 5.5.1 Say EHLO first\r\n"
NOT_ACCEPTABLE = (500, 501, 502, 504, 550)  # section 4.3.2 adds 504 to the codes of this section
ELSEWHERE = "[192.0.2.1]"


def at_greeting(dial: SmtpDial) -> Smtp:
    session = dial.smtp()
    session.greeting.ok()
    return session


@verifies("RFC5321-4.1.4-01", "RFC5321-4.1.1.1-08", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .*"))
def test_mail_before_ehlo_is_a_bad_sequence(dial: SmtpDial) -> None:
    """MAIL behind the greeting: 503."""
    session = at_greeting(dial)
    assert session.mail(dial.sender).says(503)


@verifies("RFC5321-4.1.4-02", refuted_by=say(NOT_GREETED, of=rb"(VRFY|EXPN) .*"))
@pytest.mark.parametrize("verb", ["VRFY", "EXPN"])
def test_vrfy_and_expn_need_no_ehlo(dial: SmtpDial, verb: str) -> None:
    """VRFY or EXPN behind the greeting: whatever the answer, it is not 503."""
    assert not at_greeting(dial).command(verb, "postmaster").says(503)


@verifies("RFC5321-4.1.4-03", refuted_by=say(NOT_GREETED, of=rb"NOOP|HELP|RSET"))
@pytest.mark.parametrize("verb", ["NOOP", "HELP", "RSET"])
def test_noop_help_and_rset_need_no_ehlo(dial: SmtpDial, verb: str) -> None:
    """NOOP, HELP or RSET behind the greeting: whatever the answer, it is not 503."""
    assert not at_greeting(dial).command(verb).says(503)


@verifies("RFC5321-4.1.4-04", refuted_by=say(b"354 Go ahead\r\n", of=rb"DATA"))
def test_a_later_ehlo_clears_all_buffers(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, EHLO, DATA: refused, since there is no recipient."""
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    smtp.hello().ok()
    said = smtp.command("DATA")
    if said.code == 354:
        smtp.close()
    assert said.refused


@verifies("RFC5321-4.1.4-05", refuted_by=say(NOT_GREETED, of=rb"RCPT .*"))
def test_an_ehlo_that_is_refused_changes_nothing(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, then EHLO without argument: 500, 501, 502, 504 or 550, and RCPT is accepted."""
    smtp.mail(dial.sender).ok()
    said = smtp.command("EHLO")
    if said.positive:
        raise Inconclusive(Reason.PRECONDITION, "EHLO without argument is accepted")
    assert said.says(*NOT_ACCEPTABLE)
    assert smtp.rcpt(dial.address()).positive


@verifies("RFC5321-4.1.4-06", refuted_by=say(b"550 5.7.1 You are not who you say\r\n", of=rb"EHLO \[192.*"))
def test_an_ehlo_that_does_not_fit_the_clients_address_is_no_reason_to_refuse_mail(dial: SmtpDial) -> None:
    """EHLO with a literal of another address than the client's, where the loopback's is taken: MAIL and RCPT are, too."""
    session = at_greeting(dial)
    session.command("EHLO [127.0.0.1]").ok()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    other = at_greeting(dial)
    assert other.command("EHLO", ELSEWHERE).positive
    assert other.mail(dial.sender).positive
    assert other.rcpt(dial.address()).positive


@verifies("RFC5321-4.1.4-07", refuted_by=say(b"503 5.5.1 Bad sequence\r\n", of=rb"MAIL .*<.*"))
def test_a_mail_that_is_refused_changes_nothing(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL without a path is refused, and a right one behind it is accepted."""
    if not smtp.command("MAIL FROM:").refused:
        raise Inconclusive(Reason.PRECONDITION, "MAIL without a path is not refused")
    assert smtp.mail(dial.sender).positive


@verifies("RFC5321-4.1.4-08", refuted_by=rewrite(rb"^503", b"501", of=rb"RCPT .*|DATA"))
def test_commands_out_of_order_are_refused_with_503_and_change_nothing(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT before MAIL: 503. DATA before MAIL: 503 or 554. MAIL and RCPT are accepted behind them."""
    assert smtp.rcpt(dial.address()).says(503)
    assert smtp.command("DATA").says(503, 554)
    assert smtp.mail(dial.sender).positive
    assert smtp.rcpt(dial.address()).positive


@verifies("RFC5321-4.1.4-09", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .*"))
def test_mail_inside_a_transaction_is_refused(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, MAIL: 5yz."""
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    assert smtp.mail(dial.sender).refused


@verifies("RFC5321-4.1.4-10", refuted_by=say(b"503 5.5.1 One transaction is enough\r\n", of=rb"MAIL .*", after=1))
def test_several_transactions_are_possible_in_a_session(dial: SmtpDial, smtp: Smtp) -> None:
    """Three messages on one connection: each is accepted."""
    arrivals = dial.arrivals()
    for _ in range(3):
        specimen = dial.specimen()
        assert smtp.mail(dial.sender).positive
        smtp.rcpt(dial.address()).ok()
        assert smtp.data(specimen.raw).positive
        arrivals.wait(specimen.key)
