"""COMPRESS (RFC 4978 section 5): the code for a compression that is on already."""

from __future__ import annotations

from conformance.wire.imap_registers import nothing, resp_text_code

resp_text_code(b"COMPRESSIONACTIVE")(nothing)
