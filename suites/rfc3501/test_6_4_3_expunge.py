r"""RFC 3501 section 6.4.3: EXPUNGE, alone in the mailbox.

Messages are marked \Deleted without the fault; the EXPUNGE responses are applied one after the other, as section 7.4.1
says, so that any order of them is right that leads to the right end.
"""

from __future__ import annotations

from conformance import Mailbox, drop, forward, inject_before, rewrite, say, verifies

EXPUNGED = rb"\* \d+ EXPUNGE"


@verifies("RFC3501-6.4.3-01", refuted_by=forward(b"NOOP", of=rb"EXPUNGE"))
def test_expunge_removes_every_message_marked_deleted(mailbox: Mailbox) -> None:
    r"""Mark the first, third and last of six messages \Deleted, EXPUNGE: none of their UIDs is left, here or elsewhere."""
    uids = mailbox.fill(6).uids()
    mailbox.flag("1,3,6", "\\Deleted")
    mailbox.command("EXPUNGE").ok()
    gone = {uids[0], uids[2], uids[5]}
    assert not gone & set(mailbox.uids())
    mailbox.select()
    assert not gone & set(mailbox.uids())


@verifies("RFC3501-6.4.3-02", refuted_by=drop(of=rb"EXPUNGE", when=EXPUNGED))
def test_expunge_sends_a_response_for_each_message_removed(mailbox: Mailbox) -> None:
    r"""Mark three of six messages \Deleted, EXPUNGE: three EXPUNGE responses before the tagged one."""
    mailbox.fill(6).flag("2:3,5", "\\Deleted")
    assert len(mailbox.command("EXPUNGE").ok().expunged) == 3


@verifies("RFC3501-6.4.3-03", "RFC3501-7.4.1-01", refuted_by=rewrite(rb"^\* 2 EXPUNGE", b"* 3 EXPUNGE", of=rb"EXPUNGE"))
def test_expunge_responses_count_with_each_removal_made(mailbox: Mailbox) -> None:
    r"""Mark the second, third and fifth of six messages \Deleted, EXPUNGE: its responses, applied in turn, leave what FETCH shows."""
    uids = mailbox.fill(6).uids()
    mailbox.flag("2,3,5", "\\Deleted")
    left = mailbox.command("EXPUNGE").ok().remaining(uids)
    assert left == [uids[0], uids[3], uids[5]]
    assert mailbox.uids() == left


@verifies("RFC3501-6.4.3-04", refuted_by=forward(rb"STORE 1:6 \2", of=rb"STORE ([\d,]+) (.*)"))
def test_expunge_keeps_the_messages_that_are_not_marked(mailbox: Mailbox) -> None:
    r"""STORE \Deleted to three of six messages, other flags to two more, EXPUNGE: the three others are left in their order."""
    uids = mailbox.fill(6).uids()
    mailbox.flag("1,4", "\\Seen \\Flagged \\Answered \\Draft")
    mailbox.command("STORE 2,3,5 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    assert mailbox.uids() == [uids[0], uids[3], uids[5]]


@verifies("RFC3501-6.4.3-04", refuted_by=forward(b"NOOP", of=rb"STORE .* -FLAGS.*"))
def test_expunge_keeps_a_message_whose_mark_was_taken_away(mailbox: Mailbox) -> None:
    r"""Mark both messages \Deleted, STORE -FLAGS (\Deleted) to the first, EXPUNGE: the first is left."""
    uids = mailbox.fill(2).uids()
    mailbox.flag("1:2", "\\Deleted")
    mailbox.command("STORE 1 -FLAGS (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    assert mailbox.uids() == uids[:1]


@verifies("RFC3501-6.4.3-05", refuted_by=say(b"<tag> NO nothing to expunge\r\n", of=rb"EXPUNGE", after=1))
def test_expunge_with_nothing_to_remove_is_ok(mailbox: Mailbox) -> None:
    r"""Mark one of two messages \Deleted, EXPUNGE twice: the second one is answered OK."""
    mailbox.fill(2).flag(1, "\\Deleted")
    mailbox.command("EXPUNGE").ok()
    assert mailbox.command("EXPUNGE").is_ok


@verifies("RFC3501-6.4.3-05", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"EXPUNGE", after=1))
def test_expunge_with_nothing_to_remove_sends_no_expunge(mailbox: Mailbox) -> None:
    r"""Mark one of two messages \Deleted, EXPUNGE twice: the second one brings no EXPUNGE response."""
    mailbox.fill(2).flag(1, "\\Deleted")
    mailbox.command("EXPUNGE").ok()
    assert not mailbox.command("EXPUNGE").ok().expunged


@verifies("RFC3501-6.4.3-02", refuted_by=drop(of=rb"EXPUNGE", when=rb"\* 1 EXPUNGE"))
def test_expunge_of_all_messages_sends_a_response_for_each(mailbox: Mailbox) -> None:
    r"""Mark all four messages \Deleted, EXPUNGE: its responses, applied in turn, leave nothing; SELECT counts none."""
    uids = mailbox.fill(4).uids()
    mailbox.flag("1:4", "\\Deleted")
    expunge = mailbox.command("EXPUNGE").ok()
    assert (len(expunge.expunged), expunge.remaining(uids)) == (4, [])
    assert mailbox.select().exists == 0
