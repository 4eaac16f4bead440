"""A run folder may come from anybody: whatever stands in any field of it, no report passes it on unescaped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import runs

from conformance.reports import (
    badge,
    compare_html,
    compare_text,
    console,
    github,
    html,
    json_report,
    junit,
    markdown,
    sarif,
)
from conformance.reports.compare import Comparison, Side, compare
from conformance.results import Run
from conformance.verdicts import Outcome, Reason

RENDERERS = [
    badge.render,
    console.render,
    github.commands,
    html.render,
    json_report.render,
    junit.render,
    markdown.render,
    sarif.render,
]
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def spoilt(value: Any) -> Any:
    """Put hostile text at the end of every text in a value."""
    if isinstance(value, dict):
        return {key: spoilt(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [spoilt(entry) for entry in value]
    return value + runs.HOSTILE_TEXT if isinstance(value, str) else value


@pytest.fixture
def hostile(tmp_path: Path) -> Run:
    h = runs.HOSTILE_TEXT
    said = {"why": h, "expected": h, "observed": h, "waiver": h}
    found = [
        runs.result("alder", f"check{n}{h}", f"Title {h}", "RFC1939-3-01", outcome, reason=reason, **said)
        for n, (outcome, reason) in enumerate([(Outcome.BROKEN, None), (Outcome.UNCLEAR, Reason.SILENT), (Outcome.ABSENT, None)])
    ]  # fmt: skip
    header = spoilt(runs.run_fields(["alder"]))
    header["targets"][0]["name"] = "alder"
    header["requirements"] = {}
    return runs.write(tmp_path, tuple(found), **header)


@pytest.mark.parametrize("render", RENDERERS, ids=lambda render: render.__module__)
def test_nothing_in_a_report_is_obeyed(render: Callable[[Run], str], hostile: Run) -> None:
    text = render(hostile)
    assert not OBEYED.findall(text)
    text.encode("utf-8")


@pytest.mark.parametrize(
    "render", [compare_text.console, compare_text.markdown, compare_text.as_json, compare_html.render]
)
def test_nothing_in_a_comparison_is_obeyed(render: Callable[[Comparison], str], hostile: Run, tmp_path: Path) -> None:
    good = tuple(
        runs.result("alder", r.check.removeprefix("rfc1939/"), r.title, "RFC1939-3-01", Outcome.HELD)
        for r in hostile.results
    )
    other = runs.write(tmp_path / "good", good)
    text = render(compare(Side(run=other, target="alder"), Side(run=hostile, target="alder")))
    assert not OBEYED.findall(text)
    assert "<script>alert" not in text or render is not compare_html.render
    text.encode("utf-8")


def test_no_element_of_the_page_comes_from_the_run(hostile: Run) -> None:
    assert "<script>alert" not in html.render(hostile)


def test_junit_stays_well_formed(hostile: Run) -> None:
    assert len(list(ET.fromstring(junit.render(hostile)).iter("testcase"))) == 3
