"""A badge: one small picture (SVG) of a run, for the page of a project.

Invariant: words and counts, no percentage, and what was not judged stands beside what was. Green is a run in which
every statement of level MUST that applies was judged and held; a waived failure is a failure here, as in the matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from conformance.reports.matrix import Fold, Word, fold, unreached
from conformance.reports.text import plural, shortened, visible
from conformance.results import Run

_COLOURS = {
    Word.NOT_COMPLIANT: "#a4133c",
    Word.UNJUDGED: "#3d4a7a",
    Word.CONDITIONALLY: "#7a4b00",
    Word.UNCONDITIONALLY: "#1b6e3c",
    Word.NOT_OFFERED: "#5a5a5a",
}
"""Colour by word, the one that decides first: of several the first is the badge's. White on each has contrast 4.5:1."""
_LABEL_CHARACTERS = 40
_CHARACTER_PIXELS, _PADDING = 6.6, 12


def render(run: Run) -> str:
    """Draw a run as a badge."""
    entries = fold(run)
    word = _word(run, entries)
    return _drawn(_label(run, entries), f"{word.mark} {_message(run, entries)}", _COLOURS[word])


def _word(run: Run, entries: Sequence[Fold]) -> Word:
    words = {entry.word for entry in entries}
    if run.interrupted or unreached(run):
        words.add(Word.UNJUDGED)
    return next((word for word in _COLOURS if word in words), Word.UNJUDGED)


def _label(run: Run, entries: Sequence[Fold]) -> str:
    rfcs = sorted({entry.rfc for entry in entries})
    target = shortened(visible(run.targets[0]), _LABEL_CHARACTERS) if len(run.targets) == 1 else ""
    whom = target or plural(len(run.targets), "target")
    return f"{whom}: {f'RFC {rfcs[0]}' if len(rfcs) == 1 else plural(len(rfcs), 'RFC')}"


def _message(run: Run, entries: Sequence[Fold]) -> str:
    held, judged, unjudged = (
        sum(getattr(entry.must, name) for entry in entries) for name in ("held", "judged", "unjudged")
    )
    told = [f"MUST {held}/{judged}", *([f"{unjudged} unjudged"] if unjudged else [])]
    return ", ".join([*told, *(["interrupted"] if run.interrupted else [])])


def _drawn(label: str, message: str, colour: str) -> str:
    left, right = (round(len(text) * _CHARACTER_PIXELS) + _PADDING for text in (label, message))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" \
aria-label={quoteattr(f"{label}: {message}")}>
<title>{escape(f"{label}: {message}")}</title>
<clipPath id="c"><rect width="{left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#c)"><rect width="{left}" height="20" fill="#444"/>\
<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{left / 2}" y="14" textLength="{left - _PADDING}">{escape(label)}</text>
<text x="{left + right / 2}" y="14" textLength="{right - _PADDING}">{escape(message)}</text>
</g>
</svg>
"""
