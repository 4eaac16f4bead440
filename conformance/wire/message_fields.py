"""The fields of a message header: which there may be and how often, and what each must look like (RFC 5322 section 3.6).

MIME's own are among them (RFC 2045 section 3), and those by which reports are asked for and known: their readers are in
files of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from conformance.wire import address_list, mime_fields, rfc5322
from conformance.wire.address_list import Address
from conformance.wire.date_time import date_time
from conformance.wire.encoded_words import unstructured
from conformance.wire.scanner import Message, Parsed, Scanner

_MSG_ID = re.compile(rb"<[^<>]*>")
_NO_ID = re.compile(rb'[^<("]+')
_ATEXT = rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+"
_DOT_ATOM_TEXT = rb"%b(?:\.%b)*" % (_ATEXT, _ATEXT)
_STRICT_ID = re.compile(rb"<%b@(?:%b|\[[!-Z^-~]*\])>" % (_DOT_ATOM_TEXT, _DOT_ATOM_TEXT))


class Placed(Protocol):
    """A field: its name, its octets, and where they stand in a message."""

    @property
    def name(self) -> bytes: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def start(self) -> int: ...


def msg_ids(at: Scanner) -> tuple[bytes, ...]:
    """1*msg-id, up to the end, each with its angle brackets (RFC 5322 section 3.6.4).

    Words between them, and an id-left that is quoted, are the obsolete forms of section 4.5.4: `obs-phrase`, `obs-id`.
    """
    found: list[bytes] = []
    rfc5322.cfws(at)
    while at.at < at.end:
        start = at.at
        text = at.take_maybe(_MSG_ID)
        if text:
            found.append(b"".join(text.split()))
            if not _STRICT_ID.fullmatch(text):
                inner = Scanner(text, 1, len(text) - 1)
                address_list.mailbox(inner)
                strict = all(violation.rule.startswith("obs-") for violation in inner.violations)
                at.note("obs-id" if strict else "msg-id", "dot-atom-text@dot-atom-text", start, at.at)
        elif at.take_maybe(_NO_ID) or rfc5322.quoted_string(at) is not None:
            at.note("obs-phrase", "no words among message identifiers", start, at.at)
        else:
            at.at = at.end
            at.note("msg-id", "'>'", start, at.end)
        rfc5322.cfws(at)
    if not found:
        at.note("msg-id", "an identifier in angle brackets")
    return tuple(found)


def msg_id(at: Scanner) -> bytes:
    """One msg-id, up to the end; empty if there is none."""
    start = at.at
    found = msg_ids(at)
    if len(found) > 1:
        at.note("msg-id", "one identifier", start, at.end)
    return found[0] if found else b""


def phrases(at: Scanner) -> tuple[bytes, ...]:
    """Phrase *("," phrase), up to the end (Keywords of RFC 5322 section 3.6.5)."""
    found = [address_list.phrase(at)]
    while at.maybe(b","):
        found.append(address_list.phrase(at))
    at.finish("phrase", "','")
    return tuple(found)


def path(at: Scanner) -> tuple[Address, ...]:
    """Return-Path: angle-addr or empty brackets (RFC 5322 section 3.6.7); nothing for the latter."""
    rfc5322.cfws(at)
    if re.compile(rb"<[ \t]*>").match(at.raw, at.at, at.end):
        at.rest()
        return ()
    if not at.raw.startswith(b"<", at.at):
        at.note("path", "'<'", at.at, min(at.at + 1, at.end))
    return address_list.mailbox(at)


RULES: Mapping[bytes, Callable[[Scanner], Any]] = {
    b"date": date_time,
    b"from": address_list.mailbox_list,
    b"sender": address_list.mailbox,
    b"reply-to": address_list.address_list,
    b"to": address_list.address_list,
    b"cc": address_list.address_list,
    b"message-id": msg_id,
    b"in-reply-to": msg_ids,
    b"references": msg_ids,
    b"subject": unstructured,
    b"comments": unstructured,
    b"keywords": phrases,
    b"return-path": path,
    b"resent-date": date_time,
    b"resent-from": address_list.mailbox_list,
    b"resent-sender": address_list.mailbox,
    b"resent-to": address_list.address_list,
    b"resent-cc": address_list.address_list,
    b"resent-message-id": msg_id,
    b"mime-version": mime_fields.mime_version,
    b"content-type": mime_fields.content_type,
    b"content-transfer-encoding": mime_fields.content_transfer_encoding,
    b"content-disposition": mime_fields.content_disposition,
    b"content-id": msg_id,
    b"content-description": unstructured,
}
"""What reads the body of a field, by its name in lower case; Bcc is looked at apart, since it may be empty."""

ONCE = frozenset(
    (b"date", b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc", b"message-id", b"in-reply-to", b"references", b"subject")
)  # fmt: skip
"""Fields that stand at most once in a message (RFC 5322 section 3.6)."""
MIME_ONCE = frozenset(name for name in RULES if name.startswith((b"content-", b"mime-")))
NEEDED = (b"date", b"from")


def body_of(raw: bytes, field: Placed) -> Scanner:
    """Return a scanner over the body of a field, in the octets of its message, without its line end."""
    end = field.start + len(field.raw)
    end -= 2 if field.raw.endswith(b"\r\n") else field.raw.endswith(b"\n")
    colon = raw.find(b":", field.start, end)
    return Scanner(raw, end if colon < 0 else colon + 1, end)


def read(field: Placed) -> Parsed[Any]:
    """Read the body of one field by its rule in RULES, as text if there is none; places count from the field's start."""
    end = len(field.raw) - (2 if field.raw.endswith(b"\r\n") else field.raw.endswith(b"\n"))
    at = Scanner(field.raw, field.raw.find(b":") + 1, end)
    rfc5322.fws(at)
    value = RULES.get(field.name.lower(), unstructured)(at)
    return Parsed(Message(field.raw, field.start), value, tuple(at.violations))


def check(at: Scanner, fields: Sequence[Placed], *, is_message: bool) -> None:
    """Note what is wrong in the fields of a message or body part, and with their number."""
    counts: dict[bytes, int] = {}
    for field in fields:
        name = field.name.lower()
        counts[name] = counts.get(name, 0) + 1
        if counts[name] == 2 and (name in MIME_ONCE or (is_message and name in ONCE)):
            at.note("fields", f"{name.decode()} once", field.start, field.start + len(field.raw))
        if name in RULES or (name == b"bcc" and rfc5322.unfolded(field.raw)):
            inner = body_of(at.raw, field)
            inner.violations = at.violations
            rfc5322.fws(inner)
            RULES.get(name, address_list.address_list)(inner)
    if is_message:
        start = fields[0].start if fields else 0
        for name in NEEDED:
            if name not in counts:
                at.note("fields", f"a {name.decode().capitalize()} field", start, start)
        _check_company(at, fields, counts, start)


def _check_company(at: Scanner, fields: Sequence[Placed], counts: Mapping[bytes, int], start: int) -> None:
    """Several authors need a Sender (RFC 5322 section 3.6.2), MIME fields need MIME-Version (RFC 2045 section 4)."""
    authors = next((field for field in fields if field.name.lower() == b"from"), None)
    if authors is not None and b"sender" not in counts and len(address_list.mailbox_list(body_of(at.raw, authors))) > 1:
        at.note("fields", "a Sender field", authors.start, authors.start + len(authors.raw))
    if b"mime-version" not in counts and any(name.startswith(b"content-") for name in counts):
        at.note("fields", "a MIME-Version field", start, start)
