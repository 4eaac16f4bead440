"""RFC 4954 section 7: the trace of a message that an authenticated client has submitted."""

from __future__ import annotations

import re

from conformance import SmtpDial, alter, verifies


def received(raw: bytes) -> list[bytes]:
    """The Received fields of a message, unfolded."""
    head = re.sub(rb"\r\n(?=[ \t])", b"", raw.partition(b"\r\n\r\n")[0])
    return [line for line in head.split(b"\r\n") if line.lower().startswith(b"received:")]


@verifies("RFC4954-7-01", refuted_by=alter(rb"(\A|\n)Received: ", rb"\1X-Received: "))
def test_a_submitted_message_gets_a_received_field(dial: SmtpDial) -> None:
    """Log in and send a message to an account: it arrives with a Received field."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    dial.login().transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    assert received(arrivals.one(specimen.key))


@verifies("RFC4954-7-02", refuted_by=alter(rb"with E?SMTPS?A", b"with ESMTP"))
def test_the_received_field_says_that_the_client_was_authenticated(dial: SmtpDial) -> None:
    """Log in and send a message to an account: "with ESMTPSA" under TLS, "with ESMTPA" in clear (RFC 3848)."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    session = dial.login()
    session.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    wanted = rb"\swith\s+(?:ESMTP|UTF8SMTP)SA\b" if session.stream.tls_facts else rb"\swith\s+(?:ESMTP|UTF8SMTP)A\b"
    assert [field for field in received(arrivals.one(specimen.key)) if re.search(wanted, field, re.IGNORECASE)]
