"""Installed programs as clients: what they are given, to which bounds they are held, and what their failure says."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import stat
import threading
import time
from collections.abc import Iterator

import pytest

from conformance.outcomes import Inconclusive
from conformance.sessions.pop3 import Pop3
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from conformance.verdicts import Reason
from conformance.witnesses import programs
from conformance.witnesses.clients import let_in
from conformance.witnesses.fetching import BY_POP3, Errand
from conformance.witnesses.programs import Desk, Program, at_desk
from tests.peers import wrong

SHELL = Program("sh", "dash")
TALK = 'exec 3<>/dev/tcp/127.0.0.1/$0; read -r greeting <&3; echo "$greeting"; printf \'STAT\\r\\n\' >&3; read -r said <&3; echo "$said"; exit 5'
BASH = Program("bash", "bash")


def answering(*replies: bytes) -> wrong.Script:
    """Greet, answer so many lines, and hear the rest out."""
    return wrong.dialogue(b"+OK ready <1.2@peer.test>\r\n", *replies, then=wrong.mute)


CONTENT = answering()


@contextlib.contextmanager
def session(script: wrong.Script = CONTENT, patience: float = 5.0) -> Iterator[Pop3]:
    with wrong.wrong_server(script) as port:
        endpoint = Endpoint(scheme="pop3", host="127.0.0.1", port=port)
        recorder = Recorder()
        stream = Dialler(Target(name="peer", endpoints=(endpoint,)), recorder).open(endpoint)
        try:
            yield Pop3(stream, recorder, patience, lambda _: True)
        finally:
            stream.close()


@contextlib.contextmanager
def desk(program: Program = SHELL, script: wrong.Script = CONTENT, patience: float = 5.0) -> Iterator[Desk]:
    with session(script, patience) as pop3, at_desk(program, pop3) as found:
        yield found


def ended(pid: int) -> bool:
    """Whether a process has ended, or does so within some seconds of being killed."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], 5.0)[0])
    finally:
        os.close(watch)


# Where it works.


def test_a_program_that_is_absent_is_named_with_its_package() -> None:
    with session() as pop3, pytest.raises(Inconclusive) as raised, at_desk(Program("no-such-program", "isync"), pop3):
        pass
    assert raised.value.reason is Reason.NOT_SET_UP
    assert raised.value.why == "no-such-program is not installed: apt-get install isync"


def test_what_it_is_given_is_private_and_nothing_of_it_is_left() -> None:
    with desk() as found:
        file = found.keep("rc", "password")
        assert found.run("-c", "echo written > more; test -f rc") == ""
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(found.home.stat().st_mode) == 0o700
    assert not found.home.exists()


def test_it_sees_no_settings_but_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    with desk() as found:
        assert found.run("-c", 'test "$HOME" = "$PWD" && test -z "$all_proxy"') == ""


def test_it_cannot_ask_anybody() -> None:
    with desk() as found:
        assert found.run("-c", "! read -r answer && ! (: < /dev/tty)") == ""


def test_what_it_fetches_has_the_line_ends_of_mail() -> None:
    with desk() as found:
        found.run("-c", r"printf 'a\nb\r\n' > mail/1; touch mail/.state; mkdir mail/cur; printf 'c\n' > mail/cur/2")
        assert found.fetched() == [b"a\r\nb\r\n", b"c\r\n"]


# Its bounds.


def test_one_that_hangs_is_ended_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PATIENCES", 1)
    began = time.monotonic()
    with desk(patience=1.0) as found:
        with pytest.raises(Inconclusive, match="sh does not come to its end within 1 s: half a word") as raised:
            found.run("-c", "sleep 600 & echo $! > mail/child; echo half a word; wait")
        child = int(found.fetched()[0])
    assert raised.value.reason is Reason.SILENT
    assert time.monotonic() - began < 30
    assert ended(child)


def test_a_child_that_stays_behind_is_ended() -> None:
    with desk() as found:
        assert found.run("-c", "sleep 600 > /dev/null 2>&1 & echo $! > mail/child") == ""
        child = int(found.fetched()[0])
        assert ended(child)


def test_one_that_talks_without_an_end_is_given_up() -> None:
    with desk() as found, pytest.raises(Inconclusive, match=r"sh writes without an end: .*y y y") as raised:
        found.run("-c", "while :; do echo y y y y; done")
    assert raised.value.reason is Reason.AMBIGUOUS
    assert len(raised.value.why) < 2 * programs.TAIL


def test_one_that_fills_the_disk_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_BOUNDED", programs._BOUNDED.replace(str(programs.BLOCKS_LIMIT), "64"))
    with desk() as found, pytest.raises(Inconclusive, match="sh crashes by SIGXFSZ"):
        found.run("-c", "exec cat /dev/zero > mail/much")


@pytest.mark.parametrize(
    ("words", "end"),
    [("kill -SEGV $$", "SIGSEGV"), ("echo 'Traceback (most recent call last)'; exit 1", "an exception")],
)
def test_one_that_crashes_accuses_nobody(words: str, end: str) -> None:
    with desk() as found, pytest.raises(Inconclusive, match=f"sh crashes by {end}") as raised:
        found.run("-c", words)
    assert raised.value.reason is Reason.AMBIGUOUS


# What its failure says.


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"-ERR no\r\n", None),
        (b"+OK 0 0\r\n", Reason.AMBIGUOUS),
        (b"\x00garbage\xff\r\n", Reason.AMBIGUOUS),
        (b"-ERR [IN-USE] somebody else is there\r\n", Reason.THROTTLED),
    ],
)
def test_a_complaint_counts_where_the_server_refuses(reply: bytes, reason: Reason | None) -> None:
    with desk(BASH, answering(reply)) as found:
        complaint = found.run("-c", TALK, str(found.port))
    assert complaint.startswith("bash ends with 5: +OK ready"), complaint
    if reason is None:
        assert found.guest.finding(complaint, "") == complaint
    else:
        with pytest.raises(Inconclusive) as raised:
            found.guest.finding(complaint, "")
        assert raised.value.reason is reason


def test_what_is_not_right_counts_though_the_client_is_content() -> None:
    with desk(BASH, answering(b"+OK 0 0\r\n")) as found:
        found.run("-c", TALK, str(found.port))
    assert found.guest.finding("", "two of three") == "two of three"
    assert found.guest.finding("", "") == ""


def test_a_server_that_hangs_up_has_refused() -> None:
    with desk(BASH, wrong.dialogue(b"+OK ready\r\n")) as found:
        complaint = found.run("-c", TALK, str(found.port))
    assert found.guest.finding(complaint, "") == complaint


def test_a_client_that_never_speaks_accuses_nobody() -> None:
    with desk() as found:
        complaint = found.run("-c", "echo unknown option; exit 64")
    with pytest.raises(
        Inconclusive, match="it has not spoken to the server: sh ends with 64: unknown option"
    ) as raised:
        found.guest.finding(complaint, "")
    assert raised.value.reason is Reason.NOT_SET_UP


def test_a_login_that_is_not_granted_may_be_a_lock() -> None:
    with desk(BASH, answering(b"-ERR locked\r\n")) as found:
        complaint = found.run("-c", TALK.replace("STAT", "PASS x"), str(found.port))
    with pytest.raises(Inconclusive, match="the login is not granted"):
        found.guest.finding(complaint, "")


# How it is let in.


def test_the_greeting_is_the_server_s_but_for_its_timestamp() -> None:
    with session() as pop3, let_in(pop3) as guest, socket.create_connection(("127.0.0.1", guest.port)) as client:
        assert client.recv(100) == b"+OK ready\r\n"


def test_the_second_who_comes_is_refused() -> None:
    with session() as pop3, let_in(pop3) as guest, socket.create_connection(("127.0.0.1", guest.port)) as client:
        client.recv(100)
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", guest.port)):
            pass


def test_nobody_need_come() -> None:
    before = threading.active_count()
    with session() as pop3, let_in(pop3):
        pass
    assert threading.active_count() <= before + 2, "the peer's own threads, and not the carrier's"


def test_last_words_are_carried() -> None:
    with session() as pop3, let_in(pop3) as guest, socket.create_connection(("127.0.0.1", guest.port)) as client:
        client.recv(100)
        client.sendall(b"QUIT\r\n")
    assert pop3.stream.transcript.bytes_of("C") == b"QUIT\r\n"


# Real ones, where they are installed.


@pytest.mark.parametrize("name", list(BY_POP3))
def test_a_real_client_neither_hangs_nor_accuses_over_garbage(name: str) -> None:
    program, fetch = BY_POP3[name]
    with contextlib.suppress(Inconclusive), desk(program, wrong.garbage, patience=1.0) as found:
        errand = Errand(account=Account(user="user", password='pa"ss\\word'), plain=True, numbers=(1,))
        complaint = fetch(found, errand)
        assert complaint
        found.guest.finding(complaint, "")
        pytest.fail("it accuses")


def test_a_password_is_no_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(Desk, "run", lambda _, *words: said.extend(map(str, words)) or "")
    with desk() as found:
        for program, fetch in BY_POP3.values():
            assert fetch(found, Errand(account=Account(user="user", password="secret"), plain=True, numbers=(1,))) == ""
            assert said, program
        assert "secret" not in " ".join(said)
        assert all(stat.S_IMODE(f.stat().st_mode) == 0o600 for f in found.home.iterdir() if f.is_file())
