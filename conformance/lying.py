"""Lying streams: puts a fault between the transport and the reader, above TLS.

Both sides are framed first and lied about after, so a lie does not depend on segments. The transcript holds what the
client side saw: the lie, not the truth.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from conformance.faults import TAG, Act, Delay, Fault, HangUp, Memory, start_over
from conformance.transport.dialler import Dialler
from conformance.transport.stream import Closed, Conduit, Ending, Reset, Silence
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from conformance.wire import framing, http_dialogue, imap_dialogue, pop3, smtp

DIALOGUES: dict[str, Callable[[], pop3.Dialogue | imap_dialogue.Dialogue | smtp.Dialogue | http_dialogue.Dialogue]] = {
    "pop3": pop3.Dialogue,
    "imap": imap_dialogue.Dialogue,
    "smtp": smtp.Dialogue,
    "lmtp": smtp.lmtp_dialogue,
    "http": http_dialogue.Dialogue,
}


class LyingStream:
    """A stream through a fault (a Conduit); it lies only while its dialler is armed.

    The transcript holds what the client side saw: the lie, not the truth.
    """

    def __init__(self, inner: Conduit, fault: Fault, dialler: Dialler, protocol: str) -> None:
        self._inner = inner
        self._fault = fault
        self._dialler = dialler
        self._memory: Memory = {}
        self._dialogue: Any = DIALOGUES[protocol]()
        self._acts: deque[Act] = deque()
        self._hung_up = False
        self.transcript = dialler.recorder.retell(inner.transcript)

    @property
    def tls_facts(self) -> TlsFacts | None:
        return self._inner.tls_facts

    @property
    def acting(self) -> bool:
        """Whether there is something to say to the client without hearing the server."""
        return bool(self._acts) or self._hung_up or self._inner.acting

    def fileno(self) -> int:
        return self._inner.fileno()

    def send(self, data: bytes) -> None:
        self.transcript.record("C", "bytes", data)
        for piece in self._dialogue.pieces(data):
            self._pass_on(piece)

    def _pass_on(self, piece: Any) -> None:
        lie = self._fault.on_command(piece.line, self._memory) if self._dialler.armed and piece.is_line else None
        told, acts = (piece.tag + lie[0] if lie[0] else b"", lie[1]) if lie is not None else (piece.raw, ())
        if told:
            self._dialogue.note(piece, told)
            self._inner.send(told)
        self._acts.extend(_tagged(acts, piece.tag.strip()))

    def receive(self, patience: float) -> bytes | Ending:
        while True:
            if self._hung_up:
                return Closed()
            if self._acts:
                told = self._perform(self._acts.popleft())
                if told:
                    return told
                continue
            data = self._inner.receive(patience)
            if not isinstance(data, bytes):
                return self._ended(data)
            self._dialogue.received(data)
            self._relay()

    def _ended(self, ending: Ending) -> bytes | Ending:
        rest = self._dialogue.partial
        if rest:
            self._dialogue.forget()
            return self._tell(rest)
        match ending:
            case Silence(seconds):
                self.transcript.record("-", "silence", f"{seconds:.3f} s".encode())
            case Closed():
                self.transcript.record("S", "close")
            case Reset(why):
                self.transcript.record("S", "reset", why.encode())
        return ending

    def _relay(self) -> None:
        while (reply := self._dialogue.next()) is not None:
            if isinstance(reply, framing.Overlong):  # what has no end cannot be lied about
                self._acts.append(self._dialogue.partial)
                self._dialogue.forget()
                return
            lie = self._fault.on_reply(reply, self._memory) if self._dialler.armed else None
            self._acts.extend(
                [reply.raw] if lie is None else _tagged(lie, reply.command.tag if reply.tag and reply.command else b"")
            )

    def _perform(self, act: Act) -> bytes:
        if isinstance(act, Delay):
            threading.Event().wait(act.seconds)
            return b""
        if isinstance(act, HangUp):
            self._hung_up = True
            self.transcript.record("S", "close")
            return b""
        return self._tell(act)

    def _tell(self, data: bytes) -> bytes:
        self.transcript.record("S", "bytes", data)
        return data

    def start_tls(self, settings: TlsSettings, patience: float) -> TlsFacts | TlsFailure:
        self._dialogue.forget()
        self._acts.clear()
        shaken = self._inner.start_tls(settings, patience)
        self.transcript.record("-", "tls", str(shaken).encode())
        return shaken

    def probe(self, octets: bytes, patience: float) -> bytes | Ending:
        self.transcript.record("-", "tls", b"by hand")
        return self._inner.probe(octets, patience)

    def compress(self, early: bytes = b"") -> None:
        early += self._dialogue.partial
        self._dialogue.forget()
        self._inner.compress(early)

    def close(self) -> None:
        self._last_words()
        self._inner.close()
        self.transcript.record("C", "close")

    def abort(self) -> None:
        self._last_words()
        self._inner.abort()
        self.transcript.record("C", "reset")

    def _last_words(self) -> None:
        last = self._fault.on_close(self._memory) if self._dialler.armed else b""
        if last and not self._hung_up:
            self._inner.send(last)
            while isinstance(self._inner.receive(2.0), bytes):
                pass


def _tagged(acts: Sequence[Act], tag: bytes) -> Sequence[Act]:
    """Put the command's tag where the lie says TAG."""
    return [act.replace(TAG, tag) if isinstance(act, bytes) and tag else act for act in acts]


def install(fault: Fault, dialler: Dialler) -> None:
    """Put a fault into every connection that a dialler makes from now on."""
    start_over()
    dialler.lie = lambda stream, endpoint: LyingStream(stream, fault, dialler, endpoint.protocol)
    dialler.detour = fault.detour
    dialler.retire = fault.retire
    dialler.fault = fault


def remove(dialler: Dialler) -> None:
    """Make a dialler honest again."""
    if dialler.retire:
        dialler.retire()
    dialler.lie = dialler.detour = dialler.retire = dialler.fault = None
