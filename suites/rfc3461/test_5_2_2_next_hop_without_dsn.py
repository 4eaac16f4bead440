"""RFC 3461 section 5.2.2: what becomes of DSN at a next hop that does not know it."""

from __future__ import annotations

from conformance import (
    WITHOUT_DSN,
    Inconclusive,
    NotSupported,
    Reason,
    Sink,
    SmtpDial,
    alter,
    fates,
    forward,
    lose,
    relay,
    reported,
    send,
    verifies,
)  # fmt: skip
from conformance.models.fate import Fate
from conformance.wire import dsn
from conformance.wire.dsn import PerRecipient

REFUSAL = b"550 5.1.1 nobody of that name here\r\n"
TO_KEEPER = rb"(RCPT TO:<keeper[^>]*>).*"


def relayed(dial: SmtpDial, sink: Sink) -> tuple[str, str]:
    """Send a message with NOTIFY=SUCCESS through a sink without DSN; return its sender and recipient once it has come."""
    dial.keyword("DSN")
    sink.keywords = WITHOUT_DSN
    author, keeper = dial.at_sink("author"), dial.at_sink()
    send(dial, author, (keeper, "NOTIFY=SUCCESS,FAILURE"))
    came = sink.mail_to(keeper)
    if not came or "DSN" in came[0].offered:
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to a sink without DSN in time")
    return author, keeper


@verifies("RFC3461-5.2.2-01", refuted_by=relay(rb"\A(MAIL FROM:<[^>]*>)", rb"\1 RET=HDRS"))
def test_a_next_hop_without_dsn_is_given_no_parameter_of_it(dial: SmtpDial, sink: Sink) -> None:
    """All four parameters, and a sink without DSN: none of them comes there."""
    dial.keyword("DSN")
    sink.keywords = WITHOUT_DSN
    keeper = dial.at_sink()
    given = (keeper, "NOTIFY=FAILURE", f"ORCPT=rfc822;{keeper}")
    send(dial, dial.at_sink("author"), given, mail=("RET=HDRS", "ENVID=QQ314"))
    came = sink.mail_to(keeper)
    if not came or "DSN" in came[0].offered:
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to a sink without DSN in time")
    said = b" ".join((came[0].mail, *came[0].rcpts)).upper()
    assert not [name for name in (b" RET=", b" ENVID=", b" NOTIFY=", b" ORCPT=") if name in said]


@verifies("RFC3461-5.2.2-02", refuted_by=lose(of=rb"delivery-status"))
def test_what_was_relayed_beyond_dsn_is_reported(dial: SmtpDial, sink: Sink) -> None:
    """NOTIFY=SUCCESS, and a sink without DSN that takes the message: a notification says relayed."""
    author, keeper = relayed(dial, sink)
    assert fates(sink.notices(author)) == [(keeper, Fate.RELAYED)]


@verifies("RFC3461-6.3-12", refuted_by=alter(rb"\r\nRemote-MTA:", rb"\r\nX-Remote-MTA:"))
def test_a_report_of_relaying_tells_what_the_next_hop_said(dial: SmtpDial, sink: Sink) -> None:
    """NOTIFY=SUCCESS, and a sink without DSN: the notification has Remote-MTA of type dns and Diagnostic-Code of type smtp."""
    told = _told(sink, relayed(dial, sink)[0])
    assert (told.remote_mta.type if told.remote_mta else "") == "dns"
    assert (told.diagnostic_code.type if told.diagnostic_code else "") == "smtp"


def _told(sink: Sink, author: str) -> PerRecipient:
    """What is told of the one recipient; NotSupported if no notification comes."""
    read = next((found for notice in sink.notices(author) if (found := dsn.notification(notice.raw))), None)
    if read is None or not read.recipients:
        raise NotSupported("no report of relaying came")
    return read.recipients[0]


@verifies("RFC3461-5.2.2-03", "RFC3461-5.2.2-07", refuted_by=lose(of=rb"delivery-status"))
def test_what_a_next_hop_without_dsn_refuses_is_reported(dial: SmtpDial, sink: Sink) -> None:
    """Two recipients, one with NOTIFY=FAILURE and one without, refused by a sink without DSN: both are told of as failed."""
    dial.keyword("DSN")
    sink.keywords = WITHOUT_DSN
    author, first, second = dial.at_sink("author"), dial.at_sink("first"), dial.at_sink("second")
    for stranger in (first, second):
        sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{stranger}")
    send(dial, author, (first, "NOTIFY=FAILURE"), (second,))
    for count in (1, 2):
        told = fates(sink.notices(author, count))
        if len(told) == 2:
            break
    if not sink.has_said(REFUSAL):
        raise Inconclusive(Reason.PRECONDITION, "the target did not try to hand the message on in time")
    assert sorted(told) == [(first, Fate.HARD_FAILURE), (second, Fate.HARD_FAILURE)]


@verifies("RFC3461-5.2.2-04", refuted_by=forward(rb"\1", of=TO_KEEPER))
def test_never_holds_at_a_next_hop_without_dsn(dial: SmtpDial, sink: Sink) -> None:
    """Two messages that a sink without DSN refuses, the first with NOTIFY=NEVER: only the second is told of."""
    dial.keyword("DSN")
    sink.keywords = WITHOUT_DSN
    author, keeper, stranger = dial.at_sink("author"), dial.at_sink(), dial.at_sink("stranger")
    for address in (keeper, stranger):
        sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{address}")
    send(dial, author, (keeper, "NOTIFY=NEVER"))
    send(dial, author, (stranger, "NOTIFY=FAILURE"))
    assert keeper not in [address for address, _ in reported(sink, author, about=stranger)]


@verifies("RFC3461-5.2.2-06", "RFC3464-2.3.3-05", refuted_by=forward(rb"\1 NOTIFY=SUCCESS,FAILURE", of=TO_KEEPER))
def test_no_relaying_is_reported_that_was_not_asked_for(dial: SmtpDial, sink: Sink) -> None:
    """Two recipients without NOTIFY, of which a sink without DSN refuses one: the other is not told of."""
    dial.keyword("DSN")
    sink.keywords = WITHOUT_DSN
    author, keeper, stranger = dial.at_sink("author"), dial.at_sink(), dial.at_sink("stranger")
    sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{stranger}")
    send(dial, author, (keeper,), (stranger,))
    told = reported(sink, author, about=stranger)
    if not sink.mail_to(keeper):
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
    assert keeper not in [address for address, _ in told]
