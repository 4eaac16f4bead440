"""An SMTP or LMTP session (RFC 5321, RFC 2033): sends commands, right or deliberately wrong, and hands back what came.

Silence, close and garbage are Answers like any other; only a check knows what they mean. A reply that says "not now"
(any 4yz: RFC 5321 section 4.2.1) is never read as a verdict: whoever asks whether it was positive or refused gets
Inconclusive, since greylisting, limits and load are policy and pass.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.waiting import Waiting
from conformance.transcript import quote
from conformance.transport.dialler import Recorder
from conformance.transport.stream import Conduit, Ending, Silence
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from conformance.verdicts import Reason
from conformance.wire import sasl, smtp
from conformance.wire.framing import Overlong
from conformance.wire.scanner import parse

Word = str | bytes | int
LONG_PATIENCES = 3  # a login, and the end of the mail data, may take longer than other commands
UNKNOWN_COMMAND = (500, 502)
"""Replies to a command that is not recognized or not implemented (RFC 5321 section 4.2.4)."""
SYNTAX_ERRORS = (500, 501)
BAD_SYNTAX = (b"5.1.3", b"5.1.7", b"5.5.2")
"""Enhanced codes of an address or a command that is taken for malformed, whatever the code before them (RFC 3463)."""


class Answer:
    """What a command brought: a reply, or the ending that came instead of one."""

    def __init__(self, session: Smtp, reply: smtp.Reply | None, ending: Ending | Overlong | None) -> None:
        self._session = session
        self.reply = reply
        self.ending = ending

    def __repr__(self) -> str:
        return f"<{quote(self.reply.raw[:200])}>" if self.reply else f"<{self.ending}>"

    def _look(self) -> None:
        offset = self.reply.start if self.reply else self._session.stream.transcript.offsets["S"]
        self._session.recorder.decide(self._session.stream.transcript, offset)

    @property
    def command(self) -> str:
        """The verb of the command this answers, quoted: never its arguments, which may be credentials."""
        asked = self.reply.command if self.reply else None
        return quote(asked.verb if asked else b"(greeting)")

    @property
    def code(self) -> int:
        """The reply code, 0 if there is none; never raises."""
        self._look()
        return self.reply.code if self.reply else 0

    @property
    def raw(self) -> bytes:
        """Every octet of the reply."""
        self._look()
        return self.reply.raw if self.reply else b""

    @property
    def lines(self) -> list[bytes]:
        """The texts of the reply's lines, codes and line ends left out."""
        self._look()
        return [read.value.text for read in smtp.read_lines(self.reply)] if self.reply else []

    @property
    def text(self) -> bytes:
        """The text of the first line."""
        return next(iter(self.lines), b"")

    @property
    def enhanced(self) -> bytes:
        """The enhanced status code of the last line, empty without one (RFC 2034 section 4)."""
        return smtp.enhanced_of(self.lines[-1]) if self.reply else b""

    @property
    def keywords(self) -> dict[str, tuple[str, ...]]:
        """Keyword in upper case -> parameters of an answer to EHLO or LHLO; empty if it is no positive one."""
        self._look()
        if self.reply is None or self.reply.code != 250:
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for read in smtp.read_keywords(self.reply):
            name = read.value.name.decode("latin-1").upper()
            again = name in found and read.violations  # "AUTH=LOGIN" beside "AUTH LOGIN", for old clients
            if name and not again:
                found[name] = tuple(param.decode("latin-1") for param in read.value.params)
        return found

    @property
    def challenge(self) -> bytes | None:
        """What a 334 asks with, decoded; None if this is none or cannot be decoded (RFC 4954 section 4)."""
        if self.code != 334:
            return None
        try:
            return base64.b64decode(self.text, validate=True)
        except ValueError:
            return None

    @property
    def transient(self) -> bool:
        """Whether the server says "not now": 4yz."""
        return 400 <= self.code < 500

    @property
    def positive(self) -> bool:
        """Whether the answer is 2yz or 3yz; raises Inconclusive if the server says "not now"."""
        self._not_now()
        return 200 <= self.code < 400

    @property
    def refused(self) -> bool:
        """Whether the answer is 5yz; raises Inconclusive if the server says "not now"."""
        self._not_now()
        return 500 <= self.code < 600

    @property
    def syntax_error(self) -> bool:
        """Whether the command is refused as malformed, not for policy; raises Inconclusive if the server says "not now"."""
        return self.says(*SYNTAX_ERRORS) or self.enhanced in BAD_SYNTAX

    def says(self, *codes: int) -> bool:
        """Whether the code is one of these; raises Inconclusive if the server says "not now" instead."""
        if self.code in codes:
            return True
        self._not_now()
        return False

    def _not_now(self) -> None:
        if self.transient:
            raise Inconclusive(
                Reason.THROTTLED, f"{self.command} was answered {self!r}: take the tester out of greylisting and limits"
            )

    def ok(self) -> Answer:
        """Demand 2yz or 3yz as a precondition: raises Inconclusive otherwise."""
        if self.positive:
            return self
        if self.reply is not None:
            raise Inconclusive(Reason.PRECONDITION, f"{self.command} was answered {self!r}")
        reason = Reason.SILENT if isinstance(self.ending, Silence) else Reason.CONNECTION_LOST
        raise Inconclusive(reason, f"instead of an answer: {self.ending}")

    def supported(self, keyword: str) -> Answer:
        """Demand an optional command: not known to the server and not announced is NotSupported."""
        if self.code in UNKNOWN_COMMAND and not self._session.announced(keyword):
            raise NotSupported(f"{keyword} is not announced, and {self.command} was answered {self!r}")
        return self


class Smtp(Waiting[smtp.Reply]):
    """One connection to an SMTP or LMTP server; `greeting` is its first answer. Patience is seconds for one reply."""

    _dialogue: smtp.Dialogue

    def __init__(
        self,
        stream: Conduit,
        recorder: Recorder,
        patience: float,
        announced: Callable[[str], bool],
        *,
        lmtp: bool = False,
    ) -> None:
        super().__init__(stream, recorder, patience, announced)
        self.lmtp = lmtp
        self.client = b"mailconform.invalid"
        """What the client calls itself in EHLO."""
        self.keywords: dict[str, tuple[str, ...]] = {}
        """What the last EHLO or LHLO has listed; nothing before it, and nothing behind the handshake of TLS."""
        self._dialogue = smtp.Dialogue(lmtp=lmtp)
        self.greeting = self.receive()

    # Octets and replies

    def send(self, data: bytes) -> None:
        """Send octets as they are."""
        self._dialogue.sent(data)
        self.say(data)

    def receive(self, patience: float | None = None) -> Answer:
        """Return the next answer; each gap may last patience seconds, a whole reply a few times that."""
        came = self.await_reply(patience)
        return Answer(self, came, None) if isinstance(came, smtp.Reply) else Answer(self, None, came)

    def command(self, *words: Word, patience: float | None = None) -> Answer:
        """Send one command line, words separated by single spaces, and return its answer."""
        self.send(b" ".join(_octets(word) for word in words) + b"\r\n")
        return self.receive(patience)

    def batch(self, *lines: str | bytes) -> list[Answer]:
        """Send command lines in one go (RFC 2920 section 3.1), and return an answer for each; an ending ends them all."""
        self.send(b"".join(_octets(line) + b"\r\n" for line in lines))
        return self.answers(len(lines))

    def answers(self, count: int) -> list[Answer]:
        """Return the next answers; an ending is that of all that are still to come."""
        came: list[Answer] = []
        while len(came) < count:
            came.append(came[-1] if came and came[-1].ending else self.receive())
        return came

    # Commands

    def hello(self) -> Answer:
        """Send EHLO, or LHLO in LMTP."""
        answer = self.command("LHLO" if self.lmtp else "EHLO", self.client)
        self.keywords = answer.keywords
        return answer

    def mail(self, reverse_path: str | bytes, *parameters: str | bytes) -> Answer:
        """Begin a transaction; the path is given without its angle brackets (RFC 5321 section 4.1.1.2)."""
        return self.command(b"MAIL FROM:<" + _octets(reverse_path) + b">", *parameters)

    def rcpt(self, forward_path: str | bytes, *parameters: str | bytes) -> Answer:
        """Name a recipient; the path is given without its angle brackets (RFC 5321 section 4.1.1.3)."""
        return self.command(b"RCPT TO:<" + _octets(forward_path) + b">", *parameters)

    def data(self, text: bytes) -> Answer:
        """Send DATA and, behind 354, the text, dots stuffed; returns what the last of the two was answered."""
        answer = self.command("DATA")
        return self.content(smtp.stuff(text)) if answer.code == 354 else answer

    def content(self, octets: bytes) -> Answer:
        """Send mail data as they are, end of data included, and return its answer."""
        self.send(octets)
        return self.receive(self._long)

    def bdat(self, chunk: bytes, *, last: bool = False) -> Answer:
        """Send a chunk (RFC 3030 section 2) and return its answer."""
        self.send(b"BDAT %d%b\r\n%b" % (len(chunk), b" LAST" if last else b"", chunk))
        return self.receive(self._long)

    def transaction(self, sender: str | bytes, *recipients: str | bytes, text: bytes) -> Answer:
        """Send a message; MAIL and RCPT are preconditions, the answer is that of the end of data."""
        self.mail(sender).ok()
        for recipient in recipients:
            self.rcpt(recipient).ok()
        return self.data(text)

    def start_tls(self, settings: TlsSettings) -> TlsFacts | TlsFailure:
        """Shake hands; call it behind 220 to STARTTLS (RFC 3207 section 4)."""
        self._dialogue.begin_tls()
        self.keywords = {}
        return self.stream.start_tls(settings, self.patience)

    def auth_plain(self, user: str, password: str, authzid: str = "") -> Answer:
        """Log in with AUTH PLAIN, the message as initial response (RFC 4954 section 4)."""
        message = base64.b64encode(sasl.plain(user, password, authzid))
        return self._entered(self.command("AUTH PLAIN", message, patience=self._long))

    def auth(self, mechanism: str, *replies: Callable[[bytes], bytes]) -> Answer:
        """Run AUTH, answering each challenge with what the next function makes of it; returns the last answer."""
        answer = self.command("AUTH", mechanism, patience=self._long)
        for reply in replies:
            challenge = answer.challenge
            if challenge is None:
                return self._entered(answer)
            answer = self.respond(base64.b64encode(reply(challenge)))
        return self._entered(answer)

    def respond(self, line: bytes) -> Answer:
        """Send a line that answers a challenge, as it is, and return its answer."""
        self.send(line + b"\r\n")
        return self.receive(self._long)

    def auth_scram(self, user: str, password: str, hash_name: str = "sha256") -> Answer:
        """Log in with SCRAM (RFC 5802, RFC 7677); raises sasl.ScramError if the server's part is wrong."""
        exchange = sasl.scram(user, password, hash_name)
        message: bytes | None = next(exchange)
        answer = self.command("AUTH", "SCRAM-" + hash_name.upper().replace("SHA", "SHA-"))
        while (challenge := answer.challenge) is not None:
            if challenge:
                message = exchange.send(challenge)
            answer = self.respond(base64.b64encode(message or b""))
        if self._entered(answer).code == 235 and message != b"":
            raise sasl.ScramError("235 came without the server's signature")
        return answer

    def _entered(self, answer: Answer) -> Answer:
        self.logged_in = self.logged_in or answer.code == 235
        return answer

    @property
    def _long(self) -> float:
        return self.patience * LONG_PATIENCES

    # The end

    def quit(self) -> Answer:
        """Send QUIT, wait for the server to close, and return its answer."""
        answer = self.command("QUIT")
        if answer.reply is not None:
            self.stream.receive(self.patience)
        self.close()
        return answer

    def still_owed(self) -> list[Answer]:
        """Send QUIT and close; return the replies that come in front of its 221 (in LMTP, those of further recipients)."""
        self.send(b"QUIT\r\n")
        came = [self.receive(self._long)]
        while came[-1].reply is not None and came[-1].code != 221:
            came.append(self.receive(self._long))
        self.close()
        return came[:-1]

    def leave(self) -> None:
        """End the session so that nothing half sent is delivered; harmless at any time."""
        if self.left:
            return
        if self.ending is None and not self._dialogue.waiting:
            self.command("QUIT", patience=min(self.patience, 2.0))
        self.close()


def _octets(word: Word) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode()


def greeting_name(answer: Answer) -> bytes:
    """Return the name that a 220 greeting gives, empty without one (RFC 5321 section 4.2)."""
    return parse(answer.reply.lines[0], smtp.greeting).value if answer.reply else b""
