r"""A mailbox as a search sees it: messages with their attributes, header fields and texts (RFC 3501 sections 2.3, 6.4.4).

Invariant: a Message holds what the server itself shows of it. `internaldate` is the one that FETCH shows, zone included,
`flags` are those of FETCH FLAGS in the session that searches (so that \Recent is known), and `size` is RFC822.SIZE:
storage may add fields or choose the zone, and no search may be judged by what was once appended.
"""

from __future__ import annotations

import datetime as dt
import email.parser
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as MimePart

_FIELD = re.compile(rb"(?m)^([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r\n[ \t]|\r(?!\n)|(?<!\r)\n)*)(?:\r\n|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the mailbox; `modseq` is None where the server keeps no mod-sequences."""

    number: int
    uid: int
    octets: bytes
    internaldate: dt.datetime
    flags: frozenset[bytes] = frozenset()
    size: int
    modseq: int | None = None

    def has(self, flag: bytes) -> bool:
        """Whether a flag is set; letter case means nothing (RFC 3501 section 9, note 1)."""
        return flag.lower() in {each.lower() for each in self.flags}

    @property
    def header(self) -> bytes:
        """The header with the CRLF of its last line, without the empty line."""
        return _divided(self.octets)[0]

    @property
    def body(self) -> bytes:
        """What follows the empty line."""
        return _divided(self.octets)[1]

    def fields(self, name: bytes) -> tuple[bytes, ...]:
        """Return what stands behind the colon of each field of this name, folded as sent, CRLF at the end left out."""
        return tuple(value for each, value in fields_of(self.header) if each.lower() == name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Messages in the order of their numbers.

    `clock` is the earliest and latest moment at which the server may have looked (OLDER, YOUNGER); `saved` are the UIDs
    that `$` stands for (RFC 5182); `uidnext` is what `*` is in an empty mailbox.
    """

    messages: tuple[Message, ...]
    clock: tuple[dt.datetime, dt.datetime] | None = None
    saved: frozenset[int] = frozenset()
    uidnext: int = 1

    @property
    def exists(self) -> int:
        return len(self.messages)

    @property
    def uids(self) -> frozenset[int]:
        return frozenset(message.uid for message in self.messages)

    def uid_of(self, number: int) -> int:
        """Return the UID of a sequence number; raises IndexError for one that no message has."""
        return self.messages[number - 1].uid


def _divided(octets: bytes) -> tuple[bytes, bytes]:
    if octets.startswith(b"\r\n"):
        return b"", octets[2:]
    header, gap, body = octets.partition(b"\r\n\r\n")
    return (header + b"\r\n" if gap else header), body


def fields_of(header: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return name and value of each field of a header; lines that are none are passed over."""
    return tuple((found[1], found[2]) for found in _FIELD.finditer(header))


def unfolded(value: bytes) -> bytes:
    """Take the line ends of folding out of a value (RFC 5322 section 2.2.3)."""
    return re.sub(rb"\r\n(?=[ \t])", b"", value)


def leaves(octets: bytes) -> Iterator[MimePart]:
    """Yield the parts of a message that hold no other parts, those inside of embedded messages included."""
    yield from (part for part in _parsed(octets).walk() if not part.is_multipart())


def parts_of(octets: bytes) -> Iterator[MimePart]:
    """Yield the parts inside of a message, embedded messages and their parts included, the message itself left out."""
    walk = _parsed(octets).walk()
    next(walk)
    yield from walk


def _parsed(octets: bytes) -> MimePart:
    return email.parser.BytesParser(policy=email.policy.compat32).parsebytes(octets)
