"""A cursor over one message that records what is wrong instead of raising.

Invariant: reading never raises at the peer and never repairs in silence: whatever departs from an ABNF rule becomes a
Violation with the rule's name and the octets' place, and reading goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

SHOWN_OCTETS = 80
VIOLATION_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Violation:
    """A departure from a grammar: rule is an ABNF name or a named quirk; start and end are octets of the message."""

    rule: str
    start: int
    end: int
    expected: str
    got: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One framed unit of a peer's octets; start counts from the beginning of its side of the connection."""

    raw: bytes
    start: int


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """What a grammar made of a message: the value, and every violation met on the way."""

    message: Message
    value: T
    violations: tuple[Violation, ...]


class Scanner:
    """Reads one message from left to right; `at` is the next octet, `end` the last one's successor."""

    __slots__ = ("at", "end", "raw", "violations")

    def __init__(self, raw: bytes, at: int = 0, end: int | None = None) -> None:
        self.raw = raw
        self.at = at
        self.end = len(raw) if end is None else end
        self.violations: list[Violation] = []

    def note(self, rule: str, expected: str, start: int | None = None, end: int | None = None) -> None:
        """Record a violation at the given octets, by default at the cursor up to the end.

        Of one message a hundred are kept: more tell nothing new, and a peer could fill the memory with them.
        """
        first = self.at if start is None else start
        last = self.end if end is None else end
        if len(self.violations) < VIOLATION_LIMIT:
            got = self.raw[first : min(last, first + SHOWN_OCTETS)]
            self.violations.append(Violation(rule, first, last, expected, got))

    def maybe(self, octets: bytes) -> bool:
        """Step over these octets if they come next."""
        if not self.raw.startswith(octets, self.at, self.end):
            return False
        self.at += len(octets)
        return True

    def expect(self, octets: bytes, rule: str) -> bool:
        """Step over these octets, or record a violation and stay."""
        found = self.maybe(octets)
        if not found:
            self.note(rule, repr(octets)[1:])
        return found

    def take(self, pattern: re.Pattern[bytes], rule: str, expected: str) -> bytes:
        """Return what the pattern matches here, or record a violation and return nothing."""
        match = pattern.match(self.raw, self.at, self.end)
        if match is None:
            self.note(rule, expected)
            return b""
        self.at = match.end()
        return match[0]

    def take_maybe(self, pattern: re.Pattern[bytes]) -> bytes:
        """Return what the pattern matches here, or nothing."""
        match = pattern.match(self.raw, self.at, self.end)
        if match is None:
            return b""
        self.at = match.end()
        return match[0]

    def rest(self) -> bytes:
        """Return everything up to the end and step there."""
        start, self.at = self.at, self.end
        return self.raw[start : self.end]

    def finish(self, rule: str, expected: str) -> None:
        """Record a violation if anything is left."""
        if self.at < self.end:
            self.note(rule, expected)
            self.at = self.end


def read_line_end(at: Scanner) -> None:
    """CRLF (RFC 5234 appendix B.1): put the end before it; a bare LF or no line end at all is a violation."""
    raw = at.raw
    if raw.endswith(b"\r\n"):
        at.end = len(raw) - 2
    elif raw.endswith(b"\n"):
        at.end = len(raw) - 1
        at.note("CRLF", "CRLF, not a bare LF", at.end, len(raw))
    else:
        at.note("CRLF", "CRLF", at.end, len(raw))


def parse(message: Message, rule: Callable[[Scanner], T]) -> Parsed[T]:
    """Apply a rule to a whole line."""
    at = Scanner(message.raw)
    read_line_end(at)
    value = rule(at)
    return Parsed(message, value, tuple(at.violations))
