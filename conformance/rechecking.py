"""Today's audits over the conversations that a run has kept: what the rules of this version say of them, without a network.

Audits only: a check asks, and what it would ask today nobody has answered. What was not kept, or cut, is not heard:
an audit that holds in a run may have nothing to say of what is left of it, and that accuses nobody.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from conformance import audits_imap, audits_pop3, audits_smtp, results, running
from conformance.audits import AUDITS, Audit, Auditor, Finding, line_of
from conformance.discovery import CannotJudge, Capabilities, Profile
from conformance.exits import Exit
from conformance.protocols import PROTOCOLS
from conformance.requirements import Catalogue
from conformance.results import Evidence, Result, ResultsError, Run
from conformance.target import Target, TargetError, parse_endpoint
from conformance.transcript import Event, Transcript, from_text
from conformance.verdicts import Outcome, judge, leading

_LOADED = (audits_pop3, audits_imap, audits_smtp)  # importing them registers their audits
_CUT = b"octets, not kept)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """What an audit says now of a target, and what the run had said; None where it had not been asked."""

    before: Result | None
    now: Result

    @property
    def new(self) -> bool:
        """Whether it accuses where the run did not."""
        return self.now.outcome is Outcome.BROKEN and (self.before is None or self.before.outcome is not Outcome.BROKEN)

    @property
    def gone(self) -> bool:
        """Whether it was heard again, and no longer accuses where the run did."""
        return self.now.outcome is Outcome.HELD and self.before is not None and self.before.outcome is Outcome.BROKEN


def recheck(run: Run) -> tuple[Rechecked, ...]:
    """Have each audit that finds something to say read what the run has kept; raises ResultsError, and CannotJudge if there is nothing."""
    known = running.catalogue()
    before = {(result.target, result.check): result for result in run.results}
    everything = run.header.get("selectors") == []  # else an audit that is missing was not asked for
    found = [
        Rechecked(before=before.get((target, result.check)), now=_carried(result, before.get((target, result.check))))
        for target in run.targets
        for result in _of_target(run, target, known)
        if everything or (target, result.check) in before
    ]
    if not found:
        raise CannotJudge(f"{run.folder} holds no conversation of which an audit that was asked has anything to say")
    return tuple(found)


def write(run: Run, found: Sequence[Rechecked], folder: Path, code: Exit, why: str) -> Run:
    """Write a run folder of its own: the run's results, with those of the audits as they are now; raises ResultsError."""
    if folder.resolve() == run.folder.resolve():
        raise ResultsError(f"{folder} is the run to recheck: give another run folder")
    said = {(entry.now.target, entry.now.check): entry.now for entry in found}
    kept = [said.pop((result.target, result.check), result) for result in run.results]
    header = {key: value for key, value in run.header.items() if key not in ("kind", "format")}
    lines = [
        results.header_line({**header, "rechecked": running.version()}),
        *(result.to_json() for result in (*kept, *said.values())),
        results.footer_line(running.footer((*kept, *said.values()), code, why, (run.footer or {}).get("targets", {}))),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(run.folder / "transcripts", folder / "transcripts", dirs_exist_ok=True)
    (folder / "results.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return results.read(folder)


def _carried(now: Result, before: Result | None) -> Result:
    """Return a result with what the run had added to the same one: whether the audit is proven, and its waiver."""
    if before is None:
        return now
    return replace(now, proven=before.proven, waiver=before.waiver if before.outcome is now.outcome else None)


def _of_target(run: Run, name: str, known: Catalogue) -> Iterator[Result]:
    fields = next(fields for fields in run.header["targets"] if fields["name"] == name)
    auditors = [Auditor(profile, PROTOCOLS[profile.protocol].conversations) for profile in profiles(fields)]
    for file in _files(run, name):
        events, transcripts = _kept(file)
        place = file.relative_to(run.folder).as_posix()
        for auditor in auditors:
            auditor.read(transcripts, lambda at, offset: (place, line_of(events, at, offset)))  # noqa: B023 - called at once
    for auditor in auditors:
        for audit in AUDITS:
            finding = auditor.findings.get(audit.id)
            if finding and (finding.trouble or finding.held):
                yield _result(name, audit, finding, known)


def _files(run: Run, name: str) -> list[Path]:
    """Return the transcript files of a target; nothing outside the run folder, whatever its name is."""
    folder = run.folder / "transcripts" / name
    return sorted(folder.glob("*.txt")) if folder.resolve().is_relative_to(run.folder.resolve()) else []


def _kept(file: Path) -> tuple[list[Event], list[Transcript]]:
    """Return the events of a transcript file, and its connections, each up to where it was cut; raises ResultsError."""
    try:
        events = from_text(file.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    connections: dict[int, list[Event]] = {}
    for event in events:
        connections.setdefault(event.connection, []).append(event)
    return events, [Transcript.of(list(takewhile(_whole, said))) for said in connections.values()]


def _whole(event: Event) -> bool:
    return event.kind != "note" or not event.data.endswith(_CUT)


def profiles(fields: Mapping[str, Any]) -> Iterator[Profile]:
    """Make what discovery had found of a target, by protocol, from what the run's header tells of it."""
    try:
        endpoints = tuple(parse_endpoint(str(url)) for url in fields.get("endpoints", ()))
    except TargetError as error:
        raise ResultsError(f"the header names an endpoint that is none: {error}") from error
    announced = fields.get("announced") or {}
    target = Target(name=str(fields["name"]), endpoints=endpoints)
    listed: Mapping[str, Sequence[str]] = announced.get("capabilities") or {}
    for protocol in dict.fromkeys(endpoint.protocol for endpoint in endpoints):
        mine = {stage.partition(" ")[2]: words for stage, words in listed.items() if stage.startswith(protocol.upper())}
        capabilities = {stage: _capabilities(words, protocol) for stage, words in mine.items()}
        greeting = str(announced.get("greeting", ""))
        timestamp = protocol == "pop3" and "<" in greeting
        yield Profile(target=target, protocol=protocol, capabilities=capabilities, timestamp=timestamp)


def _capabilities(words: Sequence[str], protocol: str) -> Capabilities:
    """Read a stage's list as Profile.listed() writes it: AUTH=PLAIN in IMAP, SASL PLAIN LOGIN elsewhere."""
    found: dict[str, tuple[str, ...]] = {}
    for word in map(str, words):
        if protocol == "imap":
            name, _, value = word.partition("=")
            found[name] = (*found.get(name, ()), *([value] if value else []))
        else:
            name, *parameters = word.split() or [""]
            found[name] = tuple(parameters)
    return found


def _result(target: str, audit: Audit, finding: Finding, known: Catalogue) -> Result:
    lead = leading([known[requirement] for requirement in audit.requirements])
    outcome = Outcome.BROKEN if finding.trouble else Outcome.HELD
    result = Result(
        target=target,
        check=audit.id,
        title=audit.title,
        requirements=audit.requirements,
        rfc=lead.rfc,
        section=lead.section,
        level=lead.level,
        inferred=lead.inferred,
        outcome=outcome,
        verdict=judge(outcome, lead.level),
    )
    if finding.trouble is None or finding.place is None:
        return result
    name, line = finding.place
    return replace(
        result,
        expected=lead.text,
        observed=finding.trouble.observed,
        evidence=Evidence(transcript=name, line=line),
    )
