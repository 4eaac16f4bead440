"""What the audits remember of an IMAP conversation: the messages of a selection, and what came while a command was in progress.

Invariant: only what the server said is kept, and only as long as it can be said without doubt which message it was
about (RFC 3501 sections 2.3.1.2 and 7.4.1); memory is bounded, whatever numbers a server names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.wire.imap_values import Fetch, Response

RECORDS_LIMIT = 100_000
STATIC_ITEMS = (b"RFC822.SIZE", b"INTERNALDATE", b"ENVELOPE", b"BODYSTRUCTURE", b"EMAILID")
NEIGHBOURS = 50


@dataclass(slots=True)
class Record:
    """What was said of one message: its UID (0 if not yet), and items that never change."""

    uid: int = 0
    statics: dict[bytes, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Selection:
    """The messages of the selected mailbox by number, as far as FETCH has told of them."""

    records: list[Record | None] = field(default_factory=list)

    def at(self, number: int) -> Record | None:
        """Return what is known of a message."""
        return self.records[number - 1] if 0 < number <= len(self.records) else None

    def clear(self) -> None:
        """Forget everything: another mailbox is selected, or nobody knows which numbers are whose."""
        self.records.clear()

    def expunge(self, number: int) -> None:
        """Let later numbers move down by one (RFC 3501 section 7.4.1)."""
        if 0 < number <= len(self.records):
            del self.records[number - 1]

    def learn(self, number: int, data: Fetch) -> None:
        """Note what a FETCH response says of a message."""
        if number > RECORDS_LIMIT:
            return
        if number > len(self.records):
            self.records.extend([None] * (number - len(self.records)))
        record = self.records[number - 1]
        if record is None:
            record = self.records[number - 1] = Record()
        for name, value in data.pairs:
            if name == b"UID":
                record.uid = value
            elif name in STATIC_ITEMS:
                record.statics.setdefault(name, value)

    def below(self, number: int) -> int:
        """Return the UID of the next lower message that is known, 0 if there is none near."""
        for place in range(min(number - 2, len(self.records) - 1), max(-1, number - 2 - NEIGHBOURS), -1):
            record = self.records[place]
            if record is not None and record.uid:
                return record.uid
        return 0

    def above(self, number: int) -> int:
        """Return the UID of the next higher message that is known, 0 if there is none near."""
        for record in self.records[number : number + NEIGHBOURS]:
            if record is not None and record.uid:
                return record.uid
        return 0


@dataclass(slots=True)
class Course:
    """What has come while a command was in progress; `alone` says that no other was.

    `names` counts untagged responses, `codes` are those of untagged status responses, `items` names what FETCH
    responses brought for each message, and `listed` are quota roots that QUOTAROOT named.
    """

    verb: bytes
    raw: bytes = b""
    alone: bool = True
    names: dict[bytes, int] = field(default_factory=dict)
    codes: set[bytes] = field(default_factory=set)
    items: dict[int, set[bytes]] = field(default_factory=dict)
    responses: list[Response] = field(default_factory=list)

    def note(self, response: Response) -> None:
        """Take note of an untagged response; the data of small ones is kept."""
        name = response.name
        self.names[name] = self.names.get(name, 0) + 1
        if response.code is not None:
            self.codes.add(response.code.name)
        if name == b"FETCH":
            if isinstance(response.data, Fetch) and response.number is not None:
                self.items.setdefault(response.number, set()).update(key for key, _ in response.data.pairs)
        elif name in (b"QUOTA", b"QUOTAROOT"):
            self.responses.append(response)
