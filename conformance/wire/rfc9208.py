"""QUOTA's newer STATUS items (RFC 9208 section 7): messages marked as deleted, and the octets they hold."""

from __future__ import annotations

from conformance.wire.imap_lexical import number, number64
from conformance.wire.imap_registers import status_att

status_att(b"DELETED")(number)
status_att(b"DELETED-STORAGE")(number64)
