"""The machine that holds a target against the oracle of a mailbox: up to three sessions, any commands in any order.

Commands are said one after the other, so their order is beyond doubt. What one session does the others have to be told
by the time of a later NOOP (RFC 3501 sections 5.2, 6.1.2): each is asked until it shows the truth, for PATIENCE seconds.
EXPUNGE and COPY come behind a NOOP of the same session, since what they do to messages it has not heard of is nobody's
to say (RFC 2180 section 4).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from conformance.delivery import compose
from conformance.dial_imap import ImapDial
from conformance.models import mailbox as oracle
from conformance.models.machines import Agree, Bound, Thrift
from conformance.outcomes import Inconclusive
from conformance.sessions.imap_answer import Answer
from conformance.verdicts import Reason
from conformance.wire.imap_commands import astring

SESSIONS = 3
PATIENCE = 3.0
SYSTEM = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
KEYWORD = "$Mailconform"
FLAGGING = ("STORE", "UID STORE", "EXPUNGE", "COPY")
VERBS = ("APPEND", "STORE", "STORE", "UID STORE", "EXPUNGE", "COPY", "NOOP", "REOPEN")


@dataclass(frozen=True, slots=True)
class Step:
    """Something a session does: which message of those it knows (counted round), and which flags how."""

    session: int
    verb: str
    which: int = 0
    how: str = "+"
    flags: tuple[str, ...] = ()


def steps(sessions: int) -> st.SearchStrategy[tuple[Step, ...]]:
    """A few steps of several sessions."""
    flags = st.lists(st.sampled_from((*SYSTEM, KEYWORD)), unique=True, max_size=3).map(tuple)
    step = st.builds(
        Step,
        session=st.integers(0, sessions - 1),
        verb=st.sampled_from(VERBS),
        which=st.integers(0, 5),
        how=st.sampled_from(("+", "-", "")),
        flags=flags,
    )
    return st.lists(step, min_size=1, max_size=6).map(tuple)


class MailboxMachine(Bound):
    """Three sessions on one mailbox.

    Where flags are not `shared`, the first session alone changes and sees them, and removes messages: servers should
    tell others of flags (RFC 3501 section 5.2) and keep those given to APPEND (section 6.3.11), but have to tell of
    messages only.
    """

    def __init__(self, dial: ImapDial, agree: Agree, thrift: Thrift, *, shared: bool) -> None:
        super().__init__(dial, agree, thrift)
        self._imap = dial
        self._shared = shared

    def _open(self) -> None:
        super()._open()
        first = self._imap.mailbox()
        self._boxes = [first, *(first.beside() for _ in range(1, SESSIONS))]
        self._views = [oracle.View() for _ in range(SESSIONS)]
        self._model = oracle.Mailbox()
        self._serial = 0
        permanent = first.selected_answer.codes.get(b"PERMANENTFLAGS") or (b"\\*",)
        self._keywords = b"\\*" in permanent

    @rule(batch=steps(SESSIONS))
    def do(self, batch: tuple[Step, ...]) -> None:
        """Let sessions do a few things, then ask each what the mailbox holds."""
        self.act("_do", batch)

    def _do(self, *batch: Step) -> None:
        for step in batch:
            self._step(step)
        for session in range(SESSIONS):
            self._agree(self._told(session))

    def _step(self, step: Step) -> None:
        if not self._shared and step.verb in FLAGGING:
            step = replace(step, session=0)
        if not self._shared and step.verb == "APPEND":
            step = replace(step, flags=())
        flags = tuple(flag for flag in step.flags if self._keywords or flag != KEYWORD)
        match step.verb:
            case "APPEND":
                self._append(step.session, flags)
            case "STORE" | "UID STORE":
                self._store(step, flags)
            case "EXPUNGE":
                self._expunge(step.session)
            case "COPY":
                self._copy(step)
            case "REOPEN":
                self._reopen(step.session)
            case _:
                self._say(step.session, "NOOP").ok()

    def _say(self, session: int, *words: str | bytes) -> Answer:
        return self._heard(session, self._boxes[session].command(*words))

    def _heard(self, session: int, answer: Answer) -> Answer:
        """Let the session's view follow what was said, and refuse what cannot be."""
        for response in answer.responses:
            if response.name in (b"EXISTS", b"EXPUNGE") and response.number is not None:
                impossible = self._views[session].hear(response.name, response.number)
                self._agree(f"session {session + 1}: {impossible}" if impossible else "")
        return answer

    def _append(self, session: int, flags: tuple[str, ...]) -> None:
        self._serial += 1
        name = f"message {self._serial}"
        box = self._boxes[session]
        answer = box.imap.append(box.name, compose(b"Hello.\r\n", subject=name).raw, " ".join(flags))
        self._heard(session, answer.ok())
        self._model.append(name, _lower(flags))

    def _known(self, step: Step) -> tuple[int, oracle.Message] | None:
        """Return number and message that a step is about, None if this session has looked at none."""
        known = [(n, m) for n, m in enumerate(self._views[step.session].messages, 1) if m is not None]
        return known[step.which % len(known)] if known else None

    def _store(self, step: Step, flags: tuple[str, ...]) -> None:
        meant = self._known(step)
        if meant is None:
            return
        number, message = meant
        gone = message not in self._model.messages
        named = f"STORE {number}" if step.verb == "STORE" else f"UID STORE {message.uid}"
        answer = self._say(step.session, f"{named} {step.how}FLAGS ({' '.join(flags)})")
        if not gone:
            answer.ok()
            self._model.store(message, step.how, _lower(flags))

    def _expunge(self, session: int) -> None:
        self._say(session, "NOOP").ok()
        self._say(session, "EXPUNGE").ok()
        self._model.expunge()

    def _copy(self, step: Step) -> None:
        self._say(step.session, "NOOP").ok()
        meant = self._known(step)
        if meant is not None and meant[1] in self._model.messages:
            self._heard(
                step.session, self._boxes[step.session].command("COPY", meant[0], astring(self._boxes[0].name)).ok()
            )
            self._model.copy(meant[1])

    def _reopen(self, session: int) -> None:
        self._views[session] = oracle.View()
        answer = self._boxes[session].select()
        self._heard(session, answer)

    def _told(self, session: int) -> str:
        """Ask a session until it shows the truth; say what it shows instead if it never does."""
        deadline = time.monotonic() + PATIENCE
        pause = 0.0
        while True:
            self._say(session, "NOOP").ok()
            differs = self._model.differs(self._look(session), flagged=self._shared or session == 0)
            if not differs:
                self._views[session].messages = list(self._model.messages)
                return ""
            if time.monotonic() > deadline:
                return f"session {session + 1}, {PATIENCE:.0f} s after the last command: {differs}"
            threading.Event().wait(pause)  # a server may tell of another session's doing a moment later
            pause = min(1.0, pause * 2 + 0.01)

    def _look(self, session: int) -> dict[int, tuple[int, oracle.Flags, str]]:
        if not self._views[session].messages:
            return {}
        answer = self._say(session, "FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])").ok()
        seen = {}
        for number, fetch in answer.fetched.items():
            uid, flags = fetch.get(b"UID"), fetch.get(b"FLAGS")
            subject = fetch.get(b"BODY[HEADER.FIELDS (SUBJECT)]")
            if uid is None or flags is None or subject is None:
                raise Inconclusive(Reason.PRECONDITION, f"FETCH brought only some items of message {number}")
            seen[number] = (uid, _lower(flags), subject.partition(b":")[2].strip().decode("latin-1"))
        return seen


def _lower(flags: tuple[str, ...] | tuple[bytes, ...]) -> oracle.Flags:
    octets = (flag.encode() if isinstance(flag, str) else bytes(flag) for flag in flags)
    return frozenset(flag.lower() for flag in octets) - {b"\\recent"}
