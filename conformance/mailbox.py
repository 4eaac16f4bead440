"""A mailbox of our own that a check works in: the `mailbox` fixture, and more of them by `dial.mailbox(...)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from conformance.delivery import Specimen, compose
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer
from conformance.transport.dialler import Dialler
from conformance.verdicts import Reason
from conformance.wire.imap_commands import NonSync, Word, astring
from conformance.wire.imap_values import Fetch

MESSAGE = compose(b"A message.\r\nIt has two lines.\r\n", subject="a message")


class Opens(Protocol):
    """What a mailbox needs of the dial it comes from."""

    dialler: Dialler

    def login(self, account: int = 0, *, fresh: bool = False) -> Imap:
        """Return an authenticated session."""


class Mailbox:
    """A mailbox and the session that has it selected."""

    def __init__(self, dial: Opens, session: Imap, name: bytes) -> None:
        self.dial = dial
        self.imap = session
        self.name = name
        self.selected: Answer | None = None

    def command(self, *words: Word, patience: float | None = None) -> Answer:
        """Send a command in the mailbox's session; see Imap.command()."""
        return self.imap.command(*words, patience=patience)

    def select(self, *, read_only: bool = False) -> Answer:
        """Select the mailbox, or examine it; Inconclusive if the server refuses."""
        self.selected = self.command("EXAMINE" if read_only else "SELECT", astring(self.name)).ok()
        return self.selected

    def append(self, message: Specimen | bytes = MESSAGE, flags: str = "", date: str = "") -> Answer:
        """Put a message into the mailbox without the fault; Inconclusive if the server refuses."""
        raw = message.raw if isinstance(message, Specimen) else message
        with self.dial.dialler.straight():
            return self.imap.append(self.name, raw, flags, date).ok()

    @property
    def takes_at_once(self) -> bool:
        """Whether literals need not wait for a continuation request here, and messages can come at once (RFC 7888)."""
        return self.imap.announced("LITERAL+") or self.imap.announced("LITERAL-")

    def append_at_once(self, numbers: range) -> None:
        """Append a numbered message each without the fault, not waiting in between if takes_at_once; Inconclusive if refused."""
        messages = [compose(b"Message %d.\r\n" % number, subject=f"message {number}") for number in numbers]
        if not self.takes_at_once:
            for message in messages:
                self.append(message)
            return
        with self.dial.dialler.straight():
            tags = [self.imap.begin("APPEND", astring(self.name), NonSync(message.raw)) for message in messages]
            for tag in tags:
                self.imap.finish(tag).ok()

    def fill(self, count: int, flags: str = "") -> Mailbox:
        """Put so many small messages into the mailbox, each with a body of its own, and select it again."""
        with self.dial.dialler.straight():
            if self.imap.announced("UNSELECT"):
                self.command("UNSELECT")  # some servers lose what is appended to the selected mailbox
            for number in range(1, count + 1):
                self.append(compose(b"Message %d.\r\n" % number, subject=f"message {number}"), flags)
            return self.holding(count)

    def holding(self, count: int) -> Mailbox:
        """Select the mailbox again; Inconclusive if it does not hold so many messages."""
        found = self.select().exists or 0
        if found < count:
            raise Inconclusive(Reason.PRECONDITION, f"{count} messages were appended, and SELECT counts {found}")
        return self

    def fetch(self, numbers: str | int, items: str) -> Fetch:
        """Fetch data items of one message (a number, or "*"); Inconclusive if none comes."""
        fetched = self.command("FETCH", numbers, items).ok().fetched
        if str(numbers) == "*":
            numbers = max(fetched, default=0)
        if int(numbers) not in fetched:
            raise Inconclusive(Reason.PRECONDITION, f"FETCH {numbers} {items} brought nothing")
        return fetched[int(numbers)]

    def flags(self, number: int = 1) -> frozenset[bytes]:
        r"""Return the flags of a message in lower case, \\Recent left out (RFC 3501 section 2.3.2)."""
        found = self.command("FETCH", number, "FLAGS").ok().flags(number)
        if found is None:
            raise Inconclusive(Reason.PRECONDITION, f"FETCH {number} FLAGS brought nothing")
        return found

    def every_flag(self) -> dict[int, frozenset[bytes]]:
        """Return the flags of all messages in lower case, without Recent."""
        answer = self._of_all("(FLAGS)")
        return {number: answer.flags(number) or frozenset() for number in answer.fetched}

    def flag(self, numbers: str | int, flags: str) -> Mailbox:
        """Add flags to messages without the fault; Inconclusive if the server refuses."""
        with self.dial.dialler.straight():
            self.command("STORE", numbers, f"+FLAGS.SILENT ({flags})").ok()
        return self

    def expunge(self, numbers: str | int) -> Mailbox:
        """Remove messages without the fault; Inconclusive if the server refuses."""
        self.flag(numbers, "\\Deleted")
        return self.purge()

    def purge(self) -> Mailbox:
        """Remove the messages that are marked, without the fault; Inconclusive if the server refuses."""
        with self.dial.dialler.straight():
            self.command("EXPUNGE").ok()
        return self

    def permits(self, *flags: str) -> Mailbox:
        """Demand that flags can be stored for good; raises NotSupported (RFC 3501 section 7.1, PERMANENTFLAGS)."""
        told = self.selected_answer.codes.get(b"PERMANENTFLAGS")
        permitted = None if told is None else {bytes(flag).lower() for flag in told}
        for flag in flags:
            any_keyword = permitted is not None and b"\\*" in permitted and not flag.startswith("\\")
            if permitted is not None and not any_keyword and flag.lower().encode() not in permitted:
                raise NotSupported(f"{flag} cannot be stored for good: PERMANENTFLAGS is {sorted(permitted)}")
        return self

    def settles(self, fact: Callable[[], bool]) -> bool:
        """Whether a fact comes true here within a few seconds, NOOP being sent before each look."""
        seen = False

        def look(_: Answer) -> bool:
            nonlocal seen
            seen = fact()
            return seen

        self.imap.poll(look)
        return seen

    def uids(self) -> list[int]:
        """Return the UIDs of all messages in the order of their numbers."""
        fetched = self._of_all("(UID)").fetched
        return [uid for _, uid in sorted((number, fetch.get(b"UID")) for number, fetch in fetched.items())]

    def _of_all(self, items: str) -> Answer:
        """Fetch items of all messages; numbers may be refused where there are none, UIDs not (RFC 3501 section 6.4.8)."""
        answer = self.command("FETCH 1:*", items)
        return answer if answer.status == b"OK" else self.command("UID FETCH 1:*", items).ok()

    def count(self) -> int:
        """Return how many messages there are, asked by another session that examines the mailbox."""
        return self.beside(read_only=True).selected_answer.exists or 0

    @property
    def selected_answer(self) -> Answer:
        """What SELECT or EXAMINE brought."""
        if self.selected is None:
            raise Inconclusive(Reason.PRECONDITION, "the mailbox is not selected")
        return self.selected

    def beside(self, *, read_only: bool = False) -> Mailbox:
        """Return the same mailbox selected in another session."""
        with self.dial.dialler.straight():
            other = Mailbox(self.dial, self.dial.login(self.imap.account), self.name)
            other.select(read_only=read_only)
        return other
