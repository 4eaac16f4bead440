"""Follows an SMTP or LMTP conversation for the audits.

A reply belongs to a command by its place alone (RFC 5321 section 4.1.1). Where a client stays without an answer, talks
ahead of TLS, of 354 or of a challenge, or sends what a server may take for another number of commands, nobody can tell
which reply belongs to what, and the rest of that connection is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from conformance.discovery import Profile
from conformance.transcript import Event
from conformance.wire import smtp
from conformance.wire.scanner import Parsed

SASL_LINE_LIMIT = 12288
"""Octets of a line in an AUTH exchange (RFC 4954 section 4)."""
_ONE_LINE = re.compile(rb"[^\r\n\0]*\r\n")
_LONE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?=[^\n])")
_CHUNK = re.compile(rb"BDAT [0-9]{1,19}(?: LAST)?\r\n", re.IGNORECASE)
_NAMES_UTF8 = re.compile(rb".* SMTPUTF8\b", re.IGNORECASE)
_HELLO = (b"HELO", b"EHLO", b"LHLO")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One reply as heard: its lines as read, the one before it, and the state in which it was given.

    `keywords` are those of the last EHLO or LHLO (None before one, and behind HELO); `alone` says that no other command
    was under way; `farewell` that nothing was said any more behind it; `utf8` that the client has asked for SMTPUTF8;
    `names` are the first words of greeting and EHLO answers.
    """

    reply: smtp.Reply
    lines: tuple[Parsed[smtp.ReplyLine], ...]
    after: smtp.Reply | None
    under_tls: bool
    logged_in: bool
    keywords: frozenset[bytes] | None
    names: frozenset[bytes]
    utf8: bool
    alone: bool
    connection: int
    lmtp: bool
    farewell: bool = False

    @property
    def verb(self) -> bytes:
        """Keyword of the command that was answered, "." for the mail data; empty for greeting, challenge answers and unsolicited lines."""
        return self.reply.command.verb if self.reply.command else b""

    @property
    def is_greeting(self) -> bool:
        return self.reply.command is None and not self.reply.unsolicited

    @property
    def is_challenge(self) -> bool:
        """Whether this is a 334 of an AUTH exchange (RFC 4954 section 4)."""
        asked = self.reply.command
        return self.code == 334 and asked is not None and (asked.sasl or asked.verb == b"AUTH")

    @property
    def code(self) -> int:
        return self.reply.code


@dataclass(slots=True)
class _Listener:
    """What is known of a conversation so far.

    `doubt` is the client octet from which on nothing can be paired; `shaking`: TLS is about to begin; `late` is what came
    unasked, `talked` whether the client has said anything since; `over`: nothing more can be paired.
    """

    lmtp: bool
    dialogue: smtp.Dialogue
    under_tls: bool = False
    logged_in: bool = False
    utf8: bool = False
    keywords: frozenset[bytes] | None = None
    names: set[bytes] = field(default_factory=set)
    before: smtp.Reply | None = None
    sent: int = 0
    tail: bytes = b""
    doubt: int | None = None
    shaking: bool = False
    late: Heard | None = None
    talked: bool = False
    over: bool = False

    def breaks_off(self, event: Event) -> bool:
        """Whether nothing behind this event can be paired: no answer came, or TLS began with something in flight."""
        if event.kind == "silence":
            return self.dialogue.waiting > 0
        if event.kind == "tls":
            in_flight = self.dialogue.waiting > (self.before is None) or bool(self.dialogue.partial)
            return in_flight or not event.data.startswith((b"TLSv", b"SSLv"))
        return self.shaking and event.kind == "bytes"

    def takes(self, event: Event) -> Iterator[Heard]:
        """Take an event, and yield what was heard by it."""
        if event.kind == "tls":
            self.under_tls, self.logged_in, self.shaking, self.keywords = True, False, False, None
        elif event.kind == "bytes" and event.side == "C":
            self._said(event.data)
        elif event.kind == "bytes" and self.late is not None:
            self.over = self.talked
            self.late = replace(self.late, farewell=not self.over)
        elif event.kind == "bytes":
            self.dialogue.received(event.data)
            yield from self._replies(event.connection)

    def _replies(self, connection: int) -> Iterator[Heard]:
        while not self.over and isinstance(reply := self.dialogue.next(), smtp.Reply):
            if self._unreadable(reply):
                self.over = True
            elif reply.unsolicited:
                self.late = replace(self._heard(reply, connection), farewell=True)
                return
            else:
                yield self._heard(reply, connection)
                self.over = not self._follow(reply)

    def _said(self, data: bytes) -> None:
        """Take what the client sends; a lone CR or LF in mail data may be a line end to some servers, and end it."""
        self.sent += len(data)
        self.talked = self.late is not None
        for piece in self.dialogue.pieces(data):
            self.dialogue.note(piece)
            if piece.is_line:
                self.tail = b""
                continue
            if self.doubt is None and _LONE_LINE_END.search(self.tail + piece.raw):
                self.doubt = piece.start
            self.tail = b"\r" if piece.raw.endswith(b"\r") else b""

    def _unreadable(self, reply: smtp.Reply) -> bool:
        """Whether this reply cannot be paired for sure."""
        asked = reply.command
        if self.shaking or (asked is None and reply.unsolicited):
            return self.shaking or self.doubt is not None or self.dialogue.unfinished
        if asked is None:
            return False
        if self.doubt is not None and asked.start >= self.doubt:
            return True
        limit = SASL_LINE_LIMIT if asked.sasl else smtp.COMMAND_LIMIT
        empty = asked.raw == b"\r\n" and not asked.sasl  # some servers pass over it
        return empty or len(asked.raw) > limit or not _ONE_LINE.fullmatch(asked.raw)

    def _heard(self, reply: smtp.Reply, connection: int) -> Heard:
        asked = reply.command.raw if reply.command else b""
        return Heard(
            reply=reply,
            lines=tuple(smtp.read_lines(reply)),
            after=self.before,
            under_tls=self.under_tls,
            logged_in=self.logged_in,
            keywords=self.keywords,
            names=frozenset(self.names),
            utf8=self.utf8 or _NAMES_UTF8.match(asked) is not None,
            alone=not self.dialogue.waiting,
            connection=connection,
            lmtp=self.lmtp,
        )

    def _follow(self, reply: smtp.Reply) -> bool:
        """Keep what later replies depend on; returns whether they can still be paired."""
        self.before = reply
        verb = reply.command.verb if reply.command else b""
        self.logged_in = self.logged_in or reply.code == 235
        self.shaking = verb == b"STARTTLS" and reply.code == 220
        if reply.command is None or verb in _HELLO:
            self._introduced(reply, verb)
        if verb == b"MAIL":
            self.utf8 = _NAMES_UTF8.match(reply.asked) is not None
        return reply.code != 421 and (reply.command is None or self._goes_on(reply, reply.command, verb))

    def _introduced(self, reply: smtp.Reply, verb: bytes) -> None:
        if reply.code // 100 != 2:
            return
        self.names.add(reply.lines[0].raw[4:].strip().partition(b" ")[0].lower())
        self.utf8 = False
        if verb:
            listed = frozenset(k.value.name.upper() for k in smtp.read_keywords(reply))
            self.keywords = None if verb == b"HELO" else listed

    def _goes_on(self, reply: smtp.Reply, asked: smtp.Command, verb: bytes) -> bool:
        ahead = self.sent > asked.start + len(asked.raw)
        positive = reply.code // 100 == 2
        if verb == b"DATA":
            return not ahead and self.dialogue.unfinished == (reply.code == 354)
        if verb == b"BDAT":
            return positive and _CHUNK.fullmatch(asked.raw) is not None
        if reply.code == 334:
            return not ahead
        return not (positive and (verb in (b"TURN", b"ATRN") or verb[:1] == b"X"))


def conversations(events: Iterable[Event], profile: Profile) -> Iterator[Heard]:
    """Pair the octets of one connection up to the first place that is ambiguous."""
    lmtp = profile.protocol == "lmtp"
    listener = _Listener(lmtp, smtp.Dialogue(lmtp=lmtp))
    for event in events:
        if listener.over or listener.breaks_off(event):
            break
        yield from listener.takes(event)
    if listener.late is not None:
        yield listener.late
