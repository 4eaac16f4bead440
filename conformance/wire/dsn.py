"""Delivery status notifications: message/delivery-status (RFC 3464, RFC 1894; RFC 6533 for UTF-8), a rule for each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.wire import message, report
from conformance.wire.date_time import DateTime, date_time
from conformance.wire.message import Entity
from conformance.wire.report import Group, Report, Rule, Typed
from conformance.wire.rfc3463 import Status, status
from conformance.wire.scanner import Message, Parsed, Scanner, Violation

ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
CLASSES: Mapping[str, tuple[int, ...]] = {
    "failed": (4, 5), "delayed": (4,), "delivered": (2,), "relayed": (2,), "expanded": (2,),
}  # fmt: skip
"""Classes of the status that an action can have; a transient one has failed once its time is over (RFC 3464 section 2.3.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMessage(Group):
    """What is said of the message as a whole (RFC 3464 section 2.2); None for a field that is not there."""

    original_envelope_id: bytes | None = None
    reporting_mta: Typed | None = None
    dsn_gateway: Typed | None = None
    received_from_mta: Typed | None = None
    arrival_date: DateTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerRecipient(Group):
    """What is said of one recipient (RFC 3464 section 2.3); `action` is in lower case, and empty without one."""

    original_recipient: Typed | None = None
    final_recipient: Typed | None = None
    action: str = ""
    status: Status | None = None
    remote_mta: Typed | None = None
    diagnostic_code: Typed | None = None
    last_attempt_date: DateTime | None = None
    final_log_id: bytes | None = None
    will_retry_until: DateTime | None = None

    @property
    def address(self) -> bytes:
        """The address of the final recipient, else of the original one; empty without both."""
        named = self.final_recipient or self.original_recipient
        return b"" if named is None else named.value


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """The two kinds of groups (RFC 3464 section 2.1)."""

    message: PerMessage = PerMessage()
    recipients: tuple[PerRecipient, ...] = ()

    @property
    def actions(self) -> list[str]:
        """What happened to each recipient, in lower case."""
        return [recipient.action for recipient in self.recipients]


def _action(at: Scanner) -> str:
    """action-value, in lower case, up to the end; a comment may follow (RFC 3464 section 2.3.3)."""
    start = at.at
    found = report.word(at, "action-value")
    if found and found not in ACTIONS:
        at.note("action-value", " / ".join(ACTIONS), start, at.at)
    at.finish("action-field", "nothing but a comment behind the action")
    return found


PER_MESSAGE: Mapping[str, Rule] = {
    "original-envelope-id": Rule("original_envelope_id", report.text),
    "reporting-mta": Rule("reporting_mta", report.mta_name, needed=True),
    "dsn-gateway": Rule("dsn_gateway", report.mta_name),
    "received-from-mta": Rule("received_from_mta", report.mta_name),
    "arrival-date": Rule("arrival_date", date_time),
}
PER_RECIPIENT: Mapping[str, Rule] = {
    "original-recipient": Rule("original_recipient", report.address),
    "final-recipient": Rule("final_recipient", report.address, needed=True),
    "action": Rule("action", _action, needed=True),
    "status": Rule("status", status, needed=True),
    "remote-mta": Rule("remote_mta", report.mta_name),
    "diagnostic-code": Rule("diagnostic_code", report.diagnostic),
    "last-attempt-date": Rule("last_attempt_date", date_time),
    "final-log-id": Rule("final_log_id", report.text),
    "will-retry-until": Rule("will_retry_until", date_time),
}
EXTENSIONS = ("deliver-by-date", "localized-diagnostic", "smtp-remote-recipient")
"""Names beside these (RFC 2852 section 5, RFC 6533 section 4.1, RFC 3461 section 6.3); others begin with X- (RFC 3464 section 2.4)."""


def read(content: Message) -> Parsed[DeliveryStatus]:
    """Read the content of a message/delivery-status, decoded; places count from its start."""
    at = Scanner(content.raw)
    value = delivery_status_content(at)
    return Parsed(content, value, tuple(at.violations))


def delivery_status_content(at: Scanner) -> DeliveryStatus:
    """delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields ), up to the end.

    Recipient fields in the first group belong to a recipient: it is read as both, and the place is a violation.
    """
    found = report.groups(at)
    first, rest = (found[0], found[1:]) if found else ((), [])
    per_message = PerMessage(fields=first, **report.values(at, first, PER_MESSAGE, PER_RECIPIENT, "per-message-fields"))
    if any(one.name.lower() in (b"final-recipient", b"action") for one in first):
        rest = [first, *rest]
    if not rest:
        at.note("per-recipient-fields", "a group of fields for each recipient", at.end, at.end)
    recipients = tuple(
        PerRecipient(fields=fields, **report.values(at, fields, PER_RECIPIENT, PER_MESSAGE, "per-recipient-fields"))
        for fields in rest
    )
    for group in found:
        for one in group:
            name = one.name.decode("latin-1").lower()
            known = name in PER_MESSAGE or name in PER_RECIPIENT or name in EXTENSIONS
            if name and not known and not name.startswith("x-"):
                at.note("extension-field", "a registered name or one with X-", one.start, one.start + len(one.raw))
    for recipient in recipients:
        classes = CLASSES.get(recipient.action)
        if classes and recipient.status and recipient.status.kind not in classes:
            start = recipient.fields[0].start
            at.note("action-status", f"a status of class {classes} with {recipient.action}", start, start)
    return DeliveryStatus(message=per_message, recipients=recipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A whole notification: its report, what its second part says, and all violations of the two grammars.

    Places in `violations` count from the start of the message, or, if the second part is encoded, of its content.
    """

    report: Report
    status: DeliveryStatus
    violations: tuple[Violation, ...] = field(default=(), repr=False)

    @property
    def message(self) -> PerMessage:
        return self.status.message

    @property
    def recipients(self) -> tuple[PerRecipient, ...]:
        return self.status.recipients

    @property
    def actions(self) -> list[str]:
        """What happened to each recipient, in lower case."""
        return self.status.actions

    @property
    def returned(self) -> bytes:
        """The content of the third part: the message, its header or empty."""
        return b"" if self.report.returned is None else self.report.returned.content


def notification(raw: bytes) -> Notification | None:
    """Read a message; None if it is no multipart/report with report-type=delivery-status (RFC 3464 section 2)."""
    return of(message.read(raw).value)


def of(entity: Entity) -> Notification | None:
    """Read an entity; None if it is no such report, or if it has no part that tells the status."""
    found = report.read(entity)
    if found is None or found.value.report_type != "delivery-status":
        return None
    machine = next((part for part in entity.parts if part.media.essence in STATUS_PARTS), None)
    if machine is None:
        return None
    at = report.scanner_over(machine)
    status_read = delivery_status_content(at)
    return Notification(report=found.value, status=status_read, violations=(*found.violations, *at.violations))


def delayed(raw: bytes) -> bool:
    """Whether a message only tells of a delay: what it is about may still arrive (RFC 3464 section 2.3.3)."""
    told = notification(raw)
    return told is not None and bool(told.actions) and set(told.actions) == {"delayed"}


def not_delivered(raw: bytes) -> bool:
    """Whether a message says that something has failed: a notice in no form that can be read is taken for one."""
    told = notification(raw)
    return told is None or not told.actions or "failed" in told.actions


def write(said: DeliveryStatus) -> bytes:
    """Write the content of a message/delivery-status: the known fields in the order of RFC 3464, each on one line."""
    groups = [_written(said.message, PER_MESSAGE), *(_written(one, PER_RECIPIENT) for one in said.recipients)]
    return b"\r\n".join(groups)


def _written(group: Group, rules: Mapping[str, Rule]) -> bytes:
    lines = []
    for name, rule in rules.items():
        value = getattr(group, rule.attribute)
        if value is not None and value != "":
            lines.append(name.title().encode() + b": " + _value(value) + b"\r\n")
    return b"".join(lines)


def _value(value: object) -> bytes:
    if isinstance(value, Typed):
        return value.type.encode() + b"; " + value.value
    return value if isinstance(value, bytes) else str(value).encode()
