"""The runs that reports are tested on, and the comparison with golden files (UPDATE_GOLDEN=1 writes them anew)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import runs
from playwright.sync_api import Browser, Page, sync_playwright

from conformance.reports import html
from conformance.results import Run

GOLDEN = Path(__file__).parent / "golden"
FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
PATIENCE_MS = 10_000
Open = Callable[..., Page]


@pytest.fixture
def two(tmp_path: Path) -> Run:
    """A finished run on two targets: every verdict, a waiver, hostile bytes."""
    return runs.write(tmp_path / "two", runs.two_targets())


@pytest.fixture
def interrupted(tmp_path: Path) -> Run:
    """A run that stopped after five results on one target."""
    return runs.write(tmp_path / "interrupted", runs.two_targets()[:5], finished=False)


@pytest.fixture
def seven(tmp_path: Path) -> Run:
    """A finished run on seven targets."""
    return runs.write(tmp_path / "seven", runs.many_targets(7))


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8")

    return compare


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium; without one (`chromium` on the path) the test is skipped, unless MAILCONFORM_BROWSER=required."""
    path = shutil.which("chromium")
    if path is None:
        refuse = pytest.fail if os.environ.get("MAILCONFORM_BROWSER") == "required" else pytest.skip
        refuse("no chromium on the path (Debian package chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run on two targets."""
    folder = tmp_path_factory.mktemp("page")
    path = folder / "index.html"
    path.write_text(html.render(runs.write(folder / "run", runs.two_targets())), "utf-8")
    return path


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that records what it asks for and what it complains about, and must do neither."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    documents = {url.partition("#")[0] for url in asked if url != "about:blank"}
    assert [url for url in documents if not (url.startswith("file:") and url.endswith("/index.html"))] == []
    assert complaints == []


@pytest.fixture
def opened(page: Page, file: Path) -> Open:
    """Open the page of two targets, or another file, at a fragment."""

    def open_at(fragment: str = "", other: Path | None = None) -> Page:
        page.goto((other or file).as_uri() + fragment)
        page.wait_for_selector("html[data-ready]")
        return page

    return open_at
