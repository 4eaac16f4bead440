"""Disposition notifications, the fields that ask for them, and Auto-Submitted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.strategies import header_values, reports
from conformance.strategies.pop3 import Spelled
from conformance.wire import auto_submitted, mdn
from conformance.wire.address_list import Mailbox
from conformance.wire.auto_submitted import AutoSubmitted
from conformance.wire.mdn import Disposition, DispositionStatus, Option, ReportingUa
from conformance.wire.report import Typed
from conformance.wire.scanner import Message, Parsed, Scanner
from tests.wire.effort import Copied, calls

RIGHT = (
    b"Reporting-UA: joes-pc.cs.example.com; Foomail 97.1\r\n"
    b"Final-Recipient: rfc822;louisl@example.com\r\n"
    b"Original-Message-ID: <199509192301.23456@example.org>\r\n"
    b"Disposition: manual-action/MDN-sent-manually; displayed\r\n"
)


def said(content: bytes) -> Parsed[DispositionStatus]:
    return mdn.read(Message(content, 0))


def test_a_notification_is_read() -> None:
    parsed = said(RIGHT)

    assert parsed.violations == ()
    assert parsed.value == DispositionStatus(
        reporting_ua=ReportingUa(name=b"joes-pc.cs.example.com", product=b"Foomail 97.1"),
        final_recipient=Typed("rfc822", b"louisl@example.com"),
        original_message_id=b"<199509192301.23456@example.org>",
        disposition=Disposition(action_mode="manual-action", sending_mode="mdn-sent-manually", type="displayed"),
    )


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("disposition-field", b"Disposition: manual-action/MDN-sent-manually; displayed\r\n", b""),
        ("disposition-field", b"displayed", b"displayed at once"),
        ("final-recipient-field", b"Final-Recipient: rfc822;louisl@example.com\r\n", b""),
        ("reporting-ua-field", b"Reporting-UA", b"Reporting-UA: x\r\nReporting-UA"),
        ("action-mode", b"manual-action", b"manual"),
        ("disposition-mode", b"manual-action/", b"manual-action "),
        ("sending-mode", b"MDN-sent-manually", b"sent"),
        ("disposition-type", b"displayed", b"read"),
        ("obs-disposition-type", b"displayed", b"denied"),
        ("disposition-modifier", b"displayed", b"displayed/"),
        ("obs-disposition-modifier", b"displayed", b"displayed/error, warning"),
        ("obs-field", b"Disposition:", b"Warning: x\r\nDisposition:"),
        ("disposition-notification-content", b"\r\nDisposition", b"\r\n\r\nDisposition"),
        ("ua-name", b"joes-pc.cs.example.com", b""),
        ("msg-id", b"<199509192301.23456@example.org>", b"199509192301.23456@example.org"),
    ],
)
def test_a_departure_has_a_name(rule: str, old: bytes, new: bytes) -> None:
    assert old in RIGHT

    assert rule in {violation.rule for violation in said(RIGHT.replace(old, new)).violations}


@given(reports.disposition_statuses())
def test_what_is_written_is_read_back(spelled: Spelled[DispositionStatus]) -> None:
    parsed = said(spelled.raw)

    assert (parsed.value, parsed.violations) == (spelled.value, ())


@given(reports.disposition_reports(), st.data())
def test_whole_reports_are_read_and_every_prefix(whole: reports.Whole[DispositionStatus], data: st.DataObject) -> None:
    read = mdn.notification(whole.raw)

    assert read is not None
    assert (read.status, read.violations) == (whole.value, ())
    mdn.notification(whole.raw[: data.draw(st.integers(0, len(whole.raw)))])


def test_what_is_no_notification() -> None:
    assert mdn.notification(b"Subject: x\r\n\r\ntext\r\n") is None


def test_whom_to_notify_is_a_list_of_mailboxes() -> None:
    at = Scanner(b"Jane <jane@a.test>, b@c.test")

    assert mdn.disposition_notification_to(at) == (
        Mailbox(local_part=b"jane", domain=b"a.test", display_name=b"Jane"),
        Mailbox(local_part=b"b", domain=b"c.test"),
    )
    assert at.violations == []


def test_options_are_read() -> None:
    at = Scanner(b'a=required,x,"y z" ; b = optional, 1')

    assert mdn.disposition_notification_options(at) == (
        Option(attribute="a", importance="required", values=(b"x", b"y z")),
        Option(attribute="b", importance="optional", values=(b"1",)),
    )
    assert at.violations == []


@pytest.mark.parametrize("body", [b"", b"a", b"a=", b"a=needed,x", b"a=required", b"a=required,", b"a=required,x y"])
def test_options_that_are_none_are_violations(body: bytes) -> None:
    at = Scanner(body)
    mdn.disposition_notification_options(at)

    assert at.violations


PIECES = st.lists(
    st.sampled_from([b"Disposition:", b"Error:", b"Final-Recipient:", b"manual-action", b"/", b";", b",", b"=", b" ", b"(", b'"', b"\r\n", b"\n ", b"\xff"]),
    max_size=25,
).map(b"".join)  # fmt: skip


@given(st.binary(max_size=60) | PIECES)
def test_no_octets_are_too_much(octets: bytes) -> None:
    assert all(0 <= v.start <= v.end <= len(octets) for v in said(octets).violations)
    for rule in (mdn.disposition_notification_options, mdn.disposition_notification_to, auto_submitted.auto_submitted):
        at = Scanner(octets)
        rule(at)
        assert at.at == at.end


@pytest.mark.parametrize("piece", [b"/", b",", b";", b"(", b"a", b" ", b"Error: x\r\n", b"\r\n ", b"\r\n"])
def test_reading_takes_effort_in_proportion(piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(b"Disposition: manual-action/MDN-sent-manually; displayed" + piece * count)
        return calls(lambda: said(watched)) + watched.copied

    assert effort(600) < 3 * effort(300) + 1000


@given(header_values.auto_submitteds())
def test_auto_submitted_is_read(spelled: Spelled[AutoSubmitted]) -> None:
    for raw in (spelled.raw, auto_submitted.write(spelled.value)):
        at = Scanner(raw)
        assert auto_submitted.auto_submitted(at) == spelled.value
        assert at.violations == []


@pytest.mark.parametrize(
    ("body", "is_automatic", "rules"),
    [
        (b"no", False, set()),
        (b" Auto-Replied (vacation)", True, set()),
        (b'auto-notified; owner-email="a@b.test"', True, set()),
        (b"", False, {"auto-submitted"}),
        (b"auto-replied vacation", True, {"parameter"}),
    ],
)  # fmt: skip
def test_auto_submitted_says_whether_a_program_wrote(body: bytes, is_automatic: bool, rules: set[str]) -> None:
    at = Scanner(body)

    assert auto_submitted.auto_submitted(at).is_automatic == is_automatic
    assert {violation.rule for violation in at.violations} == rules
