r"""What IMAP clients may say: words of commands, each with its meaning and one of its spellings (RFC 3501 section 9).

A Said has both; its words go to a session as they are (a Sync among them is a literal, for which the session waits), and
`raw` is what stands on the wire in the end. Invariant: whatever is drawn here the grammar allows, so that a server has
to understand it; what it forbids is drawn in `imap_malformed`, odd and invalid mailbox names in functions that say so.

Letter case means nothing in keywords, flags and months; a string may be atom, quoted or literal wherever the grammar
says astring; a day may have a leading zero and a date may stand in quotes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.wire.imap_commands import Sync, Word, pieces
from conformance.wire.search_program import MONTHS, Bound, Part, SequenceSet, is_astring, quoted

T = TypeVar("T")

SYSTEM_FLAGS = (b"\\Answered", b"\\Deleted", b"\\Draft", b"\\Flagged", b"\\Seen")
"""The flags that a client may set (RFC 3501 section 2.3.2)."""
ATOM_CHARS = bytes(octet for octet in range(0x21, 0x7F) if octet not in b'(){%*"\\]')


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """A meaning and the words that say it; words are separated by single spaces, but not inside of parentheses' ends."""

    value: T
    words: tuple[Word, ...]

    @property
    def raw(self) -> bytes:
        """The octets of the words, literals in place."""
        return b"".join(pieces(b"", self.words))[1:-2]


def octets_of(alphabet: bytes, smallest: int, largest: int) -> SearchStrategy[bytes]:
    """Octets of an alphabet, at least and at most so many."""
    return st.lists(st.sampled_from(alphabet), min_size=smallest, max_size=largest).map(bytes)


def in_any_case(word: bytes) -> SearchStrategy[bytes]:
    """Spellings of a word whose letter case means nothing (RFC 3501 section 9, note 1): whole or letter by letter."""
    each = st.lists(st.booleans(), min_size=len(word), max_size=len(word)).map(
        lambda lower: b"".join(
            word[at : at + 1].lower() if low else word[at : at + 1].upper() for at, low in enumerate(lower)
        )
    )
    return st.one_of(st.sampled_from((word, word.lower(), word.upper(), word.title())), each)


# Strings


def strings(value: bytes) -> SearchStrategy[Said[bytes]]:
    """Spellings of a string: quoted or literal (RFC 3501 section 4.3)."""
    return st.sampled_from(_strings(value)).map(lambda word: Said(value, (word,)))


def astrings(value: bytes) -> SearchStrategy[Said[bytes]]:
    """Spellings of an astring: atom, quoted or literal, as far as each can hold it.

    `NIL` is not drawn as an atom: nothing forbids it, and readers differ.
    """
    atoms = [value] if is_astring(value) and value.upper() != b"NIL" else []
    return st.sampled_from([*atoms, *_strings(value)]).map(lambda word: Said(value, (word,)))


def _strings(value: bytes) -> list[bytes]:
    try:
        return [quoted(value), Sync(value)]
    except ValueError:
        return [Sync(value)]


def literals(value: bytes) -> SearchStrategy[Said[bytes]]:
    """The one spelling that holds everything but NUL: a synchronizing literal."""
    return st.just(Said(value, (Sync(value),)))


# Sequence sets


def sequence_sets(exists: int) -> SearchStrategy[Said[SequenceSet]]:
    """Sets of sequence numbers where so many messages are, one at least: single, ranges in both directions, `*`."""
    numbers = st.one_of(st.integers(1, exists), st.integers(1, exists), st.just(_STAR))
    return _sets(numbers)


def uid_sets(uids: Collection[int]) -> SearchStrategy[Said[SequenceSet]]:
    """Sets of UIDs: present ones, gaps between them, `*`, and numbers up to the highest (RFC 3501 section 6.4.8)."""
    present = st.sampled_from(sorted(uids)) if uids else st.integers(1, 9)
    near = st.builds(lambda uid, off: min(max(1, uid + off), 2**32 - 1), present, st.integers(-2, 2))
    far = st.sampled_from((1, 2**31 - 1, 2**31, 2**32 - 1))
    return _sets(st.one_of(present, present, near, far, st.just(_STAR)))


def sets_beyond(exists: int) -> SearchStrategy[Said[SequenceSet]]:
    """Sets with sequence numbers that no message has: a server should answer BAD (RFC 3501 `seq-number`)."""
    high = st.one_of(st.just(exists + 1), st.integers(exists + 1, exists + 99), st.just(2**32 - 1))
    within = st.integers(1, max(1, exists))
    parts: SearchStrategy[Part] = st.one_of(high, st.tuples(high, high), st.tuples(within, high))
    return parts.map(lambda part: SequenceSet((part,))).map(lambda numbers: Said(numbers, (bytes(numbers),)))


_STAR: Bound = "*"


def _sets(bounds: SearchStrategy[Bound]) -> SearchStrategy[Said[SequenceSet]]:
    parts: SearchStrategy[Part] = st.one_of(bounds, st.tuples(bounds, bounds))
    drawn = st.lists(parts, min_size=1, max_size=5).map(lambda some: SequenceSet(tuple(some)))
    return drawn.map(lambda numbers: Said(numbers, (bytes(numbers),)))


# Flags


def keywords() -> SearchStrategy[bytes]:
    """flag-keyword: atoms that no server gives a meaning of its own."""
    return octets_of(ATOM_CHARS, 1, 12).map(lambda tail: b"mailconform" + tail)


def flags(permitted: Collection[bytes] = ()) -> SearchStrategy[Said[bytes]]:
    """Flags that a client may set: system flags in any letter case, and the keywords that the server permits."""
    system = st.sampled_from(SYSTEM_FLAGS).flatmap(
        lambda flag: in_any_case(flag).map(lambda spelled: Said(flag, (spelled,)))
    )
    known = [st.sampled_from(sorted(permitted)).map(lambda keyword: Said(keyword, (keyword,)))] if permitted else []
    return st.one_of(system, *known)


def flag_lists(permitted: Collection[bytes] = ()) -> SearchStrategy[Said[frozenset[bytes]]]:
    """flag-list: none to five flags in parentheses, some of them twice."""
    drawn = st.lists(flags(permitted), max_size=5)
    return drawn.map(
        lambda some: Said(frozenset(flag.value for flag in some), (b"(" + b" ".join(flag.raw for flag in some) + b")",))
    )


# Dates


def days(near: Collection[dt.date] = ()) -> SearchStrategy[dt.date]:
    """Days: those given, the ones beside them, and any that four digits of a year can write."""
    some = [st.builds(lambda day, off: day + dt.timedelta(days=off), st.sampled_from(sorted(near)), st.integers(-1, 1))]
    anyone = st.dates(dt.date(1971, 1, 1), dt.date(2037, 12, 31))
    return st.one_of(*(some * 3 if near else []), anyone)


def dates(near: Collection[dt.date] = ()) -> SearchStrategy[Said[dt.date]]:
    """Dates: date-text, or the same in quotes; a leading zero and any letter case of the month (RFC 3501 section 9)."""
    return days(near).flatmap(spelled_dates)


def spelled_dates(day: dt.date) -> SearchStrategy[Said[dt.date]]:
    """Spellings of one date."""
    number = st.sampled_from((b"%d" % day.day, b"%02d" % day.day))
    text = st.builds(
        lambda digits, month: b"%s-%s-%04d" % (digits, month, day.year), number, in_any_case(MONTHS[day.month - 1])
    )
    return st.builds(lambda said, quote: Said(day, (quote + said + quote,)), text, st.sampled_from((b"", b"", b'"')))


# Sorting


def sort_criteria(keys: Collection[bytes]) -> SearchStrategy[Said[tuple[tuple[bytes, bool], ...]]]:
    """sort-criteria of these keys: (key, reverse) pairs in the order of their priority (RFC 5256 section 5)."""
    pairs = st.tuples(st.sampled_from(sorted(keys)), st.booleans())
    return st.lists(pairs, min_size=1, max_size=3, unique_by=lambda pair: pair[0]).flatmap(_spelled_criteria)


def _spelled_criteria(pairs: list[tuple[bytes, bool]]) -> SearchStrategy[Said[tuple[tuple[bytes, bool], ...]]]:
    words = [word for key, reverse in pairs for word in ([b"REVERSE", key] if reverse else [key])]
    spelled = st.tuples(*map(in_any_case, words))
    return spelled.map(lambda said: Said(tuple(pairs), (b"(" + b" ".join(said) + b")",)))
