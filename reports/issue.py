"""A bug report, ready to file with whoever makes the server: one check, what is due, what was seen, and how to see it again.

Invariant: the conversation is the shortest stretch that ends with what decided, and everything the server said stands
in code that nothing in it can leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.reports import evidence
from conformance.reports.findings import Accusation, findings
from conformance.reports.markdown import code, prose
from conformance.reports.reproduce import command
from conformance.reports.text import Spoken, plural, shortened, spoken
from conformance.results import Result, Run

LINES_BEFORE, LINES_AFTER = 12, 2
_LINE_CHARACTERS = 400


class IssueError(Exception):
    """A check of which there is nothing to report; the message is one line."""


def render(run: Run, check: str, target: str | None = None) -> str:
    """Write the bug report of a check (all its cases, or `check[case]`) on a target as Markdown; raises IssueError."""
    accusations = _accusations(run, check, target)
    result = accusations[0].result
    parts = [
        f"# {prose(result.title)}",
        _demand(run, result),
        "\n".join(_answers(accusations)),
        _conversation(run, result),
        f"## Server\n\n{_server(run, result.target)}",
        f"## Again\n\n{_fenced([command(run, result)])}",
        _origin(run, result),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _origin(run: Run, result: Result) -> str:
    version, name, started = (prose(str(run.header.get(key))) for key in ("suite_version", "run", "started"))
    return f"Found by mailconform {version}, run {name} of {started}; seen in {plural(result.attempts, 'attempt')}."


def _accusations(run: Run, check: str, target: str | None) -> tuple[Accusation, ...]:
    """Return what accuses the target in this check, or raise an error that says why there is nothing to report."""
    asked = [result for result in run.results if check in (result.check, result.check.partition("[")[0])]
    if not asked:
        raise IssueError(f"{run.folder} has no result of {check}")
    broken = [
        accusation for finding in findings(run) for accusation in finding.accusations if accusation.result in asked
    ]
    hit = list(dict.fromkeys(accusation.result.target for accusation in broken))
    if not broken:
        said = ", ".join(f"{result.verdict} on {result.target}" for result in asked)
        raise IssueError(f"{check} accuses nobody in {run.folder}: {shortened(said, _LINE_CHARACTERS)}")
    if target is None and len(hit) > 1:
        raise IssueError(f"{check} accuses several targets: choose with --target ({', '.join(hit)})")
    if target is not None and target not in hit:
        raise IssueError(f"{check} does not accuse {target} in {run.folder} (it does: {', '.join(hit)})")
    return tuple(accusation for accusation in broken if accusation.result.target == (target or hit[0]))


def _demand(run: Run, result: Result) -> str:
    lines = [f"RFC {result.rfc} section {prose(result.section)}, {result.level}" + _inferred(result.inferred)]
    for name in result.requirements:
        known = run.header.get("requirements", {}).get(name)
        if known:
            source = f"RFC {known['rfc']} section {prose(str(known['section']))}, {known['level']}"
            lines.append(f"- {prose(str(known['text']))} ({source}{_inferred(known['inferred'])})")
    return "\n".join([lines[0], "", *lines[1:]]).rstrip()


def _inferred(inferred: bool) -> str:
    return " (inferred: expected of a robust server, not stated by the RFC)" if inferred else ""


def _answers(accusations: tuple[Accusation, ...]) -> Iterator[str]:
    expected = accusations[0].result.expected
    if expected:
        yield f"- expected: {code(expected)}"
    for accusation in accusations:
        _, bracket, case = accusation.result.check.partition("[")
        which = f" {code(bracket + case)}" if len(accusations) > 1 and case else ""
        yield f"- observed{which}: {code(accusation.result.observed or 'see the conversation')}"


def _conversation(run: Run, result: Result) -> str:
    """Return the deciding line with what led to it, since the connection began or as far as a reader needs."""
    proof = result.evidence
    text = evidence.read(run.folder, proof.transcript) if proof else None
    if proof is None or not text:
        return ""
    lines = text.removesuffix("\n").split("\n")
    if not 1 <= proof.line <= len(lines):
        return ""
    first = max(proof.line - 1 - LINES_BEFORE, 0)
    kept = [_said(spoken(line)) for line in lines[first : proof.line + LINES_AFTER]]
    marked = [f"{'>' if number == proof.line else ' '} {line}" for number, line in enumerate(kept, first + 1)]
    cut = [f"  ({plural(first, 'line')} before)"] if first else []
    where = f"{code(proof.transcript)}, line {proof.line}, marked with `>`"
    return f"## Conversation\n\nC is the harness, S the server; {where}.\n\n{_fenced([*cut, *marked])}"


def _said(line: Spoken) -> str:
    return shortened(str(line), _LINE_CHARACTERS)


def _server(run: Run, target: str) -> str:
    fields = next(fields for fields in run.header["targets"] if fields["name"] == target)
    announced = fields.get("announced") or {}
    facts = {"product": fields.get("product"), "announces": announced.get("greeting")}
    lines = [f"- {name}: {code(shortened(str(fact), _LINE_CHARACTERS))}" for name, fact in facts.items() if fact]
    for stage, words in (announced.get("capabilities") or {}).items():
        lines.append(f"- offers {prose(str(stage))}: {code(' '.join(map(str, words)))}")
    return "\n".join(lines) or "It says nothing of itself."


def _fenced(lines: list[str]) -> str:
    """Return lines as a code block whose fence is longer than any in them."""
    text = "\n".join(lines)
    fence = "`" * max(3, max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence}\n{text}\n{fence}"
