"""RFC 3501 section 6.3.2: EXAMINE, which tells what SELECT tells and changes nothing."""

from __future__ import annotations

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    astring,
    compose,
    drop,
    forward,
    rewrite,
    say,
    verifies,
)

READ_WRITE = forward(rb"SELECT \1", of=rb"EXAMINE (.*)")
"""The server takes EXAMINE for SELECT."""


@verifies("RFC3501-6.3.2-01", refuted_by=drop(of=rb"EXAMINE .*", when=rb"\* OK \[UIDVALIDITY"))
def test_examine_tells_what_select_tells(mailbox: Mailbox) -> None:
    """SELECT and EXAMINE a mailbox of three messages, the first of them seen: equal numbers, flags and codes."""
    mailbox.fill(3).command("STORE 1 FLAGS.SILENT (\\Seen)").ok()
    selected, examined = mailbox.select(), mailbox.select(read_only=True)
    assert examined.exists == selected.exists
    assert examined.recent is not None
    assert examined.all("FLAGS")
    for code in (b"UIDVALIDITY", b"UIDNEXT", b"UNSEEN"):
        assert examined.codes.get(code) == selected.codes.get(code)


@verifies("RFC3501-6.3.2-02", refuted_by=rewrite(rb"\[READ-ONLY\]", b"[READ-WRITE]", of=rb"EXAMINE .*"))
def test_examine_says_that_the_mailbox_is_read_only(mailbox: Mailbox) -> None:
    """EXAMINE a mailbox of our own: the completion begins with READ-ONLY."""
    assert mailbox.select(read_only=True).code == b"READ-ONLY"


@verifies("RFC3501-6.3.2-03", refuted_by=rewrite(rb"^\* \d+ RECENT", b"* 0 RECENT", of=rb"SELECT .*"))
def test_examine_leaves_messages_recent(dial: ImapDial) -> None:
    """EXAMINE a mailbox of two new messages, log out, SELECT it in another session: RECENT 2 still."""
    session = dial.login(fresh=True)
    mailbox = Mailbox(dial, session, dial.create(session))
    for number in range(2):
        mailbox.append(compose(b"Message %d.\r\n" % number))
    if mailbox.select(read_only=True).recent != 2:
        raise Inconclusive(Reason.PRECONDITION, "the first session does not find the new messages recent")
    session.leave()
    assert Mailbox(dial, dial.login(), mailbox.name).select().recent == 2


@verifies("RFC3501-6.3.2-04", refuted_by=READ_WRITE)
def test_store_changes_nothing_in_an_examined_mailbox(mailbox: Mailbox) -> None:
    r"""EXAMINE, STORE \Flagged and take \Answered away: another session finds the flags as they were."""
    mailbox.fill(2).command("STORE 2 FLAGS.SILENT (\\Answered)").ok()
    mailbox.select(read_only=True)
    mailbox.command("STORE 1 +FLAGS (\\Flagged)")
    mailbox.command("STORE 2 -FLAGS (\\Answered)")
    after = mailbox.beside()
    assert [after.flags(1), after.flags(2)] == [frozenset(), {b"\\answered"}]


@verifies("RFC3501-6.3.2-05", refuted_by=READ_WRITE)
def test_expunge_removes_nothing_from_an_examined_mailbox(mailbox: Mailbox) -> None:
    r"""Mark two of three messages \Deleted, EXAMINE, EXPUNGE: no EXPUNGE response, and three messages are there."""
    mailbox.fill(3).command("STORE 1:2 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.select(read_only=True)
    assert mailbox.command("EXPUNGE").expunged == []
    assert mailbox.count() == 3


@verifies("RFC3501-6.3.2-06", refuted_by=READ_WRITE)
def test_fetch_sets_no_seen_in_an_examined_mailbox(mailbox: Mailbox) -> None:
    r"""EXAMINE, FETCH BODY[], RFC822 and RFC822.TEXT of three messages: another session finds none of them \Seen."""
    mailbox.fill(3).select(read_only=True)
    for number, item in enumerate(("BODY[]", "RFC822", "RFC822.TEXT"), 1):
        mailbox.fetch(number, item)
    after = mailbox.beside()
    assert not any(b"\\seen" in after.flags(number) for number in (1, 2, 3))


@verifies("RFC3501-6.3.2-07", refuted_by=READ_WRITE)
def test_examine_tells_no_permanent_flags(mailbox: Mailbox) -> None:
    """EXAMINE: PERMANENTFLAGS is an empty list, or the code is left out."""
    assert not mailbox.select(read_only=True).codes.get(b"PERMANENTFLAGS")


@verifies("RFC3501-6.3.2-08", refuted_by=say(b"<tag> NO read-only\r\n", of=rb"COPY .*"))
def test_messages_can_be_copied_out_of_an_examined_mailbox(mailbox: Mailbox, dial: ImapDial) -> None:
    """EXAMINE a mailbox of two messages, COPY both to another: OK, and they are there."""
    other = Mailbox(dial, mailbox.imap, dial.create(mailbox.imap))
    mailbox.fill(2).select(read_only=True)
    assert mailbox.command("COPY 1:2", astring(other.name)).is_ok
    assert other.count() == 2
