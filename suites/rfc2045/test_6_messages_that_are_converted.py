"""RFC 2045 section 6: the encodings that a relay chooses where it hands on 8-bit mail and 7 bits are taken."""

from __future__ import annotations

from conformance import NotSupported, Relayed, Sink, SmtpDial, alter, needs, speaks, verifies
from conformance.services.sink import KEYWORDS
from conformance.wire import message
from conformance.wire.message import Entity
from conformance.wire.scanner import Parsed

pytestmark = [speaks("smtp"), needs("8BITMIME")]

SEVEN_BIT = tuple(keyword for keyword in KEYWORDS if keyword not in (b"8BITMIME", b"SMTPUTF8"))
MIME = b"MIME-Version: 1.0\r\nContent-Type: %b\r\nContent-Transfer-Encoding: 8bit\r\n"
TEXT = "Größe, with a blank behind it \r\nand a tab\t\r\n".encode() + "ß".encode() * 200 + b" = \r\n.\r\n"
ENCODED = ("quoted-printable", "base64")
MULTIPART = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_cut"\r\nContent-Transfer-Encoding: 8bit\r\n'
)
PARTS = b"--=_cut\r\n%b\r\n%b\r\n--=_cut--\r\n" % (MIME.partition(b"\r\n")[2] % b"text/plain; charset=utf-8", TEXT)


def handed_on(dial: SmtpDial, sink: Sink, body: bytes, fields: bytes) -> Parsed[Entity]:
    """What comes of an 8-bit message to a sink without 8BITMIME; NotSupported if nothing of it is encoded."""
    sink.keywords = SEVEN_BIT
    came = dial.hand_on(dial.specimen(body, fields), "BODY=8BITMIME")
    read = message.read(came.raw if isinstance(came, Relayed) else came)
    if not any(not one.parts and one.encoding in ENCODED for one in read.value.walk()):
        raise NotSupported("8-bit mail is not converted")
    return read


@verifies("RFC2045-6.7-01", refuted_by=alter(rb"=\r\n", b""))
def test_quoted_printable_that_is_made_obeys_its_rules(dial: SmtpDial, sink: Sink) -> None:
    """Send 8-bit text to a sink without 8BITMIME: lines of quoted-printable have 76 octets at most, and no blank at their end."""
    read = handed_on(dial, sink, TEXT, MIME % b"text/plain; charset=utf-8")
    if "quoted-printable" not in [one.encoding for one in read.value.walk()]:
        raise NotSupported("8-bit mail is converted, and not to quoted-printable")
    assert [one for one in read.violations if one.rule == "quoted-printable"] == []


@verifies(
    "RFC2045-6.4-03",
    refuted_by=alter(rb"(?mi)^(Content-Type:[ \t]*multipart/)", rb"Content-Transfer-Encoding: base64\r\n\1"),
)
def test_a_multipart_is_converted_in_its_parts(dial: SmtpDial, sink: Sink) -> None:
    """Send a multipart of 8-bit text to a sink without 8BITMIME: if it is encoded, its part is, and not the whole."""
    assert handed_on(dial, sink, PARTS, MULTIPART).value.encoding not in ENCODED
