"""What a message is, whatever its UID: digests by which it is found again on another server.

Line ends are normalised (CRLF and LF are one), since servers keep and show them differently. What servers and copying
tools put in front of a message (trace fields, X- fields) counts in the digest of the whole and not in that of the core.
A message is fed in pieces: memory holds its header, a megabyte of it at most.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

HEADER_LIMIT = 1 << 20
TRACE = frozenset(
    b"received return-path delivered-to envelope-to authentication-results received-spf status content-length "
    b"lines".split()
)
"""Fields that the way of a message adds, not its author (RFC 5322 section 3.6.7); so are all that begin with X-."""
_IDENT_OCTETS = 200
_FIELD = re.compile(rb"([^\x00-\x20:]+)[ \t]*:")


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 of the whole message and of its core, and its Message-ID, empty without one."""

    whole: bytes
    core: bytes
    ident: bytes


class Content:
    """The digests of one message that comes in pieces."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._core = hashlib.sha256()
        self._header: bytearray | None = bytearray(b"\n")  # so that a header without fields ends as any other
        self._ident = b""
        self._carriage = False
        self._line_ends = 0

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""
        text = (b"\r" if self._carriage else b"") + octets
        self._carriage = text.endswith(b"\r")
        self._take((text[:-1] if self._carriage else text).replace(b"\r\n", b"\n"))

    def _take(self, text: bytes) -> None:
        self._whole.update(text)
        if self._header is None:
            self._body(text)
            return
        begins = len(self._header) - 1
        self._header += text
        end = self._header.find(b"\n\n", begins) + 1
        if end or len(self._header) > HEADER_LIMIT:
            self._head_ends(end or HEADER_LIMIT)

    def _head_ends(self, end: int) -> None:
        whole, self._header = bytes(self._header or b""), None
        for field in re.split(rb"\n(?![ \t])", whole[:end]):
            name = _FIELD.match(field)
            lower = name[1].lower() if name else b""
            if field and lower not in TRACE and not lower.startswith(b"x-"):
                self._core.update(field + b"\n")
            if name and lower == b"message-id" and not self._ident:
                self._ident = b" ".join(field[name.end() :].split())[:_IDENT_OCTETS]
        self._body(whole[end:])

    def _body(self, text: bytes) -> None:
        """Take octets of the body; line ends at its end do not count in the core, and so wait for what follows."""
        rest = text.rstrip(b"\n")
        if rest:
            while self._line_ends:
                size = min(self._line_ends, HEADER_LIMIT)
                self._core.update(b"\n" * size)
                self._line_ends -= size
            self._core.update(rest)
        self._line_ends += len(text) - len(rest)

    def done(self) -> Digests:
        """Return the digests of what came."""
        if self._carriage:
            self._carriage = False
            self._take(b"\r")
        if self._header is not None:
            self._head_ends(len(self._header))
        return Digests(self._whole.digest(), self._core.digest(), self._ident)
