"""IMAP response codes (RFC 5530 section 4): names that say all, without data."""

from __future__ import annotations

from conformance.wire.imap_registers import nothing, resp_text_code

resp_text_code(
    b"UNAVAILABLE", b"AUTHENTICATIONFAILED", b"AUTHORIZATIONFAILED", b"EXPIRED", b"PRIVACYREQUIRED", b"CONTACTADMIN",
    b"NOPERM", b"INUSE", b"EXPUNGEISSUED", b"CORRUPTION", b"SERVERBUG", b"CLIENTBUG", b"CANNOT", b"LIMIT", b"OVERQUOTA",
    b"ALREADYEXISTS", b"NONEXISTENT",
)(nothing)  # fmt: skip
