"""What FETCH must give of a message: the oracle of ENVELOPE, BODY, BODYSTRUCTURE, RFC822.SIZE and every body section.

RFC 3501 sections 2.3.5, 2.3.6, 6.4.5 and 7.4.2 over RFC 2822, 2045, 2046 and 2183. A message is its octets with CRLF
line ends; `read` makes an Entity of it, and all else are pure functions of that. Nothing here knows a server.

Invariant: the oracle takes one reading of every message, however broken. Where the RFCs leave others open, the values
say so (see `conformance.models.mime_latitude`), and `conformance.models.mime_agreement.agrees` compares with all of
them. Section octets have no latitude; `settled` names the sections of which the RFC leaves no doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.models import mime_fields
from conformance.models.mime_envelope import envelope_of
from conformance.models.mime_fields import DIGESTED, PLAIN, Media
from conformance.models.mime_latitude import Between, lines
from conformance.models.mime_octets import Field, Split, cut, fields, split
from conformance.wire.imap_body import Envelope, Multipart, Part

_NUMBERS = re.compile(rb"([1-9]\d*(?:\.[1-9]\d*)*)(?:\.|\Z)")
_HEADER_FIELDS = re.compile(rb"HEADER\.FIELDS(\.NOT)? \((.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entity:
    """A message or body part: its octets, its fields, what it is, and the entities in it.

    `parts` are those of a multipart; `message` is the one that a message/rfc822 holds. `bare`: it ends in the closing
    delimiter of a multipart within. A line end behind that is the one of the next delimiter (RFC 2046 section 5.1.1),
    but widespread servers count it among the octets of the part.
    """

    octets: Split
    fields: tuple[Field, ...]
    media: Media
    parts: tuple[Entity, ...] = ()
    message: Entity | None = None
    bare: bool = False

    def numbered(self) -> tuple[Entity, ...]:
        """The parts that the numbers 1, 2, ... mean directly below a message (RFC 3501 section 6.4.5)."""
        return self.parts if self.media.is_a(b"multipart") else (self,)

    def below(self) -> tuple[Entity, ...]:
        """The parts that further numbers mean below this part: of a multipart, or of the message it holds."""
        return self.message.numbered() if self.message else self.parts


def read(raw: bytes, default: Media = PLAIN) -> Entity:
    """Read a message, or a body part whose type by default is another one (RFC 2046 section 5.1.5)."""
    octets = split(raw)
    all_fields = fields(octets.header)
    media = mime_fields.media(all_fields, default)
    boundary = media.param(b"boundary")
    if media.is_a(b"multipart") and boundary:
        below = DIGESTED if media.is_a(b"multipart", b"digest") else PLAIN
        found = cut(octets.body, boundary)
        parts = tuple(read(part, below) for part in found.parts)
        bare = found.bare if found.closed else any(part.bare for part in parts[-1:])
        return Entity(octets, all_fields, media, parts, bare=bare)
    if media.is_a(b"message", b"rfc822"):
        inner = read(octets.body)
        return Entity(octets, all_fields, media, message=inner, bare=inner.bare)
    return Entity(octets, all_fields, media)


def envelope(message: Entity) -> Envelope:
    """Return ENVELOPE (RFC 3501 section 7.4.2)."""
    return envelope_of(message.fields)


def size(message: Entity) -> int:
    """Return RFC822.SIZE in octets (RFC 3501 section 2.3.4)."""
    return len(message.octets.header) + len(message.octets.body)


def body(entity: Entity) -> Part | Multipart:
    """Return BODY: the structure without extension data (RFC 3501 section 7.4.2)."""
    return _structure(entity, extended=False)


def bodystructure(entity: Entity) -> Part | Multipart:
    """Return BODYSTRUCTURE with all of its extension data (RFC 3501 section 7.4.2)."""
    return _structure(entity, extended=True)


def _structure(entity: Entity, *, extended: bool) -> Part | Multipart:
    own, media = entity.fields, entity.media
    dsp, lang, loc = (
        (mime_fields.disposition(own), mime_fields.language(own), mime_fields.location(own))
        if extended
        else (None, None, None)
    )
    if media.is_a(b"multipart"):
        return Multipart(
            parts=tuple(_structure(part, extended=extended) for part in entity.parts), subtype=media.subtype,
            params=(media.params or None) if extended else None, disposition=dsp, language=lang, location=loc,
            extensions=(), extended=extended,
        )  # fmt: skip
    inner = entity.message
    return Part(
        type=media.type, subtype=media.subtype, params=media.params or None, id=mime_fields.word(own, b"Content-ID"),
        description=mime_fields.string(own, b"Content-Description"), encoding=mime_fields.encoding(own),
        size=_octets(entity), lines=lines(entity.octets.body) if inner or media.is_a(b"text") else None,
        envelope=envelope(inner) if inner else None, body=_structure(inner, extended=extended) if inner else None,
        md5=mime_fields.word(own, b"Content-MD5") if extended else None, disposition=dsp, language=lang, location=loc,
        extensions=(), extended=extended,
    )  # fmt: skip


def _octets(entity: Entity) -> int:
    """Count the octets of a body; where a bare delimiter ends it, some count the line end behind."""
    size = len(entity.octets.body)
    return Between(size, size + 2) if entity.bare else size


def section(message: Entity, spec: bytes) -> bytes | None:
    """Return the octets of BODY[spec], for instance of `1.2.HEADER.FIELDS (DATE SUBJECT)`; None if there is no such.

    The section-text of a part is what RFC 3501 section 6.4.5 says: HEADER and TEXT of a part that holds a message,
    MIME of any part.
    """
    found = _NUMBERS.match(spec)
    if found is None:
        return _text(message, spec.upper())
    part = _part(message, [int(number) for number in found[1].split(b".")])
    if part is None:
        return None
    text = spec[found.end() :].upper()
    if not text:
        return part.octets.body
    if text == b"MIME":
        return part.octets.header
    return _text(part.message, text) if part.message else None


def _part(message: Entity, numbers: list[int]) -> Entity | None:
    part, within = None, message.numbered()
    for number in numbers:
        if number > len(within):
            return None
        part = within[number - 1]
        within = part.below()
    return part


def _text(message: Entity, spec: bytes) -> bytes | None:
    whole = {
        b"": message.octets.header + message.octets.body,
        b"HEADER": message.octets.header,
        b"TEXT": message.octets.body,
    }
    if found := _HEADER_FIELDS.fullmatch(spec):
        names = {name.strip(b'"') for name in found[2].split()}
        return subset(message, names, without=found[1] is not None)
    return whole.get(spec)


def subset(message: Entity, names: set[bytes], *, without: bool = False) -> bytes:
    """Return the header with these fields alone (or without these), and the blank line if the message has one."""
    wanted = {name.upper() for name in names}
    kept = (field.raw for field in message.fields if (field.name.upper() in wanted) != without)
    return b"".join(kept) + (b"\r\n" if message.octets.has_blank_line else b"")


def partial(octets: bytes, start: int, count: int) -> bytes:
    """Return what BODY[...]<start.count> gives of a section: empty behind its end (RFC 3501 section 6.4.5)."""
    return octets[start : start + count]


def settled(message: Entity) -> dict[bytes, bytes]:
    """Return the octets of all sections, by name, of which RFC 3501 leaves no doubt.

    Left out: MIME of the one part of a message that is no multipart (its fields are among those of the message); part
    numbers of a message that is itself a message/rfc822 (its one part, or the parts of the one within?); sections of
    parts whose header no blank line ends (RFC 2046 lets the line end belong to the next delimiter); the text of parts
    that end in the bare delimiter of a multipart within (see `Entity`).
    """
    own = {b"": _text(message, b""), b"HEADER": _text(message, b"HEADER"), b"TEXT": _text(message, b"TEXT")}
    below = _below(message.numbered(), b"", message)
    return {name: octets for name, octets in (*own.items(), *below) if octets is not None}


def _below(parts: tuple[Entity, ...], prefix: bytes, holder: Entity | None) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield the sections of the parts directly below a message or multipart, and of what is below these."""
    for number, part in enumerate(parts, 1):
        name = b"%s%d" % (prefix, number)
        if part.message if part is holder else not part.octets.has_blank_line:
            continue
        if not part.bare:
            yield name, part.octets.body
        if part is not holder:
            yield name + b".MIME", part.octets.header
        if part.message:
            yield name + b".HEADER", part.message.octets.header
            yield name + b".TEXT", None if part.bare else part.message.octets.body
        yield from _below(part.below(), name + b".", part.message)
