"""METADATA (RFC 5464 section 5): entries of mailboxes and of the server, with values or by name alone."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire.imap_lexical import astring, atom, nstring, number
from conformance.wire.imap_registers import resp_text_code, response
from conformance.wire.imap_structure import comes, each, parenthesised, sp
from conformance.wire.scanner import Scanner

_NUMBERED = frozenset((b"LONGENTRIES", b"MAXSIZE"))
_BARE = frozenset((b"TOOMANY", b"NOPRIVATE"))


@dataclass(frozen=True, slots=True)
class Metadata:
    """Data of METADATA: a mailbox ("" is the server), entries with values, or in an unasked response names alone."""

    mailbox: bytes
    values: tuple[tuple[bytes, bytes | None], ...] = ()
    names: tuple[bytes, ...] = ()


@response(b"METADATA")
def metadata_resp(at: Scanner) -> Metadata:
    """metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)."""
    sp(at)
    mailbox = astring(at)
    sp(at)
    if comes(at, b"("):
        return Metadata(mailbox, values=parenthesised(at, _entry_value, "entry-values", least=1))
    return Metadata(mailbox, names=(entry(at), *each(at, entry, b"")))


def entry(at: Scanner) -> bytes:
    """Entry = astring, a path that begins with a slash, without "*" and "%" (section 4.1)."""
    start = at.at
    found = astring(at)
    if not found.startswith(b"/") or b"*" in found or b"%" in found:
        at.note("entry", "a path that begins with / and has no * and no %", start, at.at)
    return found


def _entry_value(at: Scanner) -> tuple[bytes, bytes | None]:
    """entry-value = entry SP value."""
    name = entry(at)
    sp(at)
    return name, nstring(at, eight=True)


@resp_text_code(b"METADATA")
def _metadata_code(at: Scanner) -> tuple[bytes, int | None]:
    """Read SP ("LONGENTRIES" SP number / "MAXSIZE" SP number / "TOOMANY" / "NOPRIVATE")."""
    sp(at)
    start = at.at
    word = atom(at).upper()
    if word in _NUMBERED:
        sp(at)
        return word, number(at)
    if word not in _BARE:
        at.note("resp-text-code", "LONGENTRIES, MAXSIZE, TOOMANY or NOPRIVATE", start, at.at)
    return word, None
