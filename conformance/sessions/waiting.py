"""What the sessions of all protocols share: one connection, and the wait for what it brings, bounded in time and size.

Silence, close and garbage are values like any other; only a check knows what they mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from conformance.transport.dialler import Recorder
from conformance.transport.stream import SLOWEST, Closed, Conduit, Ending, Reset, Silence
from conformance.wire.framing import Overlong

R_co = TypeVar("R_co", covariant=True)
REPLY_PATIENCES = 4
"""How many times its patience a whole reply may take, each gap being shorter than one."""


class Pairing(Protocol[R_co]):
    """A dialogue of the wire: takes octets of the server, gives replies."""

    @property
    def partial(self) -> bytes:
        """Octets of the server that do not yet make a complete reply."""

    def received(self, data: bytes) -> None:
        """Take octets of the server."""

    def next(self) -> R_co | Overlong | None:
        """Return the next reply, or that it has no end, or None while more is needed."""


class Waiting(Generic[R_co]):
    """One connection to a server. Patience is seconds for one reply."""

    _dialogue: Pairing[R_co]

    def __init__(self, stream: Conduit, recorder: Recorder, patience: float, announced: Callable[[str], bool]) -> None:
        self.stream = stream
        self.recorder = recorder
        self.patience = patience
        self.announced = announced
        self.logged_in = False
        self.left = False
        self.ending: Ending | Overlong | None = None
        """What has ended the conversation, from the server's side; silence does not."""
        self._unanswered = 0

    def say(self, data: bytes) -> None:
        """Send octets; a reply to many is waited for longer."""
        self._unanswered += len(data)
        self.stream.send(data)

    def await_reply(self, patience: float | None = None) -> R_co | Ending | Overlong:
        """Return the next reply, or what came instead of one; each gap may last patience seconds, a whole reply a few."""
        if self.ending is not None:
            return self.ending
        wanted = (self.patience if patience is None else patience) + self._unanswered // SLOWEST
        longest = self.recorder.longest_wait * max(1.0, wanted / self.patience)
        limit = max(0.05, min(wanted, self.recorder.expires - time.monotonic(), longest))
        deadline, came = 0.0, 0
        while (reply := self._dialogue.next()) is None:
            if came and time.monotonic() > deadline + came / SLOWEST:  # much may take its time, a slow drip may not
                return Silence(limit * REPLY_PATIENCES)
            data = self.stream.receive(limit)
            if not isinstance(data, bytes):
                self.ending = None if isinstance(data, Silence) else data
                return data
            self._dialogue.received(data)
            deadline = deadline or time.monotonic() + limit * REPLY_PATIENCES
            came += len(data)
        self._unanswered = 0
        if isinstance(reply, Overlong):
            self.ending = reply
        return reply

    def nothing_follows(self, patience: float = 0.2) -> bool:
        """Whether no octet comes for so many seconds; what comes is the deciding line. A close counts as nothing."""
        extra = self._dialogue.partial
        if not extra:
            data = self.stream.receive(patience)
            extra = data if isinstance(data, bytes) else b""
            self._dialogue.received(extra)
        if extra:
            self.recorder.decide(self.stream.transcript, self.stream.transcript.offsets["S"] - len(extra))
        return not extra

    def closes(self, patience: float | None = None) -> bool:
        """Whether the server ends the connection, in order or not, before it sends anything or patience ends."""
        ending = self.stream.receive(self.patience if patience is None else patience)
        self.recorder.decide(self.stream.transcript, self.stream.transcript.offsets["S"])
        return isinstance(ending, Closed | Reset)

    def close(self) -> None:
        """Drop the connection without a word."""
        self.left = True
        self.stream.close()
