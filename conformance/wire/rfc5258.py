"""LIST-EXTENDED (RFC 5258 section 6): the extended item that says why a parent is listed.

The options in it are quoted, always: the ABNF gives them no other form.
"""

from __future__ import annotations

from conformance.wire.imap_lexical import Quoted, astring
from conformance.wire.imap_registers import list_extended
from conformance.wire.imap_structure import parenthesised
from conformance.wire.scanner import Scanner


@list_extended(b"CHILDINFO")
def childinfo_extended_item(at: Scanner) -> tuple[bytes, ...]:
    """Read "(" list-select-base-opt-quoted *(SP list-select-base-opt-quoted) ")"."""
    return parenthesised(at, _list_select_base_opt_quoted, "childinfo-extended-item", least=1)


def _list_select_base_opt_quoted(at: Scanner) -> bytes:
    start = at.at
    found = astring(at)
    if not isinstance(found, Quoted):
        at.note("list-select-base-opt-quoted", "a quoted option", start, at.at)
    return found
