"""The standard conversation of each protocol: heard out by audits that no check has fed, and held through each audit's fault as a proof.

An audit has no body of its own to run, so the conversation stands in for the checks it listens to. What is said in it is
each protocol's own: conversing_pop3 and conversing_imap.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from conformance import audits, conversing_http, conversing_imap, conversing_pop3, conversing_smtp
from conformance.discovery import Capabilities, Profile
from conformance.judging import Judge
from conformance.outcomes import Inconclusive, NotSupported
from conformance.protocols import PROTOCOLS


@dataclass(frozen=True, slots=True)
class Conversation:
    """How the standard conversation of a protocol is prepared, once, and held; the latter notes what was announced in it."""

    prepare: Callable[[Any], Any]
    converse: Callable[[Any, Any, dict[str, Capabilities]], None]


CONVERSATIONS = {
    "pop3": Conversation(conversing_pop3.prepare, conversing_pop3.converse),
    "imap": Conversation(conversing_imap.prepare, conversing_imap.converse),
    "smtp": Conversation(conversing_smtp.prepare, conversing_smtp.converse),
    "lmtp": Conversation(conversing_smtp.prepare, conversing_smtp.converse),
    "http": Conversation(conversing_http.prepare, conversing_http.converse),
}


def hear_out(judge: Judge, wanted: Collection[str]) -> None:
    """Hold the standard conversation of each protocol in which a wanted audit (id) has not come to anything yet."""
    for protocol, auditor in judge.auditors.items():
        if any(
            audit_id in wanted and not (found.held or found.trouble) for audit_id, found in auditor.findings.items()
        ):
            spoken = CONVERSATIONS[protocol]
            prepared = spoken.prepare(judge.dials[protocol])
            judge.overhear(lambda: spoken.converse(judge.dials[protocol], prepared, {}))  # noqa: B023 - called at once


def refute_audits(judge: Judge, wanted: Collection[str] | None = None) -> dict[str, str]:
    """Return for each wanted audit id `proven`, `unproven: why` or `not held: why`; only a quiet audit can be proven."""
    proofs: dict[str, str] = {}
    for protocol in judge.dials:
        chosen = [a for a in audits.AUDITS if a.protocol == protocol and (wanted is None or a.id in wanted)]
        if chosen:
            prepared = CONVERSATIONS[protocol].prepare(judge.dials[protocol])
            honest = _listen(judge, protocol, prepared)
            proofs.update({audit.id: _proof(judge, prepared, audit, honest[audit.id]) for audit in chosen})
    return proofs


def _proof(judge: Judge, prepared: Any, audit: audits.Audit, honest: audits.Finding) -> str:
    if honest.trouble:
        return f"not held: {honest.trouble.observed}"
    judge.lie(audit.refuted_by)
    try:
        lied = _listen(judge, audit.protocol, prepared)[audit.id]
    finally:
        judge.truth()
    if lied.trouble:
        return "proven"
    return "unproven: the audit held" if lied.held else "not held: nothing of the kind was heard"


def _listen(judge: Judge, protocol: str, prepared: Any) -> dict[str, audits.Finding]:
    """Hold the standard conversation and let every audit read it; what was announced in it is what is announced."""
    recorder = judge.dialler.recorder
    recorder.clear()
    listed: dict[str, Capabilities] = {}
    try:
        CONVERSATIONS[protocol].converse(judge.dials[protocol], prepared, listed)
    except (Inconclusive, NotSupported):
        pass  # a lie may end the conversation; what was said until then is read
    finally:
        heard = list(recorder.transcripts)
        judge.hang_up_all()
    auditor = audits.Auditor(_as_heard(judge.profiles[protocol], listed), PROTOCOLS[protocol].conversations)
    auditor.read(heard, lambda connection, offset: (str(connection), offset))
    return auditor.findings


def _as_heard(profile: Profile, listed: dict[str, Capabilities]) -> Profile:
    return replace(profile, capabilities=listed) if listed else profile
