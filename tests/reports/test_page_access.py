"""The page for everybody: axe-core finds nothing wrong with any view, in light, dark, blue and orange, wide and narrow.

Needs a Chromium (`chromium` on the path) and axe-playwright-python. Without them these tests are skipped, unless
MAILCONFORM_BROWSER=required.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

if importlib.util.find_spec("axe_playwright_python") is None and os.environ.get("MAILCONFORM_BROWSER") != "required":
    pytest.skip("no axe-playwright-python", allow_module_level=True)

from axe_playwright_python.sync_playwright import Axe

VIEWS = ("overview", "checks", "text", "differences", "capabilities", "unjudged", "waivers", "generated", "method")
Open = Callable[..., Page]


def faults(page: Page) -> list[tuple[str, Any]]:
    """Return what axe-core holds against the page as it is: the rule, and the first element that breaks it."""
    found = Axe().run(page).response["violations"]
    return [
        (entry["id"], entry["nodes"][0]["html"][:120], entry["nodes"][0]["failureSummary"][:200]) for entry in found
    ]


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 390)])
def test_no_view_has_a_fault(scheme: Any, width: int, page: Page, opened: Open) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    for view in VIEWS:
        assert faults(opened(f"#{view}")) == [], view


def test_blue_and_orange_have_contrast(page: Page, opened: Open) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        opened("#checks").locator("#palette").click()
        assert faults(page) == [], scheme


def test_the_panel_has_no_fault(opened: Open) -> None:
    page = opened("#c=rfc1939/stat-gives-count-and-size&t=birch")
    assert faults(page) == []
    expect(page.get_by_role("dialog")).to_have_accessible_name("STAT gives the count and the size")


def test_everything_that_can_be_worked_has_a_name(opened: Open) -> None:
    page = opened("#c=rfc1939/stat-gives-count-and-size&t=birch")
    nameless = "[...document.querySelectorAll('a, button, input, select')].filter(e => !(e.textContent.trim() || e.labels?.length || e.ariaLabel)).length"
    assert page.evaluate(nameless) == 0
    assert page.evaluate("[...document.querySelectorAll('th')].filter(e => !e.scope).length") == 0


def test_marks_are_read_out_in_words(opened: Open) -> None:
    page = opened("#checks")
    expect(page.get_by_role("link", name="fail on birch, MUST").first).to_be_visible()
    expect(page.get_by_role("table", name="Verdict of every check on every target")).to_be_visible()


def test_headings_leave_out_no_step(opened: Open) -> None:
    page = opened()
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(e => Number(e.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_landmarks_hold_everything(opened: Open) -> None:
    page = opened()
    for role in ("banner", "main"):
        expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
    expect(page.get_by_role("navigation", name="Parts of this report")).to_be_visible()


def test_the_keyboard_reaches_the_panel_without_a_mouse(opened: Open) -> None:
    page = opened("#checks")
    page.locator("#search").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('a.cell')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#panel') !== null")
