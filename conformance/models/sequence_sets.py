"""Which messages a sequence set names (RFC 3501 sections 6.4.8 and 9, `seq-number`, `seq-range`, `sequence-set`).

Invariant: a range means the same from either end, `*` is the largest number in use, and naming a message twice names it
once. Sequence numbers above the number of messages are an error that a server should answer with BAD; unique
identifiers that nobody has are none. `$` is the result that an earlier search saved (RFC 5182), by UID.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from conformance.wire.search_program import Bound, Part, SequenceSet


def messages_named(numbers: SequenceSet, exists: int) -> frozenset[int]:
    """Return the sequence numbers that a set names where `exists` messages are; numbers beyond them are left out."""
    return frozenset(range(1, exists + 1)) & frozenset(_covered(numbers, range(1, exists + 1), exists))


def uids_named(uids: SequenceSet, present: Collection[int], uidnext: int = 1) -> frozenset[int]:
    """Return which of the present UIDs a set names; in an empty mailbox `*` is UIDNEXT (RFC 3501 `seq-number`)."""
    return frozenset(_covered(uids, present, max(present, default=uidnext)))


def saved_named(numbers: SequenceSet) -> bool:
    """Whether a set is the saved result `$` (RFC 5182 section 2.1)."""
    return numbers.parts == ("$",)


def beyond(numbers: SequenceSet, exists: int) -> bool:
    """Whether a set of sequence numbers names one that no message has, so that BAD is the answer to expect.

    That includes `*` in an empty mailbox (RFC 3501 `seq-number`).
    """
    bounds = [bound for part in numbers.parts for bound in _bounds(part, exists)]
    return any(not 1 <= bound <= exists for bound in bounds)


def coalesced(numbers: Iterable[int]) -> SequenceSet:
    """Return the shortest ascending set of these numbers; raises ValueError if there are none."""
    parts: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    if not parts:
        raise ValueError("no numbers: a sequence-set has at least one")
    return SequenceSet(tuple(first if first == last else (first, last) for first, last in parts))


def _bounds(part: Part, largest: int) -> tuple[int, ...]:
    if part == "$":
        return ()
    ends = part if isinstance(part, tuple) else (part,)
    return tuple(_value(end, largest) for end in ends)


def _value(bound: Bound | str, largest: int) -> int:
    return largest if isinstance(bound, str) else bound


def _covered(numbers: SequenceSet, candidates: Iterable[int], largest: int) -> list[int]:
    ranges = [bounds for part in numbers.parts if (bounds := _bounds(part, largest))]
    return [number for number in candidates if any(min(ends) <= number <= max(ends) for ends in ranges)]
