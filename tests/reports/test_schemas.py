"""The data contract: what is written validates, and the schemas themselves are right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from test_coverage_table import CATALOGUE, CHECKED, PROVEN

from conformance import reports
from conformance.reports import coverage, json_report
from conformance.results import Run

FOLDER = Path(str(reports.__file__)).parent / "schemas"


def schema(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


def validate(name: str, value: object) -> None:
    jsonschema.Draft202012Validator(schema(name)).validate(value)


@pytest.mark.parametrize("name", ["results", "list", "coverage", "matrix", "capacity", "roundtrip"])
def test_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_every_line_of_a_run_validates(two: Run) -> None:
    lines = (two.folder / "results.jsonl").read_text("utf-8").splitlines()
    for line in lines:
        validate("results", json.loads(line))
    assert len(lines) == 28


@pytest.mark.parametrize("change", [{"verdict": "ok"}, {"level": "must"}, {"attempts": 0}, {"evidence": {"line": 1}}])
def test_wrong_result_does_not_validate(change: dict[str, object], two: Run) -> None:
    line = json.loads((two.folder / "results.jsonl").read_text("utf-8").splitlines()[1])
    with pytest.raises(jsonschema.ValidationError):
        validate("results", {**line, **change})


def test_matrix_validates(two: Run, golden: Callable[[str, str], None]) -> None:
    text = json_report.render(two)
    validate("matrix", json.loads(text))
    golden("two.json", text + "\n")


def test_matrix_of_an_interrupted_run_validates_and_says_so(interrupted: Run) -> None:
    value = json.loads(json_report.render(interrupted))
    validate("matrix", value)
    assert value["interrupted"] is True
    assert value["exit"] is None


def test_coverage_validates() -> None:
    validate("coverage", json.loads(coverage.render_json(coverage.rows(CATALOGUE, CHECKED, PROVEN))))


def test_list_validates() -> None:
    entry = {"check": "rfc1939/a", "title": "A", "requirements": ["RFC1939-3-01"], "rfc": 1939, "section": "3"}
    validate("list", [{**entry, "level": "MUST NOT", "needs": ["an account"]}])
