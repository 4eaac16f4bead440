"""A POP3 session (RFC 1939): sends commands, right or deliberately wrong, and hands back what came.

Silence, close and garbage are Answers like any other; only a check knows what they mean. Reading a verdict off an
answer that says "not now" (RFC 2449 section 8.1.1 LOGIN-DELAY, RFC 3206 section 4 SYS/TEMP) is inconclusive.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TypeVar

from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.waiting import Waiting
from conformance.transcript import quote
from conformance.transport.dialler import Recorder
from conformance.transport.stream import Conduit, Ending, Silence
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from conformance.verdicts import Reason
from conformance.wire import framing, pop3, sasl
from conformance.wire.framing import Overlong
from conformance.wire.scanner import Message, Parsed, Scanner, parse

Word = str | bytes | int
T = TypeVar("T")
LOGINS = {b"PASS", b"APOP", b"AUTH"}
LOGIN_PATIENCES = 3  # a wrong password is often answered late, on purpose


class Answer:
    """What a command brought: a reply, or the ending that came instead of one."""

    def __init__(self, session: Pop3, reply: pop3.Reply | None, ending: Ending | Overlong | None) -> None:
        self._session = session
        self.reply = reply
        self.ending = ending

    def __repr__(self) -> str:
        if self.reply is None:
            return f"<{self.ending}>"
        body = f" + {len(self.reply.body.raw)} octets" if self.reply.body else ""
        return f"<{quote(self.reply.line.raw[:120])}{body}>"

    @property
    def command(self) -> str:
        """The command this answers, quoted, credentials masked."""
        asked = self.reply.command if self.reply else None
        return quote(asked.verb if asked else b"(greeting)")

    def _look(self) -> None:
        offset = self.reply.line.start if self.reply else self._session.stream.transcript.offsets["S"]
        self._session.recorder.decide(self._session.stream.transcript, offset)

    @property
    def line(self) -> Parsed[pop3.Response]:
        """The status line, read; an empty one if none came."""
        self._look()
        if self.reply is None:
            return parse(Message(b"\r\n", 0), lambda _: pop3.Response(b"", (), b""))
        return pop3.read_line(self.reply)

    @property
    def raw(self) -> bytes:
        """Every octet of the reply."""
        self._look()
        return self.reply.raw if self.reply else b""

    @property
    def status(self) -> bytes:
        """The status indicator as read: +OK, -ERR or nothing; never raises."""
        self._look()
        return pop3.status_of(self.reply.line.raw) if self.reply else b""

    @property
    def code(self) -> tuple[bytes, ...]:
        """Levels of the response code in upper case, empty without one (RFC 2449 section 8)."""
        return tuple(level.upper() for level in self.line.value.code)

    @property
    def text(self) -> bytes:
        """The text behind the status indicator and response code."""
        return self.line.value.text

    @property
    def positive(self) -> bool:
        """Whether the answer is +OK; raises Inconclusive if the server says "not now"."""
        self._not_now()
        return self.status == b"+OK"

    @property
    def negative(self) -> bool:
        """Whether the answer is -ERR; raises Inconclusive if the server says "not now"."""
        self._not_now()
        return self.status == b"-ERR"

    @property
    def challenge(self) -> Parsed[bytes | None] | None:
        """The SASL challenge if this is one (RFC 5034 section 5), else None."""
        self._look()
        line = self.reply.line if self.reply else None
        is_one = line is not None and line.raw.startswith(b"+") and line.raw[:3].upper() != b"+OK"
        return parse(line, pop3.continue_req) if is_one and line else None

    def _not_now(self) -> None:
        if (
            self.status == b"-ERR"
            and self.code[:1] in ((b"LOGIN-DELAY",), (b"SYS",))
            and self.code != (b"SYS", b"PERM")
        ):
            raise Inconclusive(Reason.THROTTLED, f"the server answered {self!r}: raise limits.login_delay or try later")

    def ok(self) -> Answer:
        """Demand +OK as a precondition: raises Inconclusive otherwise."""
        if self.positive:
            return self
        if self.reply is not None:
            raise Inconclusive(Reason.PRECONDITION, f"{self.command} was answered {self!r}")
        reason = Reason.SILENT if isinstance(self.ending, Silence) else Reason.CONNECTION_LOST
        raise Inconclusive(reason, f"instead of an answer: {self.ending}")

    def supported(self, name: str) -> Answer:
        """Demand +OK of an optional command: refused and not announced is NotSupported."""
        if self.negative and not self._session.announced(name):
            raise NotSupported(f"{name} is not announced, and {self.command} was answered {self!r}")
        return self

    @property
    def body(self) -> bytes:
        """The lines of a multi-line reply, stuffing and terminator removed (RFC 1939 section 3)."""
        self._look()
        return framing.unstuff(self.reply.body.raw) if self.reply and self.reply.body else b""

    @property
    def lines(self) -> list[bytes]:
        """The lines of a multi-line reply as sent, without their line ends."""
        self._look()
        return [message.raw.rstrip(b"\r\n") for message in pop3.body_lines(self.reply)] if self.reply else []

    def drop_listing(self) -> pop3.Listing:
        """Return the two numbers of a STAT answer; a precondition, so Inconclusive if they cannot be read."""
        return self._listing(pop3.drop_listing)

    def scan_listing(self) -> pop3.Listing:
        """Return number and octets of the answer to LIST with an argument."""
        return self._listing(pop3.scan_listing_reply)

    def unique_id(self) -> bytes:
        """Return the unique-id of the answer to UIDL with an argument."""
        return self._listing(pop3.unique_id_reply).unique_id

    def _listing(self, rule: Callable[[Scanner], T]) -> T:
        reply = self.ok().reply
        parsed = parse(reply.line if reply else Message(b"", 0), rule)
        if parsed.violations:
            raise Inconclusive(Reason.PRECONDITION, f"{self.command} was answered {self!r}")
        return parsed.value

    def scan_listings(self) -> dict[int, int]:
        """Return number -> octets of the lines of a LIST answer."""
        return {listing.first: listing.second for listing in self._each(pop3.scan_listing)}

    def unique_ids(self) -> dict[int, bytes]:
        """Return number -> unique-id of the lines of a UIDL answer."""
        return {listing.number: listing.unique_id for listing in self._each(pop3.unique_id_listing)}

    def capabilities(self) -> dict[bytes, tuple[bytes, ...]]:
        """Return tag in upper case -> parameters of the lines of a CAPA answer; empty if it is none."""
        return {found.tag.upper(): found.params for found in self._each(pop3.capability)}

    def _each(self, rule: Callable[[Scanner], T]) -> list[T]:
        self._look()
        return [parse(line, rule).value for line in (pop3.body_lines(self.reply) if self.reply else [])]


class Pop3(Waiting[pop3.Reply]):
    """One connection to a POP3 server; `greeting` is its first answer. Patience is seconds for one reply."""

    _dialogue: pop3.Dialogue

    def __init__(self, stream: Conduit, recorder: Recorder, patience: float, announced: Callable[[str], bool]) -> None:
        super().__init__(stream, recorder, patience, announced)
        self.own: tuple[int, ...] = ()
        self._marks = False
        self._dialogue = pop3.Dialogue()
        self.greeting = self.receive()

    def send(self, data: bytes, *, lines: bool | None = None) -> None:
        """Send octets as they are; `lines` says whether a positive answer is multi-line, where the octets do not."""
        self._dialogue.sent(data, lines=lines)
        self._marks = self._marks or (len(data) < 4096 and b"DELE" in data.upper())
        self.say(data)

    def receive(self, patience: float | None = None) -> Answer:
        """Return the next answer; each gap may last patience seconds, a whole reply a few times that."""
        came = self.await_reply(patience)
        return Answer(self, came, None) if isinstance(came, pop3.Reply) else Answer(self, None, came)

    def command(self, *words: Word, lines: bool | None = None, patience: float | None = None) -> Answer:
        """Send one command line, words separated by single spaces, and return its answer.

        A command that may be refused late on purpose (a login) is given a few times the patience.
        """
        line = b" ".join(_octets(word) for word in words) + b"\r\n"
        self.send(line, lines=lines)
        return self.receive(self._long if patience is None and line[:4].upper() in LOGINS else patience)

    def start_tls(self, settings: TlsSettings) -> TlsFacts | TlsFailure:
        """Shake hands; call it behind a positive answer to STLS (RFC 2595 section 4)."""
        self._dialogue.forget()
        return self.stream.start_tls(settings, self.patience)

    def user_pass(self, user: str, password: str) -> Answer:
        """Log in with USER and PASS (RFC 1939 section 7); a refused USER is the answer."""
        self.recorder.pace.wait()
        answer = self.command("USER", user)
        return self._entered(self.command("PASS", password) if answer.status == b"+OK" else answer)

    def apop(self, user: str, password: str) -> Answer:
        """Log in with APOP (RFC 1939 section 7); NotSupported if the greeting shows no timestamp."""
        timestamp = self.timestamp
        if not timestamp:
            raise NotSupported(f"the greeting shows no timestamp: {self.greeting!r}")
        self.recorder.pace.wait()
        return self._entered(self.command("APOP", user, sasl.apop_digest(timestamp, password)))

    @property
    def timestamp(self) -> bytes:
        """The APOP timestamp of the greeting, empty without one."""
        reply = self.greeting.reply
        return parse(reply.line, pop3.greeting).value.timestamp if reply else b""

    def auth_plain(self, user: str, password: str, authzid: str = "") -> Answer:
        """Log in with AUTH PLAIN, the message behind an empty challenge (RFC 5034 section 4)."""
        return self.auth("PLAIN", lambda _: sasl.plain(user, password, authzid))

    def auth(self, mechanism: str, *replies: Callable[[bytes], bytes]) -> Answer:
        """Run AUTH, answering each challenge with what the next function makes of it; returns the last answer."""
        self.recorder.pace.wait()
        answer = self.command("AUTH", mechanism)
        for reply in replies:
            challenge = answer.challenge
            if challenge is None:
                return self._entered(answer)
            self.send(base64.b64encode(reply(challenge.value or b"")) + b"\r\n")
            answer = self.receive(self._long)
        return self._entered(answer)

    def auth_scram(self, user: str, password: str, hash_name: str = "sha256") -> Answer:
        """Log in with SCRAM (RFC 5802, RFC 7677); raises sasl.ScramError if the server's part is wrong."""
        self.recorder.pace.wait()
        exchange = sasl.scram(user, password, hash_name)
        message: bytes | None = next(exchange)
        answer = self.command("AUTH", "SCRAM-" + hash_name.upper().replace("SHA", "SHA-"))
        while (challenge := answer.challenge) is not None:
            if challenge.value:
                message = exchange.send(challenge.value)
            self.send(base64.b64encode(message or b"") + b"\r\n")
            answer = self.receive(self._long)
        if self._entered(answer).status == b"+OK" and message != b"":
            raise sasl.ScramError("+OK came without the server's signature")
        return answer

    @property
    def _long(self) -> float:
        return self.patience * LOGIN_PATIENCES

    def _entered(self, answer: Answer) -> Answer:
        if answer.status == b"+OK":
            self.logged_in = True
            self.recorder.pace.granted()
        elif answer.code[:1] == (b"LOGIN-DELAY",):
            self.recorder.pace.refused()
        return answer

    def quit(self) -> Answer:
        """Send QUIT, wait for the server to close, and return its answer."""
        answer = self.command("QUIT")
        if answer.reply is not None:
            self.stream.receive(self.patience)
        self.close()
        return answer

    def leave(self) -> None:
        """End the session so that nothing is removed and the maildrop is free again; harmless at any time."""
        if self.left:
            return
        patience = min(self.patience, 2.0)
        alive = self.ending is None
        for word in ("RSET", "QUIT") if self.logged_in and self._marks else ("QUIT",):
            alive = alive and self.command(word, patience=patience).status == b"+OK"
        if alive:
            self.stream.receive(patience)
        self.close()

    def abort(self) -> None:
        """Drop the connection with a TCP reset."""
        self.left = True
        self.stream.abort()


def _octets(word: Word) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode()
