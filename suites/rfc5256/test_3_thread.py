"""RFC 5256: THREAD, held against the two algorithms of section 3 over the sample mailbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance import AFTER_LOGIN, ImapDial, Mailbox, NotSupported, compose, forward, rewrite, say, verifies
from conformance.models.contents import Message
from conformance.models.sample import number_of
from conformance.models.shown import Shown, sample, shown

ALGORITHMS = (b"ORDEREDSUBJECT", b"REFERENCES")
READABLE = number_of("bad-date")
"""The message whose Date field nobody can read: it stands apart, so that there is one right answer."""


def _announced(dial: ImapDial) -> tuple[str, ...]:
    algorithms = dial.profile.parameters("THREAD", AFTER_LOGIN)
    if not algorithms:
        raise NotSupported("THREAD= is not announced")
    return algorithms


def _offered(dial: ImapDial, algorithm: bytes) -> Shown:
    dial.login().supports(f"THREAD={algorithm.decode()}")
    return sample(dial)


def _where(held: Shown, fits: Callable[[Message], bool]) -> list[Message]:
    return [message for message in held.held.messages if fits(message)]


def _all_but_one(held: Shown, algorithm: bytes, *, uid: bool = False) -> str:
    messages = _where(held, lambda message: message.number != READABLE)
    return held.unthreaded(algorithm, messages, b"NOT %d" % READABLE, uid=uid)


@verifies("RFC5256-BASE.6.4.THREAD-01", refuted_by=say(b"<tag> BAD unknown\r\n", of=rb"THREAD (?:ORDERED|REF).*"))
def test_thread_takes_each_algorithm_that_is_announced(dial: ImapDial) -> None:
    """THREAD with each name of THREAD=, in either letter case: OK."""
    algorithms = _announced(dial)
    mailbox = sample(dial).mailbox
    for name in (*algorithms, algorithms[0].lower()):
        assert mailbox.command("THREAD", name, "UTF-8 ALL").is_ok


@verifies(
    "RFC5256-BASE.6.4.THREAD-01", refuted_by=say(b"* THREAD (1)\r\n<tag> OK done\r\n", of=rb"THREAD MAILCONFORM.*")
)
def test_thread_refuses_an_algorithm_that_nobody_knows(dial: ImapDial) -> None:
    """THREAD with an invented algorithm: BAD or NO."""
    _announced(dial)
    assert sample(dial).mailbox.command("THREAD MAILCONFORM UTF-8 ALL").refused


@verifies("RFC5256-BASE.6.4.THREAD-02", refuted_by=rewrite(rb"(\d+) (\d+)\)", rb"\2 \1)", of=rb"THREAD .*"))
def test_orderedsubject_threads_by_subject_and_date(dial: ImapDial) -> None:
    """THREAD ORDEREDSUBJECT of the sample, and of parts of it: as the algorithm of section 3 makes them."""
    held = _offered(dial, b"ORDEREDSUBJECT")
    answered = _where(held, lambda message: message.has(b"\\Seen"))
    assert not _all_but_one(held, b"ORDEREDSUBJECT")
    assert not held.unthreaded(b"ORDEREDSUBJECT", answered, b"SEEN")


@verifies(
    "RFC5256-BASE.6.4.THREAD-03",
    "RFC5256-2.1-01",
    refuted_by=forward(rb"THREAD ORDEREDSUBJECT \1", of=rb"THREAD REFERENCES (.*)"),
)
def test_references_threads_by_references_and_subject(dial: ImapDial) -> None:
    """THREAD REFERENCES of the sample (missing parents, circles, doubled ids), and of parts of it: as the algorithm makes them."""
    held = _offered(dial, b"REFERENCES")
    first = number_of("grandchild")
    answered = _where(held, lambda message: message.number >= first)
    assert not _all_but_one(held, b"REFERENCES")
    assert not held.unthreaded(b"REFERENCES", answered, b"%d:*" % first)


@verifies(
    "RFC5256-BASE.6.4.THREAD-03",
    refuted_by=rewrite(rb"^\* THREAD.*$", b"* THREAD (1)(2)(3)(4)", of=rb"THREAD REFERENCES.*"),
)
def test_references_threads_siblings_below_a_message_that_is_missing(mailbox: Mailbox) -> None:
    """Two answers to a message that is not there, of other subjects, a chain and a stranger: as the algorithm makes them."""
    mailbox.imap.supports("THREAD=REFERENCES")
    for number, chain in enumerate(("<gone@a.example>", "<gone@a.example> <one@a.example>", "", "<gone@a.example>"), 1):
        names = ("one", "two", "three", "four")
        raw = (
            f"From: <a@mailconform.invalid>\r\nSubject: subject {names[number - 1]}\r\n"
            f"Date: Mon, {number} Feb 2021 10:00:00 +0000\r\nMessage-ID: <{names[number - 1]}@a.example>\r\n"
            + (f"References: {chain}\r\n" if chain else "")
            + "\r\nText.\r\n"
        )
        mailbox.append(raw.encode())
    mailbox.select()
    held = shown(mailbox)
    assert not held.unthreaded(b"REFERENCES", held.held.messages, b"ALL")


@verifies(
    "RFC5256-BASE.6.4.THREAD-04", refuted_by=rewrite(rb"\((\d+) (\d+)\)", rb"(\1)(\2)", of=rb"THREAD REFERENCES.*")
)
def test_message_ids_are_compared_without_their_quoting(dial: ImapDial) -> None:
    """A message whose Message-ID is quoted, and one that refers to it without quotes: one thread."""
    held = _offered(dial, b"REFERENCES")
    pair = [
        message for message in held.held.messages if message.number in (number_of("quoted"), number_of("to-quoted"))
    ]
    assert not held.unthreaded(b"REFERENCES", pair, b",".join(b"%d" % message.number for message in pair))


@verifies("RFC5256-BASE.6.4.THREAD-05", refuted_by=forward(rb"THREAD \1", of=rb"UID THREAD (.*)"))
@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=["orderedsubject", "references"])
def test_uid_thread_answers_uids(dial: ImapDial, algorithm: bytes) -> None:
    """UID THREAD over the sample, whose UIDs are not its numbers: the same threads in UIDs."""
    assert not _all_but_one(_offered(dial, algorithm), algorithm, uid=True)


@verifies(
    "RFC5256-1-01",
    "RFC5256-2.1-01",
    refuted_by=rewrite(rb"\* THREAD \((.*)\)$", rb"* THREAD (\1)(9)", of=rb"THREAD .*"),
)
@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=["orderedsubject", "references"])
def test_subjects_that_differ_in_case_and_prefixes_are_one_thread(mailbox: Mailbox, algorithm: bytes) -> None:
    """Six messages whose subjects are one but for letter case, Re:, Fw:, [blob], (fwd), [Fwd: ] and folding, and a seventh: two threads."""
    mailbox.imap.supports(f"THREAD={algorithm.decode()}")
    subjects = (
        "Damson",
        "re: DAMSON",
        "Fw: damson (fwd)",
        "[plums] Re[4]: Damson",
        "[Fwd: [x] damson]",
        "FWD : Re: Damson",
        "Other",
    )
    for number, subject in enumerate(subjects, 1):
        mailbox.append(compose(b"Text %d.\r\n" % number, subject=subject))
    mailbox.select()
    held = shown(mailbox)
    assert not held.unthreaded(algorithm, held.held.messages, b"ALL")
