"""Words of commands are drawn as their docstrings say: what is meant can be read off what is said."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.models import mailbox_names as names
from conformance.models import sample
from conformance.models.search import evaluate
from conformance.models.sequence_sets import beyond
from conformance.models.vocabularies import vocabulary_of
from conformance.strategies import imap, imap_malformed, imap_names, imap_search
from conformance.strategies.imap import Said
from conformance.wire.imap_commands import Sync, pieces
from conformance.wire.search_program import (
    MONTHS,
    And,
    Key,
    Not,
    Program,
    SequenceSet,
    kinds_of,
    read_sequence_set,
    spelled,
)

BOX = sample.as_mailbox(first_uid=100, step=7)
WORDS = vocabulary_of(BOX)

octets = st.binary(max_size=12).map(lambda drawn: drawn.translate(None, b"\0()"))


def read_string(raw: bytes) -> bytes:
    if found := re.fullmatch(rb"\{(\d+)\}\r\n(.*)", raw, re.DOTALL):
        assert int(found[1]) == len(found[2])
        return found[2]
    return re.sub(rb"\\(.)", rb"\1", raw[1:-1]) if raw.startswith(b'"') else raw


@given(octets.flatmap(lambda value: st.one_of(imap.strings(value), imap.astrings(value), imap.literals(value))))
def test_strings_keep_their_octets_in_every_form(said: Said[bytes]) -> None:
    assert read_string(said.raw) == said.value
    if said.raw.startswith(b'"'):
        assert said.raw.isascii()
        assert not re.search(rb"[\r\n]", said.raw)


@given(st.integers(1, 50).flatmap(lambda exists: st.tuples(st.just(exists), imap.sequence_sets(exists))))
def test_sequence_sets_name_messages_that_are_there(drawn: tuple[int, Said[SequenceSet]]) -> None:
    exists, said = drawn

    assert read_sequence_set(said.raw) == said.value
    assert not beyond(said.value, exists)


@given(st.integers(0, 50).flatmap(lambda exists: st.tuples(st.just(exists), imap.sets_beyond(exists))))
def test_sets_beyond_name_one_that_is_not(drawn: tuple[int, Said[SequenceSet]]) -> None:
    exists, said = drawn

    assert read_sequence_set(said.raw) == said.value
    assert beyond(said.value, exists)


@given(imap.uid_sets({3, 9, 2**32 - 1}))
def test_uid_sets_are_well_formed(said: Said[SequenceSet]) -> None:
    assert read_sequence_set(said.raw) == said.value


@given(imap.flag_lists((b"$Blue", b"green")))
def test_flags_are_those_permitted(said: Said[frozenset[bytes]]) -> None:
    spoken = {flag.lower() for flag in said.raw[1:-1].split()}

    assert spoken == {flag.lower() for flag in said.value}
    assert said.value <= {*imap.SYSTEM_FLAGS, b"$Blue", b"green"}


@given(imap.keywords())
def test_keywords_are_atoms(keyword: bytes) -> None:
    assert re.fullmatch(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]+", keyword)


@given(imap.dates([dt.date(2020, 2, 29)]))
def test_dates_keep_their_day(said: Said[dt.date]) -> None:
    found = re.fullmatch(rb'("?)(\d{1,2})-(...)-(\d{4})\1', said.raw)

    assert found
    assert dt.date(int(found[4]), MONTHS.index(found[3].title()) + 1, int(found[2])) == said.value


@given(imap.sort_criteria((b"DATE", b"SIZE", b"FROM")))
def test_sort_criteria_are_said_in_order(said: Said[tuple[tuple[bytes, bool], ...]]) -> None:
    words = said.raw[1:-1].upper().split()
    expected = [word for key, reverse in said.value for word in ([b"REVERSE", key] if reverse else [key])]

    assert words == expected


@given(imap_names.mailbox_names(b"p-"))
def test_mailbox_names_are_valid(said: Said[bytes]) -> None:
    assert read_string(said.raw) == said.value
    assert said.value.startswith(b"p-")
    assert names.why_invalid(said.value) == ""


@given(imap_names.invalid_mailbox_names(b"p-"))
def test_invalid_mailbox_names_are_invalid(drawn: tuple[Said[bytes], str]) -> None:
    said, why = drawn

    assert read_string(said.raw) == said.value
    assert names.why_invalid(said.value) == why or not said.value.isascii()


@given(st.one_of(imap_names.odd_mailbox_names(b"p"), imap_names.long_mailbox_names(b"p")))
def test_odd_names_are_well_formed(said: Said[bytes]) -> None:
    assert read_string(said.raw) == said.value
    assert said.value.isascii()


@given(imap_names.list_patterns(b"p-", [b"p-a/b", b"p-c", b"other"], b"/"))
def test_patterns_stay_below_the_prefix(said: Said[bytes]) -> None:
    assert read_string(said.raw) == said.value
    assert said.value.startswith(b"p-")


@settings(max_examples=40)
@given(imap_search.search_programs(WORDS))
def test_programs_are_answered_without_a_refusal(said: Said[Program]) -> None:
    found = evaluate(said.value, BOX)

    assert found.must <= found.may
    assert not found.refusable
    assert spelled(said.value)


@given(imap_search.doubled_negations(WORDS))
def test_doubled_negations_mean_the_key(said: Said[Program]) -> None:
    assert isinstance(said.value, Not)
    assert isinstance(said.value.key, Not)
    assert evaluate(said.value, BOX).must == evaluate(said.value.key.key, BOX).must
    assert said.raw.upper().startswith(b"NOT NOT ")


@settings(max_examples=40)
@given(imap_search.search_programs(WORDS))
def test_programs_have_balanced_parentheses_and_single_spaces(said: Said[Program]) -> None:
    bare = b" ".join(w for w in said.words if isinstance(w, bytes) and not isinstance(w, Sync) and w[:1] != b'"')

    assert bare.count(b"(") == bare.count(b")")
    assert b"NOT NOT" not in bare.upper()
    assert b"  " not in re.sub(rb'"[^"]*"|\{\d+\}\r\n[^ )]*', b"s", said.raw)


@given(imap_search.search_keys(WORDS).flatmap(imap_search.spelled_programs))
def test_a_key_is_its_plain_spelling_up_to_what_means_nothing(said: Said[Program]) -> None:
    def plain(raw: bytes) -> bytes:
        return re.sub(rb"\{\d+\}\r\n|[\"()]|\b0(?=\d-)", b"", raw).upper()

    assert plain(said.raw) == plain(spelled(said.value))


def test_the_vocabulary_has_words_for_every_key() -> None:
    assert {key for key, _ in WORDS.words} == {b"BCC", b"BODY", b"CC", b"FROM", b"SUBJECT", b"TEXT", b"TO"}
    assert WORDS.keywords
    assert all(kinds_of(key, 1) == ("string",) for key, _ in WORDS.words)


def test_a_program_of_several_keys_needs_no_parentheses() -> None:
    program = And((Key(b"SEEN"), Key(b"ALL")))

    assert spelled(program) == b"SEEN ALL"


def test_said_words_are_cut_for_the_session() -> None:
    said = Said(b"", (b"SUBJECT", Sync(b"a\r\nb"), b"(", b"ALL", b")"))

    assert said.raw == b"SUBJECT {4}\r\na\r\nb (ALL)"
    assert list(pieces(b"t", said.words)) == [b"t SUBJECT {4}\r\n", b"a\r\nb (ALL)\r\n"]


@pytest.mark.parametrize("row", imap_malformed.TABLE, ids=lambda row: row.line.decode("latin-1"))
def test_malformed_commands_are_one_line_and_say_why(row: imap_malformed.Malformed) -> None:
    assert not re.search(rb"[\r\n\x00]", row.line)
    assert row.why
    verb = row.line.split()[0].upper()
    assert verb not in (b"EXPUNGE", b"CLOSE", b"LOGOUT", b"STARTTLS")
    assert not (verb in (b"DELETE", b"CREATE", b"RENAME") and row.leniency == "widely accepted")


def test_malformed_commands_are_told_apart() -> None:
    lines = [row.line for row in imap_malformed.TABLE]

    assert len(set(lines)) == len(lines)
    assert {row.state for row in imap_malformed.TABLE} == {"any", "authenticated", "selected"}


@given(imap_malformed.malformed_commands("any", "authenticated"))
def test_malformed_commands_are_drawn_by_state(row: imap_malformed.Malformed) -> None:
    assert row.state != "selected"
    assert row.leniency == "grammar"
    assert row.line.upper() in {each.line.upper() for each in imap_malformed.TABLE}
    assert row.words[0] == row.line


@given(imap_malformed.malformed_lines(), imap_malformed.commands_with_nul())
def test_lines_without_a_tag_and_with_nul(line: tuple[bytes, str], row: imap_malformed.Malformed) -> None:
    assert not re.fullmatch(rb"[!#$&',\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]+ NOOP", line[0])
    assert b"\0" in row.line
