"""The page for people: one file that opens from disk, asks no network for anything, and leads every claim to its bytes.

Invariant: the page makes no request (a Content-Security-Policy forbids all of them and admits only the page's own
script and style by their digest), and what the server said reaches it as escaped, visible text only: every expression
of the template passes through `visible`. Header, matrix, findings and what was not judged are static; the checks with
their transcripts travel compressed and are unpacked by the reader's browser.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import ChainableUndefined, Environment, FileSystemLoader
from markupsafe import Markup, escape

from conformance.reports import baseline, capabilities, deviations, matrix
from conformance.reports.causes import causes, stops
from conformance.reports.differences import Parting, differences
from conformance.reports.findings import by_why, not_judged, not_offered, shown
from conformance.reports.generated import generated
from conformance.reports.payload import payload
from conformance.reports.text import CONTROL_NAMES, block, plural, shortened, visible
from conformance.results import Run
from conformance.verdicts import MARKS, Verdict

FIRST_FINDINGS = 12
IN_FULL = 6
"""Up to how many targets each has a column of its own; of more than that the page shows counts."""
_SAID_CHARACTERS = 200
_PICTURE = re.compile("[\u2400-\u241f\u2421]")
_FOLDER = Path(__file__).parent
_SCRIPTS = ("page", "checks", "text", "panel")
_WORDS = {
    Verdict.FAIL: ("fail", "A MUST or MUST NOT of an RFC is broken; the deciding line is known."),
    Verdict.WARN: ("warning", "A SHOULD is not met, or something only inferred from the RFC is broken."),
    Verdict.INCONCLUSIVE: ("inconclusive", "The check ran and cannot tell; the reason is given."),
    Verdict.ERROR: ("harness error", "The harness failed. Says nothing of the server."),
    Verdict.UNSUPPORTED: ("not offered", "The server neither announces nor offers what the check needs."),
    Verdict.OBSERVED: ("observed", "A MAY: either way is right; what the server does is noted."),
    Verdict.PASS: ("pass", "The requirement was seen to hold."),
}


def render(run: Run) -> str:
    """Write a run as one self-contained HTML page."""
    style, script = asset("page/page.css"), Markup().join(asset(f"page/{name}.js") for name in _SCRIPTS)
    facts = {"policy": policy(style, script), "style": style, "script": script, "payload": _packed(run)}
    return environment().get_template("page/page.html").render(run=run, footer=run.footer or {}, **facts, **_view(run))


def policy(style: str, script: str = "") -> str:
    """Return a Content-Security-Policy that admits nothing but this style and this script."""
    nothing = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"{nothing}; style-src {_digest(style)}; script-src {_digest(script)}"


def _view(run: Run) -> Mapping[str, Any]:
    return {**_facts(run), **_overview(run), **_views(run)}


def _facts(run: Run) -> Mapping[str, Any]:
    seen = Counter(shown(result) for result in run.results)
    return {
        "duration": _duration(run),
        "baseline": baseline.sentence(run),
        "interrupted": matrix.INTERRUPTED if run.interrupted else "",
        "many": len(run.targets) > IN_FULL,
        "digest": _digest_of_results(run),
        "checks": len({result.check for result in run.results}),
        "verdicts": {verdict: seen[verdict] for verdict in _WORDS if seen[verdict]},
    }


def _overview(run: Run) -> Mapping[str, Any]:
    entries, found = matrix.fold(run), causes(run)
    return {
        "entries": entries,
        "rfcs": list(dict.fromkeys((entry.rfc, entry.title) for entry in entries)),
        "cells": {(entry.rfc, entry.target): entry for entry in entries},
        "not_run": matrix.not_run(run),
        "causes": found[:FIRST_FINDINGS],
        "further": max(len(found) - FIRST_FINDINGS, 0),
        "stops": stops(run),
    }


def _views(run: Run) -> Mapping[str, Any]:
    return {
        "differences": differences(run),
        "capabilities": capabilities.rows(run),
        "stages": capabilities.stages(run),
        "declared": any("declared" in target for target in run.header["targets"]),
        "unreached": matrix.unreached(run),
        "unjudged": not_judged(run),
        "absent": not_offered(run),
        "waived": deviations.waived(run),
        "waiver_problems": deviations.problems(run),
        "generated": generated(run),
    }


def environment() -> Environment:
    """Return the templates' environment, in which every expression is made visible and escaped."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=_finalize,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({"said": _said, "told": _told, "plural": plural, "slug": _slug})
    made.globals.update({
        "counts": matrix.counts, "meanings": matrix.MEANINGS, "marks": MARKS, "words": _WORDS, "by_why": by_why,
        "link": _link, "health_of": _health, "shown": shown, "partings": tuple(Parting), "rfc_words": tuple(matrix.Word),
    })  # fmt: skip
    return made


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _said(text: object) -> Markup:
    """Return server text, not too long, its lines apart, the pictures of control characters set as small names."""
    return Markup(_PICTURE.sub(_named, escape(shortened(_apart(str(text)), _SAID_CHARACTERS))))  # noqa: S704 - escaped


def _told(text: object) -> Markup:
    """Return a sentence of the harness that quotes server text, all on one line."""
    return Markup(_PICTURE.sub(_named, escape(shortened(visible(str(text)), 2 * _SAID_CHARACTERS))))  # noqa: S704 - escaped


def _apart(text: str) -> str:
    return block(re.sub("␊(?=.)", "␊\n", text))


def _named(picture: re.Match[str]) -> str:
    name = {"␡": "DEL"}.get(picture[0]) or CONTROL_NAMES[ord(picture[0]) - 0x2400]
    return f'<span class="control" data-name="{name}">{picture[0]}</span>'


def _slug(text: str) -> str:
    return text.replace(" ", "-")


def _link(check: str, target: str) -> str:
    """Return the fragment that opens the panel of a check on a target."""
    return f"#c={quote(visible(check))}&t={quote(visible(target))}"


def _health(run: Run, name: str) -> Mapping[str, Any]:
    """Return how many connections a target saw and how many were throttled, as far as the run tells."""
    health: Mapping[str, Any] = (run.footer or {}).get("targets", {}).get(name, {})
    return health


def asset(name: str) -> Markup:
    """Return one of the page's own files."""
    return Markup((_FOLDER / name).read_text("utf-8"))  # noqa: S704 - the page's own files


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _digest_of_results(run: Run) -> str:
    """Return the SHA-256 of the run's results file in hexadecimal; nothing if it is not there."""
    try:
        return hashlib.sha256((run.folder / "results.jsonl").read_bytes()).hexdigest()
    except OSError:
        return ""


def _packed(run: Run) -> str:
    data = json.dumps(payload(run), separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def _duration(run: Run) -> str:
    """Return how long the run took, in words; nothing if its clock cannot be read."""
    try:
        began = datetime.fromisoformat(run.header["started"])
        seconds = (datetime.fromisoformat((run.footer or {})["finished"]) - began).total_seconds()
    except (KeyError, TypeError, ValueError):
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
