"""The views of the page in a browser: each is a link, keys lead through them, and print and script-less have all of them.

Needs a Chromium (`chromium` on the path). Without one these tests are skipped, unless MAILCONFORM_BROWSER=required.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import runs
from playwright.sync_api import Browser, Page, expect

from conformance.reports import html

VIEWS = {
    "overview": ".grid td.not-compliant",
    "checks": "#app table.checks",
    "text": "#statements .untested",
    "differences": ".marks a.cell",
    "capabilities": ".capabilities td",
    "unjudged": ".reasons a",
    "waivers": ".waivers a",
    "generated": ".fuzz h3",
    "method": ".glossary",
}
Open = Callable[..., Page]


def fleet(folder: Path, targets: int, times: int = 1) -> Path:
    """Write the page of a run on so many targets, each check so many times, and return where it is."""
    pair = runs.two_targets()
    found = [
        replace(r, target=f"host-{n:02}", check=f"{r.check}-{time}" if time else r.check)
        for n in range(targets)
        for time in range(times)
        for r in pair
        if r.target == ("alder", "birch")[n % 2]
    ]
    path = folder / "index.html"
    path.write_text(html.render(runs.write(folder / "run", tuple(found))), "utf-8")
    return path


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run on thirty targets."""
    return fleet(tmp_path_factory.mktemp("thirty"), 30)


def test_every_view_is_a_link_and_stands_alone(opened: Open) -> None:
    for view, part in VIEWS.items():
        page = opened(f"#{view}")
        expect(page.locator(".view:visible")).to_have_count(1)
        expect(page.locator(f'.view[data-view="{view}"] {part}').first).to_be_visible()
        expect(page.locator("nav.parts a[aria-current]")).to_have_attribute("href", f"#{view}")


def test_the_menu_leads_to_every_view_and_back(opened: Open) -> None:
    page = opened()
    for view in VIEWS:
        page.locator(f'nav.parts a[href="#{view}"]').focus()
        page.keyboard.press("Enter")
        expect(page.locator(f".view.current #{view}")).to_be_focused()
    page.go_back()
    expect(page.locator(".view.current #generated")).to_be_visible()


def test_cell_of_the_overview_leads_to_the_checks_of_its_rfc(opened: Open) -> None:
    page = opened()
    page.locator("table.grid td a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("table.grid td a").nth(3)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#shown")).to_have_text("3 of 13 checks")


def test_finding_opens_its_panel_over_the_overview_and_escape_returns_to_it(opened: Open) -> None:
    page = opened()
    page.locator(".findings h3 a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel code").first).to_have_text("rfc1939/stat-gives-count-and-size")
    page.keyboard.press("Escape")
    expect(page.locator(".findings h3 a").first).to_be_focused()
    expect(page.locator(".view.current #overview")).to_be_visible()


def test_text_of_an_rfc_is_painted_and_shows_what_no_check_proves(opened: Open) -> None:
    page = opened("#x=1939")
    expect(page.locator("#recited")).to_have_text("10 of 10 statements")
    expect(page.locator("#statements .untested")).to_contain_text("takes ten minutes")
    page.locator('#statements .chip[data-key="not holding"]').click()
    expect(page.locator("#recited")).to_have_text("6 of 10 statements")
    page.locator("#rfc").select_option("2449")
    expect(page.locator("#recited")).to_have_text("1 of 3 statements")
    assert "x=2449" in page.url
    assert "s=open" in page.url


def test_statement_leads_to_the_check_that_speaks_for_it(opened: Open) -> None:
    page = opened("#x=1939")
    page.locator("#statements tr", has_text="RFC1939-5-02").locator('a[data-target="birch"]').click()
    expect(page.locator("#panel .outcome h3")).to_contain_text("fail on birch")
    page.keyboard.press("Escape")
    expect(page.locator(".view.current #text")).to_be_visible()


def test_colours_can_be_blue_and_orange(opened: Open) -> None:
    page = opened()
    ink = "getComputedStyle(document.querySelector('td.not-compliant .word')).color"
    red = page.evaluate(ink)
    page.locator("#palette").click()
    expect(page.locator("#palette")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(ink) != red


def test_thirty_targets_are_counted(opened: Open, thirty: Path) -> None:
    for view in VIEWS:
        page = opened(f"#{view}", thirty)
        assert page.locator(".view:visible table").first.locator("th[scope=col]").count() <= 8, view
    expect(opened("#overview", thirty).locator(".view:visible")).to_contain_text("15 of 30")
    expect(opened("#capabilities", thirty).locator(".view:visible")).to_contain_text("30 of 30")
    expect(opened("#checks", thirty).locator("td.in-counts").nth(1)).to_have_text(re.compile("✘fail15.*✔pass15"))


@pytest.mark.parametrize("targets", [7, 30, 60])
def test_no_view_of_a_fleet_scrolls_sideways(targets: int, page: Page, opened: Open, tmp_path: Path) -> None:
    """The names of the targets are there, too, once they are asked for."""
    path = fleet(tmp_path, targets)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for view in VIEWS:
            opened(f"#{view}", path)
            page.evaluate(
                "document.querySelectorAll('.view:not([hidden]) details').forEach((names) => { names.open = true; })"
            )
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (view, width)
    expect(opened("#overview", path).locator("table.grid")).to_contain_text(f"host-{targets - 1:02}")


def test_the_page_of_sixty_targets_is_small_and_soon_there(page: Page, tmp_path: Path) -> None:
    """Twelve thousand results: 200 octets each at most, and two seconds of the page's own thread."""
    path = fleet(tmp_path, 60, times=15)
    results, checks = 60 * 15 * len(runs.two_targets()) // 2, 15 * len({r.check for r in runs.two_targets()})

    assert path.stat().st_size < 400_000 + 200 * results
    assert min(thread_seconds(page, path, checks) for _ in range(3)) < 2
    expect(page.locator("table.checks td.in-counts")).to_have_count(checks)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_view_scrolls_sideways(width: int, page: Page, opened: Open) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for view in VIEWS:
        opened(f"#{view}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view


def test_without_script_everything_but_checks_and_text_is_there(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    for view, part in VIEWS.items():
        there = "noscript, .note" if view in {"checks", "text"} else part
        expect(page.locator(f'.view[data-view="{view}"]').locator(there).first).to_be_visible()
    context.close()


def test_print_has_the_grid_and_the_findings_and_no_controls(page: Page, opened: Open) -> None:
    opened("#waivers")
    page.emulate_media(media="print")
    for part in ("table.grid", ".findings .line code", ".folded .fact", ".waivers", ".glossary"):
        expect(page.locator(part).first).to_be_visible()
    for part in ("nav.parts", "#app", "#palette"):
        expect(page.locator(part)).to_be_hidden()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    sizes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox ?\[([^]]*)\]", pdf)}
    assert all(right > top for _, _, right, top in sizes), "A4 landscape"


def test_the_grid_of_six_targets_fits_on_paper(page: Page, opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(html.render(runs.write(tmp_path / "run", runs.many_targets(6))), "utf-8")
    page.set_viewport_size({"width": 1017, "height": 700})  # A4 landscape within its margins, at 96 dpi
    opened("", path)
    page.emulate_media(media="print")
    assert page.evaluate("document.querySelector('table.grid').offsetWidth <= innerWidth")


def thread_seconds(page: Page, path: Path, checks: int) -> float:
    """Show so many checks of a page, and return what that took of its thread."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    page.goto("about:blank")
    before = spent()
    page.goto(path.as_uri() + "#checks")
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("table.checks th[scope=row]")).to_have_count(checks)
    return spent() - before


def test_nine_hundred_checks_on_six_targets_are_there_within_two_seconds(page: Page, tmp_path: Path) -> None:
    """Seconds of the page's own thread, so that a busy machine does not count."""
    pair = runs.two_targets()[:13]
    found = [
        replace(pair[n % 13], target=name, check=f"rfc1939/check-{n}") for name in runs.NAMES[:6] for n in range(900)
    ]
    path = tmp_path / "index.html"
    path.write_text(html.render(runs.write(tmp_path / "run", tuple(found))), "utf-8")
    assert min(thread_seconds(page, path, 900) for _ in range(3)) < 2
    expect(page.locator("table.checks a.cell")).to_have_count(5400)
