"""Reports about messages: multipart/report and its parts (RFC 6522, RFC 3462), and the field groups that programs read.

What kind of report it is stands in files of their own; each gives a table of rules, one for every field that it knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.wire import address_list, rfc5322
from conformance.wire.message import Entity, Field
from conformance.wire.message_fields import body_of
from conformance.wire.scanner import Message, Parsed, Scanner

RETURNED = (
    "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers",
)  # fmt: skip
"""What the third part may be (RFC 6522 sections 3 and 4, RFC 6533 section 4)."""

_ATOM = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_FIELD = re.compile(rb"[^\n]*(?:\n[ \t][^\r\n][^\n]*)*(?:\n|\Z)")
_BLANK = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_DOMAIN = re.compile(rb"[A-Za-z0-9_\x80-\xff-]+(?:\.[A-Za-z0-9_\x80-\xff-]+)*\.?|\[[^\[\]\s]+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The parts of a multipart/report: what people read, what programs read, what is returned; None for one that is missing."""

    report_type: str
    explanation: Entity | None
    machine: Entity | None
    returned: Entity | None


def read(entity: Entity) -> Parsed[Report] | None:
    """Read an entity; None if it is no multipart/report. Places count from the start of the whole message."""
    if entity.media.essence != "multipart/report":
        return None
    at = Scanner(entity.whole, entity.start, entity.end)
    stated = (entity.media.parameter("report-type") or b"").decode("latin-1").lower()
    first, second, third = (*entity.parts, None, None, None)[:3]
    if not stated:
        at.note("report-type", "a report-type parameter", entity.start, entity.body_start)
    elif second is not None and second.media.subtype not in (stated, f"global-{stated}"):
        at.note("report-type", f"a second part of subtype {stated}", second.start, second.body_start)
    if not 2 <= len(entity.parts) <= 3:
        at.note("multipart-report", "two or three parts", entity.body_start, entity.end)
    if third is not None and third.media.essence not in RETURNED:
        at.note("returned", " / ".join(RETURNED), third.start, third.body_start)
    if second is not None and second.encoding != "7bit" and not second.media.subtype.startswith("global"):
        at.note("machine-encoding", "7bit", second.start, second.body_start)
    report = Report(report_type=stated, explanation=first, machine=second, returned=third)
    return Parsed(Message(entity.whole, 0), report, tuple(at.violations))


def scanner_over(part: Entity) -> Scanner:
    """Return a scanner over the content of a part: in the octets of the whole, unless the part is encoded."""
    if part.encoding in ("7bit", "8bit", "binary"):
        return Scanner(part.whole, part.body_start, part.end)
    return Scanner(part.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of fields as they stand there."""

    fields: tuple[Field, ...] = field(default=(), repr=False, compare=False)

    def text(self, name: str) -> str:
        """Return the unfolded body of the first field of a name, which has no letter case; empty without one."""
        wanted = name.lower().encode()
        found = next((one.body for one in self.fields if one.name.lower() == wanted), b"")
        return found.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with its type, in lower case: an address, the name of an MTA, a diagnostic code."""

    type: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of a field: the attribute it becomes, what reads it, whether it must be there, whether it may come again."""

    attribute: str
    read: Callable[[Scanner], Any]
    needed: bool = False
    repeats: bool = False


Rules = Mapping[str, Rule]


def groups(at: Scanner) -> list[tuple[Field, ...]]:
    """Cut the octets that are left into groups of fields, which blank lines divide; empty ones are left out."""
    found: list[tuple[Field, ...]] = []
    fields: list[Field] = []
    while at.at < at.end:
        start = at.at
        if at.take_maybe(_BLANK):
            found.append(tuple(fields))
            fields = []
            continue
        raw = at.take_maybe(_FIELD)
        name = rfc5322.name_as_written(raw)
        if not name:
            at.note("field", "a field-name and a colon", start, at.at)
        elif raw[len(name) : len(name) + 1] != b":":
            at.note("field", "no white space in front of the colon", start, at.at)
        fields.append(Field(name=name, raw=raw, start=start))
    return [group for group in (*found, tuple(fields)) if group]


def values(at: Scanner, fields: tuple[Field, ...], rules: Rules, others: Iterable[str], group: str) -> dict[str, Any]:
    """Read the fields of a group by rules; what is missing, comes twice, or belongs to another group is noted.

    `others` are names of other groups, in lower case. A name in no table is an extension. The value of a field that may
    come again is a tuple.
    """
    read: dict[str, Any] = {}
    strange = frozenset(others)
    for one in fields:
        name, end = one.name.decode("latin-1").lower(), one.start + len(one.raw)
        rule = rules.get(name)
        if rule is None:
            if name in strange:
                at.note(group, f"no {name} in this group", one.start, end)
            continue
        inner = body_of(at.raw, one)
        inner.violations = at.violations
        rfc5322.fws(inner)
        value = rule.read(inner)
        if rule.repeats:
            read[rule.attribute] = (*read.get(rule.attribute, ()), value)
        elif rule.attribute in read:
            at.note(f"{name}-field", f"{name} once", one.start, end)
        else:
            read[rule.attribute] = value
    for name, rule in rules.items():
        if rule.needed and rule.attribute not in read:
            start = fields[0].start if fields else at.end
            at.note(f"{name}-field", f"a {name} field", start, start)
    return read


def text(at: Scanner) -> bytes:
    """*text, up to the end, unfolded, outer white space left out."""
    return re.sub(rb"\r?\n(?=[ \t])", b"", at.rest()).strip()


def word(at: Scanner, rule: str) -> str:
    """An atom, in lower case, with CFWS around it; empty if there is none here."""
    rfc5322.cfws(at)
    found = at.take(_ATOM, rule, "an atom").decode().lower()
    rfc5322.cfws(at)
    return found


def _typed(at: Scanner, type_rule: str) -> Typed:
    kind = word(at, type_rule)
    at.expect(b";", type_rule)
    return Typed(kind, text(at))


def address(at: Scanner) -> Typed:
    """address-type ";" generic-address, up to the end (RFC 3464 section 2.3.1); of type rfc822 it is an addr-spec alone."""
    start = at.at
    found = _typed(at, "address-type")
    if found.type in ("rfc822", "utf-8"):
        inner = Scanner(found.value)
        boxes = address_list.mailbox(inner)
        wrong = any(not violation.rule.startswith("obs-") for violation in inner.violations)
        if wrong or len(boxes) != 1 or found.value.endswith(b">"):
            at.note("generic-address", "an addr-spec", start, at.at)
    elif not found.value:
        at.note("generic-address", "an address", start, at.at)
    return found


def mta_name(at: Scanner) -> Typed:
    """mta-name-type ";" mta-name, up to the end (RFC 3464 section 2.1.2); of type dns it is a domain or address literal."""
    start = at.at
    found = _typed(at, "mta-name-type")
    name = found.value.rpartition(b"(")[0].rstrip() if found.value.endswith(b")") else found.value
    if not name or (found.type == "dns" and not _DOMAIN.fullmatch(name)):
        at.note("mta-name", "a domain or an address in brackets" if found.type == "dns" else "a name", start, at.at)
    return found


def diagnostic(at: Scanner) -> Typed:
    """diagnostic-type ";" *text, up to the end (RFC 3464 section 2.3.6); of type smtp it begins with a reply code."""
    start = at.at
    found = _typed(at, "diagnostic-type")
    if found.type == "smtp" and not re.match(rb"[245][0-9]{2}(?![0-9])", found.value):
        at.note("diagnostic-code", "a reply code of three digits", start, at.at)
    return found
