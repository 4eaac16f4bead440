"""Follows a POP3 conversation for the audits.

Only what can be framed without doubt is heard (RFC 1939 section 3 numbers nothing: a reply belongs to a command by its
place alone). Where a client says what no grammar allows, stays without an answer, or talks ahead of TLS or of a
challenge, nobody can tell which octets belong to what, and the rest of that connection is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.discovery import Profile
from conformance.transcript import Event
from conformance.wire import pop3
from conformance.wire.scanner import Parsed

BARE_COMMAND_LIMIT = 88


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One reply as heard: its status line as read (None for a SASL challenge and for a line that nobody asked for).

    `after` is the reply before this one; `logged_in` and `under_tls` are the state in which it was given.
    """

    reply: pop3.Reply
    line: Parsed[pop3.Response] | None
    after: pop3.Reply | None
    logged_in: bool
    under_tls: bool
    connection: int

    @property
    def verb(self) -> bytes:
        """Keyword of the command that was answered; empty for greeting, challenge answers and unsolicited lines."""
        return self.reply.command.verb if self.reply.command else b""

    @property
    def is_greeting(self) -> bool:
        return self.reply.command is None and not self.reply.unsolicited

    @property
    def arguments(self) -> int:
        """Return the number of arguments of the command that was answered."""
        return len(self.reply.command.raw.split()) - 1 if self.reply.command else 0

    @property
    def positive(self) -> bool:
        return self.reply.line.raw.startswith(b"+OK")


_CANONICAL = re.compile(
    rb"(?:(?:STAT|NOOP|RSET|QUIT|CAPA|STLS)|(?:RETR|DELE|USER) [\x21-\x7e]+|PASS [^\r\n\0]+|(?:LIST|UIDL)(?: [\x21-\x7e]+)?"
    rb"|(?:TOP|APOP) [\x21-\x7e]+ [\x21-\x7e]+|AUTH [A-Z0-9_-]+(?: [A-Za-z0-9+/=]+)?)\r\n",
    re.IGNORECASE,
)
_ONE_LINE = re.compile(rb"[^\r\n\0]+\r\n")


def conversations(events: Iterable[Event], profile: Profile) -> Iterator[Heard]:
    """Pair the octets of one connection (RFC 1939 section 3), up to the first place that is ambiguous.

    How long a command line this server must take as one depends on whether it has CAPA (RFC 2449 section 4).
    """
    limit = pop3.COMMAND_LIMIT if profile.capa else BARE_COMMAND_LIMIT
    dialogue = pop3.Dialogue()
    logged_in = under_tls = False
    before: pop3.Reply | None = None
    for event in events:
        if _breaks_off(event, dialogue, before):
            return
        under_tls = under_tls or event.kind == "tls"
        if event.kind != "bytes":
            continue
        if event.side == "C":
            dialogue.sent(event.data)
            continue
        dialogue.received(event.data)
        while isinstance(reply := dialogue.next(), pop3.Reply):
            if _unreadable(reply, limit):
                return
            challenge = _is_challenge(reply)
            line = None if challenge or reply.unsolicited else pop3.read_line(reply)
            yield Heard(
                reply=reply,
                line=line,
                after=before,
                logged_in=logged_in,
                under_tls=under_tls,
                connection=event.connection,
            )
            if reply.unsolicited or (challenge and dialogue.waiting):
                return
            before = reply
            logged_in = logged_in or _enters(reply)


def _breaks_off(event: Event, dialogue: pop3.Dialogue, before: pop3.Reply | None) -> bool:
    """Whether nothing behind this event can be paired: an answer stayed away, or TLS began while something was in flight."""
    if event.kind == "silence":
        return dialogue.waiting > 0
    if event.kind != "tls":
        return False
    in_flight = dialogue.waiting > (before is None) or bool(dialogue.partial)
    return in_flight or not event.data.startswith((b"TLSv", b"SSLv"))


def _is_challenge(reply: pop3.Reply) -> bool:
    """Whether this is a server challenge of an AUTH exchange (RFC 5034 section 4)."""
    asked, raw = reply.command, reply.line.raw
    return (
        asked is not None
        and (asked.sasl or asked.verb == b"AUTH")
        and raw.startswith(b"+")
        and raw[:3].upper() != b"+OK"
    )


def _unreadable(reply: pop3.Reply, limit: int) -> bool:
    """Whether this reply cannot be paired and framed for sure: its command is no single line, or unknown and not refused."""
    asked = reply.command
    if asked is None:
        return False
    if len(asked.raw) > limit or not _ONE_LINE.fullmatch(asked.raw):
        return True
    refused = reply.line.raw[:4].upper() == b"-ERR"
    return not asked.sasl and not refused and not _CANONICAL.fullmatch(asked.raw)


def _enters(reply: pop3.Reply) -> bool:
    asked = reply.command
    entering = asked is not None and (asked.sasl or asked.verb in {b"PASS", b"APOP", b"AUTH"})
    return entering and reply.line.raw.startswith(b"+OK")
