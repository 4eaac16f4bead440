"""SMTP and LMTP on the wire: one function per rule of RFC 5321 section 4, and the pairing of commands with replies.

Readers hold no role: sessions, audits, faults, the sink and test peers use the same ones.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.wire import framing
from conformance.wire.framing import Inbox, Overlong
from conformance.wire.scanner import Message, Parsed, Scanner, parse

REPLY_LINE_LIMIT = 512
"""Octets of a reply line with its code and CRLF (RFC 5321 section 4.5.3.1.5)."""
COMMAND_LIMIT = 512
"""Octets of a command line with CRLF that every server takes (RFC 5321 section 4.5.3.1.4)."""
REPLY_LIMIT = 1 << 20

_CODE = re.compile(rb"[2-5][0-5][0-9]")
_ANY_CODE = re.compile(rb"[0-9]{3}")
_KEYWORD = re.compile(rb"[A-Za-z0-9][A-Za-z0-9-]*")
_PARAM = re.compile(rb"[\x21-\x7e]+")
_NOT_TEXT = re.compile(rb"[^\x09\x20-\x7e]")
_ENHANCED = re.compile(rb"([245])\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})(?= |\Z)")
_DOMAIN = re.compile(rb"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_ADDRESS_LITERAL = re.compile(rb"\[[^\[\]\\\x00-\x20\x7f-\xff]+\]")


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One line of a reply: code, what stands behind it (b"-", b" " or nothing), and the text."""

    code: bytes
    separator: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class Keyword:
    """One ehlo-line: keyword as sent, and its parameters (RFC 5321 section 4.1.1.1)."""

    name: bytes
    params: tuple[bytes, ...]


def reply_line(at: Scanner) -> ReplyLine:
    """Read one line of Reply-line: Reply-code, "-" or [SP textstring] (RFC 5321 section 4.2)."""
    code = at.take_maybe(_CODE)
    if not code:
        at.note("Reply-code", "three digits, 2-5 0-5 0-9", at.at, min(at.end, at.at + 3))
        code = at.take_maybe(_ANY_CODE)
    separator = b"-" if at.maybe(b"-") else b" " if at.maybe(b" ") else b""
    if not separator and at.at < at.end:
        at.note("SP", "a space or '-' behind the code")
    text = at.rest()
    bad = _NOT_TEXT.search(text)
    if bad:
        start = at.end - len(text)
        at.note("textstring", "HT, SP and printable US-ASCII", start + bad.start(), start + bad.end())
    return ReplyLine(code, separator, text)


def greeting(at: Scanner) -> bytes:
    """Greeting: "220" SP (Domain / address-literal) [SP textstring] (RFC 5321 section 4.2); returns the name."""
    at.expect(b"220", "Reply-code")
    if not (at.maybe(b" ") or at.maybe(b"-")):
        at.note("SP", "a space or '-' behind the code")
    return _name(at)


def ehlo_greeting(at: Scanner) -> bytes:
    """First line of ehlo-ok-rsp: "250" ("-" / SP) Domain [SP ehlo-greet] (RFC 5321 section 4.1.1.1); returns the name."""
    at.expect(b"250", "Reply-code")
    if not (at.maybe(b" ") or at.maybe(b"-")):
        at.note("SP", "a space or '-' behind the code")
    return _name(at)


def _name(at: Scanner) -> bytes:
    literal = at.take_maybe(_ADDRESS_LITERAL)
    name = literal or at.take(_DOMAIN, "Domain", "a domain or an address literal")
    if at.at < at.end:
        at.expect(b" ", "SP")
    at.rest()
    return name


def ehlo_line(at: Scanner) -> Keyword:
    """ehlo-line = ehlo-keyword *(SP ehlo-param), behind "250" and "-" or SP (RFC 5321 section 4.1.1.1)."""
    at.expect(b"250", "Reply-code")
    if not (at.maybe(b"-") or at.maybe(b" ")):
        at.note("SP", "a space or '-' behind the code")
    name = at.take(_KEYWORD, "ehlo-keyword", "letters, digits and '-', a letter or digit first")
    params = []
    while at.maybe(b" "):
        params.append(at.take(_PARAM, "ehlo-param", "a visible character behind each space"))
    at.finish("ehlo-line", "SP ehlo-param or CRLF")
    return Keyword(name, tuple(params))


def enhanced_of(text: bytes) -> bytes:
    """Return the status-code that begins a reply's text, empty without one (RFC 2034 section 4, RFC 3463 section 2)."""
    found = _ENHANCED.match(text)
    return found[0] if found else b""


def stuff(text: bytes) -> bytes:
    """Double each dot that begins a line and append the end of mail data (RFC 5321 section 4.5.2).

    What does not end in CRLF gets one, since the end of data begins a line.
    """
    ended = text if text.endswith(b"\r\n") or not text else text + b"\r\n"
    return framing.stuff(ended)


# The pairing.


@dataclass(frozen=True, slots=True)
class Command:
    """What a client said that is answered: a command line, a response to 334, or the end of the mail data."""

    raw: bytes
    start: int
    sasl: bool = False

    @property
    def verb(self) -> bytes:
        """The keyword in upper case; empty for the response to a challenge, "." for the end of the mail data."""
        return b"" if self.sasl else verb_of(self.raw)

    @property
    def is_last_chunk(self) -> bool:
        """Whether this is BDAT with LAST (RFC 3030 section 2)."""
        return self.verb == b"BDAT" and self.raw.upper().split()[2:] == [b"LAST"]

    @property
    def tag(self) -> bytes:
        """Commands have no tags."""
        return b""


def verb_of(line: bytes) -> bytes:
    """Return the first word of a command line in upper case; blanks end it, also where they end the line."""
    return line.strip(b"\r\n").replace(b"\t", b" ").partition(b" ")[0].upper()


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, its lines in order, and what it answers (None: the greeting). Unsolicited: nothing asked for it."""

    command: Command | None
    lines: tuple[Message, ...]
    unsolicited: bool = False

    @property
    def raw(self) -> bytes:
        return b"".join(line.raw for line in self.lines)

    @property
    def start(self) -> int:
        return self.lines[0].start

    @property
    def code(self) -> int:
        """The code of the last line as a number, 0 if it has none."""
        digits = self.lines[-1].raw[:3]
        return int(digits) if _ANY_CODE.fullmatch(digits) else 0

    @property
    def asked(self) -> bytes:
        """The command line without its end; empty for the greeting and for what nobody asked for; "." for the mail data."""
        return self.command.raw.rstrip(b"\r\n") if self.command else b""

    @property
    def final(self) -> bool:
        """Whether it completes its command: each reply does (RFC 5321 section 4.1.1)."""
        return True

    @property
    def tag(self) -> bytes:
        """Commands have no tags."""
        return b""

    def rewritten(self, pattern: bytes, new: bytes) -> bytes:
        """Return the reply with a pattern replaced in each of its lines (^ and $ are a line's)."""
        return b"".join(re.sub(pattern, new, line.raw.rstrip(b"\r\n")) + b"\r\n" for line in self.lines)


def read_lines(reply: Reply) -> list[Parsed[ReplyLine]]:
    """Read each line of a reply."""
    return [parse(line, reply_line) for line in reply.lines]


def read_keywords(reply: Reply) -> list[Parsed[Keyword]]:
    """Read the ehlo-lines of a positive answer to EHLO or LHLO: all lines but the first."""
    return [parse(line, ehlo_line) for line in reply.lines[1:]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A client line, or octets of mail data (is_line False), as they are to be passed on."""

    raw: bytes
    start: int
    tag: bytes = b""
    is_line: bool = True
    ends: bool = False
    """Whether the mail data ends here."""

    @property
    def line(self) -> bytes:
        return self.raw


@dataclass(slots=True)
class _Content:
    """Mail data on its way: octets of a chunk that are still to come, or the last octets before the end of data."""

    left: int | None = None
    tail: bytes = b"\r\n"  # the CRLF of the DATA line may begin the end of data (RFC 5321 section 4.1.1.4)
    agreed: bool = False  # whether 354 has come
    ahead: Inbox = field(default_factory=Inbox)  # what was sent before that: commands, should DATA be refused


@dataclass(slots=True)
class Dialogue:
    """Pairs what a client says with the replies (RFC 5321 section 4.1.1), for sessions, audits, faults and the sink alike.

    Feed both sides in the order in which they were seen; `next()` gives a Reply, Overlong, or None while more is needed.
    In LMTP the end of the mail data and the last chunk are answered once for each recipient that was accepted (RFC 2033
    sections 4.2 and 4.3), and not at all if there is none.
    """

    lmtp: bool = False
    accepted: int = 0
    """Recipients accepted in this transaction."""
    _inbox: Inbox = field(default_factory=Inbox)
    _outbox: Inbox = field(default_factory=Inbox)
    _asked: deque[Command] = field(default_factory=deque)
    _greeted: bool = False
    _exchange: bool = False
    _content: _Content | None = None
    _lines: list[Message] = field(default_factory=list)
    _size: int = 0

    @property
    def waiting(self) -> int:
        """Number of replies that are still owed (the greeting counts as one)."""
        owed = sum(map(self._owed, self._asked)) if self.lmtp else len(self._asked)
        return owed + (not self._greeted)

    def _owed(self, command: Command) -> int:
        return self.accepted if self.lmtp and command.is_last_chunk else 1

    @property
    def partial(self) -> bytes:
        """Octets of the server that do not yet make a complete reply."""
        return b"".join(line.raw for line in self._lines) + bytes(self._inbox.octets)

    @property
    def unfinished(self) -> bool:
        """Whether the client is in the middle of a line or of mail data, so that no reply is owed to it yet."""
        return bool(self._outbox.octets) or self._content is not None

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Cut what the client sends into lines and mail data; note() each before asking for the next."""
        self._outbox.feed(data)
        while self._outbox.octets:
            if self._content is not None:
                yield self._mail_data(self._content)
                continue
            line = framing.line(self._outbox)
            if not isinstance(line, Message):
                return
            yield Piece(line.raw, line.start)

    def _mail_data(self, content: _Content) -> Piece:
        octets = self._outbox.octets
        if content.left is not None:
            taken = self._outbox.cut(min(content.left, len(octets)))
            content.left -= len(taken.raw)
            if not content.left:
                self._content = None
            return Piece(taken.raw, taken.start, is_line=False)
        seen = content.tail + bytes(octets)
        place = seen.find(b"\r\n.\r\n")
        size = len(octets) if place < 0 else place + 5 - len(content.tail)
        content.tail = seen[-4:]
        taken = self._outbox.cut(size)
        return Piece(taken.raw, taken.start, is_line=False, ends=place >= 0)

    def note(self, piece: Piece, told: bytes | None = None) -> None:
        """Take a piece as sent; `told` is what the server heard instead, and answers."""
        if piece.is_line:
            command = Command(piece.raw, piece.start, self._exchange)
            self._exchange = False
            self._asked.append(command)
            if not command.sasl:
                self._begin_content(told or piece.raw)
        elif not piece.ends:
            self._keep(piece)
        else:
            self._content = None
            end = Command(b".\r\n", piece.start + len(piece.raw) - 3)
            self._asked.extend([end] * (self.accepted if self.lmtp else 1))
            self.accepted = 0

    def _keep(self, piece: Piece) -> None:
        content = self._content
        if content is None or content.left is not None or content.agreed:
            return
        if not content.ahead.octets:
            content.ahead.start = piece.start
        content.ahead.feed(piece.raw)

    def _begin_content(self, line: bytes) -> None:
        """What follows DATA is mail data unless DATA is refused; BDAT says how much follows (RFC 3030 section 2)."""
        verb, words = verb_of(line), line.split()
        if verb == b"DATA" and len(words) == 1:
            self._content = _Content()
        elif verb == b"BDAT" and len(words) in (2, 3) and words[1].isdigit() and len(words[1]) < 20:
            size = int(words[1])
            self._content = _Content(left=size) if size else None

    def sent(self, data: bytes) -> None:
        """Note what the client sent."""
        for piece in self.pieces(data):
            self.note(piece)

    def received(self, data: bytes) -> None:
        """Note what the server sent."""
        self._inbox.feed(data)

    def forget(self) -> None:
        """Drop server octets that are not framed yet: what came in clear before TLS is void (RFC 3207 section 4.2)."""
        self._inbox.cut(len(self._inbox.octets))
        self._lines.clear()
        self._size = 0

    def begin_tls(self) -> None:
        """Forget what was said in clear, on both sides: it is not answered under TLS (RFC 3207 section 4.2)."""
        self.forget()
        self._outbox.cut(len(self._outbox.octets))
        self._asked.clear()
        self._exchange, self._content, self.accepted = False, None, 0

    def next(self) -> Reply | Overlong | None:
        """Return the next complete reply: lines up to the first whose code is not followed by "-"."""
        while True:
            line = framing.line(self._inbox)
            if not isinstance(line, Message):
                return line
            self._lines.append(line)
            self._size += len(line.raw)
            if self._size > REPLY_LIMIT:
                return Overlong(REPLY_LIMIT, self._lines[0].start, self._lines[0].raw[:200])
            if not (line.raw[3:4] == b"-" and _ANY_CODE.match(line.raw)):
                lines, self._lines, self._size = tuple(self._lines), [], 0
                return self._reply(lines)

    def _reply(self, lines: tuple[Message, ...]) -> Reply:
        if not self._greeted:
            self._greeted = True
            return Reply(None, lines)
        while self._asked and not self._owed(self._asked[0]):
            self._asked.popleft()
        if not self._asked:
            return Reply(None, lines, unsolicited=True)
        reply = Reply(self._asked.popleft(), lines)
        self._follow(reply)
        return reply

    def _follow(self, reply: Reply) -> None:
        """Keep what later octets depend on: mail data after 354, a response after 334, accepted recipients."""
        command = reply.command
        verb = command.verb if command else b""
        if reply.code == 334 and command and (command.sasl or verb == b"AUTH"):
            self._exchange = True
        elif verb == b"DATA" and self._content and self._content.left is None:
            self._decide(self._content, agreed=reply.code == 354)
        elif verb == b"RCPT" and reply.code // 100 == 2:
            self.accepted += 1
        elif verb in (b"MAIL", b"RSET", b"HELO", b"EHLO", b"LHLO") and reply.code // 100 == 2:
            self.accepted = 0
        elif self.lmtp and command and command.is_last_chunk:
            self.accepted = 0 if reply.code in (500, 502) else self.accepted - 1
            if self.accepted:
                self._asked.appendleft(command)

    def _decide(self, content: _Content, *, agreed: bool) -> None:
        """Read what was sent ahead of the reply to DATA: mail data if it is 354, else commands (RFC 2920 section 3.2)."""
        if agreed:
            content.agreed, content.ahead = True, Inbox()
            return
        self._content = None
        while isinstance(line := framing.line(content.ahead), Message):
            self.note(Piece(line.raw, line.start))


def lmtp_dialogue() -> Dialogue:
    """Return a dialogue in LMTP."""
    return Dialogue(lmtp=True)
