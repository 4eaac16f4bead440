"""Coverage counts what the RFCs state apart from what is inferred, and lists every MUST without a check."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.reports import coverage
from conformance.requirements import Catalogue, Level, Requirement


def demand(identifier: str, level: Level = Level.MUST, **more: Any) -> Requirement:
    fields: dict[str, Any] = {"testable": "yes", "how": "", "text": f"Text of {identifier}", **more}
    return Requirement(id=identifier, rfc=1939, section="3", level=level, **fields)


CATALOGUE = Catalogue([
    demand("A"),
    demand("B", unchecked="needs a second user"),
    demand("C"),
    demand("D", inferred=True),
    demand("E", Level.SHOULD),
    demand("F", Level.MAY),
    demand("G", testable="no"),
    demand("H", testable="partly"),
    demand("I", retired=True),
])  # fmt: skip
CHECKED = {"A": ("rfc1939/a",), "E": ("rfc1939/e",), "H": ("rfc1939/h", "rfc1939/h2")}
PROVEN = {"rfc1939/a", "rfc1939/h2"}


def test_row_counts() -> None:
    (row,) = coverage.rows(CATALOGUE, CHECKED, PROVEN)
    assert (row.requirements, row.testable, row.checked, row.proven) == (8, 7, 3, 2)
    assert (row.must_checked, row.must_testable, row.should_checked, row.should_testable) == (2, 4, 1, 1)


def test_untested_musts_come_with_their_reason() -> None:
    missing = {entry.id: entry.reason for entry in coverage.untested(CATALOGUE, CHECKED)}
    assert missing == {"B": "needs a second user", "C": coverage.NO_REASON, "D": coverage.NO_REASON}


def test_tables(golden: Callable[[str, str], None]) -> None:
    table = coverage.render(coverage.rows(CATALOGUE, CHECKED, PROVEN))
    golden("coverage.txt", f"{table}\n\n{coverage.render_untested(coverage.untested(CATALOGUE, CHECKED))}\n")


def test_json_of_what_is_untested() -> None:
    entries = json.loads(coverage.render_untested_json(coverage.untested(CATALOGUE, CHECKED)))
    assert entries[0]["id"] == "B"


def test_only_the_rfcs_asked_for() -> None:
    assert coverage.rows(CATALOGUE, CHECKED, PROVEN, [2449])[0].requirements == 0


def test_nothing_missing_says_so() -> None:
    assert coverage.render_untested(()) == "Every testable MUST has a check."
