"""Login referrals (RFC 2221 section 5): the URL of the server that has the user's mailboxes."""

from __future__ import annotations

import re

from conformance.wire.imap_registers import resp_text_code
from conformance.wire.imap_structure import each, sp
from conformance.wire.scanner import Scanner

_IMAPURL = re.compile(rb"imap://[\x21-\x5c\x5e-\x7e]+", re.IGNORECASE)


@resp_text_code(b"REFERRAL")
def referral(at: Scanner) -> bytes:
    """Read SPACE imapurl; of the URL its scheme and its characters are judged.

    A referral of a mailbox (RFC 2193) has the same name and may have several, which are given with spaces in between.
    """
    sp(at)
    return b" ".join((_imapurl(at), *each(at, _imapurl)))


def _imapurl(at: Scanner) -> bytes:
    return at.take(_IMAPURL, "imapurl", "imap://server/")
