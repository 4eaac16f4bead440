"""Annotations for GitHub Actions: the workflow commands that put a run's first findings beside the job.

Invariant: a command is one line, and nothing that a server said ends it, begins another, or adds a property. What is
waived or known from the baseline is not annotated; neither is what could not be judged, but for a line that says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.exits import Exit
from conformance.reports import deviations
from conformance.reports.findings import Finding, findings
from conformance.reports.text import plural, shortened, visible
from conformance.results import Run
from conformance.verdicts import Verdict

MOST = 10
"""Findings that are annotated: GitHub shows no more than ten errors and ten warnings of a step."""
_SAID_CHARACTERS = 300
_WORDS = {
    Exit.INTERRUPTED: "mailconform was interrupted",
    Exit.HARNESS_ERROR: "mailconform failed, not the server",
    Exit.CANNOT_JUDGE: "mailconform could not judge",
}


def commands(run: Run) -> str:
    """Write the workflow commands of a run, one a line."""
    return "".join(f"{line}\n" for line in _lines(run))


def command(name: str, message: str, title: str) -> str:
    """Write one workflow command, with all that would end the line, the title or the command escaped."""
    escaped = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{name} title={escaped}::{_escaped(message)}"


def _lines(run: Run) -> Iterator[str]:
    open_findings = [finding for finding in findings(run) if not finding.waived and not finding.known]
    for finding in open_findings[:MOST]:
        yield command(*_annotation(finding))
    if len(open_findings) > MOST:
        yield command("notice", f"{plural(len(open_findings) - MOST, 'further finding')} in the report", "mailconform")
    footer = run.footer or {"exit": Exit.INTERRUPTED, "why": "the run has no footer"}
    if footer.get("exit") in _WORDS:
        yield command("warning", str(footer.get("why")), _WORDS[footer["exit"]])
    for problem in deviations.problems(run)[:MOST]:
        yield command("warning", problem, "waivers")


def _annotation(finding: Finding) -> tuple[str, str, str]:
    """Return the command's name, its message and its title."""
    result = next(a.result for a in finding.accusations if a.result.waiver is None and not a.known)
    facts = {"expected": result.expected, "observed": result.observed}
    told = [f"{name} {shortened(fact, _SAID_CHARACTERS)}" for name, fact in facts.items() if fact]
    message = "; ".join([f"{', '.join(finding.targets)}: {finding.title}", *told, finding.name])
    title = f"{finding.level} RFC {finding.rfc} section {finding.section}"
    return ("error" if finding.verdict is Verdict.FAIL else "warning"), message, title


def _escaped(text: str) -> str:
    return visible(text).replace("%", "%25")
