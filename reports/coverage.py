"""Coverage: which requirements of the catalogue a check can decide, and why the others have none.

Invariant: the MUST and SHOULD columns count what an RFC states; what the catalogue merely infers stands in the first
columns only, so that these numbers and the words of the matrix speak of the same statements. A requirement counts as
testable if the catalogue says yes, or if a check proves it so.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass

from tabulate import tabulate

from conformance.reports.text import visible, wrapped
from conformance.requirements import TITLES, Catalogue, Requirement

NO_REASON = "no check and no reason given"
_TITLE_WIDTH = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Counts of the requirements of one RFC; proven counts those with a check that was seen to fail where it must."""

    rfc: int
    title: str
    requirements: int
    testable: int
    checked: int
    must_testable: int
    must_checked: int
    should_testable: int
    should_checked: int
    proven: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Untested:
    """A testable MUST, MUST NOT or GRAMMAR requirement without a check, and the reason."""

    id: str
    rfc: int
    section: str
    level: str
    text: str
    inferred: bool
    reason: str


def rows(
    catalogue: Catalogue, checked: Mapping[str, tuple[str, ...]], proven: Collection[str], rfcs: Iterable[int] = ()
) -> tuple[Row, ...]:
    """Count per RFC; checked maps requirement ids to check ids, proven holds check ids, no rfcs means all."""
    return tuple(_row(rfc, catalogue.of(rfc), checked, proven) for rfc in rfcs or catalogue.rfcs)


def untested(
    catalogue: Catalogue, checked: Mapping[str, tuple[str, ...]], rfcs: Iterable[int] = ()
) -> tuple[Untested, ...]:
    """Return every testable MUST, MUST NOT and GRAMMAR requirement that has no check."""
    wanted = [r for rfc in rfcs or catalogue.rfcs for r in catalogue.of(rfc)]
    return tuple(_untested(r) for r in wanted if r.wants_check and r.level.strength == 2 and not checked.get(r.id))


def why_untested(requirement: Requirement, checked: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return why no check proves a requirement; None if one does."""
    return None if checked.get(requirement.id) else requirement.unchecked or NO_REASON


def render(counted: Iterable[Row]) -> str:
    """Write the counts as a table for a terminal of 80 columns."""
    headers = ["RFC", "Title", "All", "Testable", "Checked", "Proven", "MUST", "SHOULD"]
    table = [
        [r.rfc, wrapped(visible(r.title), _TITLE_WIDTH), r.requirements, r.testable, r.checked, r.proven,
         f"{r.must_checked}/{r.must_testable}", f"{r.should_checked}/{r.should_testable}"]
        for r in counted
    ]  # fmt: skip
    align = ("left", "left", "right", "right", "right", "right", "right", "right")
    return tabulate(table, headers=headers, tablefmt="simple", colalign=align if table else None)


def render_json(counted: Iterable[Row]) -> str:
    """Write the counts for other programs: a list with one object an RFC (schema `coverage`)."""
    return json.dumps([asdict(row) for row in counted], indent=2)


def render_untested(missing: Iterable[Untested]) -> str:
    """Write what has no check, one requirement a paragraph: id, level, text, reason."""
    return "\n".join(f"{_heading(entry)}\n{_body(entry)}" for entry in missing) or "Every testable MUST has a check."


def render_untested_json(missing: Iterable[Untested]) -> str:
    """Write what has no check for other programs: a list with one object a requirement."""
    return json.dumps([asdict(entry) for entry in missing], indent=2)


def _row(
    rfc: int, requirements: tuple[Requirement, ...], checked: Mapping[str, tuple[str, ...]], proven: Collection[str]
) -> Row:
    testable = [r for r in requirements if r.testable == "yes" or checked.get(r.id)]
    must = [r for r in testable if r.level.strength == 2 and not r.inferred]
    should = [r for r in testable if r.level.strength == 1 and not r.inferred]
    return Row(
        rfc=rfc,
        title=TITLES.get(rfc, ""),
        requirements=len(requirements),
        testable=len(testable),
        checked=sum(bool(checked.get(r.id)) for r in testable),
        must_testable=len(must),
        must_checked=sum(bool(checked.get(r.id)) for r in must),
        should_testable=len(should),
        should_checked=sum(bool(checked.get(r.id)) for r in should),
        proven=sum(any(check in proven for check in checked.get(r.id, ())) for r in testable),
    )


def _untested(requirement: Requirement) -> Untested:
    return Untested(
        id=requirement.id,
        rfc=requirement.rfc,
        section=requirement.section,
        level=requirement.level.value,
        text=requirement.text,
        inferred=requirement.inferred,
        reason=requirement.unchecked or NO_REASON,
    )


def _heading(entry: Untested) -> str:
    return f"{entry.id}  {entry.level}{' (inferred)' if entry.inferred else ''}"


def _body(entry: Untested) -> str:
    text, reason = visible(entry.text), visible(entry.reason)
    return f"  {wrapped(text, 76, '  ')}\n  {wrapped('Why not: ' + reason, 76, '  ')}"
