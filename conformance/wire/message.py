"""Internet messages: the tree of their entities (RFC 5322 section 3.5, RFC 2045, RFC 2046), with places and violations.

One pass over the octets: delimiter lines of all open multiparts are looked for at once, so that an outer one ends
whatever is within (RFC 2046 section 5.1.2). A line is a delimiter line if nothing but white space follows the boundary.
Lines that end in a bare LF are read too, under the quirk `CRLF`, which is noted once. UTF-8 in a header, right where a
message needs SMTPUTF8 (RFC 6532), is the quirk `UTF8-non-ascii`; other octets above 127 are a violation of `utext`.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.wire import message_fields, mime_fields, rfc5322
from conformance.wire.mime_fields import DIGESTED, PLAIN, Disposition, Media
from conformance.wire.rfc5322 import LINE_LIMIT
from conformance.wire.scanner import Message, Parsed, Scanner

DEPTH_LIMIT = 100
"""Entities within entities that are read; what is deeper stays a leaf, under the violation `depth`."""
MESSAGES = ("message/rfc822", "message/global")
"""Media types whose body is a message (RFC 2046 section 5.2.1, RFC 6532 section 3.7)."""

_FIELD = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_BLANK = re.compile(rb"\r?\n")
_DASHES = re.compile(rb"(?:^|(?<=\n))--[^\r\n]*")
_LINE_END = re.compile(rb"\r?\n|\Z")
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_LONG_LINE = re.compile(rb"^[^\r\n]{%d,}" % (LINE_LIMIT + 1), re.MULTILINE)
_EIGHT_BIT = re.compile(rb"[\x80-\xff]")
_BAD_QUOTED_PRINTABLE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?$)|[^\t\r\n -~]|[ \t]\r?$|^[^\r\n]{77}", re.MULTILINE)
_BAD_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\r\n \t]|^[^\r\n]{77}|=[ \t\r\n]*[A-Za-z0-9+/]", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A header field: its name as sent (empty for a line that is no field), all its octets and where they stand."""

    name: bytes
    raw: bytes
    start: int

    @property
    def body(self) -> bytes:
        """What stands behind the colon, unfolded, outer white space left out (RFC 5322 section 2.2.3)."""
        return rfc5322.unfolded(self.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A message or body part: where it, and its body, stand in the octets of the whole; its fields; what is in it.

    `parts` are those of a multipart, or the one message that a message/rfc822 holds. `encoding` is in lower case.
    """

    whole: bytes = field(repr=False)
    start: int
    body_start: int
    end: int
    fields: tuple[Field, ...]
    media: Media
    encoding: str = "7bit"
    disposition: Disposition | None = None
    parts: tuple[Entity, ...] = ()

    @property
    def raw(self) -> bytes:
        """Header and body as they stand there."""
        return self.whole[self.start : self.end]

    @property
    def body(self) -> bytes:
        """The body as it stands there, encoded."""
        return self.whole[self.body_start : self.end]

    @property
    def content(self) -> bytes:
        """The body, decoded as far as it can be (RFC 2045 section 6)."""
        return decoded(self.body, self.encoding)

    def all(self, name: str) -> tuple[Field, ...]:
        """Return the fields of a name, which has no letter case."""
        wanted = name.lower().encode()
        return tuple(found for found in self.fields if found.name.lower() == wanted)

    def first(self, name: str) -> Field | None:
        """Return the first field of a name, None without one."""
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> bytes:
        """Return the unfolded body of the first field of a name, empty without one."""
        found = self.first(name)
        return b"" if found is None else found.body

    def walk(self) -> tuple[Entity, ...]:
        """Return this entity and all within it, as they stand in the octets."""
        found, waiting = [], [self]
        while waiting:
            entity = waiting.pop()
            found.append(entity)
            waiting.extend(reversed(entity.parts))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Delimiter:
    """A delimiter line: where the line end in front of it begins and what stands behind it, whose it is."""

    start: int
    next: int
    boundary: bytes
    closing: bool


def read(raw: bytes) -> Parsed[Entity]:
    """Read a whole message."""
    at = Scanner(raw)
    _look_at_lines(at)
    entity = _Tree(at).entity(0, PLAIN, is_message=True)
    return Parsed(Message(raw, 0), entity, tuple(at.violations))


def _look_at_lines(at: Scanner) -> None:
    for pattern, rule, expected in (
        (_BARE, "CRLF", "CR and LF together"),
        (_LONG_LINE, "line-length", f"lines of {LINE_LIMIT} octets at most"),
    ):
        if found := pattern.search(at.raw):
            at.note(rule, expected, found.start(), found.end())


class _Tree:
    """Reads entities one behind the other; `open` are the boundaries whose delimiters end what is being read."""

    def __init__(self, at: Scanner) -> None:
        self.at = at
        self.depth = 0
        self.open: dict[bytes, int] = {}
        self.ended: _Delimiter | None = None
        """The delimiter that ended what was read last, None where the octets ended it."""

    def entity(self, start: int, default: Media, *, is_message: bool = False) -> Entity:
        """Read an entity that begins here, up to a delimiter of an open multipart."""
        fields, body_start = self._header(start)
        message_fields.check(self.at, fields, is_message=is_message)
        media, encoding, disposition = _mime(self.at, fields, default)
        parts = () if self.ended else self._body(body_start, media, encoding)
        end = self.ended.start if self.ended else len(self.at.raw)
        body_start = min(body_start, max(end, start))
        if not parts:
            _look_at_encoding(self.at, encoding, body_start, end)
        return Entity(
            whole=self.at.raw, start=start, body_start=body_start, end=max(end, body_start), fields=fields,
            media=media, encoding=encoding, disposition=disposition, parts=parts,
        )  # fmt: skip

    def _header(self, start: int) -> tuple[tuple[Field, ...], int]:
        """Read fields up to a blank line; a delimiter that comes first ends the entity."""
        raw, place = self.at.raw, start
        found: list[Field] = []
        self.ended = None
        while place < len(raw):
            if blank := _BLANK.match(raw, place):
                return tuple(found), blank.end()
            if self._is_delimiter(place):
                self.ended = self._delimiter(place)
                return tuple(found), self.ended.start if self.ended else place
            one = _FIELD.match(raw, place)
            end = one.end() if one else len(raw)
            found.append(_field(self.at, place, end))
            place = end
        return tuple(found), place

    def _body(self, start: int, media: Media, encoding: str) -> tuple[Entity, ...]:
        boundary = media.parameter("boundary") if media.type == "multipart" else None
        is_message = media.essence in MESSAGES
        if (boundary or is_message) and encoding not in ("7bit", "8bit", "binary"):
            if media.essence != "message/global":  # RFC 6532 section 3.7 lets it be encoded
                self.at.note("composite-encoding", "7bit, 8bit or binary", start, start)
            boundary, is_message = None, False
        if (boundary or is_message) and self.depth >= DEPTH_LIMIT:
            self.at.note("depth", f"{DEPTH_LIMIT} entities in each other at most", start, start)
            boundary, is_message = None, False
        if boundary:
            return self._multipart(start, boundary, DIGESTED if media.subtype == "digest" else PLAIN)
        if is_message:
            return (self._below(start, PLAIN, is_message=True),)
        self.ended = self._delimiter(start)
        return ()

    def _below(self, start: int, default: Media, *, is_message: bool = False) -> Entity:
        self.depth += 1
        found = self.entity(start, default, is_message=is_message)
        self.depth -= 1
        return found

    def _multipart(self, start: int, boundary: bytes, default: Media) -> tuple[Entity, ...]:
        """Preamble, body parts and epilogue of multipart-body (RFC 2046 section 5.1.1)."""
        if boundary in self.open:
            self.at.note("boundary", "a boundary that no multipart around it has", start, start)
        self.open[boundary] = self.open.get(boundary, 0) + 1
        found: list[Entity] = []
        self.ended = self._delimiter(start)
        while self.ended and self.ended.boundary == boundary and not self.ended.closing:
            found.append(self._below(self.ended.next, default))
        self.open[boundary] -= 1
        if not self.open[boundary]:
            del self.open[boundary]
        if not found:
            self.at.note("multipart-body", "a body part", start, start)
        if self.ended and self.ended.boundary == boundary and self.ended.closing:
            self.ended = self._delimiter(self.ended.next)
        else:
            place = self.ended.start if self.ended else len(self.at.raw)
            self.at.note("close-delimiter", "'--' and the boundary and '--'", place, place)
        return tuple(found)

    def _is_delimiter(self, place: int) -> bool:
        line = _DASHES.match(self.at.raw, place) if self.open else None
        return line is not None and self._boundary(line[0]) is not None

    def _boundary(self, line: bytes) -> tuple[bytes, bool] | None:
        """Return the open boundary that a line is a delimiter of, and whether it closes."""
        text = line[2:].rstrip(b" \t")
        if text in self.open:
            return text, False
        if text.endswith(b"--") and text[:-2] in self.open:
            return text[:-2], True
        return None

    def _delimiter(self, place: int) -> _Delimiter | None:
        """Return the next delimiter line of an open multipart from here on."""
        raw = self.at.raw
        for line in _DASHES.finditer(raw, place) if self.open else ():
            found = self._boundary(line[0])
            if found is not None:
                start = line.start() - (2 if raw.endswith(b"\r\n", place, line.start()) else 1)
                line_end = _LINE_END.match(raw, line.end())
                behind = line_end.end() if line_end else line.end()
                return _Delimiter(max(place, start), behind, *found)
        return None


def _field(at: Scanner, start: int, end: int) -> Field:
    raw = at.raw[start:end]
    name = rfc5322.name_as_written(raw)
    if not name:
        at.note("field", "a field-name and a colon", start, end)
    elif raw[len(name) : len(name) + 1] != b":":
        at.note("obs-optional", "no white space in front of the colon", start, end)
    if found := _EIGHT_BIT.search(raw):
        rule = "UTF8-non-ascii" if _is_utf8(raw) else "utext"
        at.note(rule, "US-ASCII in a header", start + found.start(), start + found.end())
    return Field(name=name, raw=raw, start=start)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _mime(at: Scanner, fields: Sequence[Field], default: Media) -> tuple[Media, str, Disposition | None]:
    """Understand the fields of an entity; what is wrong in them is noted elsewhere, with all other fields."""
    media, encoding, disposition = default, "7bit", None
    for one in reversed(fields):  # of fields that come twice the first counts
        inner = message_fields.body_of(at.raw, one)
        match one.name.lower():
            case b"content-type":
                media = mime_fields.content_type(inner)
            case b"content-transfer-encoding":
                encoding = mime_fields.content_transfer_encoding(inner)
            case b"content-disposition":
                disposition = mime_fields.content_disposition(inner)
    return media, encoding, disposition


def _look_at_encoding(at: Scanner, encoding: str, start: int, end: int) -> None:
    """Note the first octets of a body that its encoding does not allow (RFC 2045 sections 2.7, 6.7 and 6.8)."""
    wrong = {"7bit": _EIGHT_BIT, "quoted-printable": _BAD_QUOTED_PRINTABLE, "base64": _BAD_BASE64}.get(encoding)
    if wrong and (found := wrong.search(at.raw, start, end)):
        at.note(encoding, f"what {encoding} allows", found.start(), found.end())


def decoded(octets: bytes, encoding: str) -> bytes:
    """Decode a body (RFC 2045 section 6) as far as it can be; of base64, octets outside its alphabet are passed over."""
    if encoding == "quoted-printable":
        return quopri.decodestring(octets)
    if encoding != "base64":
        return octets
    text = re.sub(rb"[^A-Za-z0-9+/]", b"", octets)
    text = text[:-1] if len(text) % 4 == 1 else text
    return base64.b64decode(text + b"=" * (-len(text) % 4))
