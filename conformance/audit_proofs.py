"""Proves that audits can fail: a standard conversation is held through each audit's fault, and the audit must object.

An audit has no body of its own to run, so the conversation stands in for the checks it listens to: every command of
RFC 1939, CAPA in both states, an unknown command, and an AUTH exchange that is cancelled (RFC 5034 section 4).
Invariant: it leaves the maildrop as it was (DELE is followed by RSET), and only our own messages are named.
"""

from __future__ import annotations

from dataclasses import replace

from conformance import audits
from conformance.discovery import Capabilities, Door, Profile, capabilities
from conformance.judging import Judge
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.pop3 import Answer, Pop3
from conformance.target import Account

LOGIN_PAUSES = (0.05, 0.5)
UNKNOWN = "XYZZY"


def refute_audits(judge: Judge) -> dict[str, str]:
    """Return for each audit id `proven`, `unproven: why` or `not held: why`; only a quiet audit can be proven."""
    try:
        own = _own_numbers(judge)
    except (Inconclusive, NotSupported) as error:
        return {audit.id: f"not held: {error}" for audit in audits.AUDITS}
    honest = _listen(judge, own)
    return {audit.id: _proof(judge, own, audit, honest[audit.id]) for audit in audits.AUDITS}


def _own_numbers(judge: Judge) -> tuple[int, ...]:
    session = judge.maildrop.open()
    session.leave()
    return session.own


def _proof(judge: Judge, own: tuple[int, ...], audit: audits.Audit, honest: audits.Finding) -> str:
    if honest.trouble:
        return f"not held: {honest.trouble.observed}"
    judge.lie(audit.refuted_by)
    try:
        lied = _listen(judge, own)[audit.id]
    finally:
        judge.truth()
    if lied.trouble:
        return "proven"
    return "unproven: the audit held" if lied.held else "not held: nothing of the kind was heard"


def _listen(judge: Judge, own: tuple[int, ...]) -> dict[str, audits.Finding]:
    """Hold the standard conversation and let every audit read it; what CAPA said in it is what is announced."""
    recorder = judge.dialler.recorder
    recorder.clear()
    listed: dict[str, Capabilities] = {}
    try:
        converse(judge, own, listed)
    except (Inconclusive, NotSupported):
        pass  # a lie may end the conversation; what was said until then is read
    finally:
        judge.dial.hang_up_all()
    auditor = audits.Auditor(_as_heard(judge.profile, listed))
    auditor.read(recorder.transcripts, lambda connection, offset: (str(connection), offset))
    return auditor.findings


def _as_heard(profile: Profile, listed: dict[str, Capabilities]) -> Profile:
    return replace(profile, capabilities=listed) if listed else profile


def converse(judge: Judge, own: tuple[int, ...], listed: dict[str, Capabilities]) -> None:
    """Hold the standard conversation, on two connections, and note in `listed` what CAPA said in each state."""
    session = judge.dial.pop3()
    _note(listed, "before login", session)
    door = judge.profile.door
    if door is None or not _log_in(session, door, judge.dial.account()):
        return
    _note(listed, "after login", session)
    first, second = own[0], own[1]
    for line in (
        "STAT",
        "LIST",
        f"LIST {first}",
        "UIDL",
        f"UIDL {first}",
        f"RETR {second}",
        f"TOP {second} 1",
        UNKNOWN,
        "NOOP",
        f"DELE {first}",
        "RSET",
    ):
        session.command(line)
    session.quit()
    _cancelled_exchange(judge)


def _note(listed: dict[str, Capabilities], stage: str, session: Pop3) -> None:
    found = capabilities(session)
    if found is not None:
        listed[stage] = found


def _log_in(session: Pop3, door: Door, account: Account) -> bool:
    """Log in; a maildrop that the last session has only just left may need a moment."""
    for pause in (*LOGIN_PAUSES, 0.0):
        if _try(session, door, account).status == b"+OK":
            return True
        session.stream.receive(pause)
    return False


def _try(session: Pop3, door: Door, account: Account) -> Answer:
    if door.method == "APOP":
        return session.apop(account.user, account.password)
    if door.method == "PLAIN":
        return session.auth_plain(account.user, account.password)
    return session.user_pass(account.user, account.password)


def _cancelled_exchange(judge: Judge) -> None:
    session = judge.dial.pop3()
    if session.command("AUTH", "PLAIN").challenge is not None:
        session.send(b"*\r\n")
        session.receive()
    session.leave()
