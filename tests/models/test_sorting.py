"""Base subjects, orders and their tolerance are those of RFC 5256 sections 2 and 3."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models import sample
from conformance.models.base_subjects import BaseSubject, base_subject
from conformance.models.contents import Mailbox, Message
from conformance.models.sent_dates import certain, date_time, readings
from conformance.models.sorting import DISPLAY_KEYS, KEYS, Criterion, compare, misplaced, sorted_numbers

BOX = sample.as_mailbox()
NAMES = [specimen.name for specimen in sample.SAMPLE]


def order(*criteria: Criterion) -> list[str]:
    return [NAMES[number - 1] for number in sorted_numbers(BOX.messages, criteria)]


@pytest.mark.parametrize(
    ("subject", "text", "replied"),
    [
        (b"Apple", "Apple", False),
        (b"Re: Apple", "Apple", True),
        (b"rE \t:Apple", "Apple", True),
        (b"Fwd: Fw: RE: Apple", "Apple", True),
        (b"Re[2]: Apple", "Apple", True),
        (b"Re [list] : Apple", "Apple", True),
        (b"[list] Re: [more] Apple", "Apple", True),
        (b"[list] Apple", "Apple", False),
        (b"[one][two] Apple", "Apple", False),
        (b"[list]", "[list]", False),
        (b"[one] [two]", "[two]", False),
        (b"Re: [list]", "[list]", True),
        (b"Apple (fwd) (FWD)  ", "Apple", True),
        (b"Apple\t (fwd)", "Apple", True),
        (b"[Fwd: Apple]", "Apple", True),
        (b"[fwd: Re: [fwd: Apple (fwd)]]", "Apple", True),
        (b"[fwd: Apple] tail", "tail", False),  # a subj-blob: colons are BLOBCHARs
        (b"Re:", "", True),
        (b"(fwd)", "", True),
        (b"", "", False),
        (b"  ", "", False),
        (b"Reply: Apple", "Reply: Apple", False),
        (b"Re; Apple", "Re; Apple", False),
        (b"forward: Apple", "forward: Apple", False),
        (b"Fwdd: Apple", "Fwdd: Apple", False),
        (b"Apple (fwd) pie", "Apple (fwd) pie", False),
        (b"AW: Apple", "AW: Apple", False),
        (b"a\r\n \t b  c", "a b c", False),
        (b"=?utf-8?q?Re=3A_?= =?utf-8?b?w7xiZXI=?=", "über", True),
        (b"[unclosed Re: Apple", "[unclosed Re: Apple", False),
        (b"[out [in] er] Apple", "[out [in] er] Apple", False),
    ],
)
def test_base_subjects(subject: bytes, text: str, replied: bool) -> None:
    assert base_subject(subject) == BaseSubject(text, replied)


pieces = st.sampled_from(
    ["re", "Re:", "fw", "fwd", ":", " ", "\t", "[", "]", "[fwd:", "(fwd)", "[x]", "a", "b c", "re[2]:", "(", ")"]
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_a_base_subject_is_its_own_base_subject(subject: str) -> None:
    once = base_subject(subject.encode()).text

    assert base_subject(once.encode()) == BaseSubject(once, replied=False)


@given(st.lists(pieces, max_size=8).map("".join), st.sampled_from(["Re: ", "fwd [x]:", "[list] re:", " "]))
def test_a_leader_changes_no_base_subject(subject: str, leader: str) -> None:
    plain = base_subject(subject.encode())
    led = base_subject((leader + subject).encode())

    assert led.text == plain.text
    assert led.replied or (leader.isspace() and not plain.replied)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("31 Dec 2000 16:01:33 -0800", dt.datetime(2001, 1, 1, 0, 1, 33, tzinfo=dt.UTC)),
        (" Mon, 01 Jan 2001 00:01 GMT (really)", dt.datetime(2001, 1, 1, 0, 1, tzinfo=dt.UTC)),
        ("Mon, 1 Jan 2001\r\n 02:01:33 +0130", dt.datetime(2001, 1, 1, 0, 31, 33, tzinfo=dt.UTC)),
        ("Tue, 1 Jan 2001 00:00:00 +0000", None),  # it was a Monday
        ("31 Feb 2001 00:00:00 +0000", None),
        ("1 Jan 01 00:00:00 +0000", None),
        ("1 Jan 2001 00:00:00", None),
        ("1 Jan 2001 24:00:00 +0000", None),
        ("1 Jan 2001 00:00:00 +0060", None),
        ("yesterday", None),
    ],
)
def test_only_what_is_written_as_the_rfc_says_is_certain(text: str, moment: dt.datetime | None) -> None:
    assert date_time(text) == moment


def test_readings_of_sent_dates() -> None:
    received = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

    assert readings((), received) == (received,)
    assert readings(("1 Jan 2001 00:00:00 +0000",), received) == (dt.datetime(2001, 1, 1, tzinfo=dt.UTC),)
    assert received in readings(("noon",), received)
    assert len(readings(("noon",), received)) > 1
    assert dt.datetime(2001, 1, 1, tzinfo=dt.UTC) in readings(("1 Jan 01 00:00:00 +0000",), received)
    assert certain(("1 Jan 2001 00:00:00 +0000",) * 2) is None


def test_dates_are_moments() -> None:
    assert order(Criterion(b"ARRIVAL"))[:4] == ["year-end", "east", "midnight", "west"]
    by_date = order(Criterion(b"DATE"))
    assert by_date[:4] == ["size-1999", "size-2000", "size-2001", "year-end"]
    assert by_date[-1] == "no-date"  # its internal date stands for it
    assert by_date.index("midnight") + 1 == by_date.index("same-moment")


def test_missing_fields_come_first_and_ties_go_by_number() -> None:
    by_cc = order(Criterion(b"CC"))

    assert by_cc[-3:] == ["west", "midnight", "no-body"]  # carol, dora, zack
    assert by_cc[:-3] == [name for name in NAMES if name not in by_cc[-3:]]
    assert order(Criterion(b"SUBJECT"))[:2] == ["empty-subject", "bare"]
    assert order(Criterion(b"TO"))[0] == "bare"


def test_reverse_turns_one_criterion_and_no_ties() -> None:
    assert order(Criterion(b"CC", reverse=True)) == ["no-body", "midnight", "west", *order(Criterion(b"CC"))[:-3]]
    assert order(Criterion(b"SUBJECT"), Criterion(b"DATE", reverse=True))[:2] == ["empty-subject", "bare"]
    apples = [name for name in order(Criterion(b"SUBJECT"), Criterion(b"SIZE", reverse=True)) if name in NAMES[:4]]
    assert apples == ["west", "midnight", "east", "last-second"]


def test_case_means_nothing() -> None:
    by_from = order(Criterion(b"FROM"))

    assert by_from.index("base64") < by_from.index("midnight") < by_from.index("eight-bit")  # lars, MIKE, mona


def test_an_unreadable_date_may_stand_in_several_places() -> None:
    bad, others = sample.number_of("bad-date"), [m for m in BOX.messages if m.number != sample.number_of("bad-date")]
    rest = list(sorted_numbers(others, [Criterion(b"DATE")]))

    for place in (0, 12, len(rest) - 1):
        assert misplaced([*rest[:place], bad, *rest[place:]], BOX, [Criterion(b"DATE")]) == ""
    assert misplaced([*rest, bad], BOX, [Criterion(b"DATE")]) != ""  # the one without a date came later


@pytest.mark.parametrize("key", [*KEYS, *DISPLAY_KEYS])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_is_accepted_and_turned_round_it_is_not(key: bytes, reverse: bool) -> None:
    criteria = [Criterion(key, reverse)]
    numbers = sorted_numbers(BOX.messages, criteria)

    assert misplaced(numbers, BOX, criteria) == ""
    assert misplaced(numbers[::-1], BOX, criteria) != ""
    assert misplaced([*numbers, 999], BOX, criteria) == ""


@given(st.lists(st.builds(Criterion, st.sampled_from(KEYS), st.booleans()), min_size=1, max_size=3))
def test_any_criteria_give_an_order_that_is_accepted(criteria: list[Criterion]) -> None:
    numbers = sorted_numbers(BOX.messages[:12], criteria)

    assert misplaced(numbers, BOX, criteria) == ""
    assert sorted(numbers) == list(range(1, 13))


def test_groups_may_go_by_their_name_or_their_first_member() -> None:
    def to(number: int, value: bytes) -> Message:
        octets = b"To: " + value + b"\r\n\r\n"
        return Message(number=number, uid=number, octets=octets, size=len(octets), internaldate=dt.datetime.now(dt.UTC))

    box = Mailbox(messages=(to(1, b"zoo: adam@x;"), to(2, b"mike@x"), to(3, b"zoo@x")))

    assert compare(box.messages[0], box.messages[1], [Criterion(b"TO")]) is None
    assert compare(box.messages[1], box.messages[2], [Criterion(b"TO")]) == -1
    assert misplaced([2, 1, 3], box, [Criterion(b"TO")]) == misplaced([1, 2, 3], box, [Criterion(b"TO")]) == ""
    assert misplaced([3, 2, 1], box, [Criterion(b"TO")]) == "2 belongs before 3"
