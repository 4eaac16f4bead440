"""The page of a comparison in a browser: no request, no script, hostile text shown as text, no sideways scrolling."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
import runs
from playwright.sync_api import Page, expect, sync_playwright

from conformance.reports import compare_html
from conformance.reports.compare import compare, side

FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of a comparison, which must ask for nothing but itself and complain about nothing."""
    path = shutil.which("chromium")
    if path is None:
        refuse = pytest.fail if os.environ.get("MAILCONFORM_BROWSER") == "required" else pytest.skip
        refuse("no chromium on the path (Debian package chromium)")
    folder = tmp_path_factory.mktemp("comparison")
    run = runs.write(folder / "run", runs.two_targets())
    hostile = compare(side(run, "alder", "--from"), side(run, "birch", "--to"))
    (folder / "index.html").write_text(compare_html.render(hostile), "utf-8")
    asked: list[str] = []
    complaints: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        page = chromium.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((folder / "index.html").as_uri())
        yield page
        chromium.close()
    assert {url.partition("#")[0] for url in asked} == {(folder / "index.html").as_uri()}
    assert complaints == []


def test_counts_lead_to_the_classes(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("alder → birch")
    page.locator(".classes a", has_text="repaired").click()
    assert page.url.endswith("#repaired")
    expect(page.locator('section[aria-labelledby="repaired"] tbody tr')).to_have_count(2)


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    expect(page.locator(".proof code").first).to_contain_text("<script>alert(1)</script>")
    assert page.locator("script, body img").count() == 0


def test_header_cells_have_a_scope(page: Page) -> None:
    assert page.evaluate("[...document.querySelectorAll('th')].filter(e => !e.scope).length") == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_page_does_not_scroll_sideways(width: int, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
