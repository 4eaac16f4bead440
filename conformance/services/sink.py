"""The sink: the SMTP or LMTP next hop that a target relays to, so that what it sends on can be judged.

It speaks the wire files' own grammar, answers as it is scripted, and keeps what it heard: every command line and the
raw octets of each message. One thread a connection; what checks ask for is waited for, never slept for. Invariant:
nothing goes on from here, and what a client may send is bounded.
"""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.faults import Act
from conformance.outcomes import Inconclusive
from conformance.services.heard import FAILED, LEFT, SHAKEN, Exchange, Heard, Relayed
from conformance.services.hop import NAME, Conversation, Host
from conformance.services.script import Rule
from conformance.transport.dialler import Dialler
from conformance.verdicts import Reason
from conformance.wire.dsn import delayed

T = TypeVar("T")
KEYWORDS: tuple[bytes, ...] = (
    b"PIPELINING",
    b"SIZE 50000000",
    b"8BITMIME",
    b"SMTPUTF8",
    b"DSN",
    b"ENHANCEDSTATUSCODES",
)
CONNECTIONS = 200
KEPT_CONNECTIONS = 2000
KEPT_SECONDS = 15.0
"""How long a target may keep a connection that is not to go on; then the sink closes it."""
OVER = rb"(?!)"
"""For conversations() that are to be waited for until they end."""


def _cut(connection: socket.socket) -> None:
    """Make whoever waits at a socket in another thread go on, with nothing."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class SinkError(Exception):
    """The sink cannot listen; the message says where and why."""


class Sink:
    """A next hop at "host:port"; raises SinkError if it cannot listen there.

    `keywords` is what EHLO is answered with; `reply()` scripts other answers; start_over() forgets both and what was heard.
    """

    def __init__(self, address: str, dialler: Dialler) -> None:
        host, _, port = address.rpartition(":")
        try:
            self._listening = socket.create_server((host, int(port)), backlog=64)
        except OSError as error:
            raise SinkError(f"the sink cannot listen at {address}: {error.strerror or error}") from error
        self._dialler = dialler
        self._news = threading.Condition()
        self._room = threading.Semaphore(CONNECTIONS)
        self._heard: list[Heard] = []
        self._serial = 0
        self._odd = False
        """Whether connections begin as a check wants it, and not as they begin by themselves."""
        self.start_over()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    # What checks use

    def start_over(self) -> None:
        """Forget what was heard and how to answer; a connection that is open stays so, and how it began is kept.

        Where it may have begun with what the last check had scripted, begin_anew().
        """
        with self._news:
            self._keywords = self._under_tls = KEYWORDS
            self._rules: list[Rule] = []
            self._relayed: list[Relayed] = []
            self._heard = [heard.forget() for heard in self._heard if not heard.over]
        if self._odd:
            self.begin_anew()
        self._odd = False

    @property
    def keywords(self) -> tuple[bytes, ...]:
        """The lines that EHLO is answered with, behind the name."""
        return self._keywords

    @keywords.setter
    def keywords(self, offered: tuple[bytes, ...]) -> None:
        with self._news:  # no connection begins between the wait and what it is to begin with
            if offered != self._keywords:
                self.begin_anew()
                self._odd = True
            self._keywords = offered

    def offer_starttls(self, in_clear: tuple[bytes, ...] = KEYWORDS, under_tls: tuple[bytes, ...] = KEYWORDS) -> None:
        """Answer EHLO with STARTTLS and these keywords in clear, and with others under TLS (RFC 3207 section 4.2)."""
        with self._news:
            self.keywords = (*in_clear, b"STARTTLS")
            self._under_tls = under_tls

    def begin_anew(self) -> None:
        """End the connections that are open, and forget all: what is heard now has begun as it is scripted now.

        A target may keep one for its next message, wait on it for an answer that it does not understand, or just have made
        one for a message that it tries again. It has KEPT_SECONDS to leave by itself.
        """
        with self._news:
            for heard in self._heard:
                heard.old = True
            self._news.wait_for(lambda: all(heard.over or not heard.old for heard in self._heard), KEPT_SECONDS)
            self._show()
            for heard in self._heard:
                if heard.old and not heard.over:
                    heard.hang_up()
            self._heard = [heard for heard in self._heard if not heard.old]

    def reply(self, *acts: Act, to: bytes, times: int = -1, about: str = "", tls: bool | None = None) -> None:
        """Answer command lines that a regular expression fits from the start so; the greeting is b"", mail data b".".

        `about` an address: only where MAIL or RCPT of the transaction names it, since other mail may be in the target's
        queue; `tls` only under TLS, or only in clear. Rules are asked in the order they were made. Nothing to say is no
        answer: the client meets silence. Behind 220 to STARTTLS the sink waits for a handshake.
        """
        rule = Rule(to, acts, times, about.lower().encode(), tls)
        with self._news:
            if rule.begins:
                self.begin_anew()
                self._odd = True
            self._rules.append(rule)

    def wait(self, key: bytes, count: int = 1, seconds: float | None = None) -> list[Relayed]:
        """Return the messages that hold these octets, as soon as there are `count`, or what there is in the end."""
        return self._await(lambda: [m for m in self._messages() if key in m.raw], count, seconds)

    def mail_to(self, address: str, count: int = 1, seconds: float | None = None) -> list[Relayed]:
        """Return the messages that have this recipient, as soon as there are `count`, or what there is in the end."""
        return self._await(lambda: self._addressed(address), count, seconds)

    def notices(self, address: str, count: int = 1, seconds: float | None = None) -> list[Relayed]:
        """Like mail_to() an address that nobody else writes to, without what tells only of a delay: the bounces."""
        return self._await(lambda: [m for m in self._addressed(address) if not delayed(m.raw)], count, seconds)

    def one(self, key: bytes) -> Relayed:
        """Return the message that holds these octets; that it comes is a precondition."""
        seen = self.wait(key)
        if not seen:
            raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
        return seen[0]

    def arrived(self, key: bytes) -> bool:
        """Whether the message that holds these octets came, and not in a notice; that the target called is a precondition."""
        seen = self._await(lambda: [m for m in self._messages() if key in m.raw and m.reverse_path], 1, None)
        if not seen and all(heard.untouched for heard in self._heard):
            raise Inconclusive(Reason.PRECONDITION, "the target did not connect to the sink in time")
        return bool(seen)

    def lines(self, pattern: bytes, count: int = 1, seconds: float | None = None) -> list[bytes]:
        """Return the command lines that fit, as soon as there are `count`, or what there is in the end."""
        fits = re.compile(pattern, re.IGNORECASE)
        return self._await(
            lambda: [line for heard in self._heard for line in self._lines(heard) if fits.search(line)], count, seconds
        )

    def conversation(self, connection: int) -> list[bytes]:
        """Return every command line of one connection, in order."""
        with self._news:
            return [line for heard in self._heard if heard.number == connection for line in self._lines(heard)]

    def conversations(
        self, pattern: bytes, count: int = 1, seconds: float | None = None, *, until: bytes = b"", about: str = ""
    ) -> list[list[Exchange]]:
        """Return the exchanges of each connection on which a command line fits, once it has ended or got so far.

        `until` is sought in all that the client has said; OVER is never found. `about` an address: without connections
        that name others and not this one, since other mail may be in the target's queue.
        """
        fits, far = re.compile(pattern, re.IGNORECASE), re.compile(until, re.IGNORECASE | re.DOTALL)
        return self._await(
            lambda: [
                self._exchanges(heard)
                for heard in self._heard
                if any(fits.search(line) for line in heard.lines)
                and (heard.over or far.search(heard.said()))
                and heard.may_be_about(about)
            ],
            count,
            seconds,
        )

    def has_said(self, octets: bytes) -> bool:
        """Whether the target was given an answer that holds these octets."""
        with self._news:
            return any(side == "S" and octets in said for heard in self._heard for side, said in heard.turns)

    def close(self) -> None:
        """Listen no more."""
        _cut(self._listening)
        self._listening.close()

    def _await(self, look: Callable[[], list[T]], count: int, seconds: float | None) -> list[T]:
        limit = self._dialler.target.mail.delivery_wait if seconds is None else seconds
        with self._news:
            self._news.wait_for(lambda: len(look()) >= count, limit)
            seen = look()
            self._show()
        return seen

    # Lies of a relay, and evidence

    def _told(self, line: bytes) -> bytes:
        fault = self._dialler.fault if self._dialler.armed else None
        return line if fault is None else bytes(fault.on_relay(line))

    def _messages(self) -> list[Relayed]:
        fault = self._dialler.fault if self._dialler.armed else None
        if fault is None:
            return list(self._relayed)
        return [
            replace(
                relayed,
                hello=fault.on_relay(relayed.hello),
                mail=fault.on_relay(relayed.mail),
                rcpts=tuple(fault.on_relay(line) for line in relayed.rcpts),
                raw=raw,
                wire=wire,
            )
            for relayed in self._relayed
            for raw, wire in zip(fault.on_arrival(relayed.raw), fault.on_arrival(relayed.wire), strict=False)
        ]

    def _addressed(self, address: str) -> list[Relayed]:
        wanted = address.lower().encode()
        return [m for m in self._messages() if wanted in [recipient.lower() for recipient in m.recipients]]

    def _lines(self, heard: Heard) -> list[bytes]:
        """The command lines as told: a lie may make several of one, or none."""
        return [told for line in heard.lines for told in self._told(line).split(b"\r\n") if told or not line]

    def _exchanges(self, heard: Heard) -> list[Exchange]:
        return [replace(exchange, said=self._told(exchange.said)) for exchange in heard.exchanges()]

    def _show(self) -> None:
        """Add what was heard to the evidence of the check: here the target is the client."""
        for heard in self._heard:
            if heard.untouched:
                continue
            fresh, heard.shown = heard.turns[heard.shown :], len(heard.turns)
            if not fresh:
                continue
            if heard.transcript is None:
                heard.transcript = self._dialler.recorder.new("sink://" + NAME.decode())
                heard.transcript.record("-", "open", heard.transcript.endpoint.encode())
            for side, octets in fresh:
                if side in (SHAKEN, FAILED):
                    heard.transcript.record("-", "tls", b"failed: " * (side == FAILED) + octets)
                elif octets == LEFT:
                    heard.transcript.record("C", "close")
                else:
                    heard.transcript.record("S" if side == "S" else "C", "bytes", octets)

    # The server

    def _accept(self) -> None:
        host = Host(
            self._answer, self._note, self._line, self._take, lambda tls: self._under_tls if tls else self._keywords
        )
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # replies to commands in one go
            with self._news:
                if len(self._heard) >= KEPT_CONNECTIONS or not self._room.acquire(blocking=False):
                    connection.close()
                    continue
                self._serial += 1
                heard = Heard(self._serial, hang_up=functools.partial(_cut, connection))
                self._heard.append(heard)
            threading.Thread(target=self._hold, args=(Conversation(host, connection, heard),), daemon=True).start()

    def _hold(self, conversation: Conversation) -> None:
        conversation.hold()
        self._room.release()

    def _answer(self, command: bytes, envelope: bytes, usual: bytes, tls: bool) -> Sequence[Act]:
        """Return what is said to a command: as scripted, else as usual."""
        with self._news:
            for place, rule in enumerate(self._rules):
                if rule.fits(command, envelope, tls=tls):
                    self._rules[place] = replace(rule, left=rule.left - 1)
                    return rule.acts
        return [usual]

    def _note(self, heard: Heard, side: str, octets: bytes) -> None:
        with self._news:
            if octets:
                heard.turns.append((side, octets))
            self._news.notify_all()

    def _line(self, heard: Heard, line: bytes) -> None:
        with self._news:
            heard.lines.append(line)
            self._news.notify_all()

    def _take(self, relayed: Relayed) -> None:
        with self._news:
            self._relayed.append(relayed)
            self._news.notify_all()
