"""Opens connections: pace, retries on refusal, transcripts, and the fault that may lie in between.

Every connection of a run is made here, so that one place knows how many there were, keeps the pace that the target
file asks for, and hands each conversation to the recorder.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from conformance.target import Endpoint, Target
from conformance.transcript import Transcript
from conformance.transport.stream import Conduit, Stream
from conformance.transport.tls import TlsFailure, TlsSettings

CONNECT_SECONDS = 15.0
REFUSALS = (0.1, 0.4, 1.0)
STRANGER = "127.0.0.2"


class Unreachable(Exception):
    """No connection, or no TLS on it; the message says to where and why."""


class LoginPace:
    """The distance between logins that a server was seen to demand (RFC 2449 section 6.5); seconds, 0 until then.

    `announced` is what the server says or the target file allows for; nothing is waited for before a login was refused.
    """

    LONGEST = 30.0

    def __init__(self) -> None:
        self.announced = 1.0
        self.demanded = 0.0
        self._last = float("-inf")

    def wait(self) -> None:
        """Wait until a login will be taken."""
        left = self._last + self.demanded - time.monotonic()
        if 0 < left <= self.LONGEST:
            threading.Event().wait(left)  # the server asks for this distance between logins

    def granted(self) -> None:
        """Note a login."""
        self._last = time.monotonic()

    def refused(self) -> None:
        """Note that the server found a login too early."""
        self.demanded = self.announced + 0.1

    @contextlib.contextmanager
    def ignored(self) -> Iterator[None]:
        """Log in at once, whatever the server demands."""
        demanded, self.demanded = self.demanded, 0.0
        yield
        self.demanded = max(self.demanded, demanded)


class Recorder:
    """The transcripts of the check that runs now, and the octet that decided it."""

    def __init__(self) -> None:
        self.began_ns = time.monotonic_ns()
        self.connections = 0
        self.transcripts: list[Transcript] = []
        self.deciding: tuple[int, int] | None = None
        self.noted = ""
        self.reader: Callable[[list[Transcript]], None] | None = None
        self.expires = float("inf")
        self.longest_wait = float("inf")
        self.pace = LoginPace()

    def new(self, endpoint: str) -> Transcript:
        """Start the transcript of one more connection."""
        self.connections += 1
        transcript = Transcript(self.connections, endpoint, self.began_ns)
        self.transcripts.append(transcript)
        return transcript

    def retell(self, truth: Transcript) -> Transcript:
        """Replace a transcript by one that a fault fills with what the client side sees."""
        seen = Transcript(truth.connection, truth.endpoint, self.began_ns)
        for event in truth:
            seen.record(event.side, event.kind, event.data)
        self.transcripts[self.transcripts.index(truth)] = seen
        return seen

    def resume(self, stream: Conduit) -> None:
        """Begin a new transcript for a connection that goes on with other work, logged in as it is."""
        self.connections += 1
        stream.transcript = stream.transcript.continued(self.connections)
        self.transcripts.append(stream.transcript)

    def decide(self, transcript: Transcript, offset: int) -> None:
        """Note that the server's octet at this offset is what the check is looking at."""
        self.deciding = (transcript.connection, offset)

    @property
    def decided(self) -> tuple[int, int] | None:
        """Connection and offset of the server's octet that decided: the last one, where no check has named it."""
        if not self.transcripts:
            return None
        last = self.transcripts[-1]
        return self.deciding or (last.connection, max(0, last.offsets["S"] - 1))

    def set_aside(self) -> Callable[[], None]:
        """Return what puts the transcripts of now in front of those that come after them, with what has decided now."""
        transcripts, decided, noted = self.transcripts, self.decided, self.noted

        def put_back() -> None:
            self.transcripts, self.deciding, self.noted = [*transcripts, *self.transcripts], decided, noted

        return put_back

    def turn_page(self) -> None:
        """Begin a new example of a generated check: what the last one said goes to `reader`, and is forgotten."""
        if self.reader is not None:
            self.reader(self.transcripts)
        self.clear()

    def clear(self) -> None:
        """Begin a new check."""
        self.transcripts = []
        self.deciding = None
        self.noted = ""


class Dialler:
    """Connects to the endpoints of one target; raises Unreachable."""

    def __init__(self, target: Target, recorder: Recorder, keylog: Callable[[bytes], None] | None = None) -> None:
        self.target = target
        self.recorder = recorder
        self.lie: Callable[[Conduit, Endpoint], Conduit] | None = None
        self.detour: Callable[[Endpoint], Endpoint] | None = None
        self.retire: Callable[[], None] | None = None
        self.fault: Any = None
        self.armed = True
        self._keylog = keylog
        self._interval = _interval(target.limits.conn_rate)
        self._last = 0.0
        self._dead: set[Endpoint] = set()
        self._stranger = False

    @contextlib.contextmanager
    def straight(self) -> Iterator[None]:
        """Work without the fault: the harness's own errands, such as putting test mail into place."""
        armed, self.armed = self.armed, False
        try:
            yield
        finally:
            self.armed = armed

    @contextlib.contextmanager
    def as_stranger(self) -> Iterator[None]:
        """Connect from an address that is not the server's own, by which servers tell mail that begins with them.

        Only a server on the loopback needs this; on ::1, where there is no second address, it is Unreachable.
        """
        self._stranger = True
        try:
            yield
        finally:
            self._stranger = False

    def tls_settings(self, **changes: Any) -> TlsSettings:
        """Return what the target file says on TLS, with changes."""
        tls = self.target.tls
        host = changes.pop("host", "")
        named = TlsSettings(ca=tls.ca, server_name=tls.server_name or host, keylog=self._keylog)
        return replace(named, **changes)

    def connect(self, endpoint: Endpoint, *, source: str = "", preface: bytes = b"") -> Conduit:
        """Connect without TLS, also where the endpoint has it from the start.

        `source` is an address of this host to connect from; `preface` is what a proxy says in front of the conversation,
        and is kept as a note, since it is no part of it.
        """
        self._in_time()
        if self.detour and self.armed:
            endpoint = self.detour(endpoint)
        sock = self._connect(endpoint, source)
        transcript = self.recorder.new(str(endpoint))
        if preface:
            with contextlib.suppress(OSError):  # an end is seen by whoever reads next
                sock.sendall(preface)
        stream = Stream(sock, transcript, self.recorder.expires)
        if preface:
            transcript.record("-", "note", b"said before: " + preface)
        return self.lie(stream, endpoint) if self.lie else stream

    def reach(self, scheme: str, address: str) -> Conduit:
        """Connect to a service beside the endpoints, at HOST:PORT or unix:/path; `scheme` names its protocol in the transcript."""
        self._in_time()
        path = address.removeprefix("unix:")
        try:
            if path != address:
                sock = socket.socket(socket.AF_UNIX)
                sock.settimeout(CONNECT_SECONDS)
                try:
                    sock.connect(path)
                except OSError:
                    sock.close()
                    raise
            else:
                host, _, port = address.rpartition(":")
                sock = socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)
        except (OSError, OverflowError) as error:
            raise Unreachable(f"{scheme}://{address}: {getattr(error, 'strerror', None) or error}") from error
        return Stream(sock, self.recorder.new(f"{scheme}://{address}"), self.recorder.expires)

    def _in_time(self) -> None:
        if time.monotonic() > self.recorder.expires:
            raise Unreachable("the run's deadline has passed: raise --deadline")

    def open(self, endpoint: Endpoint, settings: TlsSettings | None = None) -> Conduit:
        """Connect, with TLS where the endpoint has it from the start."""
        stream = self.connect(endpoint)
        if endpoint.implicit_tls:
            shaken = stream.start_tls(settings or self.tls_settings(host=endpoint.host), self.target.patience)
            if isinstance(shaken, TlsFailure):
                stream.close()
                raise Unreachable(f"{endpoint}: TLS handshake failed: {shaken.why}")
        return stream

    def _connect(self, endpoint: Endpoint, source: str) -> socket.socket:
        """Connect; a server between two processes refuses for a moment, one that has refused for long is asked shortly."""
        self._keep_pace()
        for wait in (*(REFUSALS[:1] if endpoint in self._dead else REFUSALS), 0.0):
            sock = self._try(endpoint, source)
            if sock is not None:
                self._dead.discard(endpoint)
                return sock
            threading.Event().wait(wait)
        self._dead.add(endpoint)
        raise Unreachable(f"{endpoint}: connection refused")

    def _try(self, endpoint: Endpoint, own: str) -> socket.socket | None:
        if self._stranger and endpoint.host == "::1":
            raise Unreachable(f"{endpoint}: a client on ::1 has the server's own address")
        loopback = endpoint.host == "localhost" or endpoint.host.startswith("127.")
        source = (own, 0) if own else (STRANGER, 0) if self._stranger and loopback else None
        try:
            return socket.create_connection((endpoint.host, endpoint.port), CONNECT_SECONDS, source)
        except ConnectionRefusedError:
            return None
        except OSError as error:
            come_from = f" from {own}" if own else ""
            raise Unreachable(f"{endpoint}{come_from}: {error.strerror or error}") from error

    def _keep_pace(self) -> None:
        left = self._last + self._interval - time.monotonic()
        if left > 0:
            threading.Event().wait(left)  # the target file asks for this distance between connections
        self._last = time.monotonic()


def _interval(rate: str) -> float:
    """Read "30/m" or "2/s" as seconds between connections; 0 without a rate."""
    count, _, unit = rate.partition("/")
    return {"s": 1, "m": 60, "h": 3600}.get(unit, 1) / float(count) if count else 0.0
