"""The pairing of HTTP requests and responses, and where each ends (RFC 2616 section 4.4), for sessions, audits and faults alike.

A response ends by its request (HEAD) and its code, by the last chunk, by Content-Length, or with the connection. Bounds:
a head is 64 KiB at most, a body as much as framing.LISTING_LIMIT; a peer that passes them is answered with Overlong.
Octets that are no response at all where one is due, as HTTP/0.9 has it, are a body that lasts as long as the connection.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.wire import framing, http
from conformance.wire.framing import LINE_LIMIT, LISTING_LIMIT, Inbox, Overlong, Piece
from conformance.wire.scanner import Message, Parsed, Scanner

CHUNK_LINE_LIMIT = 4096
_REQUEST_LINE = re.compile(rb"(\S+) (\S+)(?: (HTTP/[0-9]+\.[0-9]+))?\r?\n")
_STARTS = b"HTTP/"
_EMPTY_LINE = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the client has sent its head, and the octets in front of it; `heard` is what the server was told instead."""

    raw: bytes
    start: int
    heard: bytes

    @property
    def method(self) -> bytes:
        return self.heard.partition(b" ")[0]

    @property
    def version(self) -> bytes:
        """HTTP/1.1, HTTP/1.0, or nothing: a Simple-Request (RFC 1945 section 5)."""
        found = _REQUEST_LINE.match(self.raw)
        return (found[3] or b"") if found else b""

    @property
    def tag(self) -> bytes:
        """Requests have no tags."""
        return b""

    def field(self, name: bytes) -> bytes | None:
        """Return the value of the client's field of a name, None without one."""
        found = re.search(rb"\n%b[ \t]*:([^\r\n]*)" % re.escape(name), self.raw, re.IGNORECASE)
        return found[1].strip() if found else None


@dataclass(frozen=True, slots=True)
class Reply:
    """One response: its head, its body as sent, how that ended, and the request it belongs to.

    `framing` is "none", "length", "chunked" or "close". `line` is the head: empty where the octets are no response.
    A reply that is not `complete` was cut off by the end of the connection.
    """

    command: Request | None
    line: Message
    head: Parsed[http.Head]
    body: Message
    framing: str
    complete: bool = True

    @property
    def raw(self) -> bytes:
        return self.line.raw + self.body.raw

    @property
    def unsolicited(self) -> bool:
        """Whether no request asked for it."""
        return self.command is None

    @property
    def asked(self) -> bytes:
        """The head of the request, without its empty line."""
        return self.command.raw.rstrip(b"\r\n") if self.command else b""

    @property
    def final(self) -> bool:
        """Whether it completes its request: 1xx does not (section 10.1)."""
        return not 100 <= self.head.value.code < 200

    @property
    def tag(self) -> bytes:
        """Requests have no tags."""
        return b""

    @property
    def content(self) -> Parsed[bytes]:
        """The body without its transfer-coding, and what is wrong with that."""
        if self.framing != "chunked":
            return Parsed(self.body, self.body.raw, ())
        at = Scanner(self.body.raw)
        return Parsed(self.body, http.chunked_body(at), tuple(at.violations))

    def rewritten(self, pattern: bytes, new: bytes) -> bytes:
        """Return the reply with a pattern replaced in its head and in its content, which is counted again."""
        ended = self.line.raw.removesuffix(b"\r\n")
        head = re.sub(pattern, new, ended, flags=re.MULTILINE)
        content = self.content.value
        changed = re.sub(pattern, new, content, flags=re.MULTILINE)
        if changed == content:
            return head + self.line.raw[len(ended) :] + self.body.raw
        if self.framing == "chunked":
            return head + b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(changed), changed)
        length = b"\r\nContent-Length: %d" % len(changed)
        return re.sub(rb"\r\nContent-Length:[^\r\n]*", length, head, flags=re.IGNORECASE) + b"\r\n" + changed


class _Outgoing:
    """Cuts what the client sends: lines of heads, and octets of bodies."""

    def __init__(self) -> None:
        self.box = Inbox()
        self.left = 0
        self.chunked = False
        self._trailer = False

    def take(self) -> Piece | None:
        if self.left and self.box.octets:
            size = min(self.left, len(self.box.octets))
            self.left -= size
            return Piece((cut := self.box.cut(size)).raw, cut.start, is_line=False)
        line = None if self.left else framing.line(self.box)
        if not isinstance(line, Message):
            return None
        if not self.chunked:
            return Piece(line.raw, line.start)
        if self._trailer:
            self.chunked = self._trailer = bool(line.raw.strip())
        else:
            size = http.chunk_size(line.raw) or 0
            self._trailer, self.left = not size, size + 2 if size else 0
        return Piece(line.raw, line.start, is_line=False)


class Dialogue:
    """Pairs requests with responses in their order (section 8.1.2.2).

    Feed both sides in the order in which they were seen; `next()` gives a Reply, Overlong, or None while more is needed.
    """

    def __init__(self) -> None:
        self._inbox = Inbox()
        self._outgoing = _Outgoing()
        self._asked: deque[Request] = deque()
        self._lines: list[bytes] = []
        self._heard: list[bytes] = []
        self._start = 0
        self._head: Parsed[http.Head] | None = None
        self._framing = ""
        self._at = 0
        self._ended = False

    @property
    def waiting(self) -> int:
        """Number of requests that have no complete response yet."""
        return len(self._asked)

    @property
    def partial(self) -> bytes:
        """Octets of the server that do not yet make a complete response."""
        return (self._head.message.raw if self._head else b"") + bytes(self._inbox.octets)

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Cut what the client sends; note() each piece before asking for the next."""
        self._outgoing.box.feed(data)
        while (piece := self._outgoing.take()) is not None:
            yield piece

    def note(self, piece: Piece, told: bytes | None = None) -> None:
        """Take a piece as sent; `told` is what the server heard instead, and answers."""
        if not piece.is_line:
            return
        empty = not piece.raw.strip(b"\r\n")
        if not self._lines:
            if empty:
                return  # an empty line ahead of a request is none (section 4.1)
            self._start = piece.start
        self._lines.append(piece.raw)
        self._heard.append(piece.raw if told is None else told)
        found = _REQUEST_LINE.fullmatch(self._lines[0])
        if empty or (found and not found[3]):
            self._asks(Request(b"".join(self._lines), self._start, b"".join(self._heard)))

    def _asks(self, request: Request) -> None:
        self._lines, self._heard = [], []
        self._asked.append(request)
        length = request.field(b"Content-Length") or b"0"
        self._outgoing.chunked = (request.field(b"Transfer-Encoding") or b"").lower().endswith(b"chunked")
        self._outgoing.left = int(length) if length.isdigit() and not self._outgoing.chunked else 0

    def sent(self, data: bytes) -> None:
        """Note what the client sent."""
        for piece in self.pieces(data):
            self.note(piece)

    def received(self, data: bytes) -> None:
        """Note what the server sent."""
        self._inbox.feed(data)

    def ended(self) -> None:
        """Note that the server has closed the connection: what lasts as long as that is complete, all else is cut off."""
        self._ended = True

    def forget(self) -> None:
        """Drop server octets that are not framed yet."""
        self._inbox.cut(len(self._inbox.octets))
        self._head = None

    def next(self) -> Reply | Overlong | None:
        """Return the next response."""
        if self._head is None:
            head = self._next_head()
            if not isinstance(head, Message):
                return head
            self._head = http.read_head(head) if head.raw else Parsed(head, http.NOTHING, ())
            self._framing = self._framed_by(self._head.value) if head.raw else "close"
            self._at = 0
        body = self._body()
        if not isinstance(body, Message):
            return (
                body if not self._ended or isinstance(body, Overlong) else self._reply(self._inbox.all(), whole=False)
            )
        return self._reply(body, whole=True)

    def _next_head(self) -> Message | Overlong | None:
        octets = self._inbox.octets
        if not octets:
            return None
        if octets[: len(_STARTS)].upper() != _STARTS[: len(octets)]:
            return Message(b"", self._inbox.start)
        end = _empty_line(octets, self._inbox.scanned)
        if end:
            return self._inbox.cut(end)
        self._inbox.scanned = max(0, len(octets) - 3)
        return Message(b"", self._inbox.start) if self._ended else self._inbox.over(LINE_LIMIT)

    def _framed_by(self, head: http.Head) -> str:
        """Return how the body of a response ends (section 4.4)."""
        asked = self._asked[0].method if self._asked else b""
        if asked == b"HEAD" or 100 <= head.code < 200 or head.code in (204, 304):
            return "none"
        if http.is_chunked(head):
            return "chunked"
        return "close" if http.content_length(head) is None or head.get(b"Transfer-Encoding") else "length"

    def _body(self) -> Message | Overlong | None:
        head = self._head.value if self._head else http.NOTHING
        if self._framing == "none":
            return self._inbox.cut(0)
        if self._framing == "length":
            size = http.content_length(head) or 0
            if size > LISTING_LIMIT:
                return Overlong(LISTING_LIMIT, self._inbox.start, bytes(self._inbox.octets[:200]))
            return self._inbox.cut(size) if len(self._inbox.octets) >= size else None
        if self._framing == "chunked":
            if end := self._last_chunk():
                return self._inbox.cut(end)
        elif self._ended or not self._asked:
            return self._inbox.all()
        return self._inbox.over(LISTING_LIMIT)

    def _last_chunk(self) -> int:
        """Walk from chunk to chunk (section 3.6.1); returns where the body ends, 0 while that is not there."""
        octets = self._inbox.octets
        while (end := octets.find(b"\n", self._at, self._at + CHUNK_LINE_LIMIT) + 1) > 0:
            size = http.chunk_size(bytes(octets[self._at : self._at + 17]))
            if size is None or size > LISTING_LIMIT:
                self._framing = "close"  # nobody can tell where this ends
                return 0
            if size == 0:
                return self._trailer_end(end)
            if len(octets) < end + size + 2:
                return 0
            self._at = end + size + (2 if octets.startswith(b"\r\n", end + size) else 1)
        return 0

    def _trailer_end(self, start: int) -> int:
        octets = self._inbox.octets
        for empty in (b"\r\n", b"\n"):
            if octets.startswith(empty, start):
                return start + len(empty)
        if len(octets) - start > LINE_LIMIT:
            self._framing = "close"
            return 0
        return _empty_line(octets, start)

    def _reply(self, body: Message, *, whole: bool) -> Reply:
        head, framing_of = self._head or Parsed(Message(b"", 0), http.NOTHING, ()), self._framing
        self._head = None
        asked = self._asked[0] if self._asked else None
        reply = Reply(asked, head.message, head, body, framing_of)
        if asked and reply.final:
            self._asked.popleft()
        return reply if whole else replace(reply, complete=False)


def _empty_line(octets: bytearray, start: int) -> int:
    """Return the place behind the first empty line from a place on, 0 if there is none; a bare LF ends a line, too."""
    found = _EMPTY_LINE.search(octets, start)
    return found.end() if found else 0
