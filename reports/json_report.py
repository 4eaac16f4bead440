"""The matrix for other programs: per RFC and target the folded word and its counts (schema `matrix`).

Invariant: pure ASCII on every path, so that no server text in it can reach a terminal unescaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from conformance.reports.matrix import Fold, fold, not_run
from conformance.reports.notes import notes
from conformance.results import FORMAT, Run

_HEADER = ("run", "suite_version", "started", "profile", "seed")


def render(run: Run) -> str:
    """Write the matrix of a run as one JSON object."""
    footer = run.footer or {}
    head = {key: run.header.get(key) for key in _HEADER}
    tail = {"finished": footer.get("finished"), "exit": footer.get("exit"), "why": footer.get("why")}
    folds = [_entry(entry) for entry in fold(run)]
    facts = {"format": FORMAT, "kind": "matrix", **head, **tail, "interrupted": run.interrupted}
    told = [asdict(note) for note in notes(run)]
    return json.dumps(
        {**facts, "targets": run.targets, "not_run": not_run(run), "folds": folds, "notes": told}, indent=2
    )


def _entry(entry: Fold) -> Mapping[str, Any]:
    return {**asdict(entry), "word": entry.word.value, "sentence": entry.sentence}
