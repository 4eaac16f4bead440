"""Sections as checks of FETCH ask for them, and what stands for an answer."""

from __future__ import annotations

from conformance.models import mime
from conformance.models.corpus import case
from conformance.models.shelf import LARGEST, LINE_LIMIT, expected_section, sections_of, shelved, text_of
from conformance.wire.imap_values import Fetch


def test_messages_on_the_shelf_are_plain_exact_and_small() -> None:
    assert len(shelved()) > 50
    assert all(one.plain and one.exact and len(one.raw) <= LARGEST for one in shelved().values())


def test_a_text_is_found_however_its_fields_are_ordered() -> None:
    fetched = Fetch(((b"BODY[HEADER.FIELDS (TO DATE)]<3>", b"x"), (b"BODY[1]", None)))

    assert text_of(fetched, "header.fields (date to)<3.5>") == b"x"
    assert text_of(fetched, "1") == b""
    assert text_of(fetched, "2") is None
    assert text_of(fetched, "HEADER.FIELDS (DATE TO)") is None


def test_pieces_are_cut_out_of_what_the_oracle_says() -> None:
    entity = mime.read(case("alternative").raw)

    assert expected_section(entity, "1<2.3>") == (expected_section(entity, "1") or b"")[2:5]
    assert expected_section(entity, "1<5000.3>") == b""
    assert expected_section(entity, "9<0.3>") is None


def test_sections_are_asked_for_in_commands_of_a_fair_length() -> None:
    asked: list[str] = []

    def fetch(items: str) -> Fetch:
        asked.append(items)
        return Fetch(((b"BODY[7]<1>", b"seven"),))

    found = sections_of(fetch, [f"{number}<1.2>" for number in range(1, 200)])

    assert found["7<1.2>"] == b"seven"
    assert found["8<1.2>"] is None
    assert len(asked) > 1
    assert all(len(items) <= LINE_LIMIT + 20 for items in asked)
    assert asked[0].startswith("(BODY.PEEK[1]<1.2> BODY.PEEK[2]<1.2> ")
