"""Follows an HTTP conversation for the audits.

Only what can be framed without doubt is heard: behind a request that the grammar does not allow, and behind one that
stays without a response, nobody can tell which octets belong to what, and the rest of that connection is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.discovery import Profile
from conformance.transcript import Event
from conformance.wire import http
from conformance.wire.http_dialogue import Dialogue, Reply

_CANONICAL = re.compile(
    rb"[A-Z]+ (?:/[\x21-\x7e]*|\*|http://[\x21-\x7e]+) HTTP/1\.[01]\r\n(?:[!-9;-~]+:[ \t]*[^\r\n\0]*\r\n)*\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One response as heard; `method` and `version` are the request's, empty for one that nobody asked for."""

    reply: Reply
    method: bytes
    version: bytes
    connection: int

    @property
    def head(self) -> http.Head:
        return self.reply.head.value


def conversations(events: Iterable[Event], _profile: Profile) -> Iterator[Heard]:
    """Pair the octets of one connection (RFC 2616 section 4.4), up to the first place that is ambiguous."""
    dialogue = Dialogue()
    for event in events:
        if event.kind == "silence" and dialogue.waiting:
            return
        if event.kind == "close" and event.side == "S":
            dialogue.ended()
        elif event.kind == "bytes" and event.side == "C":
            dialogue.sent(event.data)
        elif event.kind == "bytes":
            dialogue.received(event.data)
        while isinstance(reply := dialogue.next(), Reply):
            asked = reply.command
            if asked is not None and not _CANONICAL.fullmatch(asked.raw):
                return
            method, version = (asked.method, asked.version) if asked else (b"", b"")
            yield Heard(reply=reply, method=method, version=version, connection=event.connection)
            if asked is None:
                return
