"""The tutorial does what it says: its check is collected, holds on a right server, and is broken by its fault."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.runner import Ledger, Order, run
from conformance.verdicts import Verdict
from tests.peers.pop3 import serving

PAGE = (Path(__file__).parents[2] / "docs" / "first-check.md").read_text("utf-8")
README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
IMPORTS = "from conformance import Maildrop, forward, verifies\n\n\n"


def outcome(check: str, code: str, folder: Path) -> tuple[dict[str, Verdict], dict[str, str]]:
    """Run the code as a suite of its own against the reference server, each check also through its fault."""
    (folder / "rfc1939").mkdir()
    (folder / "rfc1939" / "test_first.py").write_text(code, "utf-8")
    (folder / "server").mkdir()
    with serving(folder / "server") as target:
        order = Order(
            targets=(str(target),), folder=folder / "out", options={"refute": "1", "selectors": check}, suites=(folder,)
        )
        ledger = Ledger(folder / "out", {})
        (child,) = run(order, ledger)
        ledger.close({})
    assert child.footer is not None, child.trouble
    return {r.check: r.verdict for r in child.results}, child.footer["proofs"]


def test_the_check_of_the_tutorial_holds_and_is_refuted(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    verdicts, proofs = outcome("rfc1939/noop-leaves-a-mark-where-it-is", code, tmp_path)

    assert verdicts["rfc1939/noop-leaves-a-mark-where-it-is"] is Verdict.PASS
    assert proofs["rfc1939/noop-leaves-a-mark-where-it-is"] == "proven"


def test_the_check_of_the_readme_holds_and_is_refuted(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    verdicts, proofs = outcome("rfc1939/stat-leaves-out-messages-marked-deleted", IMPORTS + code, tmp_path)

    assert verdicts["rfc1939/stat-leaves-out-messages-marked-deleted"] is Verdict.PASS
    assert proofs["rfc1939/stat-leaves-out-messages-marked-deleted"] == "proven"


def test_every_page_that_the_readme_names_is_there() -> None:
    pages = re.findall(r"\]\((docs/[^)]+|CHANGELOG.md)\)", README)

    assert pages
    assert [page for page in pages if not (Path(__file__).parents[2] / page).exists()] == []
