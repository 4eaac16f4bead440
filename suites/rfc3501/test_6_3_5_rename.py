"""RFC 3501 section 6.3.5: RENAME."""

from __future__ import annotations

import pytest

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    answer,
    astring,
    compose,
    drop,
    quoted,
    rewrite,
    say,
    verifies,
)

RENAME = rb"RENAME .*"
GRANTED = say(b"<tag> OK renamed\r\n", of=RENAME)
NOT_DONE = answer(b"<tag> OK renamed\r\n", of=RENAME)
SAME = rewrite(rb"UIDVALIDITY \d+", b"UIDVALIDITY 1", of=rb"SELECT .*") | rewrite(
    rb"UID \d+", b"UID 1", of=rb"FETCH .*"
)
FIRST = compose(b"The first.\r\n", subject="first")
SECOND = compose(b"The second.\r\n", subject="second")
CONTENTS = [(FIRST.key, {b"\\flagged"}), (SECOND.key, {b"\\seen", b"\\answered"})]


@verifies("RFC3501-6.3.5-01", refuted_by=rewrite(rb"\\Answered ?", b"", of=rb"FETCH .*"))
def test_rename_keeps_messages_and_flags(dial: ImapDial) -> None:
    """RENAME a mailbox of two messages: OK; octets and flags are those under the new name."""
    session, name, new = dial.login(), dial.name(), dial.name("new")
    _fill(dial, session, name)
    assert session.command("RENAME", astring(name), astring(new)).is_ok
    assert _contents(dial, session, new) == CONTENTS


@verifies("RFC3501-6.3.5-01", refuted_by=NOT_DONE)
def test_rename_takes_the_old_name_away(dial: ImapDial) -> None:
    """RENAME: OK; LIST shows the new name and not the old one, SELECT of the old one is refused."""
    session, name, new = dial.login(), dial.name(), dial.name("new")
    _fill(dial, session, name)
    assert session.command("RENAME", astring(name), astring(new)).is_ok
    assert name.lower() not in _found(session, name)
    assert new.lower() in _found(session, new)
    assert session.command("SELECT", astring(name)).refused


@verifies("RFC3501-6.3.5-02", "RFC3501-6.3.5-04", refuted_by=GRANTED)
def test_a_missing_mailbox_cannot_be_renamed(dial: ImapDial) -> None:
    """RENAME the name of no mailbox: NO, and there is no mailbox of the new name."""
    session, new = dial.login(), dial.name("new")
    assert session.command("RENAME", astring(dial.name()), astring(new)).is_no
    assert new.lower() not in _found(session, new)


@verifies("RFC3501-6.3.5-03", "RFC3501-6.3.5-04", refuted_by=GRANTED)
def test_a_mailbox_cannot_be_renamed_to_one_that_exists(dial: ImapDial) -> None:
    """RENAME a mailbox with messages to an empty one: NO, and both are as they were."""
    session, name = dial.login(), dial.name()
    _fill(dial, session, name)
    other = dial.create(session, "other")
    assert session.command("RENAME", astring(name), astring(other)).is_no
    assert _contents(dial, session, name) == CONTENTS
    assert session.command("SELECT", astring(other)).exists == 0


@verifies("RFC3501-6.3.5-05", refuted_by=rewrite(rb"(new\W)child", rb"\1orphan", of=rb"LIST .*"))
def test_rename_takes_the_inferior_names_along(dial: ImapDial) -> None:
    """RENAME a mailbox that has a child and a grandchild: all of them are listed below the new name, none below the old."""
    session, name, new = dial.login(), dial.name("old"), dial.name("new")
    family = _family(dial, name)
    with dial.dialler.straight():
        for member in family:
            session.command("CREATE", astring(member)).ok()
    assert session.command("RENAME", astring(name), astring(new)).is_ok
    assert not _found(session, name + b"*")
    assert {member.lower() for member in _family(dial, new)} <= set(_found(session, new + b"*"))


@verifies("RFC3501-6.3.5-11", refuted_by=rewrite(rb"^\* \d+ EXISTS", b"* 0 EXISTS", of=rb"SELECT .*child.*"))
def test_renamed_inferiors_keep_messages_and_flags(dial: ImapDial) -> None:
    """RENAME a mailbox whose child holds two messages: octets and flags are those in the child of the new name."""
    session, name, new = dial.login(), dial.name("old"), dial.name("new")
    with dial.dialler.straight():
        session.command("CREATE", astring(name)).ok()
    _fill(dial, session, dial.child(name))
    session.command("RENAME", astring(name), astring(new)).ok()
    assert _contents(dial, session, dial.child(new)) == CONTENTS


@verifies("RFC3501-6.3.5-06", refuted_by=say(b"<tag> NO no parent\r\n", of=RENAME))
def test_rename_makes_the_levels_above_the_new_name(dial: ImapDial) -> None:
    """RENAME a mailbox to a name two levels below one that does not exist: OK, and each level is listed."""
    session, top = dial.login(), dial.name("top")
    name = dial.create(session)
    middle = dial.child(top, "middle")
    below = dial.child(middle, "below")
    assert session.command("RENAME", astring(name), astring(below)).is_ok
    assert below.lower() in _found(session, below)
    for level in (top, middle):
        assert level.lower() in _found(session, level + b"%")


@verifies("RFC3501-6.3.5-07", refuted_by=SAME)
def test_a_mailbox_made_under_a_renamed_ones_old_name_reuses_no_uid(dial: ImapDial) -> None:
    """A mailbox of two messages, RENAME, the same under the old name, three times: no pair of UIDVALIDITY and UID comes twice.

    Begun with a second, since some servers take UIDVALIDITY from the clock; three times, since a busy one may let a second pass.
    """
    session, name = dial.login(), dial.name()
    dial.next_second()
    _fill(dial, session, name)
    seen = _pairs(dial, name)
    for new in ("first", "second", "third"):
        session.command("RENAME", astring(name), astring(dial.name(new))).ok()
        _fill(dial, session, name)
        pairs = _pairs(dial, name)
        assert not seen & pairs
        seen |= pairs


@verifies("RFC3501-6.3.5-08", refuted_by=answer(b"<tag> OK renamed\r\n", of=RENAME))
def test_rename_of_inbox_moves_its_messages_and_leaves_it_empty(dial: ImapDial) -> None:
    """RENAME INBOX, if it holds nothing but two messages of ours: OK; the new mailbox has them, INBOX is there and empty."""
    account, session = _of_empty_inbox(dial)
    new = dial.name("new", account)
    with dial.dialler.straight():
        for specimen in (FIRST, SECOND):
            session.append("INBOX", specimen.raw).ok()
    renamed = session.command("RENAME INBOX", astring(new))
    if not renamed.is_ok:
        _empty(dial, session)
        raise NotSupported(f"RENAME INBOX was answered {renamed!r}")
    left = session.command("SELECT INBOX")
    _empty(dial, session)
    assert left.is_ok
    assert left.exists == 0
    assert [key for key, _ in _contents(dial, session, new)] == [FIRST.key, SECOND.key]


@verifies("RFC3501-6.3.5-09", refuted_by=drop(of=rb"LIST .*", when=rb"\* LIST"))
def test_rename_of_inbox_leaves_its_inferiors_alone(dial: ImapDial) -> None:
    """CREATE a child of INBOX, RENAME INBOX with one message in it: the child is still there, and has no double."""
    account, session = _of_empty_inbox(dial)
    word = dial.name("sub", account)[len(dial.profile.prefix) :]
    child, new = dial.child(b"INBOX", word), dial.name("new", account)
    with dial.dialler.straight():
        if not session.command("CREATE", astring(child)).is_ok:
            raise NotSupported("INBOX can have no inferiors here")
        session.append("INBOX", FIRST.raw).ok()
    renamed = session.command("RENAME INBOX", astring(new))
    listed = _found(session, child) | _found(session, dial.child(new, word))
    _empty(dial, session)
    with dial.dialler.straight():
        session.command("DELETE", astring(child))
    if not renamed.is_ok:
        raise NotSupported(f"RENAME INBOX was answered {renamed!r}")
    assert listed == {child.lower()}


@verifies("RFC3501-6.3.5-10", refuted_by=GRANTED)
@pytest.mark.parametrize("inbox", ["INBOX", "inbox"])
def test_a_mailbox_cannot_be_renamed_to_inbox(dial: ImapDial, inbox: str) -> None:
    """RENAME a mailbox with messages to INBOX: NO, and the mailbox is as it was."""
    session, name = dial.login(), dial.name()
    _fill(dial, session, name)
    assert session.command("RENAME", astring(name), inbox).is_no
    assert _contents(dial, session, name) == CONTENTS


@verifies("RFC3501-6.3.5-12", refuted_by=drop(of=rb"FETCH .*", when=b"") | drop(of=rb"", when=rb"\* BYE"))
def test_a_session_survives_the_renaming_of_its_mailbox(dial: ImapDial) -> None:
    """RENAME the selected mailbox, FETCH: the messages as they were, a refusal, or the connection ends with BYE."""
    session, name = dial.login(fresh=True), dial.name()
    _fill(dial, session, name)
    session.command("SELECT", astring(name)).ok()
    if not session.command("RENAME", astring(name), astring(dial.name("new"))).is_ok:
        raise NotSupported("a selected mailbox cannot be renamed here")
    fetched = session.command("FETCH 1:2 (RFC822.SIZE)")
    assert fetched.status in (b"OK", b"NO", b"BAD") or fetched.all("BYE")


def _fill(dial: ImapDial, session: Imap, name: bytes) -> None:
    """Make a mailbox of two messages with different flags, without the fault."""
    with dial.dialler.straight():
        session.command("CREATE", astring(name)).ok()
        mailbox = Mailbox(dial, session, name)
        mailbox.append(FIRST, "\\Flagged")
        mailbox.append(SECOND, "\\Seen \\Answered")


def _contents(dial: ImapDial, session: Imap, name: bytes) -> list[tuple[bytes | None, set[bytes]]]:
    r"""Key and flags (\Recent left out) of each message that is as appended; empty where the mailbox cannot be selected."""
    mailbox = Mailbox(dial, session, name)
    selected = mailbox.command("SELECT", astring(name))
    numbers = range(1, (selected.exists or 0) + 1) if selected.is_ok else range(0)
    return [(_key(mailbox, number), set(mailbox.flags(number))) for number in numbers]


def _key(mailbox: Mailbox, number: int) -> bytes | None:
    """Which of our messages this is, whole and unchanged but for header fields that a storage may add."""
    octets = mailbox.fetch(number, "BODY.PEEK[]").get(b"BODY[]") or b""
    return next((specimen.key for specimen in (FIRST, SECOND) if specimen.same_as(octets)), None)


def _pairs(dial: ImapDial, name: bytes) -> set[tuple[int, int]]:
    """UIDVALIDITY and UID of each message, asked in a session that ends."""
    mailbox = Mailbox(dial, dial.login(fresh=True), name)
    validity = mailbox.select().codes.get(b"UIDVALIDITY")
    if validity is None:
        raise Inconclusive(Reason.PRECONDITION, "SELECT has no response code UIDVALIDITY")
    found = {(int(validity), uid) for uid in mailbox.uids()}
    mailbox.imap.leave()
    return found


def _family(dial: ImapDial, name: bytes) -> list[bytes]:
    """A name, its child and its grandchild."""
    child = dial.child(name, "child")
    return [name, child, dial.child(child, "grandchild")]


def _of_empty_inbox(dial: ImapDial) -> tuple[int, Imap]:
    """An account whose INBOX holds nothing, since what somebody keeps there is not ours to move; and a session."""
    for account in reversed(range(min(2, len(dial.target.accounts)))):
        session = dial.login(account)
        with dial.dialler.straight():
            if session.command("STATUS INBOX (MESSAGES)").ok().mailbox_status.get(b"MESSAGES") == 0:
                return account, session
    raise Inconclusive(Reason.NOT_SET_UP, "needs an account whose INBOX is empty: what is in it would be moved away")


def _empty(dial: ImapDial, session: Imap) -> None:
    """Remove our two messages from INBOX, where they were left."""
    with dial.dialler.straight():
        inbox = Mailbox(dial, session, b"INBOX")
        for number in range(1, (inbox.select().exists or 0) + 1):
            if _key(inbox, number):
                inbox.command("STORE", number, "+FLAGS.SILENT (\\Deleted)")
        inbox.command("EXPUNGE")


def _found(session: Imap, pattern: bytes) -> set[bytes]:
    """What LIST shows, in small letters."""
    return {name.lower() for name in session.command('LIST ""', quoted(pattern)).ok().listed}
