"""The catalogue: unreadable lines are named, ids last for ever, and every demand has a check or a reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conformance import running
from conformance.requirements import TITLES, Catalogue, CatalogueError, Level, Requirement

SUITES = Path(__file__).parent.parent / "suites"
LINE: dict[str, Any] = {
    "id": "RFC1939-5-01", "rfc": 1939, "section": "5", "level": "MUST", "text": "Answers NOOP", "testable": "yes", "how": "send NOOP",
    "needs": ["mailbox-access"], "inferred": False, "unchecked": None, "retired": False,
}  # fmt: skip


def suites(tmp_path: Path, *lines: str, rfc: str = "rfc1939") -> Path:
    (tmp_path / rfc).mkdir()
    (tmp_path / rfc / "requirements.jsonl").write_text("".join(line + "\n" for line in lines), "utf-8")
    return tmp_path


def line(**changes: Any) -> str:
    return json.dumps(LINE | changes, ensure_ascii=False)


def test_a_catalogue_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    suites(tmp_path, line(id="A", rfc=2449), rfc="rfc2449")
    known = Catalogue.load(suites(tmp_path, line(id="C"), line(id="B", retired=True)))

    assert [r.id for r in known] == ["C", "B", "A"]
    assert (len(known), known.rfcs) == (3, (1939, 2449))
    assert ("C" in known, "D" in known, known["B"].retired) == (True, False, True)
    assert [r.id for r in known.of(1939)] == ["C"]
    assert known["C"].needs == ("mailbox-access",)


def test_a_text_may_hold_any_character(tmp_path: Path) -> None:
    text = "one\u2028line\x85still"

    assert Catalogue.load(suites(tmp_path, line(text=text)))["RFC1939-5-01"].text == text


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ("[]", "'list' object is not a mapping"),
        ("7", "'int' object is not a mapping"),
        ("{}", "'level'"),
        (line(level="OUGHT"), "'OUGHT' is not a valid Level"),
        (line(needs=None), "not iterable"),
        (line(colour="red"), "unexpected keyword argument 'colour'"),
        (json.dumps({k: v for k, v in LINE.items() if k != "text"}), "argument: 'text'"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, bad: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=rf"rfc1939/requirements.jsonl:2: .*{re.escape(said)}"):
        Catalogue.load(suites(tmp_path, line(), bad))


def test_a_line_that_is_no_text_is_named(tmp_path: Path) -> None:
    folder = suites(tmp_path, line())
    (folder / "rfc1939" / "requirements.jsonl").write_bytes(b'{"id": "\xff"}\n')

    with pytest.raises(CatalogueError, match=r"requirements.jsonl:1: .*utf-8"):
        Catalogue.load(folder)


def test_an_id_is_given_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="requirement RFC1939-5-01 is defined twice"):
        Catalogue.load(suites(tmp_path, line(), line(level="MAY")))


@pytest.mark.parametrize(
    ("level", "strength"), [("MUST", 2), ("MUST NOT", 2), ("GRAMMAR", 2), ("SHOULD", 1), ("SHOULD NOT", 1), ("MAY", 0)]
)
def test_levels_have_a_strength(level: str, strength: int) -> None:
    assert Level(level).strength == strength


@pytest.mark.parametrize(
    ("changes", "wants"),
    [
        ({}, True), ({"level": "SHOULD NOT"}, True), ({"level": "MAY"}, False), ({"testable": "partly"}, False), ({"testable": "no"}, False),
        ({"retired": True}, False),
    ],
)  # fmt: skip
def test_what_wants_a_check(tmp_path: Path, changes: dict[str, Any], wants: bool) -> None:
    known = Catalogue.load(suites(tmp_path, line(**changes)))

    assert known["RFC1939-5-01"].wants_check is wants


# The catalogue as it is.


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return running.catalogue()


def test_ids_are_frozen(known: Catalogue) -> None:
    """An id is appended or retired, never renumbered or reused: results, waivers and history are joined on it."""
    frozen = (SUITES / "frozen-ids.txt").read_text("utf-8").split()
    ids = [r.id for r in known]

    assert not set(frozen) - set(ids), "ids that are gone: mark them retired instead"
    assert not set(ids) - set(frozen), "ids that are not frozen: append them to suites/frozen-ids.txt"
    assert [name for name, count in Counter(frozen).items() if count > 1] == []


def test_ids_are_spelled_alike(known: Catalogue) -> None:
    """The section in an id is the one it was first seen in; the field may have been set right since. RFC 3502 has unnumbered ones."""
    for requirement in known:
        assert re.fullmatch(rf"RFC{requirement.rfc}-[0-9A-Z][0-9A-Z.]*-\d\d\d?", requirement.id), requirement.id


def test_every_rfc_has_a_title(known: Catalogue) -> None:
    assert set(known.rfcs) == set(TITLES)


def test_every_field_is_of_its_kind(known: Catalogue) -> None:
    for r in known:
        assert r.testable in ("yes", "partly", "no"), r.id
        assert all(isinstance(text, str) and text for text in (r.id, r.section, r.text, r.how)), r.id
        assert r.unchecked is None or (isinstance(r.unchecked, str) and r.unchecked.strip()), r.id
        assert isinstance(r.inferred, bool), r.id
        assert isinstance(r.retired, bool), r.id


def proving(collected: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in collected:
        for requirement in row["requirements"]:
            found.setdefault(requirement, []).append(row["check"])
    return found


def test_every_demand_has_a_check_or_a_reason(known: Catalogue, collected: list[dict[str, Any]]) -> None:
    proven = proving(collected)

    assert [r.id for r in known if r.wants_check and r.id not in proven and not r.unchecked] == []


def test_no_demand_has_both_a_check_and_a_reason_for_none(known: Catalogue, collected: list[dict[str, Any]]) -> None:
    proven = proving(collected)

    assert [(r.id, proven[r.id]) for r in known if r.unchecked and r.id in proven] == []


def test_no_check_proves_what_is_retired(known: Catalogue, collected: list[dict[str, Any]]) -> None:
    assert [(name, checks) for name, checks in proving(collected).items() if known[name].retired] == []


def test_checks_have_names_and_say_how_they_look(collected: list[dict[str, Any]]) -> None:
    assert len({row["check"] for row in collected}) == len(collected)
    for row in collected:
        assert re.fullmatch(r"[a-z]+[0-9]*/[a-z0-9-]+(\[.+\])?", row["check"]), row["check"]
        assert row["how"], row["check"]
        assert isinstance(row["title"], str)


def test_a_requirement_knows_nothing_of_its_neighbours() -> None:
    fields = LINE | {"level": Level.MUST, "needs": ()}

    assert Requirement(**fields) == Requirement(**fields)
