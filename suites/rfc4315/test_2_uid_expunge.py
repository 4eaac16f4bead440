r"""RFC 4315 section 2.1: UID EXPUNGE.

Messages are marked \Deleted without the fault, so that a lie meets UID EXPUNGE alone.
"""

from __future__ import annotations

from conformance import ImapDial, Mailbox, answer, drop, forward, needs, rewrite, say, verifies

pytestmark = needs("UIDPLUS")
EXPUNGE = rb"\* \d+ EXPUNGE"


def _marked(mailbox: Mailbox) -> list[int]:
    r"""Six messages, of which the second, third, fifth and sixth are marked \Deleted."""
    uids = mailbox.fill(6).uids()
    mailbox.flag("2:3,5:6", "\\Deleted")
    return uids


@verifies("RFC4315-2.1-01", refuted_by=forward(b"NOOP", of=rb"UID EXPUNGE .*"))
def test_uid_expunge_removes_the_marked_messages_of_the_set(mailbox: Mailbox) -> None:
    r"""Four of six messages are marked \Deleted; UID EXPUNGE two of them: these two are gone, here and in another session."""
    uids = _marked(mailbox)
    mailbox.command("UID EXPUNGE", f"{uids[2]},{uids[4]}").ok()
    gone = {uids[2], uids[4]}
    assert not gone & {*mailbox.uids(), *mailbox.beside().uids()}


@verifies("RFC4315-2.1-02", refuted_by=forward(b"EXPUNGE", of=rb"UID EXPUNGE .*"))
def test_uid_expunge_keeps_marked_messages_outside_the_set(mailbox: Mailbox) -> None:
    r"""Four of six messages are marked \Deleted; UID EXPUNGE one of them: the other five are left."""
    uids = _marked(mailbox)
    mailbox.command("UID EXPUNGE", uids[1]).ok()
    assert set(mailbox.uids()) >= {*uids} - {uids[1]}


@verifies("RFC4315-2.1-02", refuted_by=drop(of=rb"(UID )?FETCH 1:\* .*", when=rb"\* 1 FETCH", after=1))
def test_uid_expunge_keeps_messages_of_the_set_that_are_not_marked(mailbox: Mailbox) -> None:
    r"""Four of six messages are marked \Deleted; UID EXPUNGE all six: the two others are left."""
    uids = _marked(mailbox)
    mailbox.command("UID EXPUNGE", f"{uids[0]}:{uids[5]}").ok()
    assert mailbox.uids() == [uids[0], uids[3]]


@verifies("RFC4315-2.1-03", refuted_by=drop(of=rb"UID EXPUNGE .*", when=EXPUNGE))
def test_uid_expunge_sends_a_response_for_each_message_removed(mailbox: Mailbox) -> None:
    r"""Four of six messages are marked \Deleted; UID EXPUNGE three of them: three EXPUNGE responses before the tagged one."""
    uids = _marked(mailbox)
    assert len(mailbox.command("UID EXPUNGE", f"{uids[1]},{uids[4]}:{uids[5]}").ok().expunged) == 3


@verifies("RFC4315-2.1-03", refuted_by=rewrite(rb"^\* 2 EXPUNGE", b"* 1 EXPUNGE", of=rb"UID EXPUNGE .*"))
def test_responses_to_uid_expunge_count_with_each_removal_made(mailbox: Mailbox) -> None:
    r"""Four of six messages are marked \Deleted; UID EXPUNGE three of them: its responses, applied in turn, leave what FETCH shows."""
    uids = _marked(mailbox)
    left = mailbox.command("UID EXPUNGE", f"{uids[1]}:{uids[2]},{uids[4]}").ok().remaining(uids)
    assert left == [uids[0], uids[3], uids[5]]
    assert mailbox.uids() == left


@verifies("RFC4315-2.1-04", refuted_by=say(b"<tag> NO no such message\r\n", of=rb"UID EXPUNGE .*"))
def test_uid_expunge_of_uids_that_do_not_exist_is_ok(mailbox: Mailbox) -> None:
    r"""A message is marked \Deleted; UID EXPUNGE a UID that was never given: OK, and the message is left."""
    uids = mailbox.fill(2).flag(1, "\\Deleted").uids()
    assert mailbox.command("UID EXPUNGE", uids[-1] + 1000).is_ok
    assert mailbox.uids() == uids


@verifies("RFC4315-2.1-05", refuted_by=forward(rb"SELECT\1", of=rb"EXAMINE(.*)"))
def test_uid_expunge_removes_nothing_from_a_mailbox_opened_read_only(mailbox: Mailbox) -> None:
    r"""A message is marked \Deleted; EXAMINE, UID EXPUNGE 1:*, whatever the answer: another session finds both messages."""
    uids = mailbox.fill(2).flag(1, "\\Deleted").uids()
    mailbox.select(read_only=True)
    mailbox.command("UID EXPUNGE 1:*")
    assert mailbox.beside(read_only=True).uids() == uids


@verifies("RFC4315-2.1-06", refuted_by=say(b"<tag> OK done\r\n", of=rb"UID EXPUNGE .*"))
def test_uid_expunge_without_a_mailbox_is_refused(dial: ImapDial) -> None:
    """UID EXPUNGE 1 before login and after it, no mailbox being selected: refused."""
    assert dial.imap().command("UID EXPUNGE 1").refused
    assert dial.login(fresh=True).command("UID EXPUNGE 1").refused


@verifies("RFC4315-4-02", refuted_by=answer(b"<tag> BAD what set?\r\n", of=rb"UID EXPUNGE .*\*.*"))
def test_uid_expunge_takes_the_last_message_by_its_sign(mailbox: Mailbox) -> None:
    r"""All three messages are marked \Deleted; UID EXPUNGE *, then 1:*: OK; the last one is gone, then the others are."""
    uids = mailbox.fill(3).flag("1:3", "\\Deleted").uids()
    assert mailbox.command("UID EXPUNGE *").is_ok
    assert mailbox.uids() == uids[:2]
    assert mailbox.command("UID EXPUNGE 1:*").is_ok
    assert mailbox.uids() == []
