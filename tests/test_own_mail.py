"""What is a server's own in a message that it makes: its header and its parts, and not the message that it returns."""

from __future__ import annotations

import pytest

from conformance.checks_own_mail import read_own

NOTICE = (
    b"From: MAILER-DAEMON@mail.test\r\nTo: author@mail.test\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <1@mail.test>\r\nSubject: failed\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=cut\r\n\r\n"
    b"--cut\r\n\r\nIt failed.\r\n--cut\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.test\r\n"
    b"--cut\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Date: yesterday\r\nno field\r\nContent-Type: text/\r\n\r\n" + b"x" * 1200 + b"\r\n--cut--\r\n"
)


def test_what_is_returned_is_not_its_own() -> None:
    own = read_own(NOTICE)

    assert own.wrong("field", "line-length") == []
    assert own.wrong_in("date", "content-type") == []
    assert [one.media.essence for one in own.entities] == [
        "multipart/report", "text/plain", "message/delivery-status", "message/rfc822",
    ]  # fmt: skip
    assert max(map(len, own.lines)) < 100
    assert b"It failed." in own.lines
    assert b"--cut--" in own.lines


@pytest.mark.parametrize("kind", [b"message/rfc822", b"text/rfc822-headers"])
def test_what_is_returned_may_be_a_header_alone(kind: bytes) -> None:
    assert max(map(len, read_own(NOTICE.replace(b"message/rfc822", kind)).lines)) < 100


def test_what_is_wrong_in_its_header_and_in_that_of_its_parts_is_its_own() -> None:
    own = read_own(
        NOTICE.replace(b"Subject:", b"no field at all\r\nSubject:").replace(
            b"Content-Type: message/delivery-status", b"Content-Type: message/"
        )
    )

    assert [one.rule for one in own.wrong("field")] == ["field"]
    assert own.wrong_in("content-type") != []
    assert own.wrong_in("date") == []


def test_a_date_that_is_wrong_is_wrong_in_its_field() -> None:
    own = read_own(NOTICE.replace(b"Date: Sat", b"Date: Sun"))

    assert [one.rule for one in own.wrong_in("date")] == ["day-of-week"]
    assert [one.rule for one in own.wrong_in("")] == ["day-of-week"]


def test_a_field_that_is_missing_is_nothing_within_one() -> None:
    assert read_own(NOTICE.replace(b"From:", b"X-From:")).wrong_in("") == []
