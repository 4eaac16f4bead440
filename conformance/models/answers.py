"""What the DNS answers: the outcome of one question, and a resolver that answers from a zone instead of from the net."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.vectors import Record, Zone

CHAIN_LIMIT = 8
"""Aliases that are followed; a chain that is longer, or a loop, is a failure."""


class Outcome(StrEnum):
    """How a question ended: ANSWERED with RCODE 0 and any number of records, NO_SUCH_NAME with RCODE 3.

    FAILED is every other RCODE, and silence.
    """

    ANSWERED = "answered"
    NO_SUCH_NAME = "no such name"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question: the values of the records of the type asked for, as in `vectors.Record`."""

    outcome: Outcome
    values: tuple[Any, ...] = ()

    @property
    def void(self) -> bool:
        """Whether it is a void lookup (RFC 7208 section 4.6.4)."""
        return self.outcome is not Outcome.FAILED and not self.values


Lookup = Callable[[str, str], Answer]
"""Asks for a name, without the last dot, and a type, such as A."""


def resolver(zone: Zone) -> Lookup:
    """Return a lookup that answers from a zone, through its aliases."""
    names = {name.lower(): entries for name, entries in zone.items()}
    within = {name[at + 1 :] for name in names for at, letter in enumerate(name) if letter == "."}

    def lookup(name: str, kind: str) -> Answer:
        asked = name.lower().removesuffix(".")
        for _ in range(CHAIN_LIMIT):
            if asked not in names:
                # a name that only has others below it exists, and has no records (RFC 8020)
                return Answer(Outcome.ANSWERED if asked in within else Outcome.NO_SUCH_NAME)
            records = [entry for entry in names[asked] if isinstance(entry, Record)]
            found = tuple(record.value for record in records if record.type == kind)
            alias = next((record.value for record in records if record.type == "CNAME"), None)
            if found or alias is None:
                troubled = not found and len(records) < len(names[asked])
                return Answer(Outcome.FAILED if troubled else Outcome.ANSWERED, found)
            asked = alias.lower().removesuffix(".")
        return Answer(Outcome.FAILED)

    return lookup
