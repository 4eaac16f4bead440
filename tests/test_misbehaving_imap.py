"""What a hostile or broken IMAP server does to us: a clear verdict, bounded time and memory, never a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from conformance.discovery import CannotJudge
from conformance.discovery_imap import discover
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from tests.peers import wrong
from tests.test_misbehaving_servers import run

ALICE = Account(user="alice", password="alice-secret")


def target(port: int, *accounts: Account, scheme: str = "imap") -> Target:
    endpoint = Endpoint(scheme=scheme, host="127.0.0.1", port=port)
    return Target(name="wrong", endpoints=(endpoint,), accounts=accounts, patience=0.5)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (wrong.silent, "no IMAP greeting after 0.5 s"),
        (wrong.garbage, "this is no IMAP server; it says"),
        (wrong.not_pop3, 'this is no IMAP server; it says <"SSH-2.0'),
        (wrong.endless_line, "Overlong(limit="),
        (wrong.endless_literal, "Overlong(limit="),
        (wrong.closing, "Closed"),
        (wrong.dripping, "Silence"),
        (wrong.dialogue(b"* BYE too many\r\n"), "the server refuses service"),
    ],
)
def test_discovery_says_in_one_line_why_it_cannot_judge(script: wrong.Script, said: str) -> None:
    began = time.monotonic()
    with wrong.wrong_server(script) as port, pytest.raises(CannotJudge) as caught:
        discover(target(port), Dialler(target(port), Recorder()))

    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert time.monotonic() - began < 15


STEPS = [
    b"* OK ready\r\n",
    b"* CAPABILITY IMAP4rev1\r\n<tag> OK\r\n",
    b"<tag> BAD no STARTTLS\r\n",
    b"* BYE\r\n<tag> OK\r\n",
]


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize(
    "then", [wrong.closing, wrong.silent, wrong.garbage, wrong.endless_line, wrong.endless_literal, wrong.flooding]
)
def test_an_end_at_any_step_of_discovery_is_survived(step: int, then: wrong.Script) -> None:
    with wrong.wrong_server(wrong.tagged_dialogue(*STEPS[:step], then=then)) as port:
        try:
            profile = discover(target(port, ALICE), Dialler(target(port), Recorder()))
        except CannotJudge as error:
            assert str(error).isprintable()  # noqa: PT017 - either way of ending is right, a traceback is not
        else:
            assert profile.greeting.startswith(b"*")


@pytest.mark.parametrize("script", [wrong.silent, wrong.garbage, wrong.closing])
def test_a_run_against_no_server_ends_with_exit_6_and_says_why(script: wrong.Script, tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    with wrong.wrong_server(script) as port:
        file.write_text(f'name = "wrong"\nendpoints = ["imap://127.0.0.1:{port}"]\npatience = "500ms"\n')
        done = run(["run", str(file), "--out", str(tmp_path / "out")])

    assert done.returncode == 6
    assert "127.0.0.1" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
