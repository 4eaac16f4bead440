"""The standard conversation in POP3: every command of RFC 1939, CAPA in both states, an unknown command, AUTH PLAIN (RFC 5034).

Invariant: it leaves the maildrop as it was (DELE is followed by RSET), and only our own messages are named.
"""

from __future__ import annotations

import contextlib

from conformance.dial_pop3 import Pop3Dial
from conformance.discovery import Capabilities, Door
from conformance.discovery_pop3 import capabilities, knock_once
from conformance.maildrop import Maildrop
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.pop3 import Pop3
from conformance.target import Account

LOGIN_PAUSES = (0.05, 0.5)
UNKNOWN = "XYZZY"


def prepare(dial: Pop3Dial) -> tuple[int, ...]:
    """Return the numbers of our messages, none if the maildrop cannot be had."""
    with contextlib.suppress(Inconclusive, NotSupported):
        session = Maildrop(dial).open()
        session.leave()
        return session.own
    return ()


def converse(dial: Pop3Dial, own: tuple[int, ...], listed: dict[str, Capabilities]) -> None:
    """Hold the standard conversation, on two connections, and note in `listed` what CAPA said in each state."""
    session = dial.pop3()
    _note(listed, "before login", session)
    session.command(UNKNOWN)
    door = dial.profile.door
    if door is not None and _log_in(session, door, dial.account()):
        _note(listed, "after login", session)
        for line in _commands(own):
            session.command(line)
    session.quit()
    _exchange(dial)


def _commands(own: tuple[int, ...]) -> tuple[str, ...]:
    if len(own) < 2:
        return ("STAT", "LIST", "UIDL", UNKNOWN, "NOOP", "RSET")
    first, second = own[:2]
    named = (f"LIST {first}", f"UIDL {first}", f"RETR {second}", f"TOP {second} 1")
    return ("STAT", "LIST", "UIDL", *named, UNKNOWN, "NOOP", f"DELE {first}", "RSET")


def _note(listed: dict[str, Capabilities], stage: str, session: Pop3) -> None:
    found = capabilities(session)
    if found is not None:
        listed[stage] = found


def _log_in(session: Pop3, door: Door, account: Account) -> bool:
    """Log in; a maildrop that the last session has only just left may need a moment."""
    for pause in (*LOGIN_PAUSES, 0.0):
        if knock_once(session, door, account).status == b"+OK":
            return True
        session.stream.receive(pause)
    return False


def _exchange(dial: Pop3Dial) -> None:
    """Log in by AUTH PLAIN where it is offered; a cancelled exchange would be a refusal, and refusals are slow."""
    if dial.profile.door is not None:
        account = dial.account()
        session = dial.pop3()
        session.auth_plain(account.user, account.password)
        session.leave()
