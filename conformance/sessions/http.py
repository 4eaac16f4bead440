"""An HTTP session (RFC 2616): sends requests, right or deliberately wrong, and hands back what came.

Silence, close and garbage are Answers like any other; only a check knows what they mean. Reading a code that says "not
now" (503, and 429 of RFC 6585) off an answer is inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.waiting import Waiting
from conformance.transcript import quote
from conformance.transport.dialler import Recorder
from conformance.transport.stream import Closed, Conduit, Ending
from conformance.verdicts import Reason
from conformance.wire import http
from conformance.wire.framing import Overlong
from conformance.wire.http_dialogue import Dialogue, Reply

NOT_NOW = frozenset({429, 503})
INTERIM_LIMIT = 20  # responses 1xx ahead of the final one: more are a game


class Answer:
    """What a request brought: a response, or the ending that came instead of one."""

    def __init__(self, session: Http, reply: Reply | None, ending: Ending | Overlong | None) -> None:
        self._session = session
        self.reply = reply
        self.ending = ending

    def __repr__(self) -> str:
        if self.reply is None:
            return f"<{self.ending}>"
        first = (self.reply.line.raw or self.reply.body.raw).partition(b"\n")[0]
        return f"<{quote(first[:120])} + {len(self.reply.body.raw)} octets>"

    def _look(self) -> Reply | None:
        offset = self.reply.line.start if self.reply else self._session.stream.transcript.offsets["S"]
        self._session.recorder.decide(self._session.stream.transcript, offset)
        return self.reply

    @property
    def head(self) -> http.Head:
        """Status line and fields; http.NOTHING if no response came."""
        reply = self._look()
        return reply.head.value if reply else http.NOTHING

    @property
    def code(self) -> int:
        """The Status-Code, 0 if no response came; raises Inconclusive if the server says "not now"."""
        code = self.head.code
        if code in NOT_NOW:
            raise Inconclusive(Reason.THROTTLED, f"the server answered {self!r}: try later")
        return code

    def field(self, name: str) -> str | None:
        """Return the value of a field, None without one."""
        value = self.head.get(name.encode())
        return None if value is None else value.decode("latin-1")

    @property
    def content(self) -> bytes:
        """The body without its transfer-coding."""
        reply = self._look()
        return reply.content.value if reply else b""

    @property
    def complete(self) -> bool:
        """Whether a response came with every octet that its head tells of."""
        reply = self._look()
        return reply is not None and reply.complete

    def ok(self, *codes: int) -> Answer:
        """Demand one of these codes (200) as a precondition: raises Inconclusive otherwise."""
        if self.code in (codes or (200,)):
            return self
        reason = Reason.PRECONDITION if self.reply else Reason.CONNECTION_LOST
        raise Inconclusive(reason, f"a request was answered {self!r}")

    def offered(self, name: str) -> str:
        """Return the value of a field that not every page has; NotSupported without it."""
        value = self.field(name)
        if not value:
            raise NotSupported(f"the page has no {name} field: [facilities] page = ... may name another page")
        return value


class Http(Waiting[Reply]):
    """One connection to an HTTP server; `host` is what Host says. Patience is seconds for one response."""

    _dialogue: Dialogue

    def __init__(
        self, stream: Conduit, recorder: Recorder, patience: float, announced: Callable[[str], bool], host: str
    ) -> None:
        super().__init__(stream, recorder, patience, announced)
        self.host = host
        self._dialogue = Dialogue()

    def send(self, data: bytes) -> None:
        """Send octets as they are."""
        self._dialogue.sent(data)
        self.say(data)

    def receive(self, patience: float | None = None) -> Answer:
        """Return the next response, 1xx as well; each gap may last patience seconds, a whole response a few times that."""
        came = self.await_reply(patience)
        if isinstance(came, Closed):  # which is how a body may end
            self._dialogue.ended()
            rest = self._dialogue.next()
            came = rest if isinstance(rest, Reply) else came
        return Answer(self, came, None) if isinstance(came, Reply) else Answer(self, None, came)

    def final(self, patience: float | None = None) -> Answer:
        """Return the next response that is not 1xx."""
        answer = self.receive(patience)
        for _ in range(INTERIM_LIMIT):
            if answer.reply is None or answer.reply.final:
                break
            answer = self.receive(patience)
        return answer

    def request(
        self, method: str, uri: str, *fields: str, version: str = "HTTP/1.1", body: bytes = b"", host: str | None = None
    ) -> Answer:
        """Send one request and return its final response; see compose()."""
        self.send(self.compose(method, uri, *fields, version=version, body=body, host=host))
        return self.final()

    def compose(
        self, method: str, uri: str, *fields: str, version: str = "HTTP/1.1", body: bytes = b"", host: str | None = None
    ) -> bytes:
        """Return the octets of a request: its line, Host (in 1.1; none if `host` is empty), fields as given, and the body."""
        named = self.host if host is None and version == "HTTP/1.1" else host
        lines = [f"{method} {uri} {version}", *([f"Host: {named}"] if named else []), *fields, "", ""]
        return "\r\n".join(lines).encode("latin-1") + body

    def leave(self) -> None:
        """End the session; harmless at any time."""
        if not self.left:
            self.close()
