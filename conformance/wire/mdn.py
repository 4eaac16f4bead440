"""Message disposition notifications: message/disposition-notification, and how they are asked for (RFC 8098).

What RFC 2298 and RFC 3798 had and RFC 8098 has no more is read under the quirks `obs-disposition-type`,
`obs-disposition-modifier` and `obs-field` (Failure and Warning).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.wire import address_list, message, report, rfc5322
from conformance.wire.address_list import Mailbox
from conformance.wire.message import Entity
from conformance.wire.message_fields import msg_id
from conformance.wire.report import Group, Report, Rule, Typed
from conformance.wire.scanner import Message, Parsed, Scanner, Violation

ACTION_MODES = ("manual-action", "automatic-action")
SENDING_MODES = ("mdn-sent-manually", "mdn-sent-automatically")
TYPES = ("displayed", "deleted", "dispatched", "processed")
"""What became of the message (RFC 8098 section 3.2.6.2)."""
OLD_TYPES = ("denied", "failed")
OLD_MODIFIERS = ("warning", "superseded", "expired", "mailbox-terminated")
"""Words of RFC 2298 section 3.2.6 that are gone."""
DISPOSITION_PARTS = ("message/disposition-notification", "message/global-disposition-notification")

_ATOM = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_MODE = re.compile(rb"[A-Za-z-]+")
_MODIFIER = re.compile(rb"[A-Za-z0-9!#$%&'*+?^_`{|}~-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What a program or its user did, all in lower case; empty for a word that is missing."""

    action_mode: str = ""
    sending_mode: str = ""
    type: str = ""
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingUa:
    """Who speaks: a name, mostly of a host, and a product, None without one (RFC 8098 section 3.2.1)."""

    name: bytes
    product: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionStatus(Group):
    """The fields of a message/disposition-notification (RFC 8098 section 3.2); None for one that is not there."""

    reporting_ua: ReportingUa | None = None
    mdn_gateway: Typed | None = None
    original_recipient: Typed | None = None
    final_recipient: Typed | None = None
    original_message_id: bytes | None = None
    disposition: Disposition | None = None
    error: tuple[bytes, ...] = ()
    warning: tuple[bytes, ...] = ()
    failure: tuple[bytes, ...] = ()


def reporting_ua(at: Scanner) -> ReportingUa:
    """ua-name [ ";" ua-product ], up to the end."""
    start = at.at
    name, semicolon, product = report.text(at).partition(b";")
    if not name.strip():
        at.note("ua-name", "a name", start, at.at)
    return ReportingUa(name=name.strip(), product=product.strip() if semicolon else None)


def disposition(at: Scanner) -> Disposition:
    """disposition-mode ";" disposition-type [ "/" disposition-modifier *( "," disposition-modifier ) ], up to the end."""
    action = _one_of(at, "action-mode", ACTION_MODES)
    at.expect(b"/", "disposition-mode")
    sending = _one_of(at, "sending-mode", SENDING_MODES)
    at.expect(b";", "disposition-field")
    kind = _one_of(at, "disposition-type", TYPES, OLD_TYPES)
    modifiers = []
    if at.maybe(b"/"):
        modifiers.append(_modifier(at))
        while at.maybe(b","):
            modifiers.append(_modifier(at))
    at.finish("disposition-field", "nothing behind the modifiers")
    return Disposition(action_mode=action, sending_mode=sending, type=kind, modifiers=tuple(modifiers))


def _one_of(at: Scanner, rule: str, words: tuple[str, ...], old: tuple[str, ...] = ()) -> str:
    rfc5322.cfws(at)
    start = at.at
    found = at.take_maybe(_MODE).decode().lower()
    if found not in words:
        at.note(f"obs-{rule}" if found in old else rule, " / ".join(words), start, at.at)
    rfc5322.cfws(at)
    return found


def _modifier(at: Scanner) -> str:
    rfc5322.cfws(at)
    start = at.at
    found = at.take(_MODIFIER, "disposition-modifier", "an atom").decode().lower()
    if found in OLD_MODIFIERS:
        at.note("obs-disposition-modifier", "error or an extension", start, at.at)
    rfc5322.cfws(at)
    return found


def _old_text(at: Scanner) -> bytes:
    """Failure and Warning (RFC 3798 section 3.2.7)."""
    at.note("obs-field", "Error, the one of the three that is left")
    return report.text(at)


FIELDS: Mapping[str, Rule] = {
    "reporting-ua": Rule("reporting_ua", reporting_ua),
    "mdn-gateway": Rule("mdn_gateway", report.mta_name),
    "original-recipient": Rule("original_recipient", report.address),
    "final-recipient": Rule("final_recipient", report.address, needed=True),
    "original-message-id": Rule("original_message_id", msg_id),
    "disposition": Rule("disposition", disposition, needed=True),
    "error": Rule("error", report.text, repeats=True),
    "warning": Rule("warning", _old_text, repeats=True),
    "failure": Rule("failure", _old_text, repeats=True),
}


def read(content: Message) -> Parsed[DispositionStatus]:
    """Read the content of a message/disposition-notification, decoded; places count from its start."""
    at = Scanner(content.raw)
    value = disposition_notification_content(at)
    return Parsed(content, value, tuple(at.violations))


def disposition_notification_content(at: Scanner) -> DispositionStatus:
    """disposition-notification-content: one group of fields, up to the end; of further groups nothing is read."""
    found = report.groups(at)
    fields = found[0] if found else ()
    for group in found[1:2]:
        at.note("disposition-notification-content", "no blank line between fields", group[0].start, at.end)
    return DispositionStatus(fields=fields, **report.values(at, fields, FIELDS, (), "disposition-notification-content"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A whole notification: its report, what its second part says, and all violations of the two grammars.

    Places in `violations` count from the start of the message, or, if the second part is encoded, of its content.
    """

    report: Report
    status: DispositionStatus
    violations: tuple[Violation, ...] = field(default=(), repr=False)


def notification(raw: bytes) -> Notification | None:
    """Read a message; None if it is no multipart/report with report-type=disposition-notification (RFC 8098 section 3)."""
    return of(message.read(raw).value)


def of(entity: Entity) -> Notification | None:
    """Read an entity; None if it is no such report, or if it has no part that tells the disposition."""
    found = report.read(entity)
    if found is None or found.value.report_type != "disposition-notification":
        return None
    machine = next((part for part in entity.parts if part.media.essence in DISPOSITION_PARTS), None)
    if machine is None:
        return None
    at = report.scanner_over(machine)
    status = disposition_notification_content(at)
    return Notification(report=found.value, status=status, violations=(*found.violations, *at.violations))


def disposition_notification_to(at: Scanner) -> tuple[Mailbox, ...]:
    """Disposition-Notification-To: a mailbox-list, up to the end (RFC 8098 section 2.1)."""
    return address_list.mailbox_list(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One disposition-notification-parameter, its words in lower case, and its values (RFC 8098 section 2.2)."""

    attribute: str
    importance: str
    values: tuple[bytes, ...]


def disposition_notification_options(at: Scanner) -> tuple[Option, ...]:
    """Attribute "=" importance "," value *("," value), semicolons between, up to the end."""
    found = [_option(at)]
    while at.maybe(b";"):
        found.append(_option(at))
    at.finish("disposition-notification-parameter-list", "';'")
    return tuple(found)


def _option(at: Scanner) -> Option:
    rfc5322.cfws(at)
    attribute = at.take(_MODIFIER, "attribute", "an atom without '='").decode().lower()
    rfc5322.cfws(at)
    at.expect(b"=", "disposition-notification-parameter")
    importance = _one_of(at, "importance", ("required", "optional"))
    values = []
    while at.maybe(b","):
        rfc5322.fws(at)
        text = rfc5322.quoted_string(at)
        values.append(at.take(_ATOM, "value", "a word") if text is None else text)
        rfc5322.fws(at)
    if not values:
        at.note("value", "',' and a word")
    return Option(attribute=attribute, importance=importance, values=tuple(values))


def write(said: DispositionStatus) -> bytes:
    """Write the content of a message/disposition-notification, each field on one line."""
    return b"".join(
        name.title().encode() + b": " + _written(one) + b"\r\n"
        for name, rule in FIELDS.items()
        for one in _all(getattr(said, rule.attribute))
    )


def _all(value: object) -> tuple[object, ...]:
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


def _written(value: object) -> bytes:
    if isinstance(value, Typed):
        return value.type.encode() + b"; " + value.value
    if isinstance(value, ReportingUa):
        return value.name if value.product is None else value.name + b"; " + value.product
    if isinstance(value, Disposition):
        modifiers = "/" + ",".join(value.modifiers) if value.modifiers else ""
        return f"{value.action_mode}/{value.sending_mode}; {value.type}{modifiers}".encode()
    return value if isinstance(value, bytes) else b""
