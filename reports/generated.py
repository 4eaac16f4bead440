"""What checks found that make up their input: what the client said when it was seen, and how to see it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance import transcript
from conformance.reports import evidence
from conformance.reports.findings import shown, worst
from conformance.reports.reproduce import command
from conformance.reports.text import Spoken, octets
from conformance.results import Result, Run
from conformance.transcript import Event
from conformance.verdicts import Verdict

LINES = 12
OCTETS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One thing that the client said: for people, and in hexadecimal (at most OCTETS of it)."""

    said: Spoken
    hexadecimal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding of such a check, with what the client said last on that connection before the line that decided.

    Of that, at most LINES; the conversation is that of the last example that Hypothesis tried, the smallest it knows.
    """

    result: Result
    sent: tuple[Sent, ...]
    line: Spoken | None
    again: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """One check that makes up its input; results by target, the gravest case of each."""

    name: str
    title: str
    results: Mapping[str, Result]
    found: tuple[Found, ...]


def generated(run: Run) -> tuple[Generated, ...]:
    """Return the checks of a run that make up their input, those with a finding first."""
    names = frozenset(map(str, run.header.get("generated", ())))
    grouped: dict[str, list[Result]] = {}
    for result in run.results:
        name = result.check.partition("[")[0]
        if name in names:
            grouped.setdefault(name, []).append(result)
    return tuple(sorted((_generated(run, *group) for group in grouped.items()), key=lambda g: (not g.found, g.name)))


def _generated(run: Run, name: str, results: list[Result]) -> Generated:
    targets = dict.fromkeys(result.target for result in results)
    folded = {target: worst(tuple(r for r in results if r.target == target)) for target in targets}
    accusing = [result for result in folded.values() if shown(result) in {Verdict.FAIL, Verdict.WARN}]
    return Generated(name=name, title=results[0].title, results=folded, found=tuple(_found(run, r) for r in accusing))


def _found(run: Run, result: Result) -> Found:
    return Found(
        result=result,
        sent=_sent(run, result),
        line=evidence.deciding(run.folder, result.evidence),
        again=command(run, result),
    )


def _sent(run: Run, result: Result) -> tuple[Sent, ...]:
    text = evidence.read(run.folder, result.evidence.transcript) if result.evidence else None
    if not text or not result.evidence:
        return ()
    events = [event for line in text.split("\n")[: result.evidence.line] for event in _events(line)]
    said = [e for e in events if e.connection == events[-1].connection and e.side == "C" and e.kind == "bytes"]
    return tuple(_told(event) for event in said[-LINES:])


def _events(line: str) -> tuple[Event, ...]:
    try:
        return tuple(transcript.from_text(line))
    except ValueError:
        return ()


def _told(event: Event) -> Sent:
    more = " …" if len(event.data) > OCTETS else ""
    return Sent(said=Spoken(side="C", text=octets(event.data)), hexadecimal=event.data[:OCTETS].hex(" ") + more)
