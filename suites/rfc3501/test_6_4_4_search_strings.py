"""RFC 3501 section 6.4.4: search keys for strings in header fields and texts.

The sample mailbox is searched; where the RFC leaves a choice (encoded texts, MIME headers, parts that are no text), any
answer is let pass.
"""

from __future__ import annotations

import pytest

from conformance import ImapDial, Sync, forward, quoted, rewrite, verifies
from conformance.models.shown import sample
from conformance.wire.search_program import And, Key, Not, Or, Program


def _each(name: bytes, *strings: bytes) -> list[Program]:
    return [Key(name, (string,)) for string in strings]


def _header(field: bytes, string: bytes) -> Program:
    return Key(b"HEADER", (field, string))


@verifies("RFC3501-6.4.4-11", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb'SEARCH SUBJECT "?anan.*'))
def test_search_finds_parts_of_words(dial: ImapDial) -> None:
    """Beginning, middle and end of words in Subject, From and body, and a string over two words: their messages."""
    programs = (
        *_each(b"SUBJECT", b"anan", b"erry", b"dams", b"e be", b"is"),
        *_each(b"FROM", b"mith", b"oe.sm", b"zeta", b"h@alpha", b"@gamma.exam"),
        *_each(b"BODY", b"rchard no", b"uick brow", b"o recipien"),
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-12", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb'SEARCH SUBJECT "?APPLE.*'))
def test_search_takes_letters_in_either_case(dial: ImapDial) -> None:
    """Strings in upper, lower and mixed case for texts in upper, lower and mixed case: the same messages."""
    programs = (
        *_each(b"SUBJECT", b"APPLE", b"apple", b"aPPle"),
        *_each(b"FROM", b"SMITH", b"mike", b"BETA.Example"),
        *_each(b"TO", b"ANNA", b"bOB bUILDER"),
        *_each(b"BODY", b"orchard notes", b"ORCHARD NOTES"),
        *_each(b"TEXT", b"QUICK BROWN", b"second NOTE"),
        _header(b"X-Mailconform-Note", b"FIRST note"),
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-23", refuted_by=forward(rb"SEARCH CC \1", of=rb"SEARCH BCC (.*)"))
def test_bcc_searches_the_bcc_field(dial: ImapDial) -> None:
    """BCC with an address of a Bcc field, and with words that stand in other fields only."""
    assert not sample(dial).wrong(*_each(b"BCC", b"hidden@blind.example", b"BLIND", b"anna", b"carol"))


@verifies("RFC3501-6.4.4-24", refuted_by=forward(rb"SEARCH TO \1", of=rb"SEARCH CC (.*)"))
def test_cc_searches_the_cc_field(dial: ImapDial) -> None:
    """CC with names and addresses, the second of two also, and with words that stand in other fields only."""
    assert not sample(dial).wrong(
        *_each(b"CC", b"carol", b"Dora", b"zack@copies.example", b"copies", b"anna", b"hidden")
    )


@verifies("RFC3501-6.4.4-25", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb'SEARCH FROM "?Zoe"?'))
def test_from_searches_names_and_addresses_of_the_from_field(dial: ImapDial) -> None:
    """FROM with display names, local parts and domains, and with words that stand in other fields only."""
    programs = _each(
        b"FROM", b"Zoe", b"zoe.smith", b"alpha.example", b"olga", b"Peter", b"recipients", b"orchard", b"carol"
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-26", refuted_by=forward(rb"SEARCH OR TO \1 CC \1", of=rb"SEARCH TO (.*)"))
def test_to_searches_the_to_field_and_no_other(dial: ImapDial) -> None:
    """TO with names and addresses of To fields, and with words of Cc, Bcc and From only."""
    programs = _each(
        b"TO", b"anna", b"Bob Builder", b"bob@", b"recipients.example", b"carol", b"copies", b"hidden", b"zoe"
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-27", refuted_by=forward(rb"SEARCH TEXT \1", of=rb"SEARCH SUBJECT (.*)"))
def test_subject_searches_the_subject_field_and_no_other(dial: ImapDial) -> None:
    """SUBJECT with words, brackets and prefixes of subjects, and with words that stand elsewhere only."""
    strings = (
        b"apple",
        b"[orchard]",
        b"Re: ",
        b"(fwd)",
        b"Fwd: ",
        b"]",
        b"Size",
        b"fox",
        b"alpha",
        b"note",
        b"gooseberry",
    )
    assert not sample(dial).wrong(*_each(b"SUBJECT", *strings))


@verifies("RFC3501-6.4.4-27", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH .*"))
def test_a_folded_field_is_searched_as_one_line(dial: ImapDial) -> None:
    """A Subject folded before blanks and a field folded before one space: strings on either side, and over the fold."""
    held = sample(dial)
    folded = And((Key(b"SUBJECT", (b"grape",)), Key(b"SUBJECT", (b"(fwd)",))))
    assert not held.wrong(
        folded, _header(b"X-Mailconform-Folded", b"left right"), _header(b"X-Mailconform-Folded", b"right")
    )


@verifies("RFC3501-6.4.4-28", refuted_by=forward(rb"SEARCH TEXT \1", of=rb"SEARCH BODY (.*)"))
def test_body_searches_the_body_and_not_the_header(dial: ImapDial) -> None:
    """BODY with words of bodies and of text parts, and with words of the header only."""
    strings = (
        b"quick brown fox",
        b"Plain pear",
        b"quince",
        b"no recipient",
        b"alpha.example",
        b"X-Mailconform",
        b"second note",
    )
    assert not sample(dial).wrong(*_each(b"BODY", *strings))


@verifies("RFC3501-6.4.4-29", refuted_by=forward(rb"SEARCH BODY \1", of=rb"SEARCH TEXT (.*)"))
def test_text_searches_header_and_body(dial: ImapDial) -> None:
    """TEXT with words of bodies, of well-known fields and of odd fields, and with words that stand nowhere."""
    strings = (
        b"quick brown fox",
        b"hidden@blind",
        b"second note",
        b"X-Mailconform-Note",
        b"banana",
        b"quince",
        b"no such word",
    )
    assert not sample(dial).wrong(*_each(b"TEXT", *strings))


@verifies("RFC3501-6.4.4-30", refuted_by=forward(rb"SEARCH TEXT \1", of=rb"SEARCH HEADER \S+ (.*)"))
def test_header_searches_the_named_field(dial: ImapDial) -> None:
    """HEADER with odd and well-known fields, the second of two fields also, and words that stand in other fields."""
    programs = (
        _header(b"X-Mailconform-Note", b"first"),
        _header(b"X-Mailconform-Note", b"second note"),
        _header(b"X-Mailconform-Note", b"left"),
        _header(b"Subject", b"cherry"),
        _header(b"To", b"carol"),
        _header(b"References", b"absent.middle"),
        _header(b"Cc", b"copies"),
        _header(b"X-Mailconform-Not", b"note"),
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-30", refuted_by=forward(rb"SEARCH TEXT \1", of=rb"SEARCH HEADER \S+ (.*)"))
def test_header_searches_behind_the_colon_only(dial: ImapDial) -> None:
    """HEADER with the name of the field itself, which stands before the colon: nothing is found by it."""
    assert not sample(dial).wrong(
        _header(b"X-Mailconform-Note", b"X-Mailconform"), _header(b"References", b"References")
    )


@verifies("RFC3501-6.4.4-31", refuted_by=forward(rb"SEARCH NOT ALL", of=rb'SEARCH HEADER "?X-\S+ ""'))
def test_header_with_an_empty_string_finds_every_message_with_the_field(dial: ImapDial) -> None:
    """HEADER with "" for fields that few, many and most messages have: those that have it."""
    fields = (b"X-Mailconform-Note", b"X-Mailconform-Folded", b"References", b"Cc", b"Bcc", b"In-Reply-To", b"To")
    assert not sample(dial).wrong(*(_header(field, b"") for field in fields))


@verifies("RFC3501-6.4.4-32", refuted_by=forward(rb"SEARCH NOT ALL", of=rb'SEARCH HEADER "?x-MAIL.*'))
def test_the_field_name_of_header_is_taken_in_any_letter_case(dial: ImapDial) -> None:
    """HEADER with names in upper, lower and mixed case: the same messages."""
    programs = (
        _header(b"x-MAILconform-note", b"first"),
        _header(b"X-MAILCONFORM-FOLDED", b"left"),
        _header(b"subject", b"banana"),
        _header(b"REFERENCES", b"absent"),
        _header(b"cC", b"dora"),
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-33", refuted_by=forward(rb"SEARCH ALL", of=rb'SEARCH HEADER "?X-Mailconform-None.*'))
def test_header_finds_no_message_without_the_field(dial: ImapDial) -> None:
    """HEADER with a field that no message has, with a string and without; NOT of it finds every message."""
    absent = (
        _header(b"X-Mailconform-None", b""),
        _header(b"X-Mailconform-None", b"note"),
        _header(b"X-Mailconform", b"zz"),
    )
    assert not sample(dial).wrong(*absent, Not(absent[0]), Or(absent[0], Key(b"SEEN")))


@verifies("RFC3501-6.4.4-47", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH .*\{\d+\}.*"))
@pytest.mark.parametrize("charset", [b"", b"US-ASCII"], ids=["plain", "charset"])
def test_search_strings_may_be_literals(dial: ImapDial, charset: bytes) -> None:
    """SUBJECT, FROM, TEXT and HEADER with literals, one beside another: the same messages as with quoted strings."""
    held = sample(dial)
    two = And((Key(b"SUBJECT", (b"banana",)), Key(b"FROM", (b"Olga",))))
    header = _header(b"X-Mailconform-Note", b"first note")
    said = (
        held.wrong_as(Key(b"SUBJECT", (b"apple",)), b"SUBJECT", Sync(b"apple"), charset=charset),
        held.wrong_as(two, b"SUBJECT", Sync(b"banana"), b"FROM", Sync(b"Olga"), charset=charset),
        held.wrong_as(header, b"HEADER", Sync(b"X-Mailconform-Note"), Sync(b"first note"), charset=charset),
        held.wrong_as(Not(two), b"NOT (SUBJECT", Sync(b"banana"), b"FROM", Sync(b"Olga"), b")", charset=charset),
    )
    assert not any(said)


@verifies("RFC3501-6.4.4-47", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH SUBJECT [a-z]+"))
def test_a_search_string_means_the_same_in_each_form(dial: ImapDial) -> None:
    """SUBJECT with an atom, a quoted string, one with backslashes, and a literal: the same messages."""
    held = sample(dial)
    key, bracket = Key(b"SUBJECT", (b"apple",)), Key(b"SUBJECT", (b"[orchard]",))
    said = (
        held.wrong_as(key, b"SUBJECT", b"apple"),
        held.wrong_as(key, b"SUBJECT", quoted(b"apple")),
        held.wrong_as(key, b"SUBJECT", Sync(b"apple")),
        held.wrong_as(bracket, b"SUBJECT", quoted(b"[orchard]")),
        held.wrong_as(bracket, b"SUBJECT", Sync(b"[orchard]")),
        held.wrong_as(Key(b"FROM", (b'"Smith',)), b"FROM", rb'"\"Smith"'),
    )
    assert not any(said)


@verifies("RFC3501-6.4.4-49", refuted_by=forward(rb"SEARCH NOT ALL", of=rb'SEARCH SUBJECT ""'))
def test_an_empty_string_finds_every_message_that_has_the_field(dial: ImapDial) -> None:
    """SUBJECT, FROM and TO with "": every message with something in that field is among what is found."""
    held = sample(dial)
    for name in (b"SUBJECT", b"FROM", b"TO"):
        having = {m.number for m in held.held.messages if any(value.strip() for value in m.fields(name))}
        assert having <= set(held.mailbox.command("SEARCH", name, b'""').ok().found)
