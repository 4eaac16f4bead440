"""Names, patterns and LIST as RFC 3501 sections 5.1 and 6.3.8 have them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.models.mailbox_names import decode, encode, levels_above, listed, matches, why_invalid

texts = st.text(st.one_of(st.characters(codec="utf-16"), st.sampled_from("&-/~+,ab\t\x7f")), max_size=12)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("\u263a!", b"&Jjo-!"),
        ("\u53f0\u5317\u65e5\u672c\u8a9e", b"&U,BTF2XlZyyKng-"),
        ("Entw\u00fcrfe & mehr", b"Entw&APw-rfe &- mehr"),
        ("&\u00e4&", b"&-&AOQ-&-"),
        ("\U0001f600", b"&2D3eAA-"),
        ("", b""),
        ("a\tb", b"a&AAk-b"),
    ],
)
def test_names_in_modified_utf_7(name: str, raw: bytes) -> None:
    assert encode(name) == raw
    assert decode(raw) == name
    assert why_invalid(raw) == ""


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"&Jjo!", "no shift back"),
        (b"&U,BTFw-&ZeVnLIqe-", "superfluous"),
        (b"&AGE-", "printable"),
        (b"&ACY-", "printable"),
        (b"&U/BTFw-", '"/"'),
        (b"a&", "no shift back"),
        (b"&A-", "UTF-16"),
        (b"&AAAA-", "UTF-16"),
        (b"&2D0-", "UTF-16"),
        (b"&AOR-", "bits to spare"),
        (b"caf\xe9", "no printable"),
        (b"a\tb", "no printable"),
        (b"&*-", "UTF-16"),
    ],
)
def test_what_is_no_modified_utf_7(raw: bytes, why: str) -> None:
    assert why in why_invalid(raw)
    with pytest.raises(ValueError, match=re.escape(why)):
        decode(raw)


@given(texts)
def test_every_text_comes_back(name: str) -> None:
    raw = encode(name)

    assert decode(raw) == name
    assert re.fullmatch(rb"[ -~]*", raw)


@given(st.lists(st.sampled_from([b"&", b"-", b"AOQ", b"U,BTFw", b"a", b",", b"/", b"AAk"]), max_size=8).map(b"".join))
def test_a_name_is_valid_if_it_is_the_spelling_of_its_text(raw: bytes) -> None:
    if why_invalid(raw):
        with pytest.raises(ValueError, match=r".+"):
            decode(raw)
    else:
        assert encode(decode(raw)) == raw


@pytest.mark.parametrize(
    ("pattern", "name", "does"),
    [
        (b"*", b"a/b", True),
        (b"%", b"a/b", False),
        (b"%", b"a", True),
        (b"a/%", b"a/b", True),
        (b"a/%", b"a/b/c", False),
        (b"a/*", b"a/b/c", True),
        (b"a*c", b"a/b/c", True),
        (b"%/%", b"a/b", True),
        (b"a%", b"a", True),
        (b"%b%", b"abc", True),
        (b"*%", b"a/b", True),
        (b"a", b"A", False),
        (b"a", b"ab", False),
        (b"", b"", True),
    ],
)
def test_patterns(pattern: bytes, name: bytes, does: bool) -> None:
    assert matches(pattern, name, b"/") is does


names = st.lists(st.sampled_from([b"a", b"b", b"/", b"."]), max_size=8).map(b"".join)
patterns = st.lists(st.sampled_from([b"a", b"b", b"/", b".", b"%", b"*"]), max_size=8).map(b"".join)


@given(patterns, names, st.sampled_from([b"/", b".", None]))
def test_matching_is_that_of_a_regular_expression(pattern: bytes, name: bytes, delimiter: bytes | None) -> None:
    step = b"[^" + re.escape(delimiter) + b"]*" if delimiter else b".*"
    expression = re.escape(pattern).replace(rb"\*", b".*").replace(b"%", step)

    assert matches(pattern, name, delimiter) is bool(re.fullmatch(expression, name))


def test_a_long_pattern_costs_little() -> None:
    assert not matches(b"*a" * 200 + b"b", b"a" * 2000, b"/")


def test_levels_above() -> None:
    assert levels_above(b"a/b/c", b"/") == (b"a", b"a/b")
    assert levels_above(b"a/b", None) == levels_above(b"a", b"/") == ()
    assert levels_above(b"/a", b"/") == ()


BOXES = [b"a/b/c", b"a/d", b"e", b"inbox"]


def test_a_percent_sign_at_the_end_shows_levels_that_are_no_mailboxes() -> None:
    top = listed(b"%", BOXES, b"/")

    assert top.must == {b"a", b"e", b"INBOX"}
    assert b"a" in top.no_mailbox
    assert b"e" not in top.no_mailbox
    assert listed(b"a/%", BOXES, b"/").must == {b"a/b", b"a/d"}


def test_an_asterisk_may_show_levels_and_need_not() -> None:
    everything = listed(b"*", BOXES, b"/")

    assert everything.must == {b"a/b/c", b"a/d", b"e", b"INBOX"}
    assert everything.may == everything.must | {b"a", b"a/b"}
    assert listed(b"%/c", [b"a/c/d"], b"/").must == frozenset()


def test_inbox_has_no_case_and_other_names_may_have_none() -> None:
    assert listed(b"iNbOx", BOXES, b"/").must == {b"INBOX"}
    assert listed(b"INB%", BOXES, b"/").must == {b"INBOX"}
    small = listed(b"inb%", BOXES, b"/")
    assert not small.must
    assert small.may == {b"INBOX"}
    other = listed(b"E", BOXES, b"/")
    assert not other.must
    assert other.may == {b"e"}


def test_an_answer_is_told_what_is_wrong_with_it() -> None:
    top = listed(b"%", BOXES, b"/")

    assert top.differs_from([b"a", b"e", b"Inbox", b"Sent"], BOXES) == ""
    assert top.differs_from([b"a", b"e"], BOXES) == "b'INBOX' matches and is not listed"
    assert top.differs_from([b"a", b"e", b"INBOX", b"a/b"], BOXES) == "b'a/b' is listed and does not match"
