"""RFC 3501 section 6.3.4: DELETE."""

from __future__ import annotations

import pytest

from conformance import (
    Imap,
    ImapDial,
    Mailbox,
    NotSupported,
    answer,
    astring,
    compose,
    drop,
    quoted,
    rewrite,
    say,
    verifies,
)

NOT_DONE = answer(b"<tag> OK deleted\r\n", of=rb"DELETE .*")
GRANTED = say(b"<tag> OK deleted\r\n", of=rb"DELETE .*")
NO_MAILBOX = frozenset({b"\\noselect", b"\\nonexistent"})


@verifies("RFC3501-6.3.4-01", refuted_by=NOT_DONE)
def test_delete_removes_a_mailbox_with_its_messages(dial: ImapDial) -> None:
    """DELETE a mailbox of two messages: OK; it is not listed, SELECT is refused, and made anew it is empty."""
    session = dial.login()
    name = _with_messages(dial, session)
    assert session.command("DELETE", astring(name)).is_ok
    assert name.lower() not in _found(session, name)
    assert session.command("SELECT", astring(name)).refused
    session.command("CREATE", astring(name)).ok()
    assert session.command("SELECT", astring(name)).ok().exists == 0


@verifies("RFC3501-6.3.4-01", refuted_by=say(b"<tag> NO it is in use\r\n", of=rb"DELETE .*"))
def test_a_refused_delete_removes_nothing(mailbox: Mailbox, dial: ImapDial) -> None:
    """DELETE a mailbox that another session has selected: OK, or a third session finds its messages."""
    mailbox.fill(2)
    session = dial.login()
    if not session.command("DELETE", astring(mailbox.name)).is_ok:
        selected = session.command("SELECT", astring(mailbox.name))
        assert selected.is_ok
        assert selected.exists == 2


@verifies("RFC3501-6.3.4-02", refuted_by=say(b"<tag> OK deleted\r\n", of=rb"DELETE .*"))
@pytest.mark.parametrize("name", ["INBOX", "inbox", "InBoX"])
def test_inbox_cannot_be_deleted(dial: ImapDial, name: str) -> None:
    """DELETE INBOX, in capitals, in small letters and mixed: NO."""
    assert dial.login().command("DELETE", name).is_no


@verifies("RFC3501-6.3.4-03", refuted_by=GRANTED)
def test_a_missing_mailbox_cannot_be_deleted(dial: ImapDial) -> None:
    """DELETE the name of no mailbox, and one a second time: NO."""
    session = dial.login()
    assert session.command("DELETE", astring(dial.name())).is_no
    gone = dial.create(session)
    with dial.dialler.straight():
        session.command("DELETE", astring(gone)).ok()
    assert session.command("DELETE", astring(gone)).is_no


@verifies("RFC3501-6.3.4-04", refuted_by=rewrite(rb"^\* \d+ EXISTS", b"* 0 EXISTS", of=rb"SELECT .*child.*"))
def test_delete_leaves_inferior_names_alone(dial: ImapDial) -> None:
    """DELETE a mailbox with a child and a grandchild, whatever the answer: both are there, with their messages."""
    session, top = dial.login(), dial.name()
    child = dial.child(top, "child")
    family = [child, dial.child(child, "grandchild")]
    with dial.dialler.straight():
        for name in (top, *family):
            _fill(dial, session, name)
    session.command("DELETE", astring(top))
    for name in family:
        assert name.lower() in _found(session, name)
        assert session.command("SELECT", astring(name)).exists == 2


@verifies("RFC3501-6.3.4-05", refuted_by=GRANTED)
def test_a_level_that_has_inferiors_cannot_be_deleted(dial: ImapDial) -> None:
    r"""DELETE a name that LIST shows with \Noselect and that has a child: NO, and the child is still there."""
    session = dial.login()
    level, child = _bare_level(dial, session)
    assert session.command("DELETE", astring(level)).is_no
    assert child.lower() in _found(session, child)


@verifies("RFC3501-6.3.4-06", refuted_by=NOT_DONE)
def test_a_deleted_mailbox_with_inferiors_becomes_a_level(dial: ImapDial) -> None:
    r"""DELETE a mailbox with a child: NO, or LIST shows it with \Noselect or not at all, and SELECT is refused."""
    session, top = dial.login(), dial.name()
    with dial.dialler.straight():
        for name in (top, dial.child(top)):
            _fill(dial, session, name)
    if not session.command("DELETE", astring(top)).is_ok:
        raise NotSupported("a mailbox with inferiors cannot be deleted here")
    attributes = _found(session, top + b"%").get(top.lower())
    assert attributes is None or attributes & NO_MAILBOX
    assert session.command("SELECT", astring(top)).refused


@verifies("RFC3501-6.3.4-07", refuted_by=answer(b"<tag> OK deleted\r\n", of=rb"DELETE .*child.?"))
def test_a_level_without_inferiors_can_be_deleted(dial: ImapDial) -> None:
    r"""DELETE the only child of a name that LIST shows with \Noselect, then the name: it is gone already, or OK."""
    session = dial.login()
    level, child = _bare_level(dial, session)
    session.command("DELETE", astring(child)).ok()
    gone = session.command("DELETE", astring(level))
    assert gone.is_ok or level.lower() not in _found(session, level + b"%")
    assert level.lower() not in _found(session, level + b"%")


@verifies("RFC3501-6.3.4-09", refuted_by=drop(of=rb"FETCH .*", when=b"") | drop(of=rb"", when=rb"\* BYE"))
def test_a_session_survives_the_deletion_of_its_mailbox(dial: ImapDial) -> None:
    """DELETE the selected mailbox, FETCH: the messages as they were, a refusal, or the connection ends with BYE."""
    session = dial.login(fresh=True)
    mailbox = Mailbox(dial, session, _with_messages(dial, session))
    mailbox.select()
    if not session.command("DELETE", astring(mailbox.name)).is_ok:
        raise NotSupported("a selected mailbox cannot be deleted here")
    fetched = session.command("FETCH 1:2 (RFC822.SIZE)")
    assert fetched.status in (b"OK", b"NO", b"BAD") or fetched.all("BYE")
    if not fetched.all("BYE"):
        assert session.command("EXAMINE INBOX").status == b"OK" or session.closes()


def _fill(dial: ImapDial, session: Imap, name: bytes) -> None:
    """Make a mailbox with two messages, or put them into one that a server made along with its child."""
    session.command("CREATE", astring(name))
    mailbox = Mailbox(dial, session, name)
    for number in range(2):
        mailbox.append(compose(b"Message %d.\r\n" % number))


def _with_messages(dial: ImapDial, session: Imap) -> bytes:
    name = dial.name()
    with dial.dialler.straight():
        _fill(dial, session, name)
    return name


def _bare_level(dial: ImapDial, session: Imap) -> tuple[bytes, bytes]:
    r"""A name that LIST shows with \Noselect, and its only child; NotSupported where there is no such thing."""
    level = dial.name("level")
    child = dial.child(level)
    with dial.dialler.straight():
        session.command("CREATE", astring(child)).ok()
        if not _found(session, level + b"%").get(level.lower(), NO_MAILBOX) & NO_MAILBOX:
            session.command("DELETE", astring(level))
        if not _found(session, level + b"%").get(level.lower(), frozenset()) & NO_MAILBOX:
            raise NotSupported("there are no levels of hierarchy here that are not mailboxes")
    return level, child


def _found(session: Imap, pattern: bytes) -> dict[bytes, frozenset[bytes]]:
    """Name -> attributes in small letters of what LIST shows."""
    listed = session.command('LIST ""', quoted(pattern)).ok().listed
    return {n.lower(): frozenset(a.lower() for a in entry.attributes) for n, entry in listed.items()}
