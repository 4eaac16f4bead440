"""Audits: rules that read every conversation, whoever held it.

An audit is a function from one thing heard to True (held), a Trouble (broken) or None (says nothing here). What is
heard, and where a conversation cannot be followed any further without doubt, is each protocol's own: hearing_pop3 and
hearing_imap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance import target
from conformance.checks import Check, protocol_of
from conformance.discovery import Profile
from conformance.faults import Fault
from conformance.transcript import Event, Transcript


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an audit found wrong: the server octet that shows it, and what was observed."""

    offset: int
    observed: str


class Heard(Protocol):
    """What every protocol's hearing yields."""

    @property
    def connection(self) -> int:
        """The connection it was heard on."""


Rule = Callable[[Any, Profile], "Trouble | bool | None"]
"""A rule for what the hearing of its protocol yields."""
Hearing = Callable[[Iterable[Event], Profile], Iterator[Heard]]
"""Follows the events of one connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A rule with its id, its requirements and the fault that must trigger it."""

    id: str
    title: str
    requirements: tuple[str, ...]
    refuted_by: Fault
    rule: Rule
    protocol: str

    def as_check(self) -> Check:
        """Return the audit as a check, for lists, selectors and results."""
        how = " ".join((self.rule.__doc__ or "").split())
        return Check(
            id=self.id,
            title=self.title,
            how=how,
            requirements=self.requirements,
            refuted_by=self.refuted_by,
            needs=(),
            protocols=(self.protocol,),
        )


AUDITS: list[Audit] = []


def audits(*requirements: str, refuted_by: Fault, protocol: str = "") -> Callable[[Rule], Rule]:
    """Register a rule that reads every conversation of a protocol (by default that of the first RFC) for these requirements."""

    def register(rule: Rule) -> Rule:
        slug = rule.__name__.replace("_", "-")
        suite = requirements[0].partition("-")[0].lower()
        sentence = slug.replace("-", " ")
        audit = Audit(
            id=f"{suite}/{slug}",
            title=sentence[:1].upper() + sentence[1:],
            requirements=requirements,
            refuted_by=refuted_by,
            rule=rule,
            protocol=protocol or protocol_of(suite),
        )
        AUDITS.append(audit)
        return rule

    return register


@dataclass(slots=True)
class Finding:
    """What an audit has come to so far: how often it held, and the first trouble with where it stood."""

    held: int = 0
    trouble: Trouble | None = None
    place: tuple[str, int] | None = None


@dataclass(slots=True)
class Auditor:
    """Applies the audits of one protocol to the transcripts of a run, check by check."""

    profile: Profile
    hearing: Hearing
    findings: dict[str, Finding] = field(init=False)
    _rules: list[tuple[Rule, Finding]] = field(init=False)

    def __post_init__(self) -> None:
        mine = [audit for audit in AUDITS if audit.protocol == self.profile.protocol]
        self.findings = {audit.id: Finding() for audit in mine}
        self._rules = [(audit.rule, self.findings[audit.id]) for audit in mine]

    def read(self, transcripts: Iterable[Transcript], locate: Callable[[int, int], tuple[str, int]]) -> None:
        """Read the transcripts of one check; `locate` turns connection and offset into evidence."""
        for transcript in transcripts:
            if protocol_at(transcript.endpoint) != self.profile.protocol:
                continue
            for heard in self.hearing(transcript, self.profile):
                for rule, finding in self._rules:
                    said = rule(heard, self.profile)
                    if said is True:
                        finding.held += 1
                    elif said and finding.trouble is None:
                        finding.trouble, finding.place = said, locate(heard.connection, said.offset)


def protocol_at(endpoint: str) -> str:
    """Return the protocol of an endpoint written as URL."""
    return target.protocol_of(endpoint.partition(":")[0])


def line_of(events: Iterable[Event], connection: int, offset: int) -> int:
    """Return the line (from 1) of the transcript text in which the server's octet at this offset stands."""
    last = 1
    for number, event in enumerate(events, 1):
        if event.connection == connection and event.side == "S":
            last = number
            if event.offset <= offset < event.offset + max(1, len(event.data)):
                return number
    return last
