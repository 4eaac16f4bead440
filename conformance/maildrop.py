"""A maildrop with known mail in it: the `maildrop` fixture.

A check says which messages it wants; they are put into place if they are not there, found again by their Message-ID,
and `own` of the session tells their numbers in the order asked. The maildrop may hold any other mail: it is left alone.
All of this is done without the fault, so that a lie meets the check and not its preparation.
"""

from __future__ import annotations

import time
from collections import Counter

from conformance.delivery import DeliveryError, Specimen, compose, deliver, key_of
from conformance.dial_pop3 import Pop3Dial
from conformance.outcomes import Inconclusive
from conformance.sessions.pop3 import Pop3
from conformance.target import Account
from conformance.verdicts import Reason

STOCK = (
    compose(b"The first message.\r\nIt has two lines.\r\n", subject="one"),
    compose(b"The second message.\r\n.\r\n..\r\n.dots begin these lines\r\nend\r\n", subject="two"),
    compose(b"The third message.\r\n" + b"".join(b"Line %d of it.\r\n" % n for n in range(2, 41)), subject="three"),
)
CROWD = 60
Present = dict[bytes, list[int]]
"""Our messages in a maildrop: key -> their numbers; one that was delivered twice has two."""


class Maildrop:
    """The maildrop of one account, seen by the harness."""

    def __init__(self, dial: Pop3Dial) -> None:
        self._dial = dial
        self.intact: set[bytes] = set()  # keys of messages that were retrieved unchanged: storage has them right
        self._known: dict[bytes, bytes | None] = {}

    @property
    def account(self) -> Account:
        return self._dial.account()

    def open(self, *specimens: Specimen) -> Pop3:
        """Log in to a maildrop that holds these messages (by default three); `own` of the session has their numbers."""
        wanted = specimens or STOCK
        with self._dial.dialler.straight():
            session, present = self._look()
            missing = [s for s in wanted if s.key not in present]
            if missing:
                session, present = self._stock(session, present, wanted, missing)
            session.own = tuple(present[s.key][-1] for s in wanted)
        return session

    def _stock(
        self, session: Pop3, present: Present, wanted: tuple[Specimen, ...], missing: list[Specimen]
    ) -> tuple[Pop3, Present]:
        if sum(map(len, present.values())) > CROWD:
            self._remove(session, present)
            missing = list(wanted)
        session.leave()
        for specimen in missing:
            self.deliver(specimen)
        return self._await({s.key for s in wanted})

    def deliver(self, specimen: Specimen) -> None:
        """Send one more message to the maildrop; Inconclusive (not-set-up) if that fails."""
        try:
            deliver(self._dial.target, self.account, specimen)
        except DeliveryError as error:
            raise Inconclusive(Reason.NOT_SET_UP, str(error)) from error

    def _await(self, keys: set[bytes]) -> tuple[Pop3, Present]:
        deadline = time.monotonic() + self._dial.target.mail.delivery_wait
        pause = 0.01
        while True:
            session, present = self._look()
            if keys <= present.keys():
                return session, present
            if time.monotonic() > deadline:
                raise Inconclusive(
                    Reason.NOT_SET_UP, f"test mail did not arrive within {self._dial.target.mail.delivery_wait:.0f} s"
                )
            session.stream.receive(pause)
            session.leave()
            pause = min(pause * 2, 1.0)

    def find(self, *specimens: Specimen) -> Pop3:
        """Log in to the maildrop as it is; `own` has the number of each message, 0 for one that is not there."""
        with self._dial.dialler.straight():
            session = self._dial.login_soon()
            if session is None:
                raise Inconclusive(Reason.PRECONDITION, "the maildrop cannot be opened again within 10 s")
            self._known.clear()  # whether mail was removed is told by the mail alone, not by its unique-ids
            session, present = self._look(session)
            session.own = tuple(present.get(s.key, [0])[-1] for s in specimens or STOCK)
        return session

    def _look(self, session: Pop3 | None = None) -> tuple[Pop3, Present]:
        """Log in and find our messages."""
        session = session or self._dial.login(self.account)
        ids = session.command("UIDL").unique_ids()
        often = Counter(ids.values())
        found: Present = {}
        for number in ids or session.command("LIST").ok().scan_listings():
            unique_id = ids.get(number)  # one that several messages share tells nothing
            key = self._key(session, number, unique_id if unique_id and often[unique_id] == 1 else None)
            if key is not None:
                found.setdefault(key, []).append(number)
        return session, found

    def _key(self, session: Pop3, number: int, unique_id: bytes | None) -> bytes | None:
        if unique_id is not None and unique_id in self._known:
            return self._known[unique_id]
        key = self._read_key(session, number)
        if unique_id is not None:
            self._known[unique_id] = key
        return key

    @staticmethod
    def _read_key(session: Pop3, number: int) -> bytes | None:
        answer = session.command("TOP", number, 0)
        if answer.status != b"+OK":
            answer = session.command("RETR", number).ok()
        return key_of(answer.body)

    def empty(self) -> Pop3:
        """Log in to the maildrop with no message in it; Inconclusive (not-set-up) if it holds somebody else's mail."""
        with self._dial.dialler.straight():
            session, present = self._look()
            if present:
                self._remove(session, present)
                session, present = self._look()
            if session.command("STAT").drop_listing().first:
                raise self._not_alone()
            session.own = ()
        return session

    def alone(self, *specimens: Specimen) -> Pop3:
        """Log in as open() does, for a client that reads all there is; Inconclusive (not-set-up) beside somebody else's mail."""
        with self._dial.dialler.straight():
            session = self.open(*specimens)
            _, present = self._look(session)
            if session.command("STAT").drop_listing().first != sum(map(len, present.values())):
                raise self._not_alone()
        return session

    def _not_alone(self) -> Inconclusive:
        return Inconclusive(
            Reason.NOT_SET_UP,
            f"needs a maildrop without other mail, and {self.account.user!r} has some: give the first [[account]] to the harness alone",
        )

    def _remove(self, session: Pop3, present: Present) -> int:
        """Remove messages that are ours by their own header, looked at again: a unique-id may be given twice."""
        numbers = [number for numbers in present.values() for number in numbers]
        ours = [number for number in numbers if self._read_key(session, number) is not None]
        for number in ours:
            session.command("DELE", number).ok()
        session.quit().ok()
        self._known.clear()
        return len(ours)

    def clear(self) -> int:
        """Remove every message that the harness has put there, and return how many there were."""
        with self._dial.dialler.straight():
            session, present = self._look()
            if present:
                return self._remove(session, present)
            session.leave()
        return 0
