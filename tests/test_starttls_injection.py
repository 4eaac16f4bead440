"""Command injection by STARTTLS is found where it is, and nowhere else; and what no server of the lab proves of RFC 3207."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from conformance import campaign
from conformance.verdicts import Verdict
from tests.peers.smtp_starttls import Clear, Manners, serving

pytestmark = pytest.mark.timeout(300)
INJECTION = "rfc3207/a-command-in-clear-behind-starttls-is-not-carried-out-under-tls"
DEMANDED = (
    "rfc3207/every-command-that-needs-tls-is-answered-530",
    "rfc3207/commands-that-need-no-tls-are-carried-out",
    "rfc3207/the-530-for-want-of-tls-has-the-code-5-7-0",
)


def named(clear: Clear) -> str:
    return clear.value.replace(" ", "-")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> campaign.Done:
    """The suite of RFC 3207, section 4.2, run against a server of each kind."""
    folder = tmp_path_factory.mktemp("injection")
    with contextlib.ExitStack() as servers:
        files = []
        for clear in Clear:
            (folder / named(clear)).mkdir()
            files.append(
                str(servers.enter_context(serving(folder / named(clear), Manners(clear=clear), name=named(clear))))
            )
        return campaign.perform(files, campaign.Wanted(selectors=("rfc3207/4.2",), folder=folder / "out", quiet=True))


def verdicts(done: campaign.Done, clear: Clear, check: str = INJECTION) -> set[Verdict]:
    return {
        result.verdict
        for result in done.run.results
        if result.target == named(clear)
        and result.check.startswith(check)
        and result.verdict is not Verdict.UNSUPPORTED
    }


@pytest.mark.parametrize("clear", [Clear.CARRIED_OUT, Clear.CARRIED_OUT_LATER])
def test_a_server_that_carries_out_commands_from_clear_is_accused(judged: campaign.Done, clear: Clear) -> None:
    assert verdicts(judged, clear) == {Verdict.FAIL}


@pytest.mark.parametrize("clear", [Clear.DISCARDED, Clear.REFUSED])
def test_a_server_that_does_not_is_not_accused(judged: campaign.Done, clear: Clear) -> None:
    assert verdicts(judged, clear) == {Verdict.PASS}
    assert Verdict.FAIL not in verdicts(judged, clear, "rfc3207/")


def test_every_lie_about_the_result_of_starttls_is_found(tmp_path: Path) -> None:
    with serving(tmp_path, Manners()) as file:
        wanted = campaign.Wanted(selectors=("rfc3207/4.2", "rfc2246"), folder=tmp_path / "out", quiet=True, refute=True)
        proofs = campaign.perform([str(file)], wanted).proofs["peer"]

    assert "unproven" not in " ".join(proofs.values()), proofs
    assert f"{INJECTION}[noop-smtp]" in [check for check, proof in proofs.items() if proof == "proven"]


def test_what_a_server_says_that_demands_tls_is_judged(tmp_path: Path) -> None:
    with serving(tmp_path, Manners(demands_tls=True)) as file:
        wanted = campaign.Wanted(selectors=DEMANDED, folder=tmp_path / "out", quiet=True, refute=True)
        done = campaign.perform([str(file)], wanted)

    proven = {check.partition("[")[0] for check, proof in done.proofs["peer"].items() if proof == "proven"}
    assert proven == set(DEMANDED), done.proofs
