"""Waivers as a run tells of them: what they cover, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.results import Result, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """One reason, and the findings it covers."""

    reason: str
    results: tuple[Result, ...]


def waived(run: Run) -> tuple[Waived, ...]:
    """Return what is waived, by reason, in the order of the run."""
    groups: dict[str, list[Result]] = {}
    for result in run.results:
        if result.waiver is not None:
            groups.setdefault(result.waiver, []).append(result)
    return tuple(Waived(reason=reason, results=tuple(results)) for reason, results in groups.items())


def problems(run: Run) -> tuple[str, ...]:
    """Return what is wrong with the waivers themselves: expired, no longer needed, naming no check."""
    return tuple(map(str, (run.footer or {}).get("waiver_problems", ())))
