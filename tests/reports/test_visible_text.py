"""Whatever a server sends, its text holds nothing that a terminal, a browser or a parser obeys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reports import text

ANYTHING = st.text(st.characters(codec=None, categories=None))  # lone surrogates too


@given(ANYTHING)
def test_visible_text_obeys_nobody(given_text: str) -> None:
    shown = text.visible(given_text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown.encode("utf-8")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays_as_it_is(plain: str) -> None:
    assert text.visible(plain) == plain


@given(st.binary())
def test_octets_are_shown_without_loss(data: bytes) -> None:
    shown = text.octets(data)
    assert shown.isprintable()
    assert len(shown) >= len(data)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("a\x1b[31m", "a␛[31m"),
        ("\u202eab", "⟨U+202E⟩ab"),
        ("\x7f\x9b", "␡\\x9b"),
        ("two\nlines", "two␊lines"),
        ("\ud800", "⟨U+D800⟩"),
        ("\u2028\u200b", "⟨U+2028⟩⟨U+200B⟩"),
    ],
)
def test_what_cannot_be_seen_is_named(given_text: str, shown: str) -> None:
    assert text.visible(given_text) == shown


def test_block_keeps_line_ends_only() -> None:
    assert text.block("a\n\tb\x00") == "a\n␉b␀"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('0.012034  2  S  118  "+OK \\x1b ready\\r\\n"', "S: +OK ␛ ready␍␊"),
        ('0.012034  2  C  0  "NOOP\\r\\n"', "C: NOOP␍␊"),
        ('0.012034  2  S  118  close ""', "S: (close)"),
        ('0.012034  2  -  0  note "retried"', "note: (note) retried"),
        ("no transcript line \x1b", "no transcript line ␛"),
    ],
)
def test_transcript_line_is_spoken(line: str, shown: str) -> None:
    assert str(text.spoken(line)) == shown


def test_sections_sort_by_number() -> None:
    assert sorted(["10", "4.10", "4.9", "A", "4"], key=text.natural) == ["4", "4.9", "4.10", "10", "A"]
