"""The command: what a person does wrong is one line and the right exit code; what it prints can be read by programs."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance import campaign, cli, results, running
from conformance.exits import Exit
from conformance.reports import json_report
from tests.peers.pop3 import serving

SECRETS = [b"alice-secret", b"bob-secret"]
SMALLEST = 'name = "alder"\nendpoints = ["pop3://127.0.0.1:1"]\n'
WAIVER = """
[[waive]]
check = "rfc1939/each-command-gets-one-response"
target = "*"
reason = "known"
owner = "postmaster"
added = 2024-01-01
expires = 2024-12-31
"""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command in an empty folder of its own; whatever is raised is a failure."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["mailconform", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else -1
        captured = capfd.readouterr()
        return Said(code, captured.out, captured.err)

    return called


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run"], 4, "no target: give a target file, or a URL such as pop3://127.0.0.1:110"),
        (["run", "nowhere.toml"], 4, "target file nowhere.toml: No such file or directory"),
        (["run", "-t", "nowhere.toml"], 4, "target file nowhere.toml: No such file or directory"),
        (["run", "broken.toml"], 4, "target file broken.toml: Invalid value (at line 1, column 8)"),
        (["run", "unknown-key.toml"], 4, "target file unknown-key.toml: unknown key acount (did you mean 'account'?)"),
        (["run", "no-password.toml"], 4, "target file no-password.toml: password source 'env:NOT_SET_HERE': environment variable"),
        (["run", "alder.toml", "nowhere.toml"], 4, "target file nowhere.toml: No such file or directory"),
        (["run", "gopher://127.0.0.1"], 4, "'gopher://127.0.0.1': unknown scheme 'gopher'"),
        (["run", "pop3://alice@127.0.0.1"], 4, "account 'alice' has no password: give --password-from"),
        (["run", "pop3://h", "--user", "a", "--password-from", "secret"], 4, "password source 'secret' is none of"),
        (["run", "pop3://h", "--user", "a", "--password-from", "cmd:false"], 4, "password source 'cmd:false': the command did not"),
        (["run", "alder.toml", "--deadline", "soon"], 4, "'soon' is not a duration such as 30s or 5m"),
        (["run", "alder.toml", "--max-unjudged", "many"], 4, "--max-unjudged 'many': give a share such as 5%"),
        (["run", "alder.toml", "--fail-on", "bad"], 4, "Invalid value for '--fail-on'"),
        (["run", "alder.toml", "--waivers", "nowhere.toml"], 4, "waivers file nowhere.toml: No such file or directory"),
        (["run", "alder.toml", "--waivers", "broken.toml"], 4, "waivers file broken.toml: "),
        (["run", "alder.toml", "-s", "rfc9999"], 4, "selector 'rfc9999' is unknown"),
        (["run", "alder.toml", "-s", "level:grammar", "--skip", "level:grammar"], 5, "the selectors leave no check"),
        (["run", "alder.toml", "-s", "rfc1939/4", "-o", "alder.toml"], 4, "alder.toml"),
        (["list", "level:grammar", "!level:grammar"], 5, "nothing matches"),
        (["list", "--format", "xml"], 4, "Invalid value for '--format'"),
        (["explain", "nobody"], 5, "nothing is called 'nobody'"),
        (["explain"], 4, "Missing argument"),
        (["coverage", "9999"], 4, "no requirements of RFC 9999; known are 1652, 1734"),
        (["coverage", "x"], 4, "no requirements of RFC x; known are 1652, 1734"),
        (["report", "nowhere"], 4, "no results in nowhere: No such file or directory"),
        (["report", "bad-run"], 4, "line 1 is not JSON"),
        (["cleanup", "nowhere.toml"], 4, "target file nowhere.toml: No such file or directory"),
        (["cleanup", "no-store.toml"], 6, "alder has no imap:// or pop3:// endpoint"),
        (["schema", "nothing"], 4, "Invalid value for"),
        (["lab", "up", "nobody"], 4, "there is no server called nobody"),
        (["dance"], 4, "No such command 'dance'"),
        (["run", "--dance"], 4, "No such option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_mistake_is_one_line_and_its_exit_code(
    call: Call, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    account = '[[account]]\nuser = "a"\npassword'
    for name, text in {
        "alder": SMALLEST,
        "broken": "name = alder",
        "unknown-key": SMALLEST + "acount = 1",
        "no-password": SMALLEST + f'{account}_from = "env:NOT_SET_HERE"',
        "no-store": SMALLEST.replace("pop3", "smtp") + f'{account} = "b"',
    }.items():
        (tmp_path / f"{name}.toml").write_text(text)
    (tmp_path / "bad-run").mkdir()
    (tmp_path / "bad-run" / "results.jsonl").write_text("nonsense\n")
    ended = call(*arguments)

    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(f"mailconform: {said}") or (said in ended.err and "-o" in arguments)
    assert len(ended.err.splitlines()) == 1


def test_the_entry_point_is_a_program(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "run", "nowhere.toml"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "mailconform: target file nowhere.toml: No such file or directory\n"


@pytest.mark.parametrize("command", ["list", "coverage"])
def test_a_reader_that_leaves_changes_no_exit_code(tmp_path: Path, command: str) -> None:
    """What `head` has seen enough of goes on to its end, though the pipe is closed."""
    program = [sys.executable, "-m", "conformance.cli", command]
    with subprocess.Popen(program, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (0, b"")


def test_help_and_version_are_no_mistakes(call: Call) -> None:
    assert call("--help").code == call("run", "-h").code == 0
    assert call("--version").out.strip().endswith(running.version())


def test_no_command_shows_the_commands(call: Call) -> None:
    assert "coverage" in call().err + call().out


# What is printed.


def test_list(call: Call, collected: list[dict[str, object]]) -> None:
    assert json.loads(call("list", "--format", "json").out) == collected
    assert call("list", "--format", "ids").out.splitlines() == [row["check"] for row in collected]
    assert call("list").out.splitlines()[0].split() == ["check", "level", "source", "requirements"]


def test_list_of_some(call: Call) -> None:
    rows = json.loads(call("list", "rfc1939/7", "!level:may", "--format", "json").out)

    assert rows
    assert all(row["check"].startswith("rfc1939/") and row["level"] != "MAY" for row in rows)


@pytest.mark.parametrize("name", ["RFC1939-5-01", "rfc1939-5-01", "rfc1939/5", "rfc2449"])
def test_explain_requirements(call: Call, name: str) -> None:
    said = call("explain", name)

    assert said.code == 0
    assert said.out.count("  looked at: ") == said.out.count("  checks:    ") >= 1


def test_explain_checks(call: Call, collected: list[dict[str, object]]) -> None:
    for row in collected[::300]:
        said = call("explain", str(row["check"]))
        assert said.code == 0
        assert said.out.startswith(f"{row['check']}\n  {row['title']}\n  {row['how']}\n")


def test_coverage(call: Call) -> None:
    rows = json.loads(call("coverage", "--format", "json").out)

    assert [row["rfc"] for row in rows] == list(running.catalogue().rfcs)
    assert json.loads(call("coverage", "RFC1939", "--format", "json").out) == [
        row for row in rows if row["rfc"] == 1939
    ]
    assert "1939" in call("coverage").out


def test_coverage_of_what_is_untested(call: Call) -> None:
    rows = json.loads(call("coverage", "--untested", "--format", "json").out)

    assert all(row.get("id") or row.get("requirement") for row in rows)
    assert call("coverage", "1939", "--untested").code == 0


@pytest.mark.parametrize("name", ["results", "list", "coverage", "matrix"])
def test_schema(call: Call, name: str) -> None:
    assert json.loads(call("schema", name).out)["$schema"].startswith("https://json-schema.org/")


# A run.


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A run of all that handles passwords, with a waiver that has expired."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "waivers.toml").write_text(WAIVER)
    (folder / "peer").mkdir()
    with serving(folder / "peer") as target:
        selected = ["-s", "rfc1939/*pass*", "-s", "rfc1939/*digest*", "-s", "rfc5034/4", "-s", "rfc1939/each-command-*"]
        arguments = ["run", str(target), "-o", "out", *selected, "--waivers", "waivers.toml"]
        done = subprocess.run(
            [sys.executable, "-m", "conformance.cli", *arguments],
            cwd=folder, capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
    return done, folder / "out"


def test_a_waiver_that_has_expired_is_exit_7(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = finished
    run = results.read(folder)

    assert done.returncode == 7, done.stdout + done.stderr
    assert run.footer is not None
    assert run.footer["why"] == "waiver expired on 2024-12-31: rfc1939/each-command-gets-one-response on *"
    assert run.footer["waiver_problems"] == [run.footer["why"]]
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "Report  out/index.html"


def test_a_run_folder_is_whole(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = finished
    run = results.read(folder)

    assert not run.interrupted
    assert len(run.results) > 20
    assert {*campaign.RENDERERS, "results.jsonl"} <= {p.name for p in folder.iterdir()}
    assert ET.parse(folder / "junit.xml").getroot().tag == "testsuites"
    for result in run.results:
        if result.evidence:
            assert len((folder / result.evidence.transcript).read_text().splitlines()) >= result.evidence.line


def test_no_password_is_in_any_file_of_a_run(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = finished
    told = [b"\0alice\0alice-secret", b"alice\0alice\0alice-secret", *SECRETS]
    hidden = [*SECRETS, *(base64.b64encode(words) for words in told)]
    files = [path for path in folder.rglob("*") if path.is_file()]
    said = b"".join(path.read_bytes() for path in files) + (done.stdout + done.stderr).encode()

    assert len(files) > 20
    assert b"PASS **" in said
    assert b"AUTH PLAIN **" in said
    for secret in hidden:
        assert secret not in said, f"{secret!r} in {[path for path in files if secret in path.read_bytes()]}"


def test_report_renders_again_and_the_same(finished: tuple[subprocess.CompletedProcess[str], Path], call: Call) -> None:
    _, folder = finished
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    printed = call("report", folder)

    assert [Path(line).name for line in printed.out.split()] == [
        "index.html", "report.md", "junit.xml", "results.sarif", "matrix.json", "badge.svg",
    ]  # fmt: skip
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    matrix = call("report", folder, "--json").out
    assert json.loads(matrix) == json.loads(json_report.render(results.read(folder)))


def test_report_of_an_interrupted_run_says_so(
    finished: tuple[subprocess.CompletedProcess[str], Path], call: Call, tmp_path: Path
) -> None:
    text = (finished[1] / "results.jsonl").read_text()
    (tmp_path / "results.jsonl").write_text(text[: text.index('{"kind": "footer"') - 100])
    printed = call("report", tmp_path)

    assert printed.code == 0
    assert "interrupted" in (tmp_path / "report.md").read_text().lower()


def test_refute_says_what_is_proven_and_keeps_it(tmp_path: Path, call: Call) -> None:
    with serving(tmp_path, name="alder") as file:
        said = call(
            "refute", file, "-s", "rfc1939/stat-on-an-empty-maildrop-gives-two-zeros", "-o", tmp_path / "out", "-q"
        )

    assert said.code == 0, said
    assert said.out.splitlines()[-1] == (
        "1 checks proven, 0 survivors, 0 held by none of these targets and so not provable here"
    )
    footer = results.read(tmp_path / "out").footer or {}
    assert footer["proofs"] == {"alder": {"rfc1939/stat-on-an-empty-maildrop-gives-two-zeros": "proven"}}


def test_who_survives_its_fault_is_named(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    proofs = {"alder": {"a": "proven", "b": "unproven: pass"}, "birch": {"a": "not held", "c": "not held"}}
    done = campaign.Done(code=Exit.JUDGED, why="", folder=finished[1], run=results.read(finished[1]), proofs=proofs)

    assert done.survivors == [("alder", "b", "unproven: pass")]
    assert campaign.proven_words(done).splitlines() == [
        "✘ alder  b  unproven: pass",
        "? b  unproven: pass",
        "? c  not held",
        "1 checks proven, 1 survivors, 2 held by none of these targets and so not provable here",
    ]
