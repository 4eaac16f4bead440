"""Looks into a mailbox again and again, beside the sending, and notes when each message was first there.

The looking is done in a thread of its own, so that a mailbox server that never ends an answer holds nobody up. A look
that fails is tried again on another connection. Invariant: only messages that hold a key of ours are kept or removed.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from conformance.arrivals import Arrivals
from conformance.delivery import key_of
from conformance.discovery import CannotJudge
from conformance.models.fate import Fate, Seen, fate_of
from conformance.outcomes import Inconclusive
from conformance.target import Account, Target
from conformance.transport.dialler import Dialler, Recorder

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between looks; the last one from then on."""


class Unseen(CannotJudge):
    """The mailbox is set up and cannot be looked into; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A message that holds a key: its octets, when it was first seen, and when they were there (monotonic seconds)."""

    raw: bytes
    seen: float
    read: float
    notice: Seen | None = None
    """What it tells of the message with the key, where it is not that message but one about it."""

    @property
    def tells_of_failure(self) -> bool:
        """Whether a server says in it that the message will not arrive."""
        return self.notice is not None and self.notice.fate in (Fate.HARD_FAILURE, Fate.SOFT_FAILURE)


class Watch:
    """A mailbox, from the moment on that it is opened.

    `news` is notified when something came; `copies` and `trouble` may be read under it.
    """

    def __init__(self, target: Target, account: Account, keys: Collection[bytes], news: threading.Condition) -> None:
        self.copies: dict[bytes, list[Copy]] = {key: [] for key in keys}
        self.trouble = ""
        """Why the last look failed; empty if it did not."""
        self.cleared = False
        self._news = news
        self._known: set[str] = set()
        self._stop = threading.Event()
        self._least = target.limits.login_delay
        self._where = (target, account)
        self._opened: queue.SimpleQueue[Arrivals | Inconclusive | Unseen] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def opened(self, deadline: float) -> None:
        """Wait until what comes will be seen; raises Unseen, or Inconclusive if the target file names no way to look."""
        try:
            said = self._opened.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            self._stop.set()
            user = self._where[1].user
            raise Unseen(f"the mailbox of {user!r} cannot be seen: its server does not come to an end") from None
        if not isinstance(said, Arrivals):
            raise said

    def stop(self) -> None:
        """Look once more, and then remove what was found."""
        self._stop.set()

    def finish(self, deadline: float) -> bool:
        """Wait until what was found is removed; whether that was done in time and met no error."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        return self.cleared

    def _open(self) -> Arrivals | None:
        """Look into the mailbox for the first time, and say how that went."""
        target, account = self._where
        said: Arrivals | Inconclusive | Unseen
        try:
            said = Arrivals(target, account, Dialler(target, Recorder()))
        except Inconclusive as error:
            said = error if error.__cause__ is None else Unseen(error.why)
        except (LookupError, ValueError) as error:  # an answer that is none
            said = Unseen(f"the mailbox of {account.user!r} cannot be seen: {error!r}")
        self._opened.put(said)
        return said if isinstance(said, Arrivals) else None

    def _run(self) -> None:
        arrivals = self._open()
        if arrivals is None:
            return
        pauses = iter(PAUSES)
        while not self._stop.is_set():
            self._look(arrivals)
            self._stop.wait(max(next(pauses, PAUSES[-1]), self._least))
        self._look(arrivals)
        self.cleared = arrivals.remove()

    def _look(self, arrivals: Arrivals) -> None:
        """Look once, on another connection if the last look failed."""
        try:
            if self.trouble:
                arrivals.reopen()
            self._note(arrivals, arrivals.look(*self.copies))
            self.trouble = ""
        except Inconclusive as error:
            self.trouble = error.why
        except (LookupError, ValueError) as error:  # an answer that is none
            self.trouble = f"the mailbox can no longer be seen: {error!r}"

    def _note(self, arrivals: Arrivals, there: dict[str, bytes]) -> None:
        with self._news:
            for name in there.keys() - self._known:
                self._known.add(name)
                seen, read = arrivals.reading[name]
                for key in (key for key in self.copies if key in there[name]):
                    notice = _notice(there[name], key)
                    self.copies[key].append(Copy(raw=there[name], seen=seen, read=read, notice=notice))
            self._news.notify_all()


def _notice(raw: bytes, key: bytes) -> Seen | None:
    """Return what a message tells of the one with the key; None if it is that one."""
    if key_of(raw) == key:
        return None
    seen = fate_of(raw)
    return None if seen.fate is Fate.NONE else seen
