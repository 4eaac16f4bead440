"""What a run says of the baseline it was held against: which findings are known since then, and how many are new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.reports.text import plural
from conformance.results import Result, Run


def sentence(run: Run) -> str:
    """Return one sentence with the baseline and the numbers of new and known findings; nothing if there was none."""
    facts = _facts(run)
    if not facts:
        return ""
    cut = ", which was interrupted" if facts.get("interrupted") else ""
    numbers = f"{plural(len(facts['new']), 'new finding')}, {len(facts['known'])} known"
    return f"Baseline {facts['run']} of {facts['started']} ({facts['folder']}{cut}): {numbers}."


def is_known(run: Run, result: Result) -> bool:
    """Whether the baseline has this finding too."""
    return {"target": result.target, "check": result.check} in _facts(run).get("known", ())


def _facts(run: Run) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = (run.footer or {}).get("baseline") or {}
    return facts
