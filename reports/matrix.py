"""The matrix: what a run says of each RFC and target, in the words of RFC 1122 section 1.3.2.

Invariant: the words are about statements of an RFC, not about checks, and only as far as tested. A statement that
was not run or could not be judged blocks every good word; a statement merely inferred from the RFC changes none; a
waived failure is a failure here. There is no score and no percentage: every count stands beside its denominator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from tabulate import tabulate

from conformance.reports.findings import Finding, findings, shown
from conformance.reports.text import natural, visible, wrapped
from conformance.requirements import TITLES, Level
from conformance.results import Result, Run
from conformance.verdicts import MARKS, Outcome

__all__ = ["Finding", "Fold", "Section", "Tally", "Word", "findings", "fold", "grid", "sections"]

INTERRUPTED = "This run was interrupted: it has no footer. Shown is what it had found."
MEANINGS = {
    "✔": "holds",
    "✘": "MUST broken",
    "▲": "SHOULD not met",
    "●": "observed",
    "?": "could not judge",
    "!": "harness error",
    "–": "not offered",  # noqa: RUF001 - the mark of the design
}
_WORST_FIRST = (Outcome.BROKEN, Outcome.CRASHED, Outcome.UNCLEAR, Outcome.HELD, Outcome.ABSENT)
_CELL_WIDTH = 18
_TARGETS_ABREAST = 3


class Word(StrEnum):
    """What is said of an RFC on a target (RFC 1122 section 1.3.2, and two words for what cannot be said)."""

    NOT_COMPLIANT = "not compliant"
    CONDITIONALLY = "conditionally compliant"
    UNCONDITIONALLY = "unconditionally compliant"
    UNJUDGED = "unjudged"
    NOT_OFFERED = "not offered"

    @property
    def mark(self) -> str:
        """One character that says the same without colour."""
        return _WORD_MARKS[self]


_WORD_MARKS = {
    Word.NOT_COMPLIANT: "✘",
    Word.CONDITIONALLY: "▲",
    Word.UNCONDITIONALLY: "✔",
    Word.UNJUDGED: "?",
    Word.NOT_OFFERED: "–",  # noqa: RUF001 - the mark of the design
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many statements held, of how many judged, applied (judged or not) and left out of the run."""

    held: int
    judged: int
    applied: int
    not_run: int

    @property
    def unjudged(self) -> int:
        """Statements that apply and of which nothing can be said."""
        return self.applied - self.judged + self.not_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One RFC on one target; must and should count what the RFC states, the other counts include what is inferred."""

    rfc: int
    title: str
    target: str
    word: Word
    must: Tally
    should: Tally
    inconclusive: int
    unsupported: int
    errors: int
    waived: int
    must_testable: int
    must_checked: int

    @property
    def sentence(self) -> str:
        """How far the word reaches; the first two numbers count the MUST statements that can be tested from outside."""
        scope = f"{self.must_checked} of {self.must_testable} MUST statements have a check; "
        return f"{scope}{self.must.applied} applied; {self.must.judged} judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of one RFC: how many checks it has, and per target one mark a result."""

    rfc: int
    section: str
    checks: int
    marks: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """One requirement on one target, folded over all results that speak of it."""

    level: Level
    inferred: bool
    outcome: Outcome
    waived: bool


def title_of(run: Run, rfc: int) -> str:
    """Return the title of an RFC as the run's header gives it, else as the catalogue knows it."""
    return str(_coverage(run, rfc).get("title") or TITLES.get(rfc, ""))


def fold(run: Run) -> tuple[Fold, ...]:
    """Fold a run per RFC (ascending) and target (in the order of the header)."""
    grouped = _results_by_statement(run)
    rfcs = sorted({rfc for rfc, _, _ in grouped})
    return tuple(_fold(run, rfc, target, grouped) for rfc in rfcs for target in run.targets)


def not_run(run: Run) -> tuple[int, ...]:
    """Return the RFCs that have checks of which the run holds no result, ascending."""
    seen = {entry.rfc for entry in fold(run)}
    covered = {row["rfc"] for row in run.header.get("coverage", ()) if row["checked"]}
    return tuple(sorted(covered - seen))


def unreached(run: Run) -> tuple[tuple[str, str], ...]:
    """Return the targets of which the run holds no result, each with the trouble the run had with it."""
    seen = {result.target for result in run.results}
    absent = [fields for fields in run.header["targets"] if fields["name"] not in seen]
    return tuple((fields["name"], str(fields.get("trouble") or "no check ran")) for fields in absent)


def sections(run: Run) -> tuple[Section, ...]:
    """Return the marks of every section with a result, in the order of the RFCs' numbers and sections."""
    keys = {(result.rfc, result.section) for result in run.results}
    return tuple(_section(run, rfc, section) for rfc, section in sorted(keys, key=lambda k: (k[0], natural(k[1]))))


def grid(run: Run) -> str:
    """Write the matrix for a terminal of 80 columns; more than three targets stand in several tables."""
    entries = fold(run)
    groups = _abreast(run.targets)
    tables = [_table([entry for entry in entries if entry.target in group], group) for group in groups]
    return "\n\n".join([*([INTERRUPTED] if run.interrupted else []), *tables])


def counts(entry: Fold) -> tuple[str, ...]:
    """Return the counts of a fold as short phrases: MUST and SHOULD held of judged, then what is not judged."""
    levels = [f"{name} {tally.held}/{tally.judged}" for name, tally in _levels(entry) if tally.applied]
    rest = {"?": entry.inconclusive, "!": entry.errors, "–": entry.unsupported}  # noqa: RUF001 - the mark of the design
    marks = "  ".join(f"{mark} {number}" for mark, number in rest.items() if number)
    missing = entry.must.not_run + entry.should.not_run
    return tuple(filter(None, [*levels, marks, f"{missing} not run" if missing else ""]))


def legend(width: int = 80) -> str:
    """Explain every mark of the matrix, in lines of a width in characters."""
    phrases = "  ".join(f"{mark} {meaning}".replace(" ", "\N{NO-BREAK SPACE}") for mark, meaning in MEANINGS.items())
    return wrapped(phrases, width).replace("\N{NO-BREAK SPACE}", " ")


def _coverage(run: Run, rfc: int) -> Mapping[str, Any]:
    return next((row for row in run.header.get("coverage", ()) if row["rfc"] == rfc), {})


def _results_by_statement(run: Run) -> dict[tuple[int, str, str], list[Result]]:
    grouped: dict[tuple[int, str, str], list[Result]] = {}
    for result in run.results:
        for identifier in result.requirements:
            rfc = run.header.get("requirements", {}).get(identifier, {}).get("rfc", result.rfc)
            grouped.setdefault((rfc, result.target, identifier), []).append(result)
    return grouped


def _statement(run: Run, identifier: str, results: list[Result]) -> _Statement:
    speaking = min(results, key=lambda result: _WORST_FIRST.index(result.outcome))
    known = run.header.get("requirements", {}).get(identifier)
    broken = [result for result in results if result.outcome is Outcome.BROKEN]
    return _Statement(
        level=Level(known["level"]) if known else speaking.level,
        inferred=known["inferred"] if known else speaking.inferred,
        outcome=speaking.outcome,
        waived=bool(broken) and all(result.waiver is not None for result in broken),
    )


def _fold(run: Run, rfc: int, target: str, grouped: Mapping[tuple[int, str, str], list[Result]]) -> Fold:
    statements = [_statement(run, key[2], results) for key, results in grouped.items() if key[:2] == (rfc, target)]
    coverage = _coverage(run, rfc)
    must = _tally(statements, 2, coverage.get("must_checked", 0))
    should = _tally(statements, 1, coverage.get("should_checked", 0))
    outcomes = [statement.outcome for statement in statements]
    return Fold(
        rfc=rfc,
        title=title_of(run, rfc),
        target=target,
        word=_word(must, should, run.interrupted, Outcome.ABSENT in outcomes),
        must=must,
        should=should,
        inconclusive=outcomes.count(Outcome.UNCLEAR),
        unsupported=outcomes.count(Outcome.ABSENT),
        errors=outcomes.count(Outcome.CRASHED),
        waived=sum(statement.waived for statement in statements),
        must_testable=coverage.get("must_testable", 0),
        must_checked=coverage.get("must_checked", 0),
    )


def _tally(statements: Iterable[_Statement], strength: int, checked: int) -> Tally:
    outcomes = [s.outcome for s in statements if s.level.strength == strength and not s.inferred]
    held, broken = outcomes.count(Outcome.HELD), outcomes.count(Outcome.BROKEN)
    applied = len(outcomes) - outcomes.count(Outcome.ABSENT)
    return Tally(held=held, judged=held + broken, applied=applied, not_run=max(checked - len(outcomes), 0))


def _word(must: Tally, should: Tally, interrupted: bool, absent: bool) -> Word:
    if must.held < must.judged:
        return Word.NOT_COMPLIANT
    if must.unjudged or interrupted:
        return Word.UNJUDGED
    if not must.applied and not should.applied:
        return Word.NOT_OFFERED if absent and not should.not_run else Word.UNJUDGED
    if should.held < should.judged or should.unjudged:
        return Word.CONDITIONALLY
    return Word.UNCONDITIONALLY


def _section(run: Run, rfc: int, section: str) -> Section:
    results = [result for result in run.results if (result.rfc, result.section) == (rfc, section)]
    marks = {name: "".join(MARKS[shown(r)] for r in results if r.target == name) for name in run.targets}
    return Section(rfc=rfc, section=section, checks=len({result.check for result in results}), marks=marks)


def _levels(entry: Fold) -> tuple[tuple[str, Tally], tuple[str, Tally]]:
    return ("MUST", entry.must), ("SHOULD", entry.should)


def _abreast(targets: tuple[str, ...]) -> list[tuple[str, ...]]:
    tables = max(-(-len(targets) // _TARGETS_ABREAST), 1)
    edges = [round(len(targets) * number / tables) for number in range(tables + 1)]
    return [targets[start:end] for start, end in pairwise(edges)]


def _table(entries: list[Fold], group: tuple[str, ...]) -> str:
    rfcs = {entry.rfc: entry.title for entry in entries}
    cells = {(entry.rfc, entry.target): _cell(entry) for entry in entries}
    rows = [[_heading(rfc, title), *(cells[rfc, name] for name in group)] for rfc, title in rfcs.items()]
    names = [wrapped(visible(name), _CELL_WIDTH) for name in group]
    text = tabulate(rows, headers=["", *names], tablefmt="simple", disable_numparse=True, preserve_whitespace=True)
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def _heading(rfc: int, title: str) -> str:
    return f"RFC {rfc}\n{wrapped(visible(title), _CELL_WIDTH)}\n "


def _cell(entry: Fold) -> str:
    word = wrapped(f"{entry.word.mark} {entry.word.value}", _CELL_WIDTH, "  ")
    return "\n".join([word, *(f"  {count}" for count in counts(entry)), " "])
