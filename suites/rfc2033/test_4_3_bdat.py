"""RFC 2033 section 4.3: BDAT, whose last chunk is answered once for each accepted recipient."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, alter, inject, needs, say, verifies

pytestmark = needs("CHUNKING")
LAST = rb"BDAT .* LAST"


@verifies("RFC2033-4.3-01", refuted_by=inject(b"250 2.0.0 and more\r\n", of=LAST))
@pytest.mark.parametrize("order", ["0", "01", "00"], ids=["one", "two", "same-twice"])
def test_the_last_chunk_is_answered_once_for_each_recipient(dial: SmtpDial, lmtp: Smtp, order: str) -> None:
    """A message in one chunk for one, two, or twice the same recipient: as many replies, then that to QUIT."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    lmtp.mail(dial.sender).ok()
    for number in order:
        lmtp.rcpt(dial.address(int(number))).ok()
    answers = [lmtp.bdat(specimen.raw, last=True).ok(), *lmtp.still_owed()]
    arrivals.wait(specimen.key, seconds=2.0)
    assert len(answers) == len(order)


@verifies("RFC2033-4.3-02", refuted_by=say(b"221 2.0.0 Bye\r\n", of=rb"NOOP"))
@pytest.mark.parametrize("before", ["MAIL", "RCPT"])
def test_the_last_chunk_without_recipients_is_not_answered(dial: SmtpDial, lmtp: Smtp, before: str) -> None:
    """BDAT LAST behind MAIL, or behind a RCPT that is refused, and NOOP: the first reply is that to NOOP."""
    lmtp.mail(dial.sender).ok()
    if before == "RCPT" and lmtp.rcpt("<").positive:
        lmtp.command("RSET").ok()
    lmtp.send(b"BDAT 8 LAST\r\nHello.\r\nNOOP\r\n")
    assert lmtp.receive().code == 250
    assert lmtp.nothing_follows()


@verifies("RFC2033-4.3-03", refuted_by=inject(b"250 2.0.0 and again\r\n", of=rb"BDAT \d+"))
def test_a_chunk_that_is_not_the_last_has_one_reply(dial: SmtpDial, lmtp: Smtp) -> None:
    """The first chunk of a message for two recipients: one reply, and nothing more until RSET is answered."""
    lmtp.mail(dial.sender).ok()
    for number in (0, 1):
        lmtp.rcpt(dial.address(number)).ok()
    assert lmtp.bdat(b"Subject: a chunk\r\n\r\n").positive
    assert lmtp.nothing_follows()
    lmtp.command("RSET").ok()


@verifies("RFC2033-4.3-04", refuted_by=alter(rb"\r\nHello", b"\r\nHallo"))
def test_a_positive_reply_to_the_last_chunk_means_that_the_message_is_delivered(dial: SmtpDial, lmtp: Smtp) -> None:
    """A message in two chunks, positively answered: it comes once, whole."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    lmtp.mail(dial.sender).ok()
    lmtp.rcpt(dial.address()).ok()
    lmtp.bdat(specimen.raw[:50]).ok()
    lmtp.bdat(specimen.raw[50:], last=True).ok()
    assert [specimen.same_as(raw) for raw in arrivals.wait(specimen.key)] == [True]
