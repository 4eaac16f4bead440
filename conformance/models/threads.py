"""What THREAD=ORDEREDSUBJECT and THREAD=REFERENCES must answer (RFC 5256 section 3).

Invariant: a legal answer is one of `acceptable`. There is one, unless a message has a Date: that cannot be read: then
there is one for every reading of the dates (section 2.2 contradicts itself there).
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Collection, Iterator, Mapping

from conformance.models import references
from conformance.models.base_subjects import base_subject
from conformance.models.collations import casemap
from conformance.models.contents import Mailbox, Message
from conformance.models.sorting import sent, subject
from conformance.wire.rfc5256 import Thread

READINGS_LIMIT = 256
"""With more readings of dates than this nothing is judged: see `differs_from`."""

Threads = tuple[Thread, ...]


def ordered_subject(messages: Collection[Message], dates: Mapping[int, dt.datetime]) -> Threads:
    """Thread messages by base subject, in the order of sent dates; `dates` are those by sequence number."""
    by_date = sorted(messages, key=lambda message: (dates[message.number], message.number))
    groups: dict[bytes, list[int]] = {}
    for message in by_date:
        groups.setdefault(casemap(base_subject(subject(message)).text), []).append(message.number)
    return tuple(_one_level(numbers) for numbers in groups.values())


def _one_level(numbers: list[int]) -> Thread:
    if len(numbers) <= 2:
        return Thread(tuple(numbers))
    return Thread((numbers[0],), tuple(Thread((number,)) for number in numbers[1:]))


def by_references(messages: Collection[Message], dates: Mapping[int, dt.datetime]) -> Threads:
    """Thread messages by their references and subjects; `dates` are sent dates by sequence number."""
    return tuple(map(_thread, references.threaded(messages, dates)))


def _thread(node: references.Node) -> Thread:
    numbers = [node.message.number] if node.message else []
    while len(node.children) == 1:
        node = node.children[0]
        numbers += [node.message.number] if node.message else []
    return Thread(tuple(numbers), tuple(map(_thread, node.children)))


ALGORITHMS = {b"ORDEREDSUBJECT": ordered_subject, b"REFERENCES": by_references}


def acceptable(messages: Collection[Message], algorithm: bytes) -> Iterator[Threads]:
    """Yield the answers that a legal server may give for these messages, which are those that the search finds.

    Raises KeyError for an algorithm that RFC 5256 does not have.
    """
    thread = ALGORITHMS[algorithm]
    numbers = [message.number for message in messages]
    for dates in itertools.product(*map(sent, messages)):
        yield thread(messages, dict(zip(numbers, dates, strict=True)))


def differs_from(given: Threads, messages: Collection[Message], algorithm: bytes) -> str:
    """Say in which way an answer is not acceptable; empty if it is, or if there are too many readings to tell."""
    if math.prod(len(sent(message)) for message in messages) > READINGS_LIMIT:
        return ""
    expected = list(dict.fromkeys(acceptable(messages, algorithm)))
    return "" if given in expected else f"{render(given) or 'nothing'} instead of {render(expected[0]) or 'nothing'}"


def render(threads: Threads) -> str:
    """Write threads as a THREAD response does."""
    return "".join(f"({_members(thread)})" for thread in threads)


def _members(thread: Thread) -> str:
    numbers = " ".join(map(str, thread.numbers))
    return numbers + (" " if numbers and thread.branches else "") + render(thread.branches)


def as_uids(threads: Threads, mailbox: Mailbox) -> Threads:
    """Return the same threads with unique identifiers, as UID THREAD answers."""
    return tuple(
        Thread(tuple(map(mailbox.uid_of, thread.numbers)), as_uids(thread.branches, mailbox)) for thread in threads
    )
