"""RFC 5321 sections 2.2.1, 2.3, 3.3, 4.1.1, 4.1.4 and 4.3.1: what the target says as client, and when."""

from __future__ import annotations

import re

import pytest

from conformance import (
    LEFT,
    OVER,
    Delay,
    Exchange,
    Inconclusive,
    NotSupported,
    Reason,
    Sink,
    SmtpDial,
    lose,
    relay,
    verifies,
)

WITHOUT_PIPELINING = (b"SIZE 50000000", b"8BITMIME")
_PATH = rb'<(?:[^<> \x00-\x1f\x7f-\xff"]|"(?:[^"\\\r\n]|\\.)*")*>'
_PARAMETERS = rb"(?: [A-Za-z0-9][A-Za-z0-9-]*(?:=[\x21-\x3c\x3e-\x7e]+)?)*"
MAIL = re.compile(rb"MAIL FROM:" + _PATH + _PARAMETERS, re.IGNORECASE)
RCPT = re.compile(rb"RCPT TO:" + _PATH + _PARAMETERS, re.IGNORECASE)


def heard(dial: SmtpDial, sink: Sink, *keepers: str, until: bytes = rb"\r\n\.\r\n") -> list[Exchange]:
    """Send a message to the sink, and return the conversation in which the target asked for its recipient."""
    recipients = keepers or (dial.at_sink(),)
    dial.ready().transaction(dial.at_sink("author"), *recipients, text=dial.specimen().raw).ok()
    return first(sink.conversations(rb"RCPT TO:<%b>" % recipients[0].encode(), until=until))


def first(conversations: list[list[Exchange]]) -> list[Exchange]:
    """Return the first conversation; that there is one is a precondition."""
    if not conversations:
        raise Inconclusive(Reason.PRECONDITION, "the target did not call at the sink, or did not go on or away in time")
    return conversations[0]


def lines(exchanges: list[Exchange]) -> list[bytes]:
    """Return the command lines of a conversation, mail data left out."""
    said, data = [], False
    for exchange in exchanges:
        if data:
            said += exchange.said.partition(b"\r\n.\r\n")[2].split(b"\r\n")
        else:
            said += exchange.lines
        data = b"354" in [line[:3] for line in exchange.answer.splitlines()[-1:]]
    return [line for line in said if line not in (b"", LEFT)]


@verifies("RFC5321-2.2.1-03", refuted_by=relay(rb"\AEHLO", b"HELO"))
def test_the_client_says_ehlo_first(dial: SmtpDial, sink: Sink) -> None:
    """Read the first line that the sink hears: EHLO."""
    first = lines(heard(dial, sink))[0]
    assert first.upper().startswith(b"EHLO ")


@verifies("RFC5321-2.2.1-04", refuted_by=lose())
@pytest.mark.parametrize("code", [b"500", b"502"])
def test_the_client_falls_back_to_helo(dial: SmtpDial, sink: Sink, code: bytes) -> None:
    """Answer EHLO with 500 or 502: the message comes, without EHLO."""
    specimen = dial.specimen()
    sink.reply(code + b" 5.5.1 EHLO is not known\r\n", to=b"EHLO")
    dial.ready().transaction(dial.at_sink("author"), dial.at_sink(), text=specimen.raw).ok()
    assert sink.arrived(specimen.key)


@verifies("RFC5321-4.1.1.1-15", refuted_by=relay(rb"\A(EHLO|HELO) .*", b"NOOP"))
def test_the_client_opens_the_session_before_it_sends_mail(dial: SmtpDial, sink: Sink) -> None:
    """Read what the sink hears: EHLO or HELO stands before MAIL."""
    verbs = [line.split()[0].upper() for line in lines(heard(dial, sink))]
    assert {b"EHLO", b"HELO"} & set(verbs[: verbs.index(b"MAIL")])


def name(dial: SmtpDial, sink: Sink) -> bytes:
    """Return what the target calls itself."""
    words = lines(heard(dial, sink))[0].split()
    if len(words) < 2:
        raise NotSupported("the target gives no name")
    return words[1]


@verifies("RFC5321-2.3.5-02", refuted_by=relay(rb"\A(EHLO|HELO) \S+", rb"\1 my_host"))
def test_the_client_gives_a_full_name_or_an_address(dial: SmtpDial, sink: Sink) -> None:
    """Read the argument of EHLO: a name of several labels, of letters, digits and hyphens, or an address literal."""
    label = rb"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    given = name(dial, sink)
    assert re.fullmatch(rb"%b(?:\.%b)+|\[[0-9.]+\]|\[IPv6:[0-9A-Fa-f:.]+\]" % (label, label), given, re.IGNORECASE)


@verifies("RFC5321-2.3.4-01", refuted_by=relay(rb"\A(EHLO|HELO) \S+", rb"\1 [127.0.0.1]"))
def test_the_client_gives_its_name_if_it_has_one(dial: SmtpDial, sink: Sink) -> None:
    """Read the argument of EHLO: no address literal, where the greeting of the target gives a name."""
    greeting = dial.smtp().greeting.ok().text
    if greeting.startswith(b"["):
        raise NotSupported("the target has no name in its greeting")
    assert not name(dial, sink).startswith(b"[")


@verifies("RFC5321-3.3-20", refuted_by=relay(rb"(DATA|BDAT [^\r\n]*)\r\n\Z", rb"\1\r\nRCPT TO:<late@sink.test>\r\n"))
def test_the_client_says_mail_then_rcpt_then_data(dial: SmtpDial, sink: Sink) -> None:
    """Send a message for two recipients: each transaction at the sink is MAIL, RCPT, DATA, in this order."""
    said = lines(heard(dial, sink, dial.at_sink(), dial.at_sink()))
    verbs = b" ".join(line.split()[0].upper() for line in said)
    assert re.fullmatch(
        rb"(?:(?:EHLO|HELO|NOOP|RSET) )*(?:MAIL (?:RCPT )+(?:DATA|BDAT)(?: BDAT)*(?: RSET)* ?)+(?:QUIT)?", verbs
    )


@verifies("RFC5321-3.3-21", refuted_by=relay(rb"(RCPT TO:)", rb"\1 "))
def test_the_client_writes_paths_as_the_grammar_has_them(dial: SmtpDial, sink: Sink) -> None:
    """Read MAIL and RCPT at the sink: no space around the colon, angle brackets around the path."""
    said = [line for line in lines(heard(dial, sink)) if line[:4].upper() in (b"MAIL", b"RCPT")]
    assert said
    assert [line for line in said if not MAIL.fullmatch(line) and not RCPT.fullmatch(line)] == []


@verifies("RFC5321-4.1.4-13", refuted_by=relay(rb"(MAIL [^\r\n]*\r\n)", rb"\1\1"))
def test_the_client_does_not_begin_a_transaction_within_another(dial: SmtpDial, sink: Sink) -> None:
    """Send two messages, one of which is refused at RCPT: between two MAILs a transaction ends."""
    refused, keeper, session = dial.at_sink("refused"), dial.at_sink(), dial.ready()
    sink.reply(b"554 5.7.1 not wanted here\r\n", to=b"RCPT", about=refused)
    for recipient in (refused, keeper):
        session.transaction(dial.at_sink("author"), recipient, text=dial.specimen().raw).ok()
    for recipient in (refused, keeper):
        asked = rb"RCPT TO:<%b>" % recipient.encode()
        said = lines(first(sink.conversations(asked, until=asked + rb".*\r\n.*\r\n")))
        assert not re.search(rb"MAIL (?:RCPT |NOOP )*MAIL", b" ".join(line.split()[0].upper() for line in said))


@verifies("RFC5321-4.1.1.10-06", "RFC5321-4.1.4-12", refuted_by=relay(rb"QUIT\r\n", b"NOOP\r\n"))
def test_the_client_says_quit_before_it_closes(dial: SmtpDial, sink: Sink) -> None:
    """Take a message, and refuse others at each step: the last that the target says before it closes is QUIT."""
    authors = {command: dial.at_sink("author") for command in (b"", b"MAIL", b"RCPT", b"DATA", b".")}
    session = dial.ready()
    for command, author in authors.items():
        if command:
            sink.reply(b"554 5.7.1 not wanted here\r\n", to=command, about=author)
        session.transaction(author, dial.at_sink(), text=dial.specimen().raw).ok()
    longer = dial.target.mail.delivery_wait + 5  # a client may keep a connection for its next message
    for author in authors.values():
        said = lines(first(sink.conversations(rb"MAIL FROM:<%b>" % author.encode(), until=OVER, seconds=longer)))
        assert said[-1].upper() == b"QUIT"


@verifies("RFC5321-4.1.1.10-07", refuted_by=relay(rb"QUIT\r\n", b"QUIT\r\n" + LEFT))
def test_the_client_waits_for_the_answer_to_quit(dial: SmtpDial, sink: Sink) -> None:
    """Answer QUIT half a second late: the target is still there."""
    sink.keywords = WITHOUT_PIPELINING
    sink.reply(Delay(0.5), b"221 2.0.0 bye\r\n", to=b"QUIT")
    said = heard(dial, sink, until=OVER)
    quits = [exchange for exchange in said if exchange.said.upper().startswith(b"QUIT")]
    if not quits:
        raise Inconclusive(Reason.PRECONDITION, "the target did not say QUIT")
    assert LEFT not in quits[0].said


@verifies("RFC5321-4.3.1-03", refuted_by=relay(rb"\A\Z", b"EHLO too.early.test\r\n"))
def test_the_client_waits_for_the_greeting(dial: SmtpDial, sink: Sink) -> None:
    """Greet half a second late: the target has said nothing before."""
    sink.reply(Delay(0.5), b"220 sink.test ESMTP\r\n", to=b"")
    assert heard(dial, sink)[0].said == b""


@verifies("RFC5321-4.3.1-04", refuted_by=relay(rb"\A(MAIL .*\r\n)\Z", rb"\1DATA\r\n"))
def test_the_client_waits_for_each_reply_without_pipelining(dial: SmtpDial, sink: Sink) -> None:
    """Answer each command a tenth of a second late, without PIPELINING: one line comes at a time."""
    sink.keywords = WITHOUT_PIPELINING
    for command, usual in ((b"MAIL", b"250"), (b"RCPT", b"250"), (b"DATA", b"354"), (rb"\.", b"250")):
        sink.reply(Delay(0.1), usual + b" go on\r\n", to=command)
    exchanges, data = heard(dial, sink), False
    for exchange in exchanges:
        assert data or len([line for line in exchange.lines if line != LEFT]) <= 1
        assert not data or exchange.said.endswith(b"\r\n.\r\n")
        data = exchange.answer.startswith(b"354")


@verifies("RFC5321-3.3-19", refuted_by=relay(rb"\A(RSET|QUIT)\r\n", b"Subject: here it comes\r\n"))
@pytest.mark.parametrize("code", [b"250", b"450", b"550"])
def test_the_client_sends_no_message_without_354(dial: SmtpDial, sink: Sink, code: bytes) -> None:
    """Answer DATA with another code than 354: no header line follows."""
    keeper = dial.at_sink()
    sink.reply(code + b" not now\r\n", to=b"DATA", times=1, about=keeper)
    exchanges = heard(dial, sink, keeper, until=keeper.encode() + rb".*\r\nDATA\r\n.+\r\n")
    answered = [at for at, exchange in enumerate(exchanges, 1) if exchange.answer.endswith(code + b" not now\r\n")]
    if not answered:
        raise Inconclusive(Reason.PRECONDITION, "the target did not say DATA for this message")
    assert b"subject:" not in b"".join(exchange.said for exchange in exchanges[answered[0] :][:1]).lower()
