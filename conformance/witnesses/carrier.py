"""Carries octets between a session's stream and the socket that a client of others holds in its place.

So the transcript holds every octet, audits hear it, faults lie to it, and TLS or compression below make no difference.
"""

from __future__ import annotations

import contextlib
import select
import socket

from conformance.transport.stream import Conduit, Silence

PIECE = 0.05
"""Seconds that the carrier waits for octets that were announced."""


def carry(stream: Conduit, ours: socket.socket) -> None:
    """Carry octets between a stream and a socket until one of them ends, the client's by a reset as well."""
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    poll.register(stream.fileno(), select.POLLIN)
    with ours, contextlib.suppress(ConnectionError):
        while True:
            ready = {fd for fd, _ in poll.poll(0 if stream.acting else None)}
            if ours.fileno() in ready:
                if not (data := ours.recv(1 << 16)):
                    return
                stream.send(data)
            if stream.acting or stream.fileno() in ready:
                came = stream.receive(PIECE)
                if isinstance(came, bytes):
                    ours.sendall(came)
                elif not isinstance(came, Silence):
                    return
