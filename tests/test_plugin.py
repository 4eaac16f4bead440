"""The plugin, in a pytest of its own: what happens in a check becomes a result, and nothing around the run changes it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance import results, runner, running, verifies
from conformance.audits import AUDITS
from conformance.checks import Check
from conformance.faults import Fault
from conformance.requirements import CatalogueError
from conformance.results import Result, Run
from tests.peers import pop3 as peers
from tests.peers.pop3 import Oddity, Pop3Server, Session, serving

TRUTH = Fault()
OUTCOMES = '''
"""A tiny suite: one check for each thing that may happen."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import Inconclusive, NotSupported, Reason, needs, rewrite, say, verifies

LIE = say(b"-ERR lie\\r\\n", of=rb"NOOP")


@verifies("RFC1939-3-02", refuted_by=say(b"-ERR lie\\r\\n", of=rb"CAPA"))
def test_a_held(pop3):
    """Ask for CAPA."""
    assert pop3.command("CAPA").positive


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_a_survivor(pop3):
    """Ask for CAPA, and lie about NOOP."""
    assert pop3.command("CAPA").positive


@verifies("RFC1939-3-02", "RFC1939-3-05", refuted_by=LIE)
def test_b_broken(pop3):
    """Demand what no server does."""
    with Path(__file__).with_name("attempts").open("a") as attempts:
        attempts.write("x")
    assert pop3.command("USER", "alice").text == b"welcome"


@verifies("RFC1939-3-05", refuted_by=LIE)
def test_c_advice_is_not_followed(pop3):
    """A SHOULD statement."""
    assert pop3.command("NOOP").positive, "no \\x1b[2J here"


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_d_flaky(pop3):
    """Broken once, held in the second attempt."""
    marker = Path(__file__).with_name("once")
    before = marker.exists()
    marker.touch()
    assert not pop3.command("NOOP" if before else "STAT").positive
    assert before, "only the first time"


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_e_absent():
    """Something that is not offered."""
    raise NotSupported("XTRA is not announced")


@verifies("RFC1939-3-02", refuted_by=LIE)
@needs("UTF8")
def test_f_needs_what_is_not_announced(pop3):
    """UTF8 is not announced by the peer."""
    assert False


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_g_inconclusive(pop3):
    """A precondition that is not met."""
    pop3.command("XYZZY").ok()


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_h_crashed(pop3):
    """A bug of the check."""
    return 1 / 0


@verifies("RFC1939-3-02", refuted_by=LIE)
@pytest.mark.parametrize("word", ["NOOP", "STAT"])
def test_i_cases(pop3, word):
    """Two cases, with input that is made up."""
    _refuse_each(pop3, word)


def _refuse_each(pop3, word):
    @given(st.just(word))
    def refuse(made_up):
        assert pop3.command(made_up).negative

    refuse()


@pytest.fixture
def wreck():
    assert False, "a fixture accuses nobody"


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_j_without_its_fixture(pop3, wreck):
    """The fixture fails."""


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_k_stumbles(pop3):
    """An answer of another form than the check takes for granted."""
    assert pop3.command("NOOP").lines[9]


def test_no_check_at_all():
    """Plain tests beside checks are run as plain tests."""
    assert True
'''
KILLING = '''
"""A check that kills the server, between two that do not."""

from conformance import say, verifies

LIE = say(b"-ERR lie\\r\\n", of=rb"CAPA")


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_before(pop3):
    """Fine."""
    assert pop3.command("CAPA").positive


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_the_killer(pop3):
    """Kills the server."""
    assert pop3.command("XKILL").positive


@verifies("RFC1939-3-02", refuted_by=LIE)
def test_behind(pop3):
    """Finds nobody there."""
    assert pop3.command("CAPA").positive
'''


def suite(folder: Path, **modules: str) -> Path:
    """Write a suite called tiny."""
    tiny = folder / "tiny"
    tiny.mkdir()
    for name, text in modules.items():
        (tiny / f"test_{name}.py").write_text(text)
    return tiny


def ran(
    tiny: Path, target: Path, *, cwd: Path | None = None, environment: Mapping[str, str] | None = None, **options: str
) -> tuple[subprocess.CompletedProcess[str], Run | None]:
    folder = tiny.parent / "run"
    given = {"target": str(target), "out": str(folder), "selectors": "tiny", **options}
    call = runner.command([tiny], given)
    done = subprocess.run(
        call,
        env=environment or runner.environment(folder),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done, results.read(folder) if (folder / "results.jsonl").is_file() else None


def by_name(run: Run | None) -> dict[str, Result]:
    assert run is not None
    return {result.check.removeprefix("tiny/"): result for result in run.results}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return suite(tmp_path_factory.mktemp("outcomes"), outcomes=OUTCOMES)


@pytest.fixture(scope="module")
def run(tiny: Path) -> Run:
    (tiny.parent / "peer").mkdir()
    with serving(tiny.parent / "peer", tls=False) as target:
        done, found = ran(tiny, target, refute="1")
    assert found is not None, done.stdout + done.stderr
    return found


@pytest.mark.parametrize(
    ("name", "outcome", "verdict", "reason", "said"),
    [
        ("a-held", "held", "pass", None, ""),
        ("b-broken", "broken", "fail", None, "assert .*welcome"),
        ("c-advice-is-not-followed", "broken", "warn", None, r"no \\x1b\[2J here"),
        ("d-flaky", "unclear", "inconclusive", "flaky", "broken once, held in attempt 2: only the first time"),
        ("e-absent", "absent", "unsupported", None, "XTRA is not announced"),
        (
            "f-needs-what-is-not-announced",
            "absent",
            "unsupported",
            None,
            "UTF8 is not announced; capabilities are .*UIDL",
        ),
        ("g-inconclusive", "unclear", "inconclusive", "precondition", '"XYZZY" was answered <"-ERR'),
        ("h-crashed", "crashed", "error", None, "ZeroDivisionError: division by zero"),
        ("i-cases[NOOP]", "held", "pass", None, ""),
        ("i-cases[STAT]", "held", "pass", None, ""),
        (
            "k-stumbles",
            "unclear",
            "inconclusive",
            "precondition",
            r"an answer lacks .*IndexError.* in test_outcomes.py:\d+",
        ),
        ("j-without-its-fixture", "crashed", "error", None, "AssertionError: a fixture accuses nobody"),
    ],
)
def test_what_happens_in_a_check_becomes_a_result(
    run: Run, name: str, outcome: str, verdict: str, reason: str | None, said: str
) -> None:
    result = by_name(run)[name]

    assert (result.outcome, result.verdict, result.reason) == (outcome, verdict, reason)
    assert re.search(said, result.observed if outcome == "broken" else result.why)


def test_only_checks_have_results(run: Run) -> None:
    assert len(run.results) == 13
    assert "no-check-at-all" not in by_name(run)


def test_an_accusation_is_confirmed_twice(run: Run, tiny: Path) -> None:
    attempts = {name: result.attempts for name, result in by_name(run).items()}

    assert len((tiny / "attempts").read_text()) == 3
    assert (attempts["a-held"], attempts["b-broken"], attempts["d-flaky"], attempts["h-crashed"]) == (1, 3, 2, 1)


def test_an_accusation_shows_what_was_expected_and_where_it_was_seen(run: Run) -> None:
    result = by_name(run)["b-broken"]

    assert result.level == "MUST"
    assert result.requirements == ("RFC1939-3-02", "RFC1939-3-05")
    assert result.expected == run.header["requirements"]["RFC1939-3-02"]["text"]
    assert result.evidence is not None
    line = (run.folder / result.evidence.transcript).read_text().splitlines()[result.evidence.line - 1]
    assert re.search(r'  S  \d+  "\+OK', line)
    assert result.title == "B broken"


def test_what_broke_once_is_the_evidence_and_what_held_stands_behind_it(run: Run) -> None:
    evidence = by_name(run)["d-flaky"].evidence

    assert evidence is not None
    said = (run.folder / evidence.transcript).read_text().splitlines()
    asked = {verb: next(at for at, line in enumerate(said) if f'"{verb}' in line) for verb in ("STAT", "NOOP")}
    assert asked["STAT"] < evidence.line - 1 < asked["NOOP"]


def test_the_header_tells_of_targets_statements_and_checks_what_reports_show(run: Run) -> None:
    (target,) = run.header["targets"]
    demanded = run.header["requirements"]

    assert target["declared"][:1] == ["account 1"]
    assert demanded["RFC1939-3-02"]["untested"] is None
    assert demanded["RFC1939-7-02"]["untested"]
    assert run.header["generated"] == ["tiny/i-cases"]


def test_the_footer_counts_and_explains(run: Run) -> None:
    assert run.footer is not None
    assert (run.footer["exit"], run.footer["counts"]["error"]) == (3, 2)
    assert run.footer["why"].startswith("2 checks ended in an error of the harness, first tiny/h-crashed")
    assert run.footer["targets"]["reference"]["connections"] > 10


def test_checks_that_hold_are_held_against_their_fault(run: Run) -> None:
    assert run.footer is not None
    proofs = {name.removeprefix("tiny/"): word for name, word in run.footer["proofs"].items()}

    assert proofs["a-held"] == "proven"
    assert proofs["a-survivor"].startswith("unproven: held")
    assert proofs["b-broken"].startswith("not held: broken")


def test_no_secret_is_in_the_run_folder(run: Run) -> None:
    for path in run.folder.rglob("*"):
        assert not path.is_file() or b"alice-secret" not in path.read_bytes(), path


def test_a_check_that_kills_the_server_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mortal(Session):
        def allowed(self) -> set[bytes]:
            return super().allowed() | {b"XKILL"}

        def do_xkill(self, args: list[bytes]) -> bool:
            for listening in self.server.sockets:
                listening.shutdown(peers.socket.SHUT_RDWR)
            self.ok(b"dying")
            return False

    monkeypatch.setattr(peers, "Session", Mortal)
    server = Pop3Server(tmp_path / "peer", Oddity(), {}, None)
    target = tmp_path / "target.toml"
    target.write_text(f'name = "mortal"\nendpoints = ["pop3://127.0.0.1:{server.ports[0]}"]\npatience = "2s"\n')
    done, found = ran(suite(tmp_path, killing=KILLING), target)
    for listening in server.sockets:
        listening.close()

    assert done.returncode == 6, done.stdout + done.stderr
    for result in by_name(found).values():
        assert (result.verdict, result.reason) == ("inconclusive", "connection-lost")
        assert re.fullmatch(
            r"the target no longer answers \(connection-lost: .* refused\), last during tiny/the-killer", result.why
        )
    assert len(by_name(found)) == 3


def check(name: str, *requirements: str, refuted_by: Fault | None = TRUTH) -> Check:
    return Check(id=name, title="", how="", requirements=requirements, refuted_by=refuted_by, needs=())


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([check("tiny/x", "RFC1939-99-99")], "tiny/x verifies RFC1939-99-99, which is in no requirements.jsonl"),
        ([check("tiny/x")], "tiny/x names no requirement or no fault: @verifies(ID, refuted_by=FAULT)"),
        ([check("tiny/x", "RFC1939-3-02", refuted_by=None)], "tiny/x names no requirement or no fault"),
        ([check("tiny/x", "RFC1939-3-02"), check("tiny/x", "RFC1939-3-01")], "two checks are called tiny/x"),
        ([check(AUDITS[0].id, "RFC1939-3-02"), AUDITS[0].as_check()], f"two checks are called {AUDITS[0].id}"),
    ],
)
def test_a_check_that_is_tied_wrongly_is_named(checks: list[Check], said: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(said)):
        running.validate(checks, running.catalogue())


def test_a_check_that_is_tied_wrongly_is_a_usage_error(tmp_path: Path) -> None:
    text = 'import pytest\n@pytest.mark.verifies("RFC1939-3-02")\ndef test_x(pop3):\n    """No fault."""\n'
    done, found = ran(suite(tmp_path, wrong=text), tmp_path / "no-target.toml")

    assert (done.returncode, found) == (4, None)
    assert "ERROR: tiny/x names no requirement or no fault" in done.stderr + done.stdout


def test_a_fault_is_not_left_out_by_accident() -> None:
    with pytest.raises(TypeError, match="refuted_by"):
        verifies("RFC1939-3-02")  # type: ignore[call-arg]


FINE = '''
"""One check."""

from conformance import say, verifies


@verifies("RFC1939-3-02", refuted_by=say(b"-ERR\\r\\n", of=rb"CAPA"))
def test_capa_is_answered(pop3):
    """Ask for CAPA."""
    assert pop3.command("CAPA").positive
'''


def test_nothing_around_the_run_changes_it(tmp_path: Path) -> None:
    """A foreign pytest.ini, conftest.py and PYTEST_ADDOPTS that would each break any pytest run."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise SystemExit('not yours')\n")
    (tmp_path / "peer").mkdir()
    os.environ["PYTEST_ADDOPTS"] = "--no-such-option"
    try:
        environment = runner.environment(tmp_path)
    finally:
        del os.environ["PYTEST_ADDOPTS"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with serving(tmp_path / "peer", tls=False) as target:
        done, found = ran(suite(elsewhere, fine=FINE), target, cwd=tmp_path, environment=environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert by_name(found)["capa-is-answered"].verdict == "pass"
    assert found is not None
    assert not found.interrupted


def test_a_wrong_target_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text("nonsense")
    done, found = ran(suite(tmp_path, fine=FINE), tmp_path / "target.toml")

    assert (done.returncode, found) == (4, None)
    assert f"ERROR: target file {tmp_path / 'target.toml'}: " in done.stderr + done.stdout


def test_a_target_that_cannot_be_judged_is_exit_6_and_a_folder_that_says_why(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text('name = "x"\nendpoints = ["imap://127.0.0.1:1"]\n')
    done, found = ran(suite(tmp_path, fine=FINE), tmp_path / "target.toml")

    assert done.returncode == 6
    assert found is not None
    assert found.footer is not None
    assert (found.footer["exit"], found.results) == (6, ())
    assert found.footer["why"] == (
        "x: it has nothing that the chosen checks speak with, pop3:// or imap:// or smtp:// or lmtp:// or http:// or [[spf]] or "
        "[[dkim]] or [[dmarc]]"
    )


def test_without_a_target_checks_are_skipped(tmp_path: Path) -> None:
    call = runner.command([suite(tmp_path, fine=FINE)], {})
    done = subprocess.run(
        call, env=runner.environment(tmp_path), capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0
    assert "1 skipped" in done.stdout
