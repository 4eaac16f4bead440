"""What a hostile or broken SMTP server does to us: a clear verdict, bounded time and memory, never a traceback."""

from __future__ import annotations

import resource
import socket
import threading
import time
from pathlib import Path

import pytest

from conformance.discovery import BEFORE_TLS, CannotJudge
from conformance.discovery_smtp import discover, discover_lmtp
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from tests.peers import wrong
from tests.test_misbehaving_servers import run

ALICE = Account(user="alice", password="alice-secret", address="alice@mail.test")
GREETING = b"220 mail.test ESMTP\r\n"


def target(port: int, *accounts: Account, scheme: str = "smtp") -> Target:
    endpoint = Endpoint(scheme=scheme, host="127.0.0.1", port=port)
    return Target(name="wrong", endpoints=(endpoint,), accounts=accounts, patience=0.5)


def endless_reply(sock: socket.socket) -> None:
    while True:
        sock.sendall(b"220-and more\r\n" * 4096)


def octet_by_octet(sock: socket.socket) -> None:
    """A right server that sends one octet a segment."""
    lines = sock.makefile("rb")
    for reply in (GREETING, b"250-mail.test\r\n250 8BITMIME\r\n", b"221 mail.test\r\n"):
        for octet in reply:
            sock.sendall(bytes([octet]))
            threading.Event().wait(0.002)
        if not lines.readline():
            return


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (wrong.silent, "no SMTP greeting after 0.5 s"),
        (wrong.garbage, "this is no SMTP server; it says"),
        (wrong.not_pop3, 'this is no SMTP server; it says <"SSH-2.0'),
        (wrong.endless_line, "Overlong(limit="),
        (endless_reply, "Overlong(limit="),
        (wrong.closing, "Closed"),
        (wrong.dripping, "Silence"),
        (wrong.dialogue(b"421 mail.test too busy\r\n"), "the server refuses service"),
        (wrong.dialogue(b"554 No SMTP service here\r\n"), "the server refuses service"),
        (wrong.dialogue(b"+OK POP3 ready\r\n"), "this is no SMTP server; it says"),
        (wrong.dialogue(GREETING), "EHLO was answered"),
    ],
)
def test_discovery_says_in_one_line_why_it_cannot_judge(script: wrong.Script, said: str) -> None:
    began = time.monotonic()
    with wrong.wrong_server(script) as port, pytest.raises(CannotJudge) as caught:
        discover(target(port), Dialler(target(port), Recorder()))

    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert time.monotonic() - began < 15


def test_a_dead_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(CannotJudge, match="connection refused"):
        discover(target(port), Dialler(target(port), Recorder()))


def test_a_plain_server_behind_an_implicit_tls_endpoint_is_told_so() -> None:
    with wrong.wrong_server(wrong.dialogue(GREETING)) as port, pytest.raises(CannotJudge, match="TLS handshake failed"):
        discover(target(port, scheme="smtps"), Dialler(target(port, scheme="smtps"), Recorder()))


def test_one_octet_a_segment_makes_no_difference() -> None:
    with wrong.wrong_server(octet_by_octet) as port:
        profile = discover(target(port), Dialler(target(port), Recorder()))

    assert profile.capabilities == {BEFORE_TLS: {"8BITMIME": ()}}


def test_a_server_that_knows_no_ehlo_announces_nothing() -> None:
    script = wrong.dialogue(GREETING, b"500 what?\r\n", b"221 mail.test\r\n")
    with wrong.wrong_server(script) as port:
        profile = discover(target(port), Dialler(target(port), Recorder()))

    assert not profile.announced("PIPELINING")


def test_an_lmtp_server_is_asked_by_lhlo() -> None:
    script = wrong.dialogue(b"220 mail.test LMTP\r\n", b"250-mail.test\r\n250 PIPELINING\r\n", b"221 mail.test\r\n")
    with wrong.wrong_server(script) as port:
        profile = discover_lmtp(target(port, scheme="lmtp"), Dialler(target(port, scheme="lmtp"), Recorder()))

    assert profile.announced("PIPELINING")


STEPS = [
    GREETING,
    b"250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
    b"454 4.7.0 no TLS now\r\n",
    b"221 mail.test\r\n",
]


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize(
    "then", [wrong.closing, wrong.silent, wrong.garbage, wrong.endless_line, endless_reply, wrong.dripping]
)
def test_an_end_at_any_step_of_discovery_is_survived(step: int, then: wrong.Script) -> None:
    with wrong.wrong_server(wrong.dialogue(*STEPS[:step], then=then)) as port:
        try:
            profile = discover(target(port, ALICE), Dialler(target(port), Recorder()))
        except CannotJudge as error:
            assert str(error).isprintable()  # noqa: PT017 - either way of ending is right, a traceback is not
        else:
            assert profile.greeting.startswith(b"220")


def judged(script: wrong.Script, folder: Path, *selectors: str) -> tuple[int, str]:
    """Run against a server of one script, and return exit code and what was said."""
    file = folder / "target.toml"
    with wrong.wrong_server(script) as port:
        file.write_text(
            f'name = "wrong"\nendpoints = ["smtp://127.0.0.1:{port}"]\npatience = "500ms"\n'
            '[[account]]\nuser = "alice"\npassword = "alice-secret"\naddress = "alice@mail.test"\n'
        )
        done = run(["run", str(file), "--out", str(folder / "out"), *(word for s in selectors for word in ("-s", s))])
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("script", [wrong.silent, wrong.garbage, wrong.closing, endless_reply])
def test_a_run_against_no_server_ends_with_exit_6_and_says_why(script: wrong.Script, tmp_path: Path) -> None:
    code, said = judged(script, tmp_path)

    assert code == 6, said
    assert "wrong: smtp://127.0.0.1" in said
    assert "Traceback" not in said
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 600_000


@pytest.mark.parametrize("greeting", [b"421 mail.test too busy\r\n", b"554 No SMTP service here\r\n"])
def test_a_server_that_serves_nobody_is_not_accused(greeting: bytes, tmp_path: Path) -> None:
    code, said = judged(wrong.dialogue(greeting), tmp_path, "rfc5321")

    assert code == 6, said
    assert "the server refuses service" in said


@pytest.mark.parametrize(
    "then", [wrong.closing, wrong.mute, wrong.endless_line, endless_reply], ids=lambda script: script.__name__
)
def test_a_server_that_goes_wrong_behind_ehlo_is_given_up_in_bounded_time(then: wrong.Script, tmp_path: Path) -> None:
    script = wrong.dialogue(GREETING, b"250-mail.test\r\n250 PIPELINING\r\n", b"250 fine\r\n", then=then)
    began = time.monotonic()
    code, said = judged(script, tmp_path, "rfc5321/4.1.1.9", "rfc5321/each-command-of-the-minimum-is-known")

    assert code in (1, 6), said
    assert "Traceback" not in said
    assert time.monotonic() - began < 60
