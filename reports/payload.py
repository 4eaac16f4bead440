"""What the page's script needs: checks in the order of the RFCs, their results, what the RFCs demand, transcripts.

Invariant: every string in it is visible text (see text), and transcripts are those of the run folder. All of them
travel along up to six targets; beyond that only those of results that are not a plain pass, and the page says where
the others lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.reports import by_hand, evidence
from conformance.reports.findings import shown
from conformance.reports.matrix import title_of
from conformance.reports.reproduce import command
from conformance.reports.text import block, natural, visible
from conformance.results import Result, Run
from conformance.verdicts import Verdict

ALL_TRANSCRIPTS_UP_TO = 6
_ACCUSING = (Verdict.FAIL, Verdict.WARN)


def payload(run: Run) -> Mapping[str, Any]:
    """Return the data of the page's script, JSON-ready."""
    known = run.header.get("requirements", {})
    used = dict.fromkeys(identifier for result in run.results for identifier in result.requirements)
    rfcs = {known[identifier].get("rfc") for identifier in used if identifier in known} - {None}
    texts = [identifier for identifier, fields in known.items() if fields.get("rfc") in rfcs]
    return {
        "targets": [{"name": visible(fields["name"]), "label": visible(str(fields.get("label", "")))} for fields in run.header["targets"]],
        "rfcs": {rfc: visible(title_of(run, rfc)) for rfc in sorted(rfcs | {result.rfc for result in run.results})},
        "requirements": {visible(identifier): _requirement(run, identifier) for identifier in dict.fromkeys([*texts, *used])},
        "checks": list(_checks(run)),
        "transcripts": dict(_transcripts(run)),
    }  # fmt: skip


def _requirement(run: Run, identifier: str) -> Mapping[str, Any]:
    known = run.header.get("requirements", {}).get(identifier, {})
    return {key: visible(value) if isinstance(value, str) else value for key, value in known.items()}


def _checks(run: Run) -> Iterator[Mapping[str, Any]]:
    grouped: dict[str, list[Result]] = {}
    for result in run.results:
        grouped.setdefault(result.check, []).append(result)
    for results in sorted(grouped.values(), key=lambda group: (group[0].rfc, natural(group[0].section))):
        yield _check(run, results)


def _check(run: Run, results: list[Result]) -> Mapping[str, Any]:
    head = results[0]
    by_target: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        by_target.setdefault(visible(result.target), []).append(_result(run, result))
    return {
        "id": visible(head.check),
        "title": visible(head.title),
        "rfc": head.rfc,
        "section": visible(head.section),
        "level": head.level.value,
        "inferred": head.inferred,
        "requirements": [visible(identifier) for identifier in head.requirements],
        "results": by_target,
    }


def _result(run: Run, result: Result) -> Mapping[str, Any]:
    place = result.evidence
    return {
        "verdict": shown(result).value,
        "waiver": visible(result.waiver) if result.waiver is not None else None,
        "reason": result.reason,
        "why": block(result.why),
        "expected": block(result.expected),
        "observed": block(result.observed),
        "evidence": {"file": visible(place.transcript), "line": place.line, "key": _key(result)} if place else None,
        "seconds": result.seconds,
        "attempts": result.attempts,
        "seed": result.seed,
        "proven": result.proven,
        "again": visible(command(run, result)),
        "by_hand": block(by_hand.render(run, result)) if shown(result) in _ACCUSING else "",
    }


def _key(result: Result) -> str:
    return f"{result.evidence.transcript}:{result.evidence.line}" if result.evidence else ""


def _transcripts(run: Run) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield excerpts by transcript and deciding line; two results that share both share one."""
    for result in _embedded(run):
        text = evidence.read(run.folder, result.evidence.transcript) if result.evidence else None
        if text and result.evidence:
            first, lines = evidence.excerpt(text, result.evidence.line)
            yield _key(result), {"first": first, "lines": lines}


def _embedded(run: Run) -> Iterable[Result]:
    few = len(run.targets) <= ALL_TRANSCRIPTS_UP_TO
    return (result for result in run.results if few or result.verdict is not Verdict.PASS)
