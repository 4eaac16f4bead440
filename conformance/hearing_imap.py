"""Follows an IMAP conversation for the audits: each response with the state in which it came.

Tags make the pairing sure (RFC 3501 section 2.2.1), so that only two things end it: a client that talks ahead of TLS or
compression, and octets that cannot be framed. What a check says wrongly on purpose is heard too: the server's answer to
it has to obey the grammar all the same. State that is not known for sure is None, and `sure` says that every command
so far can be read in one way only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.discovery import Profile
from conformance.hearing_imap_memory import Course, Selection
from conformance.hearing_imap_state import SELECTING, Heard, State, places_in, top_of, upper
from conformance.transcript import Event
from conformance.transport.stream import DEFLATE_NOTE
from conformance.wire import imap_grammar
from conformance.wire.imap import Response
from conformance.wire.imap_dialogue import CONVERSES, KEPT_OCTETS, Command, Dialogue, Reply
from conformance.wire.imap_values import Fetch, MailboxList
from conformance.wire.rfc7162 import Vanished

LEAVING = (b"CLOSE", b"UNSELECT", b"LOGOUT")
BASE = frozenset(
    b"CAPABILITY NOOP LOGOUT STARTTLS AUTHENTICATE LOGIN SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST LSUB "
    b"STATUS APPEND CHECK CLOSE EXPUNGE SEARCH FETCH STORE COPY".split()
) | {b"UID FETCH", b"UID STORE", b"UID COPY", b"UID SEARCH"}
"""The commands of RFC 3501."""
_EXTENDING = re.compile(rb"RETURN|CONDSTORE|QRESYNC|MODSEQ|CHANGEDSINCE|BINARY|[A-Z]{4,}ID\b", re.IGNORECASE)
_CONDSTORE = re.compile(rb"CONDSTORE|QRESYNC|MODSEQ|CHANGEDSINCE", re.IGNORECASE)
_WIDENING = re.compile(rb"LANGUAGE\b|ENABLE .*(?:UTF8|IMAP4rev2)", re.IGNORECASE | re.DOTALL)
_PLAIN = re.compile(rb"[^\x00-\x20(){%*\"\\+\x7f-\xff]+ [A-Za-z][A-Za-z0-9]*[ \r]")
_BARE = re.compile(rb"\x00|\r(?!\n)|(?<!\r)\n")
_AHEAD = re.compile(rb"\{[0-9]+\}\r\n.", re.DOTALL)
_NON_SYNC = re.compile(rb"\{[0-9]+\+\}\r\n")


@dataclass(slots=True)
class _Hearing:
    """What changes while a conversation is followed."""

    profile: Profile
    connection: int = 0
    said: int = 0
    ragged: bool = False
    shaking: bool = False
    state: State = field(default_factory=State)
    dialogue: Dialogue = field(default_factory=Dialogue)
    courses: dict[int, Course] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    done: set[bytes] = field(default_factory=set)
    delimiters: dict[bytes, bytes] = field(default_factory=dict)

    def change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    @property
    def ahead(self) -> bool:
        """Whether the client has said more than was answered: who takes it for said under TLS nobody can tell."""
        return self.ragged or bool(self.dialogue.in_progress)

    def noted(self, event: Event) -> None:
        if event.kind == "resume":
            self.resume()
        elif event.data == DEFLATE_NOTE:
            self.dialogue.forget()  # what came in one segment with OK to COMPRESS is told again, inflated

    def resume(self) -> None:
        self.dialogue.greeted = True
        self.state = State(logged_in=True, base=False, condstore=True)

    def told(self, event: Event) -> None:
        """Take what the client says; octets ahead of a continuation request may be read in two ways."""
        if self._talks_ahead():
            self.change(sure=False)
        self.dialogue.begin_at_client(event.offset)
        self.dialogue.sent(event.data)
        self.said = event.offset + len(event.data)
        self.ragged = not event.data.endswith(b"\n")
        if b"{" in event.data and self._ahead(event.data):
            self.change(sure=False)
        for command in self.dialogue.in_progress:
            self._note(command)
        if any(course.verb in SELECTING for course in self.courses.values()):
            self.change(selected=None, exists=None, flags=None)
            self.selection.clear()

    def _talks_ahead(self) -> bool:
        """Whether IDLE or AUTHENTICATE waits for its continuation request: what is said now may be a command or not."""
        last = self.dialogue.in_progress[-1:]
        course = self.courses.get(last[0].start) if last else None
        return course is not None and course.verb in CONVERSES and b"" not in course.names

    def _ahead(self, data: bytes) -> bool:
        if _AHEAD.search(data):
            return True
        free = self.profile.announced("LITERAL+") or self.profile.announced("LITERAL-")
        return not free and _NON_SYNC.search(data) is not None

    def _note(self, command: Command) -> None:
        course = self.courses.get(command.start)
        if course is None:
            course = self.courses[command.start] = Course(_verb_of(command))
        if course.raw is not command.raw:
            course.raw, course.verb = command.raw, _verb_of(command)
            self._weigh(course.verb, command)

    def _weigh(self, verb: bytes, command: Command) -> None:
        state, raw = self.state, command.raw
        if state.sure and not _is_plain(raw):
            self.change(sure=False)
        if state.base and (verb not in BASE or _EXTENDING.search(raw.partition(b"{")[0])):
            self.change(base=False)
        if not state.condstore and _CONDSTORE.search(raw):
            self.change(condstore=True)
        if verb == b"NOTIFY":
            self.change(notified=True)
        if not state.wide and _WIDENING.match(command.text):
            self.change(wide=True)

    def hear(self, reply: Reply, in_progress: tuple[Command, ...]) -> Heard:
        """Read a response and put it beside what is known."""
        parsed = imap_grammar.read(reply.message)
        courses = [self.courses[command.start] for command in in_progress if command.start in self.courses]
        if len(courses) > 1:
            for course in courses:
                course.alone = False
        own = self.courses.get(reply.command.start) if reply.command else None
        return Heard(
            reply=reply,
            parsed=parsed,
            response=parsed.value,
            name=parsed.value.name,
            raw=reply.message.raw,
            verb=own.verb if own else b"",
            verbs=tuple([course.verb for course in courses]),
            in_progress=in_progress,
            course=own,
            state=self.state,
            selection=self.selection,
            done=self.done,
            delimiters=self.delimiters,
            places=places_in(parsed.value),
            connection=self.connection,
        )

    def learn(self, heard: Heard) -> None:
        """Go on to the state behind a response."""
        if heard.reply.final:
            self.state = _completed(heard)
            if heard.reply.command is not None:
                self.courses.pop(heard.reply.command.start, None)
                self.done.add(heard.reply.tag)
            if heard.verb in (*SELECTING, *LEAVING):
                self.selection.clear()
            self.shaking = self.shaking or (heard.verb == b"STARTTLS" and heard.name == b"OK")
            if heard.name == b"BAD" and heard.course is not None and b"+}" in heard.course.raw:
                self.change(sure=False)  # its literal may have been read as commands
            return
        for command in heard.in_progress:
            course = self.courses.get(command.start)
            if course is not None:
                course.note(heard.response)
        self._learn_data(heard.response, heard.selecting or bool(heard.parsed.violations))

    def _learn_data(self, response: Response, doubtful: bool) -> None:
        name, data, exists = response.name, response.data, self.state.exists
        if name == b"FETCH":
            if not doubtful and response.number and isinstance(data, Fetch):
                self.selection.learn(response.number, data)
        elif name == b"EXISTS":
            self.change(exists=response.number)
        elif name == b"EXPUNGE":
            self.selection.expunge(response.number or 0)
            self.change(exists=exists - 1 if exists else None)
        elif name == b"VANISHED":
            if not (isinstance(data, Vanished) and data.earlier):
                self.selection.clear()
                self.change(exists=None)
        elif name == b"FLAGS":
            self.change(flags=upper(data))
        else:
            self._learn_session(name, data)

    def _learn_session(self, name: bytes, data: Any) -> None:
        if name == b"CAPABILITY":
            self.change(listed=upper(data))
        elif name == b"ENABLED":
            self.change(enabled=self.state.enabled | upper(data))
        elif name in (b"LIST", b"LSUB") and isinstance(data, MailboxList) and data.delimiter:
            self.delimiters.setdefault(top_of(data), data.delimiter)
        elif name == b"BYE" and self.state.farewell is None:
            self.change(farewell=self.said)


def _verb_of(command: Command) -> bytes:
    """Return the keyword of a command's first line: what follows IDLE is part of it (RFC 2177 section 3)."""
    return command.verb.partition(b"\n")[0].rstrip(b"\r")


def _is_plain(raw: bytes) -> bool:
    """Whether a command can be read in one way only: a tag, a keyword, no line end and no open quote before a literal."""
    head = raw.partition(b"{")[0]
    return bool(_PLAIN.match(raw)) and len(raw) < KEPT_OCTETS and not _BARE.search(head) and head.count(b'"') % 2 == 0


def conversations(events: Iterable[Event], profile: Profile) -> Iterator[Heard]:
    """Follow one connection, from its greeting or from where it was resumed."""
    hearing = _Hearing(profile)
    dialogue = hearing.dialogue
    for event in events:
        hearing.connection = event.connection
        if event.kind in ("resume", "note"):
            hearing.noted(event)
        elif event.kind == "tls":
            if dialogue.partial or hearing.ahead or not event.data.startswith((b"TLSv", b"SSLv")):
                return
            hearing.change(under_tls=True, listed=None)
            hearing.shaking = False
        if event.kind != "bytes":
            continue
        if hearing.shaking:
            return
        if event.side == "C":
            hearing.told(event)
            continue
        dialogue.begin_at_server(event.offset)
        dialogue.received(event.data)
        while True:
            in_progress = dialogue.in_progress
            reply = dialogue.next()
            if not isinstance(reply, Reply):
                break
            heard = hearing.hear(reply, in_progress)
            yield heard
            hearing.learn(heard)


def _completed(heard: Heard) -> State:
    state, verb, name = heard.state, heard.verb, heard.name
    if heard.reply.greeting:
        return replace(state, logged_in=name == b"PREAUTH")
    if verb in SELECTING:
        if name != b"OK":
            return replace(state, selected=b"" if name == b"NO" else None, exists=None, flags=None)
        return replace(state, selected=heard.reply.asked, read_only=verb == b"EXAMINE" or heard.code == b"READ-ONLY")
    if verb in LEAVING and name == b"OK":
        return replace(state, selected=b"", exists=None, flags=None)
    if verb in (b"LOGIN", b"AUTHENTICATE") and name == b"OK":
        return replace(state, logged_in=True, listed=None)
    return state
