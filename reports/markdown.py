"""Markdown for a pull request or a job summary: the grid, the first findings, what was not judged.

Invariant: less than 60 KB, so that it fits where it is pasted, and what was left out for that is counted. Whatever the
server said stands in code spans whose fence is longer than any in the text, so that it is never read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

from tabulate import tabulate

from conformance.reports import baseline, deviations
from conformance.reports.findings import Accusation, Finding, Unjudged, by_why, findings, not_judged
from conformance.reports.matrix import INTERRUPTED, MEANINGS, Fold, counts, fold, not_run, title_of, unreached
from conformance.reports.notes import tables
from conformance.reports.reproduce import command
from conformance.reports.text import plural, shortened, visible
from conformance.results import Result, Run
from conformance.verdicts import MARKS

LIMIT_OCTETS = 60_000
_FINDINGS_OCTETS = 36_000
_SAID_CHARACTERS = 300
_NAMED_CHECKS = 5
_GROUPS = 7
_NAMED_REASONS = 10


def render(run: Run) -> str:
    """Write a run as GitHub-flavoured Markdown."""
    parts = ["# Mail standards report", _facts(run), *([f"> **{INTERRUPTED}**"] if run.interrupted else [])]
    parts += [prose(baseline.sentence(run)), _grid(run), _legend(), _scope(run), *_findings(run), *_noted(run)]
    parts += [*_unjudged(run), *_waivers(run)]
    return limited("\n\n".join(filter(None, parts)) + "\n")


def code(text: str) -> str:
    """Return text as a code span that nothing in it can leave (not for tables, which end at a bar even there)."""
    shown = visible(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    return f"{fence} {shown} {fence}" if fence != "`" else f"`{shown}`"


def prose(text: str) -> str:
    """Return text with every character escaped that Markdown or HTML would act on."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&@:-])", r"\\\1", visible(text))


def _facts(run: Run) -> str:
    header, footer = run.header, run.footer or {}
    end = f"exit {footer.get('exit')} ({prose(str(footer.get('why')))})" if run.footer else "interrupted"
    facts = {"run": "run", "suite": "suite_version", "started": "started", "profile": "profile", "seed": "seed"}
    told = [f"{name} {code(str(header[key]))}" for name, key in facts.items() if header.get(key) is not None]
    return " · ".join([*told, end])


def _grid(run: Run) -> str:
    entries = fold(run)
    cells = {(entry.rfc, entry.target): _cell(entry) for entry in entries}
    rows = [
        [f"RFC {rfc}<br>{prose(title_of(run, rfc))}", *(cells[rfc, name] for name in run.targets)]
        for rfc in dict.fromkeys(entry.rfc for entry in entries)
    ]
    return tabulate(rows, headers=["", *map(prose, run.targets)], tablefmt="github", disable_numparse=True)


def _cell(entry: Fold) -> str:
    return "<br>".join([f"{entry.word.mark} {entry.word.value}", *counts(entry)])


def _legend() -> str:
    return " · ".join(f"{mark} {meaning}" for mark, meaning in MEANINGS.items())


def _scope(run: Run) -> str:
    lines = [f"- RFC {entry.rfc}, {prose(entry.target)}: {entry.sentence}" for entry in fold(run)]
    lines += [f"- RFC {rfc}: not run at all" for rfc in not_run(run)]
    return "\n".join(
        lines + [f"- {prose(name)}: nothing could be judged: {_said(why)}" for name, why in unreached(run)]
    )


def _findings(run: Run) -> Iterator[str]:
    found = findings(run)
    kept = list(_fitting((_finding(run, finding) for finding in found), _FINDINGS_OCTETS))
    if found:
        yield "## First things to look at"
        yield from kept
    if len(kept) < len(found):
        yield f"{plural(len(found) - len(kept), 'further finding')} in the full report."


def _finding(run: Run, finding: Finding) -> str:
    inferred, waived = " (inferred)" if finding.inferred else "", " (waived)" if finding.waived else ""
    known = " (known)" if finding.known else ""
    head = f"### {MARKS[finding.verdict]} {finding.level}{inferred}{waived}{known}: {prose(finding.title)}"
    cases = f" ({finding.cases} cases)" if finding.cases > 1 else ""
    source = f"{code(finding.name)}{cases}, RFC {finding.rfc} section {prose(finding.section)}"
    expected = finding.accusations[0].result.expected
    lines = [f"- expected: {_said(expected)}"] if expected else []
    return "\n\n".join(
        [head, source, "\n".join([*lines, *(_accusation(run, group) for group in finding.alike[:_GROUPS])])]
    )


def _accusation(run: Run, group: tuple[Accusation, ...]) -> str:
    result, line = group[0].result, group[0].line
    names = ", ".join(f"**{prose(accusation.where)}**" for accusation in group)
    facts = [f"- {names}: {_said(result.observed)}"]
    facts += [f"  - line that decided: {_said(str(line))}"] if line else []
    facts += [f"  - waived: {_said(result.waiver)}"] if result.waiver is not None else []
    return "\n".join([*facts, f"  - again: {code(command(run, result))}"])


def _said(text: str) -> str:
    return code(shortened(text, _SAID_CHARACTERS)) if text else "(nothing noted)"


def _noted(run: Run) -> Iterator[str]:
    for title, rows in tables(run).items():
        yield f"## Noted: {prose(title)}"
        cells = [
            [prose(case), *(prose(shortened(row.get(name, ""), _SAID_CHARACTERS)) for name in run.targets)]
            for case, row in rows.items()
        ]
        yield tabulate(cells, headers=["", *map(prose, run.targets)], tablefmt="github", disable_numparse=True)


def _unjudged(run: Run) -> Iterator[str]:
    groups = not_judged(run)
    if groups:
        yield "## Not judged"
        yield from (_reason(group) for group in groups)


def _waivers(run: Run) -> Iterator[str]:
    said = [f"- {prose(problem)}" for problem in deviations.problems(run)]
    if said:
        yield "## Waivers"
        yield "\n".join(said)


def _reason(group: Unjudged) -> str:
    mark, number = MARKS[group.results[0].verdict], plural(len(group.results), "result")
    explained = by_why(group.results)
    lines = [_explained(why, results) for why, results in explained[:_NAMED_REASONS]]
    more = [f"- and {len(explained) - _NAMED_REASONS} more"] if len(explained) > _NAMED_REASONS else []
    return "\n".join([f"**{mark} {group.reason}**, {number}. {group.advice}", "", *lines, *more])


def _explained(why: str, results: tuple[Result, ...]) -> str:
    named = ", ".join(f"{code(result.check)} ({prose(result.target)})" for result in results[:_NAMED_CHECKS])
    more = f" and {len(results) - _NAMED_CHECKS} more" if len(results) > _NAMED_CHECKS else ""
    return f"- {_said(why)}: {named}{more}"


def limited(text: str) -> str:
    """Return text of at most the allowed octets, whole lines, with a last line that says so where it was cut."""
    if len(text.encode()) < LIMIT_OCTETS:
        return text
    cut = "\n\nThis page is cut here; the full report has the rest.\n"
    kept = text.encode()[: LIMIT_OCTETS - len(cut) - 1].decode(errors="ignore")
    return kept[: kept.rindex("\n")] + cut


def _fitting(parts: Iterable[str], octets: int) -> Iterator[str]:
    """Yield the first parts that fit in a number of octets together."""
    held = list(parts)
    sizes = accumulate(len(part.encode()) + 2 for part in held)
    yield from (part for part, size in zip(held, sizes, strict=True) if size <= octets)
