"""`mailconform compare` as a program: what it prints and writes, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import runs

from conformance.results import Result
from conformance.verdicts import Outcome


def mailconform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.cli", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def one(outcome: Outcome, requirement: str = "RFC1939-5-02", **more: str) -> Result:
    return runs.result("alder", "a-check", "A check", requirement, outcome, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    runs.write(folder / "two", runs.two_targets())
    runs.write(folder / "holds", (one(Outcome.HELD),))
    runs.write(folder / "broken", (one(Outcome.BROKEN),))
    runs.write(folder / "waived", (one(Outcome.BROKEN, waiver="known"),))
    runs.write(folder / "unclear", (one(Outcome.UNCLEAR),))
    runs.write(folder / "cut", (one(Outcome.HELD),), finished=False)
    runs.write(folder / "should-holds", (one(Outcome.HELD, "RFC1939-5-11"),))
    runs.write(folder / "should-broken", (one(Outcome.BROKEN, "RFC1939-5-11"),))
    runs.write(folder / "another-name", (replace(one(Outcome.BROKEN), target="elm"),))
    (folder / "empty").mkdir()
    return folder


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("holds", "holds"), 0, "no difference of the asked classes that is not waived"),
        (("holds", "broken"), 8, "1 regress MUST"),
        (("holds", "another-name"), 8, "1 regress MUST"),
        (("holds", "broken", "--fail-on", "none"), 0, "no difference of the asked classes that is not waived"),
        (("holds", "waived"), 0, "no difference of the asked classes that is not waived"),
        (("broken", "holds"), 0, "no difference of the asked classes that is not waived"),
        (("broken", "holds", "--fail-on", "differ"), 8, "1 repaired"),
        (("should-holds", "should-broken"), 0, "no difference of the asked classes that is not waived"),
        (("should-holds", "should-broken", "--fail-on", "should"), 8, "1 regress SHOULD"),
        (("holds", "unclear"), 6, "nothing was judged on both sides"),
        (("holds", "cut"), 6, "a run that was interrupted proves no absence of differences"),
        (("cut", "broken"), 8, "1 regress MUST"),
        (("two", "--from", "birch", "--to", "alder", "--fail-on", "should"), 8, "1 regress SHOULD"),
        (("two", "two", "--from", "birch"), 0, "no difference of the asked classes that is not waived"),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, why: str, folder: Path) -> None:
    done = mailconform(folder, "compare", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"exit {code}  ({why})"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "holds"), "no results in nowhere: No such file or directory"),
        (("empty", "holds"), "no results in empty: No such file or directory"),
        (("two", "holds"), "two has 2 targets: choose with --from (alder, birch)"),
        (("two", "--from", "alder"), "two has 2 targets: choose with --to (alder, birch)"),
        (("holds", "two", "--to", "elm"), "two has no target elm (it has: alder, birch)"),
        (("holds", "holds", "--md", "--json"), "give --md or --json, not both"),
        (("holds", "holds", "--html", "no/such/folder.html"), "no/such/folder.html: No such file or directory"),
    ],
)
def test_a_mistake_is_one_line_and_exit_4(arguments: tuple[str, ...], said: str, folder: Path) -> None:
    done = mailconform(folder, "compare", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (4, "", f"mailconform: {said}\n")


def test_data_alone_goes_to_standard_output(folder: Path) -> None:
    done = mailconform(folder, "compare", "holds", "broken", "--json")
    assert json.loads(done.stdout)["counts"]["regress MUST"] == 1
    assert (done.returncode, done.stderr) == (8, "mailconform: exit 8  (1 regress MUST)\n")


def test_markdown_and_page(folder: Path) -> None:
    done = mailconform(folder, "compare", "holds", "broken", "--md", "--html", "page.html")
    assert done.stdout.startswith("# alder → alder\n")
    assert "<h1>alder → alder</h1>" in (folder / "page.html").read_text()
