"""SARIF: the structure that readers rely on, what is a result and what is not, and fingerprints that stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import runs

from conformance import results
from conformance.reports import sarif
from conformance.results import Evidence, Result, Run
from conformance.verdicts import Outcome, Verdict

ESSENTIALS = json.loads((Path(__file__).parent / "sarif-essentials.json").read_text("utf-8"))


def log(run: Run) -> dict[str, Any]:
    """Return the one run of a log, which is checked as a whole first."""
    value = json.loads(sarif.render(run))
    jsonschema.Draft202012Validator(ESSENTIALS).validate(value)
    (only,) = value["runs"]
    for result in only["results"]:
        assert only["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return dict(only)


def one(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return the SARIF result of a run with one finding."""
    found = runs.result("alder", "stat-x", "STAT", "RFC1939-5-02", Outcome.BROKEN, **changes)
    (only,) = log(runs.write(folder, (found,)))["results"]
    return dict(only)


def test_golden(two: Run, golden: Callable[[str, str], None]) -> None:
    log(two)
    golden("two.sarif", sarif.render(two))


def test_interrupted_golden(interrupted: Run, golden: Callable[[str, str], None]) -> None:
    log(interrupted)
    golden("interrupted.sarif", sarif.render(interrupted))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(ESSENTIALS)


def test_results_are_the_findings_and_nothing_else(two: Run) -> None:
    found = [r for r in two.results if r.verdict in (Verdict.FAIL, Verdict.WARN)]
    told = log(two)["results"]
    assert [r["properties"]["check"] for r in told] == [r.check for r in found]
    assert {r["level"] for r, f in zip(told, found, strict=True) if f.verdict is Verdict.FAIL and not f.inferred} == {
        "error"
    }
    assert {r["level"] for r, f in zip(told, found, strict=True) if f.verdict is Verdict.WARN or f.inferred} == {
        "warning"
    }


def test_a_rule_is_a_requirement_with_its_section(two: Run) -> None:
    rules = {rule["id"]: rule for rule in log(two)["tool"]["driver"]["rules"]}
    stat = rules["RFC1939-5-02"]
    assert (stat["name"], stat["helpUri"]) == ("RFC 1939 section 5", "https://www.rfc-editor.org/rfc/rfc1939#section-5")
    assert stat["fullDescription"]["text"] == runs.REQUIREMENTS["RFC1939-5-02"][3]
    levels = {name: rule["defaultConfiguration"]["level"] for name, rule in rules.items()}
    assert (levels["RFC1939-5-02"], levels["RFC1939-5-11"]) == ("error", "warning")
    assert levels["RFC1939-5-14"] == "warning"  # a MUST that is only inferred


@pytest.mark.parametrize(
    ("section", "address"), [("6.1", "#section-6.1"), ("A", "#appendix-A"), ("5 x", "#section-5%20x")]
)
def test_the_address_of_a_section(section: str, address: str) -> None:
    assert sarif.section_address(1939, section) == f"https://www.rfc-editor.org/rfc/rfc1939{address}"


def test_a_finding_keeps_its_fingerprint_whatever_is_said(tmp_path: Path) -> None:
    marks = [
        one(tmp_path / str(n), observed=said, attempts=n + 1, evidence=proof)["fingerprints"]
        for n, (said, proof) in enumerate(
            [("-ERR", None), ("+OK 2", None), ("", Evidence(transcript="transcripts/0001.txt", line=10))]
        )
    ]
    assert marks[0] == marks[1] == marks[2]


def test_other_findings_have_other_fingerprints(two: Run) -> None:
    found = [r for r in two.results if r.verdict in (Verdict.FAIL, Verdict.WARN)]
    cases = [replace(found[0], check=f"{found[0].check}[{case}]") for case in "ab"]
    marks = [sarif.fingerprint(result) for result in (*found, *cases)]
    assert len(set(marks)) == len(marks)


def test_the_place_is_the_line_that_decided(tmp_path: Path) -> None:
    place = one(tmp_path, evidence=Evidence(transcript="transcripts/0001.txt", line=10))["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "transcripts/0001.txt", "uriBaseId": "RUN"},
        "region": {"startLine": 10, "snippet": {"text": "S: +OK 2␍␊"}},
    }


@pytest.mark.parametrize(
    "proof",
    [None, Evidence(transcript="transcripts/9999.txt", line=1), Evidence(transcript="../../../etc/passwd", line=1), Evidence(transcript="transcripts/0001.txt", line=99)],
    ids=["none", "lost", "outside", "beyond"],
)  # fmt: skip
def test_without_a_kept_line_the_place_is_the_result(tmp_path: Path, proof: Evidence | None) -> None:
    place = one(tmp_path, evidence=proof)["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "results.jsonl", "uriBaseId": "RUN"}, "region": {"startLine": 2}}


def test_a_waiver_is_a_suppression(two: Run) -> None:
    suppressed = [r for r in log(two)["results"] if "suppressions" in r]
    (only,) = suppressed
    assert only["properties"]["check"] == "rfc1939/reply-line-has-at-most-512-octets"
    assert only["suppressions"][0]["justification"].startswith("known, goes away")


def test_server_text_is_neither_placeholder_nor_link(tmp_path: Path) -> None:
    text = one(tmp_path, observed="* LIST {12} [here](https://192.0.2.1) \\")["message"]["text"]
    assert text == "alder: STAT; observed * LIST {{12}} \\[here\\](https://192.0.2.1) \\\\"


def held_against(folder: Path, found: Result, known: list[dict[str, str]]) -> dict[str, Any]:
    run = runs.write(folder, (found,))
    assert run.footer is not None
    footer = {**run.footer, "baseline": {"new": [], "known": known, "run": "x", "started": "y", "folder": "z"}}
    return log(replace(run, footer=footer))


def test_a_baseline_is_told(tmp_path: Path) -> None:
    found = runs.result("alder", "stat-x", "STAT", "RFC1939-5-02", Outcome.BROKEN)
    known = held_against(tmp_path / "1", found, [{"target": found.target, "check": found.check}])
    new = held_against(tmp_path / "2", found, [])
    assert [run["results"][0]["baselineState"] for run in (known, new)] == ["unchanged", "new"]


@pytest.mark.parametrize(("code", "successful"), [(0, True), (1, True), (2, False), (3, False), (6, False), (7, True)])
def test_a_run_without_a_verdict_did_not_succeed(two: Run, code: int, successful: bool) -> None:
    assert two.footer is not None
    (told,) = log(replace(two, footer={**two.footer, "exit": code}))["invocations"]
    assert (told["executionSuccessful"], told["exitCode"]) == (successful, code)


def test_what_was_not_judged_is_told(two: Run, interrupted: Run) -> None:
    said = [n["message"]["text"] for n in log(two)["invocations"][0]["toolExecutionNotifications"]]
    assert sorted(text.partition(":")[0] for text in said) == [
        "not judged, flaky", "not judged, harness error", "not judged, not-set-up", "not judged, throttled",
    ]  # fmt: skip
    (cut,) = log(interrupted)["invocations"]
    assert cut["executionSuccessful"] is False
    assert "interrupted" in cut["toolExecutionNotifications"][0]["message"]["text"]


def test_a_target_that_nobody_reached_is_an_error(tmp_path: Path) -> None:
    fields = runs.run_fields(["alder", "birch"])
    fields["targets"][1]["trouble"] = "nobody listens"
    found = runs.result("alder", "stat-x", "STAT", "RFC1939-5-02", Outcome.HELD)
    lines = [results.header_line(fields), found.to_json(), results.footer_line({"exit": 0, "why": "no finding"})]
    (told,) = log(results.parse(lines, tmp_path))["invocations"]
    assert told["executionSuccessful"] is False
    assert told["toolExecutionNotifications"][0]["message"]["text"].endswith("nobody listens")
