"""The list of checks and the panel in a browser: filters, keys, links, hostile text shown as text.

Needs a Chromium (`chromium` on the path). Without one these tests are skipped, unless MAILCONFORM_BROWSER=required.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import runs
from playwright.sync_api import Page, expect

from conformance import waivers
from conformance.reports import html

CHECK = "rfc1939/stat-gives-count-and-size"
CELL = f'#app a.cell[data-check="{CHECK}"][data-target="birch"]'
Open = Callable[..., Page]


def test_cell_opens_the_panel_and_escape_closes_it_and_focus_returns(opened: Open) -> None:
    page = opened("#checks")
    page.locator(CELL).click()
    expect(page.locator("#panel")).to_be_visible()
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(CELL)).to_be_focused()


def test_fragment_opens_the_panel(opened: Open) -> None:
    page = opened(f"#c={CHECK}&t=birch")
    expect(page.locator("#panel-title")).to_have_text("STAT gives the count and the size")
    expect(page.locator("#panel .outcome h3")).to_contain_text("fail on birch")
    expect(page.locator("#panel .again code")).to_have_text(f"mailconform run birch.toml -s {CHECK} -vv")
    page.locator("#panel .close").click()
    expect(page.locator(CELL)).to_be_focused()


def test_back_button_closes_the_panel(opened: Open) -> None:
    page = opened("#checks")
    page.locator(CELL).click()
    expect(page.locator("#panel")).to_be_visible()
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()


def test_deciding_line_is_marked_in_text_and_hex(opened: Open) -> None:
    page = opened(f"#c={CHECK}&t=alder")
    deciding = page.locator("#panel .wire .deciding")
    expect(deciding).to_contain_text("+OK 2")
    page.locator("#panel .switches button", has_text="hex").click()
    expect(deciding).to_contain_text("2b 4f 4b 20 32 0d 0a")


def test_whole_connection_is_shown_on_demand(opened: Open) -> None:
    page = opened(f"#c={CHECK}&t=alder")
    rows = page.locator("#panel .wire tbody tr")
    shown = rows.count()
    page.locator("#panel .switches button", has_text="whole connection").click()
    expect(rows).to_have_count(12)
    assert shown < 12


def test_panel_leads_to_the_same_check_on_another_target(opened: Open) -> None:
    page = opened(f"#c={CHECK}&t=alder")
    page.locator("#panel .siblings a", has_text="birch").click()
    expect(page.locator("#panel .outcome h3")).to_contain_text("on birch")


@pytest.mark.parametrize(
    ("chip", "shown"),
    [("fail", 2), ("warning", 3), ("harness error", 1), ("SHOULD", 2), ("differs between targets", 9)],
)
def test_chip_filters_the_checks(chip: str, shown: int, opened: Open) -> None:
    page = opened("#checks")
    page.locator(f'.chip[data-key="{chip}"]').click()
    expect(page.locator("#shown")).to_have_text(f"{shown} of 13 checks")
    expect(page.locator("table.checks a.cell")).to_have_count(2 * shown)
    expect(page.locator(f'.chip[data-key="{chip}"]')).to_be_focused()


def test_words_filter_the_checks_and_make_a_link(opened: Open) -> None:
    page = opened("#checks")
    page.locator("#search").fill("too many connections")
    expect(page.locator("#shown")).to_have_text("1 of 13 checks")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#shown")).to_have_text("1 of 13 checks")
    expect(page.locator("#search")).to_have_value("too many connections")


def test_rfc_leads_to_checks_that_speak_of_it_among_others(opened: Open) -> None:
    expect(opened("#r=2449").locator("#shown")).to_have_text("3 of 13 checks")


def test_arrows_move_between_cells_and_enter_opens(opened: Open) -> None:
    page = opened("#checks")
    page.locator('#app a.cell[data-target="alder"]').first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(CELL)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()


def test_what_is_shown_can_be_saved_and_holds_no_formula(opened: Open, tmp_path: Path) -> None:
    page = opened("#o=fail")
    with page.expect_download() as waiting:
        page.locator("#save").click()
    waiting.value.save_as(tmp_path / "checks.csv")
    head, *rows = (tmp_path / "checks.csv").read_text("utf-8").splitlines()
    assert head == '"check","title","level","rfc","section","alder","birch"'
    assert [row.split(",")[0] for row in rows] == ['"rfc1939/reply-line-has-at-most-512-octets"', f'"{CHECK}"']
    assert page.evaluate("field('=1+2')") == '"\'=1+2"'


def test_panel_tells_what_to_type_by_hand(opened: Open, tmp_path: Path) -> None:
    run = runs.write(tmp_path / "run", runs.two_targets())
    kept = tmp_path / "run" / "transcripts" / "0001.txt"
    kept.write_text(kept.read_text("ascii").replace('note "open pop3:', 'open "pop3:'), "ascii")
    (tmp_path / "index.html").write_text(html.render(run), "utf-8")
    page = opened(f"#c={CHECK}&t=alder", tmp_path / "index.html")
    page.locator("#panel summary", has_text="By hand").click()
    expect(page.locator("#panel details[open] pre")).to_contain_text("nc -C 127.0.0.1 110")
    expect(page.locator("#panel details[open] pre")).to_contain_text("then the server said, in line 10:")


def test_panel_has_the_waiver_of_a_finding_to_fill_in(opened: Open, tmp_path: Path) -> None:
    page = opened(f"#c={CHECK}&t=birch")
    page.locator("#panel summary", has_text="Waive it").click()
    text = page.locator("#panel details[open] pre").inner_text()
    (tmp_path / "waivers.toml").write_text(text.replace('""', '"known"'), "utf-8")
    (waiver,) = waivers.load(tmp_path / "waivers.toml")
    assert (waiver.check, waiver.target, waiver.reason) == (CHECK, "birch", "known")


def test_hostile_text_is_shown_as_text(opened: Open) -> None:
    page = opened(f"#c={CHECK}&t=birch")
    expect(page.locator("#panel .wire .deciding")).to_contain_text("<script>alert(1)</script>")
    expect(page.locator("#panel pre").nth(1)).to_contain_text("⟨U+202E⟩evil")
    assert page.locator("body img").count() == 0
    assert page.locator("script").count() == 2


def test_unknown_check_in_the_fragment_opens_nothing(opened: Open) -> None:
    expect(opened("#c=no/such-check&t=alder").locator("#panel")).to_be_hidden()
