"""What IMAP responses are made of once read (RFC 3501 section 7): plain records, octets as bytes, NIL as None."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Code:
    """A response code: its name in upper case, and its data as the rule of that name reads them."""

    name: bytes
    data: Any = None


@dataclass(frozen=True, slots=True)
class Response:
    """One response: tag ("*", "+" or the tag), name in upper case, message number, data, response code, text."""

    tag: bytes
    name: bytes
    number: int | None = None
    data: Any = None
    code: Code | None = None
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class MailboxList:
    """Data of LIST and LSUB: attributes as sent, hierarchy delimiter or None, name, RFC 5258's extended items."""

    attributes: tuple[bytes, ...]
    delimiter: bytes | None
    name: bytes
    extended: tuple[tuple[bytes, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """Data of SEARCH and SORT: numbers in the order sent, and their highest mod-sequence (RFC 7162 section 3.1.5)."""

    numbers: tuple[int, ...]
    modseq: int | None = None


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """Data of STATUS: the mailbox's name and its items by upper-case name."""

    name: bytes
    items: dict[bytes, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Data of FETCH: items in the order sent, under normalised names."""

    pairs: tuple[tuple[bytes, Any], ...]

    def get(self, name: bytes) -> Any:
        """Return the value of the first item of this name, None if there is none."""
        return next((value for key, value in self.pairs if key == name), None)

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self.pairs)
