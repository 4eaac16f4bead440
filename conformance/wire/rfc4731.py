"""ESEARCH responses (RFC 4466 section 2.6.2, RFC 4731), with the correlators of MULTISEARCH (RFC 7377 section 2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from conformance.wire.imap_lexical import (
    astring,
    atom,
    mod_sequence_value,
    number,
    nz_number,
    sequence_set,
    tagged_ext_val,
)
from conformance.wire.imap_registers import RETURN_DATA, Rule, response, search_return_data
from conformance.wire.imap_structure import comes, more, parenthesised, sp
from conformance.wire.scanner import Scanner

search_return_data(b"MIN", b"MAX")(nz_number)
search_return_data(b"ALL")(sequence_set)
search_return_data(b"COUNT")(number)
search_return_data(b"MODSEQ")(mod_sequence_value)

_CORRELATORS: dict[bytes, Rule] = {b"TAG": astring, b"MAILBOX": astring, b"UIDVALIDITY": nz_number}

_UID = re.compile(rb"UID(?![^ \t])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Esearch:
    """Data of ESEARCH: the command's tag, whether numbers are UIDs, returned items in order; sets stay as sent."""

    tag: bytes | None = None
    uid: bool = False
    pairs: tuple[tuple[bytes, Any], ...] = ()
    mailbox: bytes | None = None
    uidvalidity: int | None = None

    def get(self, name: bytes) -> Any:
        """Return the value of the first item of this name, None if there is none."""
        return next((value for key, value in self.pairs if key == name), None)

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self.pairs)


@response(b"ESEARCH")
def esearch_response(at: Scanner) -> Esearch:
    """esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)."""
    found: dict[bytes, Any] = {}
    pairs: list[tuple[bytes, Any]] = []
    uid, first = False, True
    while more(at, b""):
        before = at.at
        if first and comes(at, b"("):
            found = _search_correlator(at)
        elif not uid and not pairs and at.take_maybe(_UID):
            uid = True
        else:
            pairs.append(_search_return_data(at))
        first = False
        if at.at == before:
            break
    return Esearch(found.get(b"TAG"), uid, tuple(pairs), found.get(b"MAILBOX"), found.get(b"UIDVALIDITY"))


def _search_correlator(at: Scanner) -> dict[bytes, Any]:
    """search-correlator = SP "(" one-correlator *(SP one-correlator) ")": each once at most, the tag among them."""
    start = at.at
    found = parenthesised(at, _one_correlator, "search-correlator", least=1)
    names = [name for name, _ in found]
    if found and (len(set(names)) < len(names) or b"TAG" not in names):
        at.note("search-correlator", "TAG, and each correlator once", start, at.at)
    return dict(found)


def _one_correlator(at: Scanner) -> tuple[bytes, Any]:
    name = atom(at, "one-correlator").upper()
    sp(at)
    return name, _CORRELATORS.get(name, tagged_ext_val)(at)


def _search_return_data(at: Scanner) -> tuple[bytes, Any]:
    """search-return-data = search-modifier-name SP search-return-value."""
    name = atom(at, "search-return-data").upper()
    if not name:
        return name, None
    sp(at)
    return name, RETURN_DATA.get(name, tagged_ext_val)(at)
