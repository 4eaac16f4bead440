"""Exit codes: each one, what it is said with, and which wins."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from conformance import exits
from conformance.exits import Exit
from conformance.requirements import Level
from conformance.results import Result
from conformance.verdicts import Outcome, Reason, judge


def result(outcome: Outcome, level: Level = Level.MUST, **changes: Any) -> Result:
    fields: dict[str, Any] = {
        "target": "alder", "check": "rfc1939/x", "title": "", "requirements": ("RFC1939-5-01",), "rfc": 1939, "section": "5",
        "level": level, "inferred": False, "outcome": outcome, "verdict": judge(outcome, level),
    }  # fmt: skip
    return Result(**{**fields, **changes})


HELD = result(Outcome.HELD)
FAIL = result(Outcome.BROKEN)
WARN = result(Outcome.BROKEN, Level.SHOULD)
OBSERVED = result(Outcome.BROKEN, Level.MAY)
WAIVED = result(Outcome.BROKEN, waiver="known")
ABSENT = result(Outcome.ABSENT)
OPEN = result(Outcome.UNCLEAR, reason=Reason.SILENT, why="no answer")
NOT_SET_UP = result(Outcome.UNCLEAR, reason=Reason.NOT_SET_UP, why="needs account 2")
CRASHED = result(Outcome.CRASHED)


def test_the_numbers_are_promised() -> None:
    assert {code.name: code.value for code in Exit} == {
        "JUDGED": 0, "FINDINGS": 1, "INTERRUPTED": 2, "HARNESS_ERROR": 3, "USAGE": 4, "NOTHING_SELECTED": 5, "CANNOT_JUDGE": 6,
        "WAIVER_PROBLEM": 7, "DIFFERENCES": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("results", "given", "code", "why"),
    [
        ([HELD], {}, 0, "no finding"),
        ([HELD, WARN, OBSERVED], {}, 0, "no finding"),
        ([HELD, WAIVED], {}, 0, "every finding is waived"),
        ([HELD, ABSENT], {}, 0, "no finding"),
        ([HELD, FAIL, FAIL, WARN], {}, 1, "2 MUST and 0 SHOULD findings not waived"),
        ([HELD, WARN], {"fail_on": "should"}, 1, "0 MUST and 1 SHOULD findings not waived"),
        ([FAIL, WARN], {"fail_on": "any"}, 1, "1 MUST and 1 SHOULD findings not waived"),
        ([FAIL, WARN], {"fail_on": "none"}, 0, "no finding"),
        ([HELD, CRASHED, FAIL], {}, 3, "1 checks ended in an error of the harness, first rfc1939/x"),
        ([], {}, 5, "no check was selected"),
        ([OPEN], {}, 6, "nothing could be judged: no answer"),
        ([ABSENT], {}, 6, "nothing could be judged: unsupported"),
        ([HELD, OPEN], {}, 6, "1 of 2 MUST checks could not be judged, first rfc1939/x: no answer"),
        ([HELD, OPEN], {"max_unjudged": 0.5}, 0, "no finding"),
        ([HELD, NOT_SET_UP, NOT_SET_UP], {}, 0, "no finding"),
        ([HELD, result(Outcome.UNCLEAR, Level.SHOULD)], {}, 0, "no finding"),
        ([HELD] * 19 + [OPEN], {}, 0, "no finding"),
        ([HELD] * 18 + [OPEN], {}, 6, "1 of 19 MUST checks could not be judged, first rfc1939/x: no answer"),
        ([HELD], {"waiver_problems": ["waiver expired", "another"]}, 7, "waiver expired"),
        ([HELD, FAIL], {"waiver_problems": ["waiver expired"]}, 1, "1 MUST and 0 SHOULD findings not waived"),
        ([HELD, OPEN], {"waiver_problems": ["waiver expired"]}, 6, "1 of 2 MUST checks could not be judged, first rfc1939/x: no answer"),
        ([FAIL, OPEN], {}, 1, "1 MUST and 0 SHOULD findings not waived"),
    ],
)  # fmt: skip
def test_a_run_that_came_to_its_end(results: list[Result], given: dict[str, Any], code: int, why: str) -> None:
    assert exits.of(results, **given) == (Exit(code), why)


@pytest.mark.parametrize("pair", list(itertools.permutations((3, 4, 2, 1, 8, 6, 7, 5, 0), 2)), ids=str)
def test_of_several_the_first_in_order_wins(pair: tuple[int, int]) -> None:
    order = (3, 4, 2, 1, 8, 6, 7, 5, 0)
    first, _ = exits.first([(Exit(code), str(code)) for code in pair])

    assert first == min(pair, key=order.index)


def test_the_first_of_equals_has_the_word() -> None:
    assert exits.first([(Exit.FINDINGS, "one"), (Exit.FINDINGS, "two"), (Exit.JUDGED, "none")]) == (
        Exit.FINDINGS,
        "one",
    )


def test_every_word_of_fail_on_is_understood() -> None:
    for word in exits.FAIL_ON:
        assert exits.of([HELD], fail_on=word)[0] is Exit.JUDGED
