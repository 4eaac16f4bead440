"""The stream: full duplex, every octet recorded, and every way of ending a value."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.transcript import Transcript
from conformance.transport import stream as streams
from conformance.transport.stream import Closed, Ending, Reset, Silence, Stream

PATIENCE = 5.0
LARGE = 16 << 20


@contextlib.contextmanager
def pair() -> Iterator[tuple[Stream, socket.socket]]:
    """Give a stream and the peer's end of its TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        near = socket.create_connection(listening.getsockname())
        far, _ = listening.accept()
    far.settimeout(20)
    stream = Stream(near, Transcript(1, "pop3://127.0.0.1:110"))
    with far:
        try:
            yield stream, far
        finally:
            stream.close()


@contextlib.contextmanager
def beside(work: Callable[[], None]) -> Iterator[None]:
    """Let the peer work at the same time."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join(30)


def heard(stream: Stream, size: int = -1) -> tuple[bytes, Ending | None]:
    """Receive so many octets, or everything up to the end."""
    octets = bytearray()
    while len(octets) != size:
        data = stream.receive(PATIENCE)
        if not isinstance(data, bytes):
            return bytes(octets), data
        octets += data
    return bytes(octets), None


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def events(stream: Stream) -> list[tuple[str, str, bytes]]:
    return [(e.side, e.kind, e.data) for e in stream.transcript if e.kind != "open"]


def test_a_peer_that_answers_early_and_reads_late_does_not_stop_us() -> None:
    """Both sides send more than the kernel keeps; the peer reads nothing before it has said everything."""
    answer, said = b"answer\r\n" * (LARGE // 8), b"command\n" * (LARGE // 8)
    taken = bytearray()

    def late(far: socket.socket) -> None:
        far.sendall(answer)
        while len(taken) < len(said):
            taken.extend(far.recv(1 << 20))

    with pair() as (stream, far), beside(lambda: late(far)):
        stream.send(said)
        assert heard(stream, len(answer)) == (answer, None)
    assert taken == said
    assert stream.transcript.bytes_of("S") == answer
    assert stream.transcript.bytes_of("C") == said


def test_who_takes_octets_too_slowly_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "TAKE_SECONDS", 0.2)
    monkeypatch.setattr(streams, "SLOWEST", 1 << 30)

    def sip(peer: socket.socket, sent: threading.Event) -> None:
        while not sent.wait(0.01):
            peer.recv(1)

    sent = threading.Event()
    with pair() as (stream, peer), beside(lambda: sip(peer, sent)):
        stream.send(b"x" * LARGE)
        sent.set()
        assert stream.receive(PATIENCE) == Reset("the peer takes no octets")


def test_who_only_talks_while_we_send_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "EARLY_LIMIT", 1 << 20)

    def talk(peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer.sendall(b"y" * 65536)

    with pair() as (stream, peer), beside(lambda: talk(peer)):
        stream.send(b"x" * LARGE)
        octets, ending = heard(stream)
        stream.abort()

    assert len(octets) < 2 << 20
    assert ending == Reset("the peer talks, and takes no octets")


def test_behind_the_end_of_a_run_nothing_is_sent_to_who_takes_none() -> None:
    near, far = socket.socketpair()
    stream = Stream(near, Transcript(1, "lmtp+unix:///run/lmtp"), expires=time.monotonic() + 0.1)
    with far:
        stream.send(b"x" * LARGE)
        assert stream.receive(PATIENCE) == Reset("the peer takes no octets")
        stream.close()


def test_what_came_while_we_sent_is_received_in_order() -> None:
    def talkative(far: socket.socket) -> None:
        for number in range(200):
            far.sendall(b"%04d" % number)
            far.recv(1 << 16)
        while far.recv(1 << 20):
            pass

    with pair() as (stream, far), beside(lambda: talkative(far)):
        stream.send(b"x" * LARGE)
        octets, _ = heard(stream, 800)
        stream.close()
    assert octets == b"".join(b"%04d" % number for number in range(200))


def test_silence_is_a_value_and_an_event() -> None:
    with pair() as (stream, far):
        began = time.monotonic()
        assert stream.receive(0.05) == Silence(0.05)
        assert 0.05 <= time.monotonic() - began < 5
        far.sendall(b"+OK\r\n")
        assert stream.receive(PATIENCE) == b"+OK\r\n"
        assert events(stream) == [("-", "silence", b"0.050 s"), ("S", "bytes", b"+OK\r\n")]


def test_no_patience_gets_what_is_there() -> None:
    with pair() as (stream, far):
        far.sendall(b"+OK\r\n")
        select.select([stream._socket], [], [], PATIENCE)
        assert stream.receive(0) == b"+OK\r\n"
        assert stream.receive(0) == Silence(0)


def test_a_close_in_order_is_a_value_behind_the_last_octets() -> None:
    with pair() as (stream, far):
        far.sendall(b"+OK bye\r\n")
        far.close()
        assert heard(stream) == (b"+OK bye\r\n", Closed())
        assert stream.receive(PATIENCE) == Closed()
        assert events(stream) == [("S", "bytes", b"+OK bye\r\n"), ("S", "close", b"")]


def test_a_peer_that_ends_its_side_alone_has_closed() -> None:
    with pair() as (stream, far):
        far.shutdown(socket.SHUT_WR)
        assert stream.receive(PATIENCE) == Closed()


def test_a_reset_is_a_value() -> None:
    with pair() as (stream, far):
        reset(far)
        assert stream.receive(PATIENCE) == Reset("Connection reset by peer")
        assert stream.receive(PATIENCE) == Reset("Connection reset by peer")
        assert events(stream) == [("S", "reset", b"Connection reset by peer")]


@pytest.mark.parametrize("end", [reset, socket.socket.close])
def test_sending_to_who_has_gone_raises_nothing(end: Callable[[socket.socket], None]) -> None:
    with pair() as (stream, far):
        end(far)
        for _ in range(3):
            stream.send(b"NOOP\r\n" * 10_000)
        assert isinstance(heard(stream)[1], Closed | Reset)
        stream.send(b"QUIT\r\n")
    assert stream.transcript.bytes_of("C").endswith(b"QUIT\r\n")


def test_a_peer_that_goes_while_we_send_is_noticed() -> None:
    def leaving(far: socket.socket) -> None:
        far.recv(10)
        reset(far)

    with pair() as (stream, far), beside(lambda: leaving(far)):
        stream.send(b"x" * LARGE)
        assert isinstance(heard(stream)[1], Reset)


def test_closing_is_an_event_and_happens_once() -> None:
    with pair() as (stream, far):
        stream.close()
        stream.close()
        stream.abort()
        assert far.recv(10) == b""
        assert stream.receive(PATIENCE) == Closed()
        stream.send(b"NOOP\r\n")
        assert events(stream) == [("C", "close", b""), ("C", "bytes", b"NOOP\r\n")]


def test_aborting_is_a_reset_to_the_peer() -> None:
    with pair() as (stream, far):
        stream.abort()
        stream.abort()
        with pytest.raises(ConnectionResetError):
            far.recv(10)
        assert stream.receive(PATIENCE) == Closed()
        assert events(stream) == [("C", "reset", b"")]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=50)), max_size=10))
def test_the_transcript_is_complete_and_in_order(said: list[tuple[bool, bytes]]) -> None:
    with pair() as (stream, far):
        for ours, data in said:
            if ours:
                stream.send(data)
                assert far.recv(len(data), socket.MSG_WAITALL) == data
            else:
                far.sendall(data)
                assert heard(stream, len(data)) == (data, None)
        for side, ours in (("C", True), ("S", False)):
            assert stream.transcript.bytes_of(side) == b"".join(data for own, data in said if own is ours)
        offsets = {"C": 0, "S": 0}
        for event in (e for e in stream.transcript if e.kind == "bytes"):
            assert event.offset == offsets[event.side]
            offsets[event.side] += len(event.data)


def test_a_unix_socket_is_a_stream_too() -> None:
    near, far = socket.socketpair()
    stream = Stream(near, Transcript(1, "lmtp+unix:///run/lmtp"))
    with far:
        stream.send(b"LHLO here\r\n")
        far.sendall(far.recv(100))
        assert stream.receive(PATIENCE) == b"LHLO here\r\n"
        stream.close()
