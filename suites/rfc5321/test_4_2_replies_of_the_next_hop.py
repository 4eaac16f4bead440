"""RFC 5321 sections 3.4, 4.2 and 4.2.1: replies as the target reads them when it is the client."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, Reason, Sink, SmtpDial, Specimen, lose, lose_notices, relay, verifies

CODES = {b"": 220, b"EHLO": 250, b"MAIL": 250, b"RCPT": 250, b"DATA": 354, b".": 250, b"QUIT": 221}


def sent(dial: SmtpDial, author: str, keeper: str) -> Specimen:
    """Send a message to the sink; that it is taken is a precondition."""
    specimen = dial.specimen()
    dial.ready().transaction(author, keeper, text=specimen.raw).ok()
    return specimen


@verifies("RFC5321-4.2-09", refuted_by=lose())
@pytest.mark.parametrize("end", [b"\r\n", b" \r\n"], ids=["bare", "with-a-space"])
def test_codes_without_a_text_are_understood(dial: SmtpDial, sink: Sink, end: bytes) -> None:
    """Answer everything with three digits and nothing, or a space: the message comes."""
    for command, code in CODES.items():
        sink.reply(b"%d%b" % (code, end), to=command)
    assert sink.arrived(sent(dial, dial.at_sink("author"), dial.at_sink()).key)


@verifies("RFC5321-4.2-10", refuted_by=lose())
def test_a_text_that_speaks_of_failure_does_not_make_one(dial: SmtpDial, sink: Sink) -> None:
    """Answer 250 and 354 with texts of errors: the message comes."""
    for command in (b"MAIL", b"RCPT", b"."):
        sink.reply(b"250 550 5.1.1 ERROR: rejected, no such user; try again later 421\r\n", to=command)
    sink.reply(b"354 503 5.5.1 ERROR: no valid recipients\r\n", to=b"DATA")
    assert sink.arrived(sent(dial, dial.at_sink("author"), dial.at_sink()).key)


@verifies("RFC5321-4.2-10", refuted_by=lose_notices())
def test_a_text_that_speaks_of_success_does_not_make_one(dial: SmtpDial, sink: Sink) -> None:
    """Answer RCPT with 550 and a text of success: a notice comes back, and no message."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.reply(b"550 250 2.1.5 OK: recipient ok, message accepted\r\n", to=b"RCPT", about=keeper)
    sent(dial, author, keeper)
    notices = sink.notices(author)
    tried(sink, keeper)
    assert notices
    assert not sink.mail_to(keeper, seconds=0.0)


def tried(sink: Sink, keeper: str) -> None:
    """Demand, as a precondition, that the target has asked the sink for this recipient."""
    if not sink.lines(rb"RCPT TO:<%b>" % keeper.encode(), seconds=0.0):
        raise Inconclusive(Reason.PRECONDITION, "the target did not try to hand the message on in time")


@verifies("RFC5321-4.2-11", refuted_by=lose())
def test_an_unknown_2yz_is_success(dial: SmtpDial, sink: Sink) -> None:
    """Answer MAIL, RCPT and the end of the data with 259: the message comes, once."""
    keeper = dial.at_sink()
    for command in (b"MAIL", b"RCPT", b"."):
        sink.reply(b"259 a code of its own\r\n", to=command)
    specimen = sent(dial, dial.at_sink("author"), keeper)
    assert sink.arrived(specimen.key)


@verifies("RFC5321-4.2-11", refuted_by=lose())
def test_an_unknown_3yz_to_data_asks_for_the_message(dial: SmtpDial, sink: Sink) -> None:
    """Answer DATA with 359: the message comes."""
    keeper = dial.at_sink()
    sink.reply(b"359 a code of its own\r\n", to=b"DATA", about=keeper)
    assert sink.arrived(sent(dial, dial.at_sink("author"), keeper).key)


@verifies("RFC5321-4.2-11", refuted_by=relay(rb"TO:<keeper", b"TO:<author"))
def test_an_unknown_4yz_is_no_final_failure(dial: SmtpDial, sink: Sink) -> None:
    """Answer RCPT with 459, once: the message comes later, and no notice of failure."""
    author = dial.at_sink("author")
    keeper = author.replace("author", "keeper")
    sink.reply(b"459 a code of its own\r\n", to=b"RCPT", times=1, about=keeper)
    specimen = sent(dial, author, keeper)
    again = sink.wait(specimen.key)
    assert not sink.notices(author, seconds=0.0)
    if not again:
        raise Inconclusive(Reason.PRECONDITION, "it was not tried again in time")


@verifies("RFC5321-4.2-11", refuted_by=lose_notices())
def test_an_unknown_5yz_is_failure(dial: SmtpDial, sink: Sink) -> None:
    """Answer RCPT with 559: a notice comes back."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.reply(b"559 a code of its own\r\n", to=b"RCPT", about=keeper)
    sent(dial, author, keeper)
    notices = sink.notices(author)
    tried(sink, keeper)
    assert notices


@verifies("RFC5321-4.2-12", refuted_by=relay(rb"\A(RSET|QUIT)\b", b"DATA"))
@pytest.mark.parametrize("code", [b"150", b"650"])
def test_a_code_outside_2_to_5_ends_the_transaction(dial: SmtpDial, sink: Sink, code: bytes) -> None:
    """Answer RCPT with 150 or 650, once: no DATA follows on that connection."""
    keeper = dial.at_sink()
    sink.keywords = (b"SIZE 50000000", b"8BITMIME")
    sink.reply(code + b" what is this?\r\n", to=b"RCPT", times=1, about=keeper)
    sent(dial, dial.at_sink("author"), keeper)
    heard = sink.conversations(rb"RCPT TO:<%b>" % keeper.encode(), until=keeper.encode() + rb">.*\r\n.*\r\n")
    if not heard:
        raise Inconclusive(Reason.PRECONDITION, "the target did not call at the sink, or said nothing more in time")
    answered = [at for at, exchange in enumerate(heard[0], 1) if exchange.answer == code + b" what is this?\r\n"]
    if not answered:
        raise Inconclusive(Reason.PRECONDITION, "the target did not wait for the answer to RCPT")
    assert b"DATA" not in [line.upper() for exchange in heard[0][answered[0] :][:1] for line in exchange.lines]


@verifies("RFC5321-4.2.1-05", refuted_by=lose())
def test_replies_of_several_lines_are_understood(dial: SmtpDial, sink: Sink) -> None:
    """Answer everything in three lines: the message comes."""
    for command, code in CODES.items():
        sink.reply(b"%d-sink.test first\r\n%d-\r\n%d last\r\n" % (code, code, code), to=command)
    assert sink.arrived(sent(dial, dial.at_sink("author"), dial.at_sink()).key)


@verifies("RFC5321-4.2.1-06", refuted_by=lose())
def test_the_last_line_of_several_may_be_a_bare_code(dial: SmtpDial, sink: Sink) -> None:
    """Answer everything in two lines, the second without space and text: the message comes."""
    for command, code in CODES.items():
        sink.reply(b"%d-sink.test\r\n%d\r\n" % (code, code), to=command)
    assert sink.arrived(sent(dial, dial.at_sink("author"), dial.at_sink()).key)


@verifies("RFC5321-3.4-04", refuted_by=lose())
def test_251_is_success(dial: SmtpDial, sink: Sink) -> None:
    """Answer RCPT with 251 and another address: the message comes for the first one."""
    keeper = dial.at_sink()
    sink.reply(b"251 User not local; will forward to <%b>\r\n" % dial.at_sink("new").encode(), to=b"RCPT", about=keeper)
    specimen = sent(dial, dial.at_sink("author"), keeper)
    assert sink.arrived(specimen.key)


@verifies("RFC5321-3.4-04", refuted_by=lose_notices())
def test_551_is_failure(dial: SmtpDial, sink: Sink) -> None:
    """Answer RCPT with 551 and another address: a notice comes back, or the message goes to that address."""
    author, keeper, new = dial.at_sink("author"), dial.at_sink(), dial.at_sink("new")
    sink.reply(b"551 User not local; please try <%b>\r\n" % new.encode(), to=b"RCPT", about=keeper)
    sent(dial, author, keeper)
    notices = sink.notices(author)
    tried(sink, keeper)
    assert notices or sink.mail_to(new, seconds=0.0)
