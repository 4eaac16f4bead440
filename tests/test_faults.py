"""Faults: each tells its lie and nothing else, whatever the segments the truth comes in."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import faults
from conformance.faults import (
    Fault,
    answer,
    at_close,
    delay,
    drop,
    fickle,
    forward,
    hang_up,
    inject,
    inject_before,
    repeat,
    rewrite,
    rewrite_raw,
    say,
    stale,
)
from conformance.lying import LyingStream, install, remove
from conformance.sessions.pop3 import Pop3
from conformance.strategies import messages
from conformance.target import Endpoint, Target, load
from conformance.transcript import Transcript
from conformance.transport.dialler import Dialler, Recorder
from conformance.transport.stream import Closed, Ending, Reset, Silence
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from conformance.wire import framing
from conformance.wire.framing import Overlong
from conformance.wire.pop3 import Dialogue
from conformance.wire.scanner import Message
from tests.peers.pop3 import serving

TARGET = Target(name="played", endpoints=(Endpoint(scheme="pop3", host="127.0.0.1", port=110),))
Cut = Callable[[bytes], Sequence[bytes]]


def whole(octets: bytes) -> Sequence[bytes]:
    return [octets]


def single(octets: bytes) -> Sequence[bytes]:
    return [octets[i : i + 1] for i in range(len(octets))]


class Played:
    """A server in memory (a Conduit): it has one answer to each command line, and says it in segments."""

    tls_facts: TlsFacts | None = None

    def __init__(self, transcript: Transcript, replies: dict[bytes, bytes], cut: Cut = whole) -> None:
        self.transcript = transcript
        self.heard: list[bytes] = []
        self.ending: Ending = Silence(0.1)
        self.ended = ""
        self._replies, self._cut = replies, cut
        self._said = deque(cut(replies.get(b"", b"+OK ready\r\n")))

    def send(self, data: bytes) -> None:
        self.heard.append(data)
        for line in data.splitlines():
            self._said.extend(self._cut(self._replies.get(line, b"+OK " + line + b"\r\n")))

    def receive(self, patience: float) -> bytes | Ending:
        return self._said.popleft() if self._said else self.ending

    def start_tls(self, settings: TlsSettings, patience: float) -> TlsFailure:
        return TlsFailure("played servers know no TLS")

    def close(self) -> None:
        self.ended = "close"

    def abort(self) -> None:
        self.ended = "abort"


BODY = b"+OK 2 messages\r\n1 10\r\n2 20\r\n.\r\n"
REPLIES = {
    b"": b"+OK ready <1@a>\r\n",
    b"STAT": b"+OK 2 30\r\n",
    b"LIST": BODY,
    b"UIDL": b"+OK\r\n1 aa\r\n2 bb\r\n.\r\n",
    b"RETR 1": b"+OK 10 octets\r\none\r\n..two\r\n....\r\n.\r\n",
    b"DELE 9": b"-ERR no such message\r\n",
    b"AUTH PLAIN": b"+ \r\n",
}


def lying(
    fault: Fault, replies: dict[bytes, bytes] = REPLIES, cut: Cut = whole, dialler: Dialler | None = None
) -> tuple[LyingStream, Played]:
    dialler = dialler or Dialler(TARGET, Recorder())
    truth = Played(dialler.recorder.new("pop3://127.0.0.1:110"), replies, cut)
    return LyingStream(truth, fault, dialler, "pop3"), truth


def said(stream: LyingStream) -> bytes:
    """Everything that comes until silence or an end."""
    octets = b""
    while isinstance(data := stream.receive(0.1), bytes):
        octets += data
    return octets


def told(fault: Fault, *commands: bytes, replies: dict[bytes, bytes] = REPLIES, cut: Cut = whole) -> list[bytes]:
    """Ask, and return what the client hears: the greeting first."""
    stream, _ = lying(fault, replies, cut)
    heard = [said(stream)]
    for command in commands:
        stream.send(command + b"\r\n")
        heard.append(said(stream))
    return heard


LIES: list[tuple[Fault, tuple[bytes, ...], list[bytes]]] = [
    (Fault(), (b"STAT", b"LIST"), [REPLIES[b""], REPLIES[b"STAT"], BODY]),
    (rewrite(rb"2", b"7"), (b"STAT", b"LIST"), [REPLIES[b""], b"+OK 7 30\r\n", BODY.replace(b"2", b"7")]),
    (rewrite(rb"^2 ", b"9 ", of=rb"LIST"), (b"LIST", b"UIDL"), [REPLIES[b""], b"+OK 2 messages\r\n1 10\r\n9 20\r\n.\r\n", REPLIES[b"UIDL"]]),
    (rewrite(rb"ready", b"asleep", of=rb""), (b"STAT",), [b"+OK asleep <1@a>\r\n", REPLIES[b"STAT"]]),
    (rewrite(rb"2", b"7", of=rb"STAT", after=1), (b"STAT", b"STAT", b"STAT"), [REPLIES[b""], b"+OK 2 30\r\n", b"+OK 7 30\r\n", b"+OK 7 30\r\n"]),
    (rewrite(rb"^(one)$", rb".\1", of=rb"RETR 1"), (b"RETR 1",), [REPLIES[b""], b"+OK 10 octets\r\none\r\n..two\r\n....\r\n.\r\n"]),
    (rewrite(rb"^one\r\n", b".\r\n", of=rb"RETR .*"), (b"RETR 1",), [REPLIES[b""], b"+OK 10 octets\r\n..\r\n..two\r\n....\r\n.\r\n"]),
    (rewrite(rb"^\.", b"", of=rb"retr 1"), (b"RETR 1",), [REPLIES[b""], b"+OK 10 octets\r\none\r\ntwo\r\n...\r\n.\r\n"]),
    (rewrite_raw(rb"^\+OK", b"+ok", of=rb"STAT"), (b"STAT",), [REPLIES[b""], b"+ok 2 30\r\n"]),
    (rewrite_raw(rb"\r\n", b"\n", of=rb"LIST"), (b"LIST",), [REPLIES[b""], BODY.replace(b"\r\n", b"\n")]),
    (rewrite_raw(rb"\.\r\n\Z", b"", of=rb"LIST"), (b"LIST", b"STAT"), [REPLIES[b""], BODY[:-3], REPLIES[b"STAT"]]),
    (rewrite_raw(rb"\r\n\.\.", b"\r\n.", of=rb"RETR 1"), (b"RETR 1",), [REPLIES[b""], b"+OK 10 octets\r\none\r\n.two\r\n...\r\n.\r\n"]),
    (say(b"-ERR no\r\n", of=rb"STAT"), (b"STAT", b"NOOP"), [REPLIES[b""], b"-ERR no\r\n", b"+OK NOOP\r\n"]),
    (say(b"-ERR no\r\n", of=rb"STAT", after=1), (b"STAT", b"STAT"), [REPLIES[b""], b"+OK 2 30\r\n", b"-ERR no\r\n"]),
    (drop(of=rb"LIST"), (b"LIST", b"STAT"), [REPLIES[b""], b"", REPLIES[b"STAT"]]),
    (inject(b"+OK twice\r\n", of=rb"STAT"), (b"STAT",), [REPLIES[b""], b"+OK 2 30\r\n+OK twice\r\n"]),
    (inject_before(b"* hello\r\n", of=rb"STAT"), (b"STAT",), [REPLIES[b""], b"* hello\r\n+OK 2 30\r\n"]),
    (repeat(of=rb"LIST"), (b"LIST",), [REPLIES[b""], BODY + BODY]),
    (hang_up(of=rb"STAT"), (b"STAT", b"NOOP"), [REPLIES[b""], b"", b""]),
    (hang_up(of=rb"STAT", saying=b"-ERR bye\r\n"), (b"STAT", b"NOOP"), [REPLIES[b""], b"-ERR bye\r\n", b""]),
    (answer(b"+OK sure\r\n", of=rb"DELE \d+"), (b"dele 1", b"STAT"), [REPLIES[b""], b"+OK sure\r\n", REPLIES[b"STAT"]]),
    (forward(b"STAT", of=rb"NOOP"), (b"NOOP",), [REPLIES[b""], b"+OK 2 30\r\n"]),
    (forward(rb"RETR \1", of=rb"TOP (\d+) \d+"), (b"TOP 1 0",), [REPLIES[b""], REPLIES[b"RETR 1"]]),
    (say(b"A\r\n", of=rb"STAT") | say(b"B\r\n", of=rb"STAT|NOOP"), (b"STAT", b"NOOP"), [REPLIES[b""], b"A\r\n", b"B\r\n"]),
    (answer(b"A\r\n", of=rb"STAT") | answer(b"B\r\n", of=rb".*"), (b"STAT", b"NOOP"), [REPLIES[b""], b"A\r\n", b"B\r\n"]),
    (rewrite(rb"nowhere", b"") | say(b"B\r\n", of=rb"STAT"), (b"STAT",), [REPLIES[b""], b"B\r\n"]),
]  # fmt: skip


@pytest.mark.parametrize("cut", [whole, single])
@pytest.mark.parametrize(("fault", "commands", "heard"), LIES)
def test_a_fault_tells_its_lie_and_nothing_else(
    fault: Fault, commands: tuple[bytes, ...], heard: list[bytes], cut: Cut
) -> None:
    assert told(fault, *commands, cut=cut) == heard


@settings(max_examples=40)
@given(st.sampled_from(LIES), st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_segments_change_no_lie(lie: tuple[Fault, tuple[bytes, ...], list[bytes]], sizes: list[int]) -> None:
    fault, commands, _ = lie

    def cut(octets: bytes) -> Sequence[bytes]:
        pieces, place = [], 0
        while place < len(octets):
            size = sizes[len(pieces) % len(sizes)]
            pieces.append(octets[place : place + size])
            place += size
        return pieces

    assert told(fault, *commands, cut=cut) == told(fault, *commands)


@settings(max_examples=40)
@given(
    messages.bodies(),
    st.sampled_from((rb"^", rb"^.", rb"\.", rb"[a-z ]", rb"\r\n", rb"^[^\r\n]*\r\n", rb"\Z")),
    st.sampled_from((b".", b"", b"..", b".\r\n", b"\r\n.\r\n", b"x")),
)
def test_a_rewritten_body_is_stuffed_and_ends_where_it_ends(text: bytes, pattern: bytes, new: bytes) -> None:
    """A rewriting is of the status line and of the text; the body that comes is one body, and the text of it."""
    line, changed = (re.sub(pattern, new, octets, flags=re.MULTILINE) for octets in (b"+OK", text))
    truth = {b"RETR 1": b"+OK\r\n" + framing.stuff(text)}
    _, heard, after = told(rewrite(pattern, new, of=rb"RETR 1"), b"RETR 1", b"NOOP", replies=truth)
    inbox = framing.Inbox()
    inbox.feed(heard.removeprefix(line + b"\r\n"))
    body = framing.dot_terminated(inbox)

    assert isinstance(body, Message)
    assert (inbox.octets, after) == (b"", b"+OK NOOP\r\n")
    assert framing.unstuff(body.raw) in (changed, changed + b"\r\n")


def test_the_server_does_what_it_was_told_and_the_lie_is_said() -> None:
    stream, server = lying(say(b"-ERR no\r\n", of=rb"DELE 1"))
    stream.send(b"DELE 1\r\nSTAT\r\n")

    assert said(stream) == b"+OK ready <1@a>\r\n-ERR no\r\n+OK 2 30\r\n"
    assert server.heard == [b"DELE 1\r\n", b"STAT\r\n"]


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        (answer(b"+OK\r\n", of=rb"DELE.*"), []),
        (forward(b"NOOP", of=rb"DELE.*"), [b"NOOP\r\n"]),
        (forward(rb"RETR \1", of=rb"DELE (\d+)"), [b"RETR 7\r\n"]),
        (drop(of=rb"DELE.*"), [b"DELE 7\r\n"]),
    ],
)
def test_what_the_server_hears_instead(fault: Fault, heard: list[bytes]) -> None:
    stream, server = lying(fault)
    stream.send(b"DE")
    stream.send(b"LE 7\r\n")

    assert server.heard == heard


def test_an_answer_keeps_its_place_among_others() -> None:
    stream, _ = lying(forward(b"STAT", of=rb"NOOP"))
    stream.send(b"NOOP\r\nLIST\r\nNOOP\r\n")

    assert said(stream) == b"+OK ready <1@a>\r\n+OK 2 30\r\n" + BODY + b"+OK 2 30\r\n"


def test_a_lie_about_one_command_leaves_an_exchange_alone() -> None:
    stream, _ = lying(say(b"-ERR lie\r\n", of=rb"LIST"))
    said(stream)
    stream.send(b"AUTH PLAIN\r\n")
    assert said(stream) == b"+ \r\n"
    stream.send(b"YQ==\r\n")
    assert said(stream) == b"+OK YQ==\r\n"


def test_delay_holds_the_reply_back() -> None:
    stream, _ = lying(delay(0.1, of=rb"STAT"))
    said(stream)
    stream.send(b"NOOP\r\nSTAT\r\n")
    began = time.monotonic()

    assert stream.receive(5) == b"+OK NOOP\r\n"
    assert time.monotonic() - began < 0.1
    assert stream.receive(5) == b"+OK 2 30\r\n"
    assert time.monotonic() - began >= 0.1


def test_stale_answers_are_those_of_the_first_time() -> None:
    counting = iter(range(9))

    class Counting(Played):
        def send(self, data: bytes) -> None:
            self._replies = {data.strip(): b"+OK %d\r\n" % next(counting)}
            super().send(data)

    dialler = Dialler(TARGET, Recorder())
    heard = []
    for everywhere in (False, True):
        fault = stale(of=rb"STAT", everywhere=everywhere)
        for _ in range(2):
            stream = LyingStream(Counting(dialler.recorder.new("x"), {}), fault, dialler, "pop3")
            said(stream)
            stream.send(b"STAT\r\nSTAT\r\n")
            heard.append(said(stream))

    assert heard == [b"+OK 0\r\n" * 2, b"+OK 2\r\n" * 2, b"+OK 4\r\n" * 2, b"+OK 4\r\n" * 2]


def test_fickle_answers_differ_on_each_connection_and_not_on_one() -> None:
    fault = fickle(rb"aa|bb", of=rb"UIDL")
    first, second = (told(fault, b"UIDL", b"UIDL") for _ in range(2))

    assert first[1] == first[2] != second[1] == second[2]
    assert re.fullmatch(rb"\+OK\r\n1 aa(\d+)\r\n2 bb\1\r\n\.\r\n", first[1])


def test_last_words_are_said_when_the_client_drops_the_connection() -> None:
    for end, word in ((LyingStream.close, "close"), (LyingStream.abort, "abort")):
        stream, server = lying(at_close(rb"DELE \1\r\nQUIT\r\n", of=rb"RETR (\d+)") | drop(of=rb"NOOP"))
        stream.send(b"RETR 1\r\nRETR 2\r\nNOOP\r\n")
        end(stream)
        assert server.heard[-1] == b"DELE 2\r\nQUIT\r\n"
        assert server.ended == word


def test_last_words_need_their_command() -> None:
    stream, server = lying(at_close(b"QUIT\r\n", of=rb"RETR .*"))
    stream.send(b"NOOP\r\n")
    stream.close()

    assert server.heard == [b"NOOP\r\n"]


def test_nothing_is_a_lie_while_the_harness_runs_its_errands() -> None:
    dialler = Dialler(TARGET, Recorder())
    fault = say(b"lie\r\n", of=rb"STAT") | answer(b"lie\r\n", of=rb"NOOP") | at_close(b"QUIT\r\n")
    stream, server = lying(fault, dialler=dialler)
    with dialler.straight():
        stream.send(b"STAT\r\nNOOP\r\n")
        assert said(stream) == b"+OK ready <1@a>\r\n+OK 2 30\r\n+OK NOOP\r\n"
        stream.close()
        assert server.heard == [b"STAT\r\n", b"NOOP\r\n"]
    stream.send(b"STAT\r\n")

    assert said(stream) == b"lie\r\n"


def test_the_transcript_holds_what_the_client_saw() -> None:
    recorder = Recorder()
    stream, _ = lying(say(b"-ERR lie\r\n", of=rb"STAT"), dialler=Dialler(TARGET, recorder))
    said(stream)
    stream.send(b"STAT\r\n")
    said(stream)
    stream.close()

    assert recorder.transcripts == [stream.transcript]
    assert stream.transcript.bytes_of("S") == b"+OK ready <1@a>\r\n-ERR lie\r\n"
    assert stream.transcript.bytes_of("C") == b"STAT\r\n"
    assert [e.kind for e in stream.transcript if e.kind != "bytes"] == ["silence", "silence", "close"]


@pytest.mark.parametrize(
    ("ending", "side", "kind", "words"),
    [
        (Silence(0.25), "-", "silence", b"0.250 s"),
        (Closed(), "S", "close", b""),
        (Reset("torn"), "S", "reset", b"torn"),
    ],
)
def test_every_ending_is_passed_on_and_recorded(ending: Ending, side: str, kind: str, words: bytes) -> None:
    stream, server = lying(Fault())
    server.ending = ending
    said(stream)

    assert stream.receive(1) == ending
    assert {(e.side, e.kind, e.data) for e in stream.transcript if e.kind != "bytes"} == {(side, kind, words)}


def test_half_a_reply_is_passed_on_before_the_end() -> None:
    stream, server = lying(rewrite(rb"OK", b"KO"), {b"LIST": b"+OK\r\n1 1"})
    server.ending = Closed()
    stream.send(b"LIST\r\n")

    assert said(stream) == b"+KO ready\r\n+OK\r\n1 1"
    assert stream.receive(1) == Closed()


def test_what_has_no_end_is_passed_on_as_it_comes() -> None:
    endless = b"+OK " + b"x" * framing.LINE_LIMIT
    stream, _ = lying(rewrite(rb"OK", b"KO"), {b"NOOP": endless})
    session_side = Dialogue()
    stream.send(b"NOOP\r\n")
    session_side.received(said(stream))
    session_side.next()

    assert isinstance(session_side.next(), Overlong)


def test_what_was_to_be_said_in_clear_is_void_under_tls() -> None:
    stream, _ = lying(inject(b"-ERR injected\r\n", of=rb"STLS"))
    said(stream)
    stream.send(b"STLS\r\n")

    assert stream.receive(1) == b"+OK STLS\r\n"
    assert stream.start_tls(TlsSettings(), 1) == TlsFailure("played servers know no TLS")
    assert stream.receive(1) == Silence(0.1)
    assert [e.data for e in stream.transcript if e.kind == "tls"] == [b"TlsFailure(why='played servers know no TLS')"]


def test_a_fault_may_be_a_detour() -> None:
    class Elsewhere(Fault):
        def __init__(self, port: int) -> None:
            self.port, self.open = port, True

        def detour(self, endpoint: Endpoint) -> Endpoint:
            return Endpoint(scheme=endpoint.scheme, host=endpoint.host, port=endpoint.port + self.port)

        def retire(self) -> None:
            self.open = False

    one, two = Elsewhere(1), Elsewhere(2)
    dialler = Dialler(TARGET, Recorder())
    install(one | two, dialler)

    assert dialler.detour is not None
    assert dialler.detour(TARGET.endpoints[0]).port == 113
    remove(dialler)
    remove(dialler)
    assert (one.open, two.open, dialler.lie, dialler.detour, dialler.retire) == (False, False, None, None, None)


def test_a_base_that_replaces_nothing_says_so() -> None:
    with pytest.raises(LookupError, match="_Replaces replaces nothing"):
        told(faults._Replaces(rb"STAT", 0, b""), b"STAT")


def test_a_fault_lies_to_a_session_with_a_server(tmp_path: Path) -> None:
    with serving(tmp_path, tls=False) as file:
        target = load(file)
        dialler = Dialler(target, Recorder())
        install(rewrite(rb"PIPELINING", b"TRICKLING", of=rb"CAPA") | rewrite(rb"\d+ \d+", b"9 9", of=rb"STAT"), dialler)
        for honest in (False, True):
            if honest:
                remove(dialler)
            session = Pop3(dialler.open(target.endpoints[0]), dialler.recorder, 5.0, lambda _: True)
            assert (b"PIPELINING" in session.command("CAPA").capabilities()) is honest
            session.user_pass("alice", "alice-secret").ok()
            assert session.command("STAT").drop_listing().first == (0 if honest else 9)
            session.quit()
