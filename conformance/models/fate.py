"""What a sender's program learns from a message that comes back: what became of the mail, of whom, and how it is known.

Reports in a standard form are read by their fields: RFC 3464 for delivery, RFC 8098 for disposition. Of other notices the
older conventions are known (X-Failed-Recipients, qmail's QSBMF), and general features of their text. An answer that a
program has sent is known by Auto-Submitted (RFC 3834 section 5) and the fields that were used before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from conformance.models import bounce_text
from conformance.wire import dsn, mdn, message, message_fields
from conformance.wire.auto_submitted import auto_submitted
from conformance.wire.message import Entity
from conformance.wire.message_fields import body_of
from conformance.wire.report import Typed
from conformance.wire.rfc3463 import TRANSIENT, Status
from conformance.wire.scanner import Message


class Fate(StrEnum):
    """What became of a message, or what else it is that has come."""

    HARD_FAILURE = "hard failure"
    SOFT_FAILURE = "soft failure"
    DELAYED = "delayed"
    RELAYED = "relayed"
    EXPANDED = "expanded"
    DELIVERED = "delivered"
    DISPOSITION = "disposition"
    AUTO_REPLY = "auto-reply"
    NONE = "none of these"


class Sign(StrEnum):
    """By what a fate was recognised."""

    DELIVERY_STATUS = "a delivery status notification"
    LOOSE_STATUS = "a delivery-status part outside a report of its own"
    DISPOSITION_NOTIFICATION = "a disposition notification"
    FAILED_RECIPIENTS = "X-Failed-Recipients"
    QSBMF = "qmail's bounce format"
    TEXT = "its text"
    AUTO_SUBMITTED = "Auto-Submitted"
    OLD_FIELDS = "fields of vacation programs"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What became of the message for one recipient; the address may be empty, and the status None, where nothing says it.

    The address is the one that the sender knows, where the message tells it beside the one that it became.
    """

    address: bytes
    fate: Fate
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a message tells as a whole: the gravest fate of its recipients, each of them, and by what it was recognised."""

    fate: Fate
    sign: Sign
    recipients: tuple[Recipient, ...] = ()

    def addresses(self, *fates: Fate) -> frozenset[bytes]:
        """Return the addresses of the recipients that met one of these fates, in lower case."""
        return frozenset(one.address.lower() for one in self.recipients if one.fate in fates and one.address)


_ORDER = tuple(Fate)
_ACTIONS = {
    "delayed": Fate.DELAYED, "delivered": Fate.DELIVERED, "relayed": Fate.RELAYED, "expanded": Fate.EXPANDED,
}  # fmt: skip
_QSBMF_PARAGRAPH = re.compile(r"<([^<>]*)>:?[ \t]*(?:\n|\Z)")
_OLD_PRECEDENCE = re.compile(rb"auto[_-]?reply", re.IGNORECASE)
_OLD_FIELDS = ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Auto-Reply-From", "X-Mail-Autoreply")
_COMMENT_OR_BRACKETS = re.compile(rb"<([^<>]*)>")


def fate_of(raw: bytes) -> Seen:
    """Classify a message."""
    entity = message.read(raw).value
    for look in (_disposition, _delivery_status, _failed_recipients, _qsbmf, _text, _automatic):
        seen = look(entity)
        if seen is not None:
            return seen
    return Seen(fate=Fate.NONE, sign=Sign.NOTHING)


def _seen(sign: Sign, recipients: tuple[Recipient, ...], otherwise: Fate = Fate.HARD_FAILURE) -> Seen:
    fates = [recipient.fate for recipient in recipients] or [otherwise]
    return Seen(fate=min(fates, key=_ORDER.index), sign=sign, recipients=recipients)


def _own_parts(entity: Entity) -> list[Entity]:
    """Return the entities that are no part of a message that is returned; of a multipart/mixed, messages are looked into."""
    found, waiting = [], [(entity, True)]
    while waiting:
        part, into_messages = waiting.pop()
        found.append(part)
        if part.media.essence in message.MESSAGES and not into_messages:
            continue
        below = into_messages and part.media.essence != "multipart/report"
        below = below and not any(inner.media.essence in dsn.STATUS_PARTS for inner in part.parts)
        waiting.extend((inner, below) for inner in reversed(part.parts))
    return found


def _disposition(entity: Entity) -> Seen | None:
    told = mdn.of(entity)
    if told is None:
        return None
    address = _known(told.status.original_recipient, told.status.final_recipient)
    return _seen(Sign.DISPOSITION_NOTIFICATION, (Recipient(address=address, fate=Fate.DISPOSITION),))


def _delivery_status(entity: Entity) -> Seen | None:
    """Fields of a message/delivery-status, of which reports are full; one that names no recipient tells nothing."""
    own = dsn.of(entity)
    statuses = [own.status] if own else []
    if not statuses:
        parts = (part for part in _own_parts(entity) if part.media.essence in dsn.STATUS_PARTS)
        statuses = [dsn.read(Message(part.content, part.body_start)).value for part in parts]
    recipients = tuple(
        _recipient(told) for status in statuses for told in status.recipients if told.action or told.status
    )
    if not recipients:
        return None
    return _seen(Sign.DELIVERY_STATUS if own else Sign.LOOSE_STATUS, recipients)


def _recipient(told: dsn.PerRecipient) -> Recipient:
    return Recipient(
        address=_known(told.original_recipient, told.final_recipient), fate=_by_action(told), status=told.status
    )


def _known(*named: Typed | None) -> bytes:
    """The first Internet address among these, else the first of any type (RFC 3464 section 2.3.1)."""
    there = [one for one in named if one is not None and one.value]
    internet = (one for one in there if one.type in ("rfc822", "utf-8"))
    found = next(internet, there[0] if there else None)
    return b"" if found is None else _bare(found.value)


def _by_action(told: dsn.PerRecipient) -> Fate:
    """The fate by the action; where that is no known one, by the class of the status (RFC 3464 section 2.3.4)."""
    if told.action in _ACTIONS:
        return _ACTIONS[told.action]
    return _failure(told.status)


def _failure(status: Status | None) -> Fate:
    return Fate.SOFT_FAILURE if status is not None and status.kind == TRANSIENT else Fate.HARD_FAILURE


def _bare(value: bytes) -> bytes:
    """The address alone, where it was written in angle brackets or with a comment behind."""
    found = _COMMENT_OR_BRACKETS.search(value)
    return found[1].strip() if found else value.partition(b" (")[0].strip()


def _failed_recipients(entity: Entity) -> Seen | None:
    """X-Failed-Recipients: addresses with commas between, as Exim writes it."""
    fields = entity.all("X-Failed-Recipients")
    if not fields:
        return None
    status = bounce_text.status_in("\n".join(bounce_text.before_copy(bounce_text.explanation(entity))))
    named = [address.strip() for field in fields for address in field.body.split(b",") if address.strip()]
    fate = _failure(status)
    return _seen(
        Sign.FAILED_RECIPIENTS, tuple(Recipient(address=_bare(one), fate=fate, status=status) for one in named)
    )


def _qsbmf(entity: Entity) -> Seen | None:
    """QSBMF: a first paragraph "Hi. This is the", then one for each recipient, the address in angle brackets and a colon."""
    text = bounce_text.explanation(entity).replace("\r\n", "\n").lstrip()
    if not text.startswith("Hi. This is the"):
        return None
    recipients: list[Recipient] = []
    for paragraph in text.split("\n\n")[: bounce_text.RECIPIENT_LIMIT]:
        if paragraph.lstrip().startswith("--- "):
            break
        for found in _QSBMF_PARAGRAPH.finditer(paragraph):
            status = bounce_text.status_in(paragraph)
            recipients.append(Recipient(address=found[1].encode(), fate=_failure(status), status=status))
    return _seen(Sign.QSBMF, tuple(recipients)) if recipients else None


def _text(entity: Entity) -> Seen | None:
    field = entity.first("Subject")
    told = bounce_text.read(entity, "" if field is None else message_fields.read(field).value)
    if told is None:
        return None
    fate = Fate.DELAYED if told.is_delay else _failure(told.status)
    recipients = tuple(Recipient(address=one, fate=fate, status=told.status) for one in told.recipients)
    return _seen(Sign.TEXT, recipients, fate)


def _automatic(entity: Entity) -> Seen | None:
    field = entity.first("Auto-Submitted")
    if field is not None:
        keyword = auto_submitted(body_of(entity.whole, field)).keyword
        return Seen(fate=Fate.AUTO_REPLY, sign=Sign.AUTO_SUBMITTED) if keyword == "auto-replied" else None
    if _OLD_PRECEDENCE.search(entity.text("Precedence")) or any(map(entity.first, _OLD_FIELDS)):
        return Seen(fate=Fate.AUTO_REPLY, sign=Sign.OLD_FIELDS)
    return None
