"""BINARY (RFC 3516 section 7): decoded sections, their sizes, and the code for an encoding nobody can decode.

RFC 3516 forgot the origin octet of a partial answer, which section 4.3 and RFC 9051 have: it is read.
"""

from __future__ import annotations

import re

from conformance.wire.imap_lexical import nstring, number
from conformance.wire.imap_registers import msg_att, nothing, resp_text_code, section_of
from conformance.wire.scanner import Scanner

_SECTION_BINARY = re.compile(rb"\[(?:[1-9][0-9]*(?:\.[1-9][0-9]*)*+)?\]")
_BRACKETS = re.compile(rb"\[[^\]\r\n]*\]")

resp_text_code(b"UNKNOWN-CTE")(nothing)
msg_att(b"BINARY.SIZE[]")(number)


@section_of(b"BINARY", b"BINARY.SIZE")
def section_binary(at: Scanner) -> bytes:
    """section-binary = "[" [section-part] "]"."""
    start = at.at
    found = at.take(_BRACKETS, "section-binary", "brackets that close")
    if not _SECTION_BINARY.fullmatch(found):
        at.note("section-binary", "part numbers only", start, at.at)
    return found


@msg_att(b"BINARY[]")
def _nstring_or_literal8(at: Scanner) -> bytes | None:
    return nstring(at, eight=True)
