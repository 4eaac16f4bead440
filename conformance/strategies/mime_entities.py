"""Body parts with their meaning: what BODYSTRUCTURE and the sections of RFC 3501 section 6.4.5 must say of them.

The meaning is made first and spelled then, so that neither an oracle nor a server is held against its own reading. What
is spelled is plain MIME (RFC 2045, 2046, 2183): one reading is right, and every way into a maildrop keeps the octets.
Invariant: no line of a leaf is a delimiter, as boundaries are made of a digest of what they divide.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.strategies.messages import LOOKALIKES, dotted_lines
from conformance.strategies.mime_fields import (
    TEXT,
    Pairs,
    octets_of,
    parameter_lists,
    several,
    spell_parameters,
    token_case,
)
from conformance.wire.imap_body import Multipart, Part

Sections = Mapping[bytes, bytes]
Structure = Part | Multipart

_TYPES = (
    (b"text", b"plain"), (b"text", b"html"), (b"text", b"x-mailconform"), (b"application", b"octet-stream"),
    (b"image", b"png"), (b"message", b"delivery-status"), (b"x-mailconform", b"x-unknown"),
)  # fmt: skip
_PREFIXES = (b"", b"=_", b"--", b"a b ", b"'()+_,-./:=?", b"----=_NextPart_000_", b"x" * 50)
_FIELDS: Mapping[str, tuple[bytes, bytes]] = {
    "id": (b"Content-ID", b"<part@mailconform.invalid>"),
    "description": (b"Content-Description", b'a part, "described" (so) \\ to say'),
    "md5": (b"Content-MD5", b"Q2hlY2sgSW50ZWdyaXR5IQ=="),
    "location": (b"Content-Location", b"http://mailconform.invalid/a/part?of=it"),
}

_EITHER = st.booleans()
_SELDOM = st.sampled_from((False, False, False, True))
_TURNS = st.integers(0, 4)
_MEDIA = st.sampled_from(_TYPES)
_BEGINNINGS = st.sampled_from(_PREFIXES)
_MULTIPARTS = st.sampled_from((b"mixed", b"alternative", b"related", b"x-unknown"))
_CHOSEN = st.sets(st.sampled_from(sorted(_FIELDS)))
_DISPOSITIONS = st.sampled_from((b"inline", b"attachment"))
_LANGUAGES = st.lists(st.sampled_from((b"de", b"en-GB", b"fr")), max_size=2, unique=True)
_ENCODINGS = st.sampled_from((b"", b"7bit", b"8bit", b"binary", b"quoted-printable", b"x-none"))
_DATA = st.binary(min_size=1, max_size=120)
_LINES = st.lists(st.one_of(octets_of(TEXT, 0, 60), st.sampled_from((*LOOKALIKES, b"", b" ")), dotted_lines()))
_LAST = st.sampled_from((b"end", b"--", b".x"))
_OUTSIDE = st.sampled_from((b"", b"", b"Outside of all parts.\r\n", b"--\r\n\r\n--x\r\n"))
_PADDING = st.sampled_from((b"", b"", b"", b" ", b"\t "))


@dataclass(frozen=True, slots=True)
class Entity:
    """A body part: its MIME fields and body as octets, its structure, and its sections.

    `inside` are its sections by what stands behind its own number; `alone` are those of a message whose body it is.
    """

    fields: bytes
    body: bytes
    structure: Structure
    inside: Sections
    alone: Sections

    @property
    def raw(self) -> bytes:
        """All of its octets."""
        return self.fields + b"\r\n" + self.body


def below(prefix: bytes, sections: Sections) -> dict[bytes, bytes]:
    """Return sections under a part number."""
    return {b"%s.%s" % (prefix, name) if name else prefix: octets for name, octets in sections.items()}


def draw_fields(draw: st.DrawFn, own: bytes) -> tuple[bytes, dict[str, Any]]:
    """Draw fields that any part may have, around its own ones, and the values that they give."""
    chosen = draw(_CHOSEN)
    lines = [own, *(b"%s: %s\r\n" % _FIELDS[name] for name in sorted(chosen))]
    values: dict[str, Any] = {name: _FIELDS[name][1] for name in chosen}
    if draw(_EITHER):
        kind, params = draw(_DISPOSITIONS), draw(parameter_lists((b"filename", b"size")))
        lines.append(b"Content-Disposition: " + kind + spell_parameters(draw, params) + b"\r\n")
        values["disposition"] = (kind, params or None)
    if tags := draw(_LANGUAGES):
        lines.append(b"Content-Language: " + b", ".join(tags) + b"\r\n")
        values["language"] = tuple(tags)
    turn = draw(_TURNS)
    return b"".join(lines[turn:] + lines[:turn]), values


@functools.cache
@st.composite
def leaves(draw: st.DrawFn) -> Entity:
    """Parts that hold no others: text and data, with a type or without."""
    kind, subtype = draw(_MEDIA)
    names = (b"charset", b"name", b"format") if kind == b"text" else (b"name", b"x-a", b"x-b")
    params = draw(parameter_lists(names))
    stated = b"%s/%s" % (draw(token_case(kind)), draw(token_case(subtype))) + spell_parameters(draw, params)
    own = b"%s: %s\r\n" % (draw(token_case(b"Content-Type")), stated)
    if draw(_SELDOM):
        own, kind, subtype, params = b"", b"text", b"plain", ((b"charset", b"us-ascii"),)
    encoding, body = draw(_encoded_bodies())
    fields, values = draw_fields(draw, own + encoding)
    structure = _part((kind, subtype), params, body, encoding, values)
    return Entity(fields, body, structure, {b"": body, b"MIME": fields + b"\r\n"}, {b"1": body})


@functools.cache
@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    """Lines of text that every way of delivery keeps, some blank, some like delimiters; the last one shows something."""
    lines = [line for line in draw(_LINES) if not line.lstrip(b">").startswith(b"From ")]
    return b"".join(line + b"\r\n" for line in (*lines, draw(_LAST)))


@functools.cache
@st.composite
def _encoded_bodies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Bodies with the field of their encoding, b"" for none."""
    if draw(_SELDOM):
        body = base64.encodebytes(draw(_DATA)).replace(b"\n", b"\r\n")
        return b"Content-Transfer-Encoding: %s\r\n" % draw(token_case(b"base64")), body
    stated = draw(_ENCODINGS)
    return b"Content-Transfer-Encoding: %s\r\n" % stated if stated else b"", draw(_bodies())


def _part(media: tuple[bytes, bytes], params: Pairs, body: bytes, encoding: bytes, values: dict[str, Any]) -> Part:
    """Make the structure of a leaf, extension data included."""
    counted = body.count(b"\r\n") if media[0] == b"text" else None
    shown = encoding.partition(b":")[2].strip() or b"7bit"
    return Part(
        *media, params or None, values.get("id"), values.get("description"), shown, len(body), counted,
        md5=values.get("md5"), disposition=values.get("disposition"), language=values.get("language"),
        location=values.get("location"), extended=True,
    )  # fmt: skip


@st.composite
def multiparts(draw: st.DrawFn, parts: SearchStrategy[Entity], subtype: bytes | None = None) -> Entity:
    """Multiparts of one to four parts, with a preamble and an epilogue or without (RFC 2046 section 5.1)."""
    children = draw(several(parts, 1, 4))
    subtype = subtype or draw(_MULTIPARTS)
    whole = b"\0".join(child.raw for child in children)
    boundary = draw(_BEGINNINGS) + hashlib.sha256(whole).hexdigest()[:16].encode()
    params = ((b"boundary", boundary), *draw(parameter_lists((b"x-a", b"type"))))
    own = b"Content-Type: multipart/%s%s\r\n" % (draw(token_case(subtype)), spell_parameters(draw, params))
    fields, values = draw_fields(draw, own)
    body = _join(draw, children, boundary)
    structure = Multipart(
        tuple(child.structure for child in children), subtype, params,
        values.get("disposition"), values.get("language"), values.get("location"), extended=True,
    )  # fmt: skip
    numbered: dict[bytes, bytes] = {}
    for number, child in enumerate(children, 1):
        numbered |= below(b"%d" % number, child.inside)
    return Entity(fields, body, structure, {b"": body, b"MIME": fields + b"\r\n"} | numbered, numbered)


def _join(draw: st.DrawFn, children: list[Entity], boundary: bytes) -> bytes:
    """Put parts between delimiters, with white space behind some of these (transport-padding)."""
    delimiters = [b"--%s%s\r\n" % (boundary, draw(_PADDING)) for _ in children]
    inside = b"\r\n".join(delimiter + child.raw for delimiter, child in zip(delimiters, children, strict=True))
    return draw(_OUTSIDE) + inside + b"\r\n--%s--%s\r\n" % (boundary, draw(_PADDING)) + draw(_OUTSIDE)
