"""Exit codes: the one place that turns a finished run into a number and the sentence that explains it.

Of several that apply, the first in this order wins: 3, 4, 2, 1, 8, 6, 7 (0 and 5 stand alone).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from conformance.results import Result
from conformance.verdicts import Reason, Verdict


class Exit(IntEnum):
    """What the process returns."""

    JUDGED = 0
    FINDINGS = 1
    INTERRUPTED = 2
    HARNESS_ERROR = 3
    USAGE = 4
    NOTHING_SELECTED = 5
    CANNOT_JUDGE = 6
    WAIVER_PROBLEM = 7
    DIFFERENCES = 8


PRIORITY = (3, 4, 2, 1, 8, 6, 7)


def first(codes: Sequence[tuple[Exit, str]]) -> tuple[Exit, str]:
    """Return the code that wins among several, with its sentence."""
    return min(
        codes,
        key=lambda pair: PRIORITY.index(pair[0]) if pair[0] in PRIORITY else len(PRIORITY) + (pair[0] is Exit.JUDGED),
    )


FAIL_ON = ("must", "should", "any", "none")
_FINDINGS = {
    "must": {Verdict.FAIL},
    "should": {Verdict.FAIL, Verdict.WARN},
    "any": {Verdict.FAIL, Verdict.WARN},
    "none": set[Verdict](),
}


def of(
    results: Sequence[Result], *, fail_on: str = "must", max_unjudged: float = 0.05, waiver_problems: Sequence[str] = ()
) -> tuple[Exit, str]:
    """Return the exit code of a run that came to its end, and why; max_unjudged is a share of the MUST results."""
    if not results:
        return Exit.NOTHING_SELECTED, "no check was selected"
    errors = [r for r in results if r.verdict is Verdict.ERROR]
    if errors:
        return Exit.HARNESS_ERROR, f"{len(errors)} checks ended in an error of the harness, first {errors[0].check}"
    findings = [r for r in results if r.verdict in _FINDINGS[fail_on] and r.waiver is None]
    if findings:
        musts = sum(r.verdict is Verdict.FAIL for r in findings)
        return Exit.FINDINGS, f"{musts} MUST and {len(findings) - musts} SHOULD findings not waived"
    unjudged = _unjudged(results, max_unjudged)
    if unjudged:
        return Exit.CANNOT_JUDGE, unjudged
    if waiver_problems:
        return Exit.WAIVER_PROBLEM, waiver_problems[0]
    return Exit.JUDGED, "every finding is waived" if any(r.waiver for r in results) else "no finding"


def _unjudged(results: Sequence[Result], share: float) -> str:
    if not any(r.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.OBSERVED) for r in results):
        return f"nothing could be judged: {results[0].why or results[0].verdict}"
    asked = [
        r
        for r in results
        if r.level.strength == 2 and r.verdict is not Verdict.UNSUPPORTED and r.reason is not Reason.NOT_SET_UP
    ]
    open_questions = [r for r in asked if r.verdict is Verdict.INCONCLUSIVE]
    if len(open_questions) > share * len(asked):
        return f"{len(open_questions)} of {len(asked)} MUST checks could not be judged, first {open_questions[0].check}: {open_questions[0].why}"
    return ""
