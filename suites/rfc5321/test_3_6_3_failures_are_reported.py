"""RFC 5321 sections 2.1, 3.6.3, 4.2.5 and 4.5.4: mail that the next hop refuses for good comes back as a notice."""

from __future__ import annotations

import pytest

from conformance import (
    Inconclusive,
    NotSupported,
    Reason,
    Relayed,
    Sink,
    SmtpDial,
    alter,
    lose,
    lose_notices,
    relay,
    verifies,
)
from conformance.wire.dsn import notification

REFUSAL = b"554 5.7.1 not wanted here\r\n"


def refused(dial: SmtpDial, sink: Sink, author: str, command: bytes = b"RCPT", headers: bytes = b"") -> str:
    """Send a message that the sink refuses with 554 to a command, and return its recipient."""
    keeper = dial.at_sink()
    sink.reply(REFUSAL, to=command, about=author if command == b"MAIL" else keeper)
    dial.ready().transaction(author, keeper, text=dial.specimen(headers=headers).raw).ok()
    return keeper


def notice(sink: Sink, author: str) -> Relayed:
    """Return the notice that comes back; that it comes is a precondition."""
    seen = sink.notices(author)
    if not seen:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")
    return seen[0]


def was_refused(sink: Sink) -> None:
    """Demand, as a precondition, that the target has heard the refusal."""
    if not sink.has_said(REFUSAL):
        raise Inconclusive(Reason.PRECONDITION, "the target did not try to hand the message on in time")


@verifies(
    "RFC5321-3.6.3-01",
    "RFC5321-4.2.5-04",
    "RFC5321-4.1.1.4-08",
    "RFC5321-6.1-02",
    "RFC5321-6.2-01",
    refuted_by=lose_notices(),
)
def test_a_refused_recipient_is_reported_to_the_sender(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient at the sink with 554: a notice comes to the reverse-path."""
    author = dial.at_sink("author")
    refused(dial, sink, author)
    notices = sink.notices(author)
    was_refused(sink)
    assert notices


@verifies("RFC5321-3.6.3-08", refuted_by=lose_notices())
@pytest.mark.parametrize("command", [b"MAIL", b"RCPT", b"DATA", b"."], ids=["mail", "rcpt", "data", "end-of-data"])
def test_a_refusal_at_any_step_is_reported_to_the_sender(dial: SmtpDial, sink: Sink, command: bytes) -> None:
    """Answer one step of the transaction at the sink with 554: a notice comes to the reverse-path."""
    author = dial.at_sink("author")
    refused(dial, sink, author, command)
    notices = sink.notices(author)
    was_refused(sink)
    assert notices


@verifies("RFC5321-3.6.3-02", refuted_by=alter(rb"multipart/report", b"multipart/mixed"))
def test_a_notice_is_a_delivery_status_notification(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient at the sink: what comes back is a multipart/report of report-type delivery-status."""
    author = dial.at_sink("author")
    refused(dial, sink, author)
    read = notification(notice(sink, author).raw)
    assert read is not None
    assert read.recipients


@verifies("RFC5321-3.6.3-03", refuted_by=alter(rb"(Reporting-MTA: *dns;)[^\r\n]*", rb"\1 sink.test"))
def test_a_notice_is_from_the_relay(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient at the sink: the Reporting-MTA of what comes back is not the sink."""
    author = dial.at_sink("author")
    refused(dial, sink, author)
    read = notification(notice(sink, author).raw)
    if read is None or read.message.reporting_mta is None:
        raise NotSupported("the notice names no Reporting-MTA")
    assert read.message.reporting_mta.value.lower() != b"sink.test"


@verifies(
    "RFC5321-3.6.3-05",
    "RFC5321-4.4-20",
    "RFC5321-6.1-03",
    refuted_by=relay(rb"FROM:<>", b"FROM:<MAILER-DAEMON@mail.test>"),
)
def test_a_notice_has_a_null_reverse_path(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient at the sink: what comes back has MAIL FROM:<>."""
    author = dial.at_sink("author")
    refused(dial, sink, author)
    assert notice(sink, author).reverse_path == b""


@verifies("RFC5321-3.6.3-04", "RFC5321-4.5.4-01", "RFC5321-6.1-05", refuted_by=relay(rb"TO:<control", b"TO:<author"))
def test_the_failure_of_a_notice_is_not_reported(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a message from nobody, and one behind it from somebody: a notice comes about the second and not the first.

    The header names an address where a notice about the first might be sent.
    """
    control = dial.at_sink("control")
    author = control.replace("control", "author")
    field = author.encode()
    refused(dial, sink, "", headers=b"Sender: <%b>\r\nReply-To: <%b>\r\nErrors-To: <%b>\r\n" % (field, field, field))
    refused(dial, sink, control)
    controls = sink.notices(control)
    assert not sink.mail_to(author, seconds=0.2)
    if not controls:
        raise Inconclusive(Reason.PRECONDITION, "no notice came about the message that had a sender")


@verifies("RFC5321-4.2.5-05", refuted_by=relay(rb"\A(RCPT TO:<keeper.*)", rb"\1\r\n\1"))
def test_what_is_refused_behind_its_data_is_not_tried_again(dial: SmtpDial, sink: Sink) -> None:
    """Answer the end of the data with 554: when the notice has come, the recipient was asked for once."""
    author = dial.at_sink("author")
    keeper = refused(dial, sink, author, b".")
    notice(sink, author)
    assert len(sink.lines(rb"RCPT TO:<%b>" % keeper.encode(), seconds=0.0)) == 1


@verifies("RFC5321-2.1-01", refuted_by=lose())
def test_no_recipient_of_what_was_accepted_is_forgotten(dial: SmtpDial, sink: Sink) -> None:
    """Send a message to a mailbox and two addresses at the sink, one of which is refused there: two copies and a notice."""
    author, keeper, stranger = dial.at_sink("author"), dial.at_sink(), dial.at_sink("stranger")
    sink.reply(REFUSAL, to=rb"RCPT TO:<stranger")
    arrivals, specimen = dial.arrivals(), dial.specimen()
    dial.ready().transaction(author, dial.address(), keeper, stranger, text=specimen.raw).ok()
    missing = [
        recipient
        for recipient, came in (
            (dial.address(), arrivals.wait(specimen.key)),
            (keeper, sink.mail_to(keeper)),
            (stranger, sink.notices(author)),
        )
        if not came
    ]
    was_refused(sink)
    assert not missing
