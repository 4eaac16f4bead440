"""What targets do where either way is right: noted by checks beside their verdicts, which it does not touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.results import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one check, or one case of it, has noted of one target."""

    check: str
    title: str
    case: str
    target: str
    noted: str


def notes(run: Run) -> tuple[Note, ...]:
    """Return the notes of a run, in the order of its results."""
    return tuple(
        Note(
            check=result.check,
            title=result.title,
            case=result.check.partition("[")[2].removesuffix("]"),
            target=result.target,
            noted=result.noted,
        )
        for result in run.results
        if result.noted
    )


def tables(run: Run) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return the title of each check that noted something -> its cases -> what was noted of each target."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for note in notes(run):
        found.setdefault(note.title, {}).setdefault(note.case, {})[note.target] = note.noted
    return found
