"""A comparison for a terminal, for a pull request and for other programs.

Invariant: counts first, then each class; whatever a server said is harmless where it is shown, and JSON is pure ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from tabulate import tabulate

from conformance.reports.compare import MEANINGS, Comparison, Difference, Kind, Side
from conformance.reports.findings import shown
from conformance.reports.markdown import limited, prose
from conformance.reports.text import block, plural, shortened, visible, wrapped
from conformance.results import FORMAT, Result
from conformance.verdicts import MARKS

_WIDTH = 80
_SAID_CHARACTERS = 300
_LINE_CHARACTERS = 100
_SHOWN_UNJUDGED = 20


def console(comparison: Comparison) -> str:
    """Write a comparison as plain text of 80 columns."""
    head = [f"{place}  {_named(one)}" for place, one in _sides(comparison)]
    unlike = [wrapped(f"! {visible(line)}", _WIDTH, "  ") for line in comparison.unlike]
    likeness = ["Not like for like:", *unlike] if unlike else ["Like for like."]
    counts = [f"{number:>6}  {kind:<18}{MEANINGS[Kind(kind)]}" for kind, number in comparison.counts().items()]
    changes = [wrapped(visible(line), _WIDTH, "    ") for line in _announcements(comparison)]
    blocks = [_section(comparison, kind) for kind in Kind]
    parts = ["\n".join(map(visible, head)), "\n".join(likeness), "\n".join([summary(comparison), *counts]),
             "\n".join(changes), *blocks]  # fmt: skip
    return "\n\n".join(filter(None, parts))


def markdown(comparison: Comparison) -> str:
    """Write a comparison as GitHub-flavoured Markdown, small enough to be pasted."""
    names = " → ".join(prose(one.target) for _, one in _sides(comparison))
    heads = [f"- {place.strip()}: {prose(_named(one))}" for place, one in _sides(comparison)]
    unlike = [f"> **Not like for like:** {prose(line)}\n" for line in comparison.unlike] or ["Like for like.\n"]
    counts = [(kind, number, MEANINGS[Kind(kind)]) for kind, number in comparison.counts().items()]
    table = tabulate(counts, headers=["class", "n", "meaning"], tablefmt="github")
    changes = "\n".join(f"- {prose(line)}" for line in _announcements(comparison))
    blocks = [_table(comparison, kind) for kind in Kind]
    parts = [f"# {names}", "\n".join(heads), "\n".join(unlike).rstrip(), summary(comparison), table, changes, *blocks]
    return limited("\n\n".join(filter(None, parts)) + "\n")


def as_json(comparison: Comparison) -> str:
    """Write a comparison as one JSON object."""
    facts = {
        "format": FORMAT,
        "kind": "comparison",
        "before": _side_facts(comparison.before),
        "after": _side_facts(comparison.after),
        "like_for_like": not comparison.unlike,
        "unlike": comparison.unlike,
        "judged": comparison.judged,
        "same": comparison.same,
        "neither": comparison.neither,
        "counts": comparison.counts(),
        "announced": [asdict(entry) for entry in comparison.announced],
        "differences": [_difference_facts(difference) for difference in comparison.differences],
    }
    return json.dumps(facts, indent=2)


def summary(comparison: Comparison) -> str:
    """Return how many checks were judged on both sides, and how many of them agree."""
    differ = comparison.judged - comparison.same
    neither = f" · {comparison.neither} judged on neither side" if comparison.neither else ""
    judged = plural(comparison.judged, "check")
    return f"{judged} judged on both sides · {comparison.same} same · {differ} differ{neither}"


def where(result: Result | None) -> str:
    """Return where the evidence of a result stands in its run folder."""
    proof = result.evidence if result else None
    return f"{proof.transcript} line {proof.line}" if proof else ""


def mark(result: Result | None) -> str:
    """Return one character for what a side did; a circle if it was not asked."""
    return MARKS[shown(result)] if result else "○"


def _sides(comparison: Comparison) -> tuple[tuple[str, Side], tuple[str, Side]]:
    return ("before", comparison.before), ("after ", comparison.after)


def _named(one: Side) -> str:
    product = str(one.fields.get("product") or one.fields.get("label") or "")
    words = f" ({shortened(product, _SAID_CHARACTERS)})" if product else ""
    return f"{one.target}{words}, run {one.run.header.get('run')} of {one.run.header.get('started')}"


def _announcements(comparison: Comparison) -> Iterator[str]:
    for entry in comparison.announced:
        words = [*(f"+{word}" for word in entry.gained), *(f"-{word}" for word in entry.lost)]
        yield f"{entry.stage}:  {'  '.join(words)}"


def _section(comparison: Comparison, kind: Kind) -> str:
    found = comparison.of(kind)
    kept = found[:_SHOWN_UNJUDGED] if kind is Kind.NOT_COMPARABLE else found
    rows = [_entry(difference) for difference in kept]
    more = [f"  and {len(found) - len(kept)} more"] if len(kept) < len(found) else []
    return "\n".join([f"{kind.value}  ({len(found)})", *rows, *more]) if found else ""


def _entry(difference: Difference) -> str:
    head, result = _arrow(difference), difference.result
    waived = "  (waived)" if difference.waived else ""
    source = f"RFC {result.rfc} §{result.section}  {result.level}"
    said = shortened(block(difference.noticed).replace("\n", " "), _SAID_CHARACTERS)
    lines = [f"{head} {result.check}{waived}", f"      {result.title}  {source}"]
    told = [f"      {place}  {proof}" for place, proof in _proofs(difference)]
    return "\n".join([*map(visible, lines), wrapped(f"      {said}", _WIDTH, " " * 6), *map(visible, told)])


def _arrow(difference: Difference) -> str:
    return f"{mark(difference.before)}→{mark(difference.after)}"


def _proofs(difference: Difference) -> Iterator[tuple[str, str]]:
    pairs = (("before", difference.before, difference.lines[0]), ("after ", difference.after, difference.lines[1]))
    for place, result, line in pairs:
        if where(result):
            yield place, f"{where(result)}" + (f"  {shortened(str(line), _LINE_CHARACTERS)}" if line else "")


def _table(comparison: Comparison, kind: Kind) -> str:
    found = comparison.of(kind)
    head = ("", "check", "section", "what clients will notice", "evidence")
    rows = [head, ("---",) * len(head), *(_row(difference) for difference in found)]
    body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {kind.value} ({len(found)})\n\n{body}" if found else ""


def _row(difference: Difference) -> tuple[str, ...]:
    result = difference.result
    waived = " (waived)" if difference.waived else ""
    said = shortened(block(difference.noticed).replace("\n", " "), _SAID_CHARACTERS)
    proofs = "<br>".join(f"{place.strip()}: {prose(proof)}" for place, proof in _proofs(difference))
    return (
        _arrow(difference), f"{prose(result.check)}{waived}", f"RFC {result.rfc} {prose(result.section)}, {result.level}",
        f"**{prose(result.title)}**<br>{prose(said)}", proofs,
    )  # fmt: skip


def _side_facts(one: Side) -> Mapping[str, Any]:
    header = one.run.header
    kept = {key: header.get(key) for key in ("run", "started", "suite_version", "profile", "seed")}
    return {"target": one.target, "product": one.fields.get("product", ""), "interrupted": one.run.interrupted, **kept}


def _difference_facts(difference: Difference) -> Mapping[str, Any]:
    result = difference.result
    return {
        "class": difference.kind.value,
        "check": result.check,
        "title": result.title,
        "rfc": result.rfc,
        "section": result.section,
        "level": result.level.value,
        "inferred": result.inferred,
        "waived": difference.waived,
        "noticed": difference.noticed,
        "before": _answer(difference.before),
        "after": _answer(difference.after),
    }


def _answer(result: Result | None) -> Mapping[str, Any] | None:
    if result is None:
        return None
    kept = {"verdict": result.verdict.value, "observed": result.observed, "why": result.why}
    return {**kept, "evidence": asdict(result.evidence) if result.evidence else None}
