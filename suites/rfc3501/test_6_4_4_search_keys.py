"""RFC 3501 section 6.4.4: search keys for flags, numbers and sizes, and how keys are joined.

The sample mailbox is searched and the answers are held against what FETCH shows of it.
"""

from __future__ import annotations

import pytest

from conformance import ImapDial, Mailbox, NotSupported, forward, rewrite, verifies
from conformance.models.sample import KEYWORDS
from conformance.models.shown import Shown, sample, shown
from conformance.wire.search_program import And, InSet, Key, Not, Or, Program, read_sequence_set

ANSWERED, DELETED, DRAFT, FLAGGED, SEEN, UNSEEN = (
    Key(name) for name in (b"ANSWERED", b"DELETED", b"DRAFT", b"FLAGGED", b"SEEN", b"UNSEEN")
)


def _numbers(text: str) -> InSet:
    return InSet(read_sequence_set(text.encode()))


def _both(name: bytes) -> tuple[Program, ...]:
    return Key(name), Key(b"UN" + name), Not(Key(name)), And((Key(name), _numbers("2:12")))


@verifies("RFC3501-6.4.4-01", refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH (\S+) FROM .*"))
def test_search_finds_what_matches_all_keys(dial: ImapDial) -> None:
    """Two and three keys side by side, flags with addresses, dates and numbers: the messages that match each of them."""
    programs = (
        And((SEEN, Key(b"FROM", (b"alpha.example",)))),
        And((_numbers("1:9"), FLAGGED, Key(b"SUBJECT", (b"banana",)))),
        And((SEEN, UNSEEN)),
        And((UNSEEN, Key(b"FROM", (b"gamma.example",)), Key(b"SMALLER", (100_000,)))),
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-02", refuted_by=rewrite(rb"^\* SEARCH ?", b"* OK ", of=rb"SEARCH .*"))
def test_a_search_that_finds_nothing_has_a_search_response_too(dial: ImapDial) -> None:
    """SEARCH for words that nothing contains: a SEARCH response without numbers, and OK."""
    answer = sample(dial).mailbox.command('SEARCH SUBJECT "no such word" FROM "nobody at all"').ok()
    assert answer.all("SEARCH")
    assert answer.found == ()


@verifies("RFC3501-6.4.4-03", refuted_by=forward(rb"SEARCH OR \2 \3\4", of=rb"SEARCH OR (\()(\S+) \S+\) (\S+)()"))
def test_keys_in_parentheses_count_as_one(dial: ImapDial) -> None:
    """OR and NOT with lists of keys, lists in lists and a list of one: as what is in them together."""
    programs = (
        Or(And((SEEN, FLAGGED)), DRAFT),
        Or(And((SEEN, ANSWERED)), And((DELETED, FLAGGED))),
        Not(And((SEEN, ANSWERED))),
        And((And((And((SEEN,)), Not(And((ANSWERED,))))), _numbers("1:20"))),
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-13", refuted_by=rewrite(rb"^\* SEARCH \d+", b"* SEARCH", of=rb"SEARCH [\d:*,]+"))
@pytest.mark.parametrize(
    "numbers",
    ["2:4", "4:2", "1", "*", "3:*", "*:3", "*:*", "1,3,5", "5,3,1,3", "2:4,3:6,9,*", "7:7", "1:*,2", "10:12,*:38"],
)
def test_search_finds_the_messages_of_a_sequence_set(dial: ImapDial, numbers: str) -> None:
    """Sets in all spellings (backwards, with *, overlapping, out of order): these messages."""
    assert not sample(dial).wrong(_numbers(numbers), Not(_numbers(numbers)))


@verifies("RFC3501-6.4.4-14", refuted_by=rewrite(rb"^\* SEARCH 1 ", b"* SEARCH ", of=rb"SEARCH ALL"))
def test_all_finds_every_message(dial: ImapDial) -> None:
    """SEARCH ALL, and ALL beside another key: all messages, all that match the other."""
    assert not sample(dial).wrong(Key(b"ALL"), And((Key(b"ALL"), SEEN)), Not(Key(b"ALL")))


@verifies("RFC3501-6.4.4-15", refuted_by=forward(rb"SEARCH NOT DELETED", of=rb"SEARCH UNANSWERED"))
def test_answered_finds_by_that_flag(dial: ImapDial) -> None:
    """ANSWERED, UNANSWERED, NOT ANSWERED, and beside a set: as FETCH FLAGS tells."""
    assert not sample(dial).wrong(*_both(b"ANSWERED"))


@verifies("RFC3501-6.4.4-16", refuted_by=forward(rb"SEARCH ALL", of=rb"SEARCH UNDELETED"))
def test_deleted_finds_by_that_flag(dial: ImapDial) -> None:
    """DELETED, UNDELETED, NOT DELETED, and beside a set: as FETCH FLAGS tells."""
    assert not sample(dial).wrong(*_both(b"DELETED"))


@verifies("RFC3501-6.4.4-17", refuted_by=forward(rb"SEARCH NOT ALL", of=rb"SEARCH DRAFT"))
def test_draft_finds_by_that_flag(dial: ImapDial) -> None:
    """DRAFT, UNDRAFT, NOT DRAFT, and beside a set: as FETCH FLAGS tells."""
    assert not sample(dial).wrong(*_both(b"DRAFT"))


@verifies("RFC3501-6.4.4-18", refuted_by=forward(rb"SEARCH ALL", of=rb"SEARCH UNFLAGGED"))
def test_flagged_finds_by_that_flag(dial: ImapDial) -> None:
    """FLAGGED, UNFLAGGED, NOT FLAGGED, and beside a set: as FETCH FLAGS tells."""
    assert not sample(dial).wrong(*_both(b"FLAGGED"))


@verifies("RFC3501-6.4.4-19", refuted_by=forward(rb"SEARCH ALL", of=rb"SEARCH UNSEEN"))
def test_seen_finds_by_that_flag(dial: ImapDial) -> None:
    """SEEN, UNSEEN, NOT SEEN, and beside a set: as FETCH FLAGS tells."""
    assert not sample(dial).wrong(*_both(b"SEEN"))


@verifies("RFC3501-6.4.4-20", refuted_by=forward(rb"SEARCH ALL", of=rb"SEARCH UNKEYWORD \$.*"))
def test_keyword_finds_by_that_keyword(dial: ImapDial) -> None:
    """Two keywords that some messages have: KEYWORD and UNKEYWORD of each find as FETCH FLAGS tells."""
    held = _with_keywords(dial)
    programs = [Key(name, (keyword,)) for name in (b"KEYWORD", b"UNKEYWORD") for keyword in KEYWORDS]
    both = And((Key(b"KEYWORD", (KEYWORDS[0],)), Key(b"UNKEYWORD", (KEYWORDS[1],))))
    assert not held.wrong(*programs, both, Not(programs[0]))


@verifies("RFC3501-6.4.4-21", refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH (?:UN)?KEYWORD \S+(.*)"))
def test_no_message_has_a_keyword_never_used(dial: ImapDial) -> None:
    """KEYWORD of a name that no message has finds nothing, UNKEYWORD everything, also beside another key."""
    held = sample(dial)
    unused = (b"mailconform-never-used",)
    programs = (
        Key(b"KEYWORD", unused),
        Key(b"UNKEYWORD", unused),
        And((Key(b"UNKEYWORD", unused), SEEN)),
        Or(Key(b"KEYWORD", unused), FLAGGED),
    )
    assert not held.wrong(*programs)


@verifies("RFC3501-6.4.4-22", refuted_by=forward(rb"SEARCH UNSEEN", of=rb"SEARCH NEW"))
def test_recent_old_and_new_find_by_the_recent_flag(mailbox: Mailbox) -> None:
    r"""Four messages, two of them read, in the session that selects them: RECENT, OLD and NEW as FETCH FLAGS tells; and once more in another."""
    programs = (Key(b"RECENT"), Key(b"OLD"), Key(b"NEW"), Not(Key(b"RECENT")), Not(Key(b"NEW")))
    mailbox.fill(4).flag("2:3", "\\Seen")
    assert not shown(mailbox).wrong(*programs)
    assert not shown(mailbox.beside()).wrong(*programs)


@verifies("RFC3501-6.4.4-40", refuted_by=forward(rb"SEARCH NOT SMALLER \1", of=rb"SEARCH LARGER (\d+)"))
def test_larger_and_smaller_leave_out_what_is_of_that_size(dial: ImapDial) -> None:
    """LARGER and SMALLER at sizes of messages, one below and one above, and at both ends: as RFC822.SIZE tells."""
    held = sample(dial)
    sizes = sorted({message.size for message in held.held.messages})
    near = {size + off for size in (sizes[0], sizes[len(sizes) // 2], *sizes[-4:]) for off in (-1, 0, 1)}
    wanted = [Key(name, (size,)) for name in (b"LARGER", b"SMALLER") for size in (*sorted(near), 0, 2147483647)]
    assert not held.wrong(*wanted)


@verifies("RFC3501-6.4.4-41", refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH NOT ((?!NOT).*)"))
def test_not_inverts_the_key_behind_it(dial: ImapDial) -> None:
    """NOT before flags, sets, strings, dates and OR, twice and three times, and before the first of two keys only."""
    assert not sample(dial).wrong(
        Not(SEEN),
        Not(Not(SEEN)),
        Not(Not(Not(FLAGGED))),
        And((Not(SEEN), FLAGGED)),
        Not(Or(SEEN, FLAGGED)),
        Not(_numbers("3:20")),
        Not(Key(b"FROM", (b"beta.example",))),
        Or(Not(SEEN), Not(ANSWERED)),
    )


@verifies("RFC3501-6.4.4-42", refuted_by=forward(rb"SEARCH \1 \2", of=rb"SEARCH OR (\S+) (\S+)"))
def test_or_finds_what_matches_either_key(dial: ImapDial) -> None:
    """OR of two, of three in either nesting, with NOT, and beside another key: the messages of both sides."""
    assert not sample(dial).wrong(
        Or(ANSWERED, FLAGGED),
        Or(Or(ANSWERED, DELETED), DRAFT),
        Or(ANSWERED, Or(DELETED, DRAFT)),
        Or(_numbers("1:2"), Not(_numbers("2:40"))),
        And((Or(SEEN, DRAFT), UNSEEN)),
        And((UNSEEN, Or(FLAGGED, DRAFT), Or(_numbers("1:5"), _numbers("9:40")))),
        Or(Key(b"FROM", (b"nobody at all",)), Key(b"SUBJECT", (b"apple",))),
    )


def _with_keywords(dial: ImapDial) -> Shown:
    held = sample(dial)
    for keyword in KEYWORDS:
        if not any(message.has(keyword) for message in held.held.messages):
            raise NotSupported(f"the keyword {keyword.decode()} is not kept")
    return held
