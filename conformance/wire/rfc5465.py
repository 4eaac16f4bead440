"""NOTIFY (RFC 5465 section 8): codes for events that cannot be told, and the old name of a renamed mailbox."""

from __future__ import annotations

from conformance.wire.imap_lexical import astring, atom
from conformance.wire.imap_registers import list_extended, nothing, resp_text_code
from conformance.wire.imap_structure import opens, parenthesised, shuts, sp
from conformance.wire.scanner import Scanner

resp_text_code(b"NOTIFICATIONOVERFLOW")(nothing)


@resp_text_code(b"BADEVENT")
def unsupported_events_code(at: Scanner) -> tuple[bytes, ...]:
    """unsupported-events-code = "BADEVENT" SP "(" event-name *(SP event-name) ")"."""
    sp(at)
    return parenthesised(at, lambda inner: atom(inner, "event-name"), "unsupported-events-code", least=1)


@list_extended(b"OLDNAME")
def oldname_extended_item(at: Scanner) -> bytes:
    """oldname-extended-item = "OLDNAME" SP "(" mailbox ")"."""
    if not opens(at, "oldname-extended-item"):
        return b""
    name = astring(at)
    shuts(at, "oldname-extended-item")
    return name
