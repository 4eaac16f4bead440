"""SORT and THREAD responses (RFC 5256 section 5): numbers in an order, and trees of them.

Invariant: a tree deeper than the limit of nesting is a violation, not an exhausted stack.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire.imap import search_data
from conformance.wire.imap_lexical import nz_number
from conformance.wire.imap_registers import response
from conformance.wire.imap_structure import NESTING_LIMIT, comes, give_up, more, shuts
from conformance.wire.scanner import Scanner

response(b"SORT")(search_data)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread: messages of which each answers the one before it, and the threads that branch off behind the last."""

    numbers: tuple[int, ...]
    branches: tuple[Thread, ...] = ()


@response(b"THREAD")
def thread_data(at: Scanner) -> tuple[Thread, ...]:
    """thread-data = "THREAD" [SP 1*thread-list]: no space between lists."""
    if not more(at, b""):
        return ()
    found = _thread_lists(at, 0)
    if not found:
        at.note("thread-data", "a thread")
    return found


def _thread_lists(at: Scanner, depth: int) -> tuple[Thread, ...]:
    found = []
    while comes(at, b"("):
        found.append(thread_list(at, depth))
    return tuple(found)


def thread_list(at: Scanner, depth: int) -> Thread:
    """thread-list = "(" (thread-members / thread-nested) ")"."""
    if depth >= NESTING_LIMIT:
        give_up(at, "nesting", f"at most {NESTING_LIMIT} threads in one another")
        return Thread(())
    at.maybe(b"(")
    numbers = _thread_members(at)
    branches = _thread_nested(at, depth) if comes(at, b"(") else ()
    shuts(at, "thread-list")
    return Thread(numbers, branches)


def _thread_members(at: Scanner) -> tuple[int, ...]:
    """thread-members = nz-number *(SP nz-number) [SP thread-nested]; the cursor stops before what is nested."""
    if comes(at, b"("):
        return ()
    numbers = [nz_number(at)]
    while more(at, b")") and not comes(at, b"("):
        before = at.at
        numbers.append(nz_number(at))
        if at.at == before:
            break
    return tuple(numbers)


def _thread_nested(at: Scanner, depth: int) -> tuple[Thread, ...]:
    """thread-nested = 2*thread-list."""
    start = at.at
    found = _thread_lists(at, depth + 1)
    if len(found) < 2 and at.at < at.end:
        at.note("thread-nested", "two threads at least", start, at.at)
    return found
