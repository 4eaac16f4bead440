"""Results of extended searches: MIN, MAX, ALL, COUNT, the saved result, and mod-sequences (RFC 4731, RFC 5182, RFC 7162).

An ESEARCH response is held against what the search must and may find (`search.Found`) and against itself: COUNT is the
number of what ALL names, MIN and MAX are its ends. Invariant: where a search leaves nothing open, exactly one set of
values passes. Numbers are sequence numbers or UIDs, as the command was SEARCH or UID SEARCH.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from conformance.models.contents import Mailbox
from conformance.models.search import Found
from conformance.models.sequence_sets import uids_named
from conformance.wire.search_program import SequenceSet, read_sequence_set

OPTIONS = (b"MIN", b"MAX", b"ALL", b"COUNT")
"""The search-return-opts of RFC 4731; RFC 5182 adds SAVE, which returns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Items of one ESEARCH response, None where an item is missing; `all` is what ALL names."""

    min: int | None
    max: int | None
    count: int | None
    all: frozenset[int] | None


def differs_from(
    given: Mapping[bytes, object], found: Found, present: Collection[int], options: Collection[bytes]
) -> str:
    """Say what is wrong with an ESEARCH response; empty if nothing is (RFC 4731 section 3.1).

    `given` are its items by upper-case name, ALL as octets; `present` are the mailbox's numbers; `options` are those
    asked for, in upper case: none of them means ALL. Items that were not asked for are the grammar's affair.
    """
    asked = frozenset(options) & frozenset(OPTIONS) or (frozenset() if b"SAVE" in options else frozenset({b"ALL"}))
    try:
        returned = _read(given, present)
    except ValueError as error:
        return str(error)
    return "; ".join([*_missing(returned, found, asked), *_wrong(returned, found), *_inconsistent(returned)])


def _read(given: Mapping[bytes, object], present: Collection[int]) -> Returned:
    low, high, count = (
        value if isinstance(value := given.get(name), int) else None for name in (b"MIN", b"MAX", b"COUNT")
    )
    text = given.get(b"ALL")
    return Returned(min=low, max=high, count=count, all=_named(text, present) if isinstance(text, bytes) else None)


def _named(text: bytes, present: Collection[int]) -> frozenset[int]:
    """Numbers that ALL names; a range of UIDs may run over gaps, a single number or an end is a message's own."""
    numbers = read_sequence_set(text)
    strange = [bound for bound in _bounds(numbers) if bound not in present]
    if strange:
        raise ValueError(f"ALL names {strange[0]}, which no message has")
    return uids_named(numbers, present)


def _bounds(numbers: SequenceSet) -> Iterator[int | str]:
    for part in numbers.parts:
        yield from part if isinstance(part, tuple) else (part,)


def _missing(returned: Returned, found: Found, asked: frozenset[bytes]) -> Iterator[str]:
    """COUNT is always there; MIN, MAX and ALL are there unless nothing was found."""
    if b"COUNT" in asked and returned.count is None:
        yield "COUNT is missing"
    items = {b"MIN": returned.min, b"MAX": returned.max, b"ALL": returned.all}
    for name in sorted(asked & items.keys()):
        if items[name] is None and (found.must or returned.count):
            yield f"{name.decode()} is missing, and messages match"


def _wrong(returned: Returned, found: Found) -> Iterator[str]:
    if returned.min is not None and (returned.min not in found.may or returned.min > min(found.must | {returned.min})):
        yield f"MIN {returned.min} is not the lowest number that matches"
    if returned.max is not None and (returned.max not in found.may or returned.max < max(found.must | {returned.max})):
        yield f"MAX {returned.max} is not the highest number that matches"
    if returned.count is not None and not len(found.must) <= returned.count <= len(found.may):
        yield f"COUNT {returned.count} is not the number of messages that match"
    if returned.all is not None and (why := found.differs_from(returned.all)):
        yield f"ALL: {why}"


def _inconsistent(returned: Returned) -> Iterator[str]:
    """Items that are about one result and contradict each other."""
    ends = [number for number in (returned.min, returned.max) if number is not None]
    if returned.count == 0 and (ends or returned.all):
        yield "COUNT is 0, and messages are named"
    if len(ends) == 2 and ends[0] > ends[1]:
        yield "MIN is higher than MAX"
    if returned.all is None:
        return
    if returned.count not in (None, len(returned.all)):
        yield f"COUNT is {returned.count}, and ALL names {len(returned.all)}"
    if any(returned.all and end not in (min(returned.all), max(returned.all)) for end in ends):
        yield "MIN and MAX are not the ends of ALL"


def saved(numbers: Collection[int], options: Collection[bytes]) -> frozenset[int]:
    """Return what SEARCH RETURN (SAVE ...) keeps as `$` of the numbers found (RFC 5182 section 2.4)."""
    asked = frozenset(options) & frozenset(OPTIONS)
    if not numbers or not asked or asked & {b"ALL", b"COUNT"}:
        return frozenset(numbers)
    ends = {b"MIN": min(numbers), b"MAX": max(numbers)}
    return frozenset(ends[name] for name in asked)


def highest_modseq(mailbox: Mailbox, numbers: Collection[int], options: Collection[bytes] = ()) -> int | None:
    """Return the mod-sequence that belongs to a result with the MODSEQ criterion (RFC 7162 section 3.1.5, RFC 4731 3.2).

    `numbers` are the sequence numbers found; None for an empty result, or where a message's mod-sequence is not known.
    """
    modseqs = [mailbox.messages[number - 1].modseq for number in saved(numbers, options)]
    known = [modseq for modseq in modseqs if modseq is not None]
    return max(known) if known and len(known) == len(modseqs) else None
