"""Framing: cuts a stream of octets into messages, whatever they hold.

A framer looks at an Inbox and returns the next message once it is complete, None before. It finds boundaries only;
grammar comes after, so one malformed message never loses the next. Every boundary has a limit: a peer that never ends
a line is answered with Overlong, not with our memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.wire.scanner import Message

LINE_LIMIT = 1 << 16
BODY_LIMIT = 1 << 27
LISTING_LIMIT = 1 << 24


@dataclass(frozen=True, slots=True)
class Overlong:
    """A message that passed its limit (octets) without an end; the stream cannot be read any further."""

    limit: int
    start: int
    head: bytes


class Inbox:
    """Octets that have come and are not yet framed; start is the offset of the first of them."""

    __slots__ = ("literal_end", "octets", "scanned", "start")

    def __init__(self) -> None:
        self.octets = bytearray()
        self.start = 0
        self.scanned = 0
        self.literal_end = 0

    def feed(self, data: bytes) -> None:
        self.octets += data

    def all(self) -> Message:
        """Take everything away as one message."""
        message = Message(bytes(self.octets), self.start)
        self.start += len(message.raw)
        self.octets.clear()
        self.scanned = self.literal_end = 0
        return message

    def cut(self, size: int) -> Message:
        """Take the first octets away as a message."""
        raw = bytes(self.octets[:size]) if size < LINE_LIMIT else self._hand_over(size)
        if isinstance(raw, bytes):
            del self.octets[:size]
        message = Message(raw, self.start)
        self.start += size
        self.scanned = self.literal_end = 0
        return message

    def _hand_over(self, size: int) -> bytes:
        """Give the buffer itself away and keep its tail: a large message stands in memory once."""
        whole, self.octets = self.octets, self.octets[size:]
        del whole[size:]
        return whole  # type: ignore[return-value]  # a bytearray that nobody else holds

    def over(self, limit: int) -> Overlong | None:
        return Overlong(limit, self.start, bytes(self.octets[:200])) if len(self.octets) > limit else None


def line(inbox: Inbox, limit: int = LINE_LIMIT) -> Message | Overlong | None:
    """Cut at LF: one line with its line end, right or not."""
    if not inbox.octets:
        return None
    place = inbox.octets.find(b"\n", inbox.scanned)
    if place == len(inbox.octets) - 1 and 0 <= place < limit:  # the usual case: one line, and nothing behind it
        return inbox.all()
    if 0 <= place < limit:
        return inbox.cut(place + 1)
    inbox.scanned = len(inbox.octets)
    return inbox.over(limit)


def dot_terminated(inbox: Inbox, *, bare_lf: bool = False, limit: int = BODY_LIMIT) -> Message | Overlong | None:
    """Cut after a line that holds only a dot (RFC 1939 section 3): the lines with their stuffing, and that line.

    bare_lf says that this peer ends its lines with LF alone, and its terminator is sought so.
    """
    end = b".\n" if bare_lf else b".\r\n"
    mark = b"\n.\n" if bare_lf else b"\r\n.\r\n"
    if inbox.octets.startswith(end):
        return inbox.cut(len(end))
    place = inbox.octets.find(mark, max(0, inbox.scanned - len(mark)))
    if 0 <= place <= limit - len(mark):
        return inbox.cut(place + len(mark))
    inbox.scanned = len(inbox.octets)
    return inbox.over(limit)


def lines_of(body: bytes) -> list[bytes]:
    """Split a dot-terminated body into its lines, line ends kept, terminator left out."""
    lines = bytes(body).split(b"\n")
    tail = lines.pop()
    whole = [part + b"\n" for part in lines]
    if whole and whole[-1] in (b".\r\n", b".\n"):
        whole.pop()
    return whole + ([tail] if tail else [])


def unstuff(body: bytes) -> bytes:
    """Remove the terminator line and one dot of each line that begins with a dot (RFC 1939 section 3).

    A line begins after CRLF; after LF only for a peer that ends its lines with LF alone.
    """
    newline = b"\r\n" if body.endswith(b".\r\n") else b"\n"
    text = bytes(memoryview(body)[: len(body) - 1 - len(newline)])
    return text[text.startswith(b".") :].replace(newline + b".", newline)


def stuff(text: bytes) -> bytes:
    """Double a dot that begins a line and append the terminator line (RFC 1939 section 3)."""
    stuffed = text.replace(b"\r\n.", b"\r\n..")
    return b"." * stuffed.startswith(b".") + stuffed + b".\r\n"


_LITERAL = re.compile(rb"~?\{([0-9]{1,19})\+?\}\r?\n\Z")
_STATUS = re.compile(rb"\+ ?|[^ \r\n]{1,1000} (?:OK|NO|BAD|BYE|PREAUTH)\b ?", re.IGNORECASE)
RESPONSE_LIMIT = 1 << 24


def literal_size(line: bytes | bytearray) -> int | None:
    """Return the octets that the literal announced at the end of a line will have, None if it announces none (RFC 3501 section 4.3)."""
    found = _LITERAL.search(line[-32:])
    return int(found[1]) if found else None


def response(inbox: Inbox, limit: int = BODY_LIMIT) -> Message | Overlong | None:
    """Cut one IMAP response: a line with its literals in place (RFC 3501 sections 2.2 and 4.3).

    The text of a status response is no place for a literal: only its response code may hold one.
    """
    while True:
        place = inbox.octets.find(b"\n", inbox.scanned)
        if place < 0:
            inbox.scanned = max(inbox.scanned, len(inbox.octets))
            return inbox.over(limit) or (inbox.over(RESPONSE_LIMIT) if not inbox.literal_end else None)
        head = inbox.octets[max(inbox.literal_end, place - 32) : place + 1]
        size = literal_size(head)
        if size is None or _is_text(inbox.octets, place):
            inbox.literal_end = 0
            return inbox.cut(place + 1)
        if place + 1 + size > limit:
            return Overlong(limit, inbox.start, bytes(inbox.octets[:200]))
        inbox.scanned = inbox.literal_end = place + 1 + size
        if len(inbox.octets) < inbox.scanned:
            return None


def _is_text(octets: bytearray, place: int) -> bool:
    """Whether what ends at this place is the text of a status response or of a continuation request."""
    status = _STATUS.match(octets)
    if status is None:
        return False
    in_code = octets.startswith(b"[", status.end()) and octets.find(b"]", status.end(), place) < 0
    return not in_code


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of a client, or octets that are none; see imap_dialogue.Piece, whose commands have tags and literals."""

    raw: bytes
    start: int
    tag: bytes = b""
    is_line: bool = True

    @property
    def line(self) -> bytes:
        return self.raw
