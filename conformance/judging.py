"""The judge: runs checks, turns what happened into verdicts, keeps the evidence, and never blames the target for us.

An AssertionError of a check's own body is the only accusation; it is confirmed by running the check again. A plain
conversation before and after each module is the control: if the last one fails, what the module said is inconclusive.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from hypothesis.errors import Flaky

from conformance import audits, audits_http, audits_imap, audits_pop3, audits_smtp, lying
from conformance.checks import Check
from conformance.delivery import DeliveryError
from conformance.dial import Dial
from conformance.dial_dkim import DkimDial
from conformance.dial_dmarc import DmarcDial
from conformance.dial_imap import ImapDial
from conformance.dial_pop3 import Pop3Dial
from conformance.dial_smtp import SmtpDial
from conformance.dial_spf import SpfDial
from conformance.discovery import Profile
from conformance.faults import Fault
from conformance.maildrop import Maildrop
from conformance.outcomes import Inconclusive, NotSupported
from conformance.protocols import PROTOCOLS, named
from conformance.requirements import Catalogue
from conformance.results import Evidence, Result
from conformance.target import Target
from conformance.transcript import Event, Redaction, Transcript, merge, quote, to_text
from conformance.transport.dialler import Dialler
from conformance.verdicts import Outcome, Reason, judge, leading
from conformance.waivers import Waiver

_LOADED = (audits_pop3, audits_imap, audits_smtp, audits_http)  # importing them registers their audits
_REPLAYED = ("Falsifying example:", "Failing test case:")
D = TypeVar("D", bound=Dial)
LOST = {Reason.SILENT, Reason.CONNECTION_LOST}
TRANSIENT = {Reason.THROTTLED, *LOST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a run is to be done: confirmations of a failure, seconds for the whole run, folder for transcripts."""

    confirmations: int = 2
    deadline: float = 1200.0
    folder: Path | None = None
    proven: frozenset[str] = frozenset()
    waivers: tuple[Waiver, ...] = ()
    """Failures that are known: they are not confirmed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution of a check's body."""

    outcome: Outcome
    reason: Reason | None = None
    why: str = ""
    error: BaseException | None = None


@dataclass(slots=True)
class Judge:
    """Judges one target in the protocols it has profiles of; `emit` takes each finished result."""

    profiles: Mapping[str, Profile]
    dialler: Dialler
    catalogue: Catalogue
    emit: Callable[[Result], None]
    settings: Settings = field(default_factory=Settings)
    dials: dict[str, Dial] = field(init=False)
    maildrop: Maildrop | None = field(init=False, default=None)
    auditors: dict[str, audits.Auditor] = field(init=False)
    results: list[Result] = field(default_factory=list)
    _held_back: list[Result] = field(default_factory=list)
    _reached: str = ""
    _began: float = field(default_factory=time.monotonic)
    _files: int = 0
    _gone: dict[str, str] = field(default_factory=dict)
    """Protocol -> what its last control met, while the target does not answer in it."""

    def __post_init__(self) -> None:
        self.dials = {name: PROTOCOLS[name].dial(profile, self.dialler) for name, profile in self.profiles.items()}
        self.auditors = {
            name: audits.Auditor(profile, PROTOCOLS[name].conversations) for name, profile in self.profiles.items()
        }
        if "pop3" in self.dials:
            self.maildrop = Maildrop(self.pop3)
        self.dialler.recorder.expires = self._began + self.settings.deadline
        self.dialler.recorder.reader = self._put_away

    @property
    def target(self) -> Target:
        """The target that is judged."""
        return next(iter(self.profiles.values())).target

    @property
    def pop3(self) -> Pop3Dial:
        """Opens POP3 sessions; NotSupported if the target has none."""
        return self._dial("pop3", Pop3Dial)

    @property
    def imap(self) -> ImapDial:
        """Opens IMAP sessions; NotSupported if the target has none."""
        return self._dial("imap", ImapDial)

    @property
    def smtp(self) -> SmtpDial:
        """Opens SMTP sessions; NotSupported if the target has none."""
        return self._dial("smtp", SmtpDial)

    @property
    def lmtp(self) -> SmtpDial:
        """Opens LMTP sessions; NotSupported if the target has none."""
        return self._dial("lmtp", SmtpDial)

    @property
    def spf(self) -> SpfDial:
        """Asks verifiers of SPF; NotSupported if the target has none."""
        return self._dial("spf", SpfDial)

    @property
    def dkim(self) -> DkimDial:
        """Asks verifiers of DKIM; NotSupported if the target has none."""
        return self._dial("dkim", DkimDial)

    @property
    def dmarc(self) -> DmarcDial:
        """Asks verifiers of DMARC; NotSupported if the target has none."""
        return self._dial("dmarc", DmarcDial)

    def _dial(self, protocol: str, kind: type[D]) -> D:
        dial = self.dials.get(protocol)
        if not isinstance(dial, kind):
            raise NotSupported(f"the target file names no {named(protocol)}")
        return dial

    @property
    def throttled(self) -> int:
        """How often the server turned a connection away at its greeting."""
        return sum(dial.throttled for dial in self.dials.values())

    def check(self, check: Check, body: Callable[[], None]) -> Attempt:
        """Run a check's body until it is clear, write its result down, and return the attempt that decided."""
        began, connections = time.monotonic(), self.dialler.recorder.connections
        attempt, attempts = self._confirmed(check, body)
        if self.dialler.recorder.connections > connections:
            self._reached = check.id
        result = self._result(check, attempt, time.monotonic() - began, attempts)
        self._held_back.append(result)
        return attempt

    def unbegun(self, check: Check, error: BaseException) -> None:
        """Write down that a check could not begin, since a fixture of it failed: never an accusation."""
        attempt = _attempt_of(error)
        if attempt.outcome is Outcome.BROKEN:
            attempt = _crash_of(error)
        self.dialler.recorder.clear()
        self._held_back.append(self._result(check, attempt, 0.0, 1))

    def _confirmed(self, check: Check, body: Callable[[], None]) -> tuple[Attempt, int]:
        first = self.attempt(check, body)
        put_back = self.dialler.recorder.set_aside()
        again = 0
        if first.reason in LOST and (check.protocol in self._gone or self.control(check.protocol)):
            return first, 1  # it is the target that does not answer: what this module says will not count
        if _replayed(first.error) or (first.outcome is Outcome.BROKEN and self._is_known(check, first)):
            return first, 1
        while again < self.settings.confirmations and (first.outcome is Outcome.BROKEN or first.reason in TRANSIENT):
            again += 1
            later = self.attempt(check, body)
            if later.outcome is first.outcome is Outcome.BROKEN:
                continue
            if first.outcome is Outcome.BROKEN:
                put_back()  # what broke is the evidence; what held stands behind it
                why = f"broken once, {later.outcome} in attempt {again + 1}: {first.why}"
                return Attempt(Outcome.UNCLEAR, Reason.FLAKY, why, first.error), again + 1
            first = later
        return first, again + 1

    def _is_known(self, check: Check, attempt: Attempt) -> bool:
        observed, today = self._redaction().in_text(attempt.why), dt.datetime.now(dt.UTC).date()
        return any(w.foresees(self.target.name, check.id, observed, today) for w in self.settings.waivers)

    def attempt(self, check: Check, body: Callable[[], None]) -> Attempt:
        """Run the body once, on fresh connections."""
        self.dialler.recorder.clear()
        if time.monotonic() > self._began + self.settings.deadline:
            return Attempt(
                Outcome.UNCLEAR,
                Reason.THROTTLED,
                f"the run's deadline of {self.settings.deadline:.0f} s has passed: raise --deadline",
            )
        if gone := self._gone.get(check.protocol):
            return Attempt(Outcome.UNCLEAR, Reason.CONNECTION_LOST, f"the target no longer answers ({gone})")
        try:
            self._require(check)
            body()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            return _attempt_of(error)
        finally:
            deciding = self.dialler.recorder.deciding
            self.hang_up_all()
            self.dialler.recorder.deciding = deciding
        return Attempt(Outcome.HELD)

    def _require(self, check: Check) -> None:
        profile = self._dial(check.protocol, Dial).profile
        if self.target.spares(check.id):
            raise Inconclusive(Reason.NOT_SET_UP, "the target file spares the server this check: spare = [...]")
        for name in check.needs:
            _require_capability(profile, name)
        wanted = {need for r in check.requirements for need in self.catalogue[r].needs}
        if "second-user" in wanted:
            self.dials[check.protocol].account(1)

    def hang_up_all(self) -> None:
        """End the sessions of every protocol."""
        for dial in self.dials.values():
            dial.hang_up_all()

    def _result(self, check: Check, attempt: Attempt, seconds: float, attempts: int) -> Result:
        requirements = [self.catalogue[r] for r in check.requirements]
        lead = leading(requirements)
        evidence = self._evidence()
        why = self._redaction().in_text(attempt.why)
        return Result(
            target=self.target.name,
            check=check.id,
            title=check.title,
            requirements=check.requirements,
            rfc=lead.rfc,
            section=lead.section,
            level=lead.level,
            inferred=lead.inferred,
            outcome=attempt.outcome,
            verdict=judge(attempt.outcome, lead.level),
            reason=attempt.reason,
            why=why if attempt.outcome is not Outcome.BROKEN else "",
            expected=lead.text if attempt.outcome is Outcome.BROKEN else "",
            observed=why if attempt.outcome is Outcome.BROKEN else "",
            evidence=evidence,
            seconds=round(seconds, 4),
            attempts=attempts,
            proven=check.id.partition("[")[0] in self.settings.proven,
            noted=self._redaction().in_text(self.dialler.recorder.noted),
        )

    def _redaction(self) -> Redaction:
        return Redaction.of(account.password for account in self.target.accounts)

    def _evidence(self) -> Evidence | None:
        """Write the transcripts of the check and let the audits read them."""
        recorder = self.dialler.recorder
        if (decided := recorder.decided) is None:
            return None
        name, events = self._written(recorder.transcripts)
        self._audit(recorder.transcripts, lambda at, offset: (name, audits.line_of(events, at, offset)))
        return Evidence(transcript=name, line=audits.line_of(events, *decided))

    def _written(self, transcripts: list[Transcript]) -> tuple[str, list[Event]]:
        """Write transcripts to the run folder; return the file's name and the events in it."""
        events = merge(transcripts, self._redaction())
        self._files += 1
        name = f"transcripts/{self.target.name}/{self._files:04}.txt"
        if self.settings.folder:
            file = self.settings.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(to_text(events), "utf-8")
        return name, events

    def _put_away(self, transcripts: list[Transcript]) -> None:
        """Let the audits read an example that is over; it is written down only if one of them finds trouble in it."""
        if self.dialler.lie is not None:
            return
        written = functools.cache(lambda: self._written(transcripts))

        def locate(connection: int, offset: int) -> tuple[str, int]:
            name, events = written()
            return name, audits.line_of(events, connection, offset)

        self._audit(transcripts, locate)

    def _audit(self, transcripts: list[Transcript], locate: Callable[[int, int], tuple[str, int]]) -> None:
        for auditor in self.auditors.values():
            auditor.read(transcripts, locate)

    def overhear(self, talk: Callable[[], None]) -> None:
        """Hold a conversation that belongs to no check, for the audits to read."""
        self.dialler.recorder.clear()
        try:
            talk()
        except (Inconclusive, NotSupported):
            pass  # what was said until then is read
        finally:
            self.hang_up_all()
        self._evidence()

    def control(self, protocol: str) -> str:
        """Hold a plain conversation in a protocol; return what went wrong, empty if nothing did.

        While it cannot be held no check is run: each would wait for a server that does not answer.
        """
        transcripts, deciding = self.dialler.recorder.transcripts, self.dialler.recorder.deciding
        self.dialler.recorder.clear()
        self._gone.pop(protocol, None)
        try:
            with self.dialler.straight():
                self._dial(protocol, Dial).control()
        except (Inconclusive, NotSupported) as error:
            self._gone[protocol] = str(error)
        finally:
            self.hang_up_all()
            self.dialler.recorder.transcripts, self.dialler.recorder.deciding = transcripts, deciding
        return self._gone.get(protocol, "")

    def release(self, trouble: str = "") -> None:
        """Let go of a module's results; with trouble in the control after it, they are inconclusive."""
        after = f", last during {self._reached}" if self._reached else ""
        for result in self._held_back:
            self._publish(
                _inconclusive(result, f"the target no longer answers ({trouble}){after}") if trouble else result
            )
        self._held_back.clear()
        self._reached = ""

    def _publish(self, result: Result) -> None:
        self.results.append(result)
        self.emit(result)

    def finish(self, wanted: Collection[str]) -> None:
        """Publish what the wanted audits have come to, and let go of what was kept for the run."""
        self.release()
        for audit in audits.AUDITS:
            if audit.id in wanted and audit.protocol in self.auditors:
                self._publish(self._audited(audit, self.auditors[audit.protocol].findings[audit.id]))
        if self.maildrop is not None and "pop3" not in self._gone:
            with contextlib.suppress(Inconclusive, NotSupported):
                self.maildrop.clear()
        for dial in self.dials.values():
            dial.retire()

    def _audited(self, audit: audits.Audit, finding: audits.Finding) -> Result:
        if finding.trouble:
            attempt = Attempt(Outcome.BROKEN, why=finding.trouble.observed)
        elif finding.held:
            attempt = Attempt(Outcome.HELD)
        else:
            attempt = Attempt(Outcome.ABSENT, why="nothing of the kind was heard in this run")
        self.dialler.recorder.clear()
        result = self._result(audit.as_check(), attempt, 0.0, 1)
        return (
            replace(result, evidence=Evidence(transcript=finding.place[0], line=finding.place[1]))
            if finding.place
            else result
        )

    def refutation(self, check: Check, honest: Attempt, body: Callable[[], None]) -> str:
        """Run a check through its fault and return `proven`, `unproven: ...` or `not held: ...`.

        Only a check that holds on this peer can be proven on it.
        """
        if honest.outcome is not Outcome.HELD or check.refuted_by is None:
            return f"not held: {honest.outcome} {honest.why}".strip()
        self.lie(check.refuted_by)
        round_trip = self.profiles[check.protocol].round_trip
        self.dialler.recorder.longest_wait = max(2.0, 20 * round_trip)  # a lie may be silence
        try:
            lied = self.attempt(check, body)
        finally:
            self.dialler.recorder.longest_wait = float("inf")
            self.truth()
        return "proven" if lied.outcome is Outcome.BROKEN else f"unproven: {lied.outcome} {lied.why}".strip()

    def lie(self, fault: Fault) -> None:
        """Put a fault into every connection from now on."""
        lying.install(fault, self.dialler)

    def truth(self) -> None:
        """Take the fault away."""
        lying.remove(self.dialler)


def _attempt_of(error: BaseException) -> Attempt:
    if isinstance(error, NotSupported):
        return Attempt(Outcome.ABSENT, None, str(error), error)
    if isinstance(error, Inconclusive):
        return Attempt(Outcome.UNCLEAR, error.reason, error.why, error)
    if isinstance(error, DeliveryError):
        return Attempt(Outcome.UNCLEAR, Reason.NOT_SET_UP, str(error), error)
    if isinstance(error, Flaky):
        return Attempt(Outcome.UNCLEAR, Reason.FLAKY, _shown(error), error)
    if isinstance(error, AssertionError):
        return Attempt(Outcome.BROKEN, None, _shown(error), error)
    return _crash_of(error)


def _own_line(error: BaseException) -> str:
    """Where the text of a check raised this by itself, as "file:line"; empty if whatever it calls did: that is our crash."""
    where = traceback.extract_tb(error.__traceback__)[-1:]
    return next((f"{n}:{at.lineno}" for at in where if (n := Path(at.filename).name).startswith("test_")), "")


def _crash_of(error: BaseException) -> Attempt:
    if isinstance(error, LookupError | ValueError | TypeError) and (line := _own_line(error)):
        why = f"an answer lacks what the check takes from it ({type(error).__name__}: {_shown(error)} in {line})"
        return Attempt(Outcome.UNCLEAR, Reason.PRECONDITION, why, error)
    return Attempt(Outcome.CRASHED, None, f"{type(error).__name__}: {_shown(error)}", error)


def _replayed(error: BaseException | None) -> bool:
    """Whether Hypothesis has already run the failing example again: it calls what does not repeat Flaky."""
    return isinstance(error, AssertionError) and any(
        note.startswith(_REPLAYED) for note in getattr(error, "__notes__", ())
    )


def _shown(error: BaseException) -> str:
    """The assertion in a few lines, with nothing in it that a terminal would obey."""
    lines = [line for line in str(error).splitlines() if line.strip() and " object at 0x" not in line]
    return "\n".join(
        "".join(c if c.isprintable() else quote(c.encode())[1:-1] for c in line)[:300] for line in lines[:6]
    )


def _inconclusive(result: Result, why: str) -> Result:
    return replace(
        result,
        outcome=Outcome.UNCLEAR,
        verdict=judge(Outcome.UNCLEAR, result.level),
        reason=Reason.CONNECTION_LOST,
        why=why,
        expected="",
        observed="",
    )


def _require_capability(profile: Profile, name: str) -> None:
    if profile.announced(name):
        return
    listed = sorted({tag for caps in profile.capabilities.values() for tag in caps})
    raise NotSupported(f"{name} is not announced; capabilities are {' '.join(listed) or 'not told at all'}")
