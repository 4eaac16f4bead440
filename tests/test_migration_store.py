"""What makes two messages the same: digests of content, and the bringing together of two mailboxes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.migration_content import Content, Digests
from conformance.migration_imap import numbers, path_of, spelled
from conformance.migration_store import Envelope, How, Store, StoreError, merged
from conformance.wire.imap_values import MailboxList

HEADER = b"From: a@example.org\r\nMessage-ID: <one@example.org>\r\nSubject: a\r\n subject\r\n"
BODY = b"\r\nA body\r\nof two lines\r\n"


def digests(octets: bytes, *, step: int = 0) -> Digests:
    content = Content()
    for first in range(0, len(octets), step or len(octets) or 1):
        content.feed(octets[first : first + (step or len(octets))])
    return content.done()


# Content


@given(
    st.lists(st.sampled_from([b"a", b"X-A: b", b": ", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" "])),
    st.integers(1, 4),
)
def test_the_pieces_do_not_matter(parts: list[bytes], step: int) -> None:
    octets = b"".join(parts)

    assert digests(octets, step=step) == digests(octets)


def test_line_ends_are_one() -> None:
    assert digests(HEADER + BODY) == digests((HEADER + BODY).replace(b"\r\n", b"\n"))


@pytest.mark.parametrize(
    "other",
    [
        b"Received: from a by b\r\n for c\r\n" + HEADER + BODY,
        HEADER + b"X-TUID: abc\r\n" + BODY,
        HEADER + BODY + b"\r\n",
        HEADER + BODY.rstrip(),
    ],
)
def test_what_only_its_way_has_added_leaves_the_core(other: bytes) -> None:
    one = digests(HEADER + BODY)

    assert digests(other).whole != one.whole
    assert digests(other).core == one.core


@pytest.mark.parametrize(
    "other",
    [HEADER + BODY.replace(b"two", b"2"), HEADER.replace(b" subject", b" topic") + BODY, HEADER + b"To: b\r\n" + BODY],
)
def test_another_message_has_another_core_and_perhaps_the_same_identifier(other: bytes) -> None:
    one = digests(HEADER + BODY)

    assert digests(other).core != one.core
    assert digests(other).ident == one.ident == b"<one@example.org>"


def test_a_header_without_end_is_bounded() -> None:
    content = Content()
    for _ in range(40):
        content.feed(b"x" * (1 << 16))
    assert content.done().ident == b""


# Merging


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 5)))
def test_merging_pairs_as_many_as_both_have(old: list[int], new: list[int]) -> None:
    left = [(number, (key,)) for number, key in enumerate(sorted(old))]
    right = [(number, (key,)) for number, key in enumerate(sorted(new))]

    pairs = list(merged(left, right))

    assert all(left[one][1] == right[other][1] for one, other in pairs)
    assert Counter(left[one][1][0] for one, _ in pairs) == Counter(old) & Counter(new)
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)


Mail = tuple[str, str]
MAILBOXES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "\\seen", "\\seen label"])), max_size=8)


def filled(store: Store, side: str, messages: list[Mail]) -> int:
    """Put messages (content and flags) into one side's mailbox."""
    mailbox = store.mailbox(0, side, "imap", "INBOX", 1)
    listing = [
        Envelope(uid=str(number), number=number, size=1, date=7, flags=flags)
        for number, (_, flags) in enumerate(messages, 1)
    ]
    store.listing(mailbox, [listing[:3], listing[3:]])

    def read() -> Iterator[tuple[int, Digests]]:
        for message in store.unread(mailbox, 100):
            digest = hashlib.sha256(messages[message.number - 1][0].encode()).digest()
            yield message.id, Digests(digest, digest, b"")

    store.content(read())
    return mailbox


@given(MAILBOXES, MAILBOXES, st.booleans())
def test_every_message_is_told_once(old: list[Mail], new: list[Mail], by_uid: bool) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder) / "state", {}) as store:
        here, there = filled(store, "old", old), filled(store, "new", new)
        store.match(here, there, by_uid=by_uid)

        contents = Counter(content for content, _ in old), Counter(content for content, _ in new)
        lone = list(store.alone(here, there)), list(store.alone(there, here))
        assert len(lone[0]) == (contents[0] - contents[1]).total()
        assert len(lone[1]) == (contents[1] - contents[0]).total()
        for (message, elsewhere), (content, _) in ((m, old[m[0].number - 1]) for m in lone[0]):
            assert elsewhere == (content in contents[1]), message
        assert all(pair.how is How.CONTENT for pair in store.unequal(here))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "\\seen"])), max_size=8))
def test_the_same_mailbox_differs_in_nothing_whatever_the_order(messages: list[Mail]) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder) / "state", {}) as store:
        here, there = filled(store, "old", messages), filled(store, "new", messages[::-1])
        store.match(here, there, by_uid=False)

        assert [*store.alone(here, there), *store.alone(there, here)] == []
        assert all(pair.old.flags == pair.new.flags for pair in store.unequal(here))


# The state file


def test_what_is_read_is_kept_until_the_check_has_ended(tmp_path: Path) -> None:
    for resumed, left in ((False, 3), (True, 0)):
        with Store(tmp_path / "state", {"old": "a"}) as store:
            assert store.resumed is resumed
            mailbox = store.mailbox(0, "old", "imap", "INBOX", 1)
            store.listing(mailbox, [[Envelope(uid=str(n), number=n, size=1) for n in (1, 2, 3)]])
            assert len(store.unread(mailbox, 9)) == left
            store.content((message.id, Digests(b"w", b"c", b"")) for message in store.unread(mailbox, 9))
    with Store(tmp_path / "state", {"old": "a"}) as store:
        mailbox = store.mailbox(0, "old", "imap", "INBOX", 2)  # another UIDVALIDITY: other messages
        assert store.count(mailbox) == 0
        store.finish()
    with Store(tmp_path / "state", {"old": "a"}) as store:
        assert not store.resumed


def test_a_message_of_another_size_is_read_again(tmp_path: Path) -> None:
    with Store(tmp_path / "state", {}) as store:
        mailbox = filled(store, "old", [("a", ""), ("b", ""), ("c", "")])
        store.listing(
            mailbox, [[Envelope(uid="1", number=1, size=2, date=7), Envelope(uid="3", number=2, size=1, date=7)]]
        )

        assert [message.uid for message in store.unread(mailbox, 9)] == ["1"]
        assert store.count(mailbox) == 2


@pytest.mark.parametrize("content", [b"no database" * 100, b"", None])
def test_another_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content == b"":
        (tmp_path / "state").mkdir()
    elif content is None:
        Store(tmp_path / "state", {"old": "b"}).finish()
    else:
        (tmp_path / "state").write_bytes(content)

    with pytest.raises(StoreError):
        Store(tmp_path / "state", {"old": "a"})


# Words


@pytest.mark.parametrize(
    ("name", "delimiter", "prefix", "path"),
    [
        (b"inbox", b".", b"INBOX.", "INBOX"),
        (b"INBOX.Work.2024", b".", b"INBOX.", "Work/2024"),
        (b"Work/2024", b"/", b"", "Work/2024"),
        (b"INBOX/Work", b"/", b"", "INBOX/Work"),
        (b"a/b", b".", b"", "a\\/b"),
        (b"a.b", None, b"", "a.b"),
    ],
)
def test_a_path_has_no_delimiter_of_its_server(name: bytes, delimiter: bytes | None, prefix: bytes, path: str) -> None:
    assert path_of(MailboxList((), delimiter, name), prefix) == path


def test_numbers_are_written_as_ranges() -> None:
    assert numbers([1, 2, 3, 5, 7, 8]) == "1:3,5,7:8"


def test_rights_of_both_rfcs_are_the_same() -> None:
    assert spelled("lrswicda") == spelled("lrswikxtea".replace("x", "")) == "aeiklrstw"
