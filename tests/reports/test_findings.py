"""Findings come worst first and folded; what could not be judged comes with advice; no file outside the run is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import runs

from conformance.reports import evidence, findings
from conformance.results import Evidence, Run
from conformance.verdicts import Outcome, Reason, Verdict


def test_worst_comes_first_and_waived_and_inferred_come_later(two: Run) -> None:
    assert [(f.verdict, f.waived, f.inferred) for f in findings.findings(two)] == [
        (Verdict.FAIL, False, False),
        (Verdict.FAIL, True, False),
        (Verdict.WARN, False, False),
        (Verdict.WARN, False, False),
        (Verdict.WARN, False, True),
    ]


def test_check_that_fails_on_two_targets_is_one_finding(two: Run) -> None:
    first = findings.findings(two)[0]
    assert (first.check, first.targets) == ("rfc1939/stat-gives-count-and-size", ("alder", "birch"))


def test_finding_shows_the_line_that_decided(two: Run) -> None:
    first = findings.findings(two)[0]
    assert str(first.accusations[0].line) == "S: +OK 2␍␊"


def test_targets_that_answered_alike_stand_together(seven: Run) -> None:
    first = findings.findings(seven)[0]
    assert [len(group) for group in first.alike] == [4, 3]


def test_cases_of_a_check_are_one_finding(tmp_path: Path) -> None:
    found = [runs.result("alder", f"a[{case}]", "A", "RFC1939-3-01", Outcome.BROKEN, observed=case) for case in "xy"]
    (finding,) = findings.findings(runs.write(tmp_path, tuple(found)))
    assert (finding.check, finding.name, finding.cases) == ("rfc1939/a[x]", "rfc1939/a", 2)
    assert [group[0].where for group in finding.alike] == ["alder [x]", "alder [y]"]


def test_every_reason_has_advice() -> None:
    assert set(findings.ADVICE) == set(Reason)


def test_what_was_not_judged_is_grouped_by_reason_with_our_errors_last(two: Run) -> None:
    groups = findings.not_judged(two)
    assert [group.reason for group in groups] == ["throttled", "not-set-up", "flaky", "harness error"]
    assert all(group.advice for group in groups)


def test_unclear_without_a_reason_is_still_listed(tmp_path: Path) -> None:
    found = (runs.result("alder", "a-check", "A check", "RFC1939-3-01", Outcome.UNCLEAR),)
    assert [group.reason for group in findings.not_judged(runs.write(tmp_path, found))] == ["no reason given"]


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname", "transcripts", "missing.txt", "\0", "link.txt"])
def test_nothing_outside_the_run_folder_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    folder = tmp_path / "run"
    (folder / "transcripts").mkdir(parents=True)
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert evidence.read(folder, name) is None


@pytest.mark.parametrize("line", [0, 99])
def test_line_that_does_not_exist_is_no_line(line: int, two: Run) -> None:
    assert evidence.deciding(two.folder, Evidence(transcript="transcripts/0001.txt", line=line)) is None


def test_excerpt_keeps_what_is_near_the_deciding_line() -> None:
    text = "".join(f"line {number:04}\n" for number in range(1, 1001))
    first, lines = evidence.excerpt(text, 500, limit=200)
    assert first <= 500 < first + len(lines)
    assert 200 <= sum(map(len, lines)) <= 220


def test_excerpt_of_a_short_text_is_all_of_it() -> None:
    assert evidence.excerpt("a\nb\nc\n", 2) == (1, ["a", "b", "c"])
