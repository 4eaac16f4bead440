"""RFC 3464 sections 2 and 2.1, RFC 3461 sections 6.1 and 6.2: the message that a notification is."""

from __future__ import annotations

from conformance import NotSupported, Sink, SmtpDial, alter, bounced, relay, send, verifies
from conformance.wire import dsn, report
from conformance.wire.address_list import mailbox_list
from conformance.wire.message_fields import body_of
from conformance.wire.scanner import Scanner

FIRST_PART = rb"(\r\n--[^\r\n]+\r\n(?:[^\r\n]+\r\n)*\r\n)"
"""From the first delimiter to the end of the header of the first part."""


@verifies("RFC3464-2-01", "RFC3461-6.2-01", "RFC1894-2-01", refuted_by=alter(rb"multipart/report", b"multipart/mixed"))
def test_a_status_is_told_in_a_report_of_its_type(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: a notice with a part message/delivery-status is a multipart/report of that report-type."""
    notice = bounced(dial, sink)
    if not any(part.media.essence in dsn.STATUS_PARTS for part in notice.entity.parts):
        raise NotSupported("the notice has no part message/delivery-status")
    assert notice.entity.media.essence == "multipart/report"
    assert (notice.entity.media.parameter("report-type") or b"").lower() == b"delivery-status"


@verifies("RFC3464-2-02", "RFC6522-3-04", refuted_by=alter(FIRST_PART + rb".*?(\r\n--)", rb"\1\2"))
def test_the_first_part_explains_in_words(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the first part of the notification is, or begins with, text that is not empty."""
    first = bounced(dial, sink).report.report.explanation
    texts = [] if first is None else [one for one in first.walk() if one.media.type == "text"]
    assert texts
    assert any(one.content.strip() for one in texts)


@verifies(
    "RFC3464-2-03",
    "RFC3461-6.2-02",
    "RFC6522-3-02",
    refuted_by=alter(rb"(\r\nContent-Type:[ \t]*)message/delivery-status", rb"\1text/plain"),
)
def test_the_second_part_tells_the_status(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the second part of a report of type delivery-status is message/delivery-status."""
    read = report.read(bounced(dial, sink).entity)
    if read is None or read.value.report_type != "delivery-status":
        raise NotSupported("the notice is no multipart/report of type delivery-status")
    assert read.value.machine is not None
    assert read.value.machine.media.essence in dsn.STATUS_PARTS


@verifies(
    "RFC3464-2-04",
    "RFC3462-2-01",
    refuted_by=alter(rb"(\r\nContent-Type:[ \t]*)(message/rfc822|text/rfc822-headers)", rb"\1text/plain"),
)
def test_what_is_returned_is_the_third_part(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: a third part of the notification is a message or its header, by its media type."""
    notice = bounced(dial, sink)
    assert notice.returned
    assert not notice.violations("returned")


@verifies("RFC3464-2-05", refuted_by=alter(rb"(\r\nTo:[ \t]*)[^\r\n]*", rb"\1postmaster@mailconform.invalid"))
def test_a_notification_is_addressed_to_the_sender_in_its_header(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient of a message whose From is another's: the To field of the notification has the address of MAIL."""
    notice = bounced(dial, sink)
    _ = notice.report
    assert notice.author.encode() in notice.entity.text("To").lower()


@verifies("RFC3464-2-05", "RFC3461-6.1-02", refuted_by=relay(rb"TO:<author", b"TO:<author-too"))
def test_a_notification_goes_to_the_sender_of_the_envelope(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient of a message whose From is another's: what names its Message-ID comes for the address of MAIL."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.reply(b"550 5.1.1 nobody\r\n", to=b"RCPT", about=f"to:<{keeper}")
    send(dial, author, (keeper,))
    came = [one for one in sink.wait(keeper.encode()) if one.reverse_path == b""]
    if not came:
        raise NotSupported("no notice that names the recipient came back")
    assert came[0].recipients == (author.encode(),)


@verifies("RFC3464-2-06", refuted_by=alter(rb"(\r\nFrom:[ \t]*)[^\r\n]*", rb"\1Mail Delivery <>"))
def test_a_notification_is_from_somebody_who_can_be_asked(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: From of the notification has an address, and mail to it is taken."""
    notice = bounced(dial, sink)
    _ = notice.report
    field = notice.entity.first("From")
    at = Scanner(b"") if field is None else body_of(notice.entity.whole, field)
    boxes = mailbox_list(at) if field is not None else ()
    assert boxes
    address = boxes[0].addr_spec
    session = dial.ready()
    session.mail(dial.sender).ok()
    assert session.rcpt(address).positive


@verifies(
    "RFC3464-2-07",
    "RFC3464-2-08",
    "RFC3461-6.1-01",
    refuted_by=relay(rb"FROM:<>", b"FROM:<MAILER-DAEMON@mail.test>"),
)
def test_a_notification_has_a_null_reverse_path(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the notification comes with MAIL FROM:<>."""
    notice = bounced(dial, sink)
    _ = notice.report
    assert notice.relayed.reverse_path == b""


@verifies("RFC3464-2-09", refuted_by=alter(rb"(Final-Recipient:[^\r\n]*?)first(-[^\r\n]*)", rb"\1second\2"))
def test_a_notification_is_about_one_message(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipients of two messages from one sender: no notification tells of both, and each is told of."""
    author, first = dial.at_sink("author"), dial.at_sink("first")
    second = first.replace("first", "second")
    for stranger in (first, second):
        sink.reply(b"550 5.1.1 nobody\r\n", to=b"RCPT", about=f"to:<{stranger}")
        send(dial, author, (stranger,))
    came = sink.notices(author, 2)
    told = [read.recipients for notice in came if (read := dsn.notification(notice.raw))]
    if not told:
        raise NotSupported("the notice is no multipart/report with a message/delivery-status")
    assert sorted(one.address.decode("latin-1").lower() for group in told for one in group) == [first, second]
    assert all(len(group) == 1 for group in told)


@verifies(
    "RFC3464-2.1-01",
    refuted_by=alter(
        rb"(\r\nContent-Type:[ \t]*message/delivery-status)", rb"\r\nContent-Transfer-Encoding: quoted-printable\1"
    ),
)
def test_the_status_part_is_not_encoded(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the part message/delivery-status has no transfer encoding but 7bit."""
    assert not bounced(dial, sink).violations("machine-encoding")


@verifies("RFC3464-2.1-02", refuted_by=alter(rb"(\r\nReporting-MTA:.*?\r\n)\r\n", rb"\1"))
def test_groups_of_fields_are_apart(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: a group of fields of the message, a blank line, and a group of fields of the recipient."""
    assert not bounced(dial, sink).violations("per-message-fields", "per-recipient-fields")


@verifies("RFC3464-2.1.1-01", refuted_by=alter(rb"\r\nAction:", rb"\r\nAction :"))
def test_the_status_part_holds_nothing_but_fields(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: each line of the status part belongs to a field, a name right in front of a colon."""
    assert not bounced(dial, sink).violations("field")


@verifies("RFC3464-2.1.2-01", "RFC1894-2.1.2-01", refuted_by=alter(rb"(\r\nFinal-Recipient:[ \t]*)rfc822;", rb"\1"))
def test_typed_fields_have_a_type(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: fields of addresses, of MTAs and of diagnostics begin with an atom and a semicolon."""
    assert not bounced(dial, sink).violations("address-type", "mta-name-type", "diagnostic-type")
