"""An IMAP session (RFC 3501): sends commands, right or deliberately wrong, and hands back all that came meanwhile.

Silence, close and garbage are Answers like any other; only a check knows what they mean. Several commands may be in
progress; each Answer holds the responses from where the last one ended up to its own completion, whatever they are.
"""

from __future__ import annotations

import base64
import itertools
import select
import time
from collections.abc import Callable

from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.imap_answer import Answer, value_of
from conformance.sessions.waiting import REPLY_PATIENCES, Waiting
from conformance.transport.dialler import Recorder
from conformance.transport.stream import Closed, Conduit, Ending, Reset
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from conformance.verdicts import Reason
from conformance.wire import sasl
from conformance.wire.framing import Overlong
from conformance.wire.imap import Response
from conformance.wire.imap_commands import Sync, Word, astring, pieces, string
from conformance.wire.imap_dialogue import Dialogue, Reply

LOGIN_PATIENCES = 3  # a wrong password is often answered late, on purpose
LOGINS = ("LOGIN", "AUTHENTICATE")
POLL_SECONDS = 4.0
"""How long a server may take to tell one session what another has done, before a check says that it does not."""
POLL_PAUSE = 0.2
REPLIES_LIMIT = 150_000
"""Responses to one command; beyond it a server is not answering but flooding."""
FLOOD_KEPT = 100
LASTING = (
    b"ENABLE",
    b"COMPRESS",
    b"NOTIFY",
    b"STARTTLS",
    b"AUTHENTICATE",
    b"LOGIN",
    b"LOGOUT",
    b"LANGUAGE",
    b"COMPARATOR",
)
"""Commands whose effect outlasts a mailbox: a connection that has said one of them is not used again."""
_serial = itertools.count(1)


class Imap(Waiting[Reply]):
    """One connection to an IMAP server; `greeting` is its first response. Patience is seconds for one response."""

    _dialogue: Dialogue

    def __init__(self, stream: Conduit, recorder: Recorder, patience: float, announced: Callable[[str], bool]) -> None:
        super().__init__(stream, recorder, patience, announced)
        self.account = 0
        self.lasting = False
        self.selecting = False
        self._dialogue = Dialogue()
        self._arrived: list[Reply] = []
        self._done: set[bytes] = set()
        self.greeting = self._greeted()

    def _greeted(self) -> Answer:
        reply = self.await_reply()
        return Answer(self, b"", [reply], None) if isinstance(reply, Reply) else Answer(self, b"", [], reply)

    # What goes out

    def send(self, data: bytes) -> None:
        """Send octets as they are."""
        self._dialogue.sent(data)
        upper = data[:4096].upper()
        self.lasting = self.lasting or any(word in upper for word in LASTING)
        self.selecting = self.selecting or b"SELECT" in upper or b"EXAMINE" in upper
        self.say(data)

    def begin(self, *words: Word, tag: bytes = b"") -> bytes:
        """Send one command without waiting for its completion, and return its tag.

        A synchronizing literal waits for its continuation request; if anything else comes, the rest is not sent.
        """
        tag = tag or b"c%d" % next(_serial)
        for number, piece in enumerate(pieces(tag, words)):
            if number and not self.continues(tag):
                break
            self.send(piece)
        return tag

    def continues(self, tag: bytes, patience: float | None = None) -> bool:
        """Wait for a continuation request; False if the command ends first or nothing more comes."""
        self._await(tag, patience, stop=lambda reply: reply.tag == b"+")
        return bool(self._arrived) and self._arrived[-1].tag == b"+" and not self._completed(tag)

    def command(self, *words: Word, patience: float | None = None) -> Answer:
        """Send one command, its words separated by single spaces, and return its Answer.

        Give octets as Sync, NonSync or Binary to send them as a literal, string(x) or astring(x) to have a form chosen.
        A command that may be refused late on purpose (a login) is given a few times the patience.
        """
        late = patience is None and str(words[0]).upper().startswith(LOGINS)
        return self.finish(self.begin(*words), self.patience * LOGIN_PATIENCES if late else patience)

    def offer(self, octets: bytes) -> list[Response]:
        """Send octets that may not be a command, NOOP behind them, and return all responses in front of NOOP's completion.

        A line without a tag that can be made out is answered by an untagged BAD (RFC 3501 section 7.1.3), so that no
        Answer can be waited for. Raises Inconclusive if NOOP is not completed OK: what came is void then.
        """
        self.send(octets)
        tag = self.begin("NOOP")
        if (ending := self._await(tag, None)) is not None:
            raise Inconclusive(Reason.CONNECTION_LOST, f"NOOP behind {octets[:60]!r} is not answered: {ending}")
        arrived, self._arrived = self._arrived, []
        self._done.clear()
        *before, last = arrived
        if value_of(last).name != b"OK":
            raise Inconclusive(Reason.CONNECTION_LOST, f"NOOP behind {octets[:60]!r} is answered {last.raw[:80]!r}")
        if before:
            self.recorder.decide(self.stream.transcript, before[-1].message.start)
        return [value_of(reply) for reply in before]

    def each(self, *lines: str | bytes) -> dict[str | bytes, Answer]:
        """Send commands one by one, NOOP behind each, and return their Answers; Inconclusive once NOOP is not answered OK."""
        answers: dict[str | bytes, Answer] = {}
        for line in lines:
            answers[line] = self.command(line)
            self.must_be_alive()
        return answers

    # What comes in

    def _arrive(self, reply: Reply) -> None:
        self._arrived.append(reply)
        if reply.final and reply.command:
            self._done.add(reply.command.tag)

    def _completed(self, tag: bytes) -> bool:
        return tag in self._done

    def finish(self, tag: bytes, patience: float | None = None) -> Answer:
        """Wait for the completion of a command and return all that came since the last Answer."""
        ending = self._await(tag, patience)
        return Answer(self, tag, self._take(tag), ending)

    def _await(
        self, tag: bytes, patience: float | None, stop: Callable[[Reply], bool] | None = None
    ) -> Ending | Overlong | None:
        """Let responses arrive until a command is complete or one is the last wanted; return what came instead, if anything."""
        flood = time.monotonic() + REPLY_PATIENCES * 4 * (self.patience if patience is None else patience)
        while not self._completed(tag):
            reply = self.await_reply(patience)
            if not isinstance(reply, Reply):
                return reply
            self._arrive(reply)
            if stop is not None and stop(reply):
                return None
            if len(self._arrived) > REPLIES_LIMIT or time.monotonic() > min(flood, self.recorder.expires):
                self.ending = Overlong(REPLIES_LIMIT, reply.message.start, reply.raw[:200])
                del self._arrived[:-FLOOD_KEPT]
                return self.ending
        return None

    def _take(self, tag: bytes) -> list[Reply]:
        """Take what has come up to the command's completion; completions of others stay for their own Answers."""
        self._done.discard(tag)
        end = next(
            (n for n, r in enumerate(self._arrived) if r.final and r.command and r.command.tag == tag),
            len(self._arrived),
        )
        seen, later = self._arrived[: end + 1], self._arrived[end + 1 :]
        others = [r for r in seen if r.final and r.command and r.command.tag != tag]
        self._arrived = others + later
        return [r for r in seen if r not in others] if others else seen

    def hear(self, patience: float | None = None) -> Response | None:
        """Return the next response that comes by itself, in IDLE for instance; None if none comes."""
        reply = self._arrived.pop(0) if self._arrived else self.await_reply(patience)
        if not isinstance(reply, Reply):
            return None
        self.recorder.decide(self.stream.transcript, reply.message.start)
        return value_of(reply)

    def hear_until(self, fits: Callable[[Response], bool], patience: float | None = None) -> list[Response]:
        """Hear responses until one fits or nothing comes for so many seconds; the last one fits, or none does."""
        heard: list[Response] = []
        deadline = time.monotonic() + REPLY_PATIENCES * (self.patience if patience is None else patience)
        while time.monotonic() < deadline and (response := self.hear(patience)) is not None:
            heard.append(response)
            if fits(response):
                break
        return heard

    def poll(self, fits: Callable[[Answer], bool]) -> Answer:
        """Send NOOP until what came since fits, a few seconds at most, and return all of it as one Answer."""
        deadline = time.monotonic() + min(POLL_SECONDS, self.patience, self.recorder.longest_wait)
        gathered = self.command("NOOP")
        while not fits(gathered) and gathered.status == b"OK" and time.monotonic() < deadline:
            self._listen(POLL_PAUSE)
            more = self.command("NOOP")
            gathered = Answer(self, b"", [*gathered.replies, *more.replies], more.ending)
        return gathered

    def _listen(self, seconds: float) -> None:
        """Keep for the next Answer what comes by itself within so many seconds."""
        reply = self.await_reply(seconds)
        if isinstance(reply, Reply):
            self._arrive(reply)

    def closes(self, patience: float | None = None) -> bool:
        """Whether the server ends the connection, in order or not, before patience ends; what it says first is read."""
        deadline = time.monotonic() + (self.patience if patience is None else patience)
        while (left := deadline - time.monotonic()) > 0:
            reply = self.await_reply(left)
            if not isinstance(reply, Reply):
                self.recorder.decide(self.stream.transcript, self.stream.transcript.offsets["S"])
                return isinstance(reply, Closed | Reset)
            self._arrive(reply)
        return False

    # Commands with a course of their own

    def idle(self) -> Answer | None:
        """Begin IDLE (RFC 2177 section 3); None once the server waits with us, its Answer if it refuses."""
        tag = self.begin("IDLE")
        self._idling = tag
        if not self.continues(tag):
            return self.finish(tag)
        self._arrived.pop()
        return None

    def done(self) -> Answer:
        """End IDLE (RFC 2177 section 3)."""
        self.send(b"DONE\r\n")
        return self.finish(self._idling)

    def start_tls(self, settings: TlsSettings) -> TlsFacts | TlsFailure:
        """Shake hands; call it behind OK to STARTTLS (RFC 3501 section 6.2.1)."""
        self._dialogue.forget()
        return self.stream.start_tls(settings, self.patience)

    def compress(self) -> None:
        """Speak DEFLATE; call it behind OK to COMPRESS DEFLATE (RFC 4978 section 3)."""
        early = self._dialogue.partial
        self._dialogue.forget()
        self.stream.compress(early)

    def login(self, user: str, password: str) -> Answer:
        """Log in with LOGIN (RFC 3501 section 6.2.3)."""
        self.recorder.pace.wait()
        return self._entered(self.command("LOGIN", astring(user), string(password)))

    def authenticate(self, mechanism: str, *replies: Callable[[bytes], bytes], initial: bytes | None = None) -> Answer:
        """Run AUTHENTICATE, answering each challenge with what the next function makes of it (RFC 3501 section 6.2.2).

        `initial` is an initial response (RFC 4959): b"" is sent as "=".
        """
        self.recorder.pace.wait()
        coded = () if initial is None else (base64.b64encode(initial) or b"=",)
        tag = self.begin("AUTHENTICATE", mechanism, *coded)
        for reply in replies:
            if not self.continues(tag, self.patience * LOGIN_PATIENCES):
                break
            self.send(base64.b64encode(reply(self._challenge())) + b"\r\n")
        return self._entered(self.finish(tag, self.patience * LOGIN_PATIENCES))

    def _challenge(self) -> bytes:
        raw = self._arrived[-1].raw[1:].strip()
        try:
            return base64.b64decode(raw, validate=True)
        except ValueError:
            return b""

    def authenticate_plain(self, user: str, password: str, authzid: str = "") -> Answer:
        """Log in with AUTHENTICATE PLAIN, the message behind an empty challenge (RFC 4616)."""
        return self.authenticate("PLAIN", lambda _: sasl.plain(user, password, authzid))

    def authenticate_scram(self, user: str, password: str, hash_name: str = "sha256") -> Answer:
        """Log in with SCRAM (RFC 5802, RFC 7677); raises sasl.ScramError if the server's part is wrong."""
        self.recorder.pace.wait()
        exchange = sasl.scram(user, password, hash_name)
        message: bytes | None = next(exchange)
        tag = self.begin("AUTHENTICATE", "SCRAM-" + hash_name.upper().replace("SHA", "SHA-"))
        while self.continues(tag, self.patience * LOGIN_PATIENCES):
            challenge = self._challenge()
            if challenge:
                message = exchange.send(challenge)
            self.send(base64.b64encode(message or b"") + b"\r\n")
        answer = self._entered(self.finish(tag))
        if answer.status == b"OK" and message != b"":
            raise sasl.ScramError("OK came without the server's signature")
        return answer

    def _entered(self, answer: Answer) -> Answer:
        if answer.status == b"OK":
            self.logged_in = True
            self.lasting = False
            self.recorder.pace.granted()
        return answer

    def append(self, name: str | bytes, raw: bytes, flags: str = "", date: str = "") -> Answer:
        r"""Append a message (RFC 3501 section 6.3.11): flags as "\Seen $Label", date as in date-time without quotes."""
        options = [f"({flags})"] if flags else []
        return self.command("APPEND", astring(name), *options, *([f'"{date}"'] if date else []), Sync(raw))

    def supports(self, capability: str) -> Imap:
        """Demand an announced capability; raises NotSupported."""
        if not self.announced(capability):
            raise NotSupported(f"{capability} is not announced")
        return self

    # The end

    @property
    def reusable(self) -> bool:
        """Whether another check may go on with this connection: logged in, in step, nothing lasting was said."""
        clean = self.logged_in and not self.lasting and not self.left and self.ending is None
        return clean and not self._dialogue.waiting and not self._dialogue.partial and not self._arrived

    @property
    def disturbed(self) -> bool:
        """Whether something has come since the last answer, such as the server's end of the connection."""
        return self.stream.acting or bool(select.select([self.stream], [], [], 0)[0])

    def resume(self) -> None:
        """Go on in a new transcript, for another check."""
        self.recorder.resume(self.stream)

    def leave(self) -> None:
        """End the session in order; harmless at any time."""
        if self.left:
            return
        if self.ending is None and not self._dialogue.waiting:
            self.command("LOGOUT", patience=min(self.patience, 2.0))
        self.close()

    def abort(self) -> None:
        """Drop the connection with a TCP reset."""
        self.left = True
        self.stream.abort()

    def must_be_alive(self) -> Imap:
        """Raise Inconclusive unless NOOP is answered."""
        if self.command("NOOP").status != b"OK":
            raise Inconclusive(Reason.CONNECTION_LOST, "NOOP is not answered OK any more")
        return self
