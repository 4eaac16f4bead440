"""A mail transaction as RFC 5321 sections 4.1.4 and 4.3.2 describe it: one table of states and commands. No octet is sent.

The table says which classes of replies a command may get in a state, and which state a positive reply leads to; a
refusal leaves the state as it is. What is not in it is out of order and refused: 5yz. Where the RFC leaves a choice
(mail before EHLO, a second EHLO, MAIL inside a transaction, 354 without recipients), both ways are in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a session stands."""

    GREETED = "before EHLO"
    READY = "with no transaction open"
    SENDER = "with a sender"
    RECIPIENT = "with a recipient"
    DATA = "in the mail data"
    EMPTY = "in mail data for nobody"


END = b"."
"""Stands for the end of the mail data."""
UNKNOWN = b"XMAILCONFORM"
COMMANDS = (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA", b"RSET", b"NOOP", b"VRFY", UNKNOWN)


@dataclass(frozen=True, slots=True)
class Expected:
    """The classes of replies that are right, by their first digits, and the state behind a positive one."""

    classes: str
    then: State


REFUSED = "5"
_ANYWHERE = (State.GREETED, State.READY, State.SENDER, State.RECIPIENT)
_OPEN = (State.SENDER, State.RECIPIENT)

TABLE: dict[tuple[State, bytes], Expected] = {
    **{(state, b"NOOP"): Expected("2", state) for state in _ANYWHERE},
    **{(state, b"VRFY"): Expected("25", state) for state in _ANYWHERE},
    **{(state, b"RSET"): Expected("2", State.READY) for state in _ANYWHERE},
    **{(state, verb): Expected("25", State.READY) for state in _ANYWHERE for verb in (b"EHLO", b"HELO")},
    **{(state, b"MAIL"): Expected("25", State.SENDER) for state in _ANYWHERE},
    **{(state, b"RCPT"): Expected("2", State.RECIPIENT) for state in _OPEN},
    **{(state, b"DATA"): Expected("35", State.EMPTY) for state in _ANYWHERE},
    (State.GREETED, b"EHLO"): Expected("2", State.READY),
    (State.GREETED, b"HELO"): Expected("2", State.READY),
    (State.GREETED, b"RSET"): Expected("2", State.GREETED),
    (State.READY, b"MAIL"): Expected("2", State.SENDER),
    (State.RECIPIENT, b"DATA"): Expected("3", State.DATA),
    (State.DATA, END): Expected("25", State.READY),
}


@dataclass(slots=True)
class Transaction:
    """One session: where it stands."""

    state: State = State.GREETED

    def expected(self, verb: bytes) -> str:
        """Return the classes of replies that are right for a command here."""
        found = TABLE.get((self.state, verb))
        return found.classes if found else REFUSED

    def differs(self, verb: bytes, code: int) -> str:
        """Take a command and the code of its reply in, and say in which way that is wrong; empty if it is right."""
        right = self.expected(verb)
        said = f"{verb.decode()} {self.state}: {'yz or '.join(right)}yz expected, {code or 'no reply'} seen"
        found = TABLE.get((self.state, verb))
        if found and code // 100 in (2, 3):
            self.state = found.then
        elif verb == END:
            self.state = State.READY
        return "" if str(code)[0] in right else said
