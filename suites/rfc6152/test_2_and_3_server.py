"""RFC 6152 sections 2 and 3: 8BITMIME as a server takes it, and what arrives."""

from __future__ import annotations

import email

import pytest

from conformance import SmtpDial, alter, forward, needs, rewrite, say, verifies

pytestmark = needs("8BITMIME")
MIME = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n"
HIGH = bytes(range(0x80, 0xC0)) + b"\r\n" + bytes(range(0xC0, 0x100)) + b"\r\n"
"""Every octet above 127."""


def content(raw: bytes) -> bytes:
    """The body of a message, its transfer encoding undone: a server may give mail another one when it delivers it."""
    body = email.message_from_bytes(raw).get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def arrived(dial: SmtpDial, body: bytes) -> bytes:
    """Send a body as 8BITMIME to a mailbox, and return it as it arrives."""
    arrivals, session, specimen = dial.arrivals(), dial.ready(), dial.specimen(body, MIME)
    session.mail(dial.sender, "BODY=8BITMIME").ok()
    session.rcpt(dial.address()).ok()
    session.data(specimen.raw).ok()
    return content(arrivals.one(specimen.key))


@verifies("RFC6152-2-01", refuted_by=rewrite(rb"8BITMIME", b"8BITMIME 8", of=rb"EHLO .*"))
def test_the_8bitmime_keyword_has_no_parameter(dial: SmtpDial) -> None:
    """EHLO: nothing stands behind 8BITMIME."""
    assert dial.keyword("8BITMIME") == ()


@verifies("RFC6152-3-01", "RFC1652-3-01", refuted_by=say(b"555 5.5.4 BODY?\r\n", of=rb"MAIL .* BODY=.*"))
@pytest.mark.parametrize("value", ["7BIT", "8BITMIME"])
def test_mail_with_a_body_parameter_is_accepted(dial: SmtpDial, value: str) -> None:
    """MAIL, RSET, MAIL with BODY=7BIT or BODY=8BITMIME: accepted like the first."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, f"BODY={value}").positive


@verifies("RFC6152-2-02", refuted_by=say(b"501 5.5.4 BODY?\r\n", of=rb"MAIL .* (?-i:body=8bitmime)"))
def test_the_body_value_is_read_in_any_letter_case(dial: SmtpDial) -> None:
    """MAIL with body=8bitmime: accepted."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, "body=8bitmime").positive


@verifies("RFC6152-2-02", refuted_by=forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>) BODY.*"))
def test_another_body_value_is_refused(dial: SmtpDial) -> None:
    """MAIL with BODY=9BIT: 5yz (RFC 5321 section 4.1.1.11 has 555 for what a server cannot implement)."""
    assert dial.ready().mail(dial.sender, "BODY=9BIT").refused


@verifies("RFC6152-2-03", refuted_by=forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>) BODY.*"))
@pytest.mark.parametrize("value", ["=", ""], ids=["empty", "none"])
def test_body_without_a_value_is_refused(dial: SmtpDial, value: str) -> None:
    """MAIL with BODY= or BODY: 5yz."""
    assert dial.ready().mail(dial.sender, f"BODY{value}").refused


@verifies("RFC6152-3-03", "RFC1652-3-01", refuted_by=alter(rb"\xe9", b"i"))
def test_all_bits_of_every_octet_reach_the_mailbox(dial: SmtpDial) -> None:
    """Send every octet above 127: they arrive."""
    assert arrived(dial, HIGH) == HIGH


@verifies("RFC6152-3-04", refuted_by=alter(rb"\r\n\.\xe9", b"\r\n..\xe9"))
def test_dots_that_begin_lines_of_8_bit_text_arrive(dial: SmtpDial) -> None:
    """Send lines of 8-bit text that begin with dots, stuffed, and a lone dot: they arrive as they were."""
    body = b".\xe9\r\n..\xe9\r\n.\r\n\xe9.\r\n"
    assert arrived(dial, body) == body


@verifies("RFC6152-3-05", refuted_by=alter(rb"\r\n\Z", b""))
@pytest.mark.parametrize("end", [b"\xe9\r\n", b"\xe9\r\n\r\n"], ids=["line", "empty-line"])
def test_the_line_end_before_the_final_dot_arrives(dial: SmtpDial, end: bytes) -> None:
    """Send 8-bit text that ends in a line, and in an empty line: the last CRLF arrives, and none besides."""
    assert arrived(dial, b"Caf\xe9\r\n" + end) == b"Caf\xe9\r\n" + end


@verifies("RFC6152-3-12", refuted_by=alter(rb"\xe9{500}", b"\xe9" * 500 + b"\r\n "))
def test_a_line_of_1000_octets_arrives(dial: SmtpDial) -> None:
    """Send a line of 998 octets above 127 and CRLF: it arrives in one piece."""
    body = b"\xe9" * 998 + b"\r\n"
    assert arrived(dial, body) == body
