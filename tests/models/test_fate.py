"""What a sender's program makes of what comes back: reports, notices of several kinds, answers of programs, plain mail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models.bounce_text import before_copy, plain, status_in
from conformance.models.fate import Fate, Sign, fate_of
from conformance.strategies import reports
from conformance.wire.dsn import DeliveryStatus
from conformance.wire.mdn import DispositionStatus
from tests.wire.effort import Copied, calls
from tests.wire.test_dsn import REPORT

DAEMON = b"From: MAILER-DAEMON@mail.test\r\nTo: author@a.test\r\n"


def notice(subject: bytes, text: bytes, head: bytes = DAEMON) -> bytes:
    return head + b"Subject: " + subject + b"\r\n\r\n" + text


@pytest.mark.parametrize(
    ("action", "status", "fate"),
    [
        (b"failed", b"5.1.1", Fate.HARD_FAILURE),
        (b"failed", b"4.4.7", Fate.SOFT_FAILURE),
        (b"delayed", b"4.4.7", Fate.DELAYED),
        (b"relayed", b"2.1.9", Fate.RELAYED),
        (b"expanded", b"2.1.5", Fate.EXPANDED),
        (b"delivered", b"2.1.5", Fate.DELIVERED),
        (b"bounced", b"5.0.0", Fate.HARD_FAILURE),
    ],
)
def test_a_report_says_it_by_its_fields(action: bytes, status: bytes, fate: Fate) -> None:
    raw = REPORT.replace(b"Failed", action).replace(b"5.1.1", status)
    seen = fate_of(raw)

    assert seen.sign is Sign.DELIVERY_STATUS
    assert (seen.recipients[0].address, seen.recipients[0].fate) == (b"a@b.test", fate)
    assert str(seen.recipients[0].status) == status.decode()


def test_the_gravest_fate_is_the_message_s() -> None:
    seen = fate_of(REPORT)

    assert seen.fate is Fate.HARD_FAILURE
    assert seen.addresses(Fate.DELAYED) == {b"c@b.test"}


def test_the_address_is_the_one_that_the_sender_knows() -> None:
    raw = REPORT.replace(b"Action: Failed", b"Original-Recipient: rfc822; known@b.test\r\nAction: Failed")

    assert fate_of(raw).recipients[0].address == b"known@b.test"


def test_a_status_part_counts_outside_a_report_too() -> None:
    seen = fate_of(REPORT.replace(b"multipart/report", b"multipart/mixed"))

    assert (seen.fate, seen.sign) == (Fate.HARD_FAILURE, Sign.LOOSE_STATUS)


def test_a_report_that_somebody_returns_is_not_his_own() -> None:
    """A bounce of a bounce is about the outer message."""
    inner = b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nFinal-Recipient: rfc822; x@y.test\r\n"
    raw = REPORT.replace(b"Subject: returned\r\n\r\ntext\r\n", inner)

    assert fate_of(raw).addresses(Fate.HARD_FAILURE) == {b"a@b.test"}


@given(reports.delivery_reports(), st.data())
def test_all_reports_on_delivery_are_known(whole: reports.Whole[DeliveryStatus], data: st.DataObject) -> None:
    seen = fate_of(whole.raw)

    assert seen.sign is Sign.DELIVERY_STATUS
    assert len(seen.recipients) == len(whole.value.recipients)
    assert fate_of(whole.raw[: data.draw(st.integers(0, len(whole.raw)))]).fate in Fate


@given(reports.disposition_reports())
def test_all_reports_of_dispositions_are_known(whole: reports.Whole[DispositionStatus]) -> None:
    seen = fate_of(whole.raw)

    assert (seen.fate, seen.sign) == (Fate.DISPOSITION, Sign.DISPOSITION_NOTIFICATION)
    assert seen.recipients[0].address


def test_x_failed_recipients_are_those_that_failed() -> None:
    raw = notice(
        b"Mail delivery failed", b"550 5.1.1 no\r\n", DAEMON + b"X-Failed-Recipients: a@b.test,\r\n  c@d.test\r\n"
    )
    seen = fate_of(raw)

    assert (seen.fate, seen.sign) == (Fate.HARD_FAILURE, Sign.FAILED_RECIPIENTS)
    assert seen.addresses(Fate.HARD_FAILURE) == {b"a@b.test", b"c@d.test"}


def test_qsbmf_is_read_by_its_paragraphs() -> None:
    text = (
        b"Hi. This is the mail program at mail.test.\r\nI could not deliver your message.\r\n\r\n"
        b"<a@b.test>:\r\nNo such user (#5.1.1)\r\n\r\n<c@d.test>:\r\nToo long in the queue (#4.4.1)\r\n\r\n"
        b"--- Below this line is a copy of the message.\r\n\r\n<never@this.test>:\r\n"
    )
    seen = fate_of(notice(b"failure notice", text))

    assert (seen.fate, seen.sign) == (Fate.HARD_FAILURE, Sign.QSBMF)
    assert seen.addresses(Fate.HARD_FAILURE) == {b"a@b.test"}
    assert seen.addresses(Fate.SOFT_FAILURE) == {b"c@d.test"}


@pytest.mark.parametrize(
    ("fate", "address", "subject", "text"),
    [
        (Fate.HARD_FAILURE, b"a@b.test", b"Undelivered Mail", b"For help, write to <postmaster@mail.test>\r\n\r\n<a@b.test>: host mx said: 550 5.1.1 no\r\n"),
        (Fate.SOFT_FAILURE, b"a@b.test", b"Undelivered Mail", b"This could not be delivered:\r\n  a@b.test\r\n452 4.2.2 full\r\n"),
        (Fate.HARD_FAILURE, b"a@b.test", b"Undeliverable: x", b"Your message\r\n  To: list@c.test\r\ndid not reach:\r\n\r\na@b.test on Monday\r\n"),
        (Fate.HARD_FAILURE, b"a@b.test", b"Returned mail", b"The original message was received from c@d.test\r\n553 <a@b.test>... unknown user\r\n"),
        (Fate.DELAYED, b"a@b.test", b"Warning: message delayed", b"The message has not yet been delivered to:\r\n  a@b.test\r\n"),
        (Fate.HARD_FAILURE, b"name@mail.test", b"Delivery problem", b"These could not be reached:\r\n\tname\r\n"),
        (Fate.HARD_FAILURE, b"", b"Mail delivery failed", b"A message that you sent could not be delivered.\r\n"),
    ],
)  # fmt: skip
def test_a_notice_in_plain_words_is_known_by_general_features(
    fate: Fate, address: bytes, subject: bytes, text: bytes
) -> None:
    seen = fate_of(notice(subject, text))

    assert (seen.fate, seen.sign) == (fate, Sign.TEXT)
    assert seen.addresses(fate) == ({address} if address else frozenset())


@pytest.mark.parametrize(
    ("fate", "sign", "head"),
    [
        (Fate.AUTO_REPLY, Sign.AUTO_SUBMITTED, b"Auto-Submitted: auto-replied (vacation)\r\n"),
        (Fate.NONE, Sign.NOTHING, b"Auto-Submitted: auto-generated\r\n"),
        (Fate.NONE, Sign.NOTHING, b"Auto-Submitted: no\r\n"),
        (Fate.AUTO_REPLY, Sign.OLD_FIELDS, b"Precedence: auto_reply\r\n"),
        (Fate.AUTO_REPLY, Sign.OLD_FIELDS, b"X-Autoreply: yes\r\n"),
        (Fate.NONE, Sign.NOTHING, b""),
    ],
)
def test_answers_of_programs_are_known_by_their_fields(fate: Fate, sign: Sign, head: bytes) -> None:
    seen = fate_of(notice(b"Re: your mail", b"I am away.\r\n", b"From: person@b.test\r\n" + head))

    assert (seen.fate, seen.sign) == (fate, sign)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (b"Re: Returned mail", b"My mail could not be delivered, it says 550 user unknown. Can you help?\r\n"),
        (b"lunch", b"The parcel could not be delivered to a@b.test, shall we fetch it?\r\n"),
        (b"Delivery of your parcel", b"It will arrive at noon.\r\n"),
        (b"", b""),
    ],
)
def test_what_people_write_is_no_notice(subject: bytes, text: bytes) -> None:
    assert fate_of(notice(subject, text, b"From: person@b.test\r\n")).fate is Fate.NONE


def test_a_copy_of_the_message_is_not_searched() -> None:
    assert before_copy("failed:\na@b.test\n--- Original message follows.\nx@y.test") == ["failed:", "a@b.test"]


def test_html_is_read_without_its_tags() -> None:
    assert plain("<p>a<br/>b &lt;c@d.test&gt;<b>e</b></p>") == "\na\nb <c@d.test>e\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [("550 5.1.1 no", "5.1.1"), ("said: 452 full", "4.0.0"), ("at 4.1.2.3 since 450 days", "None"), ("", "None")],
)
def test_a_status_is_found_in_a_text(text: str, status: str) -> None:
    assert str(status_in(text)) == status


@given(st.binary(max_size=80))
def test_no_octets_are_too_much(octets: bytes) -> None:
    for raw in (octets, notice(b"Returned mail", octets), notice(octets, b"550 <a@b.test>")):
        fate_of(raw)


@pytest.mark.parametrize(
    "piece",
    [b"a", b"a@", b"a@b.c ", b"<a@b.c>:\r\n\r\n", b"not ", b"<", b"-", b" ", b"550 ", b"a.", b"\r\n", b"returned "],
)
@pytest.mark.parametrize("head", [b"", b"Hi. This is the\r\n\r\n"])
def test_classifying_takes_effort_in_proportion(head: bytes, piece: bytes) -> None:
    def effort(count: int) -> int:
        watched: Any = Copied(notice(b"Returned mail", head + piece * count))
        return calls(lambda: fate_of(watched)) + watched.copied

    assert effort(800) < 3 * effort(400) + 1000
