"""RFC 2920 section 3.1: what a server does as a client of the next hop, which offers PIPELINING or does not."""

from __future__ import annotations

import itertools

import pytest

from conformance import NotSupported, Relayed, Sink, SmtpDial, lose, relay, verifies
from conformance.faults import Delay
from conformance.services.sink import KEYWORDS

PAUSE = 0.3
"""Seconds that the sink holds an answer back, so that it hears what is said without having got it."""
NO_PIPELINING = tuple(keyword for keyword in KEYWORDS if keyword != b"PIPELINING")
MULTILINE = b"250-2.1.0 so\r\n250-2.1.0 far\r\n250 2.1.0 ok\r\n"
NOT_A_REPORT = rb"\A(?!.*(multipart/report|mailer-daemon))"


def groups(dial: SmtpDial, sink: Sink) -> list[list[bytes]]:
    """Hand a message on, and return what the target said between two answers: the lines of each group of commands."""
    address, specimen = dial.at_sink(), dial.specimen()
    dial.ready().transaction(dial.sender, address, text=specimen.raw).ok()
    sink.one(specimen.key)
    held = sink.conversations(rb"RCPT TO:<" + address.encode(), until=rb"\r\n\.\r\n")
    return [exchange.lines for exchanges in held for exchange in exchanges]


def verbs(lines: list[bytes]) -> list[bytes]:
    """The first words of lines, in upper case."""
    return [line.partition(b" ")[0].upper() for line in lines]


@verifies("RFC2920-3.1-02", refuted_by=relay(rb"^(MAIL [^\r\n]*)", rb"\1\r\nRCPT TO:<ahead@sink.test>"))
def test_commands_are_said_one_at_a_time_to_a_hop_without_pipelining(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers no PIPELINING and answers MAIL, RCPT and DATA late: nothing is said before the answer."""
    sink.keywords = NO_PIPELINING
    for verb in (b"MAIL", b"RCPT"):
        sink.reply(Delay(PAUSE), b"250 2.1.0 ok\r\n", to=verb, times=1)
    sink.reply(Delay(PAUSE), b"354 go ahead\r\n", to=b"DATA", times=1)
    commands = [group for group in groups(dial, sink) if verbs(group[:1])[:1] and verbs(group)[0] in COMMANDS]
    assert all(len(group) == 1 for group in commands)


COMMANDS = (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA")


@verifies("RFC2920-3.1-03", refuted_by=relay(rb"(^|\r\n)DATA(\r\n|$)", rb"\1DATA\r\nSubject: ahead\2"))
def test_what_changes_the_state_ends_a_group(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers PIPELINING and answers EHLO and DATA late: nothing is said behind them before the answer."""
    sink.reply(Delay(PAUSE), b"354 go ahead\r\n", to=b"DATA", times=1)
    said = [verbs(group) for group in groups(dial, sink)]
    held = [group for group in said if group[:1] and group[0] in COMMANDS]
    assert not [group for group in held if any(verb in (b"EHLO", b"HELO", b"DATA") for verb in group[:-1])]


def delivered_but_for(dial: SmtpDial, sink: Sink, refused: str, answer: bytes) -> list[Relayed]:
    """Send a message to two addresses at the sink, which refuses one; return what came there when that one is returned."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    bad, good = dial.at_sink("refused"), dial.at_sink("taken")
    sink.reply(answer, to=rb"RCPT TO:<" + bad.encode())
    recipients = (bad, good) if refused == "first" else (good, bad)
    dial.ready().transaction(dial.sender, *recipients, text=specimen.raw).ok()
    arrivals.one(bad.encode())
    return [relayed for relayed in sink.wait(specimen.key) if relayed.recipients == (good.encode(),)]


@verifies("RFC2920-3.1-04", refuted_by=lose(of=NOT_A_REPORT))
@pytest.mark.parametrize("refused", ["first", "last"])
def test_each_recipient_of_a_group_has_its_own_answer(dial: SmtpDial, sink: Sink, refused: str) -> None:
    """The sink refuses one of two recipients: that one is returned, and the message comes for the other."""
    assert delivered_but_for(dial, sink, refused, b"550 5.1.1 nobody here\r\n")


@verifies("RFC2920-3.1-06", refuted_by=lose(of=NOT_A_REPORT))
@pytest.mark.parametrize("refused", ["first", "last"])
def test_a_reply_of_many_lines_is_one_reply(dial: SmtpDial, sink: Sink, refused: str) -> None:
    """As before, and all replies of the sink to MAIL and RCPT have three lines: the outcome is the same."""
    answer = b"550-5.1.1 nobody\r\n550-5.1.1 is\r\n550 5.1.1 here\r\n"
    sink.reply(MULTILINE, to=rb"MAIL")
    sink.reply(MULTILINE, to=rb"RCPT TO:<taken-")
    assert delivered_but_for(dial, sink, refused, answer)


@verifies("RFC2920-3.1-05", refuted_by=relay(rb"^\.", b"Hello.\r\n."))
def test_a_lone_dot_is_sent_if_data_is_accepted_without_recipients(dial: SmtpDial, sink: Sink) -> None:
    """The sink refuses the recipient and accepts DATA, if that is said: nothing comes but the dot."""
    address, specimen = dial.at_sink(), dial.specimen()
    sink.reply(b"550 5.1.1 nobody here\r\n", to=rb"RCPT TO:<" + address.encode())
    sink.reply(b"354 go ahead\r\n", to=b"DATA", times=1)
    arrivals = dial.arrivals()
    dial.ready().transaction(dial.sender, address, text=specimen.raw).ok()
    held = sink.conversations(rb"RCPT TO:<" + address.encode(), until=rb"\r\nDATA\r\n.")
    arrivals.wait(address.encode())
    pairs = [pair for exchanges in held for pair in itertools.pairwise(exchanges)]
    content = [after.said for before, after in pairs if b"354 go ahead" in before.answer]
    if not content:
        raise NotSupported("as a client the server says no DATA when all recipients are refused")
    assert all(said.startswith(b".\r\n") for said in content)
