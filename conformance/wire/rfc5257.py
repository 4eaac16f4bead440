"""ANNOTATE (RFC 5257 section 5): annotations of messages, and the codes about their size and number."""

from __future__ import annotations

from typing import Any

from conformance.wire.imap_lexical import Atom, astring, atom, nstring, nz_number
from conformance.wire.imap_registers import msg_att, resp_text_code
from conformance.wire.imap_structure import list_comes, more, parenthesised, sp
from conformance.wire.scanner import Scanner


@msg_att(b"ANNOTATION")
def att_annotate(at: Scanner) -> tuple[tuple[bytes, Any], ...]:
    """Read "(" entry-att *(SP entry-att) ")" or a list of entries alone: entries with their attributes, or with None."""
    return parenthesised(at, _entry_att, "att-annotate", least=1)


def _entry_att(at: Scanner) -> tuple[bytes, Any]:
    """entry-att = entry SP "(" att-value *(SP att-value) ")"."""
    entry = astring(at)
    if not list_comes(at):
        return entry, None
    sp(at)
    return entry, parenthesised(at, _att_value, "entry-att", least=1)


def _att_value(at: Scanner) -> tuple[bytes, bytes | None]:
    """att-value = attrib SP value."""
    attrib = astring(at)
    sp(at)
    return attrib, nstring(at, eight=True)


@resp_text_code(b"ANNOTATE")
def _annotate(at: Scanner) -> bytes:
    """Read SP ("TOOBIG" / "TOOMANY")."""
    sp(at)
    return _one_of(at, b"TOOBIG", b"TOOMANY")


@resp_text_code(b"ANNOTATIONS")
def ann_size(at: Scanner) -> tuple[int | bytes, bool]:
    """ann-size = "NONE" / (("READ-ONLY" / nz-number) [SP "NOPRIVATE"]): what there is, and whether private ones are."""
    sp(at)
    digits = at.raw[at.at : at.at + 1].isdigit()
    size: int | bytes = nz_number(at) if digits else _one_of(at, b"NONE", b"READ-ONLY")
    if size == b"NONE" or not more(at):
        return size, True
    _one_of(at, b"NOPRIVATE")
    return size, False


def _one_of(at: Scanner, *words: bytes) -> Atom:
    start = at.at
    word = Atom(atom(at).upper())
    if word not in words:
        at.note("resp-text-code", " or ".join(one.decode() for one in words), start, at.at)
    return word
