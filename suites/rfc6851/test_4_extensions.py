"""RFC 6851 section 4: MOVE together with UIDPLUS, CONDSTORE and QRESYNC."""

from __future__ import annotations

from conformance import ImapDial, Mailbox, NotSupported, astring, inject_before, needs, rewrite, verifies

pytestmark = needs("MOVE")


@verifies("RFC6851-4.3-01", refuted_by=rewrite(rb"\[COPYUID [^]]*\] ", b"", of=rb"(UID )?MOVE .*"))
def test_move_and_uid_move_tell_the_uids(mailbox: Mailbox, dial: ImapDial) -> None:
    """MOVE 1 and UID MOVE of another message: COPYUID comes with both, and names source and target UID."""
    mailbox.imap.supports("UIDPLUS")
    target = dial.mailbox()
    uids = mailbox.fill(3).uids()
    moved = mailbox.command("MOVE 1", astring(target.name)).ok().copied
    moved += mailbox.command("UID MOVE", uids[2], astring(target.name)).ok().copied
    target.select()
    assert moved == list(zip((uids[0], uids[2]), target.uids(), strict=True))


@verifies("RFC6851-4.3-02", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"MOVE .*", when=rb"\* OK"))
def test_copyuid_comes_before_expunge(mailbox: Mailbox, dial: ImapDial) -> None:
    """MOVE 1:2: an untagged OK with COPYUID comes in front of the first EXPUNGE."""
    mailbox.imap.supports("UIDPLUS")
    moved = mailbox.fill(2).command("MOVE 1:2", astring(dial.mailbox().name)).ok()
    if b"COPYUID" not in moved.codes:
        raise NotSupported("no COPYUID comes")
    names = [response.code.name if response.code else response.name for response in moved.responses]
    assert b"COPYUID" in names[: names.index(b"EXPUNGE") if b"EXPUNGE" in names else None]


@verifies("RFC6851-4.4-01", refuted_by=rewrite(rb"\[HIGHESTMODSEQ \d+\] ", b"", of=rb"MOVE .*"))
def test_move_with_qresync_tells_the_highest_mod_sequence(dial: ImapDial) -> None:
    """ENABLE QRESYNC, MOVE 1 of two messages: HIGHESTMODSEQ comes with the answer."""
    target = dial.mailbox()
    moved = _resynchronizing(dial).command("MOVE 1", astring(target.name)).ok()
    assert b"HIGHESTMODSEQ" in moved.codes


def _resynchronizing(dial: ImapDial) -> Mailbox:
    """A mailbox of two messages in a session that has enabled QRESYNC."""
    session = dial.login(fresh=True).supports("QRESYNC")
    mailbox = Mailbox(dial, session, dial.create(session)).fill(2)
    with dial.dialler.straight():
        session.command("ENABLE QRESYNC").ok()
        mailbox.select()
    return mailbox


@verifies("RFC6851-4.4-02", refuted_by=rewrite(rb"MODSEQ \(\d+\)", b"MODSEQ (1)", of=rb"FETCH .*"))
def test_a_moved_message_has_a_mod_sequence_above_those_of_the_target(mailbox: Mailbox, dial: ImapDial) -> None:
    """MOVE 1 into a mailbox whose HIGHESTMODSEQ is known: the message has a higher one there."""
    mailbox.imap.supports("CONDSTORE")
    target = dial.mailbox().fill(1)
    with dial.dialler.straight():
        highest = target.command("SELECT", astring(target.name), "(CONDSTORE)").ok().codes.get(b"HIGHESTMODSEQ")
    if not isinstance(highest, int):
        raise NotSupported("SELECT tells no HIGHESTMODSEQ")
    mailbox.fill(1).command("MOVE 1", astring(target.name)).ok()
    target.select()
    assert target.fetch(2, "(MODSEQ)").get(b"MODSEQ") > highest


@verifies("RFC6851-4.4-03", refuted_by=rewrite(rb"^\* VANISHED \d+", b"* 1 EXPUNGE", of=rb"UID MOVE .*"))
def test_move_with_qresync_sends_vanished(dial: ImapDial) -> None:
    """ENABLE QRESYNC, UID MOVE of the first of two messages: VANISHED comes, and no EXPUNGE."""
    target = dial.mailbox()
    mailbox = _resynchronizing(dial)
    moved = mailbox.command("UID MOVE", mailbox.uids()[0], astring(target.name)).ok()
    assert (len(moved.all("VANISHED")), moved.expunged) == (1, [])
