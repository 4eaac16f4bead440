"""Audits: rules that read every conversation, whoever held it.

An audit is a function from one thing heard to True (held), a Trouble (broken) or None (says nothing here). It reads
only what can be framed without doubt (RFC 1939 section 3 numbers nothing: a reply belongs to a command by its place
alone). Where a client says what no grammar allows, stays without an answer, or talks ahead of TLS or of a challenge,
nobody can tell which octets belong to what, and the rest of that connection is left alone.
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
from conformance.wire.scanner import Parsed

BARE_COMMAND_LIMIT = 88


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an audit found wrong: the server octet that shows it, and what was observed."""

    offset: int
    observed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One reply as heard: its status line as read (None for a SASL challenge and for a line that nobody asked for).

    `after` is the reply before this one; `logged_in` and `under_tls` are the state in which it was given.
    """

    reply: pop3.Reply
    line: Parsed[pop3.Response] | None
    after: pop3.Reply | None
    logged_in: bool
    under_tls: bool
    connection: int

    @property
    def verb(self) -> bytes:
        """Keyword of the command that was answered; empty for greeting, challenge answers and unsolicited lines."""
        return self.reply.command.verb if self.reply.command else b""

    @property
    def is_greeting(self) -> bool:
        return self.reply.command is None and not self.reply.unsolicited

    @property
    def arguments(self) -> int:
        """Return the number of arguments of the command that was answered."""
        return len(self.reply.command.raw.split()) - 1 if self.reply.command else 0

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
        return Check(
            id=self.id, title=self.title, how=how, requirements=self.requirements, refuted_by=self.refuted_by, needs=()
        )


AUDITS: list[Audit] = []


def audits(*requirements: str, refuted_by: Fault) -> Callable[[Rule], Rule]:
    """Register a rule that reads every conversation for these requirements."""

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
        )
        AUDITS.append(audit)
        return rule

    return register


_CANONICAL = re.compile(
    rb"(?:(?:STAT|NOOP|RSET|QUIT|CAPA|STLS)|(?:RETR|DELE|USER) [\x21-\x7e]+|PASS [^\r\n\0]+|(?:LIST|UIDL)(?: [\x21-\x7e]+)?"
    rb"|(?:TOP|APOP) [\x21-\x7e]+ [\x21-\x7e]+|AUTH [A-Z0-9_-]+(?: [A-Za-z0-9+/=]+)?)\r\n",
    re.IGNORECASE,
)
_ONE_LINE = re.compile(rb"[^\r\n\0]+\r\n")


def conversations(events: Iterable[Event], limit: int = pop3.COMMAND_LIMIT) -> Iterator[Heard]:
    """Pair the octets of one connection (RFC 1939 section 3), up to the first place that is ambiguous.

    limit is the longest command line, in octets, that this server must take as one (RFC 2449 section 4).
    """
    dialogue = pop3.Dialogue()
    logged_in = under_tls = False
    before: pop3.Reply | None = None
    for event in events:
        if _breaks_off(event, dialogue, before):
            return
        under_tls = under_tls or event.kind == "tls"
        if event.kind != "bytes":
            continue
        if event.side == "C":
            dialogue.sent(event.data)
            continue
        dialogue.received(event.data)
        while isinstance(reply := dialogue.next(), pop3.Reply):
            if _unreadable(reply, limit):
                return
            challenge = _is_challenge(reply)
            line = None if challenge or reply.unsolicited else pop3.read_line(reply)
            yield Heard(
                reply=reply,
                line=line,
                after=before,
                logged_in=logged_in,
                under_tls=under_tls,
                connection=event.connection,
            )
            if reply.unsolicited or (challenge and dialogue.waiting):
                return
            before = reply
            logged_in = logged_in or _enters(reply)


def _breaks_off(event: Event, dialogue: pop3.Dialogue, before: pop3.Reply | None) -> bool:
    """Whether nothing behind this event can be paired: an answer stayed away, or TLS began while something was in flight."""
    if event.kind == "silence":
        return dialogue.waiting > 0
    if event.kind != "tls":
        return False
    in_flight = dialogue.waiting > (before is None) or bool(dialogue.partial)
    return in_flight or not event.data.startswith((b"TLSv", b"SSLv"))


def _is_challenge(reply: pop3.Reply) -> bool:
    """Whether this is a server challenge of an AUTH exchange (RFC 5034 section 4)."""
    asked, raw = reply.command, reply.line.raw
    return (
        asked is not None
        and (asked.sasl or asked.verb == b"AUTH")
        and raw.startswith(b"+")
        and raw[:3].upper() != b"+OK"
    )


def _unreadable(reply: pop3.Reply, limit: int) -> bool:
    """Whether this reply cannot be paired and framed for sure: its command is no single line, or unknown and not refused."""
    asked = reply.command
    if asked is None:
        return False
    if len(asked.raw) > limit or not _ONE_LINE.fullmatch(asked.raw):
        return True
    refused = reply.line.raw[:4].upper() == b"-ERR"
    return not asked.sasl and not refused and not _CANONICAL.fullmatch(asked.raw)


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
        limit = pop3.COMMAND_LIMIT if self.profile.capa else BARE_COMMAND_LIMIT
        for transcript in transcripts:
            for heard in conversations(transcript, limit):
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
