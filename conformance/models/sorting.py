"""In which order SORT puts messages, and what is wrong with another one (RFC 5256 section 3; DISPLAY RFC 5957).

Each criterion gives a message one value, or several where the RFC can be read so: the sent date of a Date: that cannot
be parsed, strings outside of ASCII, a field whose first address is a group. Two messages are in order unless every
reading says otherwise. Invariant: `sorted_numbers` is an order that `misplaced` accepts; ties go by sequence number,
which REVERSE leaves alone.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cmp_to_key

from conformance.models import sent_dates
from conformance.models.base_subjects import base_subject
from conformance.models.collations import collated
from conformance.models.contents import Mailbox, Message
from conformance.models.encoded_words import decoded
from conformance.models.mime_addresses import addresses
from conformance.wire.imap_body import Address

Value = bytes | int | dt.datetime
Ordered = int | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A sort-criterion: a key in upper case, and whether REVERSE stands in front of it."""

    key: bytes
    reverse: bool = False

    def __bytes__(self) -> bytes:
        return b"REVERSE " + self.key if self.reverse else self.key


def values(key: bytes, message: Message) -> tuple[Value, ...]:
    """Return the readings of one criterion for one message; raises KeyError for an unknown key."""
    return _VALUES[key](message)


def sent(message: Message) -> tuple[dt.datetime, ...]:
    """Return the readings of a message's sent date (RFC 5256 section 2.2)."""
    fields = tuple(value.decode("latin-1") for value in message.fields(b"Date"))
    return sent_dates.readings(fields, message.internaldate)


def subject(message: Message) -> bytes:
    """Return the value of the Subject: field, b"" if there is none."""
    return next(iter(message.fields(b"Subject")), b"")


def _first_address(message: Message, field: bytes, say: Callable[[Address], str]) -> tuple[Value, ...]:
    found = [address for value in message.fields(field) for address in addresses(value)]
    if not found:
        return (b"",)
    said = [say(found[0]), *(_other_readings(found, say) if found[0].host is None else [])]
    return tuple(dict.fromkeys(reading for text in said for reading in collated(text)))


def _other_readings(found: list[Address], say: Callable[[Address], str]) -> list[str]:
    """A group has no local part of its own: its first member may count, or nothing."""
    return ["", *(say(address) for address in found[1:2] if address.host is not None)]


def _mailbox(address: Address) -> str:
    return _text(address.mailbox)


def _display(address: Address) -> str:
    """The DISPLAY sort value of an address (RFC 5957 section 3)."""
    name = decoded(_text(address.name))[0]
    if name or address.host is None:
        return name or _text(address.mailbox)
    return f"{_text(address.mailbox)}@{_text(address.host)}"


def _text(octets: bytes | None) -> str:
    return (octets or b"").decode("utf-8", "replace")


_VALUES: dict[bytes, Callable[[Message], tuple[Value, ...]]] = {
    b"ARRIVAL": lambda message: (message.internaldate,),
    b"CC": lambda message: _first_address(message, b"Cc", _mailbox),
    b"DATE": sent,
    b"DISPLAYFROM": lambda message: _first_address(message, b"From", _display),
    b"DISPLAYTO": lambda message: _first_address(message, b"To", _display),
    b"FROM": lambda message: _first_address(message, b"From", _mailbox),
    b"SIZE": lambda message: (message.size,),
    b"SUBJECT": lambda message: collated(base_subject(subject(message)).text),
    b"TO": lambda message: _first_address(message, b"To", _mailbox),
}
KEYS = tuple(key for key in _VALUES if not key.startswith(b"DISPLAY"))
"""The sort keys of RFC 5256."""
DISPLAY_KEYS = (b"DISPLAYFROM", b"DISPLAYTO")
"""The sort keys of RFC 5957."""


def compare(one: Message, other: Message, criteria: Iterable[Criterion]) -> Ordered:
    """Return -1 if `one` comes first, 1 if `other` does, None if readings differ; 0 for a message and itself."""
    for criterion in criteria:
        pairs = itertools.product(values(criterion.key, one), values(criterion.key, other))
        orders = {_order(a, b) for a, b in pairs}
        if len(orders) > 1:
            return None
        if (order := orders.pop()) != 0:
            return -order if criterion.reverse else order
    return _order(one.number, other.number)


def _order(a: Value, b: Value) -> int:
    return (a > b) - (a < b)  # type: ignore[operator]  # both are values of one criterion


def sorted_numbers(messages: Collection[Message], criteria: Collection[Criterion]) -> tuple[int, ...]:
    """Return the sequence numbers in order; where readings differ, by the first reading of each."""

    def by_first_reading(one: Message, other: Message) -> int:
        for criterion in criteria:
            order = _order(values(criterion.key, one)[0], values(criterion.key, other)[0])
            if order:
                return -order if criterion.reverse else order
        return _order(one.number, other.number)

    return tuple(message.number for message in sorted(messages, key=cmp_to_key(by_first_reading)))


def misplaced(order: Collection[int], mailbox: Mailbox, criteria: Collection[Criterion]) -> str:
    """Say which two messages stand the wrong way round in a SORT response; empty if it may be so.

    Which messages belong into the response is the search's affair, see `search.Found`; numbers of no message are passed
    over.
    """
    placed = [mailbox.messages[number - 1] for number in order if 1 <= number <= mailbox.exists]
    for first, second in itertools.combinations(placed, 2):
        if compare(first, second, criteria) == 1:
            return f"{second.number} belongs before {first.number}"
    return ""
