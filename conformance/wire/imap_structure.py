"""What holds IMAP's words together: single spaces, parentheses, and the way back after something else.

Invariant: every loop steps forward or ends, and what is skipped after a violation is skipped once, so that reading
takes linear time. An octet is accused once: what fails behind a violation without any step forward is its consequence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from conformance.wire.scanner import Scanner

T = TypeVar("T")

NESTING_LIMIT = 100
# values of no known rule may stand inside the deepest body: both together must fit the interpreter's stack
VALUE_NESTING_LIMIT = 30

_BLANKS = re.compile(rb"[ \t]+")
_LIST = re.compile(rb"[ \t]*\(")
_LITERAL = re.compile(rb"~?\{([0-9]+)\+?\}\r?\n")
_TOKEN = re.compile(rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"?|[^ ()\]\t\r\n"]+|[\]\r\n]')


class Reading(Scanner):
    """A cursor that accuses each place once."""

    __slots__ = ("accused",)

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.accused = -1

    def note(self, rule: str, expected: str, start: int | None = None, end: int | None = None) -> None:
        """Record a violation, unless one stands at this place already."""
        place = self.at if start is None else start
        if place != self.accused:
            self.accused = place
            super().note(rule, expected, place, end)


def comes(at: Scanner, octets: bytes) -> bool:
    """Whether these octets come next."""
    return at.raw.startswith(octets, at.at, at.end)


def list_comes(at: Scanner) -> bool:
    """Whether a parenthesis comes next, behind blanks or none."""
    return _LIST.match(at.raw, at.at, at.end) is not None


def closes(at: Scanner, closers: bytes = b")]") -> bool:
    """Whether the line or the parenthesis ends here."""
    return at.at >= at.end or at.raw[at.at] in closers


def give_up(at: Scanner, rule: str, expected: str) -> None:
    """Record a violation behind which nothing can be read: the rest of the message is left out."""
    at.note(rule, expected)
    at.end = at.at


def sp(at: Scanner) -> bool:
    """SP: exactly one space; other blanks are stepped over."""
    start = at.at
    blanks = at.take_maybe(_BLANKS)
    if not blanks:
        at.note("SP", "one space")
    elif blanks != b" ":
        at.note("SP", "one space", start, at.at)
    return bool(blanks)


def more(at: Scanner, closers: bytes = b")]") -> bool:
    """Whether SP and another item come; blanks before the end are a violation."""
    start = at.at
    blanks = at.take_maybe(_BLANKS)
    if closes(at, closers):
        if blanks:
            at.note("SP", "no space before the end", start, at.at)
        return False
    if blanks != b" ":
        at.note("SP", "one space", start, at.at if blanks else None)
    return True


def each(at: Scanner, item: Callable[[Scanner], T], closers: bytes = b")]") -> tuple[T, ...]:
    """*(SP item) up to the end of the line or list."""
    found = []
    while more(at, closers):
        before = at.at
        found.append(item(at))
        if at.at == before:
            break
    return tuple(found)


def parenthesised(
    at: Scanner, item: Callable[[Scanner], T], rule: str, *, least: int = 0, closers: bytes = b")"
) -> tuple[T, ...]:
    """Read "(" [item *(SP item)] ")"; least says how many items the rule wants. Without parentheses one item is read."""
    if not at.maybe(b"("):
        at.note(rule, "a parenthesis")
        return (item(at),)
    start = at.at
    if at.take_maybe(_BLANKS):
        at.note("SP", "no space behind the parenthesis", start, at.at)
    found: tuple[T, ...] = ()
    if not closes(at, closers):
        found = (item(at), *each(at, item, closers))
    if len(found) < least:
        at.note(rule, f"at least {least} in the parentheses")
    shuts(at, rule)
    return found


def opens(at: Scanner, rule: str) -> bool:
    """Step over "("; something else in its place is a violation, and is stepped over as a whole."""
    if at.maybe(b"("):
        return True
    at.note(rule, "a parenthesis")
    skip_value(at)
    return False


def shuts(at: Scanner, rule: str) -> None:
    """Step over ")"; something else is a violation, and is stepped over up to the parenthesis."""
    if at.maybe(b")"):
        return
    at.note(rule, "a closing parenthesis")
    start = at.at
    while at.at < at.end and not comes(at, b")"):
        skip_value(at)
        at.take_maybe(_BLANKS)
    if not at.maybe(b")"):
        at.at = at.end = start


def skip_value(at: Scanner) -> None:
    """Step over one word, string or whole list, whatever it holds."""
    depth = 0
    while at.at < at.end and not (depth == 0 and at.raw[at.at] in b") \t"):
        depth += _skip_token(at)
        if depth == 0:
            return


def _skip_token(at: Scanner) -> int:
    """Step over a parenthesis, blanks, a string or a word; return by how much that changes the depth."""
    if at.maybe(b"("):
        return 1
    if at.maybe(b")"):
        return -1
    literal = _LITERAL.match(at.raw, at.at, at.end)
    if literal:
        at.at = min(at.end, literal.end() + int(literal[1][:20]))
    elif not at.take_maybe(_BLANKS):
        at.take_maybe(_TOKEN)
    return 0
