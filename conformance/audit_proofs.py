"""The standard conversation: heard out by audits that no check has fed, and held through each audit's fault as a proof.

An audit has no body of its own to run, so the conversation stands in for the checks it listens to: every command of
RFC 1939, CAPA in both states, an unknown command, and a login by AUTH PLAIN (RFC 5034 section 4).
Invariant: it leaves the maildrop as it was (DELE is followed by RSET), and only our own messages are named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import replace

from conformance import audits
from conformance.discovery import Capabilities, Door, Profile, capabilities, knock_once
from conformance.judging import Judge
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.pop3 import Pop3
from conformance.target import Account

LOGIN_PAUSES = (0.05, 0.5)
UNKNOWN = "XYZZY"


def hear_out(judge: Judge, wanted: Collection[str]) -> None:
    """Hold the standard conversation if one of the wanted audits (ids) has not come to anything yet."""
    findings = judge.auditor.findings
    if any(audit_id in wanted and not (found.held or found.trouble) for audit_id, found in findings.items()):
        own = _own_numbers(judge)
        judge.overhear(lambda: converse(judge, own, {}))


def refute_audits(judge: Judge, wanted: Collection[str] | None = None) -> dict[str, str]:
    """Return for each wanted audit id `proven`, `unproven: why` or `not held: why`; only a quiet audit can be proven."""
    own = _own_numbers(judge)
    honest = _listen(judge, own)
    chosen = [audit for audit in audits.AUDITS if wanted is None or audit.id in wanted]
    return {audit.id: _proof(judge, own, audit, honest[audit.id]) for audit in chosen}


def _own_numbers(judge: Judge) -> tuple[int, ...]:
    """Return the numbers of our messages, none if the maildrop cannot be had."""
    with contextlib.suppress(Inconclusive, NotSupported):
        session = judge.maildrop.open()
        session.leave()
        return session.own
    return ()


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
    session.command(UNKNOWN)
    door = judge.profile.door
    if door is not None and _log_in(session, door, judge.dial.account()):
        _note(listed, "after login", session)
        for line in _commands(own):
            session.command(line)
    session.quit()
    _exchange(judge)


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


def _exchange(judge: Judge) -> None:
    """Log in by AUTH PLAIN where it is offered; a cancelled exchange would be a refusal, and refusals are slow."""
    if judge.profile.door is not None:
        account = judge.dial.account()
        session = judge.dial.pop3()
        session.auth_plain(account.user, account.password)
        session.leave()
