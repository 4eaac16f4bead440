"""RFC 3461 sections 3, 4.1, 5.2, 5.2.3, 5.2.6 and 5.2.8: what is reported, and what is not, by what NOTIFY says."""

from __future__ import annotations

import pytest

from conformance import (
    Inconclusive,
    NotSupported,
    Reason,
    Sink,
    SmtpDial,
    alter,
    fates,
    forward,
    granted,
    lose,
    relay,
    reported,
    send,
    verifies,
)  # fmt: skip
from conformance.models.fate import Fate

REFUSAL = b"550 5.1.1 nobody of that name here\r\n"
STRIPPED = forward(rb"\1", of=rb"(RCPT TO:<[^>]*>) .*")
"""A server that looks at no parameter of RCPT."""


def refused(dial: SmtpDial, sink: Sink, *words: str) -> list[str]:
    """New addresses at the sink that it refuses."""
    addresses = [dial.at_sink(word) for word in words]
    for address in addresses:
        sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{address}")
    return addresses


def was_refused(sink: Sink) -> None:
    """Demand, as a precondition, that the target has heard the refusal."""
    if not sink.has_said(REFUSAL):
        raise Inconclusive(Reason.PRECONDITION, "the target did not try to hand the message on in time")


@verifies("RFC3461-5.2.3-01", "RFC3461-4.1-08", "RFC3464-2.3.3-04", refuted_by=STRIPPED)
def test_delivery_is_reported_if_asked_for(dial: SmtpDial, sink: Sink) -> None:
    """An account with NOTIFY=SUCCESS: when the message has arrived, a notification comes that says delivered."""
    author, arrivals = dial.at_sink("author"), dial.arrivals()
    sent = send(dial, author, (dial.address(), "NOTIFY=SUCCESS"))
    arrivals.one(sent.key)
    assert [fate for _, fate in fates(sink.notices(author))] == [Fate.DELIVERED]


@verifies("RFC3461-5.2.6-01", "RFC3461-4.1-09", refuted_by=lose(of=rb"delivery-status"))
def test_failure_is_reported_if_asked_for(dial: SmtpDial, sink: Sink) -> None:
    """An address that the sink refuses, with NOTIFY=FAILURE: a notification comes that says failed."""
    author, (keeper,) = dial.at_sink("author"), refused(dial, sink, "keeper")
    send(dial, author, (keeper, "NOTIFY=FAILURE"))
    told = fates(sink.notices(author))
    was_refused(sink)
    assert told == [(keeper, Fate.HARD_FAILURE)]


@verifies("RFC3461-3-01", "RFC3461-5.2.6-03", refuted_by=lose(of=rb"delivery-status"))
def test_failure_is_reported_if_nothing_is_asked_for(dial: SmtpDial, sink: Sink) -> None:
    """An address that the sink refuses, without NOTIFY, where DSN is offered: a notification comes that says failed."""
    dial.keyword("DSN")
    author, (keeper,) = dial.at_sink("author"), refused(dial, sink, "keeper")
    send(dial, author, (keeper,))
    told = fates(sink.notices(author))
    was_refused(sink)
    assert told == [(keeper, Fate.HARD_FAILURE)]


@verifies(
    "RFC3461-5.2.3-02",
    "RFC3461-5.2.3-03",
    "RFC3461-3-01",
    refuted_by=forward(rb"\1 NOTIFY=SUCCESS,FAILURE", of=rb"(RCPT TO:<(?!stranger)[^>]*>).*"),
)
@pytest.mark.parametrize("notify", [(), ("NOTIFY=FAILURE,DELAY",)], ids=["without-notify", "failure"])
def test_delivery_is_not_reported_if_not_asked_for(dial: SmtpDial, sink: Sink, notify: tuple[str, ...]) -> None:
    """An account without SUCCESS in NOTIFY, and an address that the sink refuses: only the second is told of."""
    dial.keyword("DSN")
    author, (stranger,) = dial.at_sink("author"), refused(dial, sink, "stranger")
    arrivals = dial.arrivals()
    sent = send(dial, author, (dial.address(), *notify), (stranger, *notify))
    arrivals.one(sent.key)
    assert dial.address().lower() not in [address for address, _ in reported(sink, author, about=stranger)]


QUIET = forward(rb"\1", of=rb"(RCPT TO:<quiet[^>]*>) .*")
"""A server that does not look at what is said of one recipient."""


@verifies("RFC3461-4.1-07", "RFC3461-5.2.6-02", refuted_by=QUIET)
@pytest.mark.parametrize("notify", ["NEVER", "SUCCESS", "DELAY"])
def test_failure_is_not_reported_if_not_wanted(dial: SmtpDial, sink: Sink, notify: str) -> None:
    """Two messages that the sink refuses, the first with NOTIFY without FAILURE: only the second is told of."""
    author, (quiet, loud) = dial.at_sink("author"), refused(dial, sink, "quiet", "loud")
    send(dial, author, (quiet, f"NOTIFY={notify}"))
    send(dial, author, (loud, "NOTIFY=FAILURE"))
    assert quiet not in [address for address, _ in reported(sink, author, about=loud)]


@verifies("RFC3461-5.2.8-02", refuted_by=QUIET)
def test_a_report_leaves_out_of_whom_nothing_is_wanted(dial: SmtpDial, sink: Sink) -> None:
    """Two recipients of a message that the sink refuses, one with NOTIFY=NEVER: the report does not tell of it."""
    author, (quiet, loud) = dial.at_sink("author"), refused(dial, sink, "quiet", "loud")
    send(dial, author, (quiet, "NOTIFY=NEVER"), (loud, "NOTIFY=FAILURE"))
    assert quiet not in [address for address, _ in reported(sink, author, about=loud)]


@verifies("RFC3461-5.2-01", refuted_by=relay(rb"TO:<control", b"TO:<author"))
def test_nobody_is_notified_of_mail_from_nobody(dial: SmtpDial, sink: Sink) -> None:
    """MAIL FROM:<> and NOTIFY=SUCCESS,FAILURE for what the sink refuses, and such mail from somebody: only he is told."""
    control, (keeper, stranger) = dial.at_sink("control"), refused(dial, sink, "keeper", "stranger")
    author = control.replace("control", "author")
    fields = b"Sender: <%b>\r\nReply-To: <%b>\r\n" % (author.encode(), author.encode())
    send(dial, "", (keeper, "NOTIFY=SUCCESS,FAILURE"), specimen=dial.specimen(headers=fields))
    send(dial, control, (stranger, "NOTIFY=SUCCESS,FAILURE"))
    controls = sink.notices(control)
    assert not sink.mail_to(author, seconds=0.2)
    if not controls:
        raise Inconclusive(Reason.PRECONDITION, "no notice came about the message that had a sender")


@verifies(
    "RFC3461-4.3-04",
    "RFC3461-6.2-04",
    refuted_by=alter(rb"\r\n\r\n(--[^\r\n]*)--\s*\Z", rb"\r\n\r\nwhat-is-not-asked-for\r\n\1--\r\n"),
)
def test_a_report_without_failures_returns_headers_alone(dial: SmtpDial, sink: Sink) -> None:
    """An account with NOTIFY=SUCCESS, and RET=FULL: the body of the message is not in the report."""
    specimen = dial.specimen(b"what-is-not-asked-for\r\n")
    notice = granted(dial, sink, "NOTIFY=SUCCESS", mail=("RET=FULL",), specimen=specimen)
    if "delivered" not in notice.report.actions:
        raise NotSupported("the report does not tell of delivery")
    assert b"what-is-not-asked-for" not in notice.relayed.raw
