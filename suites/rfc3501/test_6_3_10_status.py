"""RFC 3501 section 6.3.10: STATUS."""

from __future__ import annotations

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    answer,
    astring,
    compose,
    echo,
    forward,
    quoted,
    rewrite,
    say,
    stale,
    verifies,
)

STATUS = rb"STATUS .*"
ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")
EVERYTHING = f"({' '.join(ITEMS)})"
NO_MAILBOX = frozenset({b"\\noselect", b"\\nonexistent"})


@verifies("RFC3501-6.3.10-01", "RFC3501-7.2.4-01", refuted_by=rewrite(rb" ?UIDNEXT \d+", b"", of=STATUS))
def test_status_tells_every_item_asked_for(dial: ImapDial) -> None:
    """STATUS with all five items: one response, for that mailbox, with a number for each."""
    mailbox = _with_messages(dial, 2)
    answered = mailbox.command("STATUS", astring(mailbox.name), EVERYTHING)
    assert answered.is_ok
    assert {entry.data.name.lower() for entry in answered.all("STATUS")} == {mailbox.name.lower()}
    assert {item: type(value) for item, value in answered.mailbox_status.items()} == {i.encode(): int for i in ITEMS}


@verifies("RFC3501-6.3.10-02", refuted_by=rewrite(rb"\((\w)", rb"(X-SIZE 5 \1", of=STATUS, when=rb"\* STATUS"))
def test_status_tells_nothing_else(dial: ImapDial) -> None:
    """STATUS with each item alone: that item and no other."""
    mailbox = _with_messages(dial, 1)
    for item in ITEMS:
        assert list(_status(mailbox, f"({item})")) == [item.encode()]


@verifies("RFC3501-6.3.10-03", refuted_by=rewrite(rb"MESSAGES \d+", b"MESSAGES 2", of=STATUS))
def test_status_counts_the_messages_that_select_counts(dial: ImapDial) -> None:
    """STATUS (MESSAGES) of mailboxes of 0, 1 and 3 messages: what EXISTS says when they are selected."""
    for count in (0, 1, 3):
        mailbox = _with_messages(dial, count)
        assert _status(mailbox, "(MESSAGES)") == {b"MESSAGES": count}
        assert mailbox.select().exists == count


@verifies("RFC3501-6.3.10-04", refuted_by=rewrite(rb"UNSEEN \d+", b"UNSEEN 2", of=STATUS))
def test_status_counts_the_messages_without_seen(dial: ImapDial) -> None:
    r"""STATUS (UNSEEN) where the first and the fourth of five messages are \Seen, and where all or none are."""
    mailbox = _with_messages(dial, 5)
    assert _status(mailbox, "(UNSEEN)") == {b"UNSEEN": 5}
    for seen, left in (("1,4", 3), ("1:5", 0)):
        worker = Mailbox(dial, dial.login(fresh=True), mailbox.name)
        worker.select()
        worker.command("STORE", seen, "FLAGS.SILENT (\\Seen)").ok()
        worker.imap.leave()
        assert _status(mailbox, "(UNSEEN)") == {b"UNSEEN": left}


@verifies("RFC3501-6.3.10-05", refuted_by=rewrite(rb"UIDVALIDITY (\d+)", rb"UIDVALIDITY 1\1", of=STATUS))
def test_status_tells_the_uids_that_select_tells(dial: ImapDial) -> None:
    """STATUS (UIDNEXT UIDVALIDITY), then SELECT: equal values; where SELECT has no UIDNEXT, one above all UIDs."""
    mailbox = _with_messages(dial, 3)
    told = _status(mailbox, "(UIDNEXT UIDVALIDITY)")
    codes = mailbox.select().codes
    assert told.get(b"UIDVALIDITY") == codes.get(b"UIDVALIDITY")
    if b"UIDNEXT" in codes:
        assert told.get(b"UIDNEXT") == codes[b"UIDNEXT"]
    assert told[b"UIDNEXT"] > max(mailbox.uids())


@verifies(
    "RFC3501-2.3.1.1-08", refuted_by=rewrite(rb"UIDNEXT (\d+)", rb"UIDNEXT 1\1", of=STATUS, after=1, when=rb"\* STATUS")
)
def test_uidnext_stays_while_no_message_comes(dial: ImapDial) -> None:
    """STATUS (UIDNEXT) before and after another session has selected, changed flags, expunged and closed: one value."""
    mailbox = _with_messages(dial, 4)
    outside = Mailbox(dial, dial.login(), mailbox.name)
    before = _status(outside, "(UIDNEXT)")
    mailbox.select()
    for line in ("FETCH 1:4 (BODY[])", "STORE 1:2 FLAGS (\\Deleted)", "EXPUNGE", "STORE 2 FLAGS (\\Deleted)", "CLOSE"):
        mailbox.command(line).ok()
        assert _status(outside, "(UIDNEXT)") == before


@verifies("RFC3501-2.3.1.1-09", refuted_by=stale(of=STATUS, when=rb"\* STATUS"))
def test_uidnext_changes_when_a_message_comes_and_goes(dial: ImapDial) -> None:
    """STATUS (UIDNEXT), another session appends a message and expunges it: another value, though no message is there."""
    mailbox = _with_messages(dial, 0)
    outside = Mailbox(dial, dial.login(), mailbox.name)
    before = _status(outside, "(UIDNEXT)")
    mailbox.fill(1).command("STORE 1 FLAGS (\\Deleted)").ok()
    mailbox.command("EXPUNGE").ok()
    assert _status(outside, "(UIDNEXT)")[b"UIDNEXT"] > before[b"UIDNEXT"]


@verifies("RFC3501-2.3.1.1-10", refuted_by=rewrite(rb"UIDNEXT (\d+)", rb"UIDNEXT 9\1", of=STATUS))
def test_new_messages_have_no_uid_below_uidnext(dial: ImapDial) -> None:
    """STATUS (UIDNEXT), append, SELECT: the UID of the new message is not below the value, three times."""
    mailbox = _with_messages(dial, 0)
    outside = Mailbox(dial, dial.login(), mailbox.name)
    for number in range(3):
        told = _status(outside, "(UIDNEXT)")[b"UIDNEXT"]
        outside.append(compose(b"New message %d.\r\n" % number))
        mailbox.select()
        assert mailbox.uids()[-1] >= told


@verifies("RFC3501-6.3.10-13", refuted_by=rewrite(rb"RECENT \d+", b"RECENT 0", of=STATUS))
def test_status_counts_the_messages_that_are_recent(dial: ImapDial) -> None:
    """STATUS (RECENT) of two new messages that no session has seen, then SELECT: the number that RECENT says."""
    mailbox = _with_messages(dial, 2)
    told = _status(mailbox, "(RECENT)")
    shown = mailbox.select().recent
    if not shown:
        raise NotSupported("new messages are not shown as recent")
    assert told == {b"RECENT": shown}


@verifies("RFC3501-6.3.10-06", refuted_by=rewrite(rb"^\* \d+ RECENT", b"* 0 RECENT", of=rb"SELECT .*"))
def test_status_leaves_messages_recent(dial: ImapDial) -> None:
    """STATUS (RECENT) of two new messages twice, then SELECT in another session: 2 each time, if it was 2 at first."""
    mailbox = _with_messages(dial, 2)
    if _status(mailbox, "(RECENT MESSAGES)").get(b"RECENT") != 2:
        raise Inconclusive(Reason.PRECONDITION, "new messages are not counted as recent")
    assert _status(mailbox, "(RECENT)") == {b"RECENT": 2}
    assert Mailbox(dial, dial.login(), mailbox.name).select().recent == 2


@verifies(
    "RFC3501-6.3.10-07",
    refuted_by=forward(rb"EXAMINE \1", of=rb"STATUS (.*) \(.*") | say(b"<tag> OK status\r\n", of=STATUS),
)
def test_status_leaves_the_selected_mailbox_alone(mailbox: Mailbox, dial: ImapDial) -> None:
    """SELECT a mailbox of three messages, STATUS of an empty one: FETCH and STORE still reach the first one's messages."""
    other = dial.create(mailbox.imap)
    mailbox.fill(3)
    mailbox.command("STATUS", astring(other), "(MESSAGES UNSEEN)").ok()
    assert sorted(mailbox.command("FETCH 1:* (FLAGS)").fetched) == [1, 2, 3]
    assert mailbox.command("STORE 3 +FLAGS (\\Flagged)").is_ok
    assert b"\\flagged" in mailbox.flags(3)


@verifies("RFC3501-6.3.10-08", refuted_by=say(b"<tag> BAD what?\r\n", of=STATUS))
def test_status_of_a_missing_mailbox_is_refused(dial: ImapDial) -> None:
    """STATUS of the name of no mailbox: NO, and no STATUS response."""
    answered = dial.login().command("STATUS", astring(dial.name("missing")), "(MESSAGES)")
    assert answered.is_no
    assert not answered.all("STATUS")


@verifies("RFC3501-6.3.10-08", refuted_by=say(b"<tag> OK status\r\n", of=STATUS))
def test_status_of_a_level_that_is_no_mailbox_is_refused(dial: ImapDial) -> None:
    r"""STATUS of a name that LIST shows with \Noselect: NO, and no STATUS response."""
    session, level = dial.login(), dial.name("level")
    with dial.dialler.straight():
        session.command("CREATE", astring(dial.child(level))).ok()
        shown = session.command('LIST ""', quoted(level + b"%")).ok().listed.get(level)
    if shown is None or not {a.lower() for a in shown.attributes} & NO_MAILBOX:
        raise NotSupported("the levels above a new mailbox are mailboxes too")
    answered = session.command("STATUS", astring(level), "(MESSAGES)")
    assert answered.is_no
    assert not answered.all("STATUS")


@verifies("RFC3501-6.3.10-09", refuted_by=say(b"<tag> OK status\r\n", of=STATUS))
def test_status_without_a_known_item_is_rejected(dial: ImapDial) -> None:
    """STATUS with an item that does not exist, and with none: BAD."""
    mailbox = _with_messages(dial, 1)
    for items in ("(X-NO-SUCH-ITEM)", "()"):
        assert mailbox.command("STATUS", astring(mailbox.name), items).is_bad


@verifies("RFC3501-6.3.10-10", refuted_by=echo(rb"* STATUS \1 (MESSAGES 1)\r\n", of=rb"STATUS (.*) \(.*"))
def test_status_takes_no_wildcards(dial: ImapDial) -> None:
    """STATUS with * or % in place of the name's end: refused, and no STATUS response."""
    mailbox = _with_messages(dial, 1)
    for sign in (b"*", b"%"):
        answered = mailbox.command("STATUS", quoted(mailbox.name[:-1] + sign), "(MESSAGES)")
        assert not answered.all("STATUS")
        assert answered.refused


@verifies("RFC3501-6.3.10-11", refuted_by=rewrite(rb"MESSAGES \d+", b"MESSAGES 0", of=STATUS))
def test_status_of_the_selected_mailbox_is_true(mailbox: Mailbox) -> None:
    """STATUS of the selected mailbox of three messages, one of them seen: 3 and 2, or NO."""
    mailbox.fill(3).command("STORE 2 FLAGS (\\Seen)").ok()
    mailbox.command("NOOP").ok()
    answered = mailbox.command("STATUS", astring(mailbox.name), "(MESSAGES UNSEEN)")
    assert answered.is_no or answered.mailbox_status == {b"MESSAGES": 3, b"UNSEEN": 2}


@verifies("RFC3501-6.3.10-12", refuted_by=answer(b"<tag> BAD what?\r\n", of=rb"STATUS .*u.*"))
def test_status_items_may_be_written_in_any_case_and_order(dial: ImapDial) -> None:
    """STATUS in small and mixed letters, items in other orders: OK, and the values are those of (MESSAGES UNSEEN)."""
    mailbox = _with_messages(dial, 2)
    for verb, items in (("status", "(unseen messages)"), ("Status", "(Messages uNSEEN)")):
        answered = mailbox.command(verb, astring(mailbox.name), items)
        assert answered.is_ok
        assert answered.mailbox_status == {b"MESSAGES": 2, b"UNSEEN": 2}


def _with_messages(dial: ImapDial, count: int) -> Mailbox:
    """A mailbox of so many new messages that no session has selected."""
    session = dial.login()
    mailbox = Mailbox(dial, session, dial.create(session))
    for number in range(count):
        mailbox.append(compose(b"Message %d.\r\n" % number))
    return mailbox


def _status(mailbox: Mailbox, items: str) -> dict[bytes, int]:
    return mailbox.command("STATUS", astring(mailbox.name), items).ok().mailbox_status
