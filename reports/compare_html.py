"""A comparison for people: one file without script that opens from disk and asks no network for anything."""

from __future__ import annotations

from conformance.reports.compare import MEANINGS, Comparison, Kind
from conformance.reports.compare_text import mark, summary, where
from conformance.reports.html import asset, environment, policy


def render(comparison: Comparison) -> str:
    """Write a comparison as one self-contained HTML page."""
    style = asset("page/page.css") + asset("compare.css")
    return (
        environment()
        .get_template("compare.html")
        .render(
            comparison=comparison,
            kinds=tuple(Kind),
            meanings=MEANINGS,
            counts=comparison.counts(),
            summary=summary(comparison),
            mark=mark,
            where=where,
            policy=policy(style),
            style=style,
        )
    )
