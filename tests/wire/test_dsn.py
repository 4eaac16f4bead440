"""Delivery status notifications as they are read, right ones and others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.strategies import reports
from conformance.strategies.pop3 import Spelled
from conformance.wire import dsn, message
from conformance.wire import report as multipart_report
from conformance.wire.dsn import DeliveryStatus, delayed, not_delivered, notification
from conformance.wire.report import Typed
from conformance.wire.rfc3463 import Status, status
from conformance.wire.scanner import Message, Parsed, Scanner
from tests.wire.effort import Copied, calls

REPORT = b"""\
From: MAILER-DAEMON@mail.test\r
Date: Sat, 21 Nov 2026 12:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary=x\r
\r
--x\r
\r
It failed.\r
--x\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.test\r
\r
Final-Recipient: rfc822;\r
 a@b.test\r
Action: Failed\r
Status: 5.1.1\r
\r
Final-Recipient: rfc822; c@b.test\r
Action: delayed (so far)\r
Status: 4.4.7 (too long)\r
--x\r
Content-Type: message/rfc822\r
\r
Subject: returned\r
\r
text\r
--x--\r
"""


def said(content: bytes) -> Parsed[DeliveryStatus]:
    return dsn.read(Message(content, 0))


def test_a_notification_is_read() -> None:
    read = notification(REPORT)

    assert read is not None
    assert read.violations == ()
    assert read.message.reporting_mta == Typed("dns", b"mail.test")
    assert read.actions == ["failed", "delayed"]
    assert [recipient.address for recipient in read.recipients] == [b"a@b.test", b"c@b.test"]
    assert [str(recipient.status) for recipient in read.recipients] == ["5.1.1", "4.4.7"]
    assert read.recipients[1].text("STATUS") == "4.4.7 (too long)"
    assert read.returned == b"Subject: returned\r\n\r\ntext"


def test_lines_may_end_in_lf_alone() -> None:
    read = notification(REPORT.replace(b"\r\n", b"\n"))

    assert read is not None
    assert read.actions == ["failed", "delayed"]


def test_a_notification_of_internationalized_mail_is_read_alike() -> None:
    """RFC 6533 section 3: another media type, and addresses beyond ASCII."""
    read = notification(
        REPORT.replace(b"message/delivery-status", b"message/global-delivery-status").replace(
            b"rfc822;\r\n a@", "utf-8; größe@".encode()
        )
    )

    assert read is not None
    assert read.violations == ()
    assert read.actions == ["failed", "delayed"]
    assert read.recipients[0].final_recipient == Typed("utf-8", "größe@b.test".encode())


def test_a_status_part_may_be_encoded() -> None:
    encoded = b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    read = notification(
        REPORT.replace(b"Content-Type: message/delivery-status\r\n", encoded).replace(b"5.1.1", b"5=2E1.1")
    )

    assert read is not None
    assert str(read.recipients[0].status) == "5.1.1"
    assert "machine-encoding" in {violation.rule for violation in read.violations}


def test_only_a_delay_is_a_delay() -> None:
    assert not delayed(REPORT)
    assert delayed(REPORT.replace(b"Failed", b"delayed"))
    assert not delayed(b"Subject: your mail is late\r\n\r\nYes.\r\n")


def test_a_notice_that_cannot_be_read_says_that_something_failed() -> None:
    assert not_delivered(b"Subject: oh\r\n\r\nno\r\n")
    assert not_delivered(REPORT)
    assert not not_delivered(REPORT.replace(b"Failed", b"delayed"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: x\r\n\r\ntext\r\n",
        REPORT.replace(b"delivery-status; b", b"disposition-notification; b"),
        REPORT.replace(b"message/delivery-status", b"text/plain"),
        REPORT.replace(b"boundary=x", b"boundary=y"),
    ],
    ids=["empty", "plain", "of-another-kind", "without-status", "without-parts"],
)
def test_what_is_no_notification(raw: bytes) -> None:
    assert notification(raw) is None


def test_a_status_part_without_fields() -> None:
    read = notification(REPORT.partition(b"Reporting-MTA")[0] + b"\r\n--x--\r\n")

    assert read is not None
    assert read.recipients == ()
    assert "reporting-mta-field" in {violation.rule for violation in read.violations}


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("report-type", b"report-type=delivery-status; ", b""),
        ("report-type", b"message/delivery-status", b"text/plain"),
        ("multipart-report", b"--x--", b"--x\r\n\r\nmore\r\n--x--"),
        ("multipart-report", REPORT[REPORT.index(b"--x\r\nContent-Type: message/delivery") :], b"--x--\r\n"),
        ("returned", b"message/rfc822", b"image/png"),
        ("machine-encoding", b"delivery-status\r\n\r\n", b"delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"),
    ],
)
def test_a_report_that_departs_from_its_form_is_named(rule: str, old: bytes, new: bytes) -> None:
    assert old in REPORT
    read = multipart_report.read(message.read(REPORT.replace(old, new)).value)

    assert read is not None
    assert rule in {violation.rule for violation in read.violations}


@given(reports.broken_delivery_statuses())
def test_a_departure_has_a_name(broken: tuple[bytes, str]) -> None:
    content, rule = broken

    assert rule in {violation.rule for violation in said(content).violations}


@given(reports.delivery_statuses())
def test_what_is_spelled_rightly_is_read(spelled: Spelled[DeliveryStatus]) -> None:
    parsed = said(spelled.raw)

    assert (parsed.value, parsed.violations) == (spelled.value, ())


@given(reports.delivery_reports())
def test_whole_reports_are_read(whole: reports.Whole[DeliveryStatus]) -> None:
    read = notification(whole.raw)

    assert read is not None
    assert (read.status, read.violations) == (whole.value, ())
    assert read.returned == whole.returned


@given(reports.delivery_statuses())
def test_what_is_written_is_read_back(spelled: Spelled[DeliveryStatus]) -> None:
    parsed = said(dsn.write(spelled.value))

    assert (parsed.value, parsed.violations) == (spelled.value, ())


@given(reports.delivery_reports(), st.data())
def test_every_prefix_can_be_read(whole: reports.Whole[DeliveryStatus], data: st.DataObject) -> None:
    notification(whole.raw[: data.draw(st.integers(0, len(whole.raw)))])


PIECES = st.lists(
    st.sampled_from(
        [b"Action:", b"Status:", b"Final-Recipient:", b"Reporting-MTA:", b"Arrival-Date:", b" ", b"failed", b"5.1.1", b"rfc822;",
         b"a@b.c", b"(", b")", b'"', b"\\", b"\r\n", b"\n", b"\r\n ", b"\xff", b"\0", b"smtp; 550", b"<", b">"]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


@given(st.binary(max_size=60) | PIECES)
def test_no_octets_are_too_much(content: bytes) -> None:
    parsed = said(content)

    assert all(0 <= v.start <= v.end <= len(content) for v in parsed.violations)
    assert all(content[v.start : v.end].startswith(v.got) for v in parsed.violations)


@pytest.mark.parametrize(
    "piece",
    [b"Action: failed\r\n", b"\r\n", b"x\r\n", b"X-A: b\r\n", b"(", b" ", b"\n ", b"Action: failed\r\n\r\n", b"a"],
)
def test_reading_takes_effort_in_proportion(piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(b"Reporting-MTA: dns; a.test\r\n\r\nAction:" + piece * count)
        return calls(lambda: said(watched)) + watched.copied

    assert effort(600) < 3 * effort(300) + 1000


@given(reports.statuses())
def test_a_status_is_read_as_it_is_written(code: Status) -> None:
    at = Scanner(str(code).encode())

    assert status(at) == code
    assert at.violations == []
    assert code.is_registered


@pytest.mark.parametrize("text", ["5.1.99", "5.8.0", "6.0.0"])
def test_a_status_that_nobody_has_registered_is_known(text: str) -> None:
    code = status(Scanner(text.encode()))

    assert code is not None
    assert not code.is_registered
