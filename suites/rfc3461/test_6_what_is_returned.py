"""RFC 3461 sections 4.3, 6.1 and 6.2: how much of a message its failure brings back, and how it comes."""

from __future__ import annotations

from conformance import NotSupported, Sink, SmtpDial, alter, bounced, forward, relay, verifies
from conformance.services.heard import parameters

BODY = b"what-may-be-returned\r\n"


@verifies("RFC3461-4.3-02", refuted_by=forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>) .*"))
def test_ret_hdrs_brings_back_headers_alone(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of a message with RET=HDRS: its body is not in the notification."""
    notice = bounced(dial, sink, mail=("RET=HDRS",), specimen=dial.specimen(BODY))
    _ = notice.report
    assert BODY.strip() not in notice.relayed.raw


@verifies("RFC3461-4.3-03", "RFC3461-6.2-03", refuted_by=alter(b"what-may-be-returned", b""))
def test_ret_full_brings_back_the_message(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of a message with RET=FULL: its body is in the third part."""
    returned = bounced(dial, sink, mail=("RET=FULL",), specimen=dial.specimen(BODY)).report.report.returned
    assert returned is not None
    assert BODY.strip() in returned.body


@verifies("RFC3461-6.1-03", refuted_by=relay(rb"\A(MAIL FROM:<>)", rb"\1 RET=HDRS"))
def test_a_notification_is_sent_without_ret(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of a message with RET=FULL: the notification comes to the sink, which has DSN, without RET."""
    notice = bounced(dial, sink, mail=("RET=FULL",))
    _ = notice.report
    if "DSN" not in notice.relayed.offered:
        raise NotSupported("the sink was not asked what it offers")
    assert "RET" not in notice.relayed.parameters


@verifies("RFC3461-6.1-04", refuted_by=relay(rb"\A(RCPT TO:<author[^>]*>).*", rb"\1 NOTIFY=FAILURE"))
def test_notify_of_a_notification_is_never(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: the notification comes to the sink, which has DSN, without NOTIFY or with NOTIFY=NEVER."""
    notice = bounced(dial, sink)
    _ = notice.report
    if "DSN" not in notice.relayed.offered:
        raise NotSupported("the sink was not asked what it offers")
    assert parameters(notice.relayed.rcpts[0]).get("NOTIFY", "NEVER").upper() == "NEVER"
