"""RFC 2046 section 5.2: messages within messages, seen in BODYSTRUCTURE and in the octets and sizes of their parts."""

from __future__ import annotations

from conformance import ImapDial, confuse, rewrite, verifies
from conformance.checks_formats import misread

FETCH = rb"FETCH .*BODYSTRUCTURE.*"


@verifies("RFC2046-5.2.1-02", refuted_by=confuse(b"[1.HEADER]", b"[1.MIME]", verb=b"FETCH"))
def test_a_message_of_one_field_is_a_message(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE, header and text of a message/rfc822 with a Subject alone."""
    assert misread(dial, "message-of-few-fields", octets=True) == {}


@verifies("RFC2046-5.2.1-01", refuted_by=confuse(b"[1.1.1]", b"[1.1]", verb=b"FETCH"))
def test_messages_within_messages_have_their_parts(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE and parts of a multipart within a message within a multipart within a message."""
    assert misread(dial, "messages-four-deep", octets=True) == {}


@verifies("RFC2046-5.2.4-01", refuted_by=rewrite(rb'(?i)"x-mailconform"', b'"rfc822"', of=FETCH))
def test_messages_of_unknown_subtype_are_not_looked_into(dial: ImapDial) -> None:
    """FETCH BODYSTRUCTURE of message/x-mailconform and message/partial: parts with nothing in them."""
    assert misread(dial, "unknown-messages") == {}
