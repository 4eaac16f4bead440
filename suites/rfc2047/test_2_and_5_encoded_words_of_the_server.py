"""RFC 2047 sections 2 and 5: encoded words in the messages that a server makes itself, looked at in notices."""

from __future__ import annotations

import re

from conformance import Sink, SmtpDial, alter, speaks, verifies
from conformance.checks_own_mail import OwnMail, own_mail

pytestmark = speaks("smtp")

WORD = re.compile(rb"=\?[^? \t\r\n]*\?[^? \t\r\n]*\?[^? \t\r\n]*\?=")
RIGHT = re.compile(rb"=\?[!#$%&'*+0-9A-Z^_`a-z{|}~-]+\?[BbQq]\?[!->@-~]+\?=\Z")
LIMIT, LINE_LIMIT = 75, 76
"""Octets of an encoded word, and of a line with one in it (section 2)."""
FORBIDDEN = re.compile(rb'"[^"\r\n]*=\?[^?]+\?[bq]\?[^?]*\?=[^"\r\n]*"|<[^>]*=\?[^?]+\?[bq]\?', re.IGNORECASE)
STRUCTURED = (
    b"received",
    b"return-path",
    b"message-id",
    b"content-type",
    b"content-disposition",
    b"content-id",
    b"date",
)
"""Fields that have no place for encoded words."""


def fields(own: OwnMail) -> list[tuple[bytes, bytes]]:
    """Names in lower case and octets of the fields of the notice and its parts."""
    return [(one.name.lower(), one.raw) for entity in own.entities for one in entity.fields]


@verifies("RFC2047-2-01", refuted_by=alter(rb"(?m)^Subject:", b"Subject: =?utf-8?q?" + b"x" * 70 + b"?="))
def test_encoded_words_in_a_notice_have_their_form(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: encoded words in the headers of the notice, if any, are right, of 75 octets, on lines of 76."""
    held = [(raw, word[0]) for _, raw in fields(own_mail(dial, sink)) for word in WORD.finditer(raw)]
    assert [word for _, word in held if len(word) > LIMIT or not RIGHT.match(word)] == []
    assert [line for raw, _ in held for line in raw.split(b"\r\n") if b"=?" in line and len(line) > LINE_LIMIT] == []


@verifies("RFC2047-5-01", refuted_by=alter(rb"(?m)^From:[^\r]*", b'From: "=?utf-8?q?a_b?=" <postmaster@mail.test>'))
def test_encoded_words_in_a_notice_stand_where_they_may(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: no encoded word in quotes, in an address, in Received, in a type or disposition of the notice."""
    held = fields(own_mail(dial, sink))
    assert [raw for name, raw in held if name in STRUCTURED and WORD.search(raw)] == []
    assert [
        raw for name, raw in held if name in (b"from", b"to", b"cc", b"reply-to", b"sender") and FORBIDDEN.search(raw)
    ] == []
