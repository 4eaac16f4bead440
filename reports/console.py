"""The end of a run on a terminal: marks by section, findings, the grid, what could not be judged, and why this exit.

Invariant: plain text of 80 columns (an id, a command or a server's words may be longer), without colours and without
any character a terminal obeys; whoever prints it may add colour by the marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from conformance.reports import baseline, deviations
from conformance.reports.findings import Accusation, Finding, Unjudged, by_why, findings, not_judged
from conformance.reports.matrix import INTERRUPTED, Section, fold, grid, legend, not_run, sections, title_of, unreached
from conformance.reports.reproduce import command
from conformance.reports.text import block, plural, shortened, visible, wrapped
from conformance.results import Run
from conformance.verdicts import MARKS

_WIDTH = 80
_SAID_CHARACTERS = 240
_NAMED_CHECKS = 3
_GROUPS = 3


def render(run: Run) -> str:
    """Write everything the end of a run has to say; the last line gives the exit code and its reason."""
    parts = [render_sections(run), render_findings(run), render_summary(run)]
    return "\n\n".join(filter(None, parts))


def render_sections(run: Run) -> str:
    """Write one line a section and target with a mark for every result."""
    lines: list[str] = []
    for rfc, group in groupby(sections(run), key=lambda section: section.rfc):
        found = list(group)
        checks = plural(sum(section.checks for section in found), "check")
        head = shortened(visible(f"RFC {rfc}  {title_of(run, rfc)}"), _WIDTH - 14)
        lines += [f"{head:<{_WIDTH - 12}}{checks:>12}"]
        for section in found:
            lines += _section_lines(section, alone=len(run.targets) == 1)
    return "\n".join(lines)


def render_findings(run: Run) -> str:
    """Write every failure and warning, worst first, each with what was expected, seen, and the line that decided."""
    return "\n\n".join(_finding(run, finding) for finding in findings(run))


def render_summary(run: Run) -> str:
    """Write the grid, how far it reaches, what could not be judged and why the run ends with its exit code."""
    parts = [
        grid(run),
        legend(),
        _scope(run),
        _unjudged(run),
        wrapped(visible(baseline.sentence(run)), _WIDTH, "  "),
        "\n".join(wrapped(visible(f"! {problem}"), _WIDTH, "  ") for problem in deviations.problems(run)),
        _exit(run),
    ]
    return "\n\n".join(filter(None, parts))


def _section_lines(section: Section, *, alone: bool) -> Iterator[str]:
    width = max(map(len, section.marks), default=0)
    for number, (name, marks) in enumerate(section.marks.items()):
        label = "" if alone else f"{visible(name):<{width}}  "
        start = f"  {visible(section.section) if number == 0 else '':<8}{label}"
        yield wrapped(start + marks, _WIDTH, " " * len(start)) if marks else start.rstrip()


def _finding(run: Run, finding: Finding) -> str:
    inferred, waived = " (inferred)" if finding.inferred else "", " (waived)" if finding.waived else ""
    known = " (known)" if finding.known else ""
    source = f"RFC {finding.rfc} §{finding.section}"
    cases = f"  ({finding.cases} cases)" if finding.cases > 1 else ""
    head = f"{MARKS[finding.verdict]} {finding.level}{inferred}{waived}{known}  {finding.name}{cases}"
    title = f"  {visible(finding.title)}"
    titled = f"{title:<{_WIDTH - len(source)}}{source}" if len(title) + len(source) < _WIDTH else f"{title}  {source}"
    return "\n".join([visible(head), titled, *_accusations(run, finding)])


def _accusations(run: Run, finding: Finding) -> Iterator[str]:
    """Yield what was expected once, then what was seen once for all targets and cases answered alike."""
    yield from _fact("Expected", finding.accusations[0].result.expected)
    for group in finding.alike[:_GROUPS]:
        if len(run.targets) > 1 or finding.cases > 1:
            yield from _fact("On", ", ".join(accusation.where for accusation in group))
        yield from _facts(run, group[0])
    yield from _fact("Also on", ", ".join(group[0].where for group in finding.alike[_GROUPS:]))


def _facts(run: Run, accusation: Accusation) -> Iterator[str]:
    result = accusation.result
    yield from _fact("Observed", result.observed)
    yield from _fact("Line", str(accusation.line) if accusation.line else "")
    if result.evidence:
        yield from _fact("Evidence", f"{result.evidence.transcript} line {result.evidence.line}")
    yield from _fact("Waiver", result.waiver or "")
    yield from _fact("Again", command(run, result))


def _fact(name: str, text: str) -> Iterator[str]:
    if text:
        lines = shortened(block(text), _SAID_CHARACTERS).split("\n")
        yield f"    {name:<10}{lines[0]}"
        yield from (f"              {line}" for line in lines[1:])


def _scope(run: Run) -> str:
    """Return how far each RFC was tested: once if it is the same for all targets, else by target."""
    lines = []
    for rfc, group in groupby(fold(run), key=lambda entry: entry.rfc):
        sentences: dict[str, list[str]] = {}
        for entry in group:
            sentences.setdefault(entry.sentence, []).append(entry.target)
        for sentence, names in sentences.items():
            whom = f" ({', '.join(names)})" if len(sentences) > 1 else ""
            lines.append(wrapped(visible(f"RFC {rfc}: {sentence}{whom}"), _WIDTH, "  "))
    return "\n".join(lines)


def _unjudged(run: Run) -> str:
    lines = [line for group in not_judged(run) for line in _reason(group)]
    lines += [
        wrapped(visible(f"? {name}: nothing could be judged: {why}"), _WIDTH, "  ") for name, why in unreached(run)
    ]
    missing = ", ".join(f"RFC {rfc}" for rfc in not_run(run))
    return "\n".join([*lines, *([f"Not run at all: {missing}"] if missing else [])])


def _reason(group: Unjudged) -> Iterator[str]:
    mark = MARKS[group.results[0].verdict]
    number = plural(len(group.results), "result")
    yield wrapped(f"{mark} {number} could not be judged: {group.reason}. {group.advice}", _WIDTH, "  ")
    for why, results in by_why(group.results):
        yield from [f"    {shortened(visible(why), _SAID_CHARACTERS)}"] if why else []
        yield from (f"      {visible(result.target)}  {visible(result.check)}" for result in results[:_NAMED_CHECKS])
        if len(results) > _NAMED_CHECKS:
            yield f"      and {len(results) - _NAMED_CHECKS} more"


def _exit(run: Run) -> str:
    if run.footer is None:
        return INTERRUPTED
    return visible(f"exit {run.footer.get('exit')}  ({run.footer.get('why')})")
