r"""A mailbox as its server shows it, and what its answers to SEARCH, SORT and THREAD ought to be.

`sample` puts the sample mailbox onto the target once a run and examines it; `shown` reads any selected mailbox by FETCH,
without the fault, so that only the answer in question can be a lie. Invariant: nothing is judged by what was appended,
since storage may change fields, zones and flags (`\Recent` and the flags are read in the session that searches).

What is wrong with an answer is said in words, empty if nothing is. NO makes it void, since a server may say that it
cannot search by these criteria (RFC 3501 section 6.4.4); BAD to a well-formed program is wrong.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection

from conformance.dial_imap import ImapDial
from conformance.mailbox import Mailbox
from conformance.models import contents, search, sorting, threads
from conformance.models.sample import SAMPLE, Specimen
from conformance.outcomes import Inconclusive
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer
from conformance.verdicts import Reason
from conformance.wire.imap_commands import Word, astring
from conformance.wire.rfc5256 import Thread
from conformance.wire.search_program import Program, date_time, spelled

LASTING = "(UID INTERNALDATE RFC822.SIZE BODY.PEEK[])"
_known: dict[bytes, dict[int, contents.Message]] = {}
"""Name of a mailbox that lasts for the run -> its messages, flags aside."""


class Shown:
    """A selected mailbox and what it holds."""

    def __init__(self, mailbox: Mailbox, held: contents.Mailbox) -> None:
        self.mailbox = mailbox
        self.held = held

    def wrong(self, *programs: Program, uid: bool = False) -> str:
        """Say what is wrong with the answers to SEARCH (or UID SEARCH) for these programs; Inconclusive on NO."""
        return "; ".join(said for program in programs if (said := self.wrong_as(program, spelled(program), uid=uid)))

    def wrong_as(self, program: Program, *words: Word, uid: bool = False, charset: bytes = b"") -> str:
        """Say what is wrong with the answer to SEARCH where these words stand for the program; Inconclusive on NO."""
        spoken = (b"CHARSET", charset) if charset else ()
        answer = self.mailbox.command("UID SEARCH" if uid else "SEARCH", *spoken, *words)
        found = search.evaluate(program, self.held, charset=charset or b"US-ASCII")
        difference = self.refused(answer) or found_in(found, self.held, uid).differs_from(answer.found)
        return f"{spelled(program)!r}: {difference}" if difference else ""

    def disordered(self, *criteria: sorting.Criterion, words: bytes = b"", uid: bool = False) -> str:
        """Say what is wrong with the answer to SORT (or UID SORT) of all messages; Inconclusive on NO."""
        said = words or b"(" + b" ".join(map(bytes, criteria)) + b")"
        answer = self.mailbox.command("UID SORT" if uid else "SORT", said, b"UTF-8 ALL")
        given = [number for response in answer.all("SORT") for number in response.data.numbers]
        numbers = [self._number_of(each) for each in given] if uid else given
        everything = sorted(numbers) == [message.number for message in self.held.messages]
        incomplete = "" if everything else f"these are not all messages, each once: {given}"
        difference = self.refused(answer) or incomplete or sorting.misplaced(numbers, self.held, criteria)
        return f"SORT {said!r}: {difference}" if difference else ""

    def unthreaded(
        self, algorithm: bytes, messages: Collection[contents.Message], words: bytes, *, uid: bool = False
    ) -> str:
        """Say what is wrong with the answer to THREAD (or UID THREAD) for these messages, which `words` finds; Inconclusive on NO."""
        answer = self.mailbox.command("UID THREAD" if uid else "THREAD", algorithm, b"UTF-8", words)
        given = tuple(thread for response in answer.all("THREAD") for thread in response.data)
        if uid:
            given = tuple(map(self._numbered, given))
        return self.refused(answer) or threads.differs_from(given, messages, algorithm)

    @staticmethod
    def refused(answer: Answer) -> str:
        """Say that a command was rejected; Inconclusive on NO and where no answer came."""
        if answer.is_bad:
            return f"answered {answer.tagged.name.decode()} {bytes(answer.tagged.text)[:80]!r}"
        answer.ok()
        return ""

    def _number_of(self, uid: int) -> int:
        return next((message.number for message in self.held.messages if message.uid == uid), 0)

    def _numbered(self, thread: Thread) -> Thread:
        return Thread(tuple(map(self._number_of, thread.numbers)), tuple(map(self._numbered, thread.branches)))


def found_in(found: search.Found, held: contents.Mailbox, uid: bool) -> search.Found:
    """Return what is to be found as sequence numbers, or as UIDs."""
    return found.as_uids(held) if uid else found


def sample(dial: ImapDial) -> Shown:
    """Return the sample mailbox, examined; it is filled when it is first asked for. Inconclusive if that cannot be done."""
    mailbox = dial.collection(key="sample")
    with dial.dialler.straight():
        if not mailbox.selected_answer.exists:
            _fill(dial, mailbox)
            mailbox.select(read_only=True)
    if mailbox.selected_answer.exists != len(SAMPLE):
        raise Inconclusive(Reason.PRECONDITION, f"{len(SAMPLE)} messages were appended, not all are there")
    if mailbox.name not in _known:
        _known[mailbox.name] = _lasting(mailbox)
    return Shown(mailbox, _with_flags(mailbox, _known[mailbox.name]))


def shown(mailbox: Mailbox) -> Shown:
    """Read a selected mailbox of few messages."""
    return Shown(mailbox, _with_flags(mailbox, _lasting(mailbox)))


def _fill(dial: ImapDial, mailbox: Mailbox) -> None:
    """Append the sample by another session, since some servers lose what is appended to a selected mailbox."""
    session = dial.login()
    _spend_uids(session, mailbox.name)
    for specimen in SAMPLE:
        date = date_time(specimen.internaldate).decode().strip('"')
        if _appended(session, mailbox.name, specimen, specimen.flags, date).status != b"OK":
            _appended(session, mailbox.name, specimen, specimen.system_flags, date).ok()


def _spend_uids(session: Imap, name: bytes) -> None:
    """Make UIDs differ from numbers, so that one taken for the other shows."""
    for specimen in SAMPLE[:3]:
        _appended(session, name, specimen, (b"\\Deleted",), "")
    session.command("SELECT", astring(name)).ok()
    session.command("CLOSE").ok()


def _appended(session: Imap, name: bytes, specimen: Specimen, flags: Collection[bytes], date: str) -> Answer:
    return session.append(name, specimen.octets, b" ".join(sorted(flags)).decode(), date)


def _lasting(mailbox: Mailbox) -> dict[int, contents.Message]:
    with mailbox.dial.dialler.straight():
        fetched = mailbox.command("UID FETCH 1:*", LASTING).ok().fetched
    try:
        return {
            number: contents.Message(
                number=number,
                uid=items.get(b"UID"),
                octets=bytes(items.get(b"BODY[]") or b""),
                internaldate=moment(items.get(b"INTERNALDATE")),
                size=items.get(b"RFC822.SIZE"),
            )
            for number, items in sorted(fetched.items())
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise Inconclusive(Reason.PRECONDITION, f"FETCH {LASTING} does not say what is there: {error}") from error


def moment(date: bytes) -> dt.datetime:
    """Read the value of INTERNALDATE (RFC 3501 section 9, `date-time`); raises ValueError."""
    return dt.datetime.strptime(bytes(date).decode("ascii").strip(' "'), "%d-%b-%Y %H:%M:%S %z")


def _with_flags(mailbox: Mailbox, messages: dict[int, contents.Message]) -> contents.Mailbox:
    with mailbox.dial.dialler.straight():
        fetched = mailbox.command("UID FETCH 1:*", "(FLAGS)").ok().fetched
    flagged = (
        dataclasses.replace(message, flags=frozenset(bytes(flag) for flag in fetched[number].get(b"FLAGS") or ()))
        for number, message in messages.items()
        if number in fetched
    )
    return contents.Mailbox(messages=tuple(flagged))
