"""Transcripts of a run folder, read for a report.

Invariant: nothing outside the run folder is read, whatever a results file names: a run folder may come from anybody,
and a page made from it is passed on.
"""

from __future__ import annotations

from pathlib import Path

from conformance.reports.text import Spoken, block, spoken
from conformance.results import Evidence

EXCERPT_CHARACTERS = 1 << 18


def read(folder: Path, name: str) -> str | None:
    """Return the text of a transcript, harmless to show; None if there is none inside the folder."""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            return None
        return block(path.read_text("utf-8", errors="backslashreplace"))
    except (OSError, ValueError):
        return None


def deciding(folder: Path, evidence: Evidence | None) -> Spoken | None:
    """Return the transcript line that decided; None if it was not kept."""
    text = read(folder, evidence.transcript) if evidence else None
    lines = text.split("\n") if text else []
    return spoken(lines[evidence.line - 1]) if evidence and 1 <= evidence.line <= len(lines) else None


def excerpt(text: str, line: int, limit: int = EXCERPT_CHARACTERS) -> tuple[int, list[str]]:
    """Return the number of the first line kept and the lines around a deciding one, at most limit characters."""
    lines = text.removesuffix("\n").split("\n")
    first = last = min(max(line, 1), len(lines)) - 1
    room = limit - len(lines[first])
    while room > 0 and (first > 0 or last < len(lines) - 1):
        first, last = max(first - 1, 0), min(last + 1, len(lines) - 1)
        room -= len(lines[first]) + len(lines[last])
    return first + 1, lines[first : last + 1]
