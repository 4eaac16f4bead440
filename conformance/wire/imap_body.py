"""ENVELOPE and BODYSTRUCTURE: the nested lists of RFC 3501 sections 7.4.2 and 9.

Invariant: nesting is bounded by a violation of its own, so that no message, however deep, exhausts the stack.
A field of a wrong form is called by the field's rule, not by the nstring or number it stands for: that tells where.
A media type may come as a literal although the ABNF of TEXT and MESSAGE shows quotes: its other forms take any string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from conformance.wire.imap_lexical import NUMBER64_LIMIT, nil, nstring, number, string, tagged_ext_val
from conformance.wire.imap_structure import (
    NESTING_LIMIT,
    closes,
    comes,
    each,
    give_up,
    list_comes,
    more,
    opens,
    parenthesised,
    shuts,
    sp,
)
from conformance.wire.scanner import Scanner

# one string and then no second: the subtype of a multipart without parts, which some servers write for an empty one
_NO_PART = re.compile(rb' "[^"\r\n]*"(?: NIL| \(|\))|"[^"\r\n]*"(?: \(|\))', re.IGNORECASE)

Params = tuple[tuple[bytes, bytes], ...] | None
Disposition = tuple[bytes, Params] | None


@dataclass(frozen=True, slots=True)
class Address:
    """An address: name, source route, mailbox, host; None where NIL stood."""

    name: bytes | None
    adl: bytes | None
    mailbox: bytes | None
    host: bytes | None


Addresses = tuple[Address, ...] | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope: ten fields, None where NIL stood."""

    date: bytes | None
    subject: bytes | None
    from_: Addresses
    sender: Addresses
    reply_to: Addresses
    to: Addresses
    cc: Addresses
    bcc: Addresses
    in_reply_to: bytes | None
    message_id: bytes | None


@dataclass(frozen=True, slots=True)
class Extension:
    """Extension data behind disposition: what one part and a multipart have in common."""

    disposition: Disposition = None
    language: tuple[bytes, ...] | None = None
    location: bytes | None = None
    extensions: tuple[Any, ...] = ()
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """body-type-1part: size in octets, lines of text and message/rfc822; extended says that extension data were sent.

    `unsent` of disposition, language and location were left out at the end; NIL stood for none of these.
    """

    type: bytes
    subtype: bytes
    params: Params
    id: bytes | None
    description: bytes | None
    encoding: bytes
    size: int
    lines: int | None = None
    envelope: Envelope | None = None
    body: Part | Multipart | None = None
    md5: bytes | None = None
    disposition: Disposition = None
    language: tuple[bytes, ...] | None = None
    location: bytes | None = None
    extensions: tuple[Any, ...] = ()
    extended: bool = False
    unsent: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Multipart:
    """body-type-mpart: its parts in order; extended and unsent as in Part."""

    parts: tuple[Part | Multipart, ...]
    subtype: bytes
    params: Params = None
    disposition: Disposition = None
    language: tuple[bytes, ...] | None = None
    location: bytes | None = None
    extensions: tuple[Any, ...] = ()
    extended: bool = False
    unsent: int = field(default=0, compare=False)


def envelope(at: Scanner) -> Envelope:
    """Envelope = "(" env-date SP env-subject SP env-from SP ... SP env-message-id ")"."""
    if not opens(at, "envelope"):
        return Envelope(None, None, None, None, None, None, None, None, None, None)
    date = nstring(at, "env-date")
    sp(at)
    subject = nstring(at, "env-subject")
    from_, sender, reply_to = (_sp_addresses(at, rule) for rule in ("env-from", "env-sender", "env-reply-to"))
    to, cc, bcc = (_sp_addresses(at, rule) for rule in ("env-to", "env-cc", "env-bcc"))
    sp(at)
    in_reply_to = nstring(at, "env-in-reply-to")
    sp(at)
    message_id = nstring(at, "env-message-id")
    shuts(at, "envelope")
    return Envelope(date, subject, from_, sender, reply_to, to, cc, bcc, in_reply_to, message_id)


def _sp_addresses(at: Scanner, rule: str) -> Addresses:
    sp(at)
    return _addresses(at, rule)


def _addresses(at: Scanner, rule: str) -> Addresses:
    """Read "(" 1*address ")" / nil: no space between addresses."""
    if nil(at):
        return None
    if not opens(at, rule):
        return ()
    found = []
    while comes(at, b"(") or (comes(at, b" (") and _stray_space(at, rule)):
        found.append(address(at))
    if not found:
        at.note(rule, "at least one address, or NIL")
    shuts(at, rule)
    return tuple(found)


def _stray_space(at: Scanner, rule: str) -> bool:
    at.note(rule, "no space in between", at.at, at.at + 1)
    return at.maybe(b" ")


def address(at: Scanner) -> Address:
    """Address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"."""
    at.maybe(b"(")
    name = nstring(at, "addr-name")
    sp(at)
    adl = nstring(at, "addr-adl")
    sp(at)
    mailbox = nstring(at, "addr-mailbox")
    sp(at)
    host = nstring(at, "addr-host")
    shuts(at, "address")
    return Address(name, adl, mailbox, host)


def body(at: Scanner, depth: int = 0) -> Part | Multipart:
    """Body = "(" (body-type-1part / body-type-mpart) ")"."""
    if depth >= NESTING_LIMIT:
        give_up(at, "nesting", f"at most {NESTING_LIMIT} bodies in one another")
        return Multipart((), b"")
    if not opens(at, "body"):
        return Multipart((), b"")
    multipart = comes(at, b"(") or _NO_PART.match(at.raw, at.at, at.end)
    found = _body_type_mpart(at, depth) if multipart else _body_type_1part(at, depth)
    shuts(at, "body")
    return found


def _body_type_mpart(at: Scanner, depth: int) -> Multipart:
    """body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]."""
    parts = []
    while comes(at, b"(") or (comes(at, b" (") and _stray_space(at, "body-type-mpart")):
        parts.append(body(at, depth + 1))
    if parts:
        sp(at)
    else:
        _no_part(at)
    subtype = string(at, "media-subtype")
    if not more(at):
        return Multipart(tuple(parts), subtype)
    params = body_fld_param(at)
    rest = _body_ext(at)
    return Multipart(
        tuple(parts), subtype, params, rest.disposition, rest.language, rest.location, rest.extensions, extended=True,
        unsent=rest.unsent,
    )  # fmt: skip


def _no_part(at: Scanner) -> None:
    at.note("body-type-mpart", "a body before the subtype", at.at, at.at + 1)
    at.maybe(b" ")


def _body_type_1part(at: Scanner, depth: int) -> Part:
    """body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]."""
    media = string(at, "media-basic")
    sp(at)
    subtype = string(at, "media-subtype")
    sp(at)
    fields = _body_fields(at)
    lines, inner_envelope, inner = _by_media(at, (media.upper(), subtype.upper()), depth)
    if not more(at):
        return Part(media, subtype, *fields, lines, inner_envelope, inner)
    md5 = nstring(at, "body-fld-md5")
    rest = _body_ext(at)
    return Part(
        media, subtype, *fields, lines, inner_envelope, inner, md5,
        rest.disposition, rest.language, rest.location, rest.extensions, extended=True, unsent=rest.unsent,
    )  # fmt: skip


def _body_fields(at: Scanner) -> tuple[Params, bytes | None, bytes | None, bytes, int]:
    """body-fields = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets."""
    params = body_fld_param(at)
    sp(at)
    part_id = nstring(at, "body-fld-id")
    sp(at)
    description = nstring(at, "body-fld-desc")
    sp(at)
    encoding = string(at, "body-fld-enc")
    sp(at)
    return params, part_id, description, encoding, number(at, "body-fld-octets")


def _by_media(
    at: Scanner, media: tuple[bytes, bytes], depth: int
) -> tuple[int | None, Envelope | None, Part | Multipart | None]:
    """Read what body-type-text and body-type-msg have behind body-fields.

    A message of the type global (RFC 6532) may be described as a message or as any other part.
    """
    if media[0] == b"TEXT":
        return _body_fld_lines(at), None, None
    if media[0] != b"MESSAGE" or media[1] not in {b"RFC822", b"GLOBAL"}:
        return None, None, None
    if not list_comes(at):
        if media[1] == b"RFC822":
            at.note("body-type-msg", "an envelope, a body and lines")
        return None, None, None
    sp(at)
    inner_envelope = envelope(at)
    sp(at)
    inner = body(at, depth + 1)
    return _body_fld_lines(at), inner_envelope, inner


def _body_fld_lines(at: Scanner) -> int:
    if closes(at):
        at.note("body-fld-lines", "the number of lines")
        return 0
    sp(at)
    return number(at, "body-fld-lines", NUMBER64_LIMIT)  # number64 since RFC 9051


def body_fld_param(at: Scanner) -> Params:
    """body-fld-param = "(" string SP string *(SP string SP string) ")" / nil."""
    return None if nil(at) else parenthesised(at, _pair, "body-fld-param", least=1)


def _pair(at: Scanner) -> tuple[bytes, bytes]:
    name = string(at, "body-fld-param")
    if closes(at):
        at.note("body-fld-param", "a value for each name")
        return name, b""
    sp(at)
    return name, string(at, "body-fld-param")


def _body_ext(at: Scanner) -> Extension:
    """[SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]]."""
    if not more(at):
        return Extension(unsent=3)
    disposition = body_fld_dsp(at)
    if not more(at):
        return Extension(disposition, unsent=2)
    language = body_fld_lang(at)
    if not more(at):
        return Extension(disposition, language, unsent=1)
    return Extension(disposition, language, nstring(at, "body-fld-loc"), each(at, tagged_ext_val))


def body_fld_dsp(at: Scanner) -> Disposition:
    """body-fld-dsp = "(" string SP body-fld-param ")" / nil."""
    if nil(at):
        return None
    if not opens(at, "body-fld-dsp"):
        return None
    kind = string(at, "body-fld-dsp")
    sp(at)
    params = body_fld_param(at)
    shuts(at, "body-fld-dsp")
    return kind, params


def body_fld_lang(at: Scanner) -> tuple[bytes, ...] | None:
    """body-fld-lang = nstring / "(" string *(SP string) ")"; one language makes a tuple of one."""
    if comes(at, b"("):
        return parenthesised(at, _language, "body-fld-lang", least=1)
    language = nstring(at, "body-fld-lang")
    return None if language is None else (language,)


def _language(at: Scanner) -> bytes:
    return string(at, "body-fld-lang")
