"""What an earlier run means for this one: findings that are known since then, and checks that it left open.

Invariant: only a finding is known. What the earlier run could not judge, did not ask, or saw as a lesser fault says
nothing about a finding of today, which then counts as new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from conformance.results import Result, Run
from conformance.verdicts import Verdict

Key = tuple[str, str, Verdict]
_FINDINGS = (Verdict.FAIL, Verdict.WARN)
_OPEN = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)


def key(result: Result) -> Key:
    """Return what tells one finding from another: target, check with its case, and verdict."""
    return result.target, result.check, result.verdict


def known(baseline: Run) -> frozenset[Key]:
    """Return the findings of an earlier run, waived or not."""
    return frozenset(key(result) for result in baseline.results if result.verdict in _FINDINGS)


def open_checks(earlier: Run, targets: Collection[str]) -> frozenset[str]:
    """Return the ids of the checks that failed, crashed or could not be judged on any of these targets."""
    return frozenset(r.check for r in earlier.results if r.target in targets and r.verdict in _OPEN)


def account(baseline: Run, found: Iterable[Result]) -> dict[str, Any]:
    """Return the fields that a footer tells of a baseline: which run it is, and which findings are new and known."""
    findings = [result for result in found if result.verdict in _FINDINGS]
    since = known(baseline)
    sides: dict[bool, list[dict[str, str]]] = {True: [], False: []}
    for result in findings:
        sides[key(result) in since].append({"target": result.target, "check": result.check})
    return {
        "run": str(baseline.header.get("run", "")),
        "started": str(baseline.header.get("started", "")),
        "suite_version": str(baseline.header.get("suite_version", "")),
        "folder": str(baseline.folder),
        "interrupted": baseline.interrupted,
        "new": sides[False],
        "known": sides[True],
    }
