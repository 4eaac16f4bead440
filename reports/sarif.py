"""SARIF 2.1.0, for code scanning and whatever else collects findings: one rule a requirement, one result an accusation.

Invariant: only findings are results, because not every reader knows what else a result may be; what could not be judged
is a notification of the invocation, which did not succeed unless the run came to a verdict. A finding keeps its
fingerprint from run to run, whatever the server says this time. Server text is shown, never a link or a placeholder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from conformance.reports import baseline, deviations, evidence
from conformance.reports.findings import not_judged, shown
from conformance.reports.matrix import INTERRUPTED, unreached
from conformance.reports.text import plural, shortened, visible
from conformance.requirements import Level
from conformance.results import Result, Run
from conformance.verdicts import Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Verdict.FAIL: "error", Verdict.WARN: "warning"}
_STRENGTHS = {2: "error", 1: "warning", 0: "note"}
_VERDICT_EXITS = (0, 1, 7)
"""Exit codes of a run that came to a verdict: nothing found, findings, and a problem with the waivers alone."""
_SAID_CHARACTERS = 500


def render(run: Run) -> str:
    """Write a run as a SARIF log."""
    found = [(line, result) for line, result in enumerate(run.results, 2) if shown(result) in _LEVELS]
    rules = {_rule_id(result): _rule(run, result) for _, result in found}
    places = {name: number for number, name in enumerate(rules)}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(run, list(rules.values()))},
                "automationDetails": {"id": _category(run)},
                "originalUriBaseIds": {"RUN": {"description": {"text": "the run folder"}}},
                "invocations": [_invocation(run)],
                "columnKind": "unicodeCodePoints",
                "results": [_result(run, result, line, places) for line, result in found],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def fingerprint(result: Result) -> str:
    """Return what names a finding in every run: a digest of target and check with its case, 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps([result.target, result.check]).encode()).hexdigest()[:32]


def section_address(rfc: int, section: str) -> str:
    """Return the address of a section of an RFC at its editor's."""
    part = "section" if section[:1].isdigit() else "appendix"
    return f"https://www.rfc-editor.org/rfc/rfc{rfc}#{part}-{quote(visible(section))}"


def _driver(run: Run, rules: list[dict[str, Any]]) -> dict[str, Any]:
    version = visible(str(run.header.get("suite_version", "")))
    return {"name": "mailconform", **({"version": version} if version else {}), "rules": rules}


def _category(run: Run) -> str:
    """Return the name under which runs follow each other; the last part is this run's own."""
    names = "+".join(visible(name) for name in run.targets)
    return f"mailconform/{names}/{visible(str(run.header.get('run', '')))}"


def _rule_id(result: Result) -> str:
    return visible(result.requirements[0]) if result.requirements else visible(result.check.partition("[")[0])


def _rule(run: Run, result: Result) -> dict[str, Any]:
    known: Mapping[str, Any] = run.header.get("requirements", {}).get(next(iter(result.requirements), ""), {})
    rfc, section = known.get("rfc", result.rfc), str(known.get("section", result.section))
    level, inferred = str(known.get("level", result.level)), known.get("inferred", result.inferred)
    place = f"RFC {rfc} section {visible(section)}"
    strength = Level(level).strength if level in set(Level) else result.level.strength
    return {
        "id": _rule_id(result),
        "name": place,
        "shortDescription": {"text": _text(f"{place}, {level}{' (inferred)' if inferred else ''}")},
        "fullDescription": {"text": _text(str(known.get("text", result.title)))},
        "helpUri": section_address(rfc, section),
        "defaultConfiguration": {"level": _STRENGTHS[min(strength, 1) if inferred else strength]},
        "properties": {"tags": [f"rfc{rfc}", visible(level)]},
    }


def _result(run: Run, result: Result, line: int, places: Mapping[str, int]) -> dict[str, Any]:
    mark = fingerprint(result)
    fields: dict[str, Any] = {
        "ruleId": _rule_id(result),
        "ruleIndex": places[_rule_id(result)],
        "kind": "fail",
        "level": _LEVELS[shown(result)],
        "message": {"text": _message(result)},
        "locations": [_location(run, result, line)],
        "fingerprints": {"mailconform/v1": mark},
        "partialFingerprints": {"primaryLocationLineHash": mark},  # the one that GitHub compares
        "properties": {"check": visible(result.check), "requirements": [visible(name) for name in result.requirements]},
    }
    if (run.footer or {}).get("baseline"):
        fields["baselineState"] = "unchanged" if baseline.is_known(run, result) else "new"
    if result.waiver is not None:
        fields["suppressions"] = [{"kind": "external", "status": "accepted", "justification": visible(result.waiver)}]
    return fields


def _message(result: Result) -> str:
    facts = {"expected": result.expected, "observed": result.observed}
    told = [f"{name} {shortened(fact, _SAID_CHARACTERS)}" for name, fact in facts.items() if fact]
    return _text("; ".join([f"{result.target}: {result.title}", *told]))


def _text(text: str) -> str:
    """Return visible text in which nothing is a placeholder ({0}) or a link (SARIF 2.1.0 sections 3.11.5 and 3.11.6)."""
    shown_text = visible(text).replace("{", "{{").replace("}", "}}")
    return shown_text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(run: Run, result: Result, line: int) -> dict[str, Any]:
    """Point at the transcript line that decided; where none was kept, at the line of the results file."""
    said, proof = evidence.deciding(run.folder, result.evidence), result.evidence
    name, number = (proof.transcript, proof.line) if said and proof else ("results.jsonl", line)
    region: dict[str, Any] = {"startLine": number}
    if said:
        region["snippet"] = {"text": shortened(str(said), _SAID_CHARACTERS)}
    target, check = visible(result.target), visible(result.check)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(visible(name)), "uriBaseId": "RUN"},
            "region": region,
        },
        "logicalLocations": [{"name": target, "fullyQualifiedName": f"{target}/{check}", "kind": "resource"}],
    }


def _invocation(run: Run) -> dict[str, Any]:
    footer = run.footer or {}
    code = footer.get("exit")
    fields: dict[str, Any] = {"executionSuccessful": code in _VERDICT_EXITS and not unreached(run)}
    if isinstance(code, int):
        fields |= {"exitCode": code, "exitCodeDescription": visible(str(footer.get("why", "")))}
    for name, time in (("startTimeUtc", run.header.get("started")), ("endTimeUtc", footer.get("finished"))):
        if time:
            fields[name] = visible(str(time))[:19] + "Z"
    return fields | {"toolExecutionNotifications": list(_notifications(run))}


def _notifications(run: Run) -> Iterator[dict[str, Any]]:
    if run.interrupted:
        yield _notification("error", INTERRUPTED)
    for name, why in unreached(run):
        yield _notification("error", f"{name}: nothing could be judged: {why}")
    for group in not_judged(run):
        level = "error" if group.results[0].verdict is Verdict.ERROR else "warning"
        first = group.results[0]
        number = plural(len(group.results), "result")
        yield _notification(
            level, f"not judged, {group.reason}: {number}, first {first.check} on {first.target}: {first.why}"
        )
    for problem in deviations.problems(run):
        yield _notification("warning", problem)


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _text(shortened(text, _SAID_CHARACTERS))}}
