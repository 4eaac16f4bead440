"""A real server that speaks SMTP in legal but odd ways: whatever the suites say of it beyond what they say of it plain is false."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance import campaign, target
from conformance.verdicts import Verdict
from tests.lab.conftest import WHOLE
from tests.peers.odd_smtp import ODDITIES, odd
from tests.peers.relay import relayed

pytestmark = pytest.mark.timeout(1800)

SELECTED = ("smtp",) if WHOLE else ("rfc5321/2", "rfc5321/3.3", "rfc5321/4.1", "rfc5321/4.2", "rfc2920", "rfc4954")
ACCUSING = {Verdict.FAIL, Verdict.WARN, Verdict.ERROR}


@pytest.mark.parametrize("oddity", ODDITIES if WHOLE else ("everything",))
def test_an_oddity_is_not_held_against_a_server(lab_servers: dict[str, Path], tmp_path: Path, oddity: str) -> None:
    file = lab_servers["postfix"]
    endpoint = target.load(file).endpoint("smtp")
    assert endpoint
    with relayed(endpoint, odd(oddity), segment=int(oddity in ("everything", "bare"))) as there:
        behind = tmp_path / "target.toml"
        behind.write_text(re.sub(r"(?m)^endpoints = \[.*\]$", f'endpoints = ["{there}"]', file.read_text()))
        done = campaign.perform(
            [str(behind)], campaign.Wanted(selectors=SELECTED, folder=tmp_path / "run", quiet=True, deadline=1700)
        )

    accused = [
        f"{r.check}: {r.verdict} {r.observed or r.why}"
        for r in done.run.results
        if r.verdict in ACCUSING and r.waiver is None
    ]
    assert not accused, "\n".join(accused)
    assert sum(r.verdict is Verdict.PASS for r in done.run.results) > 50
