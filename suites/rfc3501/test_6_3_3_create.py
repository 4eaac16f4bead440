"""RFC 3501 section 6.3.3: CREATE."""

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
    quoted,
    rewrite,
    say,
    verifies,
)

CREATE = rb"CREATE .*"
GRANTED = say(b"<tag> OK created\r\n", of=CREATE)
SAME = rewrite(rb"UIDVALIDITY \d+", b"UIDVALIDITY 1", of=rb"SELECT .*") | rewrite(
    rb"UID \d+", b"UID 1", of=rb"FETCH .*"
)
"""The server numbers the messages of every mailbox from 1, and has one UIDVALIDITY for all."""
NO_MAILBOX = frozenset({b"\\noselect", b"\\nonexistent"})


@verifies("RFC3501-6.3.3-01", refuted_by=answer(b"<tag> OK created\r\n", of=CREATE))
def test_create_makes_an_empty_mailbox(dial: ImapDial) -> None:
    r"""CREATE: OK; LIST shows the name without \Noselect, SELECT counts 0 messages."""
    session, name = dial.login(), dial.name()
    assert session.command("CREATE", astring(name)).is_ok
    attributes = _attributes(session, name)
    assert attributes is not None
    assert not attributes & NO_MAILBOX
    selected = session.command("SELECT", astring(name))
    assert selected.is_ok
    assert selected.exists == 0


@verifies("RFC3501-6.3.3-01", refuted_by=say(b"<tag> NO quota\r\n", of=CREATE))
def test_a_refused_create_makes_no_mailbox(dial: ImapDial) -> None:
    """CREATE a name of our own and one that is not valid: where the answer is not OK, LIST shows nothing."""
    session = dial.login()
    for name in (dial.name(), dial.name(b"&AGEAYg-")):
        if not session.command("CREATE", astring(name)).is_ok:
            assert _attributes(session, name) is None


@verifies("RFC3501-6.3.3-02", "RFC3501-6.3.3-04", refuted_by=GRANTED)
@pytest.mark.parametrize("name", ["INBOX", "inbox", "InBoX"])
def test_inbox_cannot_be_created(dial: ImapDial, name: str) -> None:
    """CREATE INBOX, in capitals, in small letters and mixed: NO."""
    assert dial.login().command("CREATE", name).is_no


@verifies("RFC3501-6.3.3-03", "RFC3501-6.3.3-04", refuted_by=GRANTED)
def test_a_mailbox_that_exists_cannot_be_created(mailbox: Mailbox, dial: ImapDial) -> None:
    """CREATE the name of a mailbox with two messages: NO, and the messages are still there."""
    mailbox.fill(2)
    session = dial.login()
    assert session.command("CREATE", astring(mailbox.name)).is_no
    assert mailbox.count() == 2


@verifies("RFC3501-6.3.3-05", refuted_by=rewrite(rb'(level)("?)$', rb"\1/\2", of=rb"LIST .*"))
def test_a_delimiter_at_the_end_is_no_part_of_the_name(dial: ImapDial) -> None:
    """CREATE with the delimiter behind the name: OK; LIST shows it, once it has a child, and always without the delimiter."""
    session, name = dial.login(), dial.name("level")
    child = dial.child(name)
    delimiter = child[len(name) : len(name) + 1]
    assert session.command("CREATE", quoted(name + delimiter)).is_ok
    session.command("CREATE", astring(child)).ok()
    assert name.lower() in _levels(session, name)
    assert {name.lower(), child.lower()} >= set(_found(session, name + b"*"))


@verifies("RFC3501-6.3.3-06", refuted_by=say(b"<tag> NO no parent\r\n", of=CREATE))
def test_create_makes_the_levels_above_the_name(dial: ImapDial) -> None:
    """CREATE a mailbox two levels below one that does not exist: OK, and each level is listed."""
    session, top = dial.login(), dial.name()
    middle = dial.child(top, "middle")
    below = dial.child(middle, "below")
    assert session.command("CREATE", astring(below)).is_ok
    assert _attributes(session, below) is not None
    for level in (top, middle):
        assert level.lower() in _levels(session, level)


@verifies(
    "RFC3501-2.3.1.1-02", "RFC3501-2.3.1.1-13", "RFC3501-6.3.3-07", "RFC3501-6.3.4-08", refuted_by=SAME
)  # fmt: skip
def test_a_mailbox_made_anew_reuses_no_uid(dial: ImapDial) -> None:
    """CREATE, append two messages, DELETE, the same again, and again: no pair of UIDVALIDITY and UID comes twice.

    Begun with a second, since some servers take UIDVALIDITY from the clock.
    """
    session, name = dial.login(), dial.name()
    dial.next_second()
    seen: list[tuple[int, int]] = []
    for life in range(3):
        with dial.dialler.straight():
            session.command("CREATE", astring(name)).ok()
            mailbox = Mailbox(dial, session, name)
            for number in range(2):
                mailbox.append(compose(b"Message %d of life %d.\r\n" % (number, life)))
        seen += _pairs(mailbox)
        with dial.dialler.straight():
            Mailbox(dial, session, b"INBOX").select(read_only=True)
            session.command("DELETE", astring(name)).ok()
    assert len(set(seen)) == len(seen)


@verifies("RFC3501-6.3.3-08", refuted_by=answer(b"<tag> OK created\r\n", of=rb"CREATE .*level\"?"))
def test_a_level_that_is_no_mailbox_becomes_one_by_create(dial: ImapDial) -> None:
    r"""CREATE a level of hierarchy that LIST shows with \Noselect: NO, or OK and it can be selected."""
    session, level = dial.login(), dial.name("level")
    with dial.dialler.straight():
        session.command("CREATE", astring(dial.child(level))).ok()
        if not _levels(session, level).get(level.lower(), frozenset()) & NO_MAILBOX:
            raise NotSupported("the levels above a new mailbox are mailboxes too")
    created = session.command("CREATE", astring(level))
    assert created.status in (b"OK", b"NO")
    if created.is_ok:
        assert session.command("SELECT", astring(level)).is_ok


@verifies("RFC3501-6.3.3-09", refuted_by=GRANTED)
def test_a_name_of_nothing_cannot_be_created(dial: ImapDial) -> None:
    """CREATE the empty name, and one of delimiters alone: refused."""
    session = dial.login()
    for name in (b"", (dial.profile.delimiter or b"") * 2):
        created = session.command("CREATE", quoted(name))
        with dial.dialler.straight():
            session.command("DELETE", quoted(name))
        assert created.refused


def _attributes(session: Imap, name: bytes) -> frozenset[bytes] | None:
    """The attributes of a name in small letters as LIST shows them, None if it does not list the name."""
    return _found(session, name).get(name.lower())


def _levels(session: Imap, name: bytes) -> dict[bytes, frozenset[bytes]]:
    """Name -> attributes of what LIST shows on the level of a name."""
    return _found(session, name + b"%")


def _found(session: Imap, pattern: bytes) -> dict[bytes, frozenset[bytes]]:
    listed = session.command('LIST ""', quoted(pattern)).ok().listed
    return {n.lower(): frozenset(a.lower() for a in entry.attributes) for n, entry in listed.items()}


def _pairs(mailbox: Mailbox) -> list[tuple[int, int]]:
    """UIDVALIDITY and UID of each message."""
    validity = mailbox.select().codes.get(b"UIDVALIDITY")
    if validity is None:
        raise Inconclusive(Reason.PRECONDITION, "SELECT has no response code UIDVALIDITY")
    return [(validity, uid) for uid in mailbox.uids()]
