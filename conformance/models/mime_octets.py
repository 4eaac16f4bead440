"""A message cut into octets: header and body, fields, and the parts between boundaries. No field is understood here.

RFC 2822 section 2.1 and RFC 2046 section 5.1.1, for messages whose lines end in CRLF. Invariants: the raw octets of the
fields and the blank line together are the header; header and body together are the entity; the line end in front of a
delimiter belongs to the delimiter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """A header field: its name as sent (b"" for a line that is no field), the body behind the colon, all its octets."""

    name: bytes
    body: bytes
    raw: bytes

    def is_called(self, name: bytes) -> bool:
        """Whether this is its name; letter case means nothing (RFC 2822 section 1.2.2)."""
        return self.name.lower() == name.lower()


@dataclass(frozen=True, slots=True)
class Split:
    """A message or body part: `header` with the blank line that ends it (if there is one), `body` what follows."""

    header: bytes
    body: bytes

    @property
    def has_blank_line(self) -> bool:
        """Whether a blank line ends the header."""
        return self.header == b"\r\n" or self.header.endswith(b"\r\n\r\n")


def split(raw: bytes) -> Split:
    """Cut header and body apart behind the first blank line; without one all is header."""
    if raw.startswith(b"\r\n"):
        return Split(raw[:2], raw[2:])
    head, gap, body = raw.partition(b"\r\n\r\n")
    return Split(head + gap, body)


def fields(header: bytes) -> tuple[Field, ...]:
    """Cut a header into its fields; lines that begin with white space continue the field before them."""
    return tuple(_field(raw) for raw in _unbroken(header))


def _unbroken(header: bytes) -> Iterator[bytes]:
    gathered = b""
    for line in header.split(b"\r\n")[:-1] if header.endswith(b"\r\n") else header.split(b"\r\n"):
        if gathered and line[:1] not in (b" ", b"\t"):
            yield gathered
            gathered = b""
        gathered += line + b"\r\n" if line else b""
    if gathered:
        yield gathered if header.endswith(b"\r\n") else gathered[:-2]


def _field(raw: bytes) -> Field:
    found = _NAME.match(raw)
    if found is None:
        return Field(b"", b"", raw)
    return Field(found[1], raw[found.end() :].removesuffix(b"\r\n"), raw)


@dataclass(frozen=True, slots=True)
class Cut:
    """The inside of a multipart body: the octets of its parts.

    `closed`: the closing delimiter is there; `bare`: it is the last thing there, without a line end of its own.
    """

    parts: tuple[bytes, ...]
    closed: bool = False
    bare: bool = False


def cut(body: bytes, boundary: bytes) -> Cut:
    """Cut a multipart body at its delimiter lines (RFC 2046 section 5.1.1); preamble and epilogue fall away.

    A line is a delimiter line if nothing but white space follows the boundary. Where the closing one is missing the
    last part goes to the end of the body: that is where the enclosing entity ends it.
    """
    parts: list[bytes] = []
    begin: int | None = None
    for found in re.finditer(rb"(?:\A|\r\n)--%b(--)?[ \t]*(?=\r\n|\Z)" % re.escape(boundary), body):
        if begin is not None:
            parts.append(body[begin : max(begin, found.start())])
        if found[1]:
            return Cut(tuple(parts), closed=True, bare=found.end() == len(body))
        begin = min(found.end() + 2, len(body))
    if begin is not None:
        parts.append(body[begin:])
    return Cut(tuple(parts))
