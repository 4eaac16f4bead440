"""What to ask of a mailbox in generated searches: its own days, sizes, words and keywords, and some it does not have."""

from __future__ import annotations

import itertools
import re

from conformance.models import sent_dates
from conformance.models.contents import Mailbox, unfolded
from conformance.strategies.imap_search import Vocabulary

_FIELDS = (b"Bcc", b"Cc", b"From", b"Subject", b"To")
_WORD = re.compile(rb"[A-Za-z]{4,}")
ABSENT = b"xylophone"


def vocabulary_of(mailbox: Mailbox) -> Vocabulary:
    """Return the words for `search_programs` on a mailbox with one message at least."""
    sent = [sent_dates.certain(tuple(v.decode("latin-1") for v in m.fields(b"Date"))) for m in mailbox.messages]
    return Vocabulary(
        exists=mailbox.exists,
        uids=tuple(sorted(mailbox.uids)),
        days=tuple({message.internaldate.date() for message in mailbox.messages}),
        sent_days=tuple({moment.date() for moment in sent if moment}),
        sizes=tuple(sorted({message.size for message in mailbox.messages})),
        keywords=tuple({f for m in mailbox.messages for f in m.flags if not f.startswith(b"\\")}) or (ABSENT,),
        words=tuple(dict.fromkeys(_words(mailbox))),
        headers=tuple(dict.fromkeys(_headers(mailbox))),
    )


def _words(mailbox: Mailbox) -> list[tuple[bytes, bytes]]:
    fields = [(name, m.fields(name)) for m in mailbox.messages for name in _FIELDS]
    found = [(name.upper(), word) for name, values in fields for value in values for word in _WORD.findall(value)]
    bodies = [(b"BODY", word) for m in mailbox.messages for word in _WORD.findall(m.body)[:6]]
    texts = [(b"TEXT", word) for _, word in itertools.islice(found + bodies, 0, None, 3)]
    return [*found, *bodies, *texts, *((name.upper(), ABSENT) for name in (*_FIELDS, b"BODY", b"TEXT"))]


def _headers(mailbox: Mailbox) -> list[tuple[bytes, bytes]]:
    names = [*_FIELDS, b"Message-ID", b"References", b"X-Mailconform-Note", b"Content-Type"]
    values = [(name, value) for m in mailbox.messages for name in names for value in m.fields(name)]
    words = [(name, word) for name, value in values for word in _WORD.findall(unfolded(value))[:2]]
    return [*words, *((name, b"") for name in names), (b"X-Absent", b""), (b"Subject", ABSENT)]
