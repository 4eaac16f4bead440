"""What a hostile or broken server does to us: a clear verdict, bounded time and memory, never a traceback."""

from __future__ import annotations

import itertools
import json
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.discovery import CannotJudge
from conformance.discovery_pop3 import discover
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from tests.peers import wrong
from tests.peers.pop3 import serving

ALICE = Account(user="alice", password="alice-secret")


def target(port: int, *accounts: Account, scheme: str = "pop3") -> Target:
    return Target(
        name="wrong", endpoints=(Endpoint(scheme=scheme, host="127.0.0.1", port=port),), accounts=accounts, patience=0.5
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (wrong.silent, "no POP3 greeting after 0.5 s"),
        (wrong.garbage, "this is no POP3 server; it says"),
        (wrong.not_pop3, 'this is no POP3 server; it says <"SSH-2.0'),
        (wrong.endless_line, "Overlong(limit=65536"),
        (wrong.refusing, "the server refuses service"),
        (wrong.closing, "Closed"),
        (wrong.dripping, "Silence"),
    ],
)
def test_discovery_says_in_one_line_why_it_cannot_judge(script: wrong.Script, said: str) -> None:
    began = time.monotonic()
    with wrong.wrong_server(script) as port, pytest.raises(CannotJudge) as caught:
        discover(target(port), Dialler(target(port), Recorder()))

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert time.monotonic() - began < 10


def test_a_dead_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(CannotJudge, match="connection refused"):
        discover(target(port), Dialler(target(port), Recorder()))


def test_a_plain_server_behind_an_implicit_tls_endpoint_is_told_so() -> None:
    with wrong.wrong_server(wrong.garbage) as port, pytest.raises(CannotJudge, match="TLS handshake failed"):
        discover(target(port, scheme="pop3s"), Dialler(target(port), Recorder()))


def test_a_wrong_password_is_one_line(tmp_path: Path) -> None:
    with serving(tmp_path, tls=False) as file:
        port = int(file.read_text().split("127.0.0.1:")[1].split('"')[0])
        wrong_account = target(port, Account(user="alice", password="wrong"))

        with pytest.raises(CannotJudge, match="account 'alice' cannot log in") as caught:
            discover(wrong_account, Dialler(wrong_account, Recorder()))

    assert "\n" not in str(caught.value)


STEPS = [b"+OK ready\r\n", b"-ERR no capa\r\n", b"-ERR no stls\r\n", b"+OK bye\r\n"]


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize("then", [wrong.closing, wrong.silent, wrong.garbage, wrong.endless_line, wrong.endless_body])
def test_an_end_at_any_step_of_discovery_is_survived(step: int, then: wrong.Script) -> None:
    with wrong.wrong_server(wrong.dialogue(*STEPS[:step], then=then)) as port:
        try:
            profile = discover(target(port, ALICE), Dialler(target(port), Recorder()))
        except CannotJudge as error:
            assert str(error).isprintable()  # noqa: PT017 - either way of ending is right, a traceback is not
        else:
            assert profile.greeting.startswith(b"+OK")


def run(arguments: list[str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "conformance.cli", *arguments]
    return subprocess.run(call, capture_output=True, text=True, timeout=seconds, check=False)


@pytest.mark.parametrize("script", [wrong.silent, wrong.garbage, wrong.closing])
def test_a_run_against_no_server_ends_with_exit_6_and_says_why(script: wrong.Script, tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    with wrong.wrong_server(script) as port:
        file.write_text(f'name = "wrong"\nendpoints = ["pop3://127.0.0.1:{port}"]\npatience = "1s"\n')
        done = run(["run", str(file), "-o", str(tmp_path / "out")])

    assert done.returncode == 6, done.stdout + done.stderr
    assert "wrong: pop3://127.0.0.1" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_an_endless_listing_after_login_is_cut_off_in_bounded_memory(tmp_path: Path) -> None:
    replies = [b"+OK\r\n", b"-ERR\r\n", b"-ERR\r\n", b"+OK\r\n", b"+OK\r\n"]
    file = tmp_path / "target.toml"
    with wrong.wrong_server(wrong.dialogue(*replies, then=wrong.endless_body)) as port:
        file.write_text(
            f'name = "wrong"\nendpoints = ["pop3://127.0.0.1:{port}"]\npatience = "1s"\n[[account]]\nuser = "a"\npassword = "b"\n'
        )
        done = run(
            ["run", str(file), "-o", str(tmp_path / "out"), "-s", "rfc1939/stat-leaves-out-messages-marked-deleted"]
        )

    assert done.returncode == 6, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 600_000


def test_a_server_that_falls_silent_in_the_run_is_not_waited_for_by_each_check(tmp_path: Path) -> None:
    sound = itertools.count()
    speaking = wrong.dialogue(b"+OK ready\r\n", *[b"-ERR no\r\n"] * 50)

    def script(sock: socket.socket) -> None:
        (speaking if next(sound) < 3 else wrong.silent)(sock)

    file = tmp_path / "target.toml"
    with wrong.wrong_server(script) as port:
        file.write_text(f'name = "wrong"\nendpoints = ["pop3://127.0.0.1:{port}"]\npatience = "500ms"\n')
        done = run(["run", str(file), "-s", "rfc1939", "-o", str(tmp_path / "out")], seconds=100)

    assert done.returncode == 6, done.stdout + done.stderr
    results = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    silent = [r for r in results if r["kind"] == "result" and "no longer answers" in r["why"]]
    assert len(silent) > 100
    assert sum(r["seconds"] for r in silent) < 60
