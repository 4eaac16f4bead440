"""What reports say of a baseline: how many findings are new, and which are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import runs
from test_schemas import validate

from conformance import results, results_earlier
from conformance.reports import baseline, console, html, junit, markdown
from conformance.results import Run


@pytest.fixture
def held(two: Run, tmp_path: Path) -> Run:
    """A run on two targets, held against one that knew all findings of the first of them."""
    earlier = runs.write(tmp_path / "earlier", tuple(r for r in two.results if r.target == "alder"))
    told = results_earlier.account(replace(earlier, folder=Path("earlier")), two.results)
    return replace(two, footer={**(two.footer or {}), "baseline": told})


def test_golden_console(held: Run, golden: Callable[[str, str], None]) -> None:
    golden("baseline.console.txt", console.render(held) + "\n")


def test_golden_markdown(held: Run, golden: Callable[[str, str], None]) -> None:
    golden("baseline.md", markdown.render(held))


def test_every_report_tells_the_numbers(held: Run) -> None:
    said = "Baseline 2026-11-21T1640Z-7f3a of 2026-11-21T16:40:02+00:00 (earlier): 2 new findings, 4 known."
    assert baseline.sentence(held) == said
    assert said in html.render(held)
    assert said in " ".join(console.render(held).split())


def test_known_findings_are_no_failures_for_a_pipeline(held: Run, two: Run) -> None:
    assert junit.render(two).count("<failure") == 2
    assert junit.render(held).count("<failure") == 1


def test_a_run_without_a_baseline_says_nothing_of_one(two: Run) -> None:
    assert baseline.sentence(two) == ""
    assert "known" not in console.render(two).replace("known, goes away", "")


def test_the_footer_validates(held: Run) -> None:
    validate("results", json.loads(results.footer_line({k: v for k, v in (held.footer or {}).items() if k != "kind"})))
