"""RFC 5321 sections 3.3 and 3.7.2: defects that a server may see in a message are no reason to reject it.

Each check sends a flawless message first, so that what it judges is the defect. Servers for submission may look more
closely (RFC 6409 section 6), and are not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from conformance import NotSupported, SmtpDial, Specimen, say, verifies
from conformance.sessions.smtp import Answer

REJECTED = say(b"554 5.6.0 that is no message\r\n", of=rb"\.", after=1)
DEFECTS: dict[str, Callable[[bytes], bytes]] = {
    "no-date": lambda raw: re.sub(rb"^Date: .*?\r\n", b"", raw, flags=re.MULTILINE),
    "no-from": lambda raw: re.sub(rb"^From: .*?\r\n", b"", raw, flags=re.MULTILINE),
    "empty-from": lambda raw: re.sub(rb"^From: .*?\r\n", b"From:\r\n", raw, flags=re.MULTILINE),
    "two-subjects": lambda raw: b"Subject: one\r\nSubject: two\r\n" + raw,
    "no-field": lambda raw: raw.replace(b"\r\n\r\n", b"\r\nthis is no field\r\n\r\n", 1),
    "no-boundary": lambda raw: b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n" + raw,
    "no-end": lambda raw: b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n' + raw,
    "no-type": lambda raw: b"MIME-Version: 1.0\r\nContent-Type: ???\r\n" + raw,
}
RESENT = {
    "two-to-one-from": b"Resent-To: <a@mailconform.invalid>\r\nResent-To: <b@mailconform.invalid>\r\n"
    b"Resent-From: <c@mailconform.invalid>\r\nResent-Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n",
    "two-from-one-to": b"Resent-From: <a@mailconform.invalid>\r\nResent-From: <b@mailconform.invalid>\r\n"
    b"Resent-To: <c@mailconform.invalid>\r\nResent-Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n",
}
MALFORMED_TRACE = {
    "received-junk": b"Received: ((( <> ;;\r\n",
    "received-empty": b"Received:\r\n",
    "return-path-junk": b"Return-Path: not a path\r\n",
}
STRANGE_TRACE = {
    "old-date": b"Received: from a by b with UUCP; Fri, 1-Jan-88 12:00:00 EST\r\n",
    "no-date": b"Received: by somewhere\r\n",
    "long": b"Received: from a.invalid (" + b"\r\n ".join(100 * [100 * b"x"]) + b") by b.invalid;"
    b" Sat, 21 Nov 2026 12:00:00 +0000\r\n",
}


def answered(dial: SmtpDial, specimen: Specimen, text: bytes | None = None) -> Answer:
    """Send a flawless message, as a precondition, and then this one; what is accepted has to arrive."""
    if dial.scheme.startswith("submission"):
        raise NotSupported("mail submission may look into messages (RFC 6409 section 6)")
    arrivals, flawless = dial.arrivals(), dial.specimen()
    session = dial.ready()
    session.transaction(dial.sender, dial.address(), text=flawless.raw).ok()
    arrivals.one(flawless.key)
    said = session.transaction(dial.sender, dial.address(), text=text or specimen.raw)
    if said.positive:
        arrivals.one(specimen.key)
    return said


@verifies("RFC5321-3.3-16", refuted_by=REJECTED)
@pytest.mark.parametrize("defect", DEFECTS)
def test_defects_of_header_and_mime_are_no_reason_to_reject(dial: SmtpDial, defect: str) -> None:
    """A message without Date or From, with a line that is no field, with broken MIME: not refused."""
    specimen = dial.specimen()
    assert answered(dial, specimen, DEFECTS[defect](specimen.raw)).positive


@verifies("RFC5321-3.3-17", refuted_by=REJECTED)
@pytest.mark.parametrize("fields", RESENT)
def test_resent_fields_that_do_not_match_are_no_reason_to_reject(dial: SmtpDial, fields: str) -> None:
    """Two Resent-To with one Resent-From, and the other way round: not refused."""
    assert answered(dial, dial.specimen(headers=RESENT[fields])).positive


@verifies("RFC5321-3.3-18", refuted_by=REJECTED)
def test_resent_to_alone_is_no_reason_to_reject(dial: SmtpDial) -> None:
    """Resent-To with neither Resent-From nor Resent-Date: not refused."""
    assert answered(dial, dial.specimen(headers=b"Resent-To: <a@mailconform.invalid>\r\n")).positive


@verifies("RFC5321-3.7.2-03", refuted_by=REJECTED)
@pytest.mark.parametrize("field", MALFORMED_TRACE)
def test_a_malformed_trace_field_is_no_reason_to_reject(dial: SmtpDial, field: str) -> None:
    """Received and Return-Path with octets that make no sense: not refused."""
    assert answered(dial, dial.specimen(headers=MALFORMED_TRACE[field])).positive


@verifies("RFC5321-3.7.2-04", refuted_by=REJECTED)
@pytest.mark.parametrize("field", STRANGE_TRACE)
def test_strange_trace_information_is_borne(dial: SmtpDial, field: str) -> None:
    """Received with a date of another age, without a date, of 10 kB: not refused."""
    assert answered(dial, dial.specimen(headers=STRANGE_TRACE[field])).positive
