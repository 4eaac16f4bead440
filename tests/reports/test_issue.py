"""A bug report ready to file: what is due, what was seen, the lines that prove it; nothing in it is obeyed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import runs
from test_hostile_runs import OBEYED

from conformance.reports import issue
from conformance.results import Evidence, Run
from conformance.verdicts import Outcome

STAT = "rfc1939/stat-gives-count-and-size"


def test_golden(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("issue.md", issue.render(two, STAT, "alder"))


def test_golden_of_a_hostile_server(two: Run, golden: Callable[[str, str], None]) -> None:
    text = issue.render(two, STAT, "birch")
    golden("issue-hostile.md", text)
    assert not OBEYED.findall(text)


@pytest.mark.parametrize(
    ("check", "target", "said"),
    [
        ("rfc1939/none", None, "{0} has no result of rfc1939/none"),
        (STAT, None, f"{STAT} accuses several targets: choose with --target (alder, birch)"),
        (STAT, "elm", f"{STAT} does not accuse elm in {{0}} (it does: alder, birch)"),
        (
            "rfc1939/server-greets-first",
            None,
            "rfc1939/server-greets-first accuses nobody in {0}: pass on alder, pass on birch",
        ),
    ],
)
def test_what_cannot_be_reported_is_one_line(check: str, target: str | None, said: str, two: Run) -> None:
    with pytest.raises(issue.IssueError) as caught:
        issue.render(two, check, target)
    assert str(caught.value) == said.format(two.folder)


def test_all_cases_of_a_check_are_in_one_report_and_a_case_alone(tmp_path: Path) -> None:
    found = [runs.result("alder", f"a[{c}]", "A", "RFC1939-3-01", Outcome.BROKEN, observed=f"saw {c}") for c in "xy"]
    run = runs.write(tmp_path, tuple(found))
    assert re.findall("saw [xy]", issue.render(run, "rfc1939/a")) == ["saw x", "saw y"]
    assert re.findall("saw [xy]", issue.render(run, "rfc1939/a[y]")) == ["saw y"]


def test_a_long_conversation_is_cut_around_the_deciding_line(two: Run) -> None:
    said = [("C", b"NOOP %d\r\n" % number) for number in range(100)]
    (two.folder / "transcripts" / "0001.txt").write_text(runs.conversation(*said), "ascii")
    proof = Evidence(transcript="transcripts/0001.txt", line=51)
    found = tuple(replace(r, evidence=proof) if r.check == STAT else r for r in two.results)
    text = issue.render(replace(two, results=found), STAT, "alder")
    assert "(38 lines before)" in text
    assert re.findall(r"^(.) C: NOOP (\d+)", text, re.MULTILINE) == [
        (">" if number == 50 else " ", str(number)) for number in range(38, 53)
    ]


@pytest.mark.parametrize("line", [0, 99])
def test_a_deciding_line_that_is_not_there_marks_nothing(line: int, two: Run) -> None:
    proof = Evidence(transcript="transcripts/0001.txt", line=line)
    found = tuple(replace(r, evidence=proof) if r.check == STAT else r for r in two.results)
    assert "Conversation" not in issue.render(replace(two, results=found), STAT, "alder")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((STAT, "--target", "alder"), 0, ""),
        ((STAT,), 4, f"mailconform: {STAT} accuses several targets: choose with --target (alder, birch)\n"),
        (("rfc1939/none",), 4, "mailconform: two has no result of rfc1939/none\n"),
        ((STAT, "--json"), 4, "mailconform: give --issue or --json, not both\n"),
    ],
)
def test_the_command(arguments: tuple[str, ...], code: int, said: str, two: Run) -> None:
    call = [sys.executable, "-m", "conformance.cli", "report", "two", "--issue", *arguments]
    done = subprocess.run(call, cwd=two.folder.parent, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stderr) == (code, said)
    assert done.stdout == (issue.render(two, STAT, "alder") if code == 0 else "")


def test_a_target_without_an_issue_is_a_mistake(two: Run) -> None:
    call = [sys.executable, "-m", "conformance.cli", "report", "two", "--target", "alder"]
    done = subprocess.run(call, cwd=two.folder.parent, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stderr) == (4, "mailconform: --target goes with --issue\n")
