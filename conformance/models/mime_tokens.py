"""The words of structured header fields: atoms, quoted strings, comments, domain literals, specials.

RFC 2822 section 3.2 for addresses and RFC 2045 section 5.1 for MIME fields: the two differ in which octets are special.
Reading never fails: a comment or quoted string without its end goes to the end of the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from conformance.models.mime_latitude import OneOf, unfolded

ADDRESS_SPECIALS = b'()<>@,;:\\"[]'  # the dot stays within words: phrases have it, and dot-atoms are made of it
MIME_SPECIALS = b'()<>@,;:\\"/[]?='  # tspecials of RFC 2045 section 5.1


class Kind(Enum):
    """What a token is."""

    ATOM = auto()
    QUOTED = auto()
    COMMENT = auto()
    LITERAL = auto()
    SPECIAL = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `value` without quotes, parentheses and quoting backslashes, `raw` as it stands there."""

    kind: Kind
    value: bytes
    raw: bytes

    def is_special(self, octets: bytes) -> bool:
        """Whether it is one of these specials."""
        return self.kind is Kind.SPECIAL and self.value in octets

    @property
    def text(self) -> bytes:
        """The value; where quoted pairs are in it, a server may also show them as they stand (RFC 3501 is silent)."""
        inside = unfolded(self.raw[1:-1])
        return OneOf(self.value, (inside,)) if self.kind is Kind.QUOTED and inside != self.value else self.value


def tokens(raw: bytes, specials: bytes) -> Iterator[Token]:
    """Yield the tokens of a field body, comments included; folds are white space."""
    atom = re.compile(rb"[^\s%b]+" % re.escape(specials))
    text, place = re.sub(rb"\r\n(?=[ \t])", b"", raw), 0
    while place < len(text):
        found = _token(text, place, atom)
        place += len(found.raw)
        if not found.raw.isspace():
            yield found


def words(raw: bytes, specials: bytes) -> list[Token]:
    """Return the tokens of a field body without its comments."""
    return [token for token in tokens(raw, specials) if token.kind is not Kind.COMMENT]


def _token(text: bytes, place: int, atom: re.Pattern[bytes]) -> Token:
    if found := atom.match(text, place):
        return Token(Kind.ATOM, found[0], found[0])
    first = text[place : place + 1]
    if first == b"(":
        return _comment(text, place)
    kind = {b'"': Kind.QUOTED, b"[": Kind.LITERAL}.get(first)
    if kind is None:
        return Token(Kind.SPECIAL, first, first)
    found = re.compile(rb'"((?:[^"\\]|\\.)*)("|\\?\Z)' if first == b'"' else rb"(\[[^\]]*\]?)()", re.DOTALL).match(
        text, place
    )
    raw, inside = (found[0], found[1]) if found else (first, b"")
    return Token(kind, re.sub(rb"\\(.)", rb"\1", inside, flags=re.DOTALL), raw)


def _comment(text: bytes, start: int) -> Token:
    """Read a comment, nested ones and quoted pairs included (RFC 2822 section 3.2.3)."""
    depth, place = 0, start
    while place < len(text):
        octet = text[place : place + 1]
        depth += (octet == b"(") - (octet == b")")
        place += 2 if octet == b"\\" else 1
        if not depth:
            break
    raw = text[start:place]
    inside = raw[1:-1] if not depth else raw[1:]
    return Token(Kind.COMMENT, re.sub(rb"\\(.)", rb"\1", inside, flags=re.DOTALL).strip(), raw)
