"""STATUS=SIZE (RFC 8438 section 4): the octets of all messages of a mailbox."""

from __future__ import annotations

from conformance.wire.imap_lexical import number64
from conformance.wire.imap_registers import status_att

status_att(b"SIZE")(number64)
