"""One connection of a target to the sink: answers as it is scripted, and keeps what was said, in the order it was said.

What a client may send is bounded: a line, the mail data, the number of octets kept, and the life of a connection.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.faults import Act, Delay, HangUp
from conformance.services.channel import Channel
from conformance.services.heard import FAILED, LEFT, SHAKEN, Heard, Relayed
from conformance.wire import framing, smtp
from conformance.wire.framing import Inbox, Overlong
from conformance.wire.scanner import Message

NAME = b"sink.test"
IDLE_SECONDS = 60.0
LIFE_SECONDS = 600.0
DATA_LIMIT = 1 << 26
KEPT_OCTETS = DATA_LIMIT + (1 << 24)
BAD_SEQUENCE = b"503 5.5.1 bad sequence of commands\r\n"


@dataclass(frozen=True, slots=True)
class Host:
    """What a connection needs of the sink: the answer to a command of a transaction, and where to put what was said.

    The last argument of `answer`, and that of `keywords`, tells whether TLS is active.
    """

    answer: Callable[[bytes, bytes, bytes, bool], Sequence[Act]]
    note: Callable[[Heard, str, bytes], None]
    line: Callable[[Heard, bytes], None]
    take: Callable[[Relayed], None]
    keywords: Callable[[bool], tuple[bytes, ...]]


class _Left(Exception):
    """The client is gone, or we are."""


class Conversation:
    """One connection of the target to the sink."""

    def __init__(self, host: Host, connection: socket.socket, heard: Heard) -> None:
        self._host = host
        self._socket = connection
        self._heard = heard
        self._channel = Channel(connection)
        self._ends = time.monotonic() + LIFE_SECONDS
        self._inbox = Inbox()
        self._hello = self._mail = b""
        self._offered: frozenset[str] = frozenset()
        self._rcpts: list[bytes] = []
        self._chunks: list[bytes] = []

    def hold(self) -> None:
        """Converse until either side leaves."""
        self._socket.settimeout(IDLE_SECONDS)
        with self._socket, contextlib.suppress(_Left, OSError):
            self._say(b"", b"220 %b ESMTP\r\n" % NAME)
            while True:
                self._respond(self._line())
        self._heard.over = True
        self._host.note(self._heard, "-", b"")

    # Octets

    def _line(self) -> bytes:
        while True:
            line = framing.line(self._inbox)
            if isinstance(line, Message):
                command = line.raw.rstrip(b"\r\n")
                self._host.line(self._heard, command)
                return command
            if isinstance(line, Overlong):
                raise _Left
            self._fill()

    def _fill(self) -> None:
        if time.monotonic() > self._ends or self._channel.came > KEPT_OCTETS:
            raise _Left
        octets = self._channel.hear()
        self._host.note(self._heard, "C", LEFT if octets is None else octets)
        if octets is None:
            raise _Left
        self._inbox.feed(octets)

    def _pause(self, seconds: float) -> None:
        """Hold an answer back, and hear what the client says without having got it."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._channel.stirs(left):
                self._fill()

    def _say(self, command: bytes, usual: bytes) -> bytes:
        """Answer, and return what was said."""
        envelope = b"\n".join([self._mail, *self._rcpts, command]).lower()
        said = b""
        for act in self._host.answer(command, envelope, usual, self._tls):
            if isinstance(act, Delay):
                self._pause(act.seconds)
            elif isinstance(act, HangUp):
                raise _Left
            else:
                said += act
                self._host.note(self._heard, "S", act)
                self._channel.say(act)
        return said

    # Commands

    def _respond(self, command: bytes) -> None:
        verb = smtp.verb_of(command)
        if verb in (b"EHLO", b"LHLO", b"HELO"):
            self._greet(command, verb)
        elif verb == b"MAIL":
            usual = BAD_SEQUENCE if self._mail or not self._hello else b"250 2.1.0 ok\r\n"
            if self._say(command, usual).startswith(b"2"):
                self._mail, self._rcpts = command, []
        elif verb == b"RCPT":
            if self._say(command, b"250 2.1.5 ok\r\n" if self._mail else BAD_SEQUENCE).startswith(b"2"):
                self._rcpts.append(command)
        elif verb in (b"STARTTLS", b"DATA", b"BDAT"):
            {b"STARTTLS": self._start_tls, b"DATA": self._data, b"BDAT": self._bdat}[verb](command)
        elif verb == b"QUIT":
            self._say(command, b"221 2.0.0 bye\r\n")
            self._until_closed()
        elif verb == b"RSET":
            self._mail, self._rcpts, self._chunks = b"", [], []
            self._say(command, b"250 2.0.0 ok\r\n")
        else:
            known = verb in (b"NOOP", b"VRFY")
            self._say(command, b"250 2.0.0 ok\r\n" if known else b"502 5.5.1 not known here\r\n")

    @property
    def _tls(self) -> bool:
        return bool(self._channel.tls)

    def _start_tls(self, command: bytes) -> None:
        """Shake hands behind 220, with nothing of what came before in mind (RFC 3207 section 4.2); else go on in clear."""
        usual = b"220 2.0.0 ready for TLS\r\n" if command.upper() == b"STARTTLS" else b"501 5.5.4 no parameters\r\n"
        if b"STARTTLS" not in self._host.keywords(self._tls):
            usual = b"502 5.5.1 not known here\r\n"
        if self._tls:
            usual = BAD_SEQUENCE
        if not self._say(command, usual).startswith(b"220") or self._tls:
            return
        self._inbox, self._hello, self._mail, self._rcpts, self._chunks = Inbox(), b"", b"", [], []
        said, failure = self._channel.start_tls(self._ends, KEPT_OCTETS)
        if failure:
            self._host.note(self._heard, "C", said)
            self._host.note(self._heard, FAILED, failure.encode())
            raise _Left
        self._host.note(self._heard, SHAKEN, self._channel.tls.encode())
        self._host.note(self._heard, "C", said)
        self._inbox.feed(said)

    def _until_closed(self) -> None:
        """Close behind QUIT; a client that says more is heard first."""
        self._channel.finish()
        self._socket.settimeout(1.0)
        while True:
            self._fill()

    def _greet(self, command: bytes, verb: bytes) -> None:
        lines = [NAME, *(self._host.keywords(self._tls) if verb != b"HELO" else ())]
        whole = b"".join(b"250-%b\r\n" % line for line in lines[:-1]) + b"250 %b\r\n" % lines[-1]
        said = self._say(command, whole)
        if said.startswith(b"2"):
            words = re.findall(rb"^250[- ]([A-Za-z0-9-]+)", said, re.MULTILINE)[1:]
            self._hello, self._mail, self._rcpts, self._chunks = command, b"", [], []
            self._heard.opening = (len(self._heard.turns), len(self._heard.lines))
            self._offered = frozenset(word.decode().upper() for word in words) if verb != b"HELO" else frozenset()

    def _data(self, command: bytes) -> None:
        ready = b"354 go ahead\r\n" if self._rcpts else BAD_SEQUENCE
        if not self._say(command, ready).startswith(b"3"):
            return
        while not isinstance(body := framing.dot_terminated(self._inbox, limit=DATA_LIMIT), Message):
            if isinstance(body, Overlong):
                raise _Left
            self._fill()
        self._end(framing.unstuff(body.raw), bytes(body.raw))

    def _bdat(self, command: bytes) -> None:
        words = command.split()
        size = int(words[1]) if len(words) > 1 and words[1].isdigit() and len(words[1]) < 12 else 0
        if size + sum(map(len, self._chunks)) > DATA_LIMIT:
            raise _Left
        while len(self._inbox.octets) < size:
            self._fill()
        self._chunks.append(bytes(self._inbox.cut(size).raw))
        if not self._rcpts:
            self._chunks = []
            if not (self._is_lmtp and words[-1].upper() == b"LAST"):  # one reply for each of no recipients
                self._say(command, BAD_SEQUENCE)
        elif words[-1].upper() == b"LAST":
            whole, self._chunks = b"".join(self._chunks), []
            self._end(whole, whole)
        else:
            self._say(command, b"250 2.0.0 chunk taken\r\n")

    @property
    def _is_lmtp(self) -> bool:
        return smtp.verb_of(self._hello) == b"LHLO"

    def _end(self, raw: bytes, wire: bytes) -> None:
        """Answer the end of the mail data, once for each recipient in LMTP, and keep what was accepted."""
        relayed = Relayed(
            self._hello,
            self._mail,
            tuple(self._rcpts),
            bytes(raw),
            wire,
            self._heard.number,
            time.monotonic(),
            self._offered,
            self._tls,
        )
        answered = [self._say(b".", b"250 2.0.0 taken\r\n") for _ in (self._rcpts if self._is_lmtp else [b""])]
        if any(said.startswith(b"2") for said in answered):
            self._host.take(relayed)
        self._mail, self._rcpts = b"", []
