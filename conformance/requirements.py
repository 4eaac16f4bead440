"""The catalogue: what the RFCs demand of a server, one requirement a line of JSON.

Invariant: an id is written out once and means the same for ever (it is appended or retired, never renumbered or
reused), because results, waivers and history are joined on it. The texts are the project's own paraphrases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

TITLES = {
    1734: "POP3 AUTHentication command",
    1939: "Post Office Protocol - Version 3",
    2449: "POP3 Extension Mechanism",
    2595: "Using TLS with IMAP, POP3 and ACAP",
    5034: "POP3 SASL Authentication Mechanism",
    8314: "Cleartext Considered Obsolete: Use of TLS",
}


class Level(StrEnum):
    """Key word of a requirement (RFC 2119), or GRAMMAR where an ABNF rule demands it."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    GRAMMAR = "GRAMMAR"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"

    @property
    def strength(self) -> int:
        """2 for MUST, MUST NOT and GRAMMAR, 1 for SHOULD and SHOULD NOT, 0 for MAY."""
        return {"MAY": 0, "SHOULD": 1, "SHOULD NOT": 1}.get(self.value, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One demand of one RFC section on a server."""

    id: str
    rfc: int
    section: str
    level: Level
    text: str
    testable: str
    how: str
    needs: tuple[str, ...] = ()
    inferred: bool = False
    unchecked: str | None = None
    retired: bool = False

    @property
    def wants_check(self) -> bool:
        """Whether a check or a reason is owed: testable "yes", stronger than MAY, not retired."""
        return self.testable == "yes" and self.level.strength > 0 and not self.retired


class CatalogueError(Exception):
    """A requirements file that cannot be read; the message names file, line and cause."""


class Catalogue:
    """All requirements of one or more RFCs, by id.

    Raises CatalogueError for an unreadable line or an id given twice.
    """

    def __init__(self, requirements: Iterable[Requirement]) -> None:
        self._by_id: dict[str, Requirement] = {}
        for requirement in requirements:
            if requirement.id in self._by_id:
                raise CatalogueError(f"requirement {requirement.id} is defined twice")
            self._by_id[requirement.id] = requirement

    @classmethod
    def load(cls, suites: Path) -> Catalogue:
        """Read every `rfc*/requirements.jsonl` below a suites folder."""
        files = sorted(suites.glob("rfc*/requirements.jsonl"))
        return cls(requirement for file in files for requirement in _read(file))

    def __getitem__(self, identifier: str) -> Requirement:
        return self._by_id[identifier]

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._by_id

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def rfcs(self) -> tuple[int, ...]:
        """RFC numbers, ascending."""
        return tuple(sorted({requirement.rfc for requirement in self}))

    def of(self, rfc: int) -> tuple[Requirement, ...]:
        """Return the requirements of one RFC in file order, retired ones left out."""
        return tuple(r for r in self if r.rfc == rfc and not r.retired)


def _read(file: Path) -> Iterator[Requirement]:
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            fields = json.loads(line)
            yield Requirement(**{**fields, "level": Level(fields["level"]), "needs": tuple(fields["needs"])})
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogueError(f"{file}:{number}: {error}") from error
