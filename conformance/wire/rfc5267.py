"""CONTEXT (RFC 5267 section 5): parts of search results, and how they change."""

from __future__ import annotations

import re

from conformance.wire.imap_lexical import NUMBER_LIMIT, Atom, nil, number, quoted, sequence_set, word
from conformance.wire.imap_registers import resp_text_code, search_return_data
from conformance.wire.imap_structure import opens, parenthesised, shuts, sp
from conformance.wire.scanner import Scanner

# RFC 9394 counts from the end with a minus before both numbers
_PARTIAL_RANGE = re.compile(rb"-?[1-9][0-9]*:-?[1-9][0-9]*")

Change = tuple[int, Atom]


@search_return_data(b"PARTIAL")
def ret_data_partial(at: Scanner) -> tuple[bytes, Atom | None] | None:
    """Read "(" partial-range SP partial-results ")": the range asked for, and the set found there or None."""
    if not opens(at, "ret-data-partial"):
        return None
    asked = word(at, _PARTIAL_RANGE, "partial-range", "two numbers with a colon in between")
    sp(at)
    found = None if nil(at) else sequence_set(at)
    shuts(at, "ret-data-partial")
    return asked, found


@search_return_data(b"ADDTO", b"REMOVEFROM")
def ret_data_changes(at: Scanner) -> tuple[Change, ...]:
    """Read "(" context-position SP sequence-set *(SP context-position SP sequence-set) ")"; position 0 is anywhere."""
    return parenthesised(at, _change, "ret-data-addto", least=1)


def _change(at: Scanner) -> Change:
    position = number(at, "context-position", NUMBER_LIMIT)
    sp(at)
    return position, sequence_set(at)


@resp_text_code(b"NOUPDATE")
def _noupdate(at: Scanner) -> bytes:
    sp(at)
    return quoted(at)
