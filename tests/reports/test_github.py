"""Annotations: what is told, how many, and that no server speaks to the job's runner."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import runs

from conformance.commands import job
from conformance.reports import github
from conformance.results import Run
from conformance.verdicts import Outcome


def lines(run: Run) -> list[str]:
    return github.commands(run).splitlines()


def test_golden(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("two.github.txt", github.commands(two))


def test_must_is_an_error_and_should_a_warning(two: Run) -> None:
    told = [re.match(r"::(\w+) title=(MUST|SHOULD)", line) for line in lines(two)]
    words = {(match[1], match[2]) for match in told if match}
    assert words == {("error", "MUST"), ("warning", "SHOULD"), ("warning", "MUST")}  # the last one is only inferred


def test_what_is_waived_or_known_is_not_told(tmp_path: Path) -> None:
    found = tuple(
        runs.result("alder", name, "T", "RFC1939-5-02", Outcome.BROKEN, waiver=waiver)
        for name, waiver in (("a", "known"), ("b", None), ("c", None))
    )
    run = runs.write(tmp_path, found)
    assert run.footer is not None
    known = [{"target": "alder", "check": "rfc1939/b"}]
    run = replace(run, footer={**run.footer, "baseline": {"new": [], "known": known}})
    (told,) = lines(run)
    assert told.endswith("rfc1939/c")


def test_ten_are_told_and_the_others_counted(tmp_path: Path) -> None:
    found = tuple(runs.result("alder", f"c{n}", "T", "RFC1939-5-02", Outcome.BROKEN) for n in range(13))
    *told, last = lines(runs.write(tmp_path, found))
    assert len(told) == 10
    assert last == "::notice title=mailconform::3 further findings in the report"


@pytest.mark.parametrize(
    ("code", "title"),
    [
        (2, "mailconform was interrupted"),
        (3, "mailconform failed%2C not the server"),
        (6, "mailconform could not judge"),
    ],
)
def test_a_run_without_a_verdict_says_so(tmp_path: Path, code: int, title: str) -> None:
    run = runs.write(tmp_path, (runs.result("alder", "a", "T", "RFC1939-5-02", Outcome.HELD),))
    assert lines(replace(run, footer={"exit": code, "why": "50%: no\nanswer"})) == [
        f"::warning title={title}::50%25: no␊answer"
    ]


def test_a_run_that_was_cut_off_says_so(interrupted: Run) -> None:
    assert lines(interrupted)[-1] == "::warning title=mailconform was interrupted::the run has no footer"


def test_trouble_with_waivers_is_told(tmp_path: Path) -> None:
    run = runs.write(tmp_path, (runs.result("alder", "a", "T", "RFC1939-5-02", Outcome.HELD),))
    footer = {"exit": 7, "why": "x", "waiver_problems": ["waiver expired on 2026-01-01: a on b"]}
    assert lines(replace(run, footer=footer)) == ["::warning title=waivers::waiver expired on 2026-01-01: a on b"]


@pytest.mark.parametrize(
    "text", ["\n::error::x", "\r::add-mask::x", "%0A::error::x", "\u2028::error::x", "a,file=b::c"]
)
def test_nothing_that_a_server_says_leaves_its_line(tmp_path: Path, text: str) -> None:
    found = runs.result("alder", "a", f"T {text}", "RFC1939-5-02", Outcome.BROKEN, observed=text, expected=text)
    (line,) = lines(runs.write(tmp_path, (replace(found, section=f"5 {text}"),)))
    assert re.fullmatch(r"::error title=[^:,\r\n]*::[^\r\n]*", line)
    assert "%0A" not in line.replace("%250A", "")


# What a run prints is no command either.


def test_commands_are_stopped_while_a_run_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    words = []
    for _ in range(2):
        with job.silenced():
            sys.stdout.write("::error::said by a server\n")
        stop, _, resume = capsys.readouterr().out.splitlines()
        word = stop.removeprefix("::stop-commands::")
        assert resume == f"::{word}::"
        words.append(word)
    assert words[0] != words[1]  # nobody can know it beforehand


def test_elsewhere_nothing_is_printed(
    two: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    with job.silenced():
        job.tell(two)
    assert capsys.readouterr() == ("", "")


def test_a_summary_that_cannot_be_written_is_one_line(
    two: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    job.tell(two)
    assert capsys.readouterr().err == f"mailconform: no job summary in {tmp_path}: Is a directory\n"
