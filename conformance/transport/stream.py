"""A full-duplex stream of octets to a server, recorded as it happens.

Sending reads meanwhile, so a server that answers early cannot deadlock us; silence and close are values, since only a
check knows what they mean. Times are seconds of the monotonic clock.
"""

from __future__ import annotations

import errno
import select
import socket
import time
import zlib
from dataclasses import dataclass
from typing import Protocol

from conformance.transcript import Transcript
from conformance.transport.tls import Tls, TlsFacts, TlsFailure, TlsSettings

CHUNK = 1 << 16
EXPANDED_LIMIT = 1 << 24
TAKE_SECONDS = 60.0
SLOWEST = 1 << 16
"""Octets a second that a peer is allowed for much, beside the patience it has for little."""
EARLY_LIMIT = 1 << 26
"""Octets that a peer may say while it takes none of ours."""
DEFLATE_NOTE = b"DEFLATE from here on"
PROMPT = 0.002  # a reply that takes longer (seconds) may be held up by the kernel
_GONE = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH}


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Closed:
    """The peer ended its side in order; `tls_notified` says whether TLS was closed first (RFC 8446 section 6.1)."""

    tls_notified: bool | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection was torn down."""

    why: str


Ending = Silence | Closed | Reset


class Conduit(Protocol):
    """What a session needs of a stream: the real one, or a fault around it."""

    transcript: Transcript

    @property
    def tls_facts(self) -> TlsFacts | None:
        """What the handshake showed; None without TLS."""

    @property
    def acting(self) -> bool:
        """Whether receive() has something to give before the peer says more."""

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when the peer says something."""

    def send(self, data: bytes) -> None:
        """Send octets; an ending is seen by the next receive()."""

    def receive(self, patience: float) -> bytes | Ending:
        """Return the next octets, or what came instead within patience (seconds)."""

    def start_tls(self, settings: TlsSettings, patience: float) -> TlsFacts | TlsFailure:
        """Shake hands on this connection."""

    def probe(self, octets: bytes, patience: float) -> bytes | Ending:
        """Say octets where a handshake belongs, and return what the peer says first; not kept as conversation."""

    def compress(self, early: bytes = b"") -> None:
        """Speak DEFLATE in both directions from now on (RFC 4978 section 3); `early` was received, and is compressed."""

    def close(self) -> None:
        """End the connection; harmless when it has ended already."""

    def abort(self) -> None:
        """Tear the connection down without a word: RST instead of FIN."""


class Deflate:
    """Raw DEFLATE in both directions, flushed behind each piece that is sent (RFC 4978 section 4)."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(wbits=-15)
        self._unpacker = zlib.decompressobj(wbits=-15)

    def pack(self, data: bytes) -> bytes:
        return self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def unpack(self, data: bytes) -> bytes | None:
        """Return the octets, None if they are none or pass EXPANDED_LIMIT."""
        try:
            plain = self._unpacker.decompress(data, EXPANDED_LIMIT)
        except zlib.error:
            return None
        return None if self._unpacker.unconsumed_tail else plain


class Stream:
    """One TCP connection, plain or under TLS; see Conduit. Behind `expires` (seconds) it takes no octets any more."""

    def __init__(self, sock: socket.socket, transcript: Transcript, expires: float = float("inf")) -> None:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._quick = sock.family != socket.AF_UNIX and hasattr(socket, "TCP_QUICKACK")
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._tls: Tls | None = None
        self._deflate: Deflate | None = None
        self._early: list[bytes] = []
        self._ended: Closed | Reset | None = None
        self._expires = expires
        self.transcript = transcript
        self.tls_facts: TlsFacts | None = None
        transcript.record("-", "open", transcript.endpoint.encode())

    @property
    def acting(self) -> bool:
        return bool(self._early) or self._ended is not None

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        """Send octets, reading meanwhile if the peer does not take them at once."""
        self.transcript.record("C", "bytes", data)
        packed = self._deflate.pack(data) if self._deflate else data
        self._push(self._tls.encrypt(packed) if self._tls else packed)

    def _push(self, wire: bytes) -> None:
        rest: bytes | memoryview = wire
        until = 0.0
        while rest and self._ended is None:
            try:
                sent = self._socket.send(rest)
                rest = b"" if sent == len(rest) else memoryview(rest)[sent:]
            except BlockingIOError:
                until = until or min(self._expires, time.monotonic() + TAKE_SECONDS + len(wire) / SLOWEST)
                self._make_room(until)
            except OSError as error:
                self._end(_torn(error))

    def _make_room(self, until: float) -> None:
        """Wait until the peer takes or gives octets; one that takes too few in time, or gives too many, has ended."""
        left = min(TAKE_SECONDS, until - time.monotonic())
        both = select.poll()
        both.register(self._socket, select.POLLIN | select.POLLOUT)
        ready = both.poll(left * 1000) if left > 0 else []
        if not ready:
            self._end(Reset("the peer takes no octets"))
            return
        data = self._pull() if ready[0][1] & select.POLLIN else b""
        if data and isinstance(data, bytes):
            self._early.append(data)
            if sum(map(len, self._early)) > EARLY_LIMIT:
                self._end(Reset("the peer talks, and takes no octets"))

    def receive(self, patience: float) -> bytes | Ending:
        """Return the next octets as they come; Silence after patience seconds without any."""
        if self._early:
            return self._early.pop(0)
        deadline = 0.0
        left = patience
        while True:
            if ended := self._ended or self._tls_ended():
                return ended
            deadline = deadline or time.monotonic() + patience
            if not self._readable(left):
                self.transcript.record("-", "silence", f"{patience:.3f} s".encode())
                return Silence(patience)
            data = self._pull()
            if data:
                return data
            left = max(0.0, deadline - time.monotonic())

    def _pull(self) -> bytes | Closed | Reset:
        """Read what is there; b"" when it was TLS records without octets for us."""
        try:
            wire = self._socket.recv(CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            return self._end(_torn(error))
        if self._tls is None:
            return self._take(wire) if wire else self._end(Closed())
        data = self._tls.decrypt(wire)
        self._push(self._tls.outgoing())
        if data:
            return self._take(data)
        return self._tls_ended() or (b"" if wire else self._end(Closed(tls_notified=False)))

    def _tls_ended(self) -> Closed | Reset | None:
        """Return the end that a TLS alert brought; close_notify is answered, since a peer may wait for ours."""
        if self._tls is None:
            return None
        if self._tls.failure:
            return self._end(Reset(self._tls.failure))
        if self._tls.notified:
            self._push(self._tls.close())
            return self._end(Closed(tls_notified=True))
        return None

    def _readable(self, patience: float) -> bool:
        """Wait for octets; a peer that sends in pieces (RFC 896) waits in turn for our acknowledgement, so hurry it."""
        if self._poll.poll(min(patience, PROMPT) * 1000):
            return True
        if patience <= PROMPT:
            return False
        if self._quick:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return bool(self._poll.poll((patience - PROMPT) * 1000))

    def _take(self, data: bytes) -> bytes | Closed | Reset:
        if self._deflate:
            unpacked = self._deflate.unpack(data)
            if unpacked is None:
                return self._end(Reset("what comes is no DEFLATE data, or too much of it"))
            data = unpacked
        if data:
            self.transcript.record("S", "bytes", data)
        return data

    def _end(self, ending: Closed | Reset) -> Closed | Reset:
        if self._ended is None:
            self._ended = ending
            words = ending.why if isinstance(ending, Reset) else _notice(ending)
            self.transcript.record("S", "reset" if isinstance(ending, Reset) else "close", words.encode())
        return self._ended

    def start_tls(self, settings: TlsSettings, patience: float) -> TlsFacts | TlsFailure:
        """Shake hands; octets that the peer sent in clear behind its reply stay visible in the transcript."""
        tls = Tls(settings)
        deadline = time.monotonic() + patience
        wire = b"".join(self._early)
        self._early.clear()
        while not tls.step(wire):
            self._push_handshake(tls)
            left = deadline - time.monotonic()
            if tls.failure or self._ended or left <= 0 or not self._poll.poll(left * 1000):
                return self._failed(
                    tls.failure or (f"connection ended: {self._ended}" if self._ended else "no answer to the handshake")
                )
            try:
                wire = self._socket.recv(CHUNK)
            except BlockingIOError:
                wire = b""
                continue
            except OSError as error:
                return self._failed(_torn(error).why)
            if not wire:
                self._end(Closed())
                return self._failed("the peer closed the connection during the handshake")
        self._push_handshake(tls)
        self._tls = tls
        self.tls_facts = tls.facts()
        self.transcript.record("-", "tls", str(self.tls_facts).encode())
        if data := tls.decrypt(b""):  # it came in one segment with the end of the handshake
            self.transcript.record("S", "bytes", data)
            self._early.append(data)
        return self.tls_facts

    def probe(self, octets: bytes, patience: float) -> bytes | Ending:
        """Say octets where a handshake belongs; the transcript has them as a handshake made by hand."""
        self._push(octets)
        if not self._readable(patience):
            return Silence(patience)
        try:
            answer = self._socket.recv(CHUNK)
        except OSError as error:
            return self._end(_torn(error))
        said = f"by hand: {octets[:16].hex()}... was answered {answer[:16].hex() or 'by the end of the connection'}"
        self.transcript.record("-", "tls", said.encode())
        return answer or self._end(Closed())

    def compress(self, early: bytes = b"") -> None:
        """Speak DEFLATE in both directions from now on (RFC 4978 section 3); what came early is taken for compressed."""
        self._deflate = Deflate()
        self.transcript.record("-", "note", DEFLATE_NOTE)
        packed, self._early = [early, *self._early], []
        self._early += [data for data in map(self._take, filter(None, packed)) if isinstance(data, bytes) and data]

    def _push_handshake(self, tls: Tls) -> None:
        self._push(tls.outgoing())

    def _failed(self, why: str) -> TlsFailure:
        self.transcript.record("-", "tls", f"failed: {why}".encode())
        return TlsFailure(why)

    def close(self) -> None:
        """Close TLS in order if it is there, then the socket."""
        if self._tls is not None and self._ended is None:
            self._push(self._tls.close())
        if self._socket.fileno() >= 0:
            self.transcript.record("C", "close")
            self._socket.close()
        self._ended = self._ended or Closed()

    def abort(self) -> None:
        """Tear the connection down without a word: RST instead of FIN."""
        if self._socket.fileno() >= 0:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.transcript.record("C", "reset")
            self._socket.close()
        self._ended = self._ended or Closed()


def _notice(ending: Closed) -> str:
    return "" if ending.tls_notified is None else "close_notify" if ending.tls_notified else "no close_notify"


def _torn(error: OSError) -> Reset:
    return Reset(error.strerror or str(error))
