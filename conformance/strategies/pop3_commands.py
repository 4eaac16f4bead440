"""What POP3 clients may say and what they may not (RFC 1939 sections 3, 5 and 7), for checks that hold it against a server.

Of each kind of argument the docstring says what the RFC allows to be said of the answer: refused for certain, refused
by a server that is strict, or open. `b"..."` without CRLF are command lines to be; nothing here is ever filtered.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.pop3 import VISIBLE, Spelled, octets_of

ARGUMENT_LIMIT = 40  # RFC 1939 section 3
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def keywords(word: bytes) -> SearchStrategy[Spelled[bytes]]:
    """Spellings of a keyword: letter case means nothing (RFC 1939 section 3)."""
    cases = st.lists(st.booleans(), min_size=len(word), max_size=len(word))
    spelled = cases.map(
        lambda lower: bytes(octet | 0x20 if low else octet for octet, low in zip(word.upper(), lower, strict=True))
    )
    return spelled.map(lambda raw: Spelled(word.upper(), raw))


def arguments() -> SearchStrategy[bytes]:
    """Arguments: 1 to 40 printable characters, no space in them (RFC 1939 section 3)."""
    return octets_of(VISIBLE, 1, ARGUMENT_LIMIT)


def command_lines() -> SearchStrategy[Spelled[tuple[bytes, ...]]]:
    """Command lines: keyword of three or four letters and arguments, single spaces, CRLF (RFC 1939 section 3)."""
    words = st.sampled_from(
        (
            b"STAT",
            b"LIST",
            b"RETR",
            b"DELE",
            b"NOOP",
            b"RSET",
            b"QUIT",
            b"TOP",
            b"UIDL",
            b"USER",
            b"PASS",
            b"APOP",
            b"CAPA",
        )
    )
    spelled = st.tuples(words.flatmap(keywords), st.lists(arguments(), max_size=2))
    return spelled.map(lambda said: Spelled((said[0].value, *said[1]), b" ".join((said[0].raw, *said[1])) + b"\r\n"))


def absent_numbers(last: int) -> SearchStrategy[bytes]:
    """Numbers of no message where the last message has number `last`: every command refuses them (RFC 1939 section 5).

    Zero, just too high, far too high, and those that a register of 16, 32 or 64 bits takes for a message's number.
    """
    widths = st.sampled_from((32, 64, 16, 31, 63, 65))
    wrapped = st.builds(lambda width, number: 2**width + number, widths, st.integers(1, max(1, last)))
    near, far = st.integers(last + 1, last + 3), st.integers(10**20, 10**39)
    return st.one_of(st.just(0), near, far, wrapped, wrapped).map(lambda number: b"%d" % number)


def malformed_numbers(number: int) -> SearchStrategy[bytes]:
    """Arguments that begin with no digit, some with a message's number behind: syntax errors (RFC 1939 section 3).

    A sign in front of digits is among them only where it makes the number negative; "+1" is ambiguous.
    """
    signs = st.sampled_from((b"-", b"--", b"#", b"$", b"x", b"'", b"<", b"n", b"."))
    before = signs.map(lambda sign: sign + b"%d" % number)
    words = st.sampled_from((b"abc", b"*", b"-", b".", b"ALL", b"one", b"%d", b"%s", b"../1", b"NaN", b"-0x1"))
    return st.one_of(before, words, octets_of(VISIBLE.translate(None, b"0123456789+"), 1, 12))


def number_prefixes(number: int) -> SearchStrategy[bytes]:
    """Arguments that begin with a message's number and are none: only a server that stops reading takes them."""
    ends = st.one_of(
        st.sampled_from((b"x", b".", b".0", b",", b":", b"-", b"e0", b"_", b"*", b":*", b"%", b"'", b";")),
        octets_of(_LETTERS, 1, 8),
    )
    return ends.map(lambda end: b"%d" % number + end)


def ambiguous_numbers(number: int) -> SearchStrategy[bytes]:
    """Spellings of a message's number of which RFC 1939 does not say whether they are one: nobody is accused over them."""
    return st.builds(bytes.__add__, st.sampled_from((b"0", b"00", b"0000000000", b"+")), st.just(b"%d" % number))


def surplus_arguments(line: bytes) -> SearchStrategy[bytes]:
    """Command lines (without CRLF) with arguments that do not belong to them: RFC 1939 section 3 knows no extra ones."""
    more = st.one_of(st.sampled_from((b"1", b"x", b"1 2", b"now", b"ALL")), octets_of(VISIBLE, 1, 12))
    return more.map(lambda argument: line + b" " + argument)


def odd_separations(keyword: bytes, argument: bytes) -> SearchStrategy[bytes]:
    """Keyword and argument with anything but one space between them (RFC 1939 section 3)."""
    gap = st.sampled_from((b"  ", b"   ", b"\t", b" \t", b"\t ", b"\t\t"))
    return gap.map(lambda octets: keyword + octets + argument)


def trailing_spaces(line: bytes) -> SearchStrategy[bytes]:
    """Command lines with blanks in front of CRLF: servers may take or refuse them, and answer once."""
    return st.sampled_from((b" ", b"  ", b"\t", b" \t")).map(lambda blanks: line + blanks)


def line_counts(lines: int) -> SearchStrategy[int]:
    """Numbers of body lines to ask of TOP, from one to as many as there are (RFC 1939 section 7)."""
    return st.one_of(st.integers(1, max(1, lines)), st.just(max(1, lines)))


def excessive_line_counts(lines: int) -> SearchStrategy[int]:
    """Numbers of body lines that are more than there are: TOP sends the whole message (RFC 1939 section 7)."""
    return st.one_of(st.just(lines + 1), st.integers(lines + 1, 10**6), st.sampled_from((2**31 - 1, 2**16)))


def chunkings(octets: bytes, pieces: int = 8) -> SearchStrategy[tuple[bytes, ...]]:
    """Ways to cut octets into up to so many pieces, anywhere: TCP keeps no boundaries."""
    places = st.lists(st.integers(1, max(1, len(octets) - 1)), max_size=pieces - 1, unique=True).map(sorted)
    return places.map(lambda cuts: _cut(octets, cuts))


def _cut(octets: bytes, places: list[int]) -> tuple[bytes, ...]:
    edges = [0, *places, len(octets)]
    return tuple(piece for a, b in itertools.pairwise(edges) if (piece := octets[a:b]))


@dataclass(frozen=True, slots=True)
class Step:
    """A command for one of the test messages: `which` is its place among them, one too high for no message."""

    verb: bytes
    which: int | None = None
    count: int | None = None

    def spoken(self, numbers: tuple[int, ...], absent: int) -> bytes:
        """Spell the command with CRLF; `absent` is the number of no message."""
        number = None if self.which is None else numbers[self.which] if self.which < len(numbers) else absent
        return b" ".join(b"%s" % word for word in self.words(number)) + b"\r\n"

    def words(self, number: int | None) -> tuple[bytes, ...]:
        """Return keyword and arguments."""
        return (self.verb, *(b"%d" % value for value in (number, self.count) if value is not None))


def steps(messages_there: int, *, optional: tuple[bytes, ...] = ()) -> SearchStrategy[Step]:
    """Commands of the TRANSACTION state that leave the session open; `optional` names TOP and UIDL where they work.

    Half of them mark messages or count them, so that each may show what another did.
    """
    which = st.integers(0, messages_there)
    uidl = [verb for verb in (b"UIDL",) if verb in optional]
    looks = st.sampled_from([b"STAT", b"LIST", *uidl]).map(Step)
    marks = st.one_of(which.map(lambda place: Step(b"DELE", place)), st.sampled_from((Step(b"RSET"), Step(b"NOOP"))))
    about = st.builds(Step, st.sampled_from([b"LIST", b"RETR", *uidl]), which)
    top = [st.builds(Step, st.just(b"TOP"), which, st.integers(0, 50))] if b"TOP" in optional else []
    return st.one_of(looks, looks, marks, marks, about, *top)


def batches(messages_there: int, *, optional: tuple[bytes, ...] = ()) -> SearchStrategy[tuple[Step, ...]]:
    """Batches of commands for one write, as PIPELINING allows them (RFC 2449 section 6.6)."""
    return st.lists(steps(messages_there, optional=optional), min_size=8, max_size=14).map(tuple)


def markings(messages_there: int) -> SearchStrategy[tuple[Step, ...]]:
    """Commands that mark messages, take all marks back, or do nothing (RFC 1939 section 5)."""
    dele = st.integers(0, messages_there - 1).map(lambda which: Step(b"DELE", which))
    return st.lists(st.one_of(dele, dele, st.sampled_from((Step(b"RSET"), Step(b"NOOP")))), min_size=1, max_size=6).map(
        tuple
    )
