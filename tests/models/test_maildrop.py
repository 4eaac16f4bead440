"""The oracle of a maildrop says what RFC 1939 sections 4 to 6 say."""

from __future__ import annotations

import pytest

from conformance.models.maildrop import DONE, REFUSED, Expected, Maildrop, Session

SIZES = {1: 10, 2: 20, 3: 30}


def test_marked_messages_are_left_out_of_every_answer() -> None:
    session = Session(SIZES)

    assert session.answer(b"DELE", 2) == DONE
    assert session.answer(b"STAT") == Expected(positive=True, drop_listing=(2, 40))
    assert session.answer(b"LIST") == Expected(positive=True, scan_listings={1: 10, 3: 30})
    assert session.answer(b"UIDL") == Expected(positive=True, numbers=frozenset({1, 3}))


@pytest.mark.parametrize("verb", [b"LIST", b"RETR", b"DELE", b"TOP", b"UIDL"])
def test_numbers_of_no_message_and_of_marked_ones_are_refused(verb: bytes) -> None:
    session = Session(SIZES)
    session.answer(b"DELE", 1)

    assert session.answer(verb, 1) == REFUSED
    assert session.answer(verb, 4) == REFUSED
    assert session.answer(verb, 2).positive


def test_rset_takes_every_mark_back() -> None:
    session = Session(SIZES)
    session.answer(b"DELE", 1)
    session.answer(b"DELE", 3)
    session.answer(b"RSET")

    assert session.answer(b"STAT").drop_listing == (3, 60)
    assert session.update() == frozenset()


def test_only_quit_removes_and_only_what_is_marked() -> None:
    maildrop = Maildrop({"a", "b"})
    maildrop.opened(SIZES, {1: "a", 3: "b"}).answer(b"DELE", 1)
    maildrop.dropped()
    assert maildrop.names == {"a", "b"}

    maildrop.opened(SIZES, {1: "a", 3: "b"}).answer(b"DELE", 1)
    maildrop.quit()
    assert maildrop.names == {"b"}


def test_a_difference_names_what_is_gone_and_what_stayed() -> None:
    maildrop = Maildrop({"a", "b"})

    assert maildrop.differs_from(["b", "a"]) == ""
    assert maildrop.differs_from(["a"]).startswith("b is gone")
    assert maildrop.differs_from(["a", "b", "c"]).startswith("c is still there")
