"""What checks have noted beside their verdicts: kept in the results, and a table of its own in the reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import runs

from conformance.reports import json_report, markdown
from conformance.results import Result, Run
from conformance.verdicts import Outcome


def noted(target: str, case: str, fact: str) -> Result:
    return runs.result(
        target, f"fate[{case}]", "No message is without a fate", "RFC1939-3-01", Outcome.HELD, noted=fact
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return runs.write(
        tmp_path,
        (
            noted("alder", "refused", "hard failure 5.1.1 (its text)"),
            noted("alder", "relayed", "nothing comes back"),
            noted("birch", "refused", "<b>|x"),
            runs.result("birch", "other", "Another check", "RFC1939-3-07", Outcome.HELD),
        ),
    )


def test_markdown_has_a_table_of_cases_and_targets(run: Run) -> None:
    table = markdown.render(run).partition("## Noted: No message is without a fate\n\n")[2].partition("\n\n")[0]
    assert table.splitlines() == [
        "|         | alder                           | birch    |",
        "|---------|---------------------------------|----------|",
        r"| refused | hard failure 5.1.1 \(its text\) | \<b\>\|x |",
        "| relayed | nothing comes back              |          |",
    ]


def test_the_matrix_for_programs_has_each_note(run: Run) -> None:
    told = json.loads(json_report.render(run))["notes"]
    assert [(note["case"], note["target"]) for note in told] == [
        ("refused", "alder"),
        ("relayed", "alder"),
        ("refused", "birch"),
    ]
    assert told[1] == {
        "check": "rfc1939/fate[relayed]",
        "title": "No message is without a fate",
        "case": "relayed",
        "target": "alder",
        "noted": "nothing comes back",
    }


def test_a_line_without_a_note_has_none(run: Run) -> None:
    lines = [json.loads(result.to_json()) for result in run.results]
    assert ["noted" in line for line in lines] == [True, True, True, False]


def test_a_run_without_notes_has_no_table(two: Run) -> None:
    assert "## Noted" not in markdown.render(two)
