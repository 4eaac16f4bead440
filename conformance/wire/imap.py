"""IMAP responses: one function per rule of RFC 3501 sections 7 and 9.

A response, code or item of no known name is no violation as long as it is built of words, strings and lists: RFC 3501
leaves that room to extensions, and a judge who does not know one must not accuse it.
Text that is missing is called "text" wherever RFC 3501 wants some: RFC 9051 lets it be empty. A bracket that holds no
known code and nothing that the ABNF lets a code be is text, which may begin so; a known code is not read as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.wire.imap_lexical import (
    Atom,
    Literal,
    Literal8,
    Quoted,
    astring,
    astrings,
    atom,
    flag,
    flag_perm,
    mod_sequence_value,
    nil,
    nstring,
    number,
    nz_number,
    string,
    stringlike,
    tagged_ext_val,
)
from conformance.wire.imap_registers import (
    CODES,
    EXCLUSIVE_ATTRIBUTES,
    LIST_EXTENDED,
    RESPONSES,
    STATUS_ATTS,
    ResponseRule,
    list_extended,
    msg_att,
    nothing,
    resp_text_code,
    response,
    status_att,
)
from conformance.wire.imap_structure import closes, comes, each, more, opens, parenthesised, shuts, skip_value, sp
from conformance.wire.imap_values import Code, Fetch, MailboxList, MailboxStatus, Response, Search
from conformance.wire.scanner import Scanner

__all__ = [
    "Atom", "Code", "Fetch", "Literal", "Literal8", "MailboxList", "MailboxStatus", "Quoted", "Response", "Search",
    "astring", "atom", "delimiter", "list_extended", "msg_att", "nothing", "nstring", "number", "nz_number", "resp_text_code",
    "response", "response_line", "search_data", "sp", "status_att", "string",
]  # fmt: skip

_TAG = re.compile(rb"[^\x00-\x20(){%*\"\\+\x7f-\xff]+")
_TAG_AT_ALL = re.compile(rb"[^ \t\r\n]+")
_NAME = re.compile(rb"[^\x00-\x20(){%*\"\\\[\]\x7f-\xff]+")
_DIGITS = re.compile(rb"[0-9]+(?![^ \t\r\n])")
_NOT_TEXT = re.compile(rb"[\x00\r\n\x80-\xff]")
_CODE_NAME = re.compile(rb"\[([^\x00-\x20(){%*\"\\\]\x7f-\xff]+)")
_ANY_CODE = re.compile(_CODE_NAME.pattern + rb"(?: ([\x01-\x09\x0b\x0c\x0e-\x5c\x5e-\x7f]+))?\]")

STATUSES = (b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH")
TAGGED_STATUSES = (b"OK", b"NO", b"BAD")
EXCLUSIVE_ATTRIBUTES["mbx-list-sflag"] = frozenset((b"\\NOSELECT", b"\\MARKED", b"\\UNMARKED"))


def response_line(at: Scanner) -> Response:
    """Read response-data, response-tagged or continue-req without its CRLF (RFC 3501 section 9)."""
    if at.maybe(b"+"):
        return _continue_req(at)
    if at.maybe(b"*"):
        sp(at)
        return _response_data(at)
    start = at.at
    tag = at.take_maybe(_TAG_AT_ALL)
    if not _TAG.fullmatch(tag):
        at.note("tag", "*, + or a tag", start, at.at if tag else None)
    sp(at)
    name = at.take_maybe(_NAME).upper()
    if name not in TAGGED_STATUSES:
        at.note("resp-cond-state", "OK, NO or BAD behind a tag", at.at - len(name), at.at if name else None)
        return Response(tag, name, text=bytes(at.rest()))
    return _resp_cond(at, tag, name)


def _continue_req(at: Scanner) -> Response:
    """continue-req = "+" SP (resp-text / base64) CRLF; base64 may be empty."""
    at.expect(b" ", "SP")
    code = _bracketed(at)
    if code and at.at < at.end:
        at.expect(b" ", "SP")
    return Response(b"+", b"", code=code, text=_text(at) if at.at < at.end else b"")


def _resp_cond(at: Scanner, tag: bytes, name: bytes) -> Response:
    """resp-cond-state and its kin: name SP resp-text."""
    if at.at < at.end:
        at.expect(b" ", "SP")
    code = _bracketed(at)
    if code and at.at < at.end:
        at.expect(b" ", "SP")
    return Response(tag, name, code=code, text=_text(at))


def _text(at: Scanner) -> bytes:
    """Text = 1*TEXT-CHAR."""
    if at.at >= at.end:
        at.note("text", "1*TEXT-CHAR")
    bad = _NOT_TEXT.search(at.raw, at.at, at.end)
    if bad:
        at.note("text", "US-ASCII without NUL, CR and LF", bad.start(), bad.end())
    return bytes(at.rest())


def _bracketed(at: Scanner) -> Code | None:
    """Read "[" resp-text-code "]" with the rule of its name, or as any code, or leave it to be read as text."""
    match = _CODE_NAME.match(at.raw, at.at, at.end)
    rule = CODES.get(match[1].upper()) if match else None
    if match is None or rule is None:
        return _unknown_code(at)
    at.at = match.end()
    name, data = match[1].upper(), rule(at)
    if not at.maybe(b"]"):
        at.note("resp-text-code", "a bracket behind the code's data")
        close = at.raw.find(b"]", at.at, at.end)
        at.at = close + 1 or at.at
    return Code(name, data)


def _unknown_code(at: Scanner) -> Code | None:
    """Atom [SP 1*<any TEXT-CHAR except "]">], the last alternative of resp-text-code; what is none is text."""
    match = _ANY_CODE.match(at.raw, at.at, at.end)
    if match is None:
        return None
    at.at = match.end()
    return Code(match[1].upper(), match[2] or b"")


def _response_data(at: Scanner) -> Response:
    """response-data = "*" SP (resp-cond-state / ... / capability-data) CRLF, behind its space."""
    start = at.at
    digits = at.take_maybe(_DIGITS)
    if digits:
        sp(at)
    name = at.take_maybe(_NAME).upper()
    if not name:
        at.note("response-data", "the name of a response")
    if name in STATUSES:
        if digits:
            at.note("response-data", "no number before this name", start, start + len(digits))
        return _resp_cond(at, b"*", name)
    rule = RESPONSES.get(name, ResponseRule(_unknown, "number" if digits else ""))
    number_read = _leading_number(at, start, digits, rule.number)
    data = rule.read(at)
    _finish(at)
    return Response(b"*", name, number_read, data)


def _leading_number(at: Scanner, start: int, digits: bytes, rule: str) -> int | None:
    """Read the number before the name by the rule this response has for it."""
    if not digits:
        if rule:
            at.note(rule, "a number before the name", start)
        return None
    if not rule:
        at.note("response-data", "no number before this name", start, start + len(digits))
        return int(digits[:40])
    before = Scanner(at.raw, start, start + len(digits))
    value = number(before, rule)
    for violation in before.violations:
        at.note(violation.rule, violation.expected, violation.start, violation.end)
    return value


def _finish(at: Scanner) -> None:
    if not closes(at, b"") and bytes(at.raw[at.at : at.end]).strip(b" \t") == b"":
        at.note("SP", "no space at the end")
    elif at.at < at.end:
        at.note("response-data", "nothing more")


def _unknown(at: Scanner) -> tuple[Any, ...]:
    """Data of a response that no rule knows: values with single spaces between them."""
    return each(at, tagged_ext_val, b"")


@response(b"CAPABILITY")
@resp_text_code(b"CAPABILITY")
def capability_data(at: Scanner) -> tuple[bytes, ...]:
    """capability-data = "CAPABILITY" *(SP capability) SP "IMAP4rev1" *(SP capability); IMAP4rev2 by RFC 9051."""
    start = at.at
    found = each(at, lambda inner: atom(inner, "capability"))
    if not {b"IMAP4REV1", b"IMAP4REV2"} & {word.upper() for word in found}:
        at.note("capability-data", "IMAP4rev1 among the capabilities", start, at.at)
    return found


@response(b"FLAGS")
def flag_list(at: Scanner) -> tuple[bytes, ...]:
    """Read "FLAGS" SP flag-list."""
    sp(at)
    return _without_recent(at, flag, "flag-list")


def _without_recent(at: Scanner, item: Callable[[Scanner], Atom], rule: str) -> tuple[bytes, ...]:
    r"""Read a list of flags; \Recent in it is called recent-flag: the ABNF bars it, section 7.2.6 may be read otherwise."""
    start = at.at
    flags = parenthesised(at, item, rule)
    if any(one.upper() == b"\\RECENT" for one in flags):
        at.note("recent-flag", "no \\Recent", start, at.at)
    return flags


@response(b"LIST", b"LSUB")
def mailbox_list(at: Scanner) -> MailboxList:
    """mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP extended] (RFC 5258)."""
    sp(at)
    attributes = _mbx_list_flags(at)
    sp(at)
    separator = delimiter(at, "mailbox-list")
    sp(at)
    name = astring(at)
    extended: tuple[tuple[bytes, Any], ...] = ()
    if more(at, b"") and (comes(at, b"(") or opens(at, "mbox-list-extended")):
        extended = parenthesised(at, _mbox_list_extended_item, "mbox-list-extended")
    return MailboxList(attributes, separator, name, extended)


def _mbx_list_flags(at: Scanner) -> tuple[bytes, ...]:
    """mbx-list-flags: flags with a backslash, at most one of them about selectability."""
    start = at.at
    attributes = parenthesised(at, _mbx_list_oflag, "mailbox-list")
    upper = {one.upper() for one in attributes}
    for rule, alternatives in EXCLUSIVE_ATTRIBUTES.items():
        if len(upper & alternatives) > 1:
            at.note(rule, "one of these attributes at most", start, at.at)
    return attributes


def _mbx_list_oflag(at: Scanner) -> Atom:
    start = at.at
    found = flag(at)
    if not found.startswith(b"\\"):
        at.note("mbx-list-oflag", "\\ and an atom", start, at.at if found else None)
    return found


def delimiter(at: Scanner, rule: str) -> bytes | None:
    """DQUOTE QUOTED-CHAR DQUOTE / nil."""
    if nil(at):
        return None
    start = at.at
    found = stringlike(at)
    if found is None:
        skip_value(at)
        found = Atom(at.raw[start : at.at])
    if not isinstance(found, Quoted) or len(found) != 1:
        at.note(rule, "one quoted character, or NIL", start, at.at if at.at > start else None)
    return found


def _mbox_list_extended_item(at: Scanner) -> tuple[bytes, Any]:
    """mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val (RFC 5258 section 6)."""
    tag = astring(at).upper()
    sp(at)
    return tag, LIST_EXTENDED.get(tag, tagged_ext_val)(at)


@response(b"SEARCH")
def search_data(at: Scanner) -> Search:
    """Read "SEARCH" *(SP nz-number), and behind numbers SP search-sort-mod-seq (RFC 7162 section 7)."""
    numbers: list[int] = []
    while more(at, b""):
        before = at.at
        if comes(at, b"("):
            return Search(tuple(numbers), _modseq_behind(at, numbers))
        numbers.append(nz_number(at))
        if at.at == before:
            break
    return Search(tuple(numbers))


def _modseq_behind(at: Scanner, numbers: list[int]) -> int:
    if not numbers:
        at.note("search-sort-mod-seq", "numbers before it")
    return search_sort_mod_seq(at)


def search_sort_mod_seq(at: Scanner) -> int:
    """search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")" (RFC 7162 section 7)."""
    at.maybe(b"(")
    if atom(at, "search-sort-mod-seq").upper() != b"MODSEQ":
        at.note("search-sort-mod-seq", "MODSEQ")
    sp(at)
    value = mod_sequence_value(at)
    shuts(at, "search-sort-mod-seq")
    return value


@response(b"STATUS")
def status_data(at: Scanner) -> MailboxStatus:
    """Read "STATUS" SP mailbox SP "(" [status-att-list] ")"."""
    sp(at)
    name = astring(at)
    sp(at)
    return MailboxStatus(name, dict(parenthesised(at, _status_att_val, "status-att-list")))


def _status_att_val(at: Scanner) -> tuple[bytes, Any]:
    name = atom(at, "status-att").upper()
    sp(at)
    return name, STATUS_ATTS.get(name, tagged_ext_val)(at)


status_att(b"MESSAGES", b"RECENT", b"UNSEEN")(number)
# RFC 4466 section 3 narrows these two to nz-number, as every other rule of RFC 3501 has them
status_att(b"UIDNEXT", b"UIDVALIDITY")(nz_number)
response(b"EXISTS", b"RECENT", number="number")(nothing)
response(b"EXPUNGE", number="nz-number")(nothing)
resp_text_code(b"ALERT", b"PARSE", b"READ-ONLY", b"READ-WRITE", b"TRYCREATE")(nothing)


@resp_text_code(b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN")
def _sp_nz_number(at: Scanner) -> int:
    sp(at)
    return nz_number(at)


@resp_text_code(b"BADCHARSET")
def _badcharset(at: Scanner) -> tuple[bytes, ...]:
    """Read "BADCHARSET" [SP "(" astring *(SP astring) ")"]."""
    return astrings(at, "resp-text-code") if more(at) else ()


@resp_text_code(b"PERMANENTFLAGS")
def _permanentflags(at: Scanner) -> tuple[bytes, ...]:
    r"""Read "PERMANENTFLAGS" SP "(" [flag-perm *(SP flag-perm)] ")"."""
    sp(at)
    return _without_recent(at, flag_perm, "resp-text-code")
