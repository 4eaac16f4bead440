"""Questions and answers with a service that is no mail server, over a recorded stream, bounded in time and size.

An answer that does not come, or not to an end, is the verdict that stands in its place.
"""

from __future__ import annotations

import time

from conformance.transcript import quote
from conformance.transport.stream import Closed, Conduit, Silence
from conformance.verifiers import Crashed, Unreachable

ANSWER_PATIENCES = 4
"""How many patiences a whole answer may take, however it drips."""


class Exchange:
    """One connection to a service; patience is seconds for each gap."""

    def __init__(self, stream: Conduit, patience: float) -> None:
        self.stream = stream
        self.patience = patience
        self._came = bytearray()
        self._deadline = 0.0

    @property
    def began(self) -> bool:
        """Whether part of an answer has come."""
        return bool(self._came)

    def ask(self, octets: bytes) -> None:
        """Send octets; the time for the answer begins."""
        self.stream.send(octets)
        self._deadline = time.monotonic() + self.patience * ANSWER_PATIENCES

    def until(self, mark: bytes, limit: int) -> bytes | Crashed | Unreachable:
        """Return what comes up to a mark, the mark included, of so many octets at most."""
        looked = 0
        while (place := self._came.find(mark, max(0, looked - len(mark)))) < 0:
            looked = len(self._came)
            if looked > limit:
                return Unreachable(why=f"the service's answer does not end within {limit} octets")
            if trouble := self._more():
                return trouble
        return self._take(place + len(mark))

    def exactly(self, size: int) -> bytes | Crashed | Unreachable:
        """Return so many octets."""
        while len(self._came) < size:
            if trouble := self._more():
                return trouble
        return self._take(size)

    def close(self) -> None:
        self.stream.close()

    def _take(self, size: int) -> bytes:
        taken = bytes(self._came[:size])
        del self._came[:size]
        return taken

    def _more(self) -> Crashed | Unreachable | None:
        left = self._deadline - time.monotonic()
        data = self.stream.receive(max(0.01, min(self.patience, left))) if left > 0 else Silence(self.patience)
        if isinstance(data, bytes):
            self._came += data
            return None
        if isinstance(data, Silence) and self._came:
            return Unreachable(why=f"the service's answer came to no end in time: {quote(bytes(self._came[:100]))}")
        if isinstance(data, Silence):
            return Unreachable(
                why=f"the service gave no answer within {self.patience:g} s: is it what the target file says?"
            )
        how = "closed the connection" if isinstance(data, Closed) else f"tore the connection down ({data.why})"
        came = f" behind {quote(bytes(self._came[:100]))}" if self._came else ""
        return Crashed(why=f"the service {how} in place of an answer{came}", raw=bytes(self._came))
