"""The page in a browser: matrix, panel, filters, keyboard, no request, hostile text shown as text.

Needs a Chromium (`chromium` on the path). Without one these tests are skipped, unless MAILCONFORM_BROWSER=required.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import runs
from playwright.sync_api import Browser, Page, expect, sync_playwright

from conformance.reports import html

FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
CHECK = "rfc1939/stat-gives-count-and-size"
CELL = f'#app a.cell[data-check="{CHECK}"][data-target="birch"]'
PATIENCE_MS = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
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
    folder = tmp_path_factory.mktemp("page")
    path = folder / "index.html"
    path.write_text(html.render(runs.write(folder / "run", runs.two_targets())), "utf-8")
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
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
    assert {url.partition("#")[0] for url in asked} == {file.as_uri()}
    assert complaints == []


def opened(page: Page, file: Path, fragment: str = "") -> Page:
    page.goto(file.as_uri() + fragment)
    page.wait_for_selector("html[data-ready]")
    return page


def test_matrix_stands_there(page: Page, file: Path) -> None:
    opened(page, file)
    expect(page.locator("table.grid thead th")).to_have_text(["alder", "birch"])
    expect(page.locator("table.grid td.not-compliant")).to_have_count(2)


def test_static_parts_need_no_script(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    for part in ("table.grid", ".findings > li", "#unjudged ~ .reasons", ".facts", "#app .note"):
        expect(page.locator(part).first).to_be_visible()
    context.close()


def test_cell_opens_the_panel_and_escape_closes_it_and_focus_returns(page: Page, file: Path) -> None:
    opened(page, file).locator(CELL).click()
    expect(page.locator("#panel")).to_be_visible()
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(CELL)).to_be_focused()


def test_fragment_opens_the_panel(page: Page, file: Path) -> None:
    opened(page, file, f"#c={CHECK}&t=birch")
    expect(page.locator("#panel-title")).to_have_text("STAT gives the count and the size")
    expect(page.locator("#panel .outcome h3")).to_contain_text("fail on birch")
    expect(page.locator("#panel .again code")).to_have_text(f"mailconform run birch.toml -s {CHECK} -vv")
    page.locator("#panel .close").click()
    expect(page.locator(CELL)).to_be_focused()


def test_back_button_closes_the_panel(page: Page, file: Path) -> None:
    opened(page, file).locator(CELL).click()
    expect(page.locator("#panel")).to_be_visible()
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()


def test_deciding_line_is_marked_in_text_and_hex(page: Page, file: Path) -> None:
    opened(page, file, f"#c={CHECK}&t=alder")
    deciding = page.locator("#panel .wire .deciding")
    expect(deciding).to_contain_text("+OK 2")
    page.locator("#panel .switches button", has_text="hex").click()
    expect(deciding).to_contain_text("2b 4f 4b 20 32 0d 0a")


def test_whole_connection_is_shown_on_demand(page: Page, file: Path) -> None:
    opened(page, file, f"#c={CHECK}&t=alder")
    rows = page.locator("#panel .wire tbody tr")
    shown = rows.count()
    page.locator("#panel .switches button", has_text="whole connection").click()
    expect(rows).to_have_count(12)
    assert shown < 12


def test_panel_leads_to_the_same_check_on_another_target(page: Page, file: Path) -> None:
    opened(page, file, f"#c={CHECK}&t=alder")
    page.locator("#panel .siblings a", has_text="birch").click()
    expect(page.locator("#panel .outcome h3")).to_contain_text("on birch")


def test_finding_leads_to_its_panel(page: Page, file: Path) -> None:
    opened(page, file).locator(".findings h3 a").first.click()
    expect(page.locator("#panel code").first).to_have_text(CHECK)


@pytest.mark.parametrize(
    ("chip", "shown"),
    [("fail", 2), ("warning", 3), ("harness error", 1), ("SHOULD", 2), ("differs between targets", 9)],
)
def test_chip_filters_the_checks(chip: str, shown: int, page: Page, file: Path) -> None:
    opened(page, file).locator(f'.chip[data-key="{chip}"]').click()
    expect(page.locator("#shown")).to_have_text(f"{shown} of 13 checks")
    expect(page.locator("table.checks a.cell")).to_have_count(2 * shown)
    expect(page.locator(f'.chip[data-key="{chip}"]')).to_be_focused()


def test_words_filter_the_checks_and_make_a_link(page: Page, file: Path) -> None:
    opened(page, file).locator("#search").fill("too many connections")
    expect(page.locator("#shown")).to_have_text("1 of 13 checks")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#shown")).to_have_text("1 of 13 checks")
    expect(page.locator("#search")).to_have_value("too many connections")


def test_rfc_of_the_matrix_leads_to_its_checks(page: Page, file: Path) -> None:
    opened(page, file).locator("table.grid a", has_text="RFC 2595").click()
    expect(page.locator("#shown")).to_have_text("2 of 13 checks")


def test_rfc_leads_to_checks_that_speak_of_it_among_others(page: Page, file: Path) -> None:
    opened(page, file, "#r=2449")
    expect(page.locator("#shown")).to_have_text("3 of 13 checks")


def test_arrows_move_between_cells_and_enter_opens(page: Page, file: Path) -> None:
    opened(page, file).locator('#app a.cell[data-target="alder"]').first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(CELL)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()


def test_hostile_text_is_shown_as_text(page: Page, file: Path) -> None:
    opened(page, file, f"#c={CHECK}&t=birch")
    expect(page.locator("#panel .wire .deciding")).to_contain_text("<script>alert(1)</script>")
    expect(page.locator("#panel pre").nth(1)).to_contain_text("⟨U+202E⟩evil")
    assert page.locator("body img").count() == 0
    assert page.locator("script").count() == 2


def test_unknown_check_in_the_fragment_opens_nothing(page: Page, file: Path) -> None:
    opened(page, file, "#c=no/such-check&t=alder")
    expect(page.locator("#panel")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_page_does_not_scroll_sideways(width: int, page: Page, file: Path) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, file)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_header_cells_and_labels_name_everything(page: Page, file: Path) -> None:
    opened(page, file, f"#c={CHECK}&t=birch")
    nameless = "[...document.querySelectorAll('a, button, input')].filter(e => !(e.textContent.trim() || e.labels?.length || e.ariaLabel)).length"
    assert page.evaluate(nameless) == 0
    assert page.evaluate("[...document.querySelectorAll('th')].filter(e => !e.scope).length") == 0
    expect(page.get_by_role("dialog")).to_have_accessible_name("STAT gives the count and the size")
