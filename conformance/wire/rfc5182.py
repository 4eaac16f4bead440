"""SEARCHRES (RFC 5182 section 3): the code for a search result that was not kept."""

from __future__ import annotations

from conformance.wire.imap_registers import nothing, resp_text_code

resp_text_code(b"NOTSAVED")(nothing)
