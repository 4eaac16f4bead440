"""ESEARCH responses are judged as RFC 4731 and RFC 5182 say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models import sample
from conformance.models.contents import Mailbox
from conformance.models.search import Found
from conformance.models.search_results import OPTIONS, differs_from, highest_modseq, saved
from conformance.models.sequence_sets import coalesced

PRESENT = frozenset({2, 3, 5, 10, 11, 12})
EXACT = Found(must=frozenset({3, 10, 11}), may=frozenset({3, 10, 11}))
OPEN = Found(must=frozenset({10}), may=frozenset({3, 10, 11}))
NOTHING = Found(must=frozenset(), may=frozenset())
RIGHT: dict[bytes, object] = {b"MIN": 3, b"MAX": 11, b"COUNT": 3, b"ALL": b"3,10:11"}


def test_the_one_right_answer_passes() -> None:
    assert differs_from(RIGHT, EXACT, PRESENT, OPTIONS) == ""
    assert differs_from({b"ALL": b"11,10,3"}, EXACT, PRESENT, ()) == ""
    assert differs_from({b"COUNT": 0}, NOTHING, PRESENT, OPTIONS) == ""
    assert differs_from({}, EXACT, PRESENT, [b"SAVE"]) == ""


@pytest.mark.parametrize(
    ("name", "wrong", "why"),
    [
        (b"MIN", 2, "MIN 2 is not the lowest"),
        (b"MIN", 10, "MIN 10 is not the lowest"),
        (b"MIN", None, "MIN is missing"),
        (b"MAX", 12, "MAX 12 is not the highest"),
        (b"MAX", 10, "MAX 10 is not the highest"),
        (b"COUNT", 4, "COUNT 4 is not the number"),
        (b"COUNT", 0, "messages are named"),
        (b"COUNT", None, "COUNT is missing"),
        (b"ALL", b"3,10", "11 matches and is not found"),
        (b"ALL", b"3,5,10:11", "5 is found and does not match"),
        (b"ALL", b"3,4,10:11", "ALL names 4, which no message has"),
        (b"ALL", b"3,10:*", "ALL names"),
        (b"ALL", b"", "nz-number"),
        (b"ALL", None, "ALL is missing"),
    ],
)
def test_one_wrong_item_is_named(name: bytes, wrong: object, why: str) -> None:
    given = {key: value for key, value in {**RIGHT, name: wrong}.items() if value is not None}

    assert why in differs_from(given, EXACT, PRESENT, OPTIONS)


def test_what_is_open_must_still_agree_with_itself() -> None:
    assert differs_from({b"MIN": 3, b"MAX": 10, b"COUNT": 2, b"ALL": b"3,10"}, OPEN, PRESENT, OPTIONS) == ""
    assert "ends of ALL" in differs_from({b"MIN": 3, b"ALL": b"10"}, OPEN, PRESENT, [b"MIN", b"ALL"])
    assert "COUNT is 1" in differs_from({b"COUNT": 1, b"ALL": b"3,10"}, OPEN, PRESENT, [b"COUNT", b"ALL"])


numbers = st.sets(st.sampled_from(sorted(PRESENT)), min_size=1)


@given(numbers, numbers)
def test_a_result_is_accepted_exactly_if_it_is_the_one(found: set[int], said: set[int]) -> None:
    expected = Found(must=frozenset(found), may=frozenset(found))
    given: dict[bytes, object] = {
        b"MIN": min(said),
        b"MAX": max(said),
        b"COUNT": len(said),
        b"ALL": bytes(coalesced(said)),
    }

    assert (differs_from(given, expected, PRESENT, OPTIONS) == "") is (found == said)


def test_the_saved_result_depends_on_the_options() -> None:
    assert saved({3, 10, 11}, [b"SAVE"]) == saved({3, 10, 11}, [b"SAVE", b"MIN", b"COUNT"]) == {3, 10, 11}
    assert saved({3, 10, 11}, [b"SAVE", b"MIN"]) == {3}
    assert saved({3, 10, 11}, [b"MAX", b"SAVE", b"MIN"]) == {3, 11}
    assert saved((), [b"SAVE", b"MIN"]) == frozenset()


def test_the_highest_mod_sequence_is_that_of_what_is_returned() -> None:
    box = Mailbox(messages=tuple(replace(m, modseq=50 - m.number) for m in sample.as_mailbox().messages))

    assert highest_modseq(box, [3, 10, 11]) == highest_modseq(box, [3, 10, 11], [b"MIN", b"ALL"]) == 47
    assert highest_modseq(box, [3, 10, 11], [b"MAX"]) == 39
    assert highest_modseq(box, []) is None
    assert highest_modseq(sample.as_mailbox(), [1]) is None
