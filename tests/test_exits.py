"""Exit codes: each one, what it is said with, and which wins."""

from __future__ import annotations

import datetime as dt
import itertools
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance import cli, exits, results, runner
from conformance.exits import Exit
from conformance.requirements import Level
from conformance.results import Result
from conformance.verdicts import Outcome, Reason, judge
from tests.peers.pop3 import serving


def result(outcome: Outcome, level: Level = Level.MUST, **changes: Any) -> Result:
    fields: dict[str, Any] = {
        "target": "alder", "check": "rfc1939/x", "title": "", "requirements": ("RFC1939-5-01",), "rfc": 1939, "section": "5",
        "level": level, "inferred": False, "outcome": outcome, "verdict": judge(outcome, level),
    }  # fmt: skip
    return Result(**{**fields, **changes})


HELD = result(Outcome.HELD)
FAIL = result(Outcome.BROKEN)
WARN = result(Outcome.BROKEN, Level.SHOULD)
OBSERVED = result(Outcome.BROKEN, Level.MAY)
WAIVED = result(Outcome.BROKEN, waiver="known")
ABSENT = result(Outcome.ABSENT)
OPEN = result(Outcome.UNCLEAR, reason=Reason.SILENT, why="no answer")
NOT_SET_UP = result(Outcome.UNCLEAR, reason=Reason.NOT_SET_UP, why="needs account 2")
CRASHED = result(Outcome.CRASHED)


def test_the_numbers_are_promised() -> None:
    assert {code.name: code.value for code in Exit} == {
        "JUDGED": 0, "FINDINGS": 1, "INTERRUPTED": 2, "HARNESS_ERROR": 3, "USAGE": 4, "NOTHING_SELECTED": 5, "CANNOT_JUDGE": 6,
        "WAIVER_PROBLEM": 7, "DIFFERENCES": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("results", "given", "code", "why"),
    [
        ([HELD], {}, 0, "no finding"),
        ([HELD, WARN, OBSERVED], {}, 0, "no finding"),
        ([HELD, WAIVED], {}, 0, "every finding is waived"),
        ([HELD, ABSENT], {}, 0, "no finding"),
        ([HELD, FAIL, FAIL, WARN], {}, 1, "2 MUST and 0 SHOULD findings not waived"),
        ([HELD, WARN], {"fail_on": "should"}, 1, "0 MUST and 1 SHOULD findings not waived"),
        ([FAIL, WARN], {"fail_on": "any"}, 1, "1 MUST and 1 SHOULD findings not waived"),
        ([FAIL, WARN], {"fail_on": "none"}, 0, "no finding"),
        ([HELD, CRASHED, FAIL], {}, 3, "1 checks ended in an error of the harness, first rfc1939/x"),
        ([], {}, 5, "no check was selected"),
        ([OPEN], {}, 6, "nothing could be judged: no answer"),
        ([ABSENT], {}, 6, "nothing could be judged: unsupported"),
        ([HELD, OPEN], {}, 6, "1 of 2 MUST checks could not be judged, first rfc1939/x: no answer"),
        ([HELD, OPEN], {"max_unjudged": 0.5}, 0, "no finding"),
        ([HELD, NOT_SET_UP, NOT_SET_UP], {}, 0, "no finding"),
        ([HELD, result(Outcome.UNCLEAR, Level.SHOULD)], {}, 0, "no finding"),
        ([HELD] * 19 + [OPEN], {}, 0, "no finding"),
        ([HELD] * 18 + [OPEN], {}, 6, "1 of 19 MUST checks could not be judged, first rfc1939/x: no answer"),
        ([HELD], {"waiver_problems": ["waiver expired", "another"]}, 7, "waiver expired"),
        ([HELD, FAIL], {"waiver_problems": ["waiver expired"]}, 1, "1 MUST and 0 SHOULD findings not waived"),
        ([HELD, OPEN], {"waiver_problems": ["waiver expired"]}, 6, "1 of 2 MUST checks could not be judged, first rfc1939/x: no answer"),
        ([FAIL, OPEN], {}, 1, "1 MUST and 0 SHOULD findings not waived"),
    ],
)  # fmt: skip
def test_a_run_that_came_to_its_end(results: list[Result], given: dict[str, Any], code: int, why: str) -> None:
    assert exits.of(results, **given) == (Exit(code), why)


@pytest.mark.parametrize("pair", list(itertools.permutations((3, 4, 2, 1, 8, 6, 7, 5, 0), 2)), ids=str)
def test_of_several_the_first_in_order_wins(pair: tuple[int, int]) -> None:
    order = (3, 4, 2, 1, 8, 6, 7, 5, 0)
    first, _ = exits.first([(Exit(code), str(code)) for code in pair])

    assert first == min(pair, key=order.index)


def test_the_first_of_equals_has_the_word() -> None:
    assert exits.first([(Exit.FINDINGS, "one"), (Exit.FINDINGS, "two"), (Exit.JUDGED, "none")]) == (
        Exit.FINDINGS,
        "one",
    )


def test_every_word_of_fail_on_is_understood() -> None:
    for word in exits.FAIL_ON:
        assert exits.of([HELD], fail_on=word)[0] is Exit.JUDGED


# Each code, from the command line, on a server and with a suite of a few checks.


SUITE = '''
"""One check for each way in which a run may end."""

from pathlib import Path

from conformance import Inconclusive, Reason, say, verifies

LIE = say(b"-ERR lie\\r\\n", of=rb"NOOP")


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_held(pop3):
    """Hold."""
    assert pop3.command("CAPA").positive


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_broken(pop3):
    """Demand what no server does."""
    assert pop3.command("USER", "alice").text == b"welcome"


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_broken_once(pop3):
    """Demand what the server does from the second time on."""
    marker = Path(__file__).with_name("once")
    before = marker.exists()
    marker.touch()
    assert before, "not the first time"


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_crash(pop3):
    """Fail by a mistake of its own."""
    raise ZeroDivisionError


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_open(pop3):
    """Come to no end."""
    raise Inconclusive(Reason.AMBIGUOUS, "it may mean anything")


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_break_off(pop3):
    """Be stopped by a key."""
    raise KeyboardInterrupt
'''
WAIVER = """
[[waive]]
check = "rfc1939/{check}"
target = "*"
reason = "known"
owner = "postmaster"
added = {added}
expires = {expires}
observed = "{observed}"
"""


@dataclass(frozen=True)
class Place:
    """A folder with a small suite and a target file, in which commands are called."""

    folder: Path
    target: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def call(self, *arguments: str) -> tuple[int, str]:
        """Run a command in the folder; return its exit code and the line that says why."""
        self.patch.chdir(self.folder)
        self.patch.setattr(sys, "argv", ["mailconform", *arguments])
        self.patch.setattr(runner, "suite_folders", lambda: (self.folder / "suites",))
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = self.capture.readouterr()
        why = [line for line in (said.out + said.err).splitlines() if line.startswith(("exit ", "mailconform: "))]
        return int(end.value.code or 0), why[-1]

    def run(self, *checks: str, **options: str) -> tuple[int, str]:
        """Run these checks; an option is given with underscores."""
        selected = [word for check in checks for word in ("-s", f"rfc1939/{check}")]
        given = [f"--{name.replace('_', '-')}{f'={value}' if value else ''}" for name, value in options.items()]
        return self.call("run", str(self.target), "-q", *selected, *given)

    def waive(self, check: str, *, observed: str = "") -> str:
        today = dt.datetime.now(dt.UTC).date()
        fields = {"check": check, "observed": observed, "added": today, "expires": today + dt.timedelta(30)}
        (self.folder / "waivers.toml").write_text(WAIVER.format(**fields))
        return "waivers.toml"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with serving(tmp_path_factory.mktemp("served")) as target:
        yield target


@pytest.fixture
def place(tmp_path: Path, served: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    (tmp_path / "suites" / "rfc1939").mkdir(parents=True)
    (tmp_path / "suites" / "rfc1939" / "test_small.py").write_text(SUITE)
    return Place(tmp_path, served, capsys, monkeypatch)


@pytest.mark.parametrize(
    ("checks", "options", "code", "why"),
    [
        (["held"], {}, 0, "(no finding)"),
        (["held", "broken"], {}, 1, "(1 MUST and 0 SHOULD findings not waived)"),
        (["break-off"], {}, 2, "interrupted"),
        (["held", "crash"], {}, 3, "(1 checks ended in an error of the harness, first rfc1939/crash)"),
        (["held"], {"waivers": "nowhere.toml"}, 4, "waivers file nowhere.toml: No such file or directory"),
        (["held", "!rfc1939/held"], {}, 5, "the selectors leave no check"),
        (["held", "open"], {}, 6, "(1 of 2 MUST checks could not be judged, first rfc1939/open: "),
    ],
    ids=["0", "1", "2", "3", "4", "5", "6"],
)
def test_a_run_ends_with_each_code(
    place: Place, checks: list[str], options: dict[str, str], code: int, why: str
) -> None:
    arguments = [word for check in checks for word in ("-s", check if check.startswith("!") else f"rfc1939/{check}")]
    given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    ended, said = place.call("run", str(place.target), "-q", *arguments, *given)
    assert ended == code, said
    assert why in said


def test_nobody_who_answers_is_6(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    code, why = place.call("run", f"pop3://127.0.0.1:{port}", "-q", "-s", "rfc1939/held")
    assert code == 6
    assert "connection refused" in why


@pytest.mark.parametrize(
    ("check", "waiver", "options", "why"),
    [
        ("held", {"check": "heldd"}, {}, "waiver names an unknown check: rfc1939/heldd (did you mean rfc1939/held?)"),
        ("held", {"check": "held"}, {"strict_waivers": ""}, "unexpected pass: rfc1939/held on * is waived, and passes"),
        ("broken", {"check": "broken", "observed": "^no$"}, {"fail_on": "none", "strict_waivers": ""}, "waiver no longer fits: rfc1939/broken on * is waived for '^no$', and observed is "),
    ],
    ids=["unknown", "stale", "changed"],
)  # fmt: skip
def test_waivers_that_are_wrong_are_7(
    place: Place, check: str, waiver: dict[str, str], options: dict[str, str], why: str
) -> None:
    ended, said = place.run(check, waivers=place.waive(**waiver), **options)
    assert ended == 7, said
    assert why in said


def test_what_is_wrong_with_waivers_is_in_the_reports(place: Place) -> None:
    code, _ = place.run("held", waivers=place.waive("held"), out="out")
    assert code == 0  # a waiver that is no longer needed is an error only to who is strict
    assert "unexpected pass" in (place.folder / "out" / "report.md").read_text().replace("\\", "")
    assert (
        '"unexpected pass: rfc1939/held on * is waived, and passes"'
        in (place.folder / "out" / "results.sarif").read_text()
    )


@pytest.mark.parametrize(
    ("retries", "code", "verdict", "attempts"),
    [("2", 6, "inconclusive", 2), ("0", 1, "fail", 1)],
)
def test_a_failure_is_confirmed_as_often_as_is_asked(
    place: Place, retries: str, code: int, verdict: str, attempts: int
) -> None:
    ended, _ = place.run("broken-once", retries_fail=retries, out="out")
    (found,) = results.read(place.folder / "out").results
    assert (ended, found.verdict, found.attempts) == (code, verdict, attempts)
    if code == 6:
        assert found.reason is Reason.FLAKY
        assert found.why.startswith("broken once, held in attempt 2: not the first time")


def test_a_failure_that_no_waiver_forgives_is_confirmed(place: Place) -> None:
    place.run("broken-once", waivers=place.waive("broken-once", observed="^another answer$"), out="out")
    (found,) = results.read(place.folder / "out").results
    assert (found.reason, found.attempts) == (Reason.FLAKY, 2)


def test_a_regression_is_8(place: Place) -> None:
    lines = {name: FAIL.to_json() if name == "after" else HELD.to_json() for name in ("before", "after")}
    for name, line in lines.items():
        (place.folder / name).mkdir()
        head, foot = results.header_line({"targets": [{"name": "alder"}]}), results.footer_line({"exit": 0, "why": ""})
        (place.folder / name / "results.jsonl").write_text(f"{head}\n{line}\n{foot}\n")
    code, why = place.call("compare", "before", "after")
    assert (code, why) == (8, "exit 8  (1 regress MUST)")
