"""How a report on published records looks: a table with the place of each finding marked below its record, or JSON.

Invariant: records are a stranger's octets, and only printable US-ASCII of them gets to the terminal.
"""

from __future__ import annotations

import json

from conformance.published import Published
from conformance.published_findings import Finding, Level, Place
from conformance.published_spf import FAMILIES, LOOKUPS, VOID_LOOKUPS

MARKS = {Level.ERROR: "✘", Level.WARNING: "▲", Level.NOTE: "●", Level.UNJUDGED: "?", Level.UNANSWERED: "!"}
_ROOM = 76
"""Columns of a record that are shown around the place."""
_INDENT = " " * 4


def table(report: Published) -> str:
    """Render a report for people."""
    lines = [f"{name}  {_shown(text)}" for name, text in report.records.items()]
    for finding in report.findings:
        lines += ["", *_finding(finding)]
    return "\n".join([*lines, "", summary(report)] if lines else [summary(report)])


def summary(report: Published) -> str:
    """Return the last line: what was counted."""
    levels = ", ".join(f"{count} {_plural(level, count)}" for level in Level if (count := report.count(level)))
    void = ", ".join(f"{report.void[kind]} with {family}" for kind, family in FAMILIES.items())
    return (
        f"{report.domain}: {levels or 'nothing found'}; SPF takes {report.lookups} of {LOOKUPS} lookups,"
        f" of {VOID_LOOKUPS} that may find nothing {void}"
    )


def _plural(level: Level, count: int) -> str:
    return f"{level}s" if count > 1 and level in (Level.ERROR, Level.WARNING, Level.NOTE) else str(level)


def _finding(finding: Finding) -> list[str]:
    place = finding.place
    source = f"RFC {finding.rfc} {finding.section}"
    head = f"{MARKS[finding.level]} {finding.level:<10} {source:<16} {place.name}: {finding.sentence}"
    return [head, *_marked(place)] if place.text else [head]


def _marked(place: Place) -> list[str]:
    """Return the record around a place, and a line that marks it."""
    before, inside, behind = (
        _shown(part)
        for part in (place.text[: place.start], place.text[place.start : place.end], place.text[place.end :])
    )
    inside = inside if len(inside) <= _ROOM else inside[: _ROOM - 1] + "…"
    left = (_ROOM - len(inside)) // 2
    right = _ROOM - len(inside) - min(left, len(before))
    before = before if len(before) <= left else "…" + before[len(before) - left + 1 :] if left else ""
    behind = behind if len(behind) <= right else behind[: right - 1] + "…" if right else ""
    if not (place.end or place.start):
        return [_INDENT + before + inside + behind]
    return [_INDENT + before + inside + behind, _INDENT + " " * len(before) + "^" * max(len(inside), 1)]


def _shown(octets: bytes) -> str:
    """Return octets as text: what is not printable US-ASCII as it is written in zone files (RFC 1035 section 5.1)."""
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03}" for octet in octets)


def as_json(report: Published) -> str:
    """Render a report for programs; octets of a record are characters of ISO 8859-1, so that places fit."""
    return json.dumps(
        {
            "domain": report.domain,
            "records": {name: text.decode("latin-1") for name, text in report.records.items()},
            "lookups": report.lookups,
            "void_lookups": {family: report.void[kind] for kind, family in FAMILIES.items()},
            "findings": [
                {
                    "level": finding.level,
                    "rfc": finding.rfc,
                    "section": finding.section,
                    "sentence": finding.sentence,
                    "name": finding.place.name,
                    "record": finding.place.text.decode("latin-1"),
                    "start": finding.place.start,
                    "end": finding.place.end,
                }
                for finding in report.findings
            ],
        },
        indent=1,
    )
