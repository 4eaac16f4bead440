"""Runs that follow a run: --baseline forgives what is known, --rerun-failed asks again what was left open."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance import exits, results, results_earlier
from conformance.embedded import serve
from conformance.exits import Exit
from conformance.results import Run
from conformance.verdicts import Outcome, Reason, Verdict
from tests.test_exits import FAIL, HELD, OPEN, WARN, result

SELECTED = "rfc1939/dele-*"


@dataclass(frozen=True)
class Place:
    """A folder with a target that breaks several checks, and a first run on it."""

    folder: Path
    target: Path
    done: subprocess.CompletedProcess[str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return mailconform(self.folder, "run", str(self.target), "-q", *arguments)

    @property
    def first(self) -> Run:
        return results.read(self.folder / "first")

    def changed(self, name: str, change: Callable[[int, dict[str, Any]], dict[str, Any] | None]) -> str:
        """Write the first run anew, each finding changed by its number; None leaves it out."""
        lines = [json.loads(line) for line in (self.folder / "first" / "results.jsonl").read_text().splitlines()]
        broken = [line for line in lines if line.get("verdict") == "fail"]
        kept = [change(broken.index(line), line) if line in broken else line for line in lines]
        (self.folder / name).mkdir(exist_ok=True)
        text = "".join(json.dumps(line) + "\n" for line in kept if line is not None)
        (self.folder / name / "results.jsonl").write_text(text)
        return name


def mailconform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.cli", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("earlier")
    (folder / "servers").mkdir()
    with serve(folder / "servers") as target:
        done = mailconform(folder, "run", str(target), "-s", SELECTED, "-q", "-o", "first")
        yield Place(folder, target, done)


def failed(run: Run) -> list[str]:
    return [result.check for result in run.results if result.verdict is Verdict.FAIL]


def test_without_a_baseline_findings_are_exit_1(place: Place) -> None:
    assert place.done.returncode == 1, place.done.stdout + place.done.stderr
    assert len(failed(place.first)) > 2


def test_a_run_has_nothing_new_against_its_like(place: Place) -> None:
    done = place.run("-s", SELECTED, "-o", "same", "--baseline", "first")
    run, count = results.read(place.folder / "same"), len(failed(place.first))
    assert done.returncode == 0, done.stdout + done.stderr
    assert run.footer is not None
    assert (run.footer["why"], run.footer["baseline"]["new"]) == ("no new finding", [])
    assert [entry["check"] for entry in run.footer["baseline"]["known"]] == failed(run)
    assert f"(first): 0 new findings, {count} known." in " ".join(done.stdout.split())
    assert f"0 new findings, {count} known" in (place.folder / "same" / "index.html").read_text()
    assert "(known)" in (place.folder / "same" / "report.md").read_text()
    assert 'type="known"' in (place.folder / "same" / "junit.xml").read_text()


def test_what_the_baseline_did_not_ask_or_could_not_judge_is_new(place: Place) -> None:
    def change(number: int, line: dict[str, Any]) -> dict[str, Any] | None:
        flaky = {**line, "outcome": "unclear", "verdict": "inconclusive", "reason": "flaky"}
        return (None, flaky)[number] if number < 2 else line

    done = place.run("-s", SELECTED, "-o", "newer", "--baseline", place.changed("less", change))
    footer = results.read(place.folder / "newer").footer
    assert done.returncode == 1, done.stdout + done.stderr
    assert footer is not None
    assert footer["why"] == "2 new MUST and 0 new SHOULD findings not waived"
    assert [entry["check"] for entry in footer["baseline"]["new"]] == failed(place.first)[:2]
    assert [entry["check"] for entry in footer["baseline"]["known"]] == failed(place.first)[2:]


def test_what_failed_is_run_again_and_nothing_else(place: Place) -> None:
    repaired = place.changed(
        "one", lambda number, line: line if number == 0 else {**line, "outcome": "held", "verdict": "pass"}
    )
    done = place.run("-o", "again", "--rerun-failed", repaired)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [r.check for r in results.read(place.folder / "again").results] == failed(place.first)[:1]


def test_where_nothing_failed_nothing_is_selected(place: Place) -> None:
    repaired = place.changed("none", lambda _, line: {**line, "outcome": "held", "verdict": "pass"})
    done = place.run("-o", "nothing", "--rerun-failed", repaired)
    assert done.returncode == 5
    assert done.stderr == "mailconform: nothing of what was selected failed in none on these targets\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--baseline", "nowhere"), "no results in nowhere: No such file or directory"),
        (("--rerun-failed", "nowhere"), "no results in nowhere: No such file or directory"),
        (("--baseline", "other"), "baseline other has no target embedded (it has: elm)"),
        (("--rerun-failed", "first", "-o", "first"), "first is the run to run again: give another run folder"),
    ],
)
def test_a_mistake_is_one_line_and_exit_4(arguments: tuple[str, ...], said: str, place: Place) -> None:
    (place.folder / "other").mkdir(exist_ok=True)
    header = results.header_line({"run": "1", "targets": [{"name": "elm"}]})
    (place.folder / "other" / "results.jsonl").write_text(header + "\n")
    done = place.run(*arguments)
    assert (done.returncode, done.stderr) == (4, f"mailconform: {said}\n")


def a_run(*found: results.Result) -> Run:
    return Run(header={"run": "1", "targets": [{"name": "alder"}]}, results=found, footer=None)


@pytest.mark.parametrize(
    "before", [HELD, OPEN, WARN, result(Outcome.CRASHED), result(Outcome.UNCLEAR, reason=Reason.FLAKY)]
)
def test_only_the_same_finding_is_known(before: results.Result) -> None:
    assert exits.of([FAIL], known=results_earlier.known(a_run(before)))[0] is Exit.FINDINGS


@pytest.mark.parametrize("before", [FAIL, result(Outcome.BROKEN, waiver="known")])
def test_a_finding_is_known_whether_it_was_waived_or_not(before: results.Result) -> None:
    assert exits.of([FAIL], known=results_earlier.known(a_run(before))) == (Exit.JUDGED, "no new finding")


def test_a_finding_on_another_target_is_new() -> None:
    known = results_earlier.known(a_run(result(Outcome.BROKEN, target="birch")))
    assert exits.of([FAIL], known=known) == (Exit.FINDINGS, "1 new MUST and 0 new SHOULD findings not waived")


def test_a_baseline_forgives_no_error_of_the_harness() -> None:
    assert exits.of([result(Outcome.CRASHED), FAIL], known=results_earlier.known(a_run(FAIL)))[0] is Exit.HARNESS_ERROR
