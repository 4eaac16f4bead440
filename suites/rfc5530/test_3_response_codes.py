"""RFC 5530: response codes say what is the case; each is seen where a server that errs would send it."""

from __future__ import annotations

import pytest

from conformance import Imap, ImapDial, Mailbox, NotSupported, astring, rewrite, say, verifies
from conformance.sessions.imap_answer import Answer

TROUBLE = {b"CORRUPTION", b"SERVERBUG"}


def of_a_working_day(mailbox: Mailbox) -> list[Answer]:
    """What a session that is alone in a mailbox of its own hears: STATUS, SELECT, FETCH, STORE, SEARCH, COPY, EXPUNGE."""
    mailbox.append()
    mailbox.append()
    name = astring(mailbox.name)
    select = mailbox.command("SELECT", name)
    lines = (
        "FETCH 1:2 (FLAGS)",
        "STORE 1 +FLAGS (\\Deleted)",
        "SEARCH ALL",
        "FETCH 2 (BODY.PEEK[])",
        "EXPUNGE",
        "NOOP",
    )
    copy = mailbox.command("COPY 2", name)
    return [select, copy, mailbox.command("STATUS", name, "(MESSAGES)"), *(mailbox.command(line) for line in lines)]


@verifies("RFC5530-3-09", refuted_by=say(b"<tag> NO [NOPERM] not yours\r\n", of=rb"STORE .*"))
def test_noperm_is_not_sent_for_what_the_owner_may_do(mailbox: Mailbox) -> None:
    """SELECT, STATUS, FETCH, STORE, SEARCH, COPY and EXPUNGE in a mailbox of our own: no NOPERM."""
    assert b"NOPERM" not in {said.code for said in of_a_working_day(mailbox)}


@verifies("RFC5530-3-11", refuted_by=say(b"<tag> NO [EXPUNGEISSUED] gone\r\n", of=rb"FETCH .*"))
def test_expungeissued_is_not_sent_where_nobody_else_expunges(mailbox: Mailbox) -> None:
    """FETCH, STORE, SEARCH and COPY of a session that is alone in its mailbox: no EXPUNGEISSUED."""
    assert not [said for said in of_a_working_day(mailbox) if b"EXPUNGEISSUED" in said.codes]


@verifies("RFC5530-3-12", refuted_by=rewrite(rb"^(\S+) OK ", rb"\1 OK [SERVERBUG] ", of=rb"SEARCH .*"))
def test_corruption_and_serverbug_are_not_reported_of_a_working_server(mailbox: Mailbox) -> None:
    """The same commands: neither CORRUPTION nor SERVERBUG."""
    assert not [said for said in of_a_working_day(mailbox) if TROUBLE & set(said.codes)]


@verifies("RFC5530-3-10", refuted_by=say(b"<tag> NO [INUSE] somebody reads it\r\n", of=rb"(DELETE|RENAME) .*"))
@pytest.mark.parametrize("command", ["DELETE", "RENAME"])
def test_what_is_answered_inuse_is_not_carried_out(mailbox: Mailbox, dial: ImapDial, command: str) -> None:
    """DELETE (RENAME) of a mailbox that another session has selected: if it is answered NO [INUSE], LIST shows it as before."""
    with dial.dialler.straight():
        session = dial.login(fresh=True)
    words = [astring(mailbox.name)] + ([astring(dial.name("renamed"))] if command == "RENAME" else [])
    said = session.command(command, *words)
    if (said.status, said.code) != (b"NO", b"INUSE"):
        return
    assert mailbox.name in session.command('LIST ""', astring(mailbox.name)).ok().listed


@verifies("RFC5530-3-14", refuted_by=say(b"<tag> NO [ALREADYEXISTS] there is one\r\n", of=rb"(CREATE|RENAME) .*"))
def test_alreadyexists_is_not_sent_for_a_new_name(dial: ImapDial) -> None:
    """CREATE of a new name, and RENAME to another: no ALREADYEXISTS."""
    session, name, other = dial.login(), dial.name("new"), dial.name("other")
    created = session.command("CREATE", astring(name))
    renamed = session.command("RENAME", astring(name), astring(other))
    assert b"ALREADYEXISTS" not in (created.code, renamed.code)


@verifies(
    "RFC5530-3-14", refuted_by=rewrite(rb"NO .*", b"NO [ALREADYEXISTS] there is one", of=rb"(DELETE|STATUS|SELECT) .*")
)
def test_alreadyexists_is_not_sent_for_what_is_missing(dial: ImapDial) -> None:
    """DELETE, STATUS and SELECT of a missing mailbox: no ALREADYEXISTS."""
    session, name = dial.login(), astring(dial.name("missing"))
    codes = [
        session.command(*words).code for words in (("DELETE", name), ("STATUS", name, "(MESSAGES)"), ("SELECT", name))
    ]
    assert b"ALREADYEXISTS" not in codes


@verifies("RFC5530-3-15", refuted_by=say(b"<tag> NO [NONEXISTENT] no such mailbox\r\n", of=rb"(STATUS|CREATE) .*"))
def test_nonexistent_is_not_sent_for_what_exists(mailbox: Mailbox) -> None:
    """STATUS, SELECT and CREATE of a mailbox that exists, SUBSCRIBE to it: no NONEXISTENT."""
    name = astring(mailbox.name)
    lines = (("STATUS", name, "(MESSAGES)"), ("SUBSCRIBE", name), ("CREATE", name), ("SELECT", name))
    assert b"NONEXISTENT" not in [mailbox.command(*words).code for words in lines]


@verifies("RFC5530-3-16", refuted_by=say(b"<tag> NO [OVERQUOTA] too much\r\n", of=rb"APPEND .*"))
def test_overquota_is_not_sent_while_there_is_room(mailbox: Mailbox) -> None:
    """APPEND of a small message to a new mailbox of an account with room: no OVERQUOTA."""
    if mailbox.dial.target.accounts[0].quota:  # type: ignore[attr-defined]
        raise NotSupported("the account has a small quota")
    said = mailbox.imap.append(mailbox.name, b"Subject: small\r\n\r\n")
    assert b"OVERQUOTA" not in said.codes


def alone(dial: ImapDial) -> Imap:
    """A session of the second user."""
    return dial.login(1)


@verifies(
    "RFC5530-5-01", refuted_by=rewrite(rb"NO .*", b"NO [NOPERM] not yours", of=rb"SELECT .*mailconform-(?!none).*")
)
def test_a_mailbox_one_may_not_look_up_is_refused_like_one_that_is_missing(mailbox: Mailbox, dial: ImapDial) -> None:
    """Another user SELECTs our private mailbox through the namespace of other users, and a missing one: the same status and code."""
    mailbox.imap.supports("NAMESPACE").supports("ACL")
    other = alone(dial)
    spaces = other.command("NAMESPACE").ok().data("NAMESPACE")
    if not spaces or not spaces.other:
        raise NotSupported("there is no namespace of other users")
    space = spaces.other[0]
    base = bytes(space.prefix) + dial.account().user.encode() + (space.delimiter or b"/")
    ours, missing = (other.command("SELECT", astring(base + name)) for name in (mailbox.name, b"mailconform-none"))
    if ours.status == b"OK":
        raise NotSupported("the other user may read it")
    assert (ours.status, ours.code) == (missing.status, missing.code)
