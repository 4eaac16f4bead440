"""RFC 3207 sections 3, 4 and 6: what a server does as a client of the next hop, which offers STARTTLS or does not."""

from __future__ import annotations

import itertools

import pytest

from conformance import (
    LEFT,
    Delay,
    Exchange,
    HangUp,
    Inconclusive,
    NotSupported,
    Reason,
    Relayed,
    Sink,
    SmtpDial,
    duplicate,
    relay,
    verifies,
)
from conformance.faults import Act
from conformance.services.sink import KEYWORDS

READY = b"220 2.0.0 go ahead\r\n"
HANDSHAKE = b"\x16\x03"
"""How a ClientHello begins (RFC 8446 section 5.1)."""
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"
"""A fatal alert, handshake_failure (RFC 8446 section 6.2)."""
PAUSE = 1.0
"""Seconds that the sink holds an answer back, so that it hears what is said without having got it."""
INJECTED = b"".join(b"250-%b\r\n" % line for line in (b"sink.test", *KEYWORDS[:-1])) + b"250 %b\r\n" % KEYWORDS[-1]
COMMANDS = (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA")
FAR = rb"STARTTLS\r\n.*(\r\n\.\r\n|QUIT\r\n|LAST\r\n)"
"""How far a conversation is followed: to the mail data, or to the end."""


def handed_on(dial: SmtpDial, sink: Sink) -> list[list[Exchange]]:
    """Send a message to the sink, and return the conversations in which the server says STARTTLS there.

    NotSupported if it does not, Inconclusive if it does not call.
    """
    address = dial.at_sink()
    dial.ready().transaction(dial.sender, address, text=dial.specimen().raw).ok()
    return asked(sink, address)


def asked(sink: Sink, address: str) -> list[list[Exchange]]:
    """Return the conversations about an address in which the server says STARTTLS, as soon as one is far enough."""
    begun = sink.lines(rb"^(STARTTLS|MAIL )")
    if not begun:
        raise Inconclusive(Reason.PRECONDITION, "the target did not connect to the sink in time")
    if not begun[0].upper().startswith(b"STARTTLS"):
        raise NotSupported("the server does not use STARTTLS towards the sink")
    if not (conversations := sink.conversations(rb"^STARTTLS", until=FAR, about=address)):
        raise Inconclusive(
            Reason.PRECONDITION, "the target's conversation with the sink did not get far enough in time"
        )
    return conversations


def behind_starttls(exchanges: list[Exchange]) -> list[Exchange]:
    """The exchange with STARTTLS, and those behind it."""
    return list(itertools.dropwhile(lambda exchange: b"STARTTLS" not in exchange.said.upper(), exchanges))


def under_tls(conversations: list[list[Exchange]]) -> list[list[Exchange]]:
    """The part of each conversation that is under TLS; NotSupported if there is none."""
    protected = [[exchange for exchange in exchanges if exchange.tls] for exchanges in conversations]
    if not any(protected):
        raise NotSupported("the server does not go on under TLS")
    return [exchanges for exchanges in protected if exchanges]


@verifies("RFC3207-3-01", refuted_by=relay(rb"\A(MAIL [^\r\n]*)", rb"STARTTLS\r\n\1"))
def test_starttls_is_not_said_to_a_hop_that_does_not_list_it(dial: SmtpDial, sink: Sink) -> None:
    """Send a message to a sink without STARTTLS: it comes in clear, and STARTTLS is not said."""
    sink.begin_anew()
    specimen = dial.specimen()
    dial.ready().transaction(dial.sender, dial.at_sink(), text=specimen.raw).ok()
    sink.one(specimen.key)
    assert sink.lines(rb"^STARTTLS", seconds=0.0) == []


@verifies("RFC3207-4-08", "RFC3207-4-09", refuted_by=relay(rb"\ASTARTTLS\r\n", b"STARTTLS\r\nNOOP\r\n"))
def test_nothing_is_said_in_clear_between_starttls_and_the_handshake(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers STARTTLS and PIPELINING, and answers 220: the handshake is what comes next."""
    sink.offer_starttls()
    for exchanges in handed_on(dial, sink):
        in_clear = [exchange.said for exchange in behind_starttls(exchanges) if not exchange.tls]
        assert b"".join(in_clear).removesuffix(LEFT).upper().endswith(b"STARTTLS\r\n")


@verifies("RFC3207-4-10", refuted_by=relay(rb"\ASTARTTLS\r\n", b"STARTTLS\r\n" + HANDSHAKE))
def test_no_handshake_follows_a_refusal(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers STARTTLS and answers it 454: what follows is a command, or the end of the connection."""
    sink.offer_starttls()
    sink.reply(b"454 4.7.0 TLS not available\r\n", to=b"STARTTLS")
    for exchanges in handed_on(dial, sink):
        assert not any(HANDSHAKE in exchange.said[:20] for exchange in behind_starttls(exchanges))


@verifies("RFC3207-6-03", refuted_by=relay(rb"\AEHLO [^\r\n]*", b"NOOP"))
def test_ehlo_is_said_first_under_tls(dial: SmtpDial, sink: Sink) -> None:
    """The sink offers STARTTLS: behind the handshake comes EHLO, or the end."""
    sink.offer_starttls()
    firsts = [exchanges[0].said.upper() for exchanges in under_tls(handed_on(dial, sink))]
    assert all(first.startswith((b"EHLO ", b"QUIT\r\n", LEFT.upper())) for first in firsts)


@verifies("RFC3207-6-04", refuted_by=relay(rb"^(MAIL [^\r\n]*>)", rb"\1 SIZE=100"))
def test_no_extension_is_used_that_was_listed_in_clear_alone(dial: SmtpDial, sink: Sink) -> None:
    """The sink lists extensions in clear and none under TLS: what comes there has no parameters."""
    sink.offer_starttls(KEYWORDS, ())
    came = dial.hand_on(dial.specimen())
    if not isinstance(came, Relayed) or not came.tls:
        raise NotSupported("the server does not use STARTTLS towards the sink")
    lines = (came.mail, *came.rcpts)
    assert [line for line in lines if line.rpartition(b">")[2].strip()] == []


@verifies("RFC3207-6-04", refuted_by=relay(rb"\A(MAIL [^\r\n]*)", rb"\1\r\nRCPT TO:<ahead@sink.test>"))
def test_commands_are_said_one_at_a_time_where_pipelining_was_listed_in_clear_alone(dial: SmtpDial, sink: Sink) -> None:
    """The sink lists PIPELINING in clear and not under TLS, where it answers late: nothing is said before the answer."""
    sink.offer_starttls(KEYWORDS, tuple(keyword for keyword in KEYWORDS if keyword != b"PIPELINING"))
    for verb in (b"MAIL", b"RCPT"):
        sink.reply(Delay(PAUSE), b"250 2.1.0 ok\r\n", to=verb, tls=True)
    sink.reply(Delay(PAUSE), b"354 go ahead\r\n", to=b"DATA", tls=True)
    groups = [exchange.lines for exchanges in under_tls(handed_on(dial, sink)) for exchange in exchanges]
    assert [group for group in groups if group[0][:4].upper() in COMMANDS and len(group) > 1] == []


@verifies("RFC3207-4.2-10", refuted_by=relay(rb"\A(MAIL [^\r\n]*)", rb"STARTTLS\r\n\1"))
def test_starttls_is_not_said_under_tls(dial: SmtpDial, sink: Sink) -> None:
    """The sink lists STARTTLS under TLS, too: it is not said there."""
    sink.offer_starttls(KEYWORDS, (*KEYWORDS, b"STARTTLS"))
    said = [line.upper() for exchanges in under_tls(handed_on(dial, sink)) for x in exchanges for line in x.lines]
    assert b"STARTTLS" not in said


@verifies("RFC3207-6-05", refuted_by=duplicate(of=rb"\A(?!.*multipart/report)"))
@pytest.mark.parametrize(
    "acts",
    [(b"454 4.7.0 TLS not available\r\n",), (READY, Delay(0.5), ALERT, HangUp()), (READY, HangUp())],
    ids=["refused", "failed", "closed"],
)
def test_a_message_is_not_lost_where_tls_is_not_to_be_had(dial: SmtpDial, sink: Sink, acts: tuple[Act, ...]) -> None:
    """The sink offers STARTTLS and fails once: the message is handed on once, in clear or later, or it is returned.

    Inconclusive if neither happens in time: when to try again is for the server to say.
    """
    sink.offer_starttls()
    sink.reply(*acts, to=b"STARTTLS", times=1)
    arrivals, address, specimen = dial.arrivals(), dial.at_sink(), dial.specimen()
    dial.ready().transaction(dial.sender, address, text=specimen.raw).ok()
    asked(sink, address)
    came = dial.fate(address, arrivals)
    assert not isinstance(came, Relayed) or len(sink.mail_to(address, 2, seconds=1.0)) == 1


@verifies("RFC3207-6-06", refuted_by=relay(rb"\A(EHLO [^\r\n]*)", rb"\1\r\nNOOP"))
def test_an_answer_in_clear_behind_220_is_no_answer_under_tls(dial: SmtpDial, sink: Sink) -> None:
    """The sink answers EHLO under TLS late, twice; the second time a list of keywords in clear stands behind 220.

    Nothing is said before that answer. A client that breaks the second connection off instead has believed nothing, too,
    and may not call again for a while: this is asked last.
    """
    sink.offer_starttls()
    sink.reply(Delay(3 * PAUSE), b"250 sink.test\r\n", to=b"EHLO", tls=True)
    protected = under_tls(handed_on(dial, sink))
    sink.reply(READY + INJECTED, to=b"STARTTLS")
    protected += [[exchange for exchange in exchanges if exchange.tls] for exchanges in handed_on(dial, sink)]
    assert all(len(exchanges[0].lines) == 1 for exchanges in protected if exchanges)
