"""Reads a maildrop over POP3 and changes nothing there: LIST, UIDL, TOP without body lines, QUIT.

RETR is not sent, since servers mark as read what it fetches. Without TOP a message has no content to be found again by,
and messages are held against each other in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance import discovery_pop3
from conformance.discovery import CannotJudge
from conformance.migration_content import Content, Digests
from conformance.migration_store import Envelope, Kept
from conformance.sessions.pop3 import Pop3
from conformance.target import Target
from conformance.transport.dialler import Dialler, Recorder, Unreachable

PAGE = 100
UNKNOWN = Digests(b"not known", b"not known", b"")
"""What stands for the content of every message where there is no TOP."""


class Pop3Account:
    """The maildrop of a target with one account, in TRANSACTION state; raises CannotJudge, later Inconclusive."""

    def __init__(self, target: Target, expires: float) -> None:
        self.recorder = Recorder()
        self.recorder.expires = expires
        dialler = Dialler(target, self.recorder)
        self.profile = discovery_pop3.discover(target, dialler)
        self.session = self._enter(dialler)
        sizes = self.session.command("LIST", lines=True).ok().scan_listings()
        uidl = self.session.command("UIDL", lines=True)
        self.uidls = uidl.unique_ids() if uidl.positive else None
        self.sizes = sizes
        first = min(sizes, default=0)
        self.has_top = not first or self.session.command("TOP", first, 0).positive

    def _enter(self, dialler: Dialler) -> Pop3:
        door, account = self.profile.door, self.profile.target.accounts[0]
        try:
            session = discovery_pop3.enter(door, self.profile, dialler) if door else None
        except Unreachable as error:
            raise CannotJudge(str(error)) from error
        if session is None or door is None:
            raise CannotJudge(f"{self.profile.target.name}: account {account.user!r} cannot log in any more")
        discovery_pop3.knock(session, door, account, self.profile.target).ok()
        return session

    def leave(self) -> None:
        """End the session; nothing was marked as deleted."""
        self.session.leave()

    def listing(self) -> Iterator[list[Envelope]]:
        """Yield what LIST and UIDL say; without UIDL the number stands for the unique-id."""
        found: dict[str, Envelope] = {}
        for number, size in sorted(self.sizes.items()):
            uidl = (self.uidls or {}).get(number, b"%d" % number).decode("latin-1")
            uidl = f"{uidl} of message {number}" if uidl in found else uidl  # a unique-id that is not unique
            found[uidl] = Envelope(uid=uidl, number=number, size=min(size, (1 << 62) - 1))
        yield list(found.values())

    def contents(self, wanted: Sequence[Kept], *, by_header: bool) -> Iterator[tuple[int, Digests | None]]:
        """Yield id and digests of the header of each message; None for one that the server does not hand out."""
        for count, message in enumerate(wanted):
            if not by_header:
                yield message.id, UNKNOWN
                continue
            answer = self.session.command("TOP", message.number, 0)
            if answer.ending is not None:  # the end of the session says nothing about the message
                answer.ok()
            content = Content()
            content.feed(answer.body)
            yield message.id, content.done() if answer.positive else None
            if count % PAGE == 0:
                self.recorder.clear()
                self.recorder.resume(self.session.stream)
