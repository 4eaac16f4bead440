"""The octets of one connection of a target to the sink: in clear first, under TLS from STARTTLS on (RFC 3207).

Nothing here raises at what a client sends: whatever is no handshake, or no record of TLS, is a value or an end. OSError
tells that the socket is gone or was silent for too long; the time and the number of octets are bounded by the caller.
"""

from __future__ import annotations

import functools
import select
import socket
import time

from conformance import certificates
from conformance.certificates import Identity
from conformance.transport.tls import TlsServer

CHUNK = 1 << 16
HANDSHAKE = b"\x16"
"""What a TLS client says first: the content type of handshake records (RFC 8446 section 5.1)."""


@functools.cache
def identity() -> Identity:
    """The certificate of the sink, from an authority that nobody knows."""
    return certificates.issue(certificates.authority("mailconform sink"), ("sink.test", *certificates.LOOPBACK_NAMES))


class Channel:
    """A socket whose octets are told in clear, whatever protects them."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._tls: TlsServer | None = None
        self.came = 0
        """Octets that came over the wire so far."""

    @property
    def tls(self) -> str:
        """Version and cipher of TLS; empty in clear."""
        return str(self._tls) if self._tls else ""

    def stirs(self, seconds: float) -> bool:
        """Whether the client says something, or leaves, within so many seconds."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def hear(self) -> bytes | None:
        """Wait for octets and return what they say: b"" for records without data, None at the end."""
        wire = self._socket.recv(CHUNK)
        self.came += len(wire)
        if not wire:
            return None
        if self._tls is None:
            return wire
        data = self._tls.decrypt(wire)
        self._socket.sendall(self._tls.outgoing())
        return data or (None if self._tls.failure or self._tls.notified else b"")

    def say(self, octets: bytes) -> None:
        """Send octets."""
        self._socket.sendall(self._tls.encrypt(octets) if self._tls else octets)

    def start_tls(self, until: float, limit: int) -> tuple[bytes, str]:
        """Shake hands, by a monotonic time and while so many octets came; return what was said, and why it failed.

        What was said is under TLS if the handshake succeeded (it may have come with its end), and in clear if it failed:
        octets that are no handshake at all.
        """
        tls, wire = TlsServer(identity()), b""
        while time.monotonic() < until and self.came < limit:
            fresh, wire = not wire, self._socket.recv(CHUNK)
            self.came += len(wire)
            if not wire:
                return b"", "the client closed the connection"
            if fresh and not wire.startswith(HANDSHAKE):
                return wire, "something else came"
            done = tls.step(wire)
            self._socket.sendall(tls.outgoing())
            if done:
                self._tls = tls
                return tls.decrypt(b""), ""
            if tls.failure:
                return b"", tls.failure
        return b"", "it did not come to an end"

    def finish(self) -> None:
        """Say nothing more, which TLS is told first (RFC 8446 section 6.1); the client may go on."""
        if self._tls:
            self._socket.sendall(self._tls.close())
        self._socket.shutdown(socket.SHUT_WR)
