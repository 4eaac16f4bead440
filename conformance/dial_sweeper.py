"""Deletes mailboxes beside the checks, on connections of its own, where a server takes long over each.

Some servers hold every DELETE back for seconds (so that a mailbox made anew gets another UIDVALIDITY); a check that had
to wait for it would spend most of its time so. What is said here is no evidence and is heard by no audit.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from conformance.discovery import Profile
from conformance.discovery_imap import enter, knock
from conformance.sessions.imap import Imap
from conformance.transport.dialler import Dialler, Recorder, Unreachable
from conformance.wire.imap_commands import astring

SLOW = 0.5
"""Seconds that a DELETE may take before it is given to the sweeper."""
HANDS = 6
"""Connections for each account."""


@dataclass(slots=True)
class Hand:
    """A connection that deletes, and the commands it has not heard of yet."""

    session: Imap
    tags: list[bytes] = field(default_factory=list)


class Sweeper:
    """Deletes mailboxes of a target; what it cannot delete is left to `mailconform cleanup`."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._dialler = Dialler(profile.target, Recorder())
        self._hands: dict[tuple[int, int], Hand | None] = {}
        self._turn = itertools.cycle(range(HANDS))

    def take(self, names: list[bytes], account: int) -> None:
        """Have mailboxes deleted, in this order, without waiting for it."""
        place = (account, next(self._turn))
        if place not in self._hands:
            self._hands[place] = self._hand(account)
        hand = self._hands[place]
        if hand is not None:
            hand.tags += [hand.session.begin("DELETE", astring(name)) for name in names]

    def _hand(self, account: int) -> Hand | None:
        door = self._profile.door
        try:
            session = enter(door, self._profile, self._dialler) if door else None
        except Unreachable:
            return None
        if session is None or door is None:
            return None
        if knock(session, door, self._profile.target.accounts[account]).status != b"OK":
            session.leave()
            return None
        return Hand(session)

    def finish(self) -> None:
        """Wait until everything is deleted, and end the connections."""
        for hand in self._hands.values():
            if hand is not None:
                for tag in hand.tags:
                    hand.session.finish(tag)
                hand.session.leave()
        self._hands.clear()
