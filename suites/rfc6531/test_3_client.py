"""RFC 6531 sections 3.2 and 3.4: internationalized mail on its way to the next hop, which offers SMTPUTF8 or does not."""

from __future__ import annotations

from conformance import NotSupported, Relayed, Sink, SmtpDial, alter, forward, needs, relay, verifies
from conformance.services.sink import KEYWORDS

pytestmark = needs("SMTPUTF8")
OTHERS = tuple(keyword for keyword in KEYWORDS if keyword != b"SMTPUTF8")
HEADER = "X-Mailconform: Grüße aus 東京\r\n".encode()


def header(came: Relayed) -> bytes:
    return came.raw.partition(b"\r\n\r\n")[0]


@verifies("RFC6531-3.2-04", refuted_by=forward(rb"\1", of=rb"(MAIL .*) SMTPUTF8"))
def test_no_utf8_header_is_sent_to_a_hop_without_smtputf8(dial: SmtpDial, sink: Sink) -> None:
    """Send a message with a UTF-8 header field to a sink without SMTPUTF8: it comes back, or comes with an ASCII header."""
    sink.keywords = OTHERS
    came = dial.hand_on(dial.specimen(headers=HEADER), "BODY=8BITMIME", "SMTPUTF8")
    assert not isinstance(came, Relayed) or (header(came).isascii() and "SMTPUTF8" not in came.parameters)


@verifies("RFC6531-3.2-05", refuted_by=relay(rb" SMTPUTF8\b", b""))
def test_mail_with_a_utf8_header_is_declared_to_the_next_hop(dial: SmtpDial, sink: Sink) -> None:
    """Send a message with a UTF-8 header field to a sink with SMTPUTF8: if it comes so, MAIL has SMTPUTF8."""
    sink.keywords = KEYWORDS
    came = dial.hand_on(dial.specimen(headers=HEADER), "BODY=8BITMIME", "SMTPUTF8")
    if not isinstance(came, Relayed) or header(came).isascii():
        raise NotSupported("no UTF-8 header field came to the sink")
    assert "SMTPUTF8" in came.parameters


@verifies("RFC6531-3.2-05", refuted_by=alter("Grüße".encode(), b"Gr????e"))
def test_a_utf8_header_reaches_a_hop_with_smtputf8(dial: SmtpDial, sink: Sink) -> None:
    """Send a message with a UTF-8 header field to a sink with SMTPUTF8: it comes as it was, or made ASCII, but not spoiled."""
    sink.keywords = KEYWORDS
    specimen = dial.specimen(headers=HEADER)
    came = dial.hand_on(specimen, "BODY=8BITMIME", "SMTPUTF8")
    if not isinstance(came, Relayed):
        raise NotSupported("the message is returned")
    assert HEADER in came.raw or b"X-Mailconform: =?utf-8?" in came.raw.replace(b"=?UTF-8?", b"=?utf-8?")


@verifies("RFC6531-3.4-01", refuted_by=relay(rb"^(MAIL .*)", rb"\1 SMTPUTF8"))
def test_smtputf8_is_not_used_for_mail_that_does_not_need_it(dial: SmtpDial, sink: Sink) -> None:
    """Send an ASCII message without SMTPUTF8 to a sink with SMTPUTF8: MAIL has no SMTPUTF8."""
    sink.keywords = KEYWORDS
    came = dial.hand_on(dial.specimen())
    if not isinstance(came, Relayed):
        raise NotSupported("the message is returned")
    assert "SMTPUTF8" not in came.parameters
