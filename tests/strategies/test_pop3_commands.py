"""Command lines are drawn as their docstrings say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.strategies import pop3_commands as commands
from conformance.strategies.pop3 import Spelled


@given(commands.keywords(b"LIST"))
def test_a_keyword_keeps_its_meaning_in_every_spelling(word: Spelled[bytes]) -> None:
    assert (word.value, word.raw.upper()) == (b"LIST", b"LIST")


@given(st.integers(0, 9).flatmap(lambda last: st.tuples(st.just(last), commands.absent_numbers(last))))
def test_absent_numbers_are_those_of_no_message(drawn: tuple[int, bytes]) -> None:
    last, number = drawn

    assert int(number) == 0 or int(number) > last
    assert len(number) <= commands.ARGUMENT_LIMIT


@given(commands.malformed_numbers(7))
def test_malformed_numbers_begin_with_no_digit(argument: bytes) -> None:
    assert not argument[:1].isdigit()
    assert not argument.startswith(b"+")
    assert 1 <= len(argument) <= commands.ARGUMENT_LIMIT


@given(commands.number_prefixes(7))
def test_prefixed_numbers_are_none(argument: bytes) -> None:
    assert argument.startswith(b"7")
    assert not argument.isdigit()


@given(st.binary(min_size=1).flatmap(lambda octets: st.tuples(st.just(octets), commands.chunkings(octets))))
def test_chunks_are_the_octets(drawn: tuple[bytes, tuple[bytes, ...]]) -> None:
    octets, pieces = drawn

    assert b"".join(pieces) == octets
    assert all(pieces)


@given(commands.batches(3, optional=(b"TOP",)))
def test_steps_name_messages_by_their_place(batch: tuple[commands.Step, ...]) -> None:
    for step in batch:
        spoken = step.spoken((11, 12, 13), 99).split()
        assert step.verb != b"UIDL"
        if step.which is not None:
            assert spoken[1] == (b"11", b"12", b"13", b"99")[step.which]
