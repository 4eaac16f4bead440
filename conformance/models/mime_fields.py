"""The MIME fields of an entity, understood: Content-Type and its company (RFC 2045, 2183, 3282, 2557, 1864).

What a field does not say is defaulted as RFC 2045 section 5.2 and 6.1 have it: text/plain in US-ASCII, 7bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.models.mime_latitude import OneOf, Text, unfolded
from conformance.models.mime_octets import Field
from conformance.models.mime_tokens import MIME_SPECIALS, Kind, Token, tokens, words

Params = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Media:
    """A media type with its parameters; `stated` is whether a Content-Type field says so."""

    type: bytes
    subtype: bytes
    params: Params
    stated: bool = True

    def is_a(self, main: bytes, sub: bytes | None = None) -> bool:
        """Whether it is of this type (and subtype); letter case means nothing (RFC 2045 section 5.1)."""
        return self.type.lower() == main and sub in (None, self.subtype.lower())

    def param(self, name: bytes) -> bytes | None:
        """Return a parameter's value; names are matched without letter case."""
        return next((bytes(value) for key, value in self.params if key.lower() == name), None)


# RFC 3501 does not say whether defaulted parameters are shown: the charset may be left out.
PLAIN = Media(b"text", b"plain", ((b"charset", OneOf(b"us-ascii", (None,))),), stated=False)
DIGESTED = Media(b"message", b"rfc822", (), stated=False)


def first(fields: Sequence[Field], name: bytes) -> bytes | None:
    """Return the body of the first field of this name, as it stands there; None if there is none."""
    return next((field.body for field in fields if field.is_called(name)), None)


def media(fields: Sequence[Field], default: Media = PLAIN) -> Media:
    """Read Content-Type (RFC 2045 section 5.1); text/plain where it is broken (section 5.2)."""
    raw = first(fields, b"Content-Type")
    if raw is None:
        return default
    found = words(raw, MIME_SPECIALS)
    if len(found) < 3 or not found[1].is_special(b"/") or {found[0].kind, found[2].kind} != {Kind.ATOM}:
        return PLAIN
    return Media(found[0].value, found[2].value, _params(found[3:]))


def encoding(fields: Sequence[Field]) -> bytes:
    """Read Content-Transfer-Encoding (RFC 2045 section 6.1), by default 7bit."""
    found = words(first(fields, b"Content-Transfer-Encoding") or b"", MIME_SPECIALS)
    return b"".join(token.value for token in found) or b"7bit"


def disposition(fields: Sequence[Field]) -> tuple[bytes, Params | None] | None:
    """Read Content-Disposition (RFC 2183 section 2)."""
    found = words(first(fields, b"Content-Disposition") or b"", MIME_SPECIALS)
    return (found[0].value, _params(found[1:]) or None) if found else None


def language(fields: Sequence[Field]) -> tuple[bytes, ...] | None:
    """Read the tags of Content-Language (RFC 3282 section 2)."""
    found = words(first(fields, b"Content-Language") or b"", MIME_SPECIALS)
    return tuple(token.value for token in found if token.kind is Kind.ATOM) or None


def location(fields: Sequence[Field]) -> bytes | None:
    """Read Content-Location; the white space of folds is no part of a URI (RFC 2557 section 4.4.2)."""
    raw = first(fields, b"Content-Location")
    return None if raw is None else OneOf(b"".join(unfolded(raw).split()), (unfolded(raw), raw.strip()))


def string(fields: Sequence[Field], name: bytes) -> bytes | None:
    """Return the text of a field; None if it is absent."""
    raw = first(fields, name)
    return None if raw is None else Text(raw)


def word(fields: Sequence[Field], name: bytes) -> bytes | None:
    """Return the text of a field that consists of one token, such as Content-ID: a comment may be left out or kept."""
    raw = first(fields, name)
    if raw is None:
        return None
    plain = b"".join(t.raw for t in tokens(raw, MIME_SPECIALS) if t.kind is not Kind.COMMENT)
    return Text(raw) if plain == b"".join(unfolded(raw).split()) else OneOf(plain, (unfolded(raw), raw.strip()))


def _params(found: list[Token]) -> Params:
    """Read *(";" attribute "=" value); what is no parameter is passed over."""
    pairs: list[tuple[bytes, bytes]] = []
    for place, token in enumerate(found):
        before, behind = found[max(0, place - 2) : place], found[place + 1 : place + 2]
        if token.is_special(b"=") and len(before) == 2 and before[0].is_special(b";") and behind:
            pairs.append((before[1].value, behind[0].text))
    return tuple(pairs)
