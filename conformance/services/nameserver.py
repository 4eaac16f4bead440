"""The name server: answers a verifier's questions from a zone that is data, over UDP and TCP, and keeps what it was asked.

One thread reads datagrams and accepts connections, and each connection has one more. Invariant: the zone and the log
change together, a question is in the log before it is answered, and no client can make another one wait.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import threading
import time
from types import TracebackType
from typing import Self

from conformance.services import zones
from conformance.services.zones import Published, Query
from conformance.vectors import Zone

CONNECTIONS = 64
"""How many clients may hold a connection; one more ends the oldest."""
IDLE_SECONDS = 10.0
"""How long a client may take for one message over TCP (RFC 7766 section 6.2.3 leaves it to the server)."""
KEPT_QUERIES = 20_000
WAIT_SECONDS = 5.0
_DATAGRAM = 65_535
_RECEIVE_BUFFER = 1 << 20
_LAST_PORT = 65_535
_TRIES = 20


class NameServerError(Exception):
    """The name server cannot listen; the message says where and why."""


class NameServer:
    """Answers for every name at "host:port"; raises NameServerError if it cannot listen there.

    Port 0 is any that is free. Until something is published, no name exists. Used in `with`, it ends with the block.
    """

    def __init__(self, address: str) -> None:
        self._udp, self._tcp = _listen(address)
        self._zone = Published({})
        self._news = threading.Condition()
        self._queries: list[Query] = []
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._tcp.getsockname()[1])

    def publish(self, zone: Zone) -> None:
        """Answer from this zone from now on, and forget what was asked; raises ZoneError for what DNS cannot carry."""
        published = Published(zone)
        with self._news:
            self._zone, self._queries = published, []

    @property
    def queries(self) -> tuple[Query, ...]:
        """What was asked since publish(), in order; the first 20 000 questions are kept."""
        with self._news:
            return tuple(self._queries)

    def wait(self, name: str, kind: str, count: int = 1, seconds: float = WAIT_SECONDS) -> tuple[Query, ...]:
        """Return the questions for a name and a type, as soon as there are `count`, or what there is in the end."""

        def asked() -> tuple[Query, ...]:
            return tuple(q for q in self._queries if (q.name.lower(), q.type) == (name.lower(), kind))

        with self._news:
            self._news.wait_for(lambda: len(asked()) >= count, seconds)
            return asked()

    def close(self) -> None:
        """Listen no more, and end every connection."""
        with contextlib.suppress(OSError):
            self._wake.send(b".")
        self._thread.join()
        with self._news:
            held = dict(self._connections)
        for connection, thread in held.items():
            _end(connection)
            thread.join()
        for listening in (self._udp, self._tcp, self._wake, self._woken):
            listening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # The server

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listening in (self._udp, self._tcp, self._woken):
                selector.register(listening, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    return
                with contextlib.suppress(OSError):  # whoever asked is gone
                    if self._udp in ready:
                        octets, client = self._udp.recvfrom(_DATAGRAM)
                        said = self._answer(octets, "udp")
                        if said:
                            self._udp.sendto(said, client)
                with contextlib.suppress(OSError):
                    if self._tcp in ready:
                        self._accept(self._tcp.accept()[0])

    def _accept(self, connection: socket.socket) -> None:
        thread = threading.Thread(target=self._hold, args=(connection,), daemon=True)
        with self._news:
            if len(self._connections) >= CONNECTIONS:
                _end(next(iter(self._connections)))
                self._news.wait_for(lambda: len(self._connections) < CONNECTIONS, IDLE_SECONDS)
            self._connections[connection] = thread
        thread.start()

    def _hold(self, connection: socket.socket) -> None:
        """Answer one message after the other (RFC 1035 section 4.2.2: each behind its length), until either side leaves."""
        with contextlib.suppress(OSError, EOFError):
            while True:
                said = self._answer(_read_message(connection), "tcp")
                if said:
                    connection.settimeout(IDLE_SECONDS)
                    connection.sendall(len(said).to_bytes(2, "big") + said)
        with self._news:
            del self._connections[connection]
            connection.close()
            self._news.notify_all()

    def _answer(self, octets: bytes, transport: str) -> bytes | None:
        query = zones.question(octets)
        if query is None or isinstance(query, bytes):
            return query
        with self._news:
            zone = self._zone
            if len(self._queries) < KEPT_QUERIES:
                self._queries.append(zones.logged(query, transport))
            self._news.notify_all()
        return zones.answer(zone, query, transport)


def _listen(address: str) -> tuple[socket.socket, socket.socket]:
    """Bind one port for datagrams and connections; where any is meant, one that is free for both may take a few tries."""
    host, _, port = address.rpartition(":")
    if not (host and re.fullmatch(r"[0-9]{1,5}", port) and int(port) <= _LAST_PORT):
        raise NameServerError(f"the name server cannot listen at {address}: give a host and a port, 127.0.0.1:5353")
    left = _TRIES if port == "0" else 1
    while True:
        left -= 1
        try:
            return _bind(host.strip("[]"), int(port))
        except OSError as error:
            if not left:
                raise NameServerError(
                    f"the name server cannot listen at {address}: {error.strerror or error}"
                ) from error


def _bind(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as opened:
        tcp = opened.enter_context(socket.create_server((host, port), family=family, backlog=128))
        udp = opened.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        udp.bind((host, tcp.getsockname()[1]))
        tcp.setblocking(False)
        udp.setblocking(False)
        opened.pop_all()
    return udp, tcp


def _read_message(connection: socket.socket) -> bytes:
    """Return one message; raises EOFError or OSError if none comes in time."""
    ends = time.monotonic() + IDLE_SECONDS
    length = int.from_bytes(_read(connection, 2, ends), "big")
    if length < zones.HEADER:
        raise EOFError
    return _read(connection, length, ends)


def _read(connection: socket.socket, count: int, ends: float) -> bytes:
    """Return exactly so many octets; raises EOFError or OSError if they do not come in time."""
    octets = b""
    while len(octets) < count:
        connection.settimeout(max(ends - time.monotonic(), 0.001))
        more = connection.recv(count - len(octets))
        if not more:
            raise EOFError
        octets += more
    return octets


def _end(connection: socket.socket) -> None:
    """Wake whoever reads this connection: it is over."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
