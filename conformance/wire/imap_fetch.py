"""FETCH responses: msg-att and section of RFC 3501 section 9.

Invariant: an item is kept under one name however it was spelled: upper case, header names of a section in upper case
without quotes and in the order sent, the origin octet in angle brackets.
"""

from __future__ import annotations

import re
from typing import Any

from conformance.wire.imap_body import Multipart, Part, body, envelope
from conformance.wire.imap_lexical import (
    NUMBER64_LIMIT,
    astrings,
    date_time,
    flag,
    nstring,
    number,
    nz_number,
    tagged_ext_val,
)
from conformance.wire.imap_registers import MSG_ATTS, SECTIONS, msg_att, response, section_of
from conformance.wire.imap_structure import comes, parenthesised, sp
from conformance.wire.imap_values import Fetch
from conformance.wire.scanner import Scanner

_NAME = re.compile(rb"[^\x00-\x20(){%*\"\\\[\]<\x7f-\xff]+")
_SPEC_WORD = re.compile(rb"[^\]\s()\"{]+")
_BRACKETS = re.compile(rb"\[[^\]\r\n]*\]")
_SECTION_SPEC = re.compile(
    rb"(?:[1-9][0-9]*(?:\.[1-9][0-9]*)*+(?:\.(?:MIME|TEXT|HEADER(?:\.FIELDS(?:\.NOT)?)?))?"
    rb"|TEXT|HEADER(?:\.FIELDS(?:\.NOT)?)?)?"
)
# asked for, never answered: ".PEEK" belongs to the command (RFC 3501 section 6.4.5, RFC 3516 section 4.2)
_COMMANDS_ONLY = frozenset((b"BODY.PEEK", b"BINARY.PEEK"))


@response(b"FETCH", number="nz-number")
def fetch_data(at: Scanner) -> Fetch:
    """message-data = nz-number SP "FETCH" SP msg-att."""
    sp(at)
    return Fetch(parenthesised(at, _msg_att_item, "msg-att", least=1))


def _msg_att_item(at: Scanner) -> tuple[bytes, Any]:
    """One of msg-att-dynamic and msg-att-static."""
    start = at.at
    name = at.take(_NAME, "msg-att", "the name of an item").upper()
    if name in _COMMANDS_ONLY:
        at.note("msg-att-static", "no .PEEK in an answer", start, at.at)
    key, register = name, name
    if comes(at, b"["):
        key, register = name + SECTIONS.get(name, _unknown_section)(at) + _origin(at), name + b"[]"
    sp(at)
    return key, MSG_ATTS.get(register, tagged_ext_val)(at)


def _unknown_section(at: Scanner) -> bytes:
    found = at.take(_BRACKETS, "section", "brackets that close")
    at.maybe(b"[" if not found else b"")
    return found


@section_of(b"BODY")
def section(at: Scanner) -> bytes:
    """Section = "[" [section-spec] "]", normalised."""
    at.expect(b"[", "section")
    start = at.at
    spec = at.take_maybe(_SPEC_WORD).upper()
    if not _SECTION_SPEC.fullmatch(spec):
        at.note("section-spec", "part numbers, HEADER, HEADER.FIELDS, TEXT or MIME", start, at.at)
    if spec.endswith((b"HEADER.FIELDS", b"HEADER.FIELDS.NOT")):
        sp(at)
        names = astrings(at, "header-list")
        spec += b" (" + b" ".join(names).upper() + b")"
    if not at.expect(b"]", "section"):
        at.at = at.raw.find(b"]", at.at, at.end) + 1 or at.at
    return b"[" + spec + b"]"


def _origin(at: Scanner) -> bytes:
    """["<" number ">"]: the first octet of a partial fetch."""
    if not at.maybe(b"<"):
        return b""
    first = number(at)
    at.expect(b">", "msg-att-static")
    return b"<%d>" % first


@msg_att(b"FLAGS")
def _flags(at: Scanner) -> tuple[bytes, ...]:
    return parenthesised(at, flag, "flag-fetch")


@msg_att(b"BODY")
def _body(at: Scanner) -> Part | Multipart:
    """Body without extension data (RFC 3501 section 9, body-ext-1part and body-ext-mpart)."""
    start = at.at
    found = body(at)
    extended = _extended(found)
    if extended:
        rule = "body-ext-1part" if isinstance(extended, Part) else "body-ext-mpart"
        at.note(rule, "no extension data in BODY", start, at.at)
    return found


def _extended(top: Part | Multipart) -> Part | Multipart | None:
    """Return a body with extension data, this one or one inside it."""
    left: list[Part | Multipart] = [top]
    while left:
        one = left.pop()
        if one.extended:
            return one
        if isinstance(one, Multipart):
            left.extend(one.parts)
        elif one.body is not None:
            left.append(one.body)
    return None


@msg_att(b"RFC822", b"RFC822.HEADER", b"RFC822.TEXT", b"BODY[]")
def _nstring(at: Scanner) -> bytes | None:
    return nstring(at)


msg_att(b"BODYSTRUCTURE")(body)
msg_att(b"ENVELOPE")(envelope)
msg_att(b"INTERNALDATE")(date_time)


@msg_att(b"RFC822.SIZE")
def _size(at: Scanner) -> int:
    """Number in RFC 3501, number64 in RFC 9051: which of them binds a server its octets do not tell."""
    return number(at, limit=NUMBER64_LIMIT)


msg_att(b"UID")(nz_number)
