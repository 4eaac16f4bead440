"""The oracle of SEARCH says what RFC 3501 section 6.4.4 says, key by key, on the sample mailbox."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from conformance.models import sample
from conformance.models.contents import Mailbox, Message
from conformance.models.search import Found, evaluate
from conformance.wire.search_program import And, InSet, Key, Not, Or, Program, SequenceSet, spelled

BOX = sample.as_mailbox(first_uid=100, step=10)
NAMES = [specimen.name for specimen in sample.SAMPLE]
EVERYTHING = frozenset(range(1, BOX.exists + 1))


def names(numbers: frozenset[int]) -> set[str]:
    return {NAMES[number - 1] for number in numbers}


def found(program: Program, charset: bytes = b"US-ASCII", box: Mailbox = BOX) -> Found:
    return evaluate(program, box, charset=charset)


def surely(program: Program, charset: bytes = b"US-ASCII") -> set[str]:
    result = found(program, charset)
    assert result.must == result.may
    return names(result.must)


def key(name: bytes, *arguments: bytes | int | dt.date | SequenceSet) -> Key:
    return Key(name, arguments)


MARCH = dt.date(2020, 3, 2)
JANUARY = dt.date(2019, 1, 16)


@pytest.mark.parametrize(
    ("flag", "there"),
    [
        (b"ANSWERED", {"east", "forwarded", "empty-subject", "base64"}),
        (b"DELETED", {"last-second", "blob-only", "empty-subject"}),
        (b"DRAFT", {"next-day", "empty-subject", "size-2001"}),
        (b"FLAGGED", {"midnight", "half-zone", "empty-subject", "year-end"}),
        (
            b"SEEN",
            {"west", "east", "half-zone", "blob-only", "empty-subject", "no-date", "size-2001", "encoded-subject"},
        ),
    ],
)
def test_flags_and_their_opposites_divide_the_mailbox(flag: bytes, there: set[str]) -> None:
    assert surely(key(flag)) == there
    assert surely(key(b"UN" + flag)) == set(NAMES) - there


def test_keywords_are_told_apart_whatever_their_case() -> None:
    assert surely(key(b"KEYWORD", b"$mailconformBLUE")) == {"half-zone", "blob-only"}
    assert surely(key(b"KEYWORD", b"mailconform-green")) == {"forwarded", "blob-only"}
    assert len(surely(key(b"UNKEYWORD", b"mailconform-green"))) == BOX.exists - 2
    assert surely(key(b"KEYWORD", b"mailconform")) == set()


def test_new_is_recent_and_unseen_and_old_is_not_recent() -> None:
    recent = [replace(m, flags=m.flags | {b"\\Recent"}) if m.number <= 3 else m for m in BOX.messages]
    box = Mailbox(messages=tuple(recent))

    assert evaluate(key(b"RECENT"), box).must == {1, 2, 3}
    assert evaluate(key(b"NEW"), box).must == {3}  # the first two are \Seen
    assert evaluate(key(b"OLD"), box).must == EVERYTHING - {1, 2, 3}
    assert evaluate(Not(key(b"NEW")), box).must == EVERYTHING - {3}


def test_internal_dates_are_taken_as_written_without_time_and_zone() -> None:
    assert surely(key(b"ON", MARCH)) == {"east", "midnight", "last-second"}
    assert surely(key(b"BEFORE", MARCH)) == {"west", "year-end"}
    assert surely(key(b"SINCE", MARCH)) == set(NAMES) - {"west", "year-end"}
    assert surely(key(b"ON", dt.date(2020, 3, 3))) == {"next-day", "half-zone"}


def test_sent_dates_are_taken_as_written_and_missing_ones_are_open() -> None:
    vague = {"no-date", "bad-date"}
    on = found(key(b"SENTON", JANUARY))
    before = found(key(b"SENTBEFORE", JANUARY))
    since = found(key(b"SENTSINCE", JANUARY))

    assert names(on.must) == {"east", "midnight", "last-second", "same-moment"}
    assert names(on.may - on.must) == names(before.may - before.must) == names(since.may - since.must) == vague
    assert before.must.isdisjoint(since.must)
    assert names(before.must | since.must) == set(NAMES) - vague
    assert "west" in names(before.must)


def test_sizes_exclude_the_number_itself() -> None:
    assert "size-2000" not in surely(key(b"LARGER", 2000))
    assert surely(key(b"LARGER", 1999)) - surely(key(b"LARGER", 2000)) == {"size-2000"}
    assert surely(key(b"LARGER", 2000)) == {"size-2001"}
    assert surely(key(b"SMALLER", 2000)) - surely(key(b"SMALLER", 1999)) == {"size-1999"}


def test_address_keys_look_into_their_own_field() -> None:
    assert surely(key(b"FROM", b"ZOE.smith")) == {"west"}
    assert surely(key(b"FROM", b"smith, zoe")) == {"west"}
    assert surely(key(b"TO", b"builder")) == {"east"}
    assert surely(key(b"CC", b"carol")) == {"west", "no-body"}
    assert surely(key(b"BCC", b"hidden")) == {"west"}
    assert surely(key(b"TO", b"hidden")) == surely(key(b"CC", b"anna")) == set()
    assert "multipart" in surely(key(b"TO", b"pia"))


def test_what_an_address_looks_like_as_a_whole_is_open() -> None:
    whole = found(key(b"FROM", b"zoe.smith@alpha"))

    assert (whole.must, names(whole.may)) == (frozenset(), {"west"})


def test_encoded_words_must_be_decoded_only_in_another_charset() -> None:
    umlaut = "jörg".encode()
    assert surely(key(b"FROM", umlaut), b"UTF-8") == {"encoded-subject"}
    assert surely(key(b"SUBJECT", "rüben und kraut".encode()), b"UTF-8") == {"encoded-subject"}
    assert {"quoted-printable"} <= surely(key(b"SUBJECT", b"apple"), b"UTF-8")
    ascii_found = found(key(b"SUBJECT", b"apple"))
    assert names(ascii_found.may - ascii_found.must) == {"quoted-printable"}
    raw = found(key(b"SUBJECT", b"=?UTF-8?Q?Re"))
    assert (raw.must, names(raw.may)) == (frozenset(), {"encoded-subject"})


def test_case_of_other_scripts_and_marks_are_open() -> None:
    for string in ("JÖRG", "jorg"):
        result = found(key(b"FROM", string.encode()), b"UTF-8")
        assert (result.must, names(result.may)) == (frozenset(), {"encoded-subject"})


def test_header_keys_ask_for_a_field_and_its_text() -> None:
    assert surely(key(b"HEADER", b"x-mailconform-note", b"SECOND")) == {"same-moment"}
    assert surely(key(b"HEADER", b"X-Mailconform-Note", b"third")) == set()
    assert surely(key(b"HEADER", b"X-Mailconform-Empty", b"")) == {"same-moment"}
    assert surely(key(b"HEADER", b"Cc", b"")) == {"west", "midnight", "no-body"}
    assert surely(key(b"HEADER", b"In-Reply-To", b"your note")) == {"late-child"}
    assert surely(key(b"HEADER", b"Content-Type", b"tamarind")) == set()
    inner = found(key(b"HEADER", b"Content-Type", b"octet-stream"))  # stands in a part's header
    assert not inner.must
    assert names(inner.may) == {"multipart"}
    assert names(found(key(b"HEADER", b"X-Mailconform-Folded", b"left right")).may) == {"year-end"}


def test_an_empty_string_in_a_missing_field_is_open() -> None:
    result = found(key(b"SUBJECT", b""))

    assert names(result.may - result.must) == {"bare", "empty-subject"}


def test_bodies_are_searched_decoded_or_not() -> None:
    assert {"west", "east"} == surely(key(b"BODY", b"orchard notes"))
    assert surely(key(b"BODY", b"plain pear")) == {"quoted-printable"}
    assert surely(key(b"BODY", "süße Birne fällt".encode()), b"UTF-8") == {"quoted-printable"}
    assert surely(key(b"BODY", b"gooseberry"), b"UTF-8") == {"base64"}
    assert surely(key(b"BODY", b"mirabelle"), b"UTF-8") == surely(key(b"BODY", b"mirabelle")) == {"eight-bit"}
    latin = found(key(b"BODY", "schönheit".encode()), b"UTF-8")  # a server may not know that charset
    assert not latin.must
    assert names(latin.may) == {"eight-bit"}
    for string in (b"gooseberry", b"vom baum", b"=61um"):
        result = found(key(b"BODY", string))
        assert result.must == frozenset()
        assert len(result.may) == 1


def test_only_the_text_of_a_multipart_is_certain() -> None:
    for string in (b"quince", b"loquat", b"speaks of nectar"):
        assert surely(key(b"BODY", string)) == {"multipart"}
    for string in (b"rhubarb", b"sorrel", b"tamarind", b"pomelo", b"kumquat", b"nectarine", b"second part"):
        result = found(key(b"BODY", string))
        assert result.must == frozenset()
        assert names(result.may) == ({"multipart"} if string != b"second part" else set())


def test_text_is_header_and_body() -> None:
    assert {"west"} == surely(key(b"TEXT", b"quick brown"))
    assert {"west"} == surely(key(b"TEXT", b"hidden@blind"))
    assert surely(key(b"BODY", b"hidden@blind")) == set()
    assert names(found(key(b"TEXT", b"x-mailconform-note:")).may) == {"same-moment"}


def test_sequence_sets_and_uid_sets() -> None:
    last = BOX.exists
    assert found(InSet(SequenceSet((2, (5, 3), "*")))).must == {2, 3, 4, 5, last}
    assert found(key(b"UID", SequenceSet((101, 110, (10**6, "*"))))).must == {2, last}
    assert found(key(b"UID", SequenceSet((10**6,)))) == Found(must=frozenset(), may=frozenset())
    beyond = found(InSet(SequenceSet(((last, last + 7),))))
    assert beyond.must == {last}
    assert beyond.refusable


def test_saved_results_are_uids() -> None:
    box = replace(BOX, saved=frozenset({110, 120, 777}))

    assert evaluate(InSet(SequenceSet(("$",))), box).must == {2, 3}
    assert evaluate(key(b"UID", SequenceSet(("$",))), box).must == {2, 3}


def test_logic_keeps_what_is_open_open() -> None:
    vague = key(b"SENTON", JANUARY)
    seen = key(b"SEEN")

    assert found(Not(vague)).must == EVERYTHING - found(vague).may
    assert found(Not(vague)).may == EVERYTHING - found(vague).must
    assert found(Or(vague, seen)).must == found(vague).must | found(seen).must
    assert found(And((vague, Not(seen)))).must == found(vague).must - found(seen).must
    assert found(And((key(b"ALL"), And((seen,))))).must == found(seen).must


def test_older_and_younger_both_include_the_limit() -> None:
    now = dt.datetime(2020, 3, 5, 9, 0, 0, tzinfo=dt.UTC)
    box = replace(BOX, clock=(now, now))
    bare = sample.number_of("no-date")  # an hour before

    for name in (b"OLDER", b"YOUNGER"):
        assert bare in evaluate(key(name, 3600), box).must
    assert bare not in evaluate(key(b"OLDER", 3601), box).may
    assert bare not in evaluate(key(b"YOUNGER", 3599), box).may
    late = replace(BOX, clock=(now, now + dt.timedelta(seconds=2)))
    assert bare in evaluate(key(b"OLDER", 3601), late).may - evaluate(key(b"OLDER", 3601), late).must
    assert evaluate(key(b"OLDER", 1), BOX).must == frozenset()


def test_mod_sequences_include_the_number() -> None:
    box = Mailbox(messages=tuple(replace(m, modseq=m.number * 2) for m in BOX.messages[:4]))

    assert evaluate(key(b"MODSEQ", 4), box).must == {2, 3, 4}
    narrowed = evaluate(key(b"MODSEQ", b"/flags/\\draft", b"all", 4), box)
    assert not narrowed.must
    assert narrowed.may == {2, 3, 4}


def test_an_answer_is_told_what_is_wrong_with_it() -> None:
    on = found(key(b"SENTON", JANUARY))

    assert on.differs_from(on.must) == on.differs_from([*on.may, *on.may]) == ""
    assert on.differs_from(on.must - {2}) == "2 matches and is not found"
    assert on.differs_from({*on.must, 1}) == "1 is found and does not match"
    assert on.as_uids(BOX).must == {BOX.uid_of(number) for number in on.must}


def test_strings_outside_the_charset_may_be_refused() -> None:
    assert found(key(b"SUBJECT", b"caf\xe9")).refusable
    assert found(Not(key(b"BODY", b"caf\xe9")), b"UTF-8").refusable
    assert not found(key(b"SUBJECT", b"cafe")).refusable


@pytest.mark.parametrize(
    "wrong", [key(b"SUBJECT"), key(b"UNRECENT"), key(b"ALL", 1), key(b"ON", 4), key(b"UNALL"), And(())]
)
def test_a_tree_that_is_no_program_has_no_spelling(wrong: Program) -> None:
    with pytest.raises(ValueError, match=r"search-key|spelling|no date|arguments"):
        spelled(wrong)


def test_programs_are_spelled_with_the_brackets_they_need() -> None:
    program = And(
        (key(b"SEEN"), Or(key(b"HEADER", b"X-A", b'"\\'), And((key(b"ALL"), InSet(SequenceSet((1, (2, "*"))))))))
    )

    assert spelled(program) == b'SEEN OR HEADER "X-A" "\\"\\\\" (ALL 1,2:*)'
    assert spelled(Not(key(b"BODY", b"a\r\n\xff"))) == b"NOT BODY {4}\r\na\r\n\xff"
    assert spelled(key(b"SENTON", dt.date(2020, 3, 2))) == b"SENTON 2-Mar-2020"


def test_a_message_without_header_or_body_is_one() -> None:
    def message(octets: bytes) -> Message:
        now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        return Message(number=1, uid=1, octets=octets, internaldate=now, size=len(octets))

    assert message(b"\r\nbody").header == b""
    assert message(b"\r\nbody").body == b"body"
    assert message(b"A: b\r\n\r\n").fields(b"a") == (b" b",)
    assert message(b"A: b\r\n c\r\nA:d\r\n\r\nA: e\r\n").fields(b"a") == (b" b\r\n c", b"d")
