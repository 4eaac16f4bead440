r"""RFC 3348 section 3: \HasChildren and \HasNoChildren.

Both may be left out, since a server may not be able to tell; \HasChildren may be a hint, \HasNoChildren may not.
"""

from __future__ import annotations

import pytest

from conformance import (
    Imap,
    ImapDial,
    NotSupported,
    astring,
    needs,
    quoted,
    rewrite,
    stale,
    verifies,
)

pytestmark = needs("CHILDREN")

LIST = rb"LIST .*"
HAS, HAS_NOT, NO_INFERIORS = b"\\haschildren", b"\\hasnochildren", b"\\noinferiors"


@verifies("RFC3348-3-02", "RFC3348-3-03", refuted_by=rewrite(rb"\\HasChildren", rb"\\HasNoChildren", of=LIST))
def test_a_mailbox_with_a_child_is_not_said_to_have_none(dial: ImapDial) -> None:
    r"""LIST a mailbox with a child, by its name, with % and with *: no \HasNoChildren."""
    session, parent, _ = _family(dial)
    for pattern in (parent, parent + b"%", parent[:-2] + b"*"):
        assert HAS_NOT not in _attributes(session, pattern, parent)


@verifies("RFC3348-3-04", "RFC3348-6-01", refuted_by=rewrite(rb"\\HasNoChildren", rb"\\HasChildren", of=LIST))
def test_a_mailbox_without_a_child_is_not_said_to_have_one(dial: ImapDial) -> None:
    r"""LIST a mailbox whose name another one's begins with, and a child: no \HasChildren with either."""
    session, _, child = _family(dial)
    single = dial.create(session, "single")
    with dial.dialler.straight():
        session.command("CREATE", astring(single + b"x")).ok()
    for name in (child, single):
        assert HAS not in _attributes(session, name, name)


@verifies("RFC3348-3-05", refuted_by=stale(of=LIST, when=rb"\* LIST"))
def test_children_are_told_of_as_they_come_and_go(dial: ImapDial) -> None:
    r"""LIST a mailbox before its child is made, with it, and behind its DELETE: never the attribute that is out of date."""
    session = dial.login()
    parent = dial.create(session, "parent")
    child = dial.child(parent)
    assert HAS not in _attributes(session, parent, parent)
    if not session.command("CREATE", astring(child)).is_ok:
        raise NotSupported("a mailbox cannot have inferiors here")
    assert HAS_NOT not in _attributes(session, parent, parent)
    session.command("DELETE", astring(child)).ok()
    assert HAS not in _attributes(session, parent, parent)


@verifies("RFC3348-3-07", refuted_by=rewrite(rb"^\* LIST \(", rb"* LIST (\\HasChildren \\HasNoChildren ", of=LIST))
def test_no_name_has_children_and_has_none(dial: ImapDial) -> None:
    r"""LIST all names: none has \HasChildren and \HasNoChildren."""
    session, _, _ = _family(dial)
    assert not any({HAS, HAS_NOT} <= attributes for attributes in _found(session, b"*").values())


@verifies("RFC3348-3-08", refuted_by=rewrite(rb"^\* LIST \(", rb"* LIST (\\HasChildren \\Noinferiors ", of=LIST))
def test_no_name_without_inferiors_has_children(dial: ImapDial) -> None:
    r"""LIST all names: none has \HasChildren and \Noinferiors."""
    session, _, _ = _family(dial)
    assert not any({HAS, NO_INFERIORS} <= attributes for attributes in _found(session, b"*").values())


@verifies("RFC3348-3-06", refuted_by=rewrite(rb"^\* LIST \(", rb"* LIST (\\HasNoChildren \\Noinferiors ", of=LIST))
def test_a_name_without_inferiors_needs_no_word_on_children(dial: ImapDial) -> None:
    r"""LIST all names: none has \HasNoChildren and \Noinferiors."""
    session, _, _ = _family(dial)
    assert not any({HAS_NOT, NO_INFERIORS} <= attributes for attributes in _found(session, b"*").values())


@verifies("RFC3348-3-11", refuted_by=rewrite(rb"\\HasChildren", rb"\\HasNoChildren", of=LIST))
@pytest.mark.parametrize("sign", ["%", "*"])
def test_a_level_with_a_child_is_not_said_to_have_none(dial: ImapDial, sign: str) -> None:
    r"""CREATE a mailbox below a level that does not exist, LIST the level: no \HasNoChildren."""
    session, level = dial.login(), dial.name("level")
    with dial.dialler.straight():
        session.command("CREATE", astring(dial.child(level))).ok()
    assert HAS_NOT not in _found(session, level + sign.encode()).get(level.lower(), frozenset())


def _family(dial: ImapDial) -> tuple[Imap, bytes, bytes]:
    """A session, a mailbox and its child; NotSupported where mailboxes cannot have inferiors."""
    session = dial.login()
    parent = dial.create(session, "parent")
    child = dial.child(parent)
    with dial.dialler.straight():
        if not session.command("CREATE", astring(child)).is_ok:
            raise NotSupported("a mailbox cannot have inferiors here")
    return session, parent, child


def _found(session: Imap, pattern: bytes) -> dict[bytes, frozenset[bytes]]:
    """Name -> attributes of what LIST shows, in small letters."""
    found = session.command('LIST ""', quoted(pattern)).ok().listed
    return {name.lower(): frozenset(a.lower() for a in entry.attributes) for name, entry in found.items()}


def _attributes(session: Imap, pattern: bytes, name: bytes) -> frozenset[bytes]:
    """The attributes of a name among what a pattern matches; none where it is not listed."""
    return _found(session, pattern).get(name.lower(), frozenset())
