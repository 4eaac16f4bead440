"""What every response of every IMAP conversation must obey: lines and tags, RFC 3501 section 2.2.

The other audits of IMAP stand in audits_imap_*: the rows of the grammar, and the rules about what is said when.
"""

from __future__ import annotations

import re

from conformance import (
    audits_imap_answers,
    audits_imap_extension_rows,
    audits_imap_extensions,
    audits_imap_mailbox,
    audits_imap_rows,
    audits_imap_session,
)
from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import rewrite_raw
from conformance.hearing_imap_state import Heard
from conformance.transcript import quote
from conformance.wire.imap_dialogue import split_literals

_LOADED = (
    audits_imap_answers,
    audits_imap_extension_rows,
    audits_imap_extensions,
    audits_imap_mailbox,
    audits_imap_rows,
    audits_imap_session,
)  # importing them registers their audits
_BARE_CR = re.compile(rb"\r(?!\n)")


@audits("RFC3501-2.2-01", refuted_by=rewrite_raw(rb"\r\n\Z", b"\n", of=rb"NOOP"))
def every_line_ends_in_crlf(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the end of each response and of each literal's announcement, and for a CR that no LF follows; octets of literals are content."""
    for violation in heard.parsed.violations:
        if violation.rule == "CRLF":
            return Trouble(heard.start + violation.start, f"a line ends in a bare LF: {quote(heard.reply.raw[-60:])}")
    if heard.raw.count(b"\r") == 1 or not any(_BARE_CR.search(text) for text in split_literals(heard.raw)[::2]):
        return True
    return Trouble(heard.start, f"a CR without LF outside of literals: {quote(heard.reply.raw[:200])}")
