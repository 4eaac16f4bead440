"""Outcome x Level -> Verdict: the one table that turns what happened into what is said of the server.

An outcome is what a check saw; a verdict is what it means for a requirement of a given level. Nothing else in the
project decides this.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from conformance.requirements import Level, Requirement


class Outcome(StrEnum):
    """What happened in a check."""

    HELD = "held"
    BROKEN = "broken"
    ABSENT = "absent"
    UNCLEAR = "unclear"
    CRASHED = "crashed"


class Reason(StrEnum):
    """Why an outcome is UNCLEAR."""

    THROTTLED = "throttled"
    SILENT = "silent"
    CONNECTION_LOST = "connection-lost"
    PRECONDITION = "precondition"
    NOT_SET_UP = "not-set-up"
    AMBIGUOUS = "ambiguous"
    FLAKY = "flaky"


class Verdict(StrEnum):
    """What a result says of the server."""

    PASS = "pass"  # noqa: S105 - the word, not a password
    FAIL = "fail"
    WARN = "warn"
    OBSERVED = "observed"
    UNSUPPORTED = "unsupported"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


MARKS = {
    Verdict.PASS: "✔",
    Verdict.FAIL: "✘",
    Verdict.WARN: "▲",
    Verdict.OBSERVED: "●",
    Verdict.UNSUPPORTED: "–",  # noqa: RUF001 - the mark of the design
    Verdict.INCONCLUSIVE: "?",
    Verdict.ERROR: "!",
}

_BROKEN = {2: Verdict.FAIL, 1: Verdict.WARN, 0: Verdict.OBSERVED}
_TABLE = {
    Outcome.HELD: Verdict.PASS,
    Outcome.ABSENT: Verdict.UNSUPPORTED,
    Outcome.UNCLEAR: Verdict.INCONCLUSIVE,
    Outcome.CRASHED: Verdict.ERROR,
}


def judge(outcome: Outcome, level: Level) -> Verdict:
    """Return the verdict for an outcome at a level (RFC 2119 for the levels)."""
    return _BROKEN[level.strength] if outcome is Outcome.BROKEN else _TABLE[outcome]


def leading(requirements: Iterable[Requirement]) -> Requirement:
    """Return the requirement that speaks for a check of several: the strongest, the first among equals.

    What an RFC states comes before what was only inferred from it.
    """
    return max(requirements, key=lambda r: (not r.inferred, r.level.strength))
