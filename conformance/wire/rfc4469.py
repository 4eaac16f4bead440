"""CATENATE (RFC 4469 section 5): codes for a message too big and for a URL that gives no text."""

from __future__ import annotations

import re

from conformance.wire.imap_registers import nothing, resp_text_code
from conformance.wire.imap_structure import sp
from conformance.wire.scanner import Scanner

_URL_RESP_TEXT = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x5c\x5e-\xfe]+")

resp_text_code(b"TOOBIG")(nothing)


@resp_text_code(b"BADURL")
def badurl_response_code(at: Scanner) -> bytes:
    """badurl-response-code = "BADURL" SP url-resp-text, as sent."""
    sp(at)
    return at.take(_URL_RESP_TEXT, "url-resp-text", 'text without "]"')
