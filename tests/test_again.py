"""Back to a run: one question asked again, and what was answered read again by today's rules."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance import campaign, cli, results, runner
from conformance.audits import AUDITS
from conformance.campaign import Wanted
from conformance.embedded import serve
from conformance.rechecking import recheck
from conformance.results import Run
from conformance.verdicts import Outcome

SUITES = {
    "rfc1939": '''
import pytest
from conformance import say, verifies

@pytest.mark.parametrize("word", ["US ER", "NOOP"])
@verifies("RFC1939-3-02", refuted_by=say(b"x\\r\\n", of=rb"NOOP"))
def test_demand_too_much(pop3, word):
    """Demand what no server does."""
    assert pop3.command(word).text == b"welcome"
''',
    "rfc3501": '''
from conformance import say, verifies

@verifies("RFC3501-2.2.1-01", refuted_by=say(b"x\\r\\n", of=rb"NOOP"))
def test_answer(imap):
    """Ask for anything."""
    assert imap.command("NOOP").status == b"OK"
''',
    "rfc5321": '''
from conformance import say, verifies

@verifies("RFC5321-2.1-01", refuted_by=say(b"x\\r\\n", of=rb"NOOP"))
def test_answer(smtp):
    """Ask for anything."""
    assert smtp.command("NOOP").code == 250
''',
}
Call = Callable[..., tuple[int, list[str], str]]


@dataclass(frozen=True)
class Place:
    """A small suite, the servers it is run against, and a run of all of it with every audit."""

    suites: Path
    target: Path
    run: Run

    def copy(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.run.folder, folder / "copy"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("again")
    for name, code in SUITES.items():
        (folder / "suites" / name).mkdir(parents=True)
        (folder / "suites" / name / "test_small.py").write_text(code)
    (folder / "servers").mkdir()
    with serve(folder / "servers") as target, pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "suite_folders", lambda: (folder / "suites",))
        done = campaign.perform(
            [str(target)], Wanted(folder=folder / "run", quiet=True, given={str(target): str(target)})
        )
        yield Place(folder / "suites", target, done.run)


@pytest.fixture
def call(place: Place, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "suite_folders", lambda: (place.suites,))

    def called(*arguments: str | Path) -> tuple[int, list[str], str]:
        monkeypatch.setattr(sys, "argv", ["mailconform", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capfd.readouterr()
        return code, said.out.splitlines(), said.err

    return called


# One question again.


def test_a_question_is_asked_again_with_its_transcript(place: Place, call: Call) -> None:
    code, out, err = call("replay", place.run.folder, "rfc1939/demand-too-much[US ER]", "-o", "again")
    assert code == 1, err
    then, now, page, last = out
    assert (then[:13], now[:13]) == ("then  ✘ fail:", "now   ✘ fail:")
    assert (page, last) == ("Report  again/index.html", "exit 1  (1 MUST and 0 SHOULD findings not waived)")
    assert [r.check for r in results.read(Path("again")).results] == ["rfc1939/demand-too-much[US ER]"]
    assert '"US ER\\r\\n"' in err  # what was said, as it was said


def test_by_hand_nothing_is_asked(place: Place, call: Call) -> None:
    code, out, err = call("replay", place.run.folder, "rfc1939/demand-too-much[NOOP]", "--by-hand")
    assert (code, err) == (0, "")
    assert out[0] == "# rfc1939/demand-too-much[NOOP] on embedded: Demand too much"
    assert out[1].startswith("nc -C 127.0.0.1 ")
    assert out[2] == "NOOP"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "has no result of nobody"),
        (["rfc1939/demand-too-much", "--target", "nobody"], "has no target nobody (it has: embedded)"),
        (["rfc1939/demand-too-much", "-t", "nowhere.toml"], "the target file of that run is gone (nowhere.toml)"),
    ],
)
def test_a_mistake_is_one_line(place: Place, call: Call, arguments: list[str], said: str) -> None:
    code, out, err = call("replay", place.run.folder, *arguments)
    assert (code, out) == (4, [])
    assert said in err
    assert len(err.splitlines()) == 1


def test_of_several_targets_one_is_chosen(place: Place, call: Call, tmp_path: Path) -> None:
    copy = place.copy(tmp_path)
    header, *lines = (copy / "results.jsonl").read_text("utf-8").splitlines()
    fields = json.loads(header)
    fields["targets"].append({**fields["targets"][0], "name": "other"})
    more = [json.dumps({**json.loads(line), "target": "other"}) for line in lines if '"rfc1939/demand' in line]
    (copy / "results.jsonl").write_text("".join(f"{line}\n" for line in (json.dumps(fields), *more, *lines)))
    code, _, err = call("replay", copy, "rfc1939/demand-too-much")
    assert code == 4
    assert "choose with --target (other, embedded)" in err


# What was answered again.


def told(run: Run) -> dict[str, tuple[Outcome, str]]:
    """What the audits of a run have come to, those that heard nothing left out."""
    ids = {audit.id for audit in AUDITS}
    return {r.check: (r.outcome, r.observed) for r in run.results if r.check in ids and r.outcome is not Outcome.ABSENT}


def test_the_same_rules_say_the_same(place: Place) -> None:
    before = told(place.run)
    now = {entry.now.check: (entry.now.outcome, entry.now.observed) for entry in recheck(place.run)}
    assert len(before) > 100
    assert {check.partition("/")[0] for check in before} >= {"rfc1939", "rfc3501", "rfc5321"}
    assert now == before


def test_nothing_new_is_exit_0(place: Place, call: Call) -> None:
    code, out, err = call("recheck", place.run.folder)
    assert (code, err) == (0, "")
    assert out[-1] == "exit 0  (no new finding)"
    assert out[-2].endswith(" 0 new, 0 gone")


def test_what_rules_find_today_is_exit_1(place: Place, call: Call, tmp_path: Path) -> None:
    copy = place.copy(tmp_path)
    file = next(f for f in sorted((copy / "transcripts").rglob("*.txt")) if "+OK" in f.read_text())
    file.write_text(file.read_text().replace('"+OK', '"+Ok', 1))
    code, out, _ = call("recheck", copy, "-o", "now")
    assert code == 1
    assert out[0].startswith("new   ✘ embedded  rfc1939/")
    assert out[-1].endswith(" new MUST and 0 new SHOULD findings not waived)")
    written = results.read(tmp_path / "now")
    assert len(written.results) == len(place.run.results)
    assert out[0].split()[-1] in {r.check for r in written.results if r.outcome is Outcome.BROKEN}
    assert (tmp_path / "now" / "index.html").is_file()


def test_what_rules_no_longer_find_is_told(place: Place, call: Call, tmp_path: Path) -> None:
    copy = place.copy(tmp_path)
    held = next(check for check, (outcome, _) in told(place.run).items() if outcome is Outcome.HELD)
    lines = [json.loads(line) for line in (copy / "results.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        if line.get("check") == held:
            line.update(outcome="broken", verdict="fail", observed="something")
    (copy / "results.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    code, out, _ = call("recheck", copy)
    assert (code, out[0], out[1].strip()) == (0, f"gone  ✘ embedded  {held}", "something")


def test_an_audit_that_was_not_asked_accuses_nobody(place: Place, call: Call, tmp_path: Path) -> None:
    copy = place.copy(tmp_path)
    header, *lines = [json.loads(line) for line in (copy / "results.jsonl").read_text("utf-8").splitlines()]
    ids = {audit.id for audit in AUDITS}
    kept = [{**header, "selectors": ["rfc1939/demand-*"]}, *(line for line in lines if line.get("check") not in ids)]
    (copy / "results.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in kept))
    code, out, err = call("recheck", copy)
    assert (code, out) == (6, [])
    assert "holds no conversation of which an audit that was asked has anything to say" in err


@pytest.mark.parametrize("text", ["nonsense\n", '0.0  1  S  0  "+OK\\r\\n"\nnot an event\n'])
def test_a_transcript_that_is_none_is_one_line(place: Place, call: Call, tmp_path: Path, text: str) -> None:
    copy = place.copy(tmp_path)
    next((copy / "transcripts").rglob("*.txt")).write_text(text)
    code, out, err = call("recheck", copy)
    assert (code, out) == (4, [])
    assert "is not an event" in err
    assert len(err.splitlines()) == 1


def test_the_run_itself_is_not_written_over(place: Place, call: Call) -> None:
    before = (place.run.folder / "results.jsonl").read_bytes()
    assert call("recheck", place.run.folder, "-o", place.run.folder)[0] == 4
    assert call("replay", place.run.folder, "rfc1939/demand-too-much", "-o", place.run.folder)[0] == 4
    assert (place.run.folder / "results.jsonl").read_bytes() == before


def test_a_conversation_is_read_up_to_where_it_was_cut(place: Place, call: Call, tmp_path: Path) -> None:
    copy = place.copy(tmp_path)
    for file in (copy / "transcripts").rglob("*.txt"):
        lines = file.read_text().splitlines()
        half = len(lines) // 2
        side, connection, at = (
            lines[half].split(None, 3)[2],
            lines[half].split(None, 3)[1],
            lines[half].split(None, 1)[0],
        )
        lines[half] = f'{at}  {connection}  {side}  0  note "(70000 octets, not kept)"'
        file.write_text("".join(f"{line}\n" for line in lines))
    code, out, err = call("recheck", copy)
    assert code == 0, (out, err)
