"""The POP3 session: against a right server, and against servers that say every wrong thing."""

from __future__ import annotations

import base64
import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.pop3 import Answer, Pop3
from conformance.target import Endpoint, Target, load
from conformance.transport.dialler import Dialler, Recorder
from conformance.transport.stream import Closed, Reset, Silence
from conformance.transport.tls import TlsFacts, TlsFailure
from conformance.verdicts import Reason
from conformance.wire import pop3, sasl
from conformance.wire.framing import Overlong
from conformance.wire.sasl import ScramError
from conformance.wire.scanner import parse
from tests.peers import wrong
from tests.peers.pop3 import serving
from tests.peers.scram import first_message, verified

PATIENCE = 5.0
FIRST = b"Subject: one\r\n\r\nline one\r\n.dots\r\n..\r\n"


@contextlib.contextmanager
def connected(endpoint: Endpoint, patience: float = PATIENCE, *, announced: tuple[str, ...] = ()) -> Iterator[Pop3]:
    dialler = Dialler(Target(name="peer", endpoints=(endpoint,)), Recorder())
    session = Pop3(dialler.open(endpoint), dialler.recorder, patience, announced.__contains__)
    try:
        yield session
    finally:
        session.close()


@contextlib.contextmanager
def scripted(script: wrong.Script, patience: float = PATIENCE, *, announced: tuple[str, ...] = ()) -> Iterator[Pop3]:
    with wrong.wrong_server(script) as port:
        endpoint = Endpoint(scheme="pop3", host="127.0.0.1", port=port)
        with connected(endpoint, patience, announced=announced) as session:
            yield session


@contextlib.contextmanager
def saying(*replies: bytes, then: wrong.Script = wrong.closing, patience: float = PATIENCE) -> Iterator[Pop3]:
    """Talk to a server that greets, and has these answers to whatever it is asked."""
    with scripted(wrong.dialogue(b"+OK ready\r\n", *replies, then=then), patience) as session:
        yield session


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("peer")
    with serving(folder) as file:
        (folder / "alice" / "new" / "1.one").write_bytes(FIRST.replace(b"\r\n", b"\n"))
        (folder / "alice" / "new" / "2.two").write_bytes(b"Subject: two\n\nshort\n")
        yield load(file)


@pytest.fixture
def session(reference: Target) -> Iterator[Pop3]:
    with connected(reference.endpoints[0]) as opened:
        yield opened


@pytest.fixture
def logged_in(session: Pop3) -> Iterator[Pop3]:
    assert session.user_pass("alice", "alice-secret").positive
    yield session
    session.leave()


# A right server.


def test_the_greeting_is_the_first_answer(session: Pop3) -> None:
    assert session.greeting.status == b"+OK"
    assert session.greeting.reply == pop3.Reply(None, session.greeting.reply.line if session.greeting.reply else None)
    assert session.timestamp.startswith(b"<")
    assert session.greeting.raw.endswith(session.timestamp + b"\r\n")


def test_words_make_a_command_line(session: Pop3) -> None:
    answer = session.command("RETR", 1, b"x\xff")

    assert session.stream.transcript.bytes_of("C") == b"RETR 1 x\xff\r\n"
    assert answer.command == '"RETR"'
    assert session.greeting.command == '"(greeting)"'


@pytest.mark.parametrize(
    "login",
    [
        lambda s: s.user_pass("alice", "alice-secret"),
        lambda s: s.apop("alice", "alice-secret"),
        lambda s: s.auth_plain("alice", "alice-secret"),
        lambda s: s.auth_plain("alice", "alice-secret", "alice"),
        lambda s: s.auth("CRAM-MD5", lambda challenge: sasl.cram_md5("alice", "alice-secret", challenge)),
    ],
)
def test_every_way_of_logging_in(session: Pop3, login) -> None:
    assert login(session).positive
    assert session.logged_in
    session.quit().ok()


@pytest.mark.parametrize(
    "login",
    [
        lambda s: s.user_pass("alice", "wrong"),
        lambda s: s.user_pass("", "wrong"),
        lambda s: s.apop("alice", "wrong"),
        lambda s: s.auth_plain("alice", "wrong"),
        lambda s: s.auth("X-NONE", lambda _: b""),
    ],
)
def test_a_refused_login_is_an_answer(session: Pop3, login) -> None:
    assert login(session).negative
    assert not session.logged_in


def test_single_line_answers_are_read(logged_in: Pop3) -> None:
    count = logged_in.command("STAT").drop_listing()

    assert (count.first, count.second) == (2, len(FIRST) + len(b"Subject: two\r\n\r\nshort\r\n"))
    assert logged_in.command("LIST", 1).scan_listing().second == len(FIRST)
    assert len(logged_in.command("UIDL", 2).unique_id()) == 16
    assert logged_in.command("NOOP").ok().reply is not None


def test_multi_line_answers_are_read(logged_in: Pop3) -> None:
    message = logged_in.command("RETR", 1)

    assert message.body == FIRST
    assert message.lines == [b"Subject: one", b"", b"line one", b"..dots", b"..."]
    assert logged_in.command("LIST").scan_listings() == {1: len(FIRST), 2: 23}
    assert list(logged_in.command("UIDL").unique_ids()) == [1, 2]
    assert logged_in.command("CAPA").capabilities()[b"SASL"] == (b"PLAIN", b"CRAM-MD5")
    assert logged_in.command("TOP", 1, 1).body == b"Subject: one\r\n\r\nline one\r\n"


def test_an_answer_without_lines_has_none(logged_in: Pop3) -> None:
    answer = logged_in.command("RETR", 9)

    assert (answer.body, answer.lines, answer.scan_listings(), answer.capabilities()) == (b"", [], {}, {})


def test_pipelined_commands_are_answered_in_order(logged_in: Pop3) -> None:
    logged_in.send(b"NOOP\r\nRETR 2\r\nUIDL\r\nSTAT\r\n")
    answers = [logged_in.receive() for _ in range(4)]

    assert [answer.command for answer in answers] == ['"NOOP"', '"RETR"', '"UIDL"', '"STAT"']
    assert [bool(answer.lines) for answer in answers] == [False, True, True, False]


def test_stls_and_a_login_under_it(session: Pop3, reference: Target) -> None:
    dialler = Dialler(reference, Recorder())
    session.command("STLS").ok()
    facts = session.start_tls(dialler.tls_settings())

    assert isinstance(facts, TlsFacts)
    assert facts.trouble == ""
    assert session.user_pass("alice", "alice-secret").positive
    session.quit().ok()


def test_leaving_removes_nothing_and_frees_the_maildrop(reference: Target) -> None:
    for end in (Pop3.leave, Pop3.close, Pop3.abort):
        with connected(reference.endpoints[0]) as session:
            deadline = time.monotonic() + PATIENCE
            while session.user_pass("alice", "alice-secret").status != b"+OK":
                assert time.monotonic() < deadline
                session.stream.receive(0.02)  # a dropped connection frees the maildrop a moment later
            assert session.command("STAT").drop_listing().first == 2
            session.command("DELE", 1).ok()
            end(session)
            session.leave()
            assert session.left


def test_leaving_takes_marks_back_before_quit(logged_in: Pop3) -> None:
    logged_in.command("dele", 1).ok()
    logged_in.leave()
    logged_in.leave()

    assert logged_in.stream.transcript.bytes_of("C").endswith(b"dele 1\r\nRSET\r\nQUIT\r\n")


def test_leaving_without_marks_is_quit(session: Pop3) -> None:
    session.leave()

    assert session.stream.transcript.bytes_of("C") == b"QUIT\r\n"


# What answers mean.


@pytest.mark.parametrize(
    ("line", "status", "code", "text"),
    [
        (b"+OK done\r\n", b"+OK", (), b"done"),
        (b"-ERR [in-use] locked\r\n", b"-ERR", (b"IN-USE",), b" locked"),
        (b"+ok\r\n", b"+OK", (), b""),
        (b"garbage\r\n", b"", (), b"garbage"),
    ],
)
def test_an_answer_is_read(line: bytes, status: bytes, code: tuple[bytes, ...], text: bytes) -> None:
    with saying(line) as session:
        answer = session.command("NOOP")

    assert (answer.status, answer.code, answer.text, answer.raw) == (status, code, text, line)
    assert (answer.positive, answer.negative) == (status == b"+OK", status == b"-ERR")


@pytest.mark.parametrize("line", [b"-ERR [LOGIN-DELAY] later\r\n", b"-ERR [SYS/TEMP] later\r\n", b"-ERR [sys] x\r\n"])
def test_not_now_is_no_verdict(line: bytes) -> None:
    with saying(line) as session:
        answer = session.command("NOOP")
        for look in (lambda: answer.positive, lambda: answer.negative, answer.ok):
            with pytest.raises(Inconclusive) as caught:
                look()
            assert caught.value.reason is Reason.THROTTLED
        assert answer.status == b"-ERR"


def test_never_is_a_verdict() -> None:
    with saying(b"-ERR [SYS/PERM] gone\r\n") as session:
        assert session.command("NOOP").negative


def silent(sock: socket.socket) -> None:
    sock.recv(100)


@pytest.mark.parametrize(
    ("replies", "then", "reason", "why"),
    [
        ((b"-ERR no\r\n",), wrong.closing, Reason.PRECONDITION, '"NOOP" was answered <"-ERR no\\r\\n">'),
        ((b"nonsense\r\n",), wrong.closing, Reason.PRECONDITION, '"NOOP" was answered <"nonsense\\r\\n">'),
        ((), silent, Reason.SILENT, "instead of an answer: Silence(seconds=0.2)"),
        ((), wrong.closing, Reason.CONNECTION_LOST, "instead of an answer: Closed(tls_notified=None)"),
        ((), wrong.endless_line, Reason.CONNECTION_LOST, "instead of an answer: Overlong(limit=65536"),
    ],
)
def test_a_precondition_that_is_not_met(
    replies: tuple[bytes, ...], then: wrong.Script, reason: Reason, why: str
) -> None:
    with saying(*replies, then=then, patience=0.2) as session, pytest.raises(Inconclusive) as caught:
        session.command("NOOP").ok()

    assert caught.value.reason is reason
    assert caught.value.why.startswith(why)


def test_what_is_refused_and_not_announced_is_not_supported() -> None:
    script = wrong.dialogue(b"+OK\r\n", b"-ERR what\r\n", b"-ERR what\r\n", b"+OK\r\n")
    with scripted(script, announced=("TOP",)) as session:
        assert session.command("TOP", 1, 0).supported("TOP").negative
        with pytest.raises(NotSupported, match="UIDL is not announced"):
            session.command("UIDL").supported("UIDL")
        assert session.command("UIDL", 1).supported("UIDL").positive


@pytest.mark.parametrize("read", [Answer.drop_listing, Answer.scan_listing, Answer.unique_id])
@pytest.mark.parametrize("line", [b"+OK\r\n", b"+OK x y\r\n", b"-ERR\r\n", b"+OK 1\r\n"])
def test_a_listing_that_cannot_be_read_is_a_precondition(read, line: bytes) -> None:
    with saying(line) as session, pytest.raises(Inconclusive) as caught:
        read(session.command("STAT"))
    assert caught.value.reason is Reason.PRECONDITION


def test_challenges() -> None:
    with saying(b"+ YWI=\r\n", b"+ ??\r\n", b"+OK\r\n") as session:
        first = session.command("AUTH", "PLAIN").challenge
        session.send(b"YQ==\r\n")
        second = session.receive().challenge
        assert session.command("NOOP").challenge is None
        assert session.receive(0.05).challenge is None

    assert first is not None
    assert second is not None
    assert (first.value, first.violations) == (b"ab", ())
    assert (second.value, [v.rule for v in second.violations]) == (None, ["base64"])


def test_an_ending_reads_like_an_empty_answer() -> None:
    with saying(then=wrong.closing) as session:
        answer = session.command("NOOP")

    assert (answer.reply, answer.ending) == (None, Closed())
    assert (answer.raw, answer.status, answer.code, answer.text, answer.body, answer.lines) == (
        b"",
        b"",
        (),
        b"",
        b"",
        [],
    )
    assert (answer.positive, answer.negative, answer.challenge) == (False, False, None)
    assert repr(answer) == "<Closed(tls_notified=None)>"


def test_answers_are_shown_short_and_printable() -> None:
    with saying(b"+OK \x1b[2J" + b"x" * 300 + b"\r\n", b"+OK\r\na\r\n.\r\n") as session:
        shown = repr(session.command("NOOP"))
        assert (len(shown) < 200, shown.isprintable(), shown[:16]) == (True, True, '<"+OK \\x1b[2Jxxx')
        assert repr(session.command("LIST")) == '<"+OK\\r\\n" + 6 octets>'


def test_what_was_looked_at_last_decides() -> None:
    with saying(b"+OK one\r\n", b"+OK two\r\n") as session:
        one, two = session.command("NOOP"), session.command("NOOP")
        assert session.recorder.deciding is None
        assert two.status == one.status
        assert session.recorder.deciding == (1, len(b"+OK ready\r\n"))
        assert two.raw
        assert session.recorder.deciding == (1, len(b"+OK ready\r\n+OK one\r\n"))


# What servers do.


def test_no_answer_is_silence_after_patience() -> None:
    with saying(then=silent, patience=0.1) as session:
        assert session.command("NOOP").ending == Silence(0.1)
        assert session.receive(0.05).ending == Silence(0.05)


def test_an_answer_that_drips_is_silence_in_the_end() -> None:
    with scripted(wrong.dripping, patience=0.25) as session:
        assert session.greeting.ending == Silence(1.0)


def test_the_end_of_the_run_ends_waiting() -> None:
    with saying(then=silent) as session:
        session.recorder.expires = time.monotonic() + 0.05
        assert isinstance(session.command("NOOP").ending, Silence)


@pytest.mark.parametrize("script", [wrong.endless_line, wrong.dialogue(b"+OK\r\n", then=wrong.endless_line)])
def test_an_endless_line_is_an_ending_for_good(script: wrong.Script) -> None:
    with scripted(script) as session:
        answers = [session.command("NOOP"), session.command("NOOP")]
        assert [type(answer.ending) for answer in answers] == [Overlong, Overlong]
        session.leave()
        assert session.stream.transcript.bytes_of("C") == b"NOOP\r\nNOOP\r\n"


def test_a_server_of_bare_line_feeds_is_spoken_with() -> None:
    with scripted(wrong.dialogue(b"+OK\n", b"+OK\n1 2\n.\n", b"+OK\n..a\n.\n")) as session:
        assert session.command("LIST").scan_listings() == {1: 2}
        assert session.command("RETR", 1).body == b".a\n"


def test_a_line_nobody_asked_for_is_seen() -> None:
    with saying(b"+OK\r\n+OK more\r\n", b"+OK\r\n") as session:
        session.command("NOOP").ok()
        assert not session.nothing_follows()
        assert session.recorder.deciding == (1, len(b"+OK ready\r\n+OK\r\n"))
        unasked = session.receive()
        assert unasked.reply is not None
        assert unasked.reply.unsolicited
        assert session.command("NOOP").raw == b"+OK\r\n"


def test_a_line_nobody_asked_for_that_comes_later_is_seen() -> None:
    def late(sock: socket.socket) -> None:
        sock.sendall(b"+OK\r\n")
        sock.recv(100)
        sock.sendall(b"+OK\r\n")
        sock.recv(100)

    with scripted(late) as session:
        assert session.nothing_follows(0.05)
        session.stream.send(b"x")
        assert not session.nothing_follows(PATIENCE)


def test_a_close_is_nothing_that_follows() -> None:
    with saying() as session:
        session.send(b"NOOP\r\n")
        assert session.nothing_follows(PATIENCE)
        assert session.closes()


@pytest.mark.parametrize(("then", "closes"), [(wrong.closing, True), (silent, False), (wrong.garbage, False)])
def test_whether_the_server_closes(then: wrong.Script, closes: bool) -> None:
    with saying(then=then, patience=0.1) as session:
        session.stream.send(b"\r\n")
        assert session.closes() is closes


def test_a_reset_is_an_ending() -> None:
    def resetting(sock: socket.socket) -> None:
        sock.sendall(b"+OK\r\n")
        sock.recv(100)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    with scripted(resetting) as session:
        assert session.command("NOOP").ending == Reset("Connection reset by peer")


def test_apop_without_a_timestamp_is_not_supported() -> None:
    with saying() as session, pytest.raises(NotSupported, match="the greeting shows no timestamp"):
        session.apop("alice", "secret")


def test_a_refused_user_is_the_answer() -> None:
    with saying(b"-ERR who\r\n") as session:
        assert session.user_pass("alice", "secret").raw == b"-ERR who\r\n"
        assert b"PASS" not in session.stream.transcript.bytes_of("C")


def test_an_exchange_that_ends_early_is_the_answer() -> None:
    with saying(b"+OK at once\r\n") as session:
        assert session.auth_plain("alice", "secret").raw == b"+OK at once\r\n"
        assert session.logged_in


def test_tls_with_a_server_that_speaks_on_in_clear_is_a_failure(reference: Target) -> None:
    with saying(b"+OK begin\r\n", b"+OK what\r\n") as session:
        session.command("STLS").ok()
        assert isinstance(session.start_tls(Dialler(reference, Recorder()).tls_settings()), TlsFailure)


# SCRAM, against a server that does its part.

SALT, ROUNDS = b"salt", 2


def scram_server(password: str, *, sign: bool = True, lie: bool = False, name: str = "sha256") -> wrong.Script:
    def script(sock: socket.socket) -> None:
        lines = sock.makefile("rb")

        def ask(challenge: bytes) -> bytes:
            sock.sendall(b"+ " + base64.b64encode(challenge) + b"\r\n")
            return base64.b64decode(lines.readline())

        sock.sendall(b"+OK\r\n")
        lines.readline()
        first = ask(b"")
        server_first = first_message(first, SALT, ROUNDS)
        final = ask(server_first)
        right, signature = verified([first, server_first, final], password, SALT, ROUNDS, name)
        if right and sign:
            ask(b"v=" + (base64.b64encode(b"somebody else") if lie else signature))
        sock.sendall(b"+OK\r\n" if right else b"-ERR [AUTH] no\r\n")
        lines.readline()

    return script


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_scram_with_a_server_that_knows_the_password(name: str) -> None:
    with scripted(scram_server("pencil", name=name)) as session:
        assert session.auth_scram("user", "pencil", name).positive
        assert session.logged_in
        assert session.stream.transcript.bytes_of("C").startswith(
            b"AUTH SCRAM-" + name.upper().replace("SHA", "SHA-").encode()
        )


def test_scram_with_a_wrong_password_is_refused() -> None:
    with scripted(scram_server("other")) as session:
        assert session.auth_scram("user", "pencil").negative


def test_scram_with_a_server_that_signs_wrong_raises() -> None:
    with scripted(scram_server("pencil", lie=True)) as session, pytest.raises(ScramError, match="signature is wrong"):
        session.auth_scram("user", "pencil")


def test_scram_with_a_server_that_signs_nothing_raises() -> None:
    with scripted(scram_server("pencil", sign=False)) as session, pytest.raises(ScramError, match="without the server"):
        session.auth_scram("user", "pencil")


def test_a_mechanism_that_is_refused_is_an_answer() -> None:
    with saying(b"-ERR unknown mechanism\r\n") as session:
        assert session.auth_scram("user", "pencil").negative


def test_a_status_line_and_its_grammar_are_one_thing() -> None:
    with saying(b"+ok  x\r\n") as session:
        answer = session.command("NOOP")

    assert answer.reply is not None
    assert answer.line == parse(answer.reply.line, pop3.single_line)


def test_the_peers_folder_is_as_it_was(reference: Target) -> None:
    kept = sorted(path.name for path in Path(reference.accounts[0].maildir).glob("cur/*"))

    assert kept == ["1.one", "2.two"]
