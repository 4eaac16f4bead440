"""Servers that are legal but odd: whatever the suites say against one of them is a false accusation."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from conformance import campaign
from conformance.verdicts import Verdict
from tests.peers.pop3 import Oddity, serving

pytestmark = pytest.mark.timeout(900)

SOUND = {Verdict.PASS, Verdict.UNSUPPORTED, Verdict.OBSERVED}

ODD = {
    "plain": Oddity(),
    "one-octet-segments": Oddity(segment=1),
    "bare": Oddity(
        capa=False,
        top=False,
        uidl=False,
        apop=False,
        auth=False,
        stls=False,
        pipelining=False,
        resp_codes=False,
        texts=False,
    ),
    "newest-first": Oddity(reverse=True, long_unique_ids=True, status_header=True),
    "more-capabilities": Oddity(extra_capabilities=(b"X-SOMETHING", b"UTF8 USER", b"LANG", b"AUTH-RESP-CODE")),
    "hangs-up": Oddity(hang_up_after_failure=True, refuse_unknown_user=True),
    "no-user": Oddity(user=False),
    "no-clear-passwords": Oddity(clear_passwords=False),
    "only-user": Oddity(apop=False, auth=False, stls=False, texts=False),
    "patient-lock": Oddity(wait_for_lock=1.0),
    "no-codes": Oddity(resp_codes=False, pipelining=False, top=False),
}
SLOW = Oddity(delay=0.3)
EXPECTED_WARNINGS = {
    "rfc1939/user-does-not-tell-valid-names-from-others",
    "rfc8314/the-plain-port-offers-stls",
    "rfc1939/one-name-is-not-let-in-by-both-pass-and-apop",
    "rfc2595/plain-is-not-announced-before-tls",
    "rfc8314/a-login-over-cleartext-is-refused",
}
"""SHOULD statements that the reference really does not meet: it lets one name in by PASS and by APOP, and without TLS."""


def test_a_server_that_takes_300_ms_for_each_reply_is_not_accused(tmp_path: Path) -> None:
    with serving(tmp_path, SLOW, name="slow") as file:
        wanted = ("rfc1939/4", "rfc1939/6", "rfc2449/6.6", "rfc2595/4")
        done = campaign.perform([str(file)], campaign.Wanted(selectors=wanted, folder=tmp_path / "out", quiet=True))

    assert not accusations(done)
    assert sum(r.verdict is Verdict.PASS for r in done.run.results) > 20


def accusations(done: campaign.Done) -> list[str]:
    """Everything that was said against a server that does nothing wrong; that a client is not installed is not its fault."""
    return [
        f"{r.target} {r.check}: {r.verdict} {r.why} {r.observed}"
        for r in done.run.results
        if r.verdict not in SOUND and r.check not in EXPECTED_WARNINGS and "is not installed" not in r.why
    ]


def test_no_odd_server_is_accused(tmp_path: Path) -> None:
    with contextlib.ExitStack() as servers:
        files = []
        for name, oddity in ODD.items():
            (tmp_path / name).mkdir()
            files.append(str(servers.enter_context(serving(tmp_path / name, oddity, name=name))))
        done = campaign.perform(files, campaign.Wanted(selectors=("pop3",), folder=tmp_path / "out", quiet=True))

    accused = accusations(done)
    judged = {name: sum(r.verdict is Verdict.PASS for r in done.run.results if r.target == name) for name in ODD}
    assert not accused, "\n".join(accused)
    assert min(judged.values()) > 50, judged
