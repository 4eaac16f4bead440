"""RFC 3501 sections 6.4.4 and 6.4.8: search programs drawn at random, in spellings drawn at random."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from conformance import ImapDial, Inconclusive, forward, rewrite, verifies
from conformance.models import contents
from conformance.models.sample import KEYWORDS
from conformance.models.shown import Shown, sample
from conformance.strategies.budgets import batches
from conformance.strategies.imap import Said, sequence_sets, uid_sets
from conformance.strategies.imap_search import Vocabulary, search_programs
from conformance.wire.search_program import InSet, Key, Program

WORDS = (
    (b"FROM", b"alpha.example"), (b"FROM", b"OLGA"), (b"TO", b"anna"), (b"CC", b"copies"), (b"BCC", b"hidden"),
    (b"SUBJECT", b"apple"), (b"SUBJECT", b"Re:"), (b"SUBJECT", b"[orchard]"), (b"BODY", b"orchard notes"),
    (b"BODY", b"body of"), (b"TEXT", b"second note"), (b"TEXT", b"zeta.example"), (b"SUBJECT", b"no such word"),
)  # fmt: skip
HEADERS = (
    (b"X-Mailconform-Note", b"first"), (b"References", b""), (b"Cc", b"dora"), (b"Subject", b"banana"),
    (b"X-Mailconform-None", b""), (b"From", b"epsilon"),
)  # fmt: skip
SENT_DAY = 16
PROGRAMS = 12


def _about(held: contents.Mailbox) -> Vocabulary:
    days = {message.internaldate.date() for message in held.messages}
    return Vocabulary(
        exists=held.exists,
        uids=tuple(sorted(held.uids)),
        days=tuple(sorted(days)),
        sent_days=tuple(day.replace(year=2019, month=1, day=SENT_DAY) for day in sorted(days)[:1]),
        sizes=tuple(sorted({message.size for message in held.messages})),
        keywords=KEYWORDS,
        words=WORDS,
        headers=HEADERS,
    )


@verifies(
    "RFC3501-6.4.4-01", "RFC3501-6.4.4-03", "RFC3501-6.4.4-41", "RFC3501-6.4.4-42",
    refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH .*?NOT (.*)") | rewrite(rb"^(\* SEARCH \d+) \d+", rb"\1", of=rb"SEARCH OR.*"),
)  # fmt: skip
def test_any_search_program_finds_what_it_means(dial: ImapDial) -> None:
    """Programs of up to eight keys under NOT, OR and parentheses over the sample, in any spelling: the messages that match."""

    @batches(10)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        held = sample(dial)
        for said in data.draw(st.lists(search_programs(_about(held.held)), min_size=PROGRAMS, max_size=PROGRAMS)):
            assert not _answered(held, said)

    each()


@verifies("RFC3501-6.4.8-04", refuted_by=forward(rb"SEARCH \1", of=rb"UID SEARCH (.*)"))
def test_any_search_program_finds_the_same_by_uid_search(dial: ImapDial) -> None:
    """Programs of up to four keys over the sample, in any spelling: UID SEARCH has the UIDs of the messages that match."""

    @batches(4)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        held = sample(dial)
        for said in data.draw(
            st.lists(search_programs(_about(held.held), largest=4), min_size=PROGRAMS, max_size=PROGRAMS)
        ):
            assert not _answered(held, said, uid=True)

    each()


@verifies(
    "RFC3501-6.4.4-13", "RFC3501-6.4.4-43", refuted_by=rewrite(rb"^(\* SEARCH \d+) \d+", rb"\1", of=rb"SEARCH [\d*].*")
)
def test_any_set_finds_the_messages_that_it_names(dial: ImapDial) -> None:
    """Sets of numbers and of UIDs drawn at random, overlapping, backwards and with *: just these messages."""

    @batches(4)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        held = sample(dial)
        numbers = st.lists(sequence_sets(held.held.exists), min_size=PROGRAMS, max_size=PROGRAMS)
        uids = st.lists(uid_sets(held.held.uids), min_size=PROGRAMS, max_size=PROGRAMS)
        assert not held.wrong(*(InSet(said.value) for said in data.draw(numbers)))
        assert not held.wrong(*(Key(b"UID", (said.value,)) for said in data.draw(uids)))

    each()


def _answered(held: Shown, said: Said[Program], *, uid: bool = False) -> str:
    """What is wrong with one answer; nothing where the server says NO to these criteria."""
    try:
        return held.wrong_as(said.value, *said.words, uid=uid)
    except Inconclusive:
        held.mailbox.imap.must_be_alive()
        return ""
