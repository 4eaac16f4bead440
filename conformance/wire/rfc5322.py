"""Header fields of a message, and the tokens that structured ones are made of (RFC 5322 sections 2.2 and 3.2).

A field is read folded, as it stands in the message: folding white space is part of the grammar and has a place of its
own. Comments nest; the reader counts them and calls itself never, so no depth is too much for it.
"""

from __future__ import annotations

import re

from conformance.wire.scanner import Message, Scanner

LINE_LIMIT = 998
"""Octets of a line without its CRLF (RFC 5322 section 2.1.1)."""

_NAME = re.compile(rb"[!-9;-~]+(?=[ \t]*:)")
_FWS = re.compile(rb"(?:[ \t]|\r?\n(?=[ \t]))+")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_CTEXT = re.compile(rb"(?:[^()\\\x00-\x08\x0a-\x1f\x7f-\xff]|\\[\t -~])+")
_QTEXT = re.compile(rb'(?:[^"\\\x00-\x08\x0a-\x1f\x7f-\xff]|\\[\t -~])+')
_UTF8 = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+"
)
_DOT_ATOM_TEXT = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_FIELD = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")


def fields_of(message: bytes) -> list[Message]:
    """Cut the header of a message into its fields, folded as they stand, each with its line end and its offset."""
    blank = _BLANK_LINE.search(message)
    header = message[: blank.start()] if blank else message
    return [Message(field[0], field.start()) for field in _FIELD.finditer(header) if field[0]]


def name_of(field: bytes) -> bytes:
    """Return the name of a field in lower case, empty if it has none."""
    return name_as_written(field).lower()


def name_as_written(field: bytes) -> bytes:
    """Return the name of a field, empty if it has none."""
    found = _NAME.match(field)
    return found[0] if found else b""


def unfolded(field: bytes) -> bytes:
    """Return what stands behind the name of a field, lines joined (RFC 5322 section 2.2.3), outer white space left out."""
    return re.sub(rb"\r?\n(?=[ \t])", b"", field).partition(b":")[2].strip()


def field_name(at: Scanner, name: bytes) -> None:
    """Field name, in any case, and its colon; a line above 998 octets is a violation of "line-length"."""
    for line in re.finditer(rb"[^\n]+", at.raw):
        if len(line[0].rstrip(b"\r")) > LINE_LIMIT:
            at.note("line-length", f"lines of {LINE_LIMIT} octets at most", line.start(), line.end())
    if at.raw[at.at : at.at + len(name)].lower() == name.lower():
        at.at += len(name)
        at.expect(b":", "field-name")
    else:
        at.note("field-name", name.decode("latin-1"))


def fws(at: Scanner) -> bool:
    """FWS = ([*WSP CRLF] 1*WSP) (RFC 5322 section 3.2.2): step over it if it comes; a second line end in it is obs-FWS."""
    start = at.at
    space = at.take_maybe(_FWS)
    if b"\n" in space:
        if _BARE_LF.search(space):
            at.note("FWS", "CRLF, not a bare LF", start, at.at)
        if space.count(b"\n") > 1:
            at.note("obs-FWS", "no line of white space only", start, at.at)
    return bool(space)


def comment(at: Scanner) -> bytes | None:
    """Comment = "(" *([FWS] ccontent) [FWS] ")" (RFC 5322 section 3.2.2): what stands between, None if there is none here."""
    start, depth = at.at, 0
    while at.at < at.end:
        if at.maybe(b"("):
            depth += 1
        elif depth and at.maybe(b")"):
            depth -= 1
        elif depth and not (at.take_maybe(_CTEXT) or fws(at)):
            _odd(at, "ctext")
        if not depth:
            break
    if at.at == start:
        return None
    if depth:
        at.note("comment", "')'", at.end, at.end)
        return at.raw[start + 1 : at.at]
    return at.raw[start + 1 : at.at - 1]


def cfws(at: Scanner) -> list[bytes] | None:
    """CFWS = (1*([FWS] comment) [FWS]) / FWS (RFC 5322 section 3.2.2): the comments, None if there is not even a space."""
    start, comments = at.at, []
    fws(at)
    while (text := comment(at)) is not None:
        comments.append(text)
        fws(at)
    return comments if at.at > start else None


def quoted_string(at: Scanner) -> bytes | None:
    """quoted-string without the CFWS around it (RFC 5322 section 3.2.4): its value, None if there is none here.

    The value has no quotes, no backslashes that quote and no line ends. UTF-8 in it is right (RFC 6532 section 3.2).
    """
    if not at.maybe(b'"'):
        return None
    start = at.at
    while at.at < at.end:
        if at.maybe(b'"'):
            return _unquoted(at.raw[start : at.at - 1])
        if not (at.take_maybe(_QTEXT) or at.take_maybe(_UTF8) or fws(at)):
            _odd(at, "qtext")
    at.note("quoted-string", "'\"'", at.end, at.end)
    return _unquoted(at.raw[start : at.at])


def _unquoted(text: bytes) -> bytes:
    joined = re.sub(rb"\r?\n(?=[ \t])", b"", text)
    return _QUOTED_PAIR.sub(rb"\1", joined) if b"\\" in joined else joined


def _odd(at: Scanner, rule: str) -> None:
    """Step over an octet, or over a whole UTF-8 text, that has no place here."""
    start = at.at
    if not at.take_maybe(_UTF8):
        at.at += 1
    at.note(rule, "printable US-ASCII", start, at.at)


def dot_atom_text(at: Scanner) -> bytes:
    """dot-atom-text = 1*atext *("." 1*atext) (RFC 5322 section 3.2.3), empty if there is none here."""
    return at.take_maybe(_DOT_ATOM_TEXT)


def quoted(value: bytes) -> bytes:
    """Write a value as a quoted-string; it holds no line end."""
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", value) + b'"'
