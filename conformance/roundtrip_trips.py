"""What a round trip is asked to do, and what it found: one Trip a message, and the Report that counts them.

Times are seconds. Invariant: every message has exactly one Trip, and a fault of it is told apart from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.exits import Nagios
from conformance.models.passage import Hop
from conformance.target import Account, Target


class Fault(StrEnum):
    """What went wrong with one message."""

    UNSENT = "unsent"
    """It could not be handed over: no connection, no answer, no time left."""
    REFUSED = "refused"
    """A server said no, at once or in a notice to the sender."""
    LOST = "lost"
    """It was accepted and has not arrived in time."""
    DUPLICATED = "duplicated"
    ALTERED = "altered"
    DELAYED = "delayed"
    """It took longer than a threshold."""


GRAVITY = {
    Fault.UNSENT: Nagios.CRITICAL,
    Fault.REFUSED: Nagios.CRITICAL,
    Fault.LOST: Nagios.CRITICAL,
    Fault.DUPLICATED: Nagios.WARNING,
    Fault.ALTERED: Nagios.WARNING,
}
"""How grave each fault is; a delay is as grave as the threshold it is over."""
LEGS = ("submit", "transit", "fetch", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done: by which way from which account, to which address, and in whose mailbox it is to arrive.

    `way` is a scheme of the target (smtp, submission ...), or the words of a command that takes a message on its standard
    input. `wait` bounds handing over all messages, and then how long each may be on its way.
    """

    target: Target
    way: str | tuple[str, ...]
    sender: Account | None
    recipient: str
    reader: Target
    account: Account
    messages: int = 1
    parallel: int = 1
    wait: float = 30.0
    warn: float | None = None
    critical: float | None = None

    @property
    def by(self) -> str:
        """The way in words."""
        return str(self.target.endpoint(self.way)) if isinstance(self.way, str) else self.way[0]

    @property
    def submits(self) -> bool:
        """Whether the first server takes the messages from their author (RFC 6409), and knows who that is."""
        return not isinstance(self.way, str) or self.way in ("submission", "submissions", "smtps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """What became of one message; a time is None where there was none to measure.

    `accepted`: it was handed over, and the server or program took it. `hops` are the servers that have stamped it, each with how long the way there took; `inserted` names fields that were
    put among those that were sent.
    """

    number: int
    faults: tuple[Fault, ...] = ()
    why: str = ""
    accepted: bool = True
    copies: int = 0
    downgraded: bool = False
    inserted: tuple[str, ...] = ()
    submit: float | None = None
    transit: float | None = None
    fetch: float | None = None
    total: float | None = None
    hops: tuple[tuple[Hop, float | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of all messages; `cleared` tells whether everything that was seen could be removed again."""

    order: Order
    trips: tuple[Trip, ...]
    cleared: bool = True

    @property
    def counts(self) -> dict[str, int]:
        """How many messages were accepted, arrived, were downgraded, and had each fault."""
        faults = [fault for trip in self.trips for fault in trip.faults]
        return {
            "accepted": sum(trip.accepted for trip in self.trips),
            "arrived": sum(trip.copies > 0 for trip in self.trips),
            "downgraded": sum(trip.downgraded for trip in self.trips),
            **{str(fault): faults.count(fault) for fault in Fault},
        }

    def times(self, leg: str) -> list[float]:
        """The times of one leg, of all messages that have one."""
        return [time for trip in self.trips if (time := getattr(trip, leg)) is not None]

    @property
    def state(self) -> Nagios:
        """The gravest of all that was found; that mail was left behind is a warning."""
        found = [self.gravity(trip, fault) for trip in self.trips for fault in trip.faults]
        return max([*found, Nagios.OK if self.cleared else Nagios.WARNING])

    def gravity(self, trip: Trip, fault: Fault) -> Nagios:
        """How grave a fault of a message is."""
        if fault is not Fault.DELAYED:
            return GRAVITY[fault]
        critical = self.order.critical
        return Nagios.CRITICAL if critical is not None and (trip.total or 0.0) > critical else Nagios.WARNING

    @property
    def why(self) -> str:
        """What was found, in a few words."""
        counts = self.counts
        found = [f"{counts[fault]} {fault}" for fault in Fault if counts[fault]]
        found += [] if self.cleared else ["not everything could be removed"]
        how = f", {counts['downgraded']} downgraded" if counts["downgraded"] else " as sent"
        return ", ".join(found) or f"{counts['arrived']} of {len(self.trips)} arrived{how}"
