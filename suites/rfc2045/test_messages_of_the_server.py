"""RFC 2045: MIME in the messages that a server makes itself, looked at in notices of what was refused."""

from __future__ import annotations

from conformance import Inconclusive, Reason, Sink, SmtpDial, alter, speaks, verifies
from conformance.checks_dsn import REFUSAL
from conformance.checks_own_mail import OwnMail, own_mail, read_own
from conformance.wire.message import MESSAGES

pytestmark = speaks("smtp")

EIGHT_BIT = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
ENCODED = ("quoted-printable", "base64")


def type_field(text: bytes) -> tuple[bytes, bytes]:
    """A lie: something behind the first type of a part, or of the whole."""
    return rb"(?mi)^(Content-Type:[ \t]*[a-z]+/[a-z]+)", rb"\1" + text


def mislabelled(own: OwnMail) -> list[str]:
    """Entities with octets above 127 that are labelled 7bit, or not at all; those in returned messages left aside."""
    return [one.media.essence for one in own.entities if one.encoding == "7bit" and not one.body.isascii()]


@verifies("RFC2045-4-01", refuted_by=alter(rb"(?mi)^MIME-Version:", b"X-MIME-Version:"))
def test_a_notice_in_mime_says_so(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: a notice with Content fields has MIME-Version, in a form that is right."""
    own = own_mail(dial, sink)
    described = any(one.name.lower().startswith(b"content-") for one in own.entity.fields)
    assert not described or (own.entity.first("MIME-Version") and own.wrong_in("mime-version") == [])


@verifies("RFC2045-5.1-04", refuted_by=alter(*type_field(b"; name=(;")))
def test_the_types_in_a_notice_obey_their_rule(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Content-Type of the notice and its parts is type, subtype and parameters, quoted where they must be."""
    assert own_mail(dial, sink).wrong_in("content-type") == []


@verifies("RFC2045-6.1-02", refuted_by=alter(*type_field(rb"\r\nContent-Transfer-Encoding: seven")))
def test_the_encodings_in_a_notice_are_known(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Content-Transfer-Encoding of the notice and its parts, where it is there, is one mechanism of RFC 2045."""
    assert own_mail(dial, sink).wrong_in("content-transfer-encoding") == []


@verifies("RFC2045-6.2-01", refuted_by=alter(rb"(?mi)^Content-Transfer-Encoding:", b"X-Encoding:"))
def test_8_bit_octets_in_a_notice_are_labelled(dial: SmtpDial, sink: Sink) -> None:
    """Refuse the recipient of an 8-bit message: the notice, and its part with octets above 127, are not called 7bit."""
    author, keeper, session = dial.at_sink("author"), dial.at_sink(), dial.having("8BITMIME")
    sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{keeper}")
    session.mail(author, "BODY=8BITMIME").ok()
    session.rcpt(keeper).ok()
    session.data(dial.specimen("größe\r\n".encode(), EIGHT_BIT).raw).ok()
    came = sink.notices(author)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")
    assert mislabelled(read_own(came[0].raw)) == []


@verifies("RFC2045-6.4-01", refuted_by=alter(*type_field(rb"\r\nContent-Transfer-Encoding: base64")))
def test_no_multipart_and_no_message_in_a_notice_is_encoded(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: multiparts and messages of the notice have no encoding but 7bit, 8bit or binary."""
    composite = [
        one for one in own_mail(dial, sink).entities if one.media.type == "multipart" or one.media.essence in MESSAGES
    ]
    assert [one.media.essence for one in composite if one.encoding in ENCODED] == []
