"""What is found in published records: a level, the section that says so, and the octets of the record."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import StrEnum

from conformance.wire.scanner import Violation

STRING_OCTETS = 255
"""The longest character-string (RFC 1035 section 3.3)."""


class Level(StrEnum):
    """How much a finding weighs.

    An error breaks a MUST, or makes whoever follows the RFC fail; a warning departs from a SHOULD, or undoes what the
    record is for; a note is worth knowing. UNJUDGED depends on the message, and UNANSWERED on an answer that did not come.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    UNJUDGED = "unjudged"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a record something stands: the record's name and text, and octets of the text."""

    name: str
    text: bytes = b""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one place; `section` is that of the RFC, such as "4.6.4"."""

    level: Level
    rfc: int
    section: str
    sentence: str
    place: Place


def violation(found: Violation, rfc: int, section: str, name: str, text: bytes) -> Finding:
    """Tell a departure from a grammar."""
    there = f"there is {found.got.decode('latin-1')!r}" if found.got else "there is nothing"
    return Finding(
        Level.ERROR,
        rfc,
        section,
        f"{found.rule}: expected is {found.expected}, and {there}",
        Place(name, text, found.start, found.end),
    )


def seam(name: str, strings: tuple[bytes, ...], rfc: int, section: str) -> list[Finding]:
    """Tell where character-strings of a record first meet without a space: there they make one word of two.

    A string that is as long as one may be was cut by its length, and nobody has forgotten a space.
    """
    text = b"".join(strings)
    at = 0
    for before, behind in itertools.pairwise(strings):
        at += len(before)
        forgotten = before and behind and len(before) < STRING_OCTETS
        if forgotten and not before.endswith(b" ") and not behind.startswith(b" "):
            end = text.find(b" ", at)
            place = Place(name, text, text.rfind(b" ", 0, at) + 1, len(text) if end < 0 else end)
            return [Finding(Level.NOTE, rfc, section, "two strings of the record meet inside this word", place)]
    return []
