"""Checks of SPF as tables of test vectors: what a scenario publishes, who asks, and the results that are right.

`@judged(ROWS..., by=NAMES)` gives a check one case for each vector of these names, from the files in `vectors` beside
the check, and each case a lie of its own: the verifier says what no reading of the record allows. `right`, `explained`
and `unexplained` are what such checks do.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conformance import vectors
from conformance.dial_spf import SpfDial
from conformance.faults import Fault, alter, misjudge
from conformance.outcomes import NotSupported
from conformance.verifiers import Opinion, Query

F = TypeVar("F", bound=Callable[..., Any])
TELLING = 8
"""Characters of a text that do not stand in an explanation by accident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """A case and the zone that it is asked in."""

    zone: vectors.Zone
    case: vectors.Case

    @property
    def query(self) -> Query:
        """What the verifier is asked."""
        return Query(ip=self.case.host, helo=self.case.helo, mail_from=self.case.mailfrom)

    @property
    def lie(self) -> Fault:
        """A verifier that says what is not right here: pass, or fail where pass is right, or none where both are."""
        return misjudge(next(word for word in ("pass", "fail", "none") if word not in self.case.results))


def of_files(files: Iterable[Path]) -> dict[str, Vector]:
    """Read vectors by name; raises vectors.VectorError, also if two have one name."""
    found: dict[str, Vector] = {}
    for file in files:
        for scenario in vectors.load(file):
            for case in scenario.cases:
                if case.name in found:
                    raise vectors.VectorError(f"{file}: two cases are called {case.name!r}")
                found[case.name] = Vector(zone=scenario.zone, case=case)
    return found


@functools.cache
def of_folder(folder: Path) -> Mapping[str, Vector]:
    """Read the vectors of one suite; raises vectors.VectorError."""
    return of_files(sorted(folder.glob("*.yml")))


def _lie(vector: Vector) -> Fault:
    return vector.lie


def judged(*requirements: str, by: Iterable[str], refuted_by: Callable[[Vector], Fault] = _lie) -> Callable[[F], F]:
    """Make a check of vectors, which takes `vector`: the requirements they prove, and their names."""

    def with_cases(check: F) -> F:
        known = of_folder(Path(check.__code__.co_filename).parent / "vectors")
        missing = [name for name in by if name not in known]
        if missing:
            raise vectors.VectorError(f"{check.__name__}: no vector of this suite is called {missing[0]!r}")
        cases = [
            pytest.param(
                known[name], id=name, marks=pytest.mark.verifies(*requirements, refuted_by=refuted_by(known[name]))
            )
            for name in by
        ]
        marked: F = pytest.mark.parametrize("vector", cases)(check)
        return marked

    return with_cases


def right(spf: SpfDial, vector: Vector) -> Opinion:
    """Return what the verifier says of a vector; that the result is one of those that are right is asserted."""
    said = spf.verdict(vector.zone, vector.query)
    if said.result not in vector.case.results:
        raise AssertionError(f"{said.result}, where {' or '.join(vector.case.results)} is right")
    return said


# Explanations (RFC 7208 section 6.2)


def another_text(vector: Vector) -> Fault:
    """A verifier that explains a fail by words that nobody has published."""
    del vector
    return alter(rb".+", b"Nobody has said this.")


def every_text(vector: Vector) -> Fault:
    """A verifier that explains a fail by all texts that are published."""
    return alter(rb".*", "; ".join(_texts(vector)).encode().replace(b"\\", b"\\\\"))


def explained(spf: SpfDial, vector: Vector) -> None:
    """Assert that the verifier's explanation has the text that is right; NotSupported if no way shows explanations.

    White space may have been added where a text was folded, and hexadecimal digits have either letter case.
    """
    said = _explanation(spf, vector)
    if _plain(vector.case.explanation or "") not in _plain(said):
        raise AssertionError(f"explained by {said!r}, not {vector.case.explanation!r}")


def unexplained(spf: SpfDial, vector: Vector) -> None:
    """Assert that no published text is in the verifier's explanation; NotSupported if no way shows explanations."""
    said = _explanation(spf, vector)
    shown = [text for text in _texts(vector) if _plain(text) in _plain(said)]
    if shown:
        raise AssertionError(f"explained by {shown[0]!r}")


def _explanation(spf: SpfDial, vector: Vector) -> str:
    if not spf.explains:
        raise NotSupported("no way to the verifier shows the explanation of a fail")
    said = spf.verdict(vector.zone, vector.query)
    if said.result != "fail":
        raise NotSupported(f"the result is {said.result}, which has no explanation")
    return said.explanation


def _plain(text: str) -> str:
    return "".join(text.lower().split())


def _texts(vector: Vector) -> list[str]:
    """The texts of the zone that are no SPF records, up to their first macro, if they are long enough to be known again."""
    texts = [
        re.split(rb"%|[^ -~]", b"".join(entry.value))[0].decode().strip()
        for entries in vector.zone.values()
        for entry in entries
        if isinstance(entry, vectors.Record) and entry.type == "TXT"
    ]
    return sorted({text for text in texts if len(text) >= TELLING and not text.lower().startswith("v=spf1")})
