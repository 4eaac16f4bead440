"""IMAP's words: one function per lexical rule of RFC 3501 section 9.

Invariant: a word keeps its form (Atom, Quoted, Literal, Literal8; NIL is None) and compares as the octets it stands
for. A word that breaks its rule is still read, up to the next space or parenthesis, so that one wrong octet costs one
violation and not the rest of the response.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

from conformance.wire.imap_structure import VALUE_NESTING_LIMIT, comes, give_up, opens, parenthesised, skip_value
from conformance.wire.scanner import Scanner

T = TypeVar("T")

NUMBER_LIMIT = (1 << 32) - 1
NUMBER64_LIMIT = (1 << 63) - 1

_WORD = re.compile(rb"[^ ()\]\t\r\n]+")
_ASTRING_WORD = re.compile(rb"[^ ()\t\r\n]+")
_NUMBER_WORD = re.compile(rb"[^ ()\]<>\"{\t\r\n]+")
_ATOM = re.compile(rb"[^\x00-\x20(){%*\"\\\]\x7f-\xff]+")
_ASTRING_CHARS = re.compile(rb"[^\x00-\x20(){%*\"\\\x7f-\xff]+")
_LIST_CHARS = re.compile(rb"[^\x00-\x20(){\"\x7f-\xff]+")
_FLAG = re.compile(rb"\\?[^\x00-\x20(){%*\"\\\]\x7f-\xff]+")
_FLAG_PERM = re.compile(rb"\\\*|" + _FLAG.pattern)
_NUMBER = re.compile(rb"[0-9]+")
_NZ_NUMBER = re.compile(rb"[1-9][0-9]*")
_NIL = re.compile(rb"NIL(?![^ ()\]\t\r\n])", re.IGNORECASE)
_QUOTED = re.compile(rb'"(?:[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]++|\\["\\])*+"')
_QUOTED_AT_ALL = re.compile(rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"?')
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LITERAL = re.compile(rb"(~?)\{([0-9]+)(\+?)\}(\r?\n)")
_UID_SET = re.compile(rb"[1-9][0-9]*(?::[1-9][0-9]*)?(?:,[1-9][0-9]*(?::[1-9][0-9]*)?)*+")
_SEQUENCE_SET = re.compile(
    rb"(?:\*|[1-9][0-9]*)(?::(?:\*|[1-9][0-9]*))?(?:,(?:\*|[1-9][0-9]*)(?::(?:\*|[1-9][0-9]*))?)*+"
)
_DATE_TIME = (
    ("date-day-fixed", re.compile(rb" [0-9]|[0-9]{2}")),
    ("date-time", re.compile(rb"-")),
    ("date-month", re.compile(rb"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec", re.IGNORECASE)),
    ("date-time", re.compile(rb"-")),
    ("date-year", re.compile(rb"[0-9]{4}")),
    ("SP", re.compile(rb" (?! )")),
    ("time", re.compile(rb"[0-9]{2}:[0-9]{2}:[0-9]{2}")),
    ("SP", re.compile(rb" (?! )")),
    ("zone", re.compile(rb"[+-][0-9]{4}")),
)


class Atom(bytes):
    """A word without quotes."""

    __slots__ = ()


class Quoted(bytes):
    """What stood between two quotes, its quoted-specials no longer escaped."""

    __slots__ = ()


class Literal(bytes):
    """Octets announced by their number."""

    __slots__ = ()


class Literal8(Literal):
    """Octets announced by their number, NUL allowed (RFC 3516 section 7)."""

    __slots__ = ()


def _word(at: Scanner, word: re.Pattern[bytes], right: re.Pattern[bytes], rule: str, expected: str) -> bytes:
    start = at.at
    found = at.take_maybe(word)
    if not found:
        at.note(rule, expected)
        if at.at < at.end and at.raw[at.at] in b'"({':
            skip_value(at)
    elif not right.fullmatch(found):
        at.note(rule, expected, start, at.at)
    return found


def word(at: Scanner, right: re.Pattern[bytes], rule: str, expected: str) -> Atom:
    """Read up to the next space, parenthesis or bracket: what another RFC's pattern says an atom is."""
    return Atom(_word(at, _WORD, right, rule, expected))


def number(at: Scanner, rule: str = "number", limit: int = NUMBER_LIMIT) -> int:
    """Number = 1*DIGIT, below 2^32 (RFC 3501 section 9), or up to another limit."""
    start = at.at
    word = _word(at, _NUMBER_WORD, _NZ_NUMBER if rule.startswith("nz-") else _NUMBER, rule, "decimal digits")
    digits = _NUMBER.match(word)
    value = int(digits[0][:40]) if digits else 0
    if value > limit:
        at.note(rule, f"at most {limit}", start, at.at)
    return value


def nz_number(at: Scanner) -> int:
    """nz-number = digit-nz *DIGIT, below 2^32: no zero, no leading zero."""
    return number(at, "nz-number")


def number64(at: Scanner) -> int:
    """number64 = 1*DIGIT, below 2^63 (RFC 9051 section 9)."""
    return number(at, "number64", NUMBER64_LIMIT)


def mod_sequence_valzer(at: Scanner) -> int:
    """mod-sequence-valzer = "0" / mod-sequence-value (RFC 7162 section 7)."""
    return number(at, "mod-sequence-valzer", NUMBER64_LIMIT)


def mod_sequence_value(at: Scanner) -> int:
    """mod-sequence-value = 1*DIGIT, above 0 and below 2^63 (RFC 7162 section 7)."""
    start = at.at
    value = number(at, "mod-sequence-value", NUMBER64_LIMIT)
    if not value:
        at.note("mod-sequence-value", "at least 1", start, at.at)
    return value


def atom(at: Scanner, rule: str = "atom") -> Atom:
    """Atom = 1*ATOM-CHAR."""
    return Atom(_word(at, _WORD, _ATOM, rule, "1*ATOM-CHAR"))


def flag(at: Scanner) -> Atom:
    """Flag: an atom, with a backslash before a flag that is no keyword."""
    return Atom(_word(at, _WORD, _FLAG, "flag", "an atom, or \\ and an atom"))


def flag_perm(at: Scanner) -> Atom:
    r"""flag-perm = flag / "\*"."""
    return Atom(_word(at, _WORD, _FLAG_PERM, "flag-perm", "a flag or \\*"))


def uid_set(at: Scanner) -> Atom:
    """uid-set (RFC 4315 section 4): numbers and ranges, no "*"."""
    return Atom(_word(at, _WORD, _UID_SET, "uid-set", "numbers and ranges without *"))


def sequence_set(at: Scanner) -> Atom:
    """sequence-set: numbers, "*", and ranges of them."""
    return Atom(_word(at, _WORD, _SEQUENCE_SET, "sequence-set", "numbers, * and ranges"))


def quoted(at: Scanner) -> Quoted:
    """Quoted = DQUOTE *QUOTED-CHAR DQUOTE: 7-bit, no CR, LF or NUL, the backslash before quoted-specials only."""
    start = at.at
    inner = at.take_maybe(_QUOTED)
    if inner:
        inner = inner[1:-1]
    else:
        whole = at.take_maybe(_QUOTED_AT_ALL)
        at.note("quoted", "*QUOTED-CHAR between two quotes", start, at.at)
        inner = whole[1:-1] if len(whole) > 1 and whole.endswith(b'"') else whole[1:]
    return Quoted(_ESCAPED.sub(rb"\1", inner) if b"\\" in inner else inner)


def literal(at: Scanner, *, eight: bool = False) -> Literal:
    """Literal = "{" number "}" CRLF *CHAR8; with eight also literal8 = "~{" number "}" CRLF *OCTET (RFC 3516)."""
    match = _LITERAL.match(at.raw, at.at, at.end)
    if match is None:
        at.note("literal", "{number} CRLF and the octets")
        return Literal(at.take_maybe(_ASTRING_WORD))
    tilde, digits, plus, line_end = match.groups()
    if plus or (tilde and not eight):
        at.note("literal", "{number}", at.at, match.end())
    if line_end != b"\r\n":
        at.note("CRLF", "CRLF, not a bare LF", match.end() - 1, match.end())
    start, stop = match.end(), match.end() + int(digits[:20])
    if stop > at.end:
        at.note("literal", "as many octets as announced", at.at)
    at.at = min(stop, at.end)
    return _octets(at, start, Literal8 if tilde else Literal)


def _octets(at: Scanner, start: int, form: type[Literal]) -> Literal:
    nul = -1 if form is Literal8 else at.raw.find(b"\x00", start, at.at)
    if nul >= 0:
        at.note("CHAR8", "no NUL", nul, nul + 1)
    return form(memoryview(at.raw)[start : at.at])


def stringlike(at: Scanner, *, eight: bool = False) -> bytes | None:
    """Return a quoted string or a literal if one comes."""
    if comes(at, b'"'):
        return quoted(at)
    if comes(at, b"{") or comes(at, b"~{"):
        return literal(at, eight=eight)
    return None


def string(at: Scanner, rule: str = "string") -> bytes:
    """String = quoted / literal; rule is the name of the rule that stands for it here."""
    found = stringlike(at)
    if found is None:
        start = at.at
        found = Atom(at.take_maybe(_WORD))
        at.note(rule, "a quoted string or a literal", start, at.at if found else None)
    return found


def nil(at: Scanner) -> bool:
    """Step over NIL, in any letter case, if it comes."""
    return bool(at.take_maybe(_NIL))


def nstring(at: Scanner, rule: str = "nstring", *, eight: bool = False) -> bytes | None:
    """Nstring = string / nil; with eight also literal8; rule is the name of the rule that stands for it here."""
    if nil(at):
        return None
    found = stringlike(at, eight=eight)
    if found is None:
        start = at.at
        found = Atom(at.take_maybe(_WORD))
        at.note(rule, "a string or NIL", start, at.at if found else None)
    return found


def astring(at: Scanner) -> bytes:
    """Astring = 1*ASTRING-CHAR / string."""
    found = stringlike(at)
    if found is None:
        found = Atom(_word(at, _ASTRING_WORD, _ASTRING_CHARS, "astring", "1*ASTRING-CHAR or a string"))
    return found


def astrings(at: Scanner, rule: str) -> tuple[bytes, ...]:
    """Read "(" astring *(SP astring) ")"; without parentheses nothing, for a bare astring may hold a bracket."""
    return parenthesised(at, astring, rule, least=1) if comes(at, b"(") or opens(at, rule) else ()


def date_time(at: Scanner) -> bytes:
    """date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE."""
    start = at.at
    found = stringlike(at)
    if not isinstance(found, Quoted):
        found = Atom(at.take_maybe(_WORD)) if found is None else found
        at.note("date-time", "a quoted date-time", start, at.at if found else None)
        return found
    place = 0
    for rule, pattern in _DATE_TIME:
        match = pattern.match(found, place)
        if match is None:
            at.note(rule, "dd-Mmm-yyyy hh:mm:ss +zzzz", start, at.at)
            return found
        place = match.end()
    if place < len(found):
        at.note("date-time", "nothing behind the zone", start, at.at)
    return found


def tagged_ext_val(at: Scanner, depth: int = 0) -> Any:
    """Read any value: NIL, a number, a string, a bare word, or a parenthesised list of values (RFC 4466 section 3)."""
    if comes(at, b"("):
        if depth >= VALUE_NESTING_LIMIT:
            give_up(at, "nesting", f"at most {VALUE_NESTING_LIMIT} parentheses in one another")
            return ()
        return parenthesised(at, lambda inner: tagged_ext_val(inner, depth + 1), "tagged-ext-val")
    if nil(at):
        return None
    found = stringlike(at, eight=True)
    if found is not None:
        return found
    word = Atom(_word(at, _ASTRING_WORD, _LIST_CHARS, "tagged-ext-val", "a word, a string or a list"))
    return int(word[:40]) if _NUMBER.fullmatch(word) else word
