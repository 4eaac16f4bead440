"""RFC 5321 section 3.3: MAIL, RCPT and DATA, in this order."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, NotSupported, Reason, Smtp, SmtpDial, alter, answer, lose, say, verifies
from conformance.sessions.smtp import Answer

NOBODY = (550, 551, 553, 554)
"""Codes whose meaning fits a recipient that is known not to exist (RFC 5321 sections 4.2.3 and 4.3.2)."""
LINES = b"one\r\n\r\n two \r\n\tthree\r\n\r\n\r\nlast\r\n"


def not_for_us(said: Answer) -> Answer:
    """Return the answer; Inconclusive if it speaks of permissions, which say nothing of the address."""
    if said.code == 530 or said.enhanced.startswith(b"5.7."):
        raise Inconclusive(Reason.PRECONDITION, f"{said.command} was answered {said!r}")
    return said


@verifies("RFC5321-3.3-01", refuted_by=answer(b"250 2.1.0 ok\r\n", of=rb"MAIL FROM:<>"))
def test_a_second_mail_does_not_keep_the_recipients_of_the_first(dial: SmtpDial) -> None:
    """MAIL, RCPT, MAIL, DATA: the second MAIL is refused, or nothing is left to send to."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    kept = session.mail("").positive and session.data(specimen.raw).positive
    if kept:
        arrivals.wait(specimen.key)
    assert not kept


@verifies("RFC5321-3.3-02", refuted_by=say(b"350 perhaps\r\n", of=rb"MAIL .*"))
@pytest.mark.parametrize(
    "path",
    ["@", "two@signs@here.invalid", "user@-.invalid", "a b@mailconform.invalid"],
    ids=["no-mailbox", "two-signs", "no-label", "space"],
)
def test_a_refused_mail_says_whether_for_ever(smtp: Smtp, path: str) -> None:
    """MAIL with a mailbox that is none: 5yz or 4yz, or 250 from a server that is not so particular."""
    said = smtp.mail(path)
    assert said.code // 100 in (2, 4, 5)


@verifies("RFC5321-3.3-04", refuted_by=say(b"550 5.1.1 nobody\r\n", of=rb"RCPT .*"))
def test_an_account_is_a_recipient(dial: SmtpDial) -> None:
    """RCPT to the first account: 250 or 251."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    assert not_for_us(session.rcpt(dial.address())).says(250, 251)


@verifies("RFC5321-3.3-05", refuted_by=say(b"501 5.5.4 what?\r\n", of=rb"RCPT .*"))
def test_a_recipient_that_is_known_not_to_exist_is_refused_with_550(dial: SmtpDial) -> None:
    """RCPT to an address that nobody has: 550, or another code that means so."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    said = session.rcpt(dial.unknown)
    if said.positive:
        raise NotSupported(f"recipients are taken before it is known whether they exist: {said!r}")
    assert said.says(*NOBODY)


@verifies("RFC5321-3.3-09", refuted_by=say(b"250 2.1.5 ok\r\n", of=rb"RCPT .*"))
def test_rcpt_without_mail_is_answered_503(dial: SmtpDial) -> None:
    """RCPT to an account, with no MAIL before it: 503."""
    assert not_for_us(dial.ready().rcpt(dial.address())).says(503)


@verifies("RFC5321-3.3-11", refuted_by=say(b"250 2.0.0 go ahead\r\n", of=rb"DATA"))
def test_data_is_granted_with_354(dial: SmtpDial) -> None:
    """MAIL, RCPT, DATA: 354."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    said = session.command("DATA").ok()
    session.close()  # before the end of data: nothing is delivered
    assert said.code == 354


@verifies("RFC5321-3.3-12", refuted_by=alter(rb"\r\n\r\n\r\nlast", b"\r\n\r\nlast"))
def test_the_lines_before_the_end_of_data_are_the_message(dial: SmtpDial) -> None:
    """A message with empty lines and lines that begin or end in white space: its body arrives as it was sent."""
    arrivals, specimen = dial.arrivals(), dial.specimen(LINES)
    dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    assert arrivals.one(specimen.key).partition(b"\r\n\r\n")[2] == LINES


@verifies("RFC5321-3.3-13", refuted_by=lose())
def test_a_message_that_is_taken_is_delivered(dial: SmtpDial) -> None:
    """A message to an account, answered 2yz: it arrives."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    assert arrivals.wait(specimen.key)


@verifies("RFC5321-3.3-13", refuted_by=say(b"220 2.0.0 taken\r\n", of=rb"\."))
def test_a_message_is_taken_with_250(dial: SmtpDial) -> None:
    """A message to an account: the positive answer to the end of data is 250."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    said = dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    arrivals.one(specimen.key)
    assert said.code == 250
