"""RFC 5322 section 3.6: the order of fields on their way to the next hop."""

from __future__ import annotations

import re

from conformance import Sink, SmtpDial, alter, speaks, verifies

pytestmark = speaks("smtp")

ODD = b"X-Second: 1\r\nX-First: 2\r\nComments: one\r\nX-Second: 3\r\nKeywords: two\r\nX-Last: 4\r\n"
NAMES = [b"Subject", b"X-Second", b"X-First", b"Comments", b"X-Second", b"Keywords", b"X-Last"]
RESENT = (
    b"Resent-Date: Sat, 21 Nov 2026 14:00:00 +0000\r\nResent-From: <second@mailconform.invalid>\r\n"
    b"Resent-To: <third@mailconform.invalid>\r\nResent-Message-ID: <resent2@mailconform.invalid>\r\n"
    b"Resent-From: <first@mailconform.invalid>\r\nResent-To: <second@mailconform.invalid>\r\n"
    b"Resent-Date: Sat, 21 Nov 2026 13:00:00 +0000\r\nResent-Message-ID: <resent1@mailconform.invalid>\r\n"
)
"""Two blocks, the later one in front, their fields in different order."""


def header(dial: SmtpDial, sink: Sink, fields: bytes) -> bytes:
    """The header of a message with these fields, as it comes to the sink."""
    specimen = dial.specimen(headers=fields)
    dial.ready().transaction(dial.sender, dial.at_sink(), text=specimen.raw).ok()
    return sink.one(specimen.key).raw.partition(b"\r\n\r\n")[0] + b"\r\n"


@verifies("RFC5322-3.6-01", refuted_by=alter(rb"(?m)^(X-First:.*?\n)(Comments:.*?\n)", rb"\2\1"))
def test_fields_are_relayed_in_their_order(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message with fields in no order of the alphabet, one of them twice: they come in that order."""
    names = re.findall(rb"(?mi)^(Subject|X-Second|X-First|Comments|Keywords|X-Last):", header(dial, sink, ODD))
    assert [name.lower() for name in names] == [name.lower() for name in NAMES]


@verifies("RFC5322-3.6-05", refuted_by=alter(rb"(?m)^(Resent-Date:.*?\n)(Resent-From:.*?\n)", rb"\2\1"))
def test_resent_fields_are_relayed_in_their_order(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message that was resent twice: its Resent fields come whole, one behind the other, in their order."""
    assert b"".join(re.findall(rb"(?m)^Resent-[^\r]*\r\n", header(dial, sink, RESENT))) == RESENT
