"""Markdown: fits where it is pasted, and no server text becomes markup."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import runs

from conformance.reports import markdown, matrix
from conformance.results import Result, Run
from conformance.verdicts import Outcome


def test_golden(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("two.md", markdown.render(two))


def test_interrupted_golden(interrupted: Run, golden: Callable[[str, str], None]) -> None:
    golden("interrupted.md", markdown.render(interrupted))


def test_interrupted_run_says_so_first(interrupted: Run) -> None:
    assert matrix.INTERRUPTED in markdown.render(interrupted)[:400]


def many(number: int, targets: int = 1) -> tuple[Result, ...]:
    return tuple(
        runs.result(f"t{t}", f"check-{n}", "A check", "RFC1939-3-01", Outcome.BROKEN, observed="x" * 290)
        for n in range(number)
        for t in range(targets)
    )


def test_many_findings_are_cut_and_counted(tmp_path: Path) -> None:
    text = markdown.render(runs.write(tmp_path, many(300)))
    assert len(text.encode()) < 60_000
    assert "further findings in the full report" in text


def test_very_many_targets_are_cut_and_it_says_so(tmp_path: Path) -> None:
    text = markdown.render(runs.write(tmp_path, many(1, targets=800)))
    assert len(text.encode()) < 60_000
    assert text.endswith("the full report has the rest.\n")


@pytest.mark.parametrize("said", ["plain", "`", "``", "a ``` b `", "``` `` `", " ` "])
def test_code_span_cannot_be_left(said: str) -> None:
    span = markdown.code(said)
    fence = span[: len(span) - len(span.lstrip("`"))]
    inside = span[len(fence) : -len(fence)]
    assert span.endswith(fence)
    assert fence not in inside.split(" ") or fence not in said


def test_prose_escapes_markup() -> None:
    assert markdown.prose("<b>[x](y)*|") == "\\<b\\>\\[x\\]\\(y\\)\\*\\|"
