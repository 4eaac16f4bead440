"""The oracle of a shared mailbox: what it takes for the truth, and what it refuses to believe."""

from __future__ import annotations

from conformance.models.mailbox import Mailbox, View

SEEN = frozenset((b"\\seen",))
DELETED = frozenset((b"\\deleted",))
NONE: frozenset[bytes] = frozenset()


def filled() -> Mailbox:
    mailbox = Mailbox()
    for number in (1, 2, 3):
        mailbox.append(f"m{number}", NONE)
    assert mailbox.differs({1: (1, NONE, "m1"), 2: (2, NONE, "m2"), 3: (5, NONE, "m3")}) == ""
    return mailbox


def test_what_commands_make_of_a_mailbox_is_the_truth() -> None:
    mailbox = filled()
    first, second, third = mailbox.messages
    mailbox.store(first, "+", SEEN)
    mailbox.store(second, "", DELETED)
    mailbox.store(third, "+", SEEN | DELETED)
    mailbox.store(third, "-", DELETED)
    mailbox.copy(first)
    mailbox.expunge()

    assert mailbox.differs({1: (1, SEEN, "m1"), 2: (5, SEEN, "m3"), 3: (6, SEEN, "m1")}) == ""


def test_only_the_named_uids_are_expunged() -> None:
    mailbox = filled()
    for message in mailbox.messages:
        mailbox.store(message, "+", DELETED)
    mailbox.expunge([2])

    assert [message.name for message in mailbox.messages] == ["m1", "m3"]


def test_a_departure_from_the_truth_is_named() -> None:
    right = {1: (1, NONE, "m1"), 2: (2, NONE, "m2"), 3: (5, NONE, "m3")}
    assert "3 messages expected" in filled().differs({1: (1, NONE, "m1")})
    assert "message 2: 'm2' () expected, 'm2' (\\seen) seen" in filled().differs({**right, 2: (2, SEEN, "m2")})
    assert "'m3' had UID 5 and has 7 now" in filled().differs({**right, 3: (7, NONE, "m3")})
    assert "do not ascend" in filled().differs({**right, 3: (2, NONE, "m3")})


def test_a_uid_is_never_given_again() -> None:
    mailbox = filled()
    mailbox.store(mailbox.messages[2], "+", DELETED)
    mailbox.expunge()
    mailbox.append("m4", NONE)

    assert "was given to 'm3' before" in mailbox.differs({1: (1, NONE, "m1"), 2: (2, NONE, "m2"), 3: (5, NONE, "m4")})


def test_a_view_follows_what_it_is_told_and_refuses_what_cannot_be() -> None:
    view = View()
    assert view.hear(b"EXISTS", 2) == ""
    assert view.hear(b"EXPUNGE", 2) == ""
    assert view.hear(b"EXISTS", 1) == ""
    assert "EXPUNGE 2" in view.hear(b"EXPUNGE", 2)
    assert "heard no EXPUNGE" in view.hear(b"EXISTS", 0)
    assert view.messages == [None]
