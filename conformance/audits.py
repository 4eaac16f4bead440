"""Audits: rules that read every conversation, whoever held it.

An audit is a function from one thing heard to True (held), a Trouble (broken) or None (says nothing here). It reads
only what can be framed without doubt: once a client line that no grammar allows has been answered +OK, nobody can say
which octets belong to what, and the rest of that connection is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from conformance.checks import Check
from conformance.discovery import Profile
from conformance.faults import Fault
from conformance.transcript import Event, Transcript
from conformance.wire import pop3


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an audit found wrong: the server octet that shows it, and what was observed."""

    offset: int
    observed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One reply as heard: whether TLS and a login came before it, and the capabilities listed last in this session."""

    reply: pop3.Reply
    logged_in: bool
    under_tls: bool
    connection: int

    @property
    def verb(self) -> bytes:
        """Keyword of the command that was answered; empty for greeting, challenge answers and unsolicited lines."""
        return self.reply.command.verb if self.reply.command else b""

    @property
    def positive(self) -> bool:
        return self.reply.line.raw.startswith(b"+OK")


Rule = Callable[[Heard, Profile], "Trouble | bool | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A rule with its id, its requirements and the fault that must trigger it."""

    id: str
    title: str
    requirements: tuple[str, ...]
    refuted_by: Fault
    rule: Rule

    def as_check(self) -> Check:
        """Return the audit as a check, for lists, selectors and results."""
        how = " ".join((self.rule.__doc__ or "").split())
        return Check(id=self.id, title=self.title, how=how, requirements=self.requirements, refuted_by=self.refuted_by, needs=())


AUDITS: list[Audit] = []


def audits(*requirements: str, refuted_by: Fault) -> Callable[[Rule], Rule]:
    """Register a rule that reads every conversation for these requirements."""

    def register(rule: Rule) -> Rule:
        slug = rule.__name__.replace("_", "-")
        suite = requirements[0].partition("-")[0].lower()
        sentence = slug.replace("-", " ")
        audit = Audit(
            id=f"{suite}/{slug}", title=sentence[:1].upper() + sentence[1:], requirements=requirements, refuted_by=refuted_by, rule=rule
        )
        AUDITS.append(audit)
        return rule

    return register


_CANONICAL = re.compile(
    rb"(?:(?:STAT|NOOP|RSET|QUIT|CAPA|STLS)|(?:RETR|DELE|USER|PASS) [\x21-\x7e]+|(?:LIST|UIDL)(?: [\x21-\x7e]+)?"
    rb"|(?:TOP|APOP) [\x21-\x7e]+ [\x21-\x7e]+|AUTH [A-Z0-9_-]+(?: [A-Za-z0-9+/=]+)?)\r\n",
    re.I,
)


def conversations(transcript: Transcript) -> Iterator[Heard]:
    """Pair the octets of one connection (RFC 1939 section 3), up to the first place that is ambiguous."""
    dialogue = pop3.Dialogue()
    logged_in = under_tls = False
    for event in transcript:
        if event.kind == "tls":
            under_tls = True
            dialogue.forget()
        if event.kind != "bytes":
            continue
        if event.side == "C":
            dialogue.sent(event.data)
            continue
        dialogue.received(event.data)
        while isinstance(reply := dialogue.next(), pop3.Reply):
            yield Heard(reply=reply, logged_in=logged_in, under_tls=under_tls, connection=transcript.connection)
            if _ambiguous(reply):
                return
            logged_in = logged_in or _enters(reply)


def _ambiguous(reply: pop3.Reply) -> bool:
    asked = reply.command
    odd = asked is not None and not asked.sasl and not _CANONICAL.fullmatch(asked.raw)
    return reply.unsolicited or (odd and not reply.line.raw.startswith(b"-ERR"))


def _enters(reply: pop3.Reply) -> bool:
    asked = reply.command
    entering = asked is not None and (asked.sasl or asked.verb in {b"PASS", b"APOP", b"AUTH"})
    return entering and reply.line.raw.startswith(b"+OK")


@dataclass(slots=True)
class Finding:
    """What an audit has come to so far: how often it held, and the first trouble with where it stood."""

    held: int = 0
    trouble: Trouble | None = None
    place: tuple[str, int] | None = None


@dataclass(slots=True)
class Auditor:
    """Applies every audit to the transcripts of a run, check by check."""

    profile: Profile
    findings: dict[str, Finding] = field(default_factory=lambda: {audit.id: Finding() for audit in AUDITS})

    def read(self, transcripts: Iterable[Transcript], locate: Callable[[int, int], tuple[str, int]]) -> None:
        """Read the transcripts of one check; `locate` turns connection and offset into evidence."""
        for transcript in transcripts:
            for heard in conversations(transcript):
                for audit in AUDITS:
                    self._apply(audit, heard, locate)

    def _apply(self, audit: Audit, heard: Heard, locate: Callable[[int, int], tuple[str, int]]) -> None:
        finding = self.findings[audit.id]
        said = audit.rule(heard, self.profile)
        if isinstance(said, Trouble):
            if finding.trouble is None:
                finding.trouble, finding.place = said, locate(heard.connection, said.offset)
        elif said:
            finding.held += 1


def line_of(events: Iterable[Event], connection: int, offset: int) -> int:
    """Return the line (from 1) of the transcript text in which the server's octet at this offset stands."""
    last = 1
    for number, event in enumerate(events, 1):
        if event.connection == connection and event.side == "S":
            last = number
            if event.offset <= offset < event.offset + max(1, len(event.data)):
                return number
    return last
