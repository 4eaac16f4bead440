"""The cursor: it steps, or it notes a violation and stays; it never raises."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.scanner import Message, Scanner, Violation, parse, read_line_end

DIGITS = re.compile(rb"[0-9]+")


def test_maybe_steps_over_what_comes_next_and_nothing_else() -> None:
    at = Scanner(b"+OK ready")

    assert (at.maybe(b"-ERR"), at.at) == (False, 0)
    assert (at.maybe(b"+OK"), at.at) == (True, 3)
    assert at.violations == []


def test_maybe_does_not_look_behind_the_end() -> None:
    assert not Scanner(b"+OK", 0, 2).maybe(b"+OK")


def test_expect_notes_the_rule_and_stays() -> None:
    at = Scanner(b"+OKready", 3)

    assert not at.expect(b" ", "SP")
    assert at.at == 3
    assert at.violations == [Violation("SP", 3, 8, "' '", b"ready")]


def test_take_gives_what_matches() -> None:
    at = Scanner(b"12 34")

    assert at.take(DIGITS, "number", "digits") == b"12"
    assert (at.at, at.violations) == (2, [])


def test_take_notes_what_does_not_match() -> None:
    at = Scanner(b"x12")

    assert at.take(DIGITS, "number", "digits") == b""
    assert (at.at, at.violations) == (0, [Violation("number", 0, 3, "digits", b"x12")])


def test_take_maybe_is_silent_either_way() -> None:
    at = Scanner(b"12x")

    assert (at.take_maybe(DIGITS), at.take_maybe(DIGITS)) == (b"12", b"")
    assert (at.at, at.violations) == (2, [])


def test_rest_is_everything_up_to_the_end() -> None:
    at = Scanner(b"abcdef", 1, 4)

    assert (at.rest(), at.rest(), at.at) == (b"bcd", b"", 4)


def test_finish_notes_what_is_left_and_steps_over_it() -> None:
    at = Scanner(b"abc", 1)
    at.finish("nothing", "nothing more")
    at.finish("nothing", "nothing more")

    assert (at.at, at.violations) == (3, [Violation("nothing", 1, 3, "nothing more", b"bc")])


def test_a_violation_shows_eighty_octets_at_most() -> None:
    at = Scanner(b"x" * 500)
    at.note("long", "short")

    assert (at.violations[0].end, at.violations[0].got) == (500, b"x" * 80)


@pytest.mark.parametrize(
    ("raw", "end", "place"),
    [
        (b"+OK\r\n", 3, None),
        (b"\r\n", 0, None),
        (b"+OK\n", 3, (3, 4)),
        (b"+OK\r", 4, (4, 4)),
        (b"+OK", 3, (3, 3)),
        (b"", 0, (0, 0)),
    ],
)
def test_a_line_ends_in_crlf_and_in_nothing_else(raw: bytes, end: int, place: tuple[int, int] | None) -> None:
    at = Scanner(raw)
    read_line_end(at)

    assert at.end == end
    assert [(v.rule, v.start, v.end) for v in at.violations] == ([("CRLF", *place)] if place else [])


@given(st.binary(max_size=200))
def test_a_parsed_line_keeps_its_message_and_its_value(raw: bytes) -> None:
    message = Message(raw, 7)
    parsed = parse(message, Scanner.rest)

    assert parsed.message is message
    assert raw.startswith(parsed.value)
    assert {violation.rule for violation in parsed.violations} <= {"CRLF"}
