"""The SMTP session: what it makes of right answers, of "not now", and of servers that say every wrong thing."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.smtp import Smtp, greeting_name
from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from conformance.transport.stream import Closed, Silence
from conformance.verdicts import Reason
from conformance.wire.framing import Overlong
from tests.peers import wrong

EHLO = b"250-peer.test at your service\r\n250-size 1000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"


@contextlib.contextmanager
def scripted(
    script: wrong.Script, *, patience: float = 5.0, lmtp: bool = False, known: tuple[str, ...] = ()
) -> Iterator[Smtp]:
    with wrong.wrong_server(script) as port:
        endpoint = Endpoint(scheme="lmtp" if lmtp else "smtp", host="127.0.0.1", port=port)
        dialler = Dialler(Target(name="peer", endpoints=(endpoint,)), Recorder())
        session = Smtp(dialler.open(endpoint), dialler.recorder, patience, known.__contains__, lmtp=lmtp)
        try:
            yield session
        finally:
            session.close()


def saying(
    *replies: bytes, then: wrong.Script = wrong.closing, **given: object
) -> contextlib.AbstractContextManager[Smtp]:
    """Talk to a server that greets, and has these answers to whatever line it reads."""
    return scripted(wrong.dialogue(b"220 peer.test ready\r\n", *replies, then=then), **given)  # type: ignore[arg-type]


def test_a_greeting_and_an_answer_to_ehlo() -> None:
    with saying(EHLO) as session:
        assert (session.greeting.code, greeting_name(session.greeting)) == (220, b"peer.test")
        answer = session.hello().ok()
        assert answer.keywords == {"SIZE": ("1000",), "AUTH": ("PLAIN", "LOGIN"), "8BITMIME": ()}
        assert answer.lines[0] == b"peer.test at your service"
        assert answer.raw == EHLO


def test_only_a_positive_answer_to_ehlo_has_keywords() -> None:
    with saying(b"550-no\r\n550 SIZE 5\r\n") as session:
        assert session.hello().keywords == {}


@pytest.mark.parametrize(
    ("reply", "positive", "refused"), [(b"250 ok", True, False), (b"354 go", True, False), (b"550 no", False, True), (b"199 what", False, False)]
)  # fmt: skip
def test_what_an_answer_is(reply: bytes, positive: bool, refused: bool) -> None:
    with saying(reply + b"\r\n") as session:
        answer = session.command("NOOP")
        assert (answer.positive, answer.refused) == (positive, refused)


@pytest.mark.parametrize("code", [b"421", b"450", b"452"])
def test_not_now_is_no_verdict(code: bytes) -> None:
    with saying(code + b" 4.7.1 greylisted\r\n") as session:
        answer = session.command("RCPT TO:<a@b.test>")
        assert answer.transient
        assert answer.says(int(code))
        for look in (lambda: answer.positive, lambda: answer.refused, lambda: answer.says(550), answer.ok):
            with pytest.raises(Inconclusive) as caught:
                look()
            assert caught.value.reason is Reason.THROTTLED


def test_a_refused_precondition_is_inconclusive() -> None:
    with saying(b"550 5.1.1 no\r\n") as session, pytest.raises(Inconclusive, match=r"MAIL.* was answered .*5.1.1 no"):
        session.mail("a@b.test").ok()


@pytest.mark.parametrize(("known", "kind"), [((), NotSupported), (("VRFY",), None)])
def test_an_optional_command_that_is_not_known(known: tuple[str, ...], kind: type[Exception] | None) -> None:
    with saying(b"502 5.5.1 no\r\n", known=known) as session:
        answer = session.command("VRFY postmaster")
        if kind is None:
            assert answer.supported("VRFY") is answer
        else:
            with pytest.raises(kind):
                answer.supported("VRFY")


def test_an_enhanced_code_is_that_of_the_last_line() -> None:
    with saying(b"250-2.1.0 first\r\n250 2.1.5 last\r\n", b"250 5.x.1 none\r\n") as session:
        assert session.command("NOOP").enhanced == b"2.1.5"
        assert session.command("NOOP").enhanced == b""


def test_mail_data_are_stuffed_and_ended() -> None:
    heard: list[bytes] = []

    def script(sock: socket.socket) -> None:
        sock.sendall(b"220 peer.test\r\n")
        lines = sock.makefile("rb")
        heard.append(lines.readline())
        sock.sendall(b"354 go ahead\r\n")
        while heard[-1] != b".\r\n":
            heard.append(lines.readline())
        sock.sendall(b"250 taken\r\n")

    with scripted(script) as session:
        assert session.data(b".one\r\ntwo").says(250)
    assert heard == [b"DATA\r\n", b"..one\r\n", b"two\r\n", b".\r\n"]


def test_a_refused_data_sends_nothing() -> None:
    with saying(b"503 no recipients\r\n", b"250 ok\r\n") as session:
        assert session.data(b"text\r\n").says(503)
        assert session.command("NOOP").says(250)


def test_lmtp_answers_once_for_each_accepted_recipient() -> None:
    with saying(
        b"250 ok\r\n", b"550 no\r\n", b"250 ok\r\n", b"354 go\r\n", b"", b"250 one\r\n452 two\r\n", lmtp=True
    ) as session:
        for name in ("a", "b", "c"):
            session.rcpt(f"{name}@peer.test")
        assert [session.data(b"one line\r\n").code, *(answer.code for answer in session.still_owed())] == [250, 452]


def test_a_batch_brings_an_answer_for_each_line() -> None:
    with saying(b"250 one\r\n", b"550 two\r\n", b"250 three\r\n") as session:
        assert [answer.code for answer in session.batch("NOOP", b"VRFY x", "RSET")] == [250, 550, 250]


def test_auth_plain_sends_its_message_at_once(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def script(sock: socket.socket) -> None:
        sock.sendall(b"220 peer.test\r\n")
        heard.append(sock.makefile("rb").readline())
        sock.sendall(b"235 in\r\n")

    with scripted(script) as session:
        assert session.auth_plain("user", "secret").says(235)
        assert session.logged_in
    assert heard == [b"AUTH PLAIN " + base64.b64encode(b"\0user\0secret") + b"\r\n"]


def test_challenges_are_answered_until_there_is_none() -> None:
    with saying(b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n", b"535 no\r\n") as session:
        asked: list[bytes] = []

        def note(challenge: bytes) -> bytes:
            asked.append(challenge)
            return b"x"

        assert session.auth("LOGIN", note, note).says(535)
        assert asked == [b"Username:", b"Password:"]
        assert not session.logged_in


def test_endings_are_answers() -> None:
    with saying() as session:
        answer = session.command("NOOP")
        assert (answer.code, answer.raw, answer.lines) == (0, b"", [])
        assert isinstance(answer.ending, Closed)
        with pytest.raises(Inconclusive) as caught:
            answer.ok()
        assert caught.value.reason is Reason.CONNECTION_LOST
    with saying(then=wrong.mute, patience=0.2) as session:
        answer = session.command("NOOP")
        assert isinstance(answer.ending, Silence)
        with pytest.raises(Inconclusive) as caught:
            answer.ok()
        assert caught.value.reason is Reason.SILENT


@pytest.mark.parametrize("endless", [b"250 " + b"x" * 100_000, b"250-more\r\n" * 200_000], ids=["line", "lines"])
def test_an_answer_without_an_end_is_given_up(endless: bytes) -> None:
    with saying(endless, then=wrong.mute) as session:
        assert isinstance(session.command("NOOP").ending, Overlong)
        assert isinstance(session.command("NOOP").ending, Overlong)


def test_what_nobody_asked_for_is_seen() -> None:
    with saying(b"250 ok\r\n250 and more\r\n") as session:
        session.command("NOOP").ok()
        assert not session.nothing_follows()


def test_garbage_is_an_answer_without_a_code() -> None:
    with saying(b"\xff\xfegarbage\r\n") as session:
        answer = session.command("NOOP")
        assert (answer.code, answer.positive, answer.refused, answer.enhanced) == (0, False, False, b"")


@pytest.mark.parametrize(("octets", "code"), [(1000, 0), (200_000, 250)])
def test_the_end_of_a_large_message_is_waited_for_longer(octets: int, code: int) -> None:
    """A second more for each 64 KiB: storing them is no silence."""

    def late(peer: socket.socket) -> None:
        peer.sendall(b"220 peer.test ready\r\n")
        left = octets
        while left > 0:
            left -= len(peer.recv(1 << 16))
        threading.Event().wait(0.8)
        peer.sendall(b"250 kept\r\n")

    with scripted(late, patience=0.1) as session:
        assert session.content(b"x" * octets).code == code
