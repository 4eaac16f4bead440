"""Values with latitude: what RFC 3501 wants to see, and which other spellings it leaves to the server.

The oracle (see `conformance.models.mime`) computes one value for everything. Where the RFCs are silent on the spelling,
the value is of a class of this module: it equals its plain form, so that trees can be compared with `==`, and `admits`
says which other forms are no deviation. Whatever is plain bytes or a plain number has no latitude at all.

Invariant: latitude is given where the message is read, next to the octets that make it necessary, and never wider than
those octets need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Self

from conformance.wire.imap_body import Address

_MONTHS = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_DATE = re.compile(
    rb"(?:[a-z]{3},\s*)?(\d{1,2})[ -]([a-z]{3})[ -](\d{4}) (\d\d):(\d\d)(?::(\d\d))? ([+-])(\d\d)(\d\d)\b"
)


class OneOf(bytes):
    """A value for which others stand as well; None among them means that it may be absent."""

    others: tuple[bytes | None, ...]

    def __new__(cls, value: bytes, others: Iterable[bytes | None]) -> Self:
        made = super().__new__(cls, value)
        made.others = tuple(others)
        return made

    def admits(self, got: bytes | None) -> bool:
        """Whether a server may show this for the value."""
        return got == bytes(self) or got in self.others


class Anything(bytes):
    """A value of which the RFCs say nothing at all: the message is not what they allow."""

    def admits(self, got: bytes | None) -> bool:
        """Whether a server may show this for the value: always."""
        return True


class Text(bytes):
    """The text of an unstructured field: the value unfolded (RFC 2822 section 2.2.3), white space around it left out."""

    def __new__(cls, raw: bytes) -> Self:
        return super().__new__(cls, unfolded(raw))

    def admits(self, got: bytes | None) -> bool:
        """Whether a server may show this for the field.

        RFC 3501 does not say how a fold is shown: unfolding by the letter keeps the white space behind the line end,
        many servers make one space of any white space, also where no fold was, and some keep the line end. White space
        around the text belongs to nobody. An empty field may be NIL (section 7.4.2, note on "present but empty").
        """
        return not self if got is None else squeezed(got) == squeezed(self)


class DateText(Text):
    """The text of a Date field, which a server may also spell anew, for instance as date-time: the same moment."""

    def admits(self, got: bytes | None) -> bool:
        """Whether a server may show this for the field; RFC 3501 calls it a string and not which."""
        if super().admits(got):
            return True
        moment = _moment(bytes(self))
        return got is not None and moment is not None and moment == _moment(got)


class Between(int):
    """A number for which a greater one stands as well."""

    most: int

    def __new__(cls, least: int, most: int) -> Self:
        made = super().__new__(cls, least)
        made.most = most
        return made

    def admits(self, got: int | None) -> bool:
        """Whether a server may show this number."""
        return got is not None and self <= got <= self.most


def lines(body: bytes) -> Between:
    """Count text lines: RFC 3501 does not say whether a last line without its line end is one."""
    ended = body.count(b"\r\n")
    return Between(ended, ended + (body != b"" and not body.endswith(b"\r\n")))


class AddressList(tuple[Address, ...]):
    """The addresses of a field; `others` are lists that stand for it as well, and None that it may be absent.

    `defaulted`: the field is absent or empty, and the addresses are those of the from member (RFC 3501 section 7.4.2).
    """

    __slots__ = ()
    others: tuple[tuple[Address, ...] | None, ...] = ()
    defaulted = False


class OpenAddressList(AddressList):
    """Addresses with other readings, all of them as good: a field that stands there twice has at least three."""

    def __new__(cls, addresses: Iterable[Address], others: Iterable[tuple[Address, ...] | None]) -> Self:
        made = super().__new__(cls, addresses)
        made.others = tuple(others)
        return made


class DefaultedAddressList(OpenAddressList):
    """The addresses of the from member, standing for Sender or Reply-To."""

    defaulted = True


def unfolded(raw: bytes) -> bytes:
    """Unfold a field body by the letter of RFC 2822 section 2.2.3 and cut the white space at its ends off."""
    return re.sub(rb"\r\n(?=[ \t])", b"", raw).strip()


def squeezed(value: bytes) -> bytes:
    """Make one space of each run of white space, none at the ends: what a phrase of words amounts to."""
    return b" ".join(value.split())


def _moment(value: bytes) -> datetime | None:
    """Read a date of RFC 2822 section 3.3 in its zone; None if it is none or says no zone in numbers."""
    found = _DATE.match(squeezed(value).lower())
    if found is None or found[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(found[n] or 0) for n in (1, 3, 4, 5, 6))
    ahead = timedelta(hours=int(found[8]), minutes=int(found[9])) * (1 if found[7] == b"+" else -1)
    try:
        return datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=timezone(ahead))
    except ValueError:
        return None
