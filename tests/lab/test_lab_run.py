"""The lab as a whole: one matrix of all servers, every finding known, the same verdicts again, every check proven."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance import campaign, lab, runner
from conformance.verdicts import Verdict

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def target_files(lab_servers: dict[str, Path]) -> list[str]:
    return [str(path) for path in lab_servers.values()]


@pytest.fixture(scope="module")
def first(target_files: list[str], tmp_path_factory: pytest.TempPathFactory) -> campaign.Done:
    """Run everything, each check also through its fault."""
    wanted = campaign.Wanted(
        selectors=("pop3",), folder=tmp_path_factory.mktemp("first"), refute=True, quiet=True, strict_waivers=True
    )
    return campaign.perform(target_files, wanted)


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
    judged = Counter(r.target for r in first.run.results if r.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WARN))

    assert set(judged) == set(lab.names())
    assert min(judged.values()) > 100, judged


def test_no_check_survives_its_fault_and_each_is_proven_somewhere(first: campaign.Done) -> None:
    words = [(target, check, word) for target, proofs in first.proofs.items() for check, word in proofs.items()]
    proven = {check.partition("[")[0] for _, check, word in words if word == "proven"}

    assert [row for row in words if row[2].startswith("unproven")] == []
    assert {row["check"].partition("[")[0] for row in runner.collect(["pop3"])} - proven == set()


def test_a_second_run_gives_the_same_verdicts(first: campaign.Done, target_files: list[str], tmp_path: Path) -> None:
    again = campaign.perform(target_files, campaign.Wanted(selectors=("pop3",), folder=tmp_path, quiet=True))

    assert verdicts(again) == verdicts(first)


def verdicts(done: campaign.Done) -> dict[tuple[str, str], Verdict]:
    return {(r.target, r.check): r.verdict for r in done.run.results}
