"""Exit codes: the one place that turns a finished run into a number and the sentence that explains it.

Of several that apply, the first in this order wins: 3, 4, 2, 1, 8, 6, 7 (0 and 5 stand alone).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import IntEnum

from conformance.results import Result
from conformance.results_earlier import Key, key
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


class Nagios(IntEnum):
    """What a plugin of Nagios returns: `roundtrip --format nagios`, and nothing else, ends with these instead of Exit."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


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
    results: Sequence[Result],
    *,
    fail_on: str = "must",
    max_unjudged: float = 0.05,
    waiver_problems: Sequence[str] = (),
    known: Collection[Key] | None = None,
) -> tuple[Exit, str]:
    """Return the exit code of a run that came to its end, and why; max_unjudged is a share of the MUST results.

    `known` are the findings of a baseline, if there is one: they do not count.
    """
    if not results:
        return Exit.NOTHING_SELECTED, "no check was selected"
    errors = [r for r in results if r.verdict is Verdict.ERROR]
    if errors:
        return Exit.HARNESS_ERROR, f"{len(errors)} checks ended in an error of the harness, first {errors[0].check}"
    findings = [
        r for r in results if r.verdict in _FINDINGS[fail_on] and r.waiver is None and key(r) not in (known or ())
    ]
    new = "" if known is None else "new "
    if findings:
        musts = sum(r.verdict is Verdict.FAIL for r in findings)
        return Exit.FINDINGS, f"{musts} {new}MUST and {len(findings) - musts} {new}SHOULD findings not waived"
    unjudged = _unjudged(results, max_unjudged)
    if unjudged:
        return Exit.CANNOT_JUDGE, unjudged
    if waiver_problems:
        return Exit.WAIVER_PROBLEM, waiver_problems[0]
    return Exit.JUDGED, "every finding is waived" if not new and any(r.waiver for r in results) else f"no {new}finding"


def of_round_trip(state: Nagios, why: str) -> tuple[Exit, str]:
    """Return the exit code of a round trip that came to its end: any fault is a finding, a warning too."""
    return (Exit.JUDGED if state is Nagios.OK else Exit.FINDINGS), why


DIFFER_ON = ("regress", "should", "differ", "none")
_REGRESS = ("regress MUST",)
_DIFFERENCES = {
    "regress": _REGRESS,
    "should": (*_REGRESS, "regress SHOULD"),
    "differ": (*_REGRESS, "regress SHOULD", "repaired", "other choice", "capability gained", "capability lost"),
    "none": (),
}


MIGRATION_FAIL_ON: Mapping[str, tuple[str, ...]] = {
    "lost": ("lost",),
    "noticed": ("lost", "noticed"),
    "differ": ("lost", "noticed", "harmless"),
    "none": (),
}


def of_comparison(
    counts: Mapping[str, int], *, judged: int, interrupted: bool = False, fail_on: str = "regress"
) -> tuple[Exit, str]:
    """Return the exit code of a comparison, and why; counts are the differences by class, `judged` the checks judged on both sides."""
    found = {kind: counts[kind] for kind in _DIFFERENCES[fail_on] if counts.get(kind)}
    if found:
        return Exit.DIFFERENCES, ", ".join(f"{number} {kind}" for kind, number in found.items())
    if fail_on != "none" and not judged:
        return Exit.CANNOT_JUDGE, "nothing was judged on both sides"
    if fail_on != "none" and interrupted:
        return Exit.CANNOT_JUDGE, "a run that was interrupted proves no absence of differences"
    return Exit.JUDGED, "no difference of the asked classes that is not waived"


def of_migration(
    counts: Mapping[str, int], *, compared: int, unjudged: Sequence[str] = (), fail_on: str = "noticed"
) -> tuple[Exit, str]:
    """Return the exit code of a migration's check, and why; counts are the differences by notice, `compared` the mailboxes."""
    found = {notice: counts[notice] for notice in MIGRATION_FAIL_ON[fail_on] if counts.get(notice)}
    if found:
        return Exit.DIFFERENCES, ", ".join(f"{number} {notice}" for notice, number in found.items())
    if fail_on != "none" and unjudged:
        return Exit.CANNOT_JUDGE, unjudged[0]
    if fail_on != "none" and not compared:
        return Exit.CANNOT_JUDGE, "no mailbox was found on both servers"
    return Exit.JUDGED, "no difference of the asked classes"


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
