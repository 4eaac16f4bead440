r"""RFC 6851 section 3: MOVE and UID MOVE, alone in the mailbox.

The responses tell the removals as EXPUNGE; where a client has not enabled QRESYNC, there is no VANISHED.
"""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Mailbox,
    answer,
    astring,
    compose,
    drop,
    forward,
    inject_before,
    needs,
    rewrite,
    say,
    verifies,
)

pytestmark = needs("MOVE")
EXPUNGE = rb"\* \d+ EXPUNGE"
FIELD = b"BODY[HEADER.FIELDS (SUBJECT)]"
TO_COPY = forward(rb"\1COPY \2", of=rb"(UID )?MOVE (.*)")
"""A server that moves like COPY."""


def _subjects(mailbox: Mailbox) -> list[bytes]:
    """The subjects of all messages in the order of their numbers."""
    fetched = sorted(mailbox.command("UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])").ok().fetched.items())
    return [bytes(fetch.get(FIELD) or b"").partition(b":")[2].strip() for _, fetch in fetched if FIELD in fetch]


@verifies("RFC6851-3.1-01", refuted_by=say(b"<tag> BAD no such command\r\n", of=rb"(UID )?MOVE .*"))
@pytest.mark.parametrize("verb", ["MOVE", "UID MOVE"])
def test_move_is_taken(mailbox: Mailbox, dial: ImapDial, verb: str) -> None:
    """MOVE 1 and UID MOVE of its UID to another mailbox: OK."""
    uid = mailbox.fill(2).uids()[0]
    assert mailbox.command(verb, uid if verb[0] == "U" else 1, astring(dial.mailbox().name)).is_ok


@verifies("RFC6851-3.3-01", refuted_by=TO_COPY)
@pytest.mark.parametrize("verb", ["MOVE", "UID MOVE"])
def test_moved_messages_leave_the_source(mailbox: Mailbox, dial: ImapDial, verb: str) -> None:
    """Move the second and third of four messages: the source holds the other two, here and for another session."""
    uids = mailbox.fill(4).uids()
    numbers = f"{uids[1]}:{uids[2]}" if verb[0] == "U" else "2:3"
    mailbox.command(verb, numbers, astring(dial.mailbox().name)).ok()
    assert mailbox.uids() == [uids[0], uids[3]]
    assert mailbox.beside().uids() == [uids[0], uids[3]]


@verifies("RFC6851-3.3-01", refuted_by=forward(rb"\1\2 1\3", of=rb"(UID )?(MOVE) \S+( .*)"))
@pytest.mark.parametrize("verb", ["MOVE", "UID MOVE"])
def test_moved_messages_are_in_the_target(mailbox: Mailbox, dial: ImapDial, verb: str) -> None:
    """Move the third and fifth of five messages into a mailbox that holds one: the target holds all three, each once."""
    target = dial.mailbox(compose(b"Already there.\r\n", subject="already there"))
    uids = mailbox.fill(5).uids()
    numbers = f"{uids[2]},{uids[4]}" if verb[0] == "U" else "3,5"
    mailbox.command(verb, numbers, astring(target.name)).ok()
    before = target.uids()
    target.select()
    assert sorted(_subjects(target)) == [b"already there", b"message 3", b"message 5"]
    assert min(set(target.uids()) - set(before), default=before[0] + 1) > before[0]


@verifies("RFC6851-3.3-02", refuted_by=drop(of=rb"(UID )?MOVE .*", when=EXPUNGE))
@pytest.mark.parametrize("verb", ["MOVE", "UID MOVE"])
def test_move_sends_expunge_for_each_message_before_it_is_completed(
    mailbox: Mailbox, dial: ImapDial, verb: str
) -> None:
    """Move three of five messages: three EXPUNGE responses before the tagged OK."""
    uids = mailbox.fill(5).uids()
    numbers = f"{uids[0]},{uids[2]}:{uids[3]}" if verb[0] == "U" else "1,3:4"
    assert len(mailbox.command(verb, numbers, astring(dial.mailbox().name)).ok().expunged) == 3


@verifies("RFC6851-3.3-13", refuted_by=rewrite(rb"^\* 2 EXPUNGE", b"* 1 EXPUNGE", of=rb"MOVE .*"))
def test_expunge_responses_to_move_count_with_each_removal_made(mailbox: Mailbox, dial: ImapDial) -> None:
    """MOVE 2:3,5 of six messages: the EXPUNGE responses, applied in turn, leave what FETCH shows."""
    uids = mailbox.fill(6).uids()
    left = mailbox.command("MOVE 2:3,5", astring(dial.mailbox().name)).ok().remaining(uids)
    assert left == [uids[0], uids[3], uids[5]]
    assert mailbox.uids() == left


@verifies("RFC6851-3.3-03", refuted_by=rewrite(rb"FLAGS \(", rb"FLAGS (\\Deleted ", of=rb"(UID )?FETCH 1:\* \(FLAGS\)"))
def test_moved_messages_are_not_marked_deleted(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""MOVE two messages: no FETCH response to MOVE and no message in the target has \Deleted."""
    target = dial.mailbox()
    moved = mailbox.fill(3).command("MOVE 1:2", astring(target.name)).ok()
    target.select()
    told = [moved.flags(number) or frozenset() for number in (1, 2, 3)]
    assert not any(b"\\deleted" in flags for flags in [*told, *target.every_flag().values()])


@verifies("RFC6851-3.3-04", refuted_by=inject_before(b"* 1 FETCH (FLAGS (\\Deleted))\r\n", of=rb"MOVE .*"))
def test_move_sends_no_fetch_of_the_mark(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""MOVE two of three messages, watched by another session: neither is sent a FETCH with \Deleted."""
    other = mailbox.fill(3).beside()
    answers = [mailbox.command("MOVE 1:2", astring(dial.mailbox().name)).ok()]
    answers.append(other.imap.poll(lambda heard: len(heard.expunged) == 2))
    told = [response.data.get(b"FLAGS") or () for given in answers for response in given.all("FETCH")]
    assert b"\\deleted" not in {bytes(flag).lower() for flags in told for flag in flags}


@verifies("RFC6851-3.3-05", refuted_by=drop(of=rb"(UID )?FETCH 1:\* .*", when=rb"\* 1 FETCH", after=1))
def test_move_leaves_other_marked_messages_in_place(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""The first and third of four messages are marked \Deleted, MOVE 2: the other three are there, the two with \Deleted."""
    uids = mailbox.fill(4).uids()
    mailbox.flag("1,3", "\\Deleted")
    mailbox.command("MOVE 2", astring(dial.mailbox().name)).ok()
    assert mailbox.uids() == [uids[0], uids[2], uids[3]]
    assert [b"\\deleted" in mailbox.flags(number) for number in (1, 2, 3)] == [True, True, False]


@verifies("RFC6851-3.3-09", refuted_by=rewrite(rb"\[TRYCREATE\] ", b"", of=rb"MOVE .*"))
def test_move_to_a_missing_mailbox_is_refused_with_trycreate(mailbox: Mailbox, dial: ImapDial) -> None:
    """MOVE 1 to a name that does not exist, which CREATE takes afterwards: NO [TRYCREATE]."""
    name = dial.name()
    refused = mailbox.fill(1).command("MOVE 1", astring(name))
    mailbox.command("CREATE", astring(name)).ok()
    assert (refused.is_no, refused.code) == (True, b"TRYCREATE")


@verifies(
    "RFC6851-3.3-06",
    "RFC6851-3.3-09",
    refuted_by=forward(b"STORE 1 +FLAGS (\\\\Deleted)", of=rb"MOVE 1 .*") | forward(b"EXPUNGE", of=rb"NOOP"),
)
def test_a_move_that_is_refused_leaves_the_messages_in_the_source(mailbox: Mailbox, dial: ImapDial) -> None:
    """MOVE 1 to a name that does not exist, then NOOP: the source holds both messages, with their flags."""
    uids = mailbox.fill(2).uids()
    flags = mailbox.every_flag()
    mailbox.command("MOVE 1", astring(dial.name()))
    mailbox.command("NOOP").ok()
    assert (mailbox.uids(), mailbox.every_flag()) == (uids, flags)


@verifies("RFC6851-3.3-10", refuted_by=forward(rb"SELECT\1", of=rb"EXAMINE(.*)"))
def test_nothing_is_moved_out_of_a_mailbox_opened_read_only(mailbox: Mailbox, dial: ImapDial) -> None:
    """EXAMINE, MOVE 1, UID MOVE: another session finds both messages in the source."""
    name = astring(dial.mailbox().name)
    uids = mailbox.fill(2).uids()
    mailbox.select(read_only=True)
    mailbox.command("MOVE 1", name)
    mailbox.command("UID MOVE", uids[1], name)
    assert mailbox.beside(read_only=True).uids() == uids


@verifies("RFC6851-3.3-11", refuted_by=rewrite(rb"\\Flagged ?", b"", of=rb"FETCH 1 .*"))
def test_a_moved_message_keeps_flags_and_internal_date(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""A message with \Flagged \Answered and a date of its own, MOVE: it has both in the target."""
    target = dial.mailbox()
    mailbox.append(compose(b"Dated.\r\n"), "\\Flagged \\Answered", "02-Feb-2003 04:05:06 +0000")
    mailbox.select()
    mailbox.permits("\\Flagged", "\\Answered")
    with dial.dialler.straight():
        before = mailbox.fetch(1, "(FLAGS INTERNALDATE)").get(b"INTERNALDATE")
    mailbox.command("MOVE 1", astring(target.name)).ok()
    target.select()
    assert target.fetch(1, "INTERNALDATE").get(b"INTERNALDATE") == before
    assert target.flags(1) >= {b"\\flagged", b"\\answered"}


@verifies(
    "RFC6851-3.3-12",
    refuted_by=forward(b"STORE 1 +FLAGS (\\\\Deleted)", of=rb"MOVE .*") | forward(b"EXPUNGE", of=rb"NOOP"),
)
def test_move_into_the_selected_mailbox_loses_nothing(mailbox: Mailbox) -> None:
    """MOVE 1 of two messages into the mailbox itself, whatever the answer: both messages are there once."""
    mailbox.fill(2).command("MOVE 1", astring(mailbox.name))
    mailbox.command("NOOP").ok()
    mailbox.select()
    assert sorted(_subjects(mailbox)) == [b"message 1", b"message 2"]


@verifies("RFC6851-3.3-14", refuted_by=say(b"<tag> NO no such message\r\n", of=rb"UID MOVE .*"))
def test_uid_move_of_uids_that_do_not_exist_is_ok(mailbox: Mailbox, dial: ImapDial) -> None:
    """UID MOVE of a UID that was never given: OK; source and target are as before."""
    target = dial.mailbox()
    uids = mailbox.fill(2).uids()
    assert mailbox.command("UID MOVE", uids[-1] + 1000, astring(target.name)).is_ok
    assert (mailbox.uids(), target.select().exists) == (uids, 0)


@verifies("RFC6851-3.3-15", refuted_by=drop(of=rb"NOOP", when=rb"\* \d+ (EXPUNGE|EXISTS)"))
def test_move_lets_sessions_in_both_mailboxes_know(mailbox: Mailbox, dial: ImapDial) -> None:
    """MOVE 2, watched by a session in the source and one in the target: NOOP brings EXPUNGE 2 and EXISTS 1."""
    target = dial.mailbox()
    other = mailbox.fill(3).beside()
    mailbox.command("MOVE 2", astring(target.name)).ok()
    lost = other.imap.poll(lambda heard: bool(heard.expunged)).expunged
    assert (lost, target.imap.poll(lambda heard: heard.exists == 1).exists) == ([2], 1)


@verifies("RFC6851-5-01", refuted_by=answer(b"<tag> OK done\r\n", of=rb"MOVE( \S+)?"))
@pytest.mark.parametrize("arguments", ["1", ""], ids=["no-mailbox", "nothing"])
def test_move_without_its_arguments_is_refused(mailbox: Mailbox, arguments: str) -> None:
    """MOVE 1 and MOVE alone: refused."""
    assert mailbox.fill(1).command("MOVE", *([arguments] if arguments else [])).refused
