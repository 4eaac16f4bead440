"""What a reader should look at first, and what could not be judged.

Invariant: a finding is one check, folded over its cases and the targets it hit, with the line of the conversation that decided. What
an RFC does not state but the catalogue infers from it is never shown as more than a warning. Neither is anything the
harness could not judge: that has a list of its own, with what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from conformance.reports import baseline, evidence
from conformance.reports.text import Spoken, natural
from conformance.requirements import Level
from conformance.results import Result, Run
from conformance.verdicts import Outcome, Reason, Verdict

ADVICE = {
    Reason.THROTTLED: "The server limits connections or logins. Slow down: conn_rate, max_conns or login_delay under [limits] in the target file, or exempt the tester's address on the server.",
    Reason.SILENT: "No reply came in time. Raise patience in the target file, or look why the server takes so long.",
    Reason.CONNECTION_LOST: "The connection ended before the point in question. The server's log at that moment says more; run the check again alone.",
    Reason.PRECONDITION: "A step before the one in question was refused, so the question could not be put. The marked line shows the refusal.",
    Reason.NOT_SET_UP: "The target file does not offer what the check needs. Each entry says what to add.",
    Reason.AMBIGUOUS: "The reply can be read in two ways. Read the conversation before drawing a conclusion.",
    Reason.FLAKY: "Repeated attempts gave different answers. Run the check again alone, on a quiet server.",
}
ERROR_ADVICE = "The harness failed, not the server. Please report it with this run folder."
_RANK = {
    Verdict.FAIL: 0, Verdict.ERROR: 1, Verdict.WARN: 2, Verdict.INCONCLUSIVE: 3,
    Verdict.OBSERVED: 4, Verdict.PASS: 5, Verdict.UNSUPPORTED: 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Accusation:
    """A result that accuses its target, and the transcript line that decided (None if it was not kept).

    Known is what the baseline of the run has too.
    """

    result: Result
    line: Spoken | None
    known: bool = False

    @property
    def where(self) -> str:
        """The target, and the case of a check that has several: `alder [1x]`."""
        _, bracket, case = self.result.check.partition("[")
        return f"{self.result.target} {bracket}{case}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check, with all its cases, that at least one target does not pass; check names the gravest case."""

    check: str
    title: str
    verdict: Verdict
    level: Level
    inferred: bool
    rfc: int
    section: str
    requirements: tuple[str, ...]
    accusations: tuple[Accusation, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets it hit, each once."""
        return tuple(dict.fromkeys(accusation.result.target for accusation in self.accusations))

    @property
    def cases(self) -> int:
        """How many cases of the check accuse."""
        return len({accusation.result.check for accusation in self.accusations})

    @property
    def name(self) -> str:
        """The id of the check, without a case if several accuse."""
        return self.check.partition("[")[0] if self.cases > 1 else self.check

    @property
    def alike(self) -> tuple[tuple[Accusation, ...], ...]:
        """The accusations in groups of the same observation and waiver."""
        groups: dict[tuple[str, str | None], list[Accusation]] = {}
        for accusation in self.accusations:
            groups.setdefault((accusation.result.observed, accusation.result.waiver), []).append(accusation)
        return tuple(map(tuple, groups.values()))

    @property
    def waived(self) -> bool:
        """Whether every accusation is a deviation known and waived."""
        return all(accusation.result.waiver is not None for accusation in self.accusations)

    @property
    def known(self) -> bool:
        """Whether the baseline has every accusation too."""
        return all(accusation.known for accusation in self.accusations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """Results that say nothing of the server, for one reason, and what to do about it."""

    reason: str
    advice: str
    results: tuple[Result, ...]


def shown(result: Result) -> Verdict:
    """Return the verdict as a report shows it: what is only inferred from an RFC warns, it never fails."""
    return Verdict.WARN if result.inferred and result.verdict is Verdict.FAIL else result.verdict


def worst(results: tuple[Result, ...]) -> Result:
    """Return the result that speaks for several of one check: the one with the gravest verdict."""
    return min(results, key=lambda result: (_RANK[shown(result)], result.waiver is not None))


def findings(run: Run) -> tuple[Finding, ...]:
    """Return failures and warnings, worst first, folded by check over targets, with their deciding lines."""
    accusing = [result for result in run.results if shown(result) in {Verdict.FAIL, Verdict.WARN}]
    accusing.sort(key=_name)
    folded = [_finding(run, tuple(group)) for _, group in groupby(accusing, key=_name)]
    return tuple(sorted(folded, key=_gravity))


def not_judged(run: Run) -> tuple[Unjudged, ...]:
    """Return what could not be judged, by reason, the most frequent first and the harness's own errors last."""
    unclear = [result for result in run.results if result.outcome is Outcome.UNCLEAR]
    reasons = sorted(_by_reason(unclear), key=lambda group: -len(group.results))
    crashed = tuple(result for result in run.results if result.outcome is Outcome.CRASHED)
    return (*reasons, *([Unjudged(reason="harness error", advice=ERROR_ADVICE, results=crashed)] if crashed else []))


def not_offered(run: Run) -> tuple[Result, ...]:
    """Return the results of checks that do not apply because the target does not offer what they check."""
    return tuple(result for result in run.results if result.outcome is Outcome.ABSENT)


def by_why(results: Iterable[Result]) -> tuple[tuple[str, tuple[Result, ...]], ...]:
    """Return results grouped by the words that explain them, the most frequent first."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.why, []).append(result)
    return tuple(sorted(((why, tuple(group)) for why, group in groups.items()), key=lambda group: -len(group[1])))


def _name(result: Result) -> str:
    return result.check.partition("[")[0]


def _finding(run: Run, results: tuple[Result, ...]) -> Finding:
    head = worst(results)
    accusations = [
        Accusation(result=r, line=evidence.deciding(run.folder, r.evidence), known=baseline.is_known(run, r))
        for r in results
    ]
    return Finding(
        check=head.check,
        title=head.title,
        verdict=shown(head),
        level=head.level,
        inferred=head.inferred,
        rfc=head.rfc,
        section=head.section,
        requirements=head.requirements,
        accusations=tuple(accusations),
    )


def _gravity(finding: Finding) -> tuple[object, ...]:
    rank = (finding.inferred, finding.verdict is not Verdict.FAIL, finding.waived, finding.known)
    return (*rank, -len(finding.targets), -finding.cases, finding.rfc, natural(finding.section), finding.check)


def _by_reason(unclear: list[Result]) -> Iterator[Unjudged]:
    for reason in Reason:
        results = tuple(result for result in unclear if result.reason is reason)
        if results:
            yield Unjudged(reason=reason.value, advice=ADVICE[reason], results=results)
    unexplained = tuple(result for result in unclear if result.reason is None)
    if unexplained:
        yield Unjudged(reason="no reason given", advice=ERROR_ADVICE, results=unexplained)
