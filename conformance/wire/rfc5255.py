"""LANGUAGE and I18NLEVEL (RFC 5255 sections 3.5 and 4.10): the languages and comparators a server has.

Text in other languages holds UTF-8 once a client has chosen one: the reader, who knows no state, still calls it text.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire.imap_lexical import astring, astrings
from conformance.wire.imap_registers import nothing, resp_text_code, response
from conformance.wire.imap_structure import more, sp
from conformance.wire.scanner import Scanner

resp_text_code(b"BADCOMPARATOR")(nothing)


@dataclass(frozen=True, slots=True)
class Comparator:
    """Data of COMPARATOR: the active comparator, and those that matched the command's arguments."""

    active: bytes
    matching: tuple[bytes, ...] = ()


@response(b"LANGUAGE")
def language_data(at: Scanner) -> tuple[bytes, ...]:
    """language-data = "LANGUAGE" SP "(" lang-tag-quoted *(SP lang-tag-quoted) ")"."""
    sp(at)
    return astrings(at, "language-data")


@response(b"COMPARATOR")
def comparator_data(at: Scanner) -> Comparator:
    """comparator-data = "COMPARATOR" SP comp-sel-quoted [SP "(" comp-id-quoted *(SP comp-id-quoted) ")"]."""
    sp(at)
    active = astring(at)
    return Comparator(active, astrings(at, "comparator-data") if more(at, b"") else ())
