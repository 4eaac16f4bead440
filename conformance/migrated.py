"""What a check of a migration found: each difference between the mail of two servers, by what a client notices of it.

A Row is one kind of difference in one mailbox, with the number of messages it befell and some of them by name; how many
are named is bounded, whatever a server does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

EXAMPLES = 20
"""Messages that a row names; the number is that of all."""


class Notice(StrEnum):
    """What a difference means for whoever reads the mail, the worst first."""

    LOST = "lost"
    NOTICED = "noticed"
    HARMLESS = "harmless"


class Kind(StrEnum):
    """A way in which the mail on the new server is not that of the old one."""

    MAILBOX_MISSING = "mailbox missing"
    MAILBOX_CLOSED = "mailbox cannot be opened"
    MISSING = "missing"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    FLAG_LOST = "flag lost"
    KEYWORD_LOST = "keyword lost"
    UIDVALIDITY_CHANGED = "UIDVALIDITY changed"
    UID_CHANGED = "UID changed"
    UIDL_CHANGED = "UIDL changed"
    DUPLICATED = "duplicated"
    COPY_DROPPED = "copy dropped"
    ALTERED = "altered"
    DATE_CHANGED = "INTERNALDATE changed"
    FLAG_GAINED = "flag gained"
    SUBSCRIPTION_LOST = "subscription lost"
    SPECIAL_USE_LOST = "special-use lost"
    ACL_LOST = "ACL lost"
    QUOTA_LOWERED = "quota lowered"
    MAILBOX_ADDED = "mailbox added"
    ADDED = "added"
    KEYWORD_GAINED = "keyword gained"
    SIZE_CHANGED = "size changed"
    SUBSCRIPTION_GAINED = "subscription gained"
    ACL_GAINED = "ACL gained"
    QUOTA_RAISED = "quota raised"


_LOST, _NOTICED, _HARMLESS = Notice.LOST, Notice.NOTICED, Notice.HARMLESS
MEANINGS: Mapping[Kind, tuple[Notice, str]] = {
    Kind.MAILBOX_MISSING: (_LOST, "the mailbox and all that is in it are not there"),
    Kind.MAILBOX_CLOSED: (_LOST, "the mailbox is listed, but the server does not open it"),
    Kind.MISSING: (_LOST, "the message is not there"),
    Kind.CHANGED: (_LOST, "a message with this Message-ID is there, but its text or its header is another"),
    Kind.UNREADABLE: (_LOST, "the message is listed, but the server does not hand it out"),
    Kind.FLAG_LOST: (_LOST, "read mail is unread again, answered mail unanswered, marked mail unmarked"),
    Kind.KEYWORD_LOST: (_LOST, "a label that the user has given is gone"),
    Kind.UIDVALIDITY_CHANGED: (_NOTICED, "clients forget what they know of the mailbox and download all of it again"),
    Kind.UID_CHANGED: (_NOTICED, "a client takes the message for another one, and may show it wrongly from its cache"),
    Kind.UIDL_CHANGED: (_NOTICED, "a POP3 client that leaves mail on the server downloads the message again"),
    Kind.DUPLICATED: (_NOTICED, "the message is there more often than before"),
    Kind.COPY_DROPPED: (_NOTICED, "the message was there more than once, and now is less often"),
    Kind.ALTERED: (
        _NOTICED,
        "trace or X- lines of the header, or the last line end, are others",
    ),
    Kind.DATE_CHANGED: (_NOTICED, "a client that sorts by the date of arrival shows the message elsewhere"),
    Kind.FLAG_GAINED: (_NOTICED, "unread mail counts as read, unmarked mail as marked"),
    Kind.SUBSCRIPTION_LOST: (_NOTICED, "a client that shows subscribed mailboxes does not show this one any more"),
    Kind.SPECIAL_USE_LOST: (_NOTICED, "a client no longer knows what the mailbox is for, and may make another one"),
    Kind.ACL_LOST: (_NOTICED, "somebody with whom the mailbox was shared has fewer rights"),
    Kind.QUOTA_LOWERED: (_NOTICED, "mail is refused earlier than before"),
    Kind.MAILBOX_ADDED: (_HARMLESS, "the mailbox was not there before"),
    Kind.ADDED: (_HARMLESS, "the message was not there before: perhaps it has arrived meanwhile"),
    Kind.KEYWORD_GAINED: (_HARMLESS, "the message bears one more label"),
    Kind.SIZE_CHANGED: (_HARMLESS, "the same octets are counted otherwise"),
    Kind.SUBSCRIPTION_GAINED: (_HARMLESS, "one more mailbox is shown"),
    Kind.ACL_GAINED: (_HARMLESS, "somebody has more rights than before"),
    Kind.QUOTA_RAISED: (_HARMLESS, "there is more room than before, or no end of it is told"),
}
"""Kind -> what it means to whoever reads the mail, and the words for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One kind of difference in one mailbox; `count` is of messages where the kind befalls messages, else 1."""

    account: str
    protocol: str
    mailbox: str
    kind: Kind
    count: int = 1
    before: str = ""
    after: str = ""
    examples: Sequence[str] = ()

    @property
    def notice(self) -> Notice:
        """What it means for whoever reads the mail."""
        return MEANINGS[self.kind][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A finished check: two servers by name and product, what was compared, what differs, what could not be judged."""

    old: str
    new: str
    products: tuple[str, str]
    accounts: int
    protocols: Sequence[str]
    mailboxes: int
    messages: int
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    unjudged: Sequence[str] = ()

    def counts(self) -> Counter[Kind]:
        """Return how often each kind was met, in the order of Kind."""
        found = Counter[Kind]()
        for kind in Kind:
            if number := sum(row.count for row in self.rows if row.kind is kind):
                found[kind] = number
        return found
