"""Measures how commands slow down as a mailbox grows: cold, in the first session after filling it, and warm.

The mailbox bears the harness's name and is removed at the end; POP3 is measured only on an INBOX that was empty, and
what is put there is removed as well. Times are those of a client on this machine, the reading of the answer included.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from conformance import discovery_imap, discovery_pop3
from conformance.delivery import DOMAIN, compose, key_of
from conformance.dial_imap import ImapDial
from conformance.dial_pop3 import Pop3Dial
from conformance.maildrop import Maildrop
from conformance.measured import Capacity, Timing
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.imap import Imap
from conformance.target import Target, TargetError, load
from conformance.transport.dialler import Dialler, Recorder
from conformance.verdicts import Reason
from conformance.wire.imap_commands import Word, astring

MOST = 100_000
DISTINCT = 500
"""Messages that are written; more of them are copies."""
COPIED = 2000
LONG = 300.0
"""Seconds that one command may take: a large mailbox is what is measured."""
WARM_TIMES = 2
IMAP_COMMANDS = {
    "FETCH flags": ("FETCH 1:* (FLAGS)", ""),
    "FETCH header": ("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT FROM DATE)])", ""),
    "SEARCH subject": ('SEARCH SUBJECT "letter 7"', ""),
    "SEARCH text": ('SEARCH TEXT "no such words"', ""),
    "SORT": ("SORT (SUBJECT) US-ASCII ALL", "SORT"),
    "THREAD": ("THREAD REFERENCES US-ASCII ALL", "THREAD=REFERENCES"),
}
"""Name -> command, and the capability that it needs."""
POP3_COMMANDS = {"POP3 LIST": "LIST", "POP3 UIDL": "UIDL"}
COMMANDS = ("SELECT", *IMAP_COMMANDS, *POP3_COMMANDS)


def measure(files: Sequence[Path], sizes: Sequence[int], tell: Callable[[str], None], deadline: float) -> Capacity:
    """Measure one target or two side by side, on their first accounts; sizes ascend, `deadline` is seconds.

    Raises TargetError, CannotJudge and Inconclusive; what was made is removed in any case.
    """
    targets = [load(file) for file in files]
    if len({target.name for target in targets}) < len(targets):
        raise TargetError(f"two targets have the name {targets[0].name!r}: give them names of their own")
    for target in targets:
        if not target.accounts:
            raise TargetError(f"{target.name} has no account: add [[account]] to the target file")
    timings: list[Timing] = []
    with contextlib.ExitStack() as stack:
        servers = []
        for target in targets:
            servers.append(_Server(target, time.monotonic() + deadline))
            stack.callback(servers[-1].retire)
        for size in sizes:
            for server in servers:
                tell(f"{server.target.name}  filling up to {size} messages")
                server.fill(size)
                tell(f"{server.target.name}  measuring {size} messages")
                timings += server.measure(size)
    named = [(target.name, target.product) for target in targets]
    return Capacity(targets=named, sizes=tuple(sizes), commands=COMMANDS, timings=timings)


class _Server:
    """One target, its mailbox that grows, and its INBOX if that can be used."""

    def __init__(self, target: Target, expires: float) -> None:
        self.target = target
        recorder = Recorder()
        recorder.expires = expires
        dialler = Dialler(target, recorder)
        self._dial = ImapDial(discovery_imap.discover(target, dialler), dialler)
        self._pop3 = Pop3Dial(discovery_pop3.discover(target, dialler), dialler) if _speaks_pop3(target) else None
        self._filler = self._dial.login(fresh=True)
        self._name = self._dial.create(self._filler, "capacity")
        self._have = 0
        self._inbox = self._pop3 is not None and self._filler.command("EXAMINE INBOX").ok().exists == 0
        self._in_inbox = 0

    def fill(self, size: int) -> None:
        """Let the mailbox, and INBOX if it is ours alone, hold so many messages."""
        while self._have < min(size, DISTINCT):
            self._filler.append(self._name, _letter(self._have)).ok()
            self._have += 1
        self._filler.command("SELECT", astring(self._name)).ok()
        while self._have < size:
            self._have += self._copy(self._name, min(self._have, size - self._have, COPIED))
        while self._inbox and self._in_inbox < size:
            self._in_inbox += self._copy(b"INBOX", min(self._have, size - self._in_inbox, COPIED))
        for name, wanted in ((self._name, size), *([(b"INBOX", self._in_inbox)] if self._inbox else [])):
            if (found := self._filler.command("EXAMINE", astring(name)).ok().exists) != wanted:
                raise Inconclusive(
                    Reason.PRECONDITION, f"{self.target.name}: {wanted} messages were put, {found} are there"
                )
        self._leave_selected()

    def _copy(self, name: bytes, messages: int) -> int:
        self._filler.command("NOOP").ok()  # what the session has copied itself, it may not have been told of
        self._filler.command(f"COPY 1:{messages}", astring(name), patience=LONG).ok()
        return messages

    def _leave_selected(self) -> None:
        """Leave the mailbox, so that the next session is the first to open it, and forget what was said."""
        self._filler.command('EXAMINE "mailconform-no-such-mailbox"')
        self._dial.dialler.recorder.clear()
        self._filler.resume()

    def measure(self, size: int) -> list[Timing]:
        """Measure every command on the mailbox as it is."""
        cold = self._session(size)
        warm = [self._session(size) for _ in range(WARM_TIMES)]
        self._dial.dialler.recorder.clear()
        self._filler.resume()
        return [self._timing(size, command, cold.get(command), [w.get(command) for w in warm]) for command in COMMANDS]

    def _timing(self, size: int, command: str, cold: float | str | None, warm: Sequence[float | str | None]) -> Timing:
        times = [seconds for seconds in warm if isinstance(seconds, float)]
        if not isinstance(cold, float) or not times:
            why = cold if isinstance(cold, str) else "INBOX holds other mail, or POP3 is not spoken"
            return Timing(target=self.target.name, messages=size, command=command, why=why)
        return Timing(target=self.target.name, messages=size, command=command, cold=cold, warm=min(times))

    def _session(self, size: int) -> dict[str, float | str]:
        """Give every command once, in new sessions, and return its seconds, or why there are none."""
        session = self._dial.login(fresh=True)
        taken: dict[str, float | str] = {"SELECT": _seconds(session, "SELECT", astring(self._name))}
        for name, (command, capability) in IMAP_COMMANDS.items():
            offered = not capability or self._dial.profile.announced(capability)
            responses = size if command.startswith("FETCH") else 0
            taken[name] = (
                _seconds(session, command, responses=responses) if offered else f"{capability} is not announced"
            )
        session.leave()
        if self._pop3 is not None and self._inbox:
            taken.update(self._maildrop(self._pop3, size))
        return taken

    def _maildrop(self, dial: Pop3Dial, size: int) -> dict[str, float | str]:
        session = dial.login()
        taken: dict[str, float | str] = {}
        for name, command in POP3_COMMANDS.items():
            began = time.monotonic()
            answer = session.command(command, lines=True, patience=LONG)
            seconds = time.monotonic() - began
            taken[name] = seconds if answer.positive and len(answer.lines) >= size else repr(answer)
        session.leave()
        return taken

    def retire(self) -> None:
        """Remove what was made; what cannot be removed now is left to `mailconform cleanup`."""
        with contextlib.suppress(Inconclusive, NotSupported):
            self._empty_inbox()
        self._filler.patience = LONG
        self._dial.retire()
        if self._pop3 is not None:
            self._pop3.end_sessions()

    def _empty_inbox(self) -> None:
        """Take our messages out of INBOX: all if there are as many as were put, else those that bear our name."""
        if self._pop3 is None or not self._in_inbox:
            return
        session = self._dial.login(fresh=True)
        if session.command("SELECT INBOX").ok().exists == self._in_inbox:
            session.command(f"STORE 1:{self._in_inbox} +FLAGS.SILENT (\\Deleted)", patience=LONG).ok()
            session.command("EXPUNGE", patience=LONG).ok()
        else:
            session.leave()
            Maildrop(self._pop3).clear()


def _speaks_pop3(target: Target) -> bool:
    return any(endpoint.protocol == "pop3" for endpoint in target.endpoints)


def _letter(number: int) -> bytes:
    """One of the messages: every tenth begins a thread, the others answer it."""
    begins = number - number % 10
    body = b"".join(
        b"Line %d of letter %d, as long as lines of letters are.\r\n" % (line, number) for line in range(30)
    )
    if number == begins:
        return compose(body, subject=f"letter {number}").raw
    first = key_of(_letter(begins)) or b""
    refers = b"References: <mailconform.%b@%b>\r\n" % (first, DOMAIN.encode())
    return compose(body, refers, subject=f"Re: letter {begins}").raw


def _seconds(session: Imap, *words: Word, responses: int = 0) -> float | str:
    """Give a command and return its seconds, or why they mean nothing; raises Inconclusive if it is not answered."""
    began = time.monotonic()
    answer = session.command(*words, patience=LONG)
    seconds = time.monotonic() - began
    if answer.final is None:
        raise Inconclusive(Reason.SILENT, f"{words[0]!r} was answered {answer!r}")
    return seconds if answer.status == b"OK" and len(answer.replies) > responses else repr(answer)


def sizes(text: str) -> tuple[int, ...]:
    """Read "1000,10000"; raises ValueError."""
    try:
        found = tuple(sorted({int(word) for word in text.split(",")}))
    except ValueError:
        found = ()
    if not found or not all(1 <= size <= MOST for size in found):
        raise ValueError(f"--messages {text!r}: give numbers from 1 to {MOST} such as 1000,10000")
    return found
