"""The one table, written out a second time: every outcome at every level."""

from __future__ import annotations

import pytest

from conformance.requirements import Level, Requirement
from conformance.verdicts import MARKS, Outcome, Reason, Verdict, judge, leading

TABLE = {
    "held": "pass pass pass pass pass pass",
    "broken": "fail fail fail warn warn observed",
    "absent": "unsupported unsupported unsupported unsupported unsupported unsupported",
    "unclear": "inconclusive inconclusive inconclusive inconclusive inconclusive inconclusive",
    "crashed": "error error error error error error",
}
LEVELS = ("MUST", "MUST NOT", "GRAMMAR", "SHOULD", "SHOULD NOT", "MAY")
CELLS = [
    (outcome, level, word) for outcome, row in TABLE.items() for level, word in zip(LEVELS, row.split(), strict=True)
]


@pytest.mark.parametrize(("outcome", "level", "verdict"), CELLS)
def test_an_outcome_at_a_level_is_a_verdict(outcome: str, level: str, verdict: str) -> None:
    assert judge(Outcome(outcome), Level(level)) is Verdict(verdict)


def test_the_table_is_complete() -> None:
    assert {(outcome, level) for outcome, level, _ in CELLS} == {(o.value, v.value) for o in Outcome for v in Level}
    assert {word for *_, word in CELLS} == {verdict.value for verdict in Verdict}


def test_every_verdict_has_a_mark_of_its_own() -> None:
    assert len(set(MARKS.values())) == len(MARKS) == len(Verdict)


def test_the_reasons_are_those_that_reports_know() -> None:
    assert [reason.value for reason in Reason] == [
        "throttled", "silent", "connection-lost", "precondition", "not-set-up", "ambiguous", "flaky",
    ]  # fmt: skip


def demand(identifier: str, level: str, *, inferred: bool = False) -> Requirement:
    return Requirement(
        id=identifier, rfc=1939, section="3", level=Level(level), text="", testable="yes", how="", inferred=inferred
    )


@pytest.mark.parametrize(
    ("levels", "first"),
    [
        (("SHOULD", "MUST"), 1),
        (("MUST", "SHOULD"), 0),
        (("MAY", "SHOULD NOT", "SHOULD"), 1),
        (("GRAMMAR", "MUST", "MUST NOT"), 0),
        (("MAY",), 0),
    ],
)
def test_the_strongest_requirement_speaks_the_first_among_equals(levels: tuple[str, ...], first: int) -> None:
    demands = [demand(f"R-{n}", level) for n, level in enumerate(levels)]

    assert leading(demands) is demands[first]


def test_what_the_rfc_states_speaks_before_what_was_inferred() -> None:
    inferred, stated = demand("R-1", "MUST", inferred=True), demand("R-2", "MAY")

    assert leading([inferred, stated]) is stated
    assert leading([inferred]) is inferred
