"""OBJECTID (RFC 8474 section 7): identifiers of messages, threads and mailboxes that last."""

from __future__ import annotations

import re

from conformance.wire.imap_lexical import nil, word
from conformance.wire.imap_registers import msg_att, resp_text_code, status_att
from conformance.wire.imap_structure import opens, shuts, sp
from conformance.wire.scanner import Scanner

_OBJECTID = re.compile(rb"[A-Za-z0-9_-]{1,255}")


@msg_att(b"EMAILID")
@status_att(b"MAILBOXID")
def objectid(at: Scanner) -> bytes:
    """Read "(" objectid ")", with objectid = 1*255(ALPHA / DIGIT / "_" / "-")."""
    if not opens(at, "tagged-ext-val"):
        return b""
    found = word(at, _OBJECTID, "objectid", "1 to 255 letters, digits, _ and -")
    shuts(at, "tagged-ext-val")
    return found


@msg_att(b"THREADID")
def fetch_threadid_resp(at: Scanner) -> bytes | None:
    """fetch-threadid-resp = "THREADID" SP ( "(" objectid ")" / nil )."""
    return None if nil(at) else objectid(at)


@resp_text_code(b"MAILBOXID")
def _mailboxid(at: Scanner) -> bytes:
    sp(at)
    return objectid(at)
