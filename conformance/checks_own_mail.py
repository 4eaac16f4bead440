"""What checks of the messages that a server makes share: a notice, and what in it is the server's own and not returned."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from conformance.checks_dsn import bounced
from conformance.dial_smtp import SmtpDial
from conformance.services.sink import Sink
from conformance.wire import message
from conformance.wire.message import Entity, Field
from conformance.wire.scanner import Violation

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMail:
    """A message that the server has made: as it came, as a tree, and what is wrong in it; what it returns is not its own."""

    raw: bytes = field(repr=False)
    entity: Entity = field(repr=False)
    violations: tuple[Violation, ...]

    @property
    def entities(self) -> list[Entity]:
        """The message and its parts, without what stands in a message that is returned."""
        return [one for one in self.entity.walk() if not any(_within(one.start, part) for part in self._returned)]

    @property
    def lines(self) -> list[bytes]:
        """The lines of its own, without their ends."""
        text, place = b"", 0
        for part in self._returned:
            text, place = text + self.raw[place : part.body_start], part.end
        return _LINE_END.split(text + self.raw[place:])

    def wrong(self, *rules: str) -> list[Violation]:
        """Return what violates one of these rules, anywhere in what is its own."""
        return [one for one in self._own if one.rule in rules]

    def wrong_in(self, *names: str) -> list[Violation]:
        """Return what is wrong in the fields of these names, in lower case, of the message and its parts; "" for any name.

        That a field is missing, or is there twice, is nothing within it.
        """
        spans = [one for entity in self.entities for one in entity.fields if "" in names or _name(one) in names]
        found = [one for one in self._own if one.rule != "fields"]
        return [v for v in found if any(f.start <= v.start < f.start + len(f.raw) for f in spans)]

    @property
    def _own(self) -> list[Violation]:
        return [one for one in self.violations if not any(_within(one.start, part) for part in self._returned)]

    @property
    def _returned(self) -> list[Entity]:
        """The outermost messages, and headers of messages, that stand in it."""
        carriers = (*message.MESSAGES, "text/rfc822-headers", "message/global-headers")
        found: list[Entity] = []
        for one in self.entity.walk():
            if one.media.essence in carriers and not any(_within(one.start, part) for part in found):
                found.append(one)
        return found


def _within(place: int, part: Entity) -> bool:
    return part.body_start <= place < part.end


def _name(one: Field) -> str:
    return one.name.decode("latin-1").lower()


def own_mail(dial: SmtpDial, sink: Sink) -> OwnMail:
    """Send a message to an address that the sink refuses, and return the notice that comes.

    That one comes is a precondition (RFC 5321 section 3.6.3 has checks of its own for it).
    """
    return read_own(bounced(dial, sink).relayed.raw)


def read_own(raw: bytes) -> OwnMail:
    """Read a message that the server has made."""
    read = message.read(raw)
    return OwnMail(raw=raw, entity=read.value, violations=read.violations)
