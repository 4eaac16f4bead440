"""In what the targets of one run differ from each other, by what it means.

Invariant: only what was judged on at least two targets is called a difference; where a check could not be judged on
one of them, nobody can say, and it is counted apart. Cases of a check speak as one, the gravest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.reports.findings import shown, worst
from conformance.reports.text import natural
from conformance.requirements import Level
from conformance.results import Result, Run
from conformance.verdicts import Verdict

_JUDGED = (Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.OBSERVED)


class Parting(StrEnum):
    """What a difference means."""

    MUST = "A MUST holds on some and is broken on others"
    SHOULD = "A SHOULD is met by some and not by others"
    CHOICE = "The RFC leaves a choice, and they choose differently"
    OFFERED = "Offered by some only"
    UNKNOWN = "Nobody can say: judged on some only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One check on which targets differ; results by target, the gravest case of each."""

    parting: Parting
    name: str
    title: str
    level: Level
    rfc: int
    section: str
    results: Mapping[str, Result]


def differences(run: Run) -> tuple[Difference, ...]:
    """Return the differences of a run, what matters most first; none if it has one target."""
    grouped: dict[str, dict[str, list[Result]]] = {}
    for result in run.results:
        grouped.setdefault(result.check.partition("[")[0], {}).setdefault(result.target, []).append(result)
    folded = {name: {t: worst(tuple(of)) for t, of in targets.items()} for name, targets in grouped.items()}
    found = [_difference(name, results) for name, results in folded.items()]
    order = tuple(Parting)
    return tuple(sorted(filter(None, found), key=lambda d: (order.index(d.parting), d.rfc, natural(d.section), d.name)))


def _difference(name: str, results: Mapping[str, Result]) -> Difference | None:
    parting = _parting(tuple(results.values()))
    if parting is None:
        return None
    head = worst(tuple(results.values()))
    return Difference(
        parting=parting,
        name=name,
        title=head.title,
        level=head.level,
        rfc=head.rfc,
        section=head.section,
        results=results,
    )


def _parting(results: tuple[Result, ...]) -> Parting | None:
    verdicts = [shown(result) for result in results]
    judged = {verdict for verdict in verdicts if verdict in _JUDGED}
    if len(judged) > 1:
        return _gravest(judged)
    seen = {result.observed for result in results if shown(result) is Verdict.OBSERVED}
    if len(seen) > 1:
        return Parting.CHOICE
    if judged and Verdict.UNSUPPORTED in verdicts:
        return Parting.OFFERED
    return Parting.UNKNOWN if judged and len(set(verdicts)) > 1 else None


def _gravest(judged: set[Verdict]) -> Parting:
    if Verdict.FAIL in judged:
        return Parting.MUST
    return Parting.SHOULD if Verdict.WARN in judged else Parting.CHOICE
