"""The lab as a whole: one matrix of all servers, every finding known, the same verdicts again, every check proven."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from conformance import campaign, lab, runner, running
from conformance.verdicts import Verdict
from tests.peers.pop3 import Oddity, serving

PROVEN = running.SUITES / "proven.txt"

pytestmark = pytest.mark.timeout(1200)


REFUTED = ("dovecot", "cyrus", "popa3d")
"""Servers on which each check is also held through its fault: one of each kind, and none that answers refusals late."""

REFERENCES = {
    "reference": Oddity(),
    "reference-no-clear-passwords": Oddity(clear_passwords=False, other_secret=True),
}
"""Configurations that no server of the lab has, of the server that obeys the RFCs: some checks are proven on it alone."""


@pytest.fixture(scope="module")
def first(lab_servers: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> campaign.Done:
    """Run everything on every server."""
    return judged(lab_servers.values(), tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def refuted(lab_servers: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> campaign.Done:
    """Run each check as it is and through its fault."""
    with contextlib.ExitStack() as peers:
        files = [lab_servers[name] for name in REFUTED]
        for name, oddity in REFERENCES.items():
            files.append(peers.enter_context(serving(tmp_path_factory.mktemp(name), oddity, name=name)))
        return judged(files, tmp_path_factory.mktemp("refuted"), refute=True)


def judged(files: Iterable[Path], folder: Path, *, refute: bool = False) -> campaign.Done:
    wanted = campaign.Wanted(selectors=("pop3",), folder=folder, refute=refute, quiet=True)
    return campaign.perform([str(file) for file in files], wanted)


@pytest.fixture(scope="module")
def delayed(tmp_path_factory: pytest.TempPathFactory) -> campaign.Done:
    """Refute the checks that need a server which keeps its LOGIN-DELAY."""
    folder = tmp_path_factory.mktemp("delayed")
    with serving(folder, Oddity(login_delay=1), name="login-delay") as file:
        return campaign.perform(
            [str(file)], campaign.Wanted(selectors=("rfc2449/6.5",), folder=folder / "out", refute=True, quiet=True)
        )


def test_every_finding_is_a_known_deviation(first: campaign.Done) -> None:
    unknown = [
        f"{r.target} {r.check}: {r.observed}"
        for r in first.run.results
        if r.verdict is Verdict.FAIL and r.waiver is None
    ]

    assert not unknown, "\n".join(unknown)


def test_every_known_deviation_is_still_there(first: campaign.Done) -> None:
    assert first.run.footer is not None
    assert first.run.footer["waiver_problems"] == []


def test_every_server_is_judged(first: campaign.Done) -> None:
    counts = Counter(r.target for r in first.run.results if r.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WARN))

    assert set(counts) == set(lab.names())
    assert min(counts.values()) > 100, counts


def test_no_check_survives_its_fault_and_each_is_proven_somewhere(
    refuted: campaign.Done, delayed: campaign.Done
) -> None:
    words = [
        (t, check, word)
        for done in (refuted, delayed)
        for t, proofs in done.proofs.items()
        for check, word in proofs.items()
    ]
    proven = {check.partition("[")[0] for _, check, word in words if word == "proven"}

    assert [row for row in words if row[2].startswith("unproven")] == []
    assert {row["check"].partition("[")[0] for row in runner.collect(["pop3"])} - proven == set()
    if os.environ.get("UPDATE_GOLDEN"):
        PROVEN.write_text("\n".join(sorted(proven)) + "\n", "utf-8")
    assert running.proven() == proven


def test_a_second_run_gives_the_same_verdicts(
    first: campaign.Done, lab_servers: dict[str, Path], tmp_path: Path
) -> None:
    again = judged(lab_servers.values(), tmp_path)

    before, after = verdicts(first), verdicts(again)
    assert {key: (before[key], after[key]) for key in after if before[key] is not after[key]} == {}


def verdicts(done: campaign.Done) -> dict[tuple[str, str], Verdict]:
    return {(r.target, r.check): r.verdict for r in done.run.results}
