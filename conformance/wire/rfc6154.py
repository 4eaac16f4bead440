"""SPECIAL-USE (RFC 6154 section 6): the code for a special use that cannot be given; its attributes are flags of LIST."""

from __future__ import annotations

from conformance.wire.imap_registers import nothing, resp_text_code

resp_text_code(b"USEATTR")(nothing)
