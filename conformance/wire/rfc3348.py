"""CHILDREN (RFC 3348 section 5, RFC 5258 section 6): a mailbox has children or has none, never both."""

from __future__ import annotations

from conformance.wire.imap_registers import EXCLUSIVE_ATTRIBUTES

EXCLUSIVE_ATTRIBUTES["child-mbox-flag"] = frozenset((b"\\HASCHILDREN", b"\\HASNOCHILDREN"))
