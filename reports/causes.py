"""What to look at first: findings with one root cause are one thing, and so are checks that stopped for one reason.

Invariant: nothing is hidden that is not shown elsewhere. A finding is folded under a graver one only if every target it
accuses is accused by that one too, and both break the same statement of an RFC or were decided by the same line of the
same conversation. Checks that could not be judged are one thing if the same reason stopped them on the same target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.reports.findings import ADVICE, Finding, by_why, findings
from conformance.results import Result, Run
from conformance.verdicts import Outcome, Reason

MANY_STOPPED = 3
"""From how many checks on that stopped for one reason they are worth a line among the first things."""
_STOPPING = (Reason.THROTTLED, Reason.CONNECTION_LOST, Reason.SILENT, Reason.PRECONDITION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A finding and the lesser ones that it brings with it."""

    head: Finding
    folded: tuple[Finding, ...]

    @property
    def checks(self) -> int:
        """How many checks accuse, cases not counted apart."""
        return 1 + len(self.folded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What kept several checks on a target from a judgement; why is what was seen most often."""

    target: str
    reason: str
    why: str
    advice: str
    results: tuple[Result, ...]


def causes(run: Run) -> tuple[Cause, ...]:
    """Return the findings of a run, worst first, each with those that share its cause."""
    heads: list[Finding] = []
    folded: dict[str, list[Finding]] = {}
    for finding in findings(run):
        head = next((known for known in heads if _brings(known, finding)), None)
        if head is None:
            heads.append(finding)
        else:
            folded.setdefault(head.check, []).append(finding)
    return tuple(Cause(head=head, folded=tuple(folded.get(head.check, ()))) for head in heads)


def stops(run: Run) -> tuple[Stop, ...]:
    """Return what stopped many checks on one target, the most first."""
    found = [stop for target in run.targets for stop in _stops(run, target)]
    return tuple(sorted(found, key=lambda stop: -len(stop.results)))


def _brings(head: Finding, other: Finding) -> bool:
    if not set(other.targets) <= set(head.targets):
        return False
    return bool(set(head.requirements) & set(other.requirements) or _lines(head) & _lines(other))


def _lines(finding: Finding) -> set[tuple[str, int]]:
    places = [accusation.result.evidence for accusation in finding.accusations]
    return {(place.transcript, place.line) for place in places if place}


def _stops(run: Run, target: str) -> Iterator[Stop]:
    for reason in _STOPPING:
        of = [r for r in run.results if r.target == target and r.outcome is Outcome.UNCLEAR and r.reason is reason]
        if len(of) >= MANY_STOPPED:
            why = by_why(of)[0][0]
            yield Stop(target=target, reason=reason.value, why=why, advice=ADVICE[reason], results=tuple(of))
