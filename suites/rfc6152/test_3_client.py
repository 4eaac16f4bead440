"""RFC 6152 section 3: 8-bit mail on its way to the next hop, which offers 8BITMIME or does not."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email.message import Message

from conformance import Inconclusive, Reason, Relayed, Sink, SmtpDial, alter, needs, relay, verifies
from conformance.services.sink import KEYWORDS

pytestmark = needs("8BITMIME")
SEVEN_BIT = tuple(keyword for keyword in KEYWORDS if keyword not in (b"8BITMIME", b"SMTPUTF8"))
MIME = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n"
SEVEN_BIT_MIME = MIME.replace(b"iso-8859-1", b"us-ascii").replace(b"8bit", b"7bit")
HIGH = bytes(range(0x80, 0xC0)) + b"\r\n" + bytes(range(0xC0, 0x100)) + b"\r\n"
MULTIPART = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_cut"\r\nContent-Transfer-Encoding: 8bit\r\n'
)
LATIN = b"Caf\xe9 au lait, s'il vous pla\xeet.\r\n"
UTF8 = "Grüße aus Köln = 100 %\r\n".encode()
PARTS = (
    b"--=_cut\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%b\r\n"
    b"--=_cut\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%b\r\n"
    b"--=_cut\r\nContent-Type: text/plain\r\n\r\nASCII alone.\r\n\r\n--=_cut--\r\n"
) % (LATIN, UTF8)
LABEL = rb"Content-Transfer-Encoding: (?:quoted-printable|base64)"


def leaves(raw: bytes) -> list[bytes]:
    """The contents of a message's leaves, their transfer encodings undone."""
    return [bytes(part.get_payload(decode=True) or b"") for part in email.message_from_bytes(raw).walk() if _leaf(part)]


def _leaf(part: Message) -> bool:
    return not part.is_multipart()


def containers(raw: bytes) -> Iterator[Message]:
    """The multiparts of a message."""
    return (part for part in email.message_from_bytes(raw).walk() if not _leaf(part))


def handed_on(dial: SmtpDial, body: bytes, headers: bytes = MIME) -> Relayed | None:
    """Send an 8-bit message to the sink, and return it as it came there, None if it came back instead."""
    came = dial.hand_on(dial.specimen(body, headers), "BODY=8BITMIME")
    return came if isinstance(came, Relayed) else None


def seven_bit(came: Relayed) -> bool:
    return all(octet < 128 for octet in came.wire)


@verifies("RFC6152-3-06", "RFC1652-3-01", refuted_by=alter(rb"\xe9", b"i"))
def test_all_bits_of_every_octet_reach_a_hop_with_8bitmime(dial: SmtpDial) -> None:
    """Send every octet above 127 to a sink with 8BITMIME: they come (or are in an encoding that holds them)."""
    dial.sink()
    came = handed_on(dial, HIGH)
    assert came
    assert leaves(came.raw) == [HIGH]


@verifies("RFC6152-3-07", refuted_by=relay(rb" BODY=8BITMIME", b""))
def test_8_bit_mail_is_declared_to_the_next_hop(dial: SmtpDial) -> None:
    """Send 8-bit text to a sink with 8BITMIME: if it comes so, MAIL has BODY=8BITMIME."""
    dial.sink()
    came = handed_on(dial, LATIN)
    if came is None or seven_bit(came):
        raise Inconclusive(Reason.PRECONDITION, "no octet above 127 came to the sink")
    assert came.parameters.get("BODY", "").upper() == "8BITMIME"


@verifies("RFC6152-3-08", "RFC1652-3-01", refuted_by=alter(rb"=E9|\?", b"\xe9"))
def test_no_octet_above_127_is_sent_to_a_hop_without_8bitmime(dial: SmtpDial, sink: Sink) -> None:
    """Send 8-bit text to a sink without 8BITMIME: it comes back, or comes in octets up to 127."""
    sink.keywords = SEVEN_BIT
    came = handed_on(dial, LATIN)
    assert came is None or all(octet < 128 for octet in came.raw)


@verifies("RFC6152-3-09", refuted_by=alter(rb"\r\n\r\n.*", b"\r\n\r\nCaf? au lait\r\n"))
def test_nothing_is_lost_on_the_way_to_a_hop_without_8bitmime(dial: SmtpDial, sink: Sink) -> None:
    """Send every octet above 127 to a sink without 8BITMIME: it comes back, or in an encoding that holds them all."""
    sink.keywords = SEVEN_BIT
    came = handed_on(dial, HIGH)
    assert came is None or leaves(came.raw) == [HIGH]


@verifies("RFC6152-3-10", refuted_by=alter(LABEL, b"Content-Transfer-Encoding: 8bit"))
def test_what_is_made_of_8_bit_mail_is_7_bit_mime(dial: SmtpDial, sink: Sink) -> None:
    """Send a multipart of 8-bit texts to a sink without 8BITMIME: what comes instead has labels that are true.

    No multipart is encoded (RFC 2045 section 6.4), no part is labelled 8bit, and no line is longer than 998 octets.
    """
    sink.keywords = SEVEN_BIT
    came = handed_on(dial, PARTS, MULTIPART)
    if came is None:
        return
    labels = [str(part.get("Content-Transfer-Encoding", "7bit")).lower() for part in containers(came.raw)]
    every = [str(part.get("Content-Transfer-Encoding", "7bit")) for part in email.message_from_bytes(came.raw).walk()]
    assert set(labels) == {"7bit"}
    assert "8bit" not in [label.lower() for label in every]
    assert [leaf.rstrip(b"\r\n") for leaf in leaves(came.raw)] == [LATIN.rstrip(), UTF8.rstrip(), b"ASCII alone."]
    assert max(map(len, came.raw.split(b"\r\n"))) <= 998


@verifies("RFC6152-3-11", refuted_by=alter(rb"alone =", b"alone =3D"))
def test_mail_of_7_bits_is_handed_on_unchanged_whatever_it_is_declared(dial: SmtpDial, sink: Sink) -> None:
    """Send ASCII text with BODY=8BITMIME to a sink without 8BITMIME: it comes as it was."""
    sink.keywords = SEVEN_BIT
    came = handed_on(dial, b"ASCII alone = 7 bits.\r\n", SEVEN_BIT_MIME)
    assert came
    assert came.raw.partition(b"\r\n\r\n")[2] == b"ASCII alone = 7 bits.\r\n"
