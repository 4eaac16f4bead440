"""Search programs and sequence sets as values, with one spelling of each (RFC 3501 sections 6.4.4 and 9).

A program is a tree of Key, InSet, Not, Or and And; what it means is `conformance.models.search`'s business, and other
spellings of the same tree are drawn by `conformance.strategies.imap_search`. The tree stands at the bottom, where the
oracle and the strategies can both see it. Invariant: `spelled` yields what the grammar allows, whatever the tree;
a tree that means nothing (a key with the wrong argument) raises ValueError.

Extensions: OLDER and YOUNGER (RFC 5032), MODSEQ (RFC 7162 section 3.1.5), the saved result `$` (RFC 5182).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

Bound = int | Literal["*"]
Part = Bound | tuple[Bound, Bound] | Literal["$"]

MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")

BARE_KEYS = (
    b"ALL", b"ANSWERED", b"DELETED", b"DRAFT", b"FLAGGED", b"NEW", b"OLD", b"RECENT", b"SEEN",
    b"UNANSWERED", b"UNDELETED", b"UNDRAFT", b"UNFLAGGED", b"UNSEEN",
)  # fmt: skip
STRING_KEYS = (b"BCC", b"BODY", b"CC", b"FROM", b"SUBJECT", b"TEXT", b"TO")
DATE_KEYS = (b"BEFORE", b"ON", b"SINCE", b"SENTBEFORE", b"SENTON", b"SENTSINCE")
NUMBER_KEYS = (b"LARGER", b"SMALLER", b"OLDER", b"YOUNGER")
KEYWORD_KEYS = (b"KEYWORD", b"UNKEYWORD")

_ATOM = re.compile(rb"[^(){ \x00-\x1f\x7f-\xff%*\"\\\]]+\Z")
_ASTRING = re.compile(rb"[^(){ \x00-\x1f\x7f-\xff%*\"\\]+\Z")
_QUOTED = re.compile(rb"[^\x00\r\n\x80-\xff]*\Z")


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """sequence-set: numbers, `"*"`, pairs of them for ranges in either order, or `"$"` alone (RFC 3501, RFC 5182)."""

    parts: tuple[Part, ...]

    def __bytes__(self) -> bytes:
        """Spell the set as it stands, neither sorted nor joined."""
        return b",".join(_part(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Key:
    """A search-key that is a word, with the arguments that belong to it.

    Arguments by name: strings as bytes in the program's charset, dates, numbers, a SequenceSet for UID; HEADER has two
    strings; MODSEQ has a number, or entry-name, entry-type-req and number.
    """

    name: bytes
    arguments: tuple[Argument, ...] = ()


Argument = bytes | int | dt.date | SequenceSet


@dataclass(frozen=True, slots=True)
class InSet:
    """A sequence-set of message sequence numbers as a search-key."""

    numbers: SequenceSet


@dataclass(frozen=True, slots=True)
class Not:
    """NOT search-key."""

    key: Program


@dataclass(frozen=True, slots=True)
class Or:
    """OR search-key search-key."""

    left: Program
    right: Program


@dataclass(frozen=True, slots=True)
class And:
    """Search keys side by side: in parentheses, or bare at the top of a command."""

    keys: tuple[Program, ...]


Program = Key | InSet | Not | Or | And


def _part(part: Part) -> bytes:
    if isinstance(part, tuple):
        return _part(part[0]) + b":" + _part(part[1])
    return part.encode("ascii") if isinstance(part, str) else b"%d" % part


def read_sequence_set(text: bytes) -> SequenceSet:
    """Read a sequence-set as it is written; raises ValueError for what RFC 3501 section 9 does not allow."""
    if text == b"$":
        return SequenceSet(("$",))
    return SequenceSet(tuple(_read_part(part) for part in text.split(b",")))


def _read_part(text: bytes) -> Part:
    bounds = [_read_bound(bound) for bound in text.split(b":")]
    if len(bounds) > 2:
        raise ValueError(f"a range has two ends: {text!r}")
    return bounds[0] if len(bounds) == 1 else (bounds[0], bounds[1])


def _read_bound(text: bytes) -> Bound:
    if text == b"*":
        return "*"
    if not re.fullmatch(rb"[1-9][0-9]{0,9}", text) or int(text) >= 2**32:
        raise ValueError(f"no nz-number: {text!r}")
    return int(text)


def string(value: bytes) -> bytes:
    """Spell a string as quoted where that is possible, else as a literal (RFC 3501 section 4.3)."""
    return quoted(value) if _QUOTED.match(value) else literal(value)


def quoted(value: bytes) -> bytes:
    """Spell a quoted string; raises ValueError for octets that it cannot hold."""
    if not _QUOTED.match(value):
        raise ValueError(f"not to be quoted: {value!r}")
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", value) + b'"'


def literal(value: bytes, *, plus: bool = False) -> bytes:
    """Spell a literal, with `plus` a non-synchronizing one (RFC 7888)."""
    return b"{%d%s}\r\n" % (len(value), b"+" if plus else b"") + value


def is_atom(value: bytes) -> bool:
    """Whether octets can stand as an atom (RFC 3501 section 9)."""
    return _ATOM.match(value) is not None


def is_astring(value: bytes) -> bool:
    """Whether octets can stand as an astring without quotes (RFC 3501 section 9): atoms may hold a "]" here."""
    return _ASTRING.match(value) is not None


def date_text(day: dt.date) -> bytes:
    """Spell a date as date-text, without a leading zero (RFC 3501 section 9)."""
    return b"%d-%s-%04d" % (day.day, MONTHS[day.month - 1], day.year)


def date_time(moment: dt.datetime) -> bytes:
    """Spell an aware moment as date-time in its own zone, with quotes (RFC 3501 section 9); seconds are whole."""
    minutes = round((moment.utcoffset() or dt.timedelta()).total_seconds() / 60)
    zone = b"%s%02d%02d" % (b"-" if minutes < 0 else b"+", *divmod(abs(minutes), 60))
    day = b"%2d-%s-%04d" % (moment.day, MONTHS[moment.month - 1], moment.year)
    return b'"%s %s %s"' % (day, moment.strftime("%H:%M:%S").encode(), zone)


def spelled(program: Program) -> bytes:
    """Spell a program as one search-key or, an And at the top, as search keys side by side."""
    if isinstance(program, And) and program.keys:
        return b" ".join(_spelled(key) for key in program.keys)
    return _spelled(program)


def _spelled(program: Program) -> bytes:
    match program:
        case Key(name, arguments):
            return b" ".join([name, *_arguments(name, arguments)])
        case InSet(numbers):
            return bytes(numbers)
        case Not(key):
            return b"NOT " + _spelled(key)
        case Or(left, right):
            return b"OR " + _spelled(left) + b" " + _spelled(right)
        case And(keys) if keys:
            return b"(" + b" ".join(_spelled(key) for key in keys) + b")"
    raise ValueError("an And without keys has no spelling")


def _arguments(name: bytes, arguments: tuple[Argument, ...]) -> list[bytes]:
    kinds = kinds_of(name, len(arguments))
    return [_spell(kind, argument) for kind, argument in zip(kinds, arguments, strict=True)]


Kind = Literal["string", "date", "number", "set", "keyword", "entry", "word"]


def kinds_of(name: bytes, count: int) -> tuple[Kind, ...]:
    """Return of which kinds the arguments of a key are; raises ValueError if it does not take so many."""
    kinds = _KINDS.get((name.upper(), count))
    if kinds is None:
        raise ValueError(f"{name!r} with {count} arguments is no search-key")
    return kinds


_KINDS: dict[tuple[bytes, int], tuple[Kind, ...]] = {
    **{(name, 0): () for name in BARE_KEYS},
    **{(name, 1): ("string",) for name in STRING_KEYS},
    **{(name, 1): ("date",) for name in DATE_KEYS},
    **{(name, 1): ("number",) for name in NUMBER_KEYS},
    **{(name, 1): ("keyword",) for name in KEYWORD_KEYS},
    (b"HEADER", 2): ("string", "string"),
    (b"UID", 1): ("set",),
    (b"MODSEQ", 1): ("number",),
    (b"MODSEQ", 3): ("entry", "word", "number"),
}


def _spell(kind: Kind, argument: Argument) -> bytes:
    match kind, argument:
        case "string", bytes():
            return string(argument)
        case "entry", bytes():
            return quoted(argument)
        case (("keyword" | "word"), bytes()):
            return argument
        case "date", dt.date():
            return date_text(argument)
        case "number", int():
            return b"%d" % argument
        case "set", SequenceSet():
            return bytes(argument)
    raise ValueError(f"{argument!r} is no {kind}")
