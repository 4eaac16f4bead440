"""CONDSTORE and QRESYNC (RFC 7162 section 7): mod-sequences, and VANISHED in the place of EXPUNGE.

What SEARCH and SORT say of mod-sequences is read beside their numbers, in imap.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.wire.imap_lexical import Atom, atom, mod_sequence_value, mod_sequence_valzer, sequence_set, uid_set
from conformance.wire.imap_registers import msg_att, nothing, resp_text_code, response, status_att
from conformance.wire.imap_structure import comes, opens, parenthesised, shuts, sp
from conformance.wire.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Vanished:
    """Data of VANISHED: the UIDs as sent, and whether they were gone before (EARLIER)."""

    uids: bytes
    earlier: bool = False


resp_text_code(b"NOMODSEQ", b"CLOSED")(nothing)
status_att(b"HIGHESTMODSEQ")(mod_sequence_valzer)


@response(b"VANISHED")
def expunged_resp(at: Scanner) -> Vanished:
    """expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids."""
    sp(at)
    earlier = comes(at, b"(")
    if earlier:
        _earlier(at)
        sp(at)
    return Vanished(uid_set(at), earlier)


def _earlier(at: Scanner) -> None:
    start = at.at
    words = parenthesised(at, lambda inner: atom(inner).upper(), "expunged-resp")
    if words != (b"EARLIER",):
        at.note("expunged-resp", "(EARLIER)", start, at.at)


@resp_text_code(b"HIGHESTMODSEQ")
def _highestmodseq(at: Scanner) -> int:
    sp(at)
    return mod_sequence_value(at)


@resp_text_code(b"MODIFIED")
def _modified(at: Scanner) -> Atom:
    sp(at)
    return sequence_set(at)


@msg_att(b"MODSEQ")
def fetch_mod_resp(at: Scanner) -> int:
    """fetch-mod-resp = "MODSEQ" SP "(" permsg-modsequence ")"."""
    if not opens(at, "fetch-mod-resp"):
        return 0
    value = mod_sequence_value(at)
    shuts(at, "fetch-mod-resp")
    return value
