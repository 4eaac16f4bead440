"""ENVELOPE of a header: ten members, some of them defaulted (RFC 3501 sections 2.3.5 and 7.4.2).

A field that RFC 2822 section 3.6 allows once and that stands there more often has no meaning of its own: a server may
take any of them, and of addresses all together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.models.mime_addresses import addresses
from conformance.models.mime_latitude import (
    AddressList,
    DateText,
    DefaultedAddressList,
    OneOf,
    OpenAddressList,
    Text,
    unfolded,
)
from conformance.models.mime_octets import Field
from conformance.wire.imap_body import Address, Envelope


def envelope_of(fields: Sequence[Field]) -> Envelope:
    """Compute the envelope structure of a header's fields."""
    from_ = _address_list(fields, b"From")
    return Envelope(
        date=_text(fields, b"Date", DateText), subject=_text(fields, b"Subject"), from_=from_,
        sender=_address_list(fields, b"Sender") or _like_from(from_),
        reply_to=_address_list(fields, b"Reply-To") or _like_from(from_),
        to=_address_list(fields, b"To"), cc=_address_list(fields, b"Cc"), bcc=_address_list(fields, b"Bcc"),
        in_reply_to=_msg_ids(fields, b"In-Reply-To"), message_id=_msg_ids(fields, b"Message-ID"),
    )  # fmt: skip


def _bodies(fields: Sequence[Field], name: bytes) -> list[bytes]:
    return [field.body for field in fields if field.is_called(name)]


def _text(fields: Sequence[Field], name: bytes, kind: type[Text] = Text) -> bytes | None:
    bodies = _bodies(fields, name)
    if len(bodies) > 1:
        return OneOf(unfolded(bodies[0]), map(unfolded, bodies))
    return kind(bodies[0]) if bodies else None


def _msg_ids(fields: Sequence[Field], name: bytes) -> bytes | None:
    """Return the text of a field of message identifiers; words beside these may be left out (RFC 2822 section 4.5.4)."""
    text, bodies = _text(fields, name), _bodies(fields, name)
    alone = b" ".join(re.findall(rb"<[^<>]*>", unfolded(bodies[0]))) if bodies else b""
    if not isinstance(text, Text) or alone in (b"", bytes(text)):
        return text
    return OneOf(text, (alone, bodies[0].strip(), *alone.split(), None))


def _address_list(fields: Sequence[Field], name: bytes) -> tuple[Address, ...] | None:
    """Return the addresses of a field, None if it is absent or empty."""
    lists = [found for body in _bodies(fields, name) if (found := addresses(body))]
    if not lists:
        return None
    together = tuple(address for one in lists for address in one)
    return OpenAddressList(together, lists) if len(lists) > 1 else AddressList(together)


def _like_from(from_: tuple[Address, ...] | None) -> tuple[Address, ...] | None:
    """Return the from member as it stands for an absent Sender or Reply-To (RFC 3501 section 7.4.2)."""
    return None if from_ is None else DefaultedAddressList(from_, getattr(from_, "others", ()))
