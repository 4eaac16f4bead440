"""The page as text: golden, escaped, forbidden to ask the network, readable in both colour schemes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import runs

from conformance import reports
from conformance.reports import html, matrix
from conformance.results import Run

CSS = (Path(str(reports.__file__)).parent / "page" / "page.css").read_text("utf-8")
INKS = ("pass", "fail", "warn", "inconclusive", "observed", "unsupported", "error")


def payload(page: str) -> dict[str, object]:
    packed = re.search(r'id="payload">([^<]*)<', page)
    return dict(json.loads(gzip.decompress(base64.b64decode(packed[1] if packed else ""))))


def plain(page: str) -> str:
    """Return the page without its own style and script, with the payload unpacked."""
    unpacked = json.dumps(payload(page), indent=1, ensure_ascii=False).replace("<", "&lt;")
    page = re.sub(r'(id="payload">)[^<]*', lambda m: m[1] + unpacked, page)
    page = re.sub(r"(<style>).*?(</style>)", r"\1\2", page, flags=re.DOTALL)
    page = re.sub(r"(<script>).*?(</script>)", r"\1\2", page, flags=re.DOTALL)
    return re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-", page)


@pytest.mark.parametrize("name", ["two", "interrupted"])
def test_golden(name: str, request: pytest.FixtureRequest, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.html", plain(html.render(request.getfixturevalue(name))))


def test_same_run_gives_the_same_page(two: Run) -> None:
    assert html.render(two) == html.render(two)


def test_policy_admits_the_page_s_own_style_and_script_only(two: Run) -> None:
    page = html.render(two)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src &#39;none&#39;;")
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256((body[1] if body else "").encode()).digest()).decode()
        assert digest in policy[1]


def test_hostile_text_is_escaped(two: Run) -> None:
    page = html.render(two)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


def test_page_refers_to_nothing_outside(two: Run) -> None:
    page = re.sub(r"(?s)<style>.*?</style>|<script>.*?</script>", "", html.render(two))
    assert not re.search(r'(?:src|srcset|action|data|poster)="(?!data:)', page)
    assert re.findall(r'<link [^>]*href="([^"]*)"', page) == ["data:,"]


def test_interrupted_run_says_so(interrupted: Run) -> None:
    assert matrix.INTERRUPTED in html.render(interrupted)


def test_all_transcripts_travel_up_to_six_targets(tmp_path: Path) -> None:
    few = payload(html.render(runs.write(tmp_path / "six", runs.many_targets(6))))
    many = payload(html.render(runs.write(tmp_path / "seven", runs.many_targets(7))))
    assert len(few["transcripts"]) == len(many["transcripts"]) == 3  # type: ignore[arg-type]


def test_every_table_header_has_a_scope(two: Run) -> None:
    assert not re.findall(r"<th(?![^>]*scope=)[ >]", plain(html.render(two)))


def test_every_mark_has_a_word_or_is_decoration(two: Run) -> None:
    marks = re.findall(
        r'<span class="mark [^"]*"([^>]*)>(.*?)</span></span>|<span class="mark [^"]*"( aria-hidden)', html.render(two)
    )
    assert marks
    assert all(hidden or 'class="sr"' in body for _, body, hidden in marks)


def themes() -> list[dict[str, str]]:
    """Return the colours of every theme: light and dark, each also in blue and orange, and print."""
    blocks = re.findall(r":root[^{]*\{(.*?)\}", CSS, re.DOTALL)
    light, dark, blue, blue_dark, paper = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", b)) for b in blocks]
    return [light, dark, light | blue, dark | blue_dark, paper]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_text_contrast_is_at_least_four_and_a_half() -> None:
    grounds = [(ink, f"{ink}-ground") for ink in INKS]
    pairs = [
        ("ink", "paper"),
        ("soft", "paper"),
        ("soft", "faint"),
        ("accent", "paper"),
        ("ink", "deciding"),
        ("client", "faint"),
        *grounds,
    ]
    pairs += [("ink", ground) for _, ground in grounds] + [(ink, "paper") for ink in INKS]
    weak = [
        (i, pair)
        for i, tokens in enumerate(themes())
        for pair in pairs
        if contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5
    ]
    assert weak == []


def test_every_theme_has_every_colour() -> None:
    keys = [set(tokens) for tokens in themes()]
    assert keys == [keys[0]] * 5
