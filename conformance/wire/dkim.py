"""DKIM signatures as a signer makes them (RFC 6376 sections 3.4, 3.5 and 3.7): canonical forms, and the field itself.

A judge must be able to sign what no signer would: tags come as they are given, in their order, and the key is whatever
signs octets. Nothing here knows cryptography beyond a hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence

from conformance.wire import rfc5322

NAME = b"DKIM-Signature"
SIGNED = "from:to:subject:date:message-id"
"""The header fields that a signature is over unless it says so."""

_LINE = 72
_WSP = re.compile(rb"[ \t]+")
_PLACE = "\0"
_VALUE = re.compile(rb"[ \t\r\n]*\0")
"""Where the signature goes, and the white space before it."""


def canonical_field(field: bytes, algorithm: str) -> bytes:
    """Return a header field, with its line end, in canonical form (RFC 6376 sections 3.4.1 and 3.4.2)."""
    if algorithm != "relaxed":
        return field
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + _WSP.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ") + b"\r\n"


def canonical_body(body: bytes, algorithm: str) -> bytes:
    """Return a body in canonical form (RFC 6376 sections 3.4.3 and 3.4.4): an empty one is CRLF if simple, nothing if relaxed."""
    if algorithm == "relaxed":
        body = b"\r\n".join(_WSP.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    text = body.rstrip(b"\r\n") if not body.strip(b"\r\n") else re.sub(rb"(?:\r\n)+\Z", b"", body)
    return text + b"\r\n" if text or algorithm != "relaxed" else b""


def body_hash(body: bytes, algorithm: str, length: int | None = None) -> str:
    """Return what bh= holds for a body of which so many octets are signed (RFC 6376 section 3.7)."""
    return _coded(hashlib.sha256(canonical_body(body, algorithm)[:length]).digest())


def sign(
    message: bytes, tags: Sequence[tuple[str, str]], seal: Callable[[bytes], bytes], *, equals: str = "=", end: str = ""
) -> bytes:
    """Return a message with a DKIM-Signature field on top of it; `seal` signs octets.

    `tags` are those of the field as they stand, whatever they are; an empty bh is filled in with the hash of the body,
    and an empty b with the signature. `equals` is what stands between names and values, `end` what stands behind them.
    """
    values = dict(reversed(tags))
    header, _, body = message.partition(b"\r\n\r\n")
    of_header, _, of_body = values.get("c", "simple").partition("/")
    hashed = body_hash(body, of_body or "simple", _length(values.get("l", "")))
    filled = [(tag, value or {"bh": hashed, "b": _PLACE}.get(tag, "")) for tag, value in tags]
    text = ";\r\n ".join(f"{tag}{equals}{value}" for tag, value in filled) + end
    field = NAME + b": " + text.encode() + b"\r\n"
    fields = [one.raw for one in rfc5322.fields_of(header + b"\r\n")]
    signed = b"".join(canonical_field(one, of_header) for one in chosen(fields, values.get("h", "")))
    own = canonical_field(_VALUE.sub(b"", field), of_header).removesuffix(b"\r\n")
    return field.replace(_PLACE.encode(), _folded(_coded(seal(signed + own))).encode()) + message


def chosen(fields: list[bytes], names: str) -> list[bytes]:
    """Return the fields that h= names, each name taking the next one from the bottom up (RFC 6376 section 5.4.2)."""
    left = list(fields)
    found = []
    for name in names.split(":"):
        wanted = name.strip().lower().encode()
        place = next((n for n in reversed(range(len(left))) if rfc5322.name_of(left[n]) == wanted), None)
        if place is not None:
            found.append(left.pop(place))
    return found


def _length(value: str) -> int | None:
    return int(value) if value.isdigit() else None


def _coded(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _folded(text: str) -> str:
    """Fold a signature, as it may be anywhere (RFC 6376 section 3.5, b=)."""
    return "\r\n ".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))
