"""RFC 5321 sections 2.3.8, 2.4, 3.6.3, 3.7.2, 4.1.1.4 and 4.5.3.1: content towards the next hop."""

from __future__ import annotations

import re

import pytest

from conformance import NotSupported, Relayed, Sink, SmtpDial, alter, lose, relay, say, verifies

BODIES = {
    "plain": (b"", b"One line.\r\nAnother.\r\n"),
    "blanks": (b"", b"  indented\r\ntrailing  \r\n\t\r\n \r\n\r\n\r\nlast\r\n"),
    "dots": (b"", b".\r\n..\r\n.a\r\na.\r\n\r\n.\r\n...\r\n"),
    "a-long-line": (b"", b"x" * 998 + b"\r\nshort\r\n"),
    "from-lines": (b"", b"From here\r\n>From there\r\nFrom: nobody\r\n"),
    "empty-parts": (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n',
        b"--b\r\n\r\n--b\r\n--b--\r\n",
    ),
    "no-boundary": (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n", b"no part at all\r\n"),
    "broken-base64": (b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n", b"!!!! this is none ????=\r\n"),
    "unknown-encoding": (b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: x-own\r\n", b"=41=\r\n"),
}
FIELDS = {
    "folded": b"X-Folded: one\r\n two\r\n\tthree\r\n \t four\r\n",
    "without-a-space": b"X-Tight:value\r\nX-Empty:\r\nX-Blanks:   value   \r\n",
    "twice": b"X-Twice: 2\r\nX-Twice: 1\r\nComments: a\r\nComments: b\r\n",
    "in-odd-order": b"X-B: 1\r\nX-A: 2\r\nCc: b@sink.test\r\nx-lower: 3\r\nX-UPPER: 4\r\n",
    "comments": b'Keywords: a (comment) , b(c)\r\nX-Quoted: "a \\" b" <@>\r\n',
}
TRACE = (
    b"Received: from a.example (a.example [192.0.2.1])\r\n\tby b.example with ESMTP id 1; Sat, 21 Nov 2026 11:00:00 +0000\r\n"
    b"Received: by   c.example (odd)   ;  21 Nov 26 10:00 GMT\r\n"
    b"Received: nothing that anybody could read\r\n"
)


def relayed(dial: SmtpDial, sink: Sink, body: bytes = b"Hello.\r\n", headers: bytes = b"") -> tuple[Relayed, bytes]:
    """Return a message as it came to the sink, and as it was sent; that it is taken, and comes, is a precondition."""
    specimen = dial.specimen(body, headers)
    dial.ready().transaction(dial.sender, dial.at_sink(), text=specimen.raw).ok()
    return sink.one(specimen.key), specimen.raw


def body_of(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[2]


def fields_of(raw: bytes) -> list[bytes]:
    """Return the fields of a header, folds left in."""
    return re.split(rb"\r\n(?![ \t])", raw.partition(b"\r\n\r\n")[0])


@verifies(
    "RFC5321-3.6.3-06", "RFC5321-2.4-09", refuted_by=alter(rb"\r\n\r\n", b"\r\n\r\nThis message was relayed.\r\n")
)
@pytest.mark.parametrize("kind", BODIES)
def test_the_body_is_relayed_as_it_is(dial: SmtpDial, sink: Sink, kind: str) -> None:
    """Relay bodies with blanks and dots, and of broken MIME: they come to the sink octet by octet."""
    headers, body = BODIES[kind]
    came, _ = relayed(dial, sink, body, headers)
    assert body_of(came.raw) == body


@verifies("RFC5321-3.6.3-07", refuted_by=alter(rb"\r\nSubject: ", b"\r\nSubject: [relayed] "))
@pytest.mark.parametrize("kind", FIELDS)
def test_header_fields_are_relayed_as_they_are(dial: SmtpDial, sink: Sink, kind: str) -> None:
    """Relay header fields of odd form: each comes to the sink octet by octet, in the same order."""
    came, sent = relayed(dial, sink, headers=FIELDS[kind])
    fields = iter(fields_of(came.raw))
    assert [field for field in fields_of(sent) if field not in fields] == []


@verifies("RFC5321-2.3.1-01", "RFC5321-3.6.1-03", refuted_by=relay(rb"\A(MAIL FROM:<)[^@>]*", rb"\1sender"))
def test_the_envelope_is_relayed_as_it_is(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message whose header names other people: MAIL and RCPT at the sink have the addresses that were given."""
    author, keeper, specimen = dial.at_sink("author"), dial.at_sink(), dial.specimen()
    dial.ready().transaction(author, keeper, text=specimen.raw).ok()
    came = sink.one(specimen.key)
    assert came.reverse_path == author.encode()
    assert came.recipients == (keeper.encode(),)


@verifies("RFC5321-3.7.2-01", "RFC5321-4.1.1.4-09", refuted_by=alter(rb"\AReceived:", b"X-Received:"))
def test_a_received_field_stands_first(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message that has Received fields: a new one stands before them."""
    came, _ = relayed(dial, sink, headers=TRACE)
    fields = fields_of(came.raw)
    assert fields[0].lower().startswith(b"received:")
    assert fields[0] not in TRACE


@verifies("RFC5321-3.7.2-02", "RFC5322-3.6-02", refuted_by=alter(rb"by   c\.example", b"by c.example"))
def test_received_fields_that_are_there_are_kept(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message with three Received fields, of odd form: they come octet by octet, in their order."""
    came, _ = relayed(dial, sink, headers=TRACE)
    kept = [field for field in fields_of(came.raw) if field + b"\r\n" in TRACE and field.startswith(b"Received:")]
    assert b"".join(field + b"\r\n" for field in kept) == TRACE


@verifies("RFC5321-4.1.1.4-11", refuted_by=alter(rb"\Z", b"\r\n"))
def test_no_line_is_added_before_the_end_of_data(dial: SmtpDial, sink: Sink) -> None:
    """Relay a body: nothing stands behind its last line."""
    came, _ = relayed(dial, sink, b"One.\r\nthe last line\r\n")
    assert came.raw.endswith(b"\r\nthe last line\r\n")


@verifies("RFC5321-2.3.8-06", refuted_by=alter(rb"\r\nSubject", b"\nSubject"))
def test_every_line_that_is_relayed_ends_in_crlf(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message: what the sink hears has CR and LF in pairs only."""
    came, _ = relayed(dial, sink, b"One.\r\n\r\nTwo.\r\n")
    said = b"".join(exchange.said for heard in sink.conversations(rb"\AMAIL") for exchange in heard)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", said + came.raw)


@verifies("RFC5321-4.5.3.1.6-01", refuted_by=alter(rb"x{900}", rb"\g<0>!\r\n "))
def test_a_line_of_998_octets_is_delivered_and_relayed(dial: SmtpDial, sink: Sink) -> None:
    """Send a line of 998 octets to a mailbox and to the sink: it comes as it was."""
    arrivals, specimen = dial.arrivals(), dial.specimen(b"x" * 998 + b"\r\nshort\r\n")
    dial.ready().transaction(dial.sender, dial.address(), dial.at_sink(), text=specimen.raw).ok()
    assert body_of(arrivals.one(specimen.key)) == specimen.body
    assert body_of(sink.one(specimen.key).raw) == specimen.body


@verifies("RFC5321-4.5.3.1.6-04", refuted_by=alter(rb"\r\nSubject: ", rb"\g<0>" + b"x" * 1000))
def test_no_line_grows_beyond_1000_octets(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message whose lines have up to 998 octets: none that comes has more than 1000 with its end."""
    came, _ = relayed(dial, sink, b"x" * 998 + b"\r\n", b"X-Long: " + b"y " * 490 + b"z\r\n")
    assert max(map(len, came.raw.split(b"\r\n"))) <= 998


@verifies("RFC5321-4.5.3.1.8-04", refuted_by=say(b"550 5.6.0 the header is malformed\r\n", of=rb"\.") | lose())
def test_malformed_fields_are_no_reason_not_to_relay(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message whose Resent-Date, Cc and Reply-To cannot be read: it is taken, and comes to the sink."""
    headers = b"Resent-Date: yesterday\r\nCc: <<>>, @, a b c\r\nReply-To: ;;\r\nIn-Reply-To: none\r\n"
    specimen, session = dial.specimen(headers=headers), dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.at_sink()).ok()
    assert not session.data(specimen.raw).refused
    assert sink.arrived(specimen.key)


@verifies("RFC5321-2.4-12", refuted_by=alter(rb"\r\n\r\n", b"\r\n\r\n\xe9"))
def test_no_octet_above_127_goes_where_8bitmime_is_not_offered(dial: SmtpDial, sink: Sink) -> None:
    """Send 8-bit text for a sink that offers no 8BITMIME: what comes there, message or notice, is ASCII."""
    if not dial.profile.announced("8BITMIME"):
        raise NotSupported("8BITMIME is not announced")
    sink.keywords = (b"SIZE 50000000",)
    fields = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    specimen, session = dial.specimen("café\r\n".encode(), fields), dial.ready()
    session.mail(dial.at_sink("author"), "BODY=8BITMIME").ok()
    session.rcpt(dial.at_sink()).ok()
    session.data(specimen.raw).ok()
    assert sink.one(specimen.key).raw.isascii()
