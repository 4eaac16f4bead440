"""Carries octets between a session's stream and the socket that a client of others holds in its place.

So the transcript holds every octet, audits hear it, faults lie to it, and TLS or compression below make no difference.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator

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


@contextlib.contextmanager
def at_port(stream: Conduit, greeting: bytes, patience: float) -> Iterator[int]:
    """Carry a stream to the first who connects to a port of 127.0.0.1, greeted so; yields the port, and ends the stream.

    Whoever connects later is refused. The last words of a client that has gone are carried for `patience` seconds.
    """
    came: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):  # nobody came
            came.append(listener.accept()[0])
            listener.close()
            came[0].sendall(greeting)
            carry(stream, came[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        carrier = threading.Thread(target=serve, daemon=True)
        carrier.start()
        try:
            yield listener.getsockname()[1]
        finally:
            if not came:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)  # which wakes who waits in accept()
            carrier.join(patience)
            if came and carrier.is_alive():
                with contextlib.suppress(OSError):
                    came[0].shutdown(socket.SHUT_RDWR)
                carrier.join(patience)
            stream.close()
