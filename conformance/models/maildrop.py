"""A maildrop as RFC 1939 sections 4 to 6 describes it: messages, marks, sessions and the UPDATE state. No octet is sent.

A Maildrop is what is stored; `opened` makes a Session of it, and only `update` of a session removes anything. A
Session answers each command with an Expected: whether the answer is positive, and which numbers it must show. Sizes and
message numbers are the server's own choice, so a session takes them from its first scan listing and holds on to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Number = int
Octets = int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an answer must say. None leaves a thing open.

    `drop_listing` is messages and octets; `scan_listings` are the numbers with their octets; `numbers` are those of the
    unique-id listings; `message` is the number of the message that is shown.
    """

    positive: bool
    drop_listing: tuple[int, Octets] | None = None
    scan_listings: Mapping[Number, Octets] | None = None
    numbers: frozenset[Number] | None = None
    message: Number | None = None


REFUSED = Expected(positive=False)
DONE = Expected(positive=True)


@dataclass(slots=True)
class Session:
    """A session in the TRANSACTION state: sizes by number, and which numbers are marked as deleted."""

    octets: Mapping[Number, Octets]
    marked: set[Number] = field(default_factory=set)

    @property
    def left(self) -> dict[Number, Octets]:
        """The messages that are not marked, with their octets."""
        return {number: octets for number, octets in self.octets.items() if number not in self.marked}

    def answer(self, verb: bytes, number: Number | None = None) -> Expected:
        """Take a command in and tell what the server must answer (RFC 1939 section 5, TOP and UIDL section 7)."""
        if number is not None and number not in self.left:
            return REFUSED
        return _ANSWERS[verb](self, number)

    def update(self) -> frozenset[Number]:
        """Enter the UPDATE state: return the numbers whose messages are removed (RFC 1939 section 6)."""
        return frozenset(self.marked)


def _stat(session: Session, _number: Number | None) -> Expected:
    return Expected(positive=True, drop_listing=(len(session.left), sum(session.left.values())))


def _list(session: Session, number: Number | None) -> Expected:
    left = session.left
    return Expected(positive=True, scan_listings=left if number is None else {number: left[number]})


def _uidl(session: Session, number: Number | None) -> Expected:
    return Expected(positive=True, numbers=frozenset(session.left if number is None else {number}))


def _message(_session: Session, number: Number | None) -> Expected:
    return Expected(positive=True, message=number)


def _dele(session: Session, number: Number | None) -> Expected:
    session.marked |= {number} if number is not None else set()
    return DONE


def _rset(session: Session, _number: Number | None) -> Expected:
    session.marked.clear()
    return DONE


_ANSWERS: dict[bytes, Callable[[Session, Number | None], Expected]] = {
    b"STAT": _stat,
    b"LIST": _list,
    b"UIDL": _uidl,
    b"RETR": _message,
    b"TOP": _message,
    b"DELE": _dele,
    b"RSET": _rset,
    b"NOOP": lambda _session, _number: DONE,
}


@dataclass(slots=True)
class Maildrop:
    """What is stored: the names of messages, whatever numbers a session gives them."""

    names: set[str]
    session: Session | None = None
    _named: dict[Number, str] = field(default_factory=dict)

    def opened(self, octets: Mapping[Number, Octets], named: Mapping[Number, str]) -> Session:
        """Begin a session whose messages have these sizes, and these names as far as they are ours."""
        self._named = dict(named)
        self.session = Session(octets)
        return self.session

    def quit(self) -> None:
        """End the session by QUIT: what was marked is removed (RFC 1939 section 6)."""
        if self.session is not None:
            self.names -= {self._named[number] for number in self.session.update() if number in self._named}
        self.session = None

    def dropped(self) -> None:
        """End the session without QUIT: nothing is removed (RFC 1939 section 6)."""
        self.session = None

    def differs_from(self, found: Iterable[str]) -> str:
        """Say in which way the messages found are not those stored; empty if they are."""
        seen = set(found)
        missing, surplus = sorted(self.names - seen), sorted(seen - self.names)
        return "; ".join(
            [*(f"{name} is gone, and no session removed it" for name in missing)]
            + [f"{name} is still there after the QUIT of a session that had marked it" for name in surplus]
        )
