"""The end of a run on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import runs

from conformance.reports import console, matrix
from conformance.results import Run
from conformance.verdicts import Outcome, Reason


def test_golden(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("two.console.txt", console.render(two) + "\n")


def test_interrupted_golden(interrupted: Run, golden: Callable[[str, str], None]) -> None:
    golden("interrupted.console.txt", console.render(interrupted) + "\n")


def test_last_line_gives_the_exit_code_and_why(two: Run) -> None:
    assert console.render(two).splitlines()[-1] == "exit 1  (2 MUST failures not waived)"


def test_interrupted_run_says_so_in_its_last_line(interrupted: Run) -> None:
    assert console.render(interrupted).splitlines()[-1] == matrix.INTERRUPTED


def test_nothing_in_it_moves_a_terminal(two: Run) -> None:
    assert all(line.isprintable() for line in console.render(two).split("\n"))


def test_server_text_cannot_forge_a_line(tmp_path: Path) -> None:
    found = (runs.result("alder", "a", "A", "RFC1939-3-01", Outcome.BROKEN, observed="x\n✔ MUST  everything"),)
    assert not [line for line in console.render(runs.write(tmp_path, found)).split("\n") if line.startswith("✔ MUST")]


def test_many_results_for_one_reason_are_counted(tmp_path: Path) -> None:
    found = [
        runs.result("alder", f"c{n}", "C", "RFC1939-3-01", Outcome.UNCLEAR, reason=Reason.NOT_SET_UP, why="no account")
        for n in range(9)
    ]
    assert "      and 6 more" in console.render(runs.write(tmp_path, tuple(found)))


def test_sections_and_marks_fit_the_width(two: Run) -> None:
    assert max(map(len, console.render_sections(two).splitlines())) <= 80
