"""What IMAP answers tell of other sessions' doings: removals applied in turn, flags said last, UIDs of copies, news polled for."""

from __future__ import annotations

import pytest

from conformance.sessions.imap_answer import expanded
from tests.test_session_imap import saying


@pytest.mark.parametrize(
    ("uids", "read"),
    [
        (b"5", [5]),
        (b"4:6,2", [4, 5, 6, 2]),
        (b"6:4", [4, 5, 6]),
        (b"", []),
        (b"x,3", [3]),
        (b"1:4294967295", range(1, 5002)),
    ],
)
def test_a_set_is_expanded_in_its_order_and_not_without_end(uids: bytes, read: list[int]) -> None:
    assert expanded(uids) == list(read)


def test_removals_are_applied_one_after_the_other() -> None:
    with saying(b"* 2 EXPUNGE\r\n* 2 EXPUNGE\r\n* 3 EXPUNGE\r\n* 9 EXPUNGE\r\n<tag> OK done\r\n") as imap:
        answer = imap.command("EXPUNGE")

    assert answer.remaining([11, 12, 13, 14, 15, 16]) == [11, 14, 16]


def test_the_flags_said_last_are_those_of_a_message() -> None:
    said = b"* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (FLAGS (\\Recent \\FLAGGED $Word))\r\n* 2 FETCH (UID 7)\r\n<tag> OK done\r\n"
    with saying(said) as imap:
        answer = imap.command("NOOP")

    assert answer.flags(1) == frozenset([b"\\flagged", b"$word"])
    assert answer.flags(2) is None


def test_copied_pairs_the_uids_of_sources_and_copies() -> None:
    with saying(b"<tag> OK [COPYUID 9 5,2:3 21:23] done\r\n", b"<tag> OK done\r\n") as imap:
        answers = imap.command("COPY 1:3 box"), imap.command("COPY 1:3 box")

    assert answers[0].copied == [(5, 21), (2, 22), (3, 23)]
    assert answers[1].copied == []


def test_news_is_polled_for_until_it_comes() -> None:
    with saying(b"<tag> OK none\r\n", b"* 3 EXISTS\r\n<tag> OK news\r\n") as imap:
        heard = imap.poll(lambda heard: heard.exists == 3)

    assert (heard.exists, heard.status) == (3, b"OK")


def test_polling_ends_with_the_connection() -> None:
    with saying(b"* BYE enough\r\n") as imap:
        heard = imap.poll(lambda heard: heard.exists == 3)

    assert (heard.exists, heard.status) == (None, b"")
