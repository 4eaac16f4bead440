"""Search programs for a mailbox that is known: trees of keys with one of their spellings (RFC 3501 section 6.4.4).

Arguments are drawn near what the mailbox holds (its days, sizes, words, and what lies just beside them), so that keys
divide the messages instead of finding all or none. Invariant: every program is well formed and names no sequence number
that no message has, so that a server must answer it.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.imap import Said, astrings, days, in_any_case, sequence_sets, spelled_dates, uid_sets
from conformance.wire.imap_commands import Word
from conformance.wire.search_program import (
    BARE_KEYS,
    DATE_KEYS,
    KEYWORD_KEYS,
    And,
    Argument,
    InSet,
    Key,
    Not,
    Or,
    Program,
    SequenceSet,
    kinds_of,
    quoted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What programs speak of: numbers, days, sizes, and words by key; `headers` are (field-name, word) pairs."""

    exists: int
    uids: tuple[int, ...]
    days: tuple[dt.date, ...]
    sent_days: tuple[dt.date, ...]
    sizes: tuple[int, ...]
    keywords: tuple[bytes, ...]
    words: tuple[tuple[bytes, bytes], ...]
    headers: tuple[tuple[bytes, bytes], ...]


def search_keys(about: Vocabulary) -> SearchStrategy[Program]:
    """Single search keys of RFC 3501."""
    bare = st.sampled_from(BARE_KEYS).map(Key)
    on = st.builds(lambda name, day: Key(name, (day,)), st.sampled_from(DATE_KEYS[:3]), days(about.days))
    sent = st.builds(lambda name, day: Key(name, (day,)), st.sampled_from(DATE_KEYS[3:]), days(about.sent_days))
    size = st.builds(lambda octets, off: max(0, octets + off), st.sampled_from(about.sizes), st.integers(-1, 1))
    sized = st.builds(lambda name, octets: Key(name, (octets,)), st.sampled_from((b"LARGER", b"SMALLER")), size)
    flagged = st.builds(
        lambda name, keyword: Key(name, (keyword,)),
        st.sampled_from(KEYWORD_KEYS),
        st.sampled_from((*about.keywords, b"mailconform-unknown")),
    )
    worded = st.sampled_from(about.words).map(lambda pair: Key(pair[0], (pair[1],)))
    header = st.sampled_from(about.headers).map(lambda pair: Key(b"HEADER", pair))
    numbered = sequence_sets(about.exists).map(lambda said: InSet(said.value))
    uids = uid_sets(about.uids).map(lambda said: Key(b"UID", (said.value,)))
    return st.one_of(bare, bare, on, sent, sized, flagged, worded, worded, header, numbered, uids)


def search_programs(about: Vocabulary, *, largest: int = 8) -> SearchStrategy[Said[Program]]:
    """Programs of up to about so many keys under NOT, OR and parentheses, each with one of its spellings."""
    trees = st.recursive(search_keys(about), _joined, max_leaves=largest)
    several = st.lists(trees, min_size=1, max_size=3).map(lambda keys: And(tuple(keys)))
    return st.one_of(trees, several).flatmap(spelled_programs)


def _joined(trees: SearchStrategy[Program]) -> SearchStrategy[Program]:
    together = st.lists(trees, min_size=1, max_size=3).map(lambda keys: And(tuple(keys)))
    return st.one_of(trees.map(Not), st.builds(Or, trees, trees), together)


def spelled_programs(program: Program) -> SearchStrategy[Said[Program]]:
    """Spellings of a program: letter case, string forms, dates in quotes, and parentheses that mean nothing."""
    if isinstance(program, And):
        return _in_a_row([_key(key) for key in program.keys]).map(lambda words: Said(program, words))
    return _key(program).map(lambda words: Said(program, words))


def doubled_negations(about: Vocabulary) -> SearchStrategy[Said[Program]]:
    """NOT NOT search-key, as the grammar has it; elsewhere parentheses stand between, since several servers refuse it."""
    return search_keys(about).flatmap(
        lambda key: _in_a_row([_word(b"NOT"), _word(b"NOT"), _plain(key)]).map(lambda words: Said(Not(Not(key)), words))
    )


Words = tuple[Word, ...]


def _in_a_row(parts: list[SearchStrategy[Words]]) -> SearchStrategy[Words]:
    return st.tuples(*parts).map(lambda some: tuple(word for words in some for word in words))


def _key(program: Program) -> SearchStrategy[Words]:
    plain = _plain(program)
    return plain if isinstance(program, And) else st.one_of(plain, plain, plain, plain.map(_bracketed))


def _bracketed(words: Words) -> Words:
    return (b"(", *words, b")")


def _plain(program: Program) -> SearchStrategy[Words]:
    match program:
        case And(keys):
            return _in_a_row([_key(key) for key in keys]).map(_bracketed)
        case Not(Not() as key):
            return _in_a_row([_word(b"NOT"), _plain(key).map(_bracketed)])
        case Not(key):
            return _in_a_row([_word(b"NOT"), _key(key)])
        case Or(left, right):
            return _in_a_row([_word(b"OR"), _key(left), _key(right)])
        case InSet(numbers):
            return st.just((bytes(numbers),))
        case Key(name, arguments):
            kinds = kinds_of(name, len(arguments))
            return _in_a_row([_word(name), *(_argument(*pair) for pair in zip(kinds, arguments, strict=True))])


@functools.lru_cache
def _word(name: bytes) -> SearchStrategy[Words]:
    return in_any_case(name).map(lambda spelled: (spelled,))


def _argument(kind: str, argument: Argument) -> SearchStrategy[Words]:
    match kind, argument:
        case "string", bytes():
            return astrings(argument).map(lambda said: said.words)
        case "date", dt.date():
            return spelled_dates(argument).map(lambda said: said.words)
        case "entry", bytes():
            return st.just((quoted(argument),))
        case "number", int():
            return st.just((b"%d" % argument,))
        case _, SequenceSet():
            return st.just((bytes(argument),))
        case (("keyword" | "word"), bytes()):
            return st.just((argument,))
    raise ValueError(f"{argument!r} is no {kind}")
