"""RFC 6522 section 4: the header of a message, returned alone."""

from __future__ import annotations

from conformance import NotSupported, Sink, SmtpDial, alter, bounced, verifies
from conformance.wire import message

FIELDS = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nX-Mark: first\r\n"


@verifies("RFC6522-4-01", refuted_by=alter(rb"text/rfc822-headers", b"message/rfc822"))
def test_a_header_alone_is_not_called_a_message(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of a message sent with RET=HDRS: what is returned without its body is no message/rfc822."""
    specimen = dial.specimen(b"what-is-not-asked-for\r\n", FIELDS)
    returned = bounced(dial, sink, mail=("RET=HDRS",), specimen=specimen).returned
    if b"what-is-not-asked-for" in returned.body:
        raise NotSupported("the whole message is returned")
    assert returned.media.essence not in message.MESSAGES


@verifies("RFC6522-4-02", refuted_by=alter(rb"\r\nX-Mark: first", b""))
def test_the_whole_header_is_returned(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of a message sent with RET=HDRS: each of its fields, those of MIME too, is in the third part."""
    specimen = dial.specimen(b"Hello.\r\n", FIELDS)
    returned = bounced(dial, sink, mail=("RET=HDRS",), specimen=specimen).returned
    if returned.media.essence != "text/rfc822-headers":
        raise NotSupported("what is returned is no text/rfc822-headers")
    sent = {field.name.lower() for field in message.read(specimen.raw).value.fields}
    there = {field.name.lower() for field in message.read(returned.content).value.fields}
    assert not sent - there
