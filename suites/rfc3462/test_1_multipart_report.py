"""RFC 3462 section 1: where it differs from RFC 6522, a report was nothing but the outermost part of a message."""

from __future__ import annotations

from conformance import NotSupported, Sink, SmtpDial, alter, bounced, verifies


@verifies(
    "RFC3462-1-01",
    refuted_by=alter(
        rb"(\r\nContent-Type:[ \t]*)multipart/report;.*?(\r\n\S|\r\n\r\n)", rb"\1multipart/mixed; boundary=out\2"
    )
    | alter(
        rb"(\r\n\r\n)", rb"\1--out\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=in\r\n\r\n"
    ),
)
def test_a_report_is_the_outermost_part(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: a multipart/report in the notice, outside what is returned, is the message as a whole."""
    entity = bounced(dial, sink).entity
    reports = [one for one in (entity, *entity.parts) if one.media.essence == "multipart/report"]
    if not reports:
        raise NotSupported("the notice has no multipart/report")
    assert reports[0] is entity
