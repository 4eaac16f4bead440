"""Clients that are wrong about STARTTLS are found, each by the check that is meant, and those that are right are left alone."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest

from conformance import campaign
from conformance.results import Result
from conformance.verdicts import Verdict
from tests.peers.smtp_extended import serving
from tests.peers.smtp_relaying import Manner, relaying

pytestmark = pytest.mark.timeout(300)

UNLISTED = "rfc3207/starttls-is-not-said-to-a-hop-that-does-not-list-it"
IN_CLEAR = "rfc3207/nothing-is-said-in-clear-between-starttls-and-the-handshake"
REFUSED = "rfc3207/no-handshake-follows-a-refusal"
HELLO = "rfc3207/ehlo-is-said-first-under-tls"
PARAMETERS = "rfc3207/no-extension-is-used-that-was-listed-in-clear-alone"
GROUPS = "rfc3207/commands-are-said-one-at-a-time-where-pipelining-was-listed-in-clear-alone"
INJECTION = "rfc3207/an-answer-in-clear-behind-220-is-no-answer-under-tls"
AGAIN = "rfc3207/starttls-is-not-said-under-tls"
LOSS = "rfc3207/a-message-is-not-lost-where-tls-is-not-to-be-had"
CHECKS = (UNLISTED, IN_CLEAR, REFUSED, HELLO, PARAMETERS, GROUPS, INJECTION, AGAIN, LOSS)
ACCUSED: dict[Manner, set[str]] = {
    Manner.PLAIN: set(),
    Manner.NEVER: set(),
    Manner.BREAKS_OFF: set(),
    Manner.UNASKED: {UNLISTED},
    Manner.IN_CLEAR: {IN_CLEAR},
    Manner.GROUPED: {IN_CLEAR},
    Manner.DEFIANT: {REFUSED},
    Manner.GREETLESS: {HELLO},
    Manner.OLD_LIST: {PARAMETERS, GROUPS},
    Manner.CREDULOUS: {INJECTION},
    Manner.AGAIN: {AGAIN},
    Manner.TWICE: {LOSS},
}

FEW = [list(Manner)[at : at + 4] for at in range(0, len(Manner), 4)]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, ...]:
    """The checks of clients, run against a server of each manner; few at a time, since a busy machine makes clients late."""
    folder = tmp_path_factory.mktemp("clients")
    return tuple(itertools.chain.from_iterable(asked(folder, few) for few in FEW))


def asked(folder: Path, manners: Iterable[Manner]) -> tuple[Result, ...]:
    """Run the checks of clients against servers of these manners."""
    with contextlib.ExitStack() as servers:
        files = [
            str(servers.enter_context(serving(folder / manner, name=manner, kind=relaying(manner))))
            for manner in manners
        ]
        out = folder / f"out-{Path(files[0]).parent.name}"
        return campaign.perform(files, campaign.Wanted(selectors=CHECKS, folder=out, quiet=True)).run.results


def verdicts(found: tuple[Result, ...], manner: Manner) -> dict[str, Verdict]:
    return {result.check: result.verdict for result in found if result.target == manner}


@pytest.mark.parametrize("manner", list(Manner))
def test_a_client_is_accused_of_what_it_does_wrong(judged: tuple[Result, ...], manner: Manner) -> None:
    found = verdicts(judged, manner)
    accused = {check.partition("[")[0] for check, verdict in found.items() if verdict in (Verdict.FAIL, Verdict.WARN)}
    assert accused == ACCUSED[manner], found
    assert Verdict.ERROR not in found.values()


def test_a_client_that_is_right_passes_everything(judged: tuple[Result, ...]) -> None:
    assert set(verdicts(judged, Manner.PLAIN).values()) == {Verdict.PASS}


def test_a_client_that_never_says_starttls_is_asked_nothing(judged: tuple[Result, ...]) -> None:
    found = verdicts(judged, Manner.NEVER)
    assert found.pop(UNLISTED) is Verdict.PASS
    assert set(found.values()) == {Verdict.UNSUPPORTED}


def test_every_lie_about_starttls_is_found(tmp_path: Path) -> None:
    with serving(tmp_path, name="peer", kind=relaying(Manner.PLAIN)) as file:
        wanted = campaign.Wanted(selectors=CHECKS, folder=tmp_path / "out", quiet=True, refute=True)
        proofs = campaign.perform([str(file)], wanted).proofs["peer"]

    assert set(proofs.values()) == {"proven"}, proofs
    assert {check.partition("[")[0] for check in proofs} == set(CHECKS)
