"""RFC 6522 section 3, RFC 3462 section 1: the container of reports, looked at in notices of what was refused."""

from __future__ import annotations

from conformance import Inconclusive, NotSupported, Reason, Sink, SmtpDial, alter, bounced, verifies
from conformance.wire import message, report
from conformance.wire.report import Report
from conformance.wire.scanner import Parsed

EIGHT_BIT = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"


def reported(dial: SmtpDial, sink: Sink) -> Parsed[Report]:
    """The report that a notice is; NotSupported if it is none."""
    read = report.read(bounced(dial, sink).entity)
    if read is None:
        raise NotSupported("the notice is no multipart/report")
    return read


@verifies("RFC6522-3-01", "RFC3462-1-02", refuted_by=alter(rb"report-type=", b"report-kind="))
def test_a_report_says_of_what_type_it_is(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: a notice that is a multipart/report has boundary and report-type, and its parts are found."""
    read = reported(dial, sink).value
    assert read.report_type
    assert read.machine is not None


@verifies(
    "RFC6522-3-02", refuted_by=alter(rb"report-type=(\"?)delivery-status", rb"report-type=\1disposition-notification")
)
def test_the_type_of_a_report_is_the_subtype_of_its_second_part(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: report-type of the notice is the subtype of its second part."""
    read = reported(dial, sink).value
    if not read.report_type or read.machine is None:
        raise NotSupported("the report has no report-type, or no second part")
    assert read.machine.media.subtype in (read.report_type, f"global-{read.report_type}")


@verifies("RFC6522-3-03", refuted_by=alter(rb"(\r\n--[^\r\n]+)--(\s*)\Z", rb"\1\r\n\r\nMore.\1\r\n\r\nMore.\1--\2"))
def test_a_report_has_two_or_three_parts(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the notice has two parts, or three."""
    assert "multipart-report" not in [violation.rule for violation in reported(dial, sink).violations]


@verifies("RFC6522-3-08", "RFC2046-5.1.1-05", refuted_by=alter(rb"(\r\n--[^\r\n]+)--(\s*)\Z", rb"\r\n\2"))
def test_a_report_has_the_syntax_of_multipart_mixed(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the delimiters of the notice are as MIME has them, the last one included."""
    notice = bounced(dial, sink)
    _ = notice.report
    rules = {violation.rule for violation in message.read(notice.relayed.raw).violations}
    assert not rules & {"boundary", "multipart-body", "close-delimiter", "composite-encoding"}


@verifies("RFC6522-3-06", refuted_by=alter(b"what-is-to-be-returned", b""))
def test_the_whole_message_is_returned_where_nothing_else_was_asked_for(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of a message without RET: the body of the message is in the third part."""
    notice = bounced(dial, sink, specimen=dial.specimen(b"what-is-to-be-returned\r\n"))
    assert b"what-is-to-be-returned" in notice.returned.body


@verifies("RFC6522-3-07", refuted_by=alter(rb"\Z", b"\xc3\xb6\r\n"))
def test_what_cannot_take_8_bits_is_given_none(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of an 8-bit message, at a sink that takes no 8BITMIME: the notice is of 7-bit octets."""
    session = dial.having("8BITMIME")
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.keywords = (b"PIPELINING", b"ENHANCEDSTATUSCODES", b"DSN")
    sink.reply(b"550 5.1.1 nobody\r\n", to=b"RCPT", about=f"to:<{keeper}")
    specimen = dial.specimen("größe\r\n".encode(), EIGHT_BIT)
    session.mail(author, "BODY=8BITMIME").ok()
    session.rcpt(keeper).ok()
    session.data(specimen.raw).ok()
    came = sink.notices(author)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")
    if message.read(came[0].raw).value.media.essence != "multipart/report":
        raise NotSupported("the notice is no multipart/report")
    assert came[0].raw.isascii()
