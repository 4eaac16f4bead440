"""ENABLE (RFC 5161 section 4): the capabilities that were enabled."""

from __future__ import annotations

from conformance.wire.imap_lexical import atom
from conformance.wire.imap_registers import response
from conformance.wire.imap_structure import each
from conformance.wire.scanner import Scanner


@response(b"ENABLED")
def enable_data(at: Scanner) -> tuple[bytes, ...]:
    """enable-data = "ENABLED" *(SP capability)."""
    return each(at, lambda inner: atom(inner, "capability"))
