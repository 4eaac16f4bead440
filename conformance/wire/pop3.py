"""POP3 on the wire: one function per rule of RFC 2449 section 3 and RFC 1939 section 5, and the pairing of the dialogue.

RFC 2449's `schar`, `gchar` and `text` forget the space that every example of it uses: a space is read as allowed.
Readers hold no role: sessions, audits, faults and test peers use the same ones.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.wire import framing
from conformance.wire.framing import Inbox, Overlong, Piece
from conformance.wire.scanner import Message, Parsed, Scanner, Violation, parse

STATUS_LINE_LIMIT = 512
COMMAND_LIMIT = 255

_STATUS = re.compile(rb"\+OK|-ERR")
_STATUS_ANY_CASE = re.compile(rb"\+OK|-ERR", re.IGNORECASE)
_RESP_CODE = re.compile(rb"\[[\x21-\x2e\x30-\x5c\x5e-\x7f]+(?:/[\x21-\x2e\x30-\x5c\x5e-\x7f]+)*\]")
_CAPA_TAG = re.compile(rb"[\x21-\x2d\x2f-\x7f]+")
_PARAM = re.compile(rb"[\x21-\x7e]+")
_NUMBER = re.compile(rb"[0-9]+")
_UNIQUE_ID = re.compile(rb"[\x21-\x7e]+")
_NOT_CHAR = re.compile(rb"[^\x20-\x7e]")
# an RFC 822 msg-id, quoted local parts and domain literals included
_TIMESTAMP = re.compile(rb"<[^<>@\s]+@[^<>@\s]+>|<\"[^<>\r\n]*\"@[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Response:
    """A status line: status as sent, the response code's levels (RFC 2449 section 8) if there is one, the text."""

    status: bytes
    code: tuple[bytes, ...]
    text: bytes


@dataclass(frozen=True, slots=True)
class Greeting:
    """The first line of a server: a status line and the APOP timestamp if it shows one (RFC 1939 section 7)."""

    response: Response
    timestamp: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """Two numbers: messages and octets of a drop listing, or number and octets of a scan listing."""

    first: int
    second: int
    extra: bytes = b""


@dataclass(frozen=True, slots=True)
class UniqueId:
    """A message number and its unique-id (RFC 1939 section 7, UIDL)."""

    number: int
    unique_id: bytes


@dataclass(frozen=True, slots=True)
class Capability:
    """One line of a CAPA reply: tag and parameters (RFC 2449 section 5)."""

    tag: bytes
    params: tuple[bytes, ...]


def read_status(at: Scanner) -> bytes:
    """Status = "+OK" / "-ERR", in upper case (RFC 1939 section 3, RFC 2449 section 3)."""
    status = at.take_maybe(_STATUS)
    if not status:
        at.note("status", "+OK or -ERR in upper case", at.at, min(at.end, at.at + 4))
        status = at.take_maybe(_STATUS_ANY_CASE).upper()
    return status


def status_of(line: bytes) -> bytes:
    """Return the status indicator of a line as read_status() reads it, for those who ask for nothing else."""
    start = line[:4].upper()
    return b"-ERR" if start == b"-ERR" else b"+OK" if start[:3] == b"+OK" else b""


def read_resp_code(at: Scanner) -> tuple[bytes, ...]:
    """resp-code = "[" resp-level *("/" resp-level) "]" (RFC 2449 section 3); empty if no bracket opens the text."""
    if at.raw[at.at : at.at + 1] != b"[":
        return ()
    code = at.take(_RESP_CODE, "resp-code", "[level/level...] with nothing empty in it")
    return tuple(code[1:-1].split(b"/")) if code else ()


def _text(at: Scanner) -> bytes:
    bad = _NOT_CHAR.search(at.raw, at.at, at.end)
    if bad:
        at.note("CHAR", "printable US-ASCII", bad.start(), bad.end())
    return at.rest()


def single_line(at: Scanner) -> Response:
    """single-line = status [SP text] CRLF (RFC 2449 section 3)."""
    status = read_status(at)
    if at.at < at.end and status:
        at.expect(b" ", "SP")
    code = read_resp_code(at)
    return Response(status, code, _text(at))


def greeting(at: Scanner) -> Greeting:
    """Greeting = "+OK" [resp-code] *gchar [timestamp] *gchar CRLF (RFC 2449 section 3)."""
    response = single_line(at)
    found = _TIMESTAMP.search(response.text)
    stray = response.text.replace(found[0], b"", 1) if found else response.text
    if b"<" in stray:
        at.note("gchar", "no '<' outside one timestamp", 0, at.end)
    return Greeting(response, found[0] if found else b"")


def _number(at: Scanner, rule: str) -> int:
    digits = at.take(_NUMBER, rule, "decimal digits")
    return int(digits[:40] or b"0")


def _two_numbers(at: Scanner) -> Listing:
    first = _number(at, "number")
    at.expect(b" ", "SP")
    second = _number(at, "number")
    if at.at < at.end and not at.raw.startswith(b" ", at.at):
        at.note("number", "decimal digits only")
    return Listing(first, second, at.rest())


def drop_listing(at: Scanner) -> Listing:
    """Drop listing of STAT: "+OK" SP messages SP octets (RFC 1939 section 5)."""
    at.expect(b"+OK", "status")
    at.expect(b" ", "SP")
    return _two_numbers(at)


def scan_listing(at: Scanner) -> Listing:
    """Scan listing: message-number SP octets (RFC 1939 section 5, LIST)."""
    return _two_numbers(at)


def scan_listing_reply(at: Scanner) -> Listing:
    """Answer to LIST with an argument: "+OK" SP scan listing (RFC 1939 section 5)."""
    return drop_listing(at)


def unique_id_listing(at: Scanner) -> UniqueId:
    """Unique-id listing: message-number SP unique-id of 1 to 70 visible characters (RFC 1939 section 7)."""
    number = _number(at, "number")
    at.expect(b" ", "SP")
    start = at.at
    unique_id = at.take(_UNIQUE_ID, "unique-id", "1 to 70 characters in 0x21 to 0x7E")
    if len(unique_id) > 70:
        at.note("unique-id", "at most 70 characters", start)
    at.finish("unique-id", "nothing behind the unique-id")
    return UniqueId(number, unique_id)


def unique_id_reply(at: Scanner) -> UniqueId:
    """Answer to UIDL with an argument: "+OK" SP unique-id listing (RFC 1939 section 7)."""
    at.expect(b"+OK", "status")
    at.expect(b" ", "SP")
    return unique_id_listing(at)


def capability(at: Scanner) -> Capability:
    """Capability = capa-tag *(SP param) CRLF, 512 octets at most (RFC 2449 section 3)."""
    if len(at.raw) > STATUS_LINE_LIMIT:
        at.note("capability", "at most 512 octets", STATUS_LINE_LIMIT)
    tag = at.take(_CAPA_TAG, "capa-tag", "printable US-ASCII without '.'")
    params = []
    while at.maybe(b" "):
        params.append(at.take(_PARAM, "param", "a visible character behind the space"))
    at.finish("capability", "SP param or CRLF")
    return Capability(tag, tuple(params))


def continue_req(at: Scanner) -> bytes | None:
    """continue-req = "+" SP [base64] CRLF (RFC 5034 section 5); None if the base64 cannot be decoded."""
    at.expect(b"+", "continue-req")
    at.expect(b" ", "continue-req")
    start = at.at
    try:
        return base64.b64decode(at.rest(), validate=True)
    except (binascii.Error, ValueError):
        at.note("base64", "base64 and nothing else", start)
        return None


MESSAGES = {b"RETR", b"TOP"}
MULTI_LINE = {b"CAPA": 0, b"RETR": 9, b"TOP": 9, b"LIST": 0, b"UIDL": 0}


def expects_lines(command: bytes) -> bool:
    """Whether a positive answer to this command line is a multi-line one (RFC 1939 section 5, RFC 2449 section 5)."""
    words = command.split()
    return bool(words) and len(words) - 1 <= MULTI_LINE.get(words[0].upper(), -1)


@dataclass(frozen=True, slots=True)
class Command:
    """One client line; `sasl` says that it answers a challenge instead of being a command."""

    raw: bytes
    start: int
    sasl: bool = False

    @property
    def verb(self) -> bytes:
        """The keyword in upper case; empty for the answer to a challenge."""
        words = b"" if self.sasl else self.raw.strip(b"\r\n")
        return words.partition(b" ")[0].upper()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status line, the body of a multi-line one, and the command it belongs to (None: the greeting).

    An unsolicited reply is a line that no command asked for.
    """

    command: Command | None
    line: Message
    body: Message | None = None
    unsolicited: bool = False

    @property
    def raw(self) -> bytes:
        return self.line.raw + (bytes(self.body.raw) if self.body else b"")

    @property
    def asked(self) -> bytes:
        """The command line without its end; empty for the greeting and for what nobody asked for."""
        return self.command.raw.rstrip(b"\r\n") if self.command else b""

    @property
    def final(self) -> bool:
        """Whether it completes its command: each reply does (RFC 1939 section 3)."""
        return True

    @property
    def tag(self) -> bytes:
        """Commands have no tags."""
        return b""

    def rewritten(self, pattern: bytes, new: bytes) -> bytes:
        """Return the reply with a pattern replaced in its status line and in its unstuffed body."""
        line = re.sub(pattern, new, self.line.raw.rstrip(b"\r\n"), flags=re.MULTILINE) + b"\r\n"
        if self.body is None:
            return line
        text = framing.unstuff(self.body.raw)
        changed = re.sub(pattern, new, text, flags=re.MULTILINE)
        if (line, changed) == (self.line.raw, text):
            return self.raw
        ended = changed if not changed or changed.endswith(b"\r\n") else changed + b"\r\n"
        return line + framing.stuff(ended)


class Dialogue:
    """Pairs client lines with server replies (RFC 1939 section 3), for sessions, audits and faults alike.

    Feed both sides in the order in which they were seen; `next()` gives a Reply, Overlong, or None while more is needed.
    """

    def __init__(self) -> None:
        self._inbox = Inbox()
        self._outbox = Inbox()
        self._asked: deque[tuple[Command, bool]] = deque()
        self._greeted = False
        self._exchange = False
        self._line: Message | None = None

    @property
    def waiting(self) -> int:
        """Number of commands that have no complete reply yet (the greeting counts as one)."""
        return len(self._asked) + (not self._greeted)

    @property
    def partial(self) -> bytes:
        """Octets of the server that do not yet make a complete reply."""
        return (self._line.raw if self._line else b"") + bytes(self._inbox.octets)

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Cut what the client sends into lines; note() each before asking for the next."""
        self._outbox.feed(data)
        while isinstance(message := framing.line(self._outbox), Message):
            yield Piece(message.raw, message.start)

    def note(self, piece: Piece, told: bytes | None = None, *, lines: bool | None = None) -> None:
        """Take a line as sent; `lines` overrules whether a positive answer is multi-line.

        `told` is what the server heard instead, and answers.
        """
        command = Command(piece.raw, piece.start, self._exchange)
        multi = not self._exchange and (expects_lines(told or piece.raw) if lines is None else lines)
        self._exchange = False
        self._asked.append((command, multi))

    def sent(self, data: bytes, *, lines: bool | None = None) -> None:
        """Note what the client sent."""
        for piece in self.pieces(data):
            self.note(piece, lines=lines)

    def received(self, data: bytes) -> None:
        """Note what the server sent."""
        self._inbox.feed(data)

    def forget(self) -> None:
        """Drop server octets that are not framed yet: what came in clear before TLS is void (RFC 2595 section 2)."""
        self._inbox.cut(len(self._inbox.octets))
        self._line = None

    def next(self) -> Reply | Overlong | None:
        """Return the next complete reply."""
        line = self._line or framing.line(self._inbox)
        if not isinstance(line, Message):
            return line
        self._line = line
        if not (self._greeted and self._asked and self._asked[0][1] and line.raw[:3].upper() == b"+OK"):
            self._line = None
            return self._reply(line, None)
        limit = framing.BODY_LIMIT if self._asked[0][0].verb in MESSAGES else framing.LISTING_LIMIT
        body = framing.dot_terminated(self._inbox, bare_lf=not line.raw.endswith(b"\r\n"), limit=limit)
        if not isinstance(body, Message):
            return body
        self._line = None
        return self._reply(line, body)

    def _reply(self, line: Message, body: Message | None) -> Reply:
        if not self._greeted:
            self._greeted = True
            return Reply(None, line)
        if not self._asked:
            return Reply(None, line, unsolicited=True)
        command, _ = self._asked.popleft()
        asks = line.raw.startswith(b"+") and line.raw[:3].upper() != b"+OK"
        self._exchange = asks and (command.sasl or command.verb == b"AUTH")
        return Reply(command, line, body)


def read_line(reply: Reply) -> Parsed[Response]:
    """Read a reply's status line, its length limit of 512 octets included (RFC 1939 section 3)."""
    parsed = parse(reply.line, single_line)
    if len(reply.line.raw) <= STATUS_LINE_LIMIT:
        return parsed
    long = Violation("line-limit", STATUS_LINE_LIMIT, len(reply.line.raw), "at most 512 octets", b"")
    return Parsed(parsed.message, parsed.value, (*parsed.violations, long))


def body_lines(reply: Reply) -> list[Message]:
    """Return the lines of a multi-line reply with their offsets, stuffing as sent, terminator left out."""
    if reply.body is None:
        return []
    messages, start = [], reply.body.start
    for line in framing.lines_of(reply.body.raw):
        messages.append(Message(line, start))
        start += len(line)
    return messages
