"""The badge: words and counts, no more than the run has shown."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import runs

from conformance.reports import badge
from conformance.results import Run
from conformance.verdicts import Outcome, Reason


def title(run: Run) -> str:
    return ET.fromstring(badge.render(run))[0].text or ""


def test_golden(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("two.badge.svg", badge.render(two))


def small(folder: Path, outcome: Outcome, **more: object) -> Run:
    run = runs.write(
        folder, (runs.result("alder", "x", "X", "RFC2595-4-01", outcome, **more), runs.result("alder", "y", "Y", "RFC2595-4-02", Outcome.HELD))
    )  # fmt: skip
    return replace(run, header={**run.header, "coverage": []})


@pytest.mark.parametrize(
    ("outcome", "said", "colour"),
    [
        (Outcome.HELD, "alder: RFC 2595: ✔ MUST 2/2", "#1b6e3c"),
        (Outcome.BROKEN, "alder: RFC 2595: ✘ MUST 1/2", "#a4133c"),
        (Outcome.ABSENT, "alder: RFC 2595: ✔ MUST 1/1", "#1b6e3c"),
        (Outcome.UNCLEAR, "alder: RFC 2595: ? MUST 1/1, 1 unjudged", "#3d4a7a"),
    ],
)
def test_what_it_says(tmp_path: Path, outcome: Outcome, said: str, colour: str) -> None:
    run = small(tmp_path, outcome, reason=Reason.SILENT if outcome is Outcome.UNCLEAR else None)
    assert title(run) == said
    assert f'fill="{colour}"' in badge.render(run)


def test_a_waived_failure_is_red(tmp_path: Path) -> None:
    assert title(small(tmp_path, Outcome.BROKEN, waiver="known")) == "alder: RFC 2595: ✘ MUST 1/2"


def test_an_interrupted_run_is_never_green(tmp_path: Path) -> None:
    run = replace(small(tmp_path, Outcome.HELD), footer=None)
    assert title(run) == "alder: RFC 2595: ? MUST 2/2, interrupted"


def test_a_run_without_results_is_not_green(tmp_path: Path) -> None:
    run = replace(small(tmp_path, Outcome.HELD), results=())
    assert title(run) == "alder: 0 RFCs: ? MUST 0/0"


def test_several_targets_are_counted(two: Run) -> None:
    assert title(two).startswith("2 targets: 3 RFCs: ✘ MUST ")
