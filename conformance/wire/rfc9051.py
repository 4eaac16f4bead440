"""IMAP4rev2 (RFC 9051 section 9) where it adds to what the other files read: a code for a mailbox that has children.

Its wider numbers, its empty text and IMAP4rev2 in the place of IMAP4rev1 are read where RFC 3501's rules stand.
"""

from __future__ import annotations

from conformance.wire.imap_registers import nothing, resp_text_code

resp_text_code(b"HASCHILDREN")(nothing)
