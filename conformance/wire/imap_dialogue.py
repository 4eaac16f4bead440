"""Who says what in an IMAP conversation: the pairing of client commands and server responses (RFC 3501 section 2.2).

A tag ties the completion to its command; an untagged response belongs to the oldest command that is not complete. What
the client sends behind a command line (literals, DONE, SASL responses) is part of that command. One pairing serves
sessions, audits and faults, so there is one opinion on where a command ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from conformance.wire import framing, imap_grammar
from conformance.wire.framing import Inbox, Overlong
from conformance.wire.imap_values import Response
from conformance.wire.scanner import Message, Parsed

KEPT_OCTETS = 4096
CONVERSES = (b"IDLE", b"AUTHENTICATE")
STATUSES = (b"OK", b"NO", b"BAD")
_UID = re.compile(rb"UID +(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command as sent so far: its octets (of large literals the beginning), and where the first of them stood."""

    raw: bytes
    start: int
    tag: bytes

    @property
    def text(self) -> bytes:
        """The command without tag and final line end."""
        return self.raw[len(self.tag) :].lstrip(b" ").removesuffix(b"\n").removesuffix(b"\r")

    @property
    def verb(self) -> bytes:
        """The keyword in upper case; that of a UID command has two words."""
        text = self.text
        uid = _UID.match(text)
        return b"UID " + uid[1].upper() if uid else text.partition(b" ")[0].strip().upper()


@dataclass(frozen=True)
class Reply:
    """One response: its octets, the command it belongs to (None: nothing was in progress), and whether it completes it.

    `stray` says that its tag belongs to no command in progress; `greeting` that it is the first response of all.
    """

    message: Message
    command: Command | None
    tag: bytes
    final: bool = False
    greeting: bool = False
    stray: bool = False

    @property
    def raw(self) -> bytes:
        return self.message.raw

    @property
    def asked(self) -> bytes:
        """The command without its tag; empty for the greeting and for what nobody asked for."""
        return self.command.text if self.command else b""

    @cached_property
    def words(self) -> tuple[bytes, ...]:
        """The first three words in upper case, the tag among them."""
        return tuple(word.upper() for word in self.message.raw[:200].split(None, 3)[:3])

    @cached_property
    def parsed(self) -> Parsed[Response]:
        """What the grammar makes of it."""
        return imap_grammar.read(self.message)

    @property
    def status(self) -> bytes:
        """OK, NO or BAD of a completion, empty for anything else."""
        return self.words[1] if self.final and len(self.words) > 1 and self.words[1] in STATUSES else b""

    def rewritten(self, pattern: bytes, new: bytes) -> bytes:
        """Return the response with a pattern replaced in its text and in its literals, whose sizes are counted again."""
        parts = split_literals(self.message.raw)
        changed = [re.sub(pattern, new, part, flags=re.MULTILINE) for part in parts]
        return join_literals(parts, changed, self.message.raw)


def split_literals(raw: bytes) -> list[bytes]:
    """Split a message into text, literal, text, literal, ... text; announcements of literals are left out."""
    parts: list[bytes] = []
    at = 0
    while (place := raw.find(b"\n", at)) >= 0:
        size = framing.literal_size(raw[at : place + 1])
        if size is None or place + 1 == len(raw):
            break
        parts += [raw[at : raw.rindex(b"{", at, place)], raw[place + 1 : place + 1 + size]]
        at = place + 1 + size
    tail = raw[at:]
    return [*parts, tail.removesuffix(b"\n").removesuffix(b"\r")]


def join_literals(old: list[bytes], new: list[bytes], raw: bytes) -> bytes:
    """Put the parts of split_literals() together again, each literal announced with its size."""
    if old == new:
        return raw
    texts, literals = new[::2], new[1::2]
    announced = (text + b"{%d}\r\n" % len(literal) + literal for text, literal in zip(texts, literals, strict=False))
    return b"".join(announced) + texts[-1] + b"\r\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of what a client sends: the line that begins a command, a line that goes on with one, or literal octets."""

    raw: bytes
    begins: bool
    is_line: bool
    start: int = 0

    @property
    def tag(self) -> bytes:
        """The tag and the space behind it, which a lie about the command leaves alone."""
        return self.raw[: self.raw.find(b" ") + 1] if self.begins else b""

    @property
    def line(self) -> bytes:
        """The line without its tag."""
        return self.raw[len(self.tag) :]


@dataclass
class Dialogue:
    """Pairs client octets with server responses, for sessions, audits and faults alike.

    Feed both sides in the order in which they were seen; `next()` gives a Reply, Overlong, or None while more is needed.
    A conversation that is taken up again (`greeted`) has had its greeting before.
    """

    greeted: bool = False
    _inbox: Inbox = field(default_factory=Inbox)
    _outbox: Inbox = field(default_factory=Inbox)
    _asked: list[Command] = field(default_factory=list)
    _literal: int = 0
    _composing: bytes = b""

    @property
    def waiting(self) -> int:
        """Number of commands that are not complete (the greeting counts as one)."""
        return len(self._asked) + (not self.greeted)

    @property
    def in_progress(self) -> tuple[Command, ...]:
        """The commands that are not complete, oldest first."""
        return tuple(self._asked)

    @property
    def partial(self) -> bytes:
        """Octets of the server that do not yet make a complete response."""
        return bytes(self._inbox.octets)

    def begin_at_client(self, offset: int) -> None:
        """Count the offsets of the client's octets from here, unless some are not framed yet."""
        if not self._outbox.octets:
            self._outbox.start = offset

    def begin_at_server(self, offset: int) -> None:
        """Count the offsets of the server's octets from here, unless some are not framed yet."""
        if not self._inbox.octets:
            self._inbox.start = offset

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Cut what the client sends into lines and literals; note() each before asking for the next."""
        self._outbox.feed(data)
        while self._outbox.octets:
            start = self._outbox.start
            if self._literal and self._is_open(self._composing):
                taken = self._outbox.cut(min(self._literal, len(self._outbox.octets)))
                self._literal -= len(taken.raw)
                yield Piece(bytes(taken.raw), begins=False, is_line=False, start=start)
                continue
            self._literal = 0
            line = framing.line(self._outbox, framing.RESPONSE_LIMIT)
            if not isinstance(line, Message):
                return
            goes_on = self._is_open(self._composing) or self._converses()
            yield Piece(bytes(line.raw), begins=not goes_on, is_line=True, start=start)

    def _is_open(self, tag: bytes) -> bool:
        return bool(tag) and any(command.tag == tag for command in self._asked)

    def _converses(self) -> bool:
        return bool(self._asked) and self._asked[-1].verb in CONVERSES

    def note(self, piece: Piece, told: bytes | None = None) -> None:
        """Take a piece as sent; what the server was told instead bears the same tag, so it makes no difference here."""
        if piece.begins:
            self._asked.append(
                Command(piece.raw, piece.start, piece.raw.split(None, 1)[0] if piece.raw.strip() else b"")
            )
        elif self._asked:
            last = self._asked[-1]
            if len(last.raw) < KEPT_OCTETS:
                self._asked[-1] = replace(last, raw=last.raw + piece.raw[:KEPT_OCTETS])
        if piece.is_line:
            self._literal = framing.literal_size(piece.raw) or 0
            announces = framing.literal_size(piece.raw) is not None
            self._composing = self._asked[-1].tag if announces and self._asked else b""

    def sent(self, data: bytes) -> None:
        """Note what the client sent."""
        for piece in self.pieces(data):
            self.note(piece)

    def received(self, data: bytes) -> None:
        """Note what the server sent."""
        self._inbox.feed(data)

    def forget(self) -> None:
        """Drop server octets that are not framed yet: what came in clear before TLS is void (RFC 3501 section 6.2.1)."""
        self._inbox.cut(len(self._inbox.octets))

    def next(self) -> Reply | Overlong | None:
        """Return the next complete response."""
        message = framing.response(self._inbox)
        return self._reply(message) if isinstance(message, Message) else message

    def _reply(self, message: Message) -> Reply:
        message = Message(bytes(message.raw), message.start)  # a large one comes in the framer's own buffer
        tag = message.raw[:KEPT_OCTETS].split(None, 1)[0] if message.raw[:KEPT_OCTETS].strip() else b""
        if not self.greeted:
            self.greeted = True
            return Reply(message, None, tag, final=True, greeting=True)
        done = next((command for command in self._asked if command.tag == tag), None)
        if done is not None:
            self._asked.remove(done)
            return Reply(message, done, tag, final=True)
        oldest = self._asked[0] if self._asked else None
        if oldest is not None and not oldest.tag and tag == b"*" and b" BAD" in message.raw[:8].upper():
            return Reply(message, self._asked.pop(0), tag, final=True)  # a line without a tag can be answered so alone
        return Reply(message, oldest, tag, stray=tag not in (b"*", b"+"))
