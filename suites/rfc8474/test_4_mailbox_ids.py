"""RFC 8474 section 4: the identifiers of mailboxes."""

from __future__ import annotations

import pytest

from conformance import Imap, ImapDial, Mailbox, NotSupported, astring, drop, fickle, needs, rewrite, say, verifies

pytestmark = needs("OBJECTID")

SAME = rewrite(rb"MAILBOXID \([^)]*\)", b"MAILBOXID (same)", of=rb".*")


def _id(session: Imap, name: bytes) -> bytes | None:
    """MAILBOXID by STATUS."""
    return session.command("STATUS", astring(name), "(MAILBOXID)").ok().mailbox_status.get(b"MAILBOXID")


@verifies("RFC8474-3-01", refuted_by=say(b"<tag> BAD unknown item\r\n", of=rb"STATUS .*"))
def test_a_server_that_announces_objectid_takes_its_items(mailbox: Mailbox) -> None:
    """STATUS (MAILBOXID), FETCH (EMAILID) and FETCH (THREADID): OK."""
    mailbox.fill(1)
    assert mailbox.dial.login().command("STATUS", astring(mailbox.name), "(MAILBOXID)").is_ok
    assert mailbox.command("FETCH 1 (EMAILID)").is_ok
    assert mailbox.command("FETCH 1 (THREADID)").is_ok


@verifies("RFC8474-4-01", refuted_by=fickle(rb"MAILBOXID \([^)]*", of=rb".*"))
def test_a_mailbox_keeps_its_id(dial: ImapDial) -> None:
    """STATUS and SELECT in several sessions, messages coming and going in between: one MAILBOXID."""
    mailbox = dial.mailbox(fresh=True).fill(2)
    told = [_id(dial.login(fresh=True), mailbox.name)]
    mailbox.expunge(1)
    told += [mailbox.beside().selected_answer.codes.get(b"MAILBOXID"), _id(dial.login(fresh=True), mailbox.name)]
    assert told[0]
    assert told == [told[0]] * 3


@verifies("RFC8474-4-02", refuted_by=SAME)
def test_no_two_mailboxes_have_one_id(dial: ImapDial) -> None:
    """STATUS (MAILBOXID) of three mailboxes and of INBOX: four values."""
    session = dial.login()
    names = [dial.create(session, word) for word in ("one", "two", "three")]
    told = [_id(session, name) for name in (*names, b"INBOX")]
    assert None not in told
    assert len(set(told)) == 4


@verifies("RFC8474-4-03", refuted_by=SAME)
def test_a_mailbox_created_anew_has_another_id(dial: ImapDial) -> None:
    """STATUS (MAILBOXID), DELETE, CREATE by the same name, STATUS: another value."""
    session = dial.login()
    name = dial.create(session)
    before = _id(session, name)
    session.command("DELETE", astring(name)).ok()
    session.command("CREATE", astring(name)).ok()
    assert _id(session, name) != before


@verifies("RFC8474-4-04", refuted_by=fickle(rb"MAILBOXID \([^)]*", of=rb"STATUS .*new.*"))
def test_a_mailbox_keeps_its_id_when_it_is_renamed(dial: ImapDial) -> None:
    """STATUS (MAILBOXID), RENAME, STATUS of the new name: the same value."""
    session = dial.login()
    name, new = dial.create(session), dial.name("new")
    before = _id(session, name)
    session.command("RENAME", astring(name), astring(new)).ok()
    assert _id(session, new) == before


@verifies("RFC8474-4.1-01", refuted_by=rewrite(rb"\[MAILBOXID \([^)]*\)\] ?", b"", of=rb"CREATE .*"))
def test_create_tells_the_id_of_the_new_mailbox(dial: ImapDial) -> None:
    """CREATE: MAILBOXID in the tagged OK, the one that STATUS gives."""
    session = dial.login()
    name = dial.name()
    answer = session.command("CREATE", astring(name)).ok()
    assert answer.code == b"MAILBOXID"
    assert answer.codes[b"MAILBOXID"] == _id(session, name)


@verifies("RFC8474-4.2-01", refuted_by=drop(of=rb"(?:SELECT|EXAMINE) .*", when=rb"\* OK \[MAILBOXID"))
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_selecting_a_mailbox_tells_its_id(dial: ImapDial, command: str) -> None:
    """SELECT and EXAMINE: an untagged OK with MAILBOXID."""
    session = dial.login()
    name = dial.create(session)
    answer = session.command(command, astring(name)).ok()
    assert [r for r in answer.responses if r.name == b"OK" and r.code and r.code.name == b"MAILBOXID"]


@verifies("RFC8474-4.3-01", refuted_by=rewrite(rb"MAILBOXID \(", b"MAILBOXID (x", of=rb"STATUS .*"))
def test_status_gives_the_id_that_select_tells(dial: ImapDial) -> None:
    """STATUS (MAILBOXID), alone and beside MESSAGES, and SELECT of two mailboxes: the same value of each."""
    session = dial.login()
    for name in (dial.create(session, "one"), dial.create(session, "two")):
        both = session.command("STATUS", astring(name), "(MESSAGES MAILBOXID)").ok().mailbox_status
        alone = _id(session, name)
        selected = session.command("SELECT", astring(name)).ok().codes.get(b"MAILBOXID")
        if selected is None:
            raise NotSupported("SELECT tells no MAILBOXID")
        assert (alone, both.get(b"MAILBOXID"), both.get(b"MESSAGES")) == (selected, selected, 0)
