"""ID (RFC 2971 section 4): what a server says it is."""

from __future__ import annotations

from conformance.wire.imap_lexical import nil, nstring, string
from conformance.wire.imap_registers import response
from conformance.wire.imap_structure import closes, comes, opens, parenthesised, sp
from conformance.wire.scanner import Scanner


@response(b"ID")
def id_response(at: Scanner) -> tuple[tuple[bytes, bytes | None], ...] | None:
    """id_response = "ID" SPACE id_params_list, a list of fields and values, or NIL."""
    sp(at)
    if nil(at) or not (comes(at, b"(") or opens(at, "id_params_list")):
        return None
    return parenthesised(at, _field, "id_params_list")


def _field(at: Scanner) -> tuple[bytes, bytes | None]:
    name = string(at)
    if closes(at):
        at.note("id_params_list", "a value for each field")
        return name, None
    sp(at)
    return name, nstring(at)
