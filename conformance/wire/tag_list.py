"""Lists of tag=value (RFC 6376 section 3.2): DKIM keys and DMARC records are such lists.

Text of a record is what its character-strings make together, without a line end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from conformance.wire.scanner import Message, Parsed, Scanner

FWS = re.compile(rb"(?:[ \t]*\r\n)?[ \t]+")
"""Folding white space (RFC 6376 section 2.8)."""
HYPHENATED_WORD = re.compile(rb"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
"""hyphenated-word (RFC 6376 section 2.11)."""

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_VALUE = re.compile(rb"(?:[!-:<-~]|(?:[ \t]*\r\n)?[ \t]+)*")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, its value as written; `start` is where its name begins and `value_start` where its value does."""

    name: str
    value: bytes
    start: int = field(default=0, compare=False)
    value_start: int = field(default=0, compare=False)

    @property
    def end(self) -> int:
        """The octet behind the value."""
        return self.value_start + len(self.value)


def read(text: bytes) -> Parsed[tuple[Tag, ...]]:
    """Read a whole text."""
    at = Scanner(text)
    return Parsed(Message(text, 0), tag_list(at), tuple(at.violations))


def tag_list(at: Scanner) -> tuple[Tag, ...]:
    """tag-list = tag-spec *( ";" tag-spec ) [ ";" ]; of tags of one name the first is kept, and the list is invalid."""
    tags: dict[str, Tag] = {}
    first = True
    while first or at.at < at.end:
        first = False
        semicolon = at.raw.find(b";", at.at, at.end)
        inner = Scanner(at.raw, at.at, at.end if semicolon < 0 else semicolon)
        inner.violations = at.violations
        tag = tag_spec(inner)
        if tag is not None and tag.name in tags:
            at.note("duplicate-tag", "each tag once", tag.start, tag.end)
        elif tag is not None:
            tags[tag.name] = tag
        at.at = inner.end + 1
    at.at = at.end
    return tuple(tags.values())


def tag_spec(at: Scanner) -> Tag | None:
    """tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]; None with a violation if it has no name or no "="."""
    at.take_maybe(FWS)
    start = at.at
    name = at.take(_NAME, "tag-name", "a letter, then letters, digits and '_'").decode("ascii")
    at.take_maybe(FWS)
    if not name or not at.expect(b"=", "tag-spec"):
        return None
    at.take_maybe(FWS)
    value_start = at.at
    return Tag(name, tag_value(at), start, value_start)


def tag_value(at: Scanner) -> bytes:
    """tag-value = [ tval *( 1*(WSP / FWS) tval ) ], without the FWS behind it; other octets are kept, with a violation."""
    start = at.at
    at.take_maybe(_VALUE)
    at.finish("tag-value", "visible characters of US-ASCII, and white space between them")
    return at.raw[start : at.end].rstrip(b" \t\r\n")


def words(at: Scanner, tag: Tag, rule: str, expected: str) -> tuple[str, ...]:
    """Read the value of a tag as hyphenated-words or "*" that colons divide, FWS around them; each other one is a violation."""
    found = []
    for start, end in _divided(tag):
        word = at.raw[start:end]
        if word == b"*" or HYPHENATED_WORD.fullmatch(word):
            found.append(word.decode("ascii"))
        else:
            at.note(rule, expected, start, end)
    return tuple(found)


def _divided(tag: Tag) -> list[tuple[int, int]]:
    """Return where each part between colons begins and ends, white space around it left out."""
    places = []
    start = tag.value_start
    for part in tag.value.split(b":"):
        bare = part.strip(b" \t\r\n")
        begins = start + part.find(bare)
        places.append((begins, begins + len(bare)))
        start += len(part) + 1
    return places
