"""Threads are those of RFC 5256 section 3, rule by rule."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.models import sample, threads
from conformance.models.contents import Message
from conformance.models.references import ancestry, message_ids
from conformance.wire.rfc5256 import Thread

NOON = dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)


def message(
    number: int, mid: str = "", references: str = "", subject: str = "", *, minute: int = -1, extra: str = ""
) -> Message:
    """A message whose sent date is its number of minutes after noon, or `minute`."""
    moment = NOON + dt.timedelta(minutes=number if minute < 0 else minute)
    lines = [f"Date: {moment:%a, %d %b %Y %H:%M:%S} +0000", f"Subject: {subject or f'subject {number}'}"]
    lines += [f"Message-ID: <{mid}@x>"] if mid else []
    lines += ["References: " + " ".join(f"<{each}@x>" for each in references.split())] if references else []
    octets = "\r\n".join([*lines, *([extra] if extra else []), "", "text\r\n"]).encode()
    return Message(number=number, uid=number * 10, octets=octets, internaldate=NOON, size=len(octets))


def references(*messages: Message) -> str:
    (answer,) = threads.acceptable(messages, b"REFERENCES")
    return threads.render(answer)


def subjects(*messages: Message) -> str:
    (answer,) = threads.acceptable(messages, b"ORDEREDSUBJECT")
    return threads.render(answer)


def test_ordered_subject_has_children_and_no_grandchildren() -> None:
    box = [message(n, subject=s) for n, s in enumerate(("b", "Re: a", "A", "b (fwd)", "c", "[x] B"), 1)]

    assert subjects(*box) == "(1 (4)(6))(2 3)(5)"


def test_ordered_subject_sorts_by_date_within_and_between_threads() -> None:
    box = [message(1, subject="a", minute=9), message(2, subject="b", minute=5), message(3, subject="re: a", minute=3)]

    assert subjects(*box) == "(3 1)(2)"


def test_references_link_parent_and_child() -> None:
    assert references(message(1, "a"), message(2, "b", "a"), message(3, "c", "a b")) == "(1 2 3)"
    assert references(message(1, "a"), message(2, "b", "a"), message(3, "c", "a")) == "(1 (2)(3))"
    assert references(message(2, "b", "a"), message(3, "c", "a b"), message(4, "a")) == "(4 2 3)"


def test_in_reply_to_counts_only_without_references_and_only_its_first_id() -> None:
    a, b = message(1, "a"), message(2, "b")

    assert references(a, b, message(3, "c", extra="In-Reply-To: note <b@x> by <a@x>")) == "(1)(2 3)"
    assert references(a, b, message(3, "c", "a", extra="In-Reply-To: <b@x>")) == "(1 3)(2)"
    assert references(a, b, message(3, "c", extra="References: none\r\nIn-Reply-To: <b@x>")) == "(1)(2 3)"


def test_missing_parents_hold_siblings_together() -> None:
    assert references(message(1, "a", "gone"), message(2, "b", "gone")) == "((1)(2))"
    assert references(message(1, "a", "gone")) == "(1)"
    assert references(message(1, "a"), message(2, "b", "a gone")) == "(1 2)"
    assert references(message(1, "a", "lost gone"), message(2, "b", "lost gone")) == "((1)(2))"


def test_a_duplicate_id_belongs_to_the_first_message() -> None:
    assert references(message(1, "a"), message(2, "a"), message(3, "c", "a")) == "(1 3)(2)"


def test_no_link_makes_a_circle() -> None:
    assert references(message(1, "a", "b"), message(2, "b", "a")) == "(2 1)"
    assert references(message(1, "a", "a")) == "(1)"
    assert references(message(1, "a"), message(2, "b", "b a")) == "(2 1)"


def test_the_last_reference_corrects_an_earlier_link() -> None:
    # message 3 says that b is a child of c; b itself says that it is one of a
    assert references(message(1, "a"), message(3, "d", "c b"), message(4, "b", "a"), message(5, "c")) == "(1 4 3)(5)"
    assert references(message(3, "d", "c b"), message(4, "b"), message(5, "c")) == "(4 3)(5)"


def test_an_existing_link_is_kept_against_other_messages_references() -> None:
    assert references(message(1, "a"), message(2, "b"), message(3, "c", "a"), message(4, "d", "b c")) == "(1 3 4)(2)"


def test_quoting_is_taken_off_message_ids() -> None:
    assert message_ids(b'<"20261129.17"@mail.example.com>') == message_ids(b"<20261129.17@mail.example.com>")
    assert message_ids(b"<a@x>\r\n <b@x><c@x> d@x <e> <f@>") == [b"a@x", b"b@x", b"c@x"]
    assert message_ids(b'<"a\\"b c"@x>') == [b'a"b c@x']
    assert ancestry(message(1)) == []


def test_subjects_join_a_reply_to_its_original() -> None:
    assert references(message(1, subject="s"), message(2, subject="Re: s")) == "(1 2)"
    assert references(message(2, subject="Re: s"), message(3, subject="s")) == "(3 2)"
    assert references(message(1, subject="s"), message(2, subject="s")) == "((1)(2))"
    assert references(message(1, subject="Re: s"), message(2, subject="fwd: S")) == "((1)(2))"
    assert references(message(1, subject="s"), message(2, subject="s"), message(3, subject="Re: s")) == "((1)(2)(3))"
    assert references(message(1, subject="Re:"), message(2, subject="(fwd)")) == "(1)(2)"


def test_subjects_join_dummies() -> None:
    a, b = message(1, "a", "gone", "s"), message(2, "b", "gone")
    c, d = message(3, "c", "lost", "Re: s"), message(4, "d", "lost")

    assert references(a, b, c, d) == "((1)(2)(3)(4))"
    assert references(a, b, message(5, "e", subject="s")) == "((1)(2)(5))"
    assert references(message(0, "e", subject="s"), a, b) == "((0)(1)(2))"


def test_siblings_are_sorted_by_sent_date_and_a_dummy_by_its_first_child() -> None:
    a = message(1, "a", minute=30)
    children = (message(2, "b", "a", minute=50), message(3, "c", "a", minute=40))

    assert references(a, *children) == "(1 (3)(2))"
    assert references(a, message(4, "d", "gone", minute=35), message(5, "e", "gone", minute=20)) == "((5)(4))(1)"
    assert references(message(1, "a", minute=5), message(2, "b", minute=5)) == "(1)(2)"


def test_the_sample_is_threaded_as_its_names_say() -> None:
    names = [specimen.name for specimen in sample.SAMPLE]
    box = [m for m in sample.as_mailbox().messages if names[m.number - 1] not in ("bad-date", "no-date")]
    (answer,) = threads.acceptable(box, b"REFERENCES")
    rendered = threads.render(answer)

    def said(text: str) -> str:
        return " ".join(str(names.index(w) + 1) for w in text.split()).replace(" ) ", ")").replace(" ( ", "(")

    root, child, grand, late, gap, by = (
        names.index(n) + 1 for n in ("root", "child", "grandchild", "late-child", "gap", "by-subject")
    )
    to, twice = names.index("to-duplicate") + 1, names.index("duplicate") + 1
    assert f"({root} ({child} ({grand})({to}))({by})({gap})({late})({twice}))" in rendered
    assert f"({said('quoted to-quoted')})" in rendered
    assert f"({said('circle-b circle-a')})" in rendered


def test_an_answer_is_told_what_is_wrong_with_it() -> None:
    box = [message(1, "a"), message(2, "b", "a")]

    assert threads.differs_from((Thread((1, 2)),), box, b"REFERENCES") == ""
    assert threads.differs_from((Thread((2, 1)),), box, b"REFERENCES") == "(2 1) instead of (1 2)"
    assert threads.differs_from((), [], b"ORDEREDSUBJECT") == ""
    assert threads.differs_from((), box, b"ORDEREDSUBJECT") == "nothing instead of (1)(2)"


def test_every_reading_of_an_unreadable_date_is_accepted_and_nothing_else() -> None:
    box = sample.as_mailbox().messages
    answers = list(dict.fromkeys(threads.acceptable(box, b"REFERENCES")))

    assert len(answers) == 2
    for answer in answers:
        assert threads.differs_from(answer, box, b"REFERENCES") == ""
    assert threads.differs_from(answers[0][::-1], box, b"REFERENCES") != ""
    assert threads.as_uids(answers[0], sample.as_mailbox(first_uid=1)) == answers[0]


ids = st.sampled_from("abcdefgh")
specimens = st.tuples(
    ids, st.lists(ids, max_size=4).map(" ".join), st.sampled_from(("s", "Re: s", "t", "", "Fwd: t")), st.integers(0, 9)
)


@pytest.mark.parametrize("algorithm", [b"ORDEREDSUBJECT", b"REFERENCES"])
@settings(max_examples=200)
@given(st.lists(specimens, max_size=8))
def test_every_message_is_in_exactly_one_thread(algorithm: bytes, some: list[tuple[str, str, str, int]]) -> None:
    box = [message(n, mid, refs, subject, minute=m) for n, (mid, refs, subject, m) in enumerate(some, 1)]
    (answer,) = threads.acceptable(box, algorithm)

    def numbers(found: tuple[Thread, ...]) -> list[int]:
        return [n for thread in found for n in (*thread.numbers, *numbers(thread.branches))]

    def nested_well(found: tuple[Thread, ...]) -> bool:
        return all(len(t.branches) != 1 and (t.numbers or t.branches) and nested_well(t.branches) for t in found)

    assert sorted(numbers(answer)) == list(range(1, len(box) + 1))
    assert nested_well(answer)
