"""The octets of IMAP commands: words, strings and literals, right or deliberately wrong (RFC 3501 sections 2.2.1, 4, 9).

A command is cut into pieces behind each synchronizing literal's announcement, since the client must wait there; what a
check writes as plain octets is sent as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]+")
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*")


class Sync(bytes):
    """A string to be sent as a synchronizing literal: {n}, then wait for the continuation request (RFC 3501 section 4.3)."""

    mark = b"{%d}\r\n"


class NonSync(Sync):
    """A string to be sent as a non-synchronizing literal: {n+} (RFC 7888 section 3)."""

    mark = b"{%d+}\r\n"


class Binary(Sync):
    """Octets to be sent as a literal8: ~{n} (RFC 3516 section 4.4)."""

    mark = b"~{%d}\r\n"


Word = str | bytes | int


def quoted(text: str | bytes) -> bytes:
    """Write a quoted string, backslash before the quoted-specials (RFC 3501 section 9)."""
    octets = text.encode() if isinstance(text, str) else text
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", octets) + b'"'


def string(text: str | bytes) -> bytes:
    """Write a quoted string, or a Sync where no quoted string can hold the octets."""
    octets = text.encode() if isinstance(text, str) else text
    return quoted(octets) if _QUOTABLE.fullmatch(octets) else Sync(octets)


def astring(text: str | bytes) -> bytes:
    """Write the shortest form that can hold the octets: atom, quoted string or Sync (RFC 3501 section 9)."""
    octets = text.encode() if isinstance(text, str) else text
    return octets if _ATOM.fullmatch(octets) and octets.upper() != b"NIL" else string(octets)


def pieces(tag: bytes, words: tuple[Word, ...]) -> Iterator[bytes]:
    """Yield a command's octets, cut where the client has to wait for a continuation request.

    Words are separated by one space, but not behind "(" nor in front of ")".
    """
    said, opened = tag, False
    for word in words:
        octets = _octets(word)
        plain = not isinstance(octets, Sync)
        said += b"" if opened or (plain and octets.startswith(b")")) else b" "
        opened = plain and octets.endswith(b"(")
        if not isinstance(octets, Sync):
            said += octets
            continue
        said += octets.mark % len(octets)
        if not isinstance(octets, NonSync):
            yield said
            said = b""
        said += bytes(octets)
    yield said + b"\r\n"


def _octets(word: Word) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode()
