"""What is known of an IMAP connection when a response comes, and the response beside it: what an audit gets to see."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from conformance.hearing_imap_memory import Course, Selection
from conformance.wire.imap import Response
from conformance.wire.imap_dialogue import Command, Reply
from conformance.wire.imap_values import Fetch, MailboxList, MailboxStatus, Search
from conformance.wire.scanner import Parsed

SELECTING = (b"SELECT", b"EXAMINE")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of a connection: authenticated, under TLS, the selected mailbox's command line and its EXISTS.

    `exists` is None until an EXISTS response of this mailbox came; `selected` is empty if none is selected, None if
    unknown. `enabled` are names from ENABLED responses and `listed` those of the last CAPABILITY response since TLS or
    login, in upper case. `base` says that nothing but RFC 3501 was spoken, `condstore` that mod-sequences may be on; a
    conversation taken up again is not base, and may have condstore. `notified` says that NOTIFY was said, `wide` that
    texts and names may have become UTF-8, `farewell` how much the client had said when BYE came.
    """

    logged_in: bool = False
    under_tls: bool = False
    selected: bytes | None = b""
    read_only: bool = False
    exists: int | None = None
    flags: frozenset[bytes] | None = None
    enabled: frozenset[bytes] = frozenset()
    listed: frozenset[bytes] | None = None
    sure: bool = True
    base: bool = True
    condstore: bool = False
    notified: bool = False
    wide: bool = False
    farewell: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One response as heard: read, with the commands in progress (oldest first, its own among them) and the state before it.

    `name` is the response's in upper case, empty for a continuation request; `verb` that of its command, empty if none
    is in progress; `course` what came before while its command was in progress; `places` what is in it: the response's
    name, items of FETCH and STATUS, [response code]; `done` the tags of commands that are complete; `delimiters` those
    that LIST gave to top-level names.
    """

    reply: Reply
    parsed: Parsed[Response]
    response: Response
    name: bytes
    raw: bytes
    verb: bytes
    verbs: tuple[bytes, ...]
    in_progress: tuple[Command, ...]
    course: Course | None
    state: State
    selection: Selection
    done: AbstractSet[bytes]
    delimiters: dict[bytes, bytes]
    places: frozenset[bytes]
    connection: int

    @property
    def start(self) -> int:
        """Offset of its first octet."""
        return self.reply.message.start

    @property
    def completes(self) -> bytes:
        """OK, NO or BAD if it completes a command, empty otherwise."""
        return self.name if self.reply.final and self.reply.command is not None else b""

    @property
    def code(self) -> bytes:
        """Name of its response code, empty if it has none."""
        return self.response.code.name if self.response.code else b""

    @property
    def selecting(self) -> bool:
        """Whether another mailbox is being selected, so that nobody knows which one this is about."""
        return SELECTING[0] in self.verbs or SELECTING[1] in self.verbs


def upper(words: Iterable[bytes] | None) -> frozenset[bytes]:
    """Return words in upper case, none for None."""
    return frozenset([word.upper() for word in words or ()])


def top_of(listed: MailboxList) -> bytes:
    """Return the top-level part of a name (RFC 3501 section 5.1.1)."""
    return bytes(listed.name).partition(listed.delimiter or b"/")[0]


def places_in(response: Response) -> frozenset[bytes]:
    """Return the names of what is in a response: its own, items of FETCH, STATUS and LIST, [response code]."""
    name = response.name
    if response.tag != b"*" or name in _STATUSES:
        code = (b"[%b]" % response.code.name,) if response.code is not None else ()
        return frozenset((name, b"status", *code)) if name else frozenset((b"+",))
    if name in _WITH_ITEMS:
        return frozenset((name, *_items_in(response.data)))
    return frozenset((name,))


_STATUSES = frozenset((b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"))
_WITH_ITEMS = frozenset((b"FETCH", b"STATUS", b"LIST", b"LSUB", b"SEARCH", b"SORT"))


def _items_in(data: object) -> Iterable[bytes]:
    """Yield items of FETCH (a section as []), of STATUS and of an extended LIST, and whether SEARCH has a mod-sequence."""
    match data:
        case Fetch():
            return [key.partition(b"[")[0] + b"[]" if b"[" in key else key for key, _ in data.pairs]
        case MailboxStatus():
            return data.items
        case MailboxList(extended=extended) if extended:
            return [b"extended", *[tag for tag, _ in extended]]
        case Search(modseq=int()):
            return [b"mod-sequence"]
    return []
