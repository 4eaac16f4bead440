"""UIDPLUS (RFC 4315 section 4): response codes that tell the UIDs given to appended and copied messages.

UID sets stay as sent: "1:4294967295" is legal, and who expands it decides what it costs.
"""

from __future__ import annotations

from conformance.wire.imap_lexical import Atom, nz_number, uid_set
from conformance.wire.imap_registers import nothing, resp_text_code
from conformance.wire.imap_structure import sp
from conformance.wire.scanner import Scanner

resp_text_code(b"UIDNOTSTICKY")(nothing)


@resp_text_code(b"APPENDUID")
def resp_code_apnd(at: Scanner) -> tuple[int, Atom]:
    """Read SP nz-number SP append-uid: UIDVALIDITY and the UID, or the set of them if MULTIAPPEND (RFC 3502) was used."""
    sp(at)
    uidvalidity = nz_number(at)
    sp(at)
    return uidvalidity, uid_set(at)


@resp_text_code(b"COPYUID")
def resp_code_copy(at: Scanner) -> tuple[int, Atom, Atom]:
    """Read SP nz-number SP uid-set SP uid-set: UIDVALIDITY of the destination, UIDs there before, UIDs given."""
    sp(at)
    uidvalidity = nz_number(at)
    sp(at)
    source = uid_set(at)
    sp(at)
    return uidvalidity, source, uid_set(at)
