r"""RFC 3501 section 7.2.2: what the attributes of a LIST response promise, and the names in it."""

from __future__ import annotations

from conformance import (
    Imap,
    ImapDial,
    Mailbox,
    NotSupported,
    astring,
    compose,
    drop,
    quoted,
    rewrite,
    say,
    verifies,
)

LIST = rb"LIST .*"


@verifies("RFC3501-7.2.2-01", refuted_by=say(b"<tag> OK created\r\n", of=rb"CREATE .*"))
def test_a_name_without_inferiors_gets_none(dial: ImapDial) -> None:
    r"""CREATE a child of a mailbox that LIST shows with \Noinferiors: refused, and it is not listed."""
    session = dial.login()
    name = dial.create(session)
    with dial.dialler.straight():
        if b"\\noinferiors" not in _found(session, name).get(name.lower(), frozenset()):
            raise NotSupported("a new mailbox can have inferiors here")
    child = dial.child(name)
    assert session.command("CREATE", astring(child)).refused
    assert child.lower() not in _found(session, child)


@verifies("RFC3501-7.2.2-10", refuted_by=rewrite(rb"^\* LIST \(", rb"* LIST (\\Noinferiors ", of=LIST))
def test_no_child_of_a_name_without_inferiors_is_listed(dial: ImapDial) -> None:
    r"""CREATE a mailbox and, where that can be, one below it; LIST all names: none is below one with \Noinferiors."""
    session, top = dial.login(), dial.name("top")
    with dial.dialler.straight():
        session.command("CREATE", astring(dial.child(top))).ok()
        session.command("CREATE", astring(top))
    entries = session.command('LIST ""', quoted(top + b"*")).ok().listed.values()
    for entry in entries:
        if entry.delimiter and b"\\noinferiors" in {attribute.lower() for attribute in entry.attributes}:
            assert not any(other.name.startswith(entry.name + entry.delimiter) for other in entries)


@verifies("RFC3501-7.2.2-06", refuted_by=drop(of=LIST, when=rb"\* LIST"))
def test_listed_names_can_be_used_as_a_reference(dial: ImapDial) -> None:
    """LIST with each listed name of ours as reference, and an empty pattern: OK, and a response with the delimiter."""
    session = dial.login()
    names = [dial.create(session), dial.create(session, "two words")]
    for name in names:
        with dial.dialler.straight():
            shown = session.command('LIST ""', quoted(name)).ok().listed
        for reference in shown:
            answered = session.command("LIST", quoted(reference), '""')
            assert answered.is_ok
            assert answered.all("LIST")


@verifies("RFC3501-7.2.2-09", refuted_by=rewrite(rb"^\* LIST \(", rb"* LIST (\\Unmarked ", of=LIST))
def test_a_mailbox_with_new_messages_is_not_unmarked(dial: ImapDial) -> None:
    r"""SELECT a mailbox and leave it, append to it, LIST: no \Unmarked."""
    session = dial.login(fresh=True)
    mailbox = Mailbox(dial, session, dial.create(session))
    with dial.dialler.straight():
        mailbox.select()
        session.leave()
        outside = Mailbox(dial, dial.login(fresh=True), mailbox.name)
        outside.append(compose(b"A new message.\r\n"))
    assert b"\\unmarked" not in _found(outside.imap, mailbox.name).get(mailbox.name.lower(), frozenset())


@verifies("RFC3501-7.2.2-03", refuted_by=rewrite(rb"\\No[Ss]elect|\\NonExistent", rb"\\Noselect \\Unmarked", of=LIST))
def test_a_level_that_is_no_mailbox_is_neither_marked_nor_unmarked(dial: ImapDial) -> None:
    r"""CREATE a mailbox below a level, LIST the level with %: no \Marked or \Unmarked beside \Noselect."""
    session, level = dial.login(), dial.name("level")
    with dial.dialler.straight():
        session.command("CREATE", astring(dial.child(level))).ok()
    attributes = _found(session, level + b"%").get(level.lower(), frozenset())
    if not attributes & {b"\\noselect", b"\\nonexistent"}:
        raise NotSupported("the levels above a new mailbox are mailboxes too")
    assert not attributes & {b"\\marked", b"\\unmarked"}


@verifies("RFC3501-6.3.8-01", refuted_by=rewrite(rb"^(\* LIST \([^)]*\)) \S+", rb"\1 NIL", of=LIST))
def test_list_shows_the_delimiter_below_which_children_are_made(dial: ImapDial) -> None:
    """CREATE a mailbox below a level, LIST it: it is listed with the delimiter that is in its name."""
    session, level = dial.login(), dial.name("level")
    child = dial.child(level)
    with dial.dialler.straight():
        session.command("CREATE", astring(child)).ok()
    shown = session.command('LIST ""', quoted(child)).ok().listed
    assert {name.lower(): entry.delimiter for name, entry in shown.items()} == {child.lower(): dial.profile.delimiter}


def _found(session: Imap, pattern: bytes) -> dict[bytes, frozenset[bytes]]:
    """Name -> attributes of what LIST shows, in small letters."""
    found = session.command('LIST ""', quoted(pattern)).ok().listed
    return {name.lower(): frozenset(a.lower() for a in entry.attributes) for name, entry in found.items()}
