"""Sequence sets name what RFC 3501 section 9 says, from either end and however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.models.sequence_sets import beyond, coalesced, messages_named, uids_named
from conformance.wire.search_program import Bound, Part, SequenceSet, read_sequence_set

STAR: Bound = "*"
bounds: SearchStrategy[Bound] = st.one_of(st.integers(1, 60), st.just(STAR))
parts: SearchStrategy[Part] = st.one_of(bounds, st.tuples(bounds, bounds))
sets = st.lists(parts, min_size=1, max_size=6).map(lambda some: SequenceSet(tuple(some)))


@pytest.mark.parametrize(
    ("text", "exists", "named"),
    [
        (b"2,4:7,9,12:*", 15, {2, 4, 5, 6, 7, 9, 12, 13, 14, 15}),
        (b"*:4,5:7", 10, {4, 5, 6, 7, 8, 9, 10}),
        (b"4:2", 10, {2, 3, 4}),
        (b"*", 3, {3}),
        (b"*:*", 3, {3}),
        (b"1:4294967295", 3, {1, 2, 3}),
    ],
)
def test_messages_are_named_as_in_the_grammar_comments(text: bytes, exists: int, named: set[int]) -> None:
    assert messages_named(read_sequence_set(text), exists) == named


def test_a_uid_range_with_a_star_names_the_last_message() -> None:
    assert uids_named(read_sequence_set(b"3291:*"), {5, 17, 100}) == {100}
    assert uids_named(read_sequence_set(b"*:6"), {5, 17, 100}) == {17, 100}
    assert uids_named(read_sequence_set(b"1:*"), ()) == frozenset()


@pytest.mark.parametrize(("text", "too_high"), [(b"1:3", False), (b"4", True), (b"*", False), (b"9:*", True)])
def test_numbers_that_no_message_has_are_seen(text: bytes, too_high: bool) -> None:
    assert beyond(read_sequence_set(text), 3) is too_high
    assert beyond(read_sequence_set(text), 0) is True


@pytest.mark.parametrize(
    "text", [b"", b"0", b"01", b"1,", b",1", b"1:2:3", b"1:", b"$,1", b"4294967296", b"+1", b"1 ", b"**"]
)
def test_what_the_grammar_forbids_is_no_set(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"nz-number|two ends"):
        read_sequence_set(text)


@given(sets)
def test_a_set_is_read_as_it_was_spelled(numbers: SequenceSet) -> None:
    assert read_sequence_set(bytes(numbers)) == numbers


@given(sets, st.integers(1, 50))
def test_turning_ranges_round_changes_nothing(numbers: SequenceSet, exists: int) -> None:
    turned = SequenceSet(tuple(part[::-1] if isinstance(part, tuple) else part for part in numbers.parts[::-1]))

    assert messages_named(turned, exists) == messages_named(numbers, exists)
    assert messages_named(numbers, exists) == uids_named(numbers, range(1, exists + 1))


@given(st.sets(st.integers(1, 500), min_size=1))
def test_coalesced_numbers_name_themselves(numbers: set[int]) -> None:
    joined = coalesced(numbers)

    assert uids_named(joined, numbers) == numbers
    assert messages_named(joined, 500) == numbers
    assert len(joined.parts) == sum(1 for number in numbers if number - 1 not in numbers)


def test_no_numbers_make_no_set() -> None:
    with pytest.raises(ValueError, match="at least one"):
        coalesced([])
