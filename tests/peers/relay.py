"""A relay in front of a real server that tells a lie, or an oddity, on every connection; octets go through one process.

It is the same LyingStream that checks are refuted through, behind a listening socket, so that discovery and errands
meet the oddity as well. What begins with a TLS handshake is passed on as it is, to the server itself: an oddity that is
to be met under TLS too has to hide STARTTLS.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator

from conformance.faults import Fault
from conformance.lying import LyingStream
from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
from conformance.transport.stream import Closed, Reset, Stream

HANDSHAKE = b"\x16\x03"
"""What a TLS client says first."""


@contextlib.contextmanager
def relayed(endpoint: Endpoint, fault: Fault, *, segment: int = 0, opening: bytes = b"") -> Iterator[Endpoint]:
    """Relay an endpoint through a fault, in segments of so many octets (0: as they come), and yield where it listens.

    The relay itself says `opening` to the server first, IMAP command lines; the client's greeting is what answers the last.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while not stop.is_set():
                client = listening.accept()[0]
                threading.Thread(target=_relay, args=(client, endpoint, fault, segment, opening), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield Endpoint(scheme=endpoint.scheme, host="127.0.0.1", port=listening.getsockname()[1])
    finally:
        stop.set()
        listening.close()


def _relay(client: socket.socket, endpoint: Endpoint, fault: Fault, segment: int, opening: bytes) -> None:
    recorder = Recorder()
    dialler = Dialler(Target(name="behind the relay", endpoints=(endpoint,)), recorder)
    with contextlib.suppress(OSError), client, socket.create_connection((endpoint.host, endpoint.port), 10) as upstream:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _open(upstream, opening)
        stream = LyingStream(Stream(upstream, recorder.new(str(endpoint))), fault, dialler, endpoint.protocol)
        _pump(client, upstream, stream, segment)


def _open(upstream: socket.socket, opening: bytes) -> None:
    """Say each line when what came before it has been answered; reads octet by octet, so the last answer is left."""
    wanted = b"*"
    with upstream.makefile("rb", buffering=0) as heard:
        for line in opening.splitlines(keepends=True):
            while (answer := heard.readline()) and not answer.startswith(wanted):
                pass
            upstream.sendall(line)
            wanted = line.partition(b" ")[0]


def _pump(client: socket.socket, upstream: socket.socket, stream: LyingStream, segment: int) -> None:
    while True:
        ready = select.select([client, upstream], [], [])[0]
        if upstream in ready:
            while isinstance(data := stream.receive(0.0), bytes):
                _pass_on(client, data, segment)
            if isinstance(data, Closed | Reset):
                return
        if client in ready:
            said = client.recv(1 << 16)
            if not said:
                return
            if said.startswith(HANDSHAKE):
                _pass_through(client, upstream, said)
                return
            stream.send(said)
            while stream.acting and isinstance(data := stream.receive(0.0), bytes):
                _pass_on(client, data, segment)


def _pass_through(client: socket.socket, upstream: socket.socket, said: bytes) -> None:
    """Pass on what both say, beginning with the client's octets, until one of them ends."""
    upstream.setblocking(True)
    upstream.sendall(said)
    other = {client: upstream, upstream: client}
    while True:
        for one in select.select([client, upstream], [], [])[0]:
            said = one.recv(1 << 16)
            if not said:
                return
            other[one].sendall(said)


def _pass_on(client: socket.socket, data: bytes, segment: int) -> None:
    """Send octets in segments; of a large response only the beginning is cut, or a run would take hours."""
    cut = min(len(data), 2048) if segment else 0
    for start in range(0, cut, segment or 1):
        client.sendall(data[start : min(start + segment, cut)])
    client.sendall(data[cut:])
