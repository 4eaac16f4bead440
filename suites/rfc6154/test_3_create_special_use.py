"""RFC 6154 section 3: CREATE with the parameter USE."""

from __future__ import annotations

from conformance import (
    ImapDial,
    Inconclusive,
    Reason,
    astring,
    forward,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.dial_imap import OURS
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer

pytestmark = needs("CREATE-SPECIAL-USE", "SPECIAL-USE")
CANDIDATES = ("\\Important", "\\Archive", "\\Junk", "\\Drafts", "\\Sent", "\\Trash")
"""Uses that a mailbox of our own may have; those that servers make virtual mailboxes for are left out."""
GIVEN = rb"(?i)\\(important|archive|junk|drafts|sent|trash)"
BOGUS = "(USE (\\X-Mailconform))"
USING = rb"CREATE (\S+) \(USE.*"


def _uses(session: Imap) -> dict[bytes, set[str]]:
    """The uses that mailboxes have."""
    listed = session.command('LIST "" "*" RETURN (SPECIAL-USE)').ok().listed
    known = {use.lower() for use in CANDIDATES}
    uses = {name: {flag.decode().lower() for flag in entry.attributes} & known for name, entry in listed.items()}
    return {name: of_it for name, of_it in uses.items() if of_it}


def _taken(session: Imap) -> set[str]:
    """The uses that are not free; one of ours that has one from an earlier check waits to be removed: now it is."""
    for name in _uses(session):
        if OURS in name:
            session.command("DELETE", astring(name))  # NO where it has gone in the meantime
    return set().union(*_uses(session).values())


def _created(dial: ImapDial, session: Imap) -> tuple[bytes, str]:
    """Create a mailbox with a special use that no other mailbox has."""
    taken = _taken(session)
    for use in CANDIDATES:
        if use.lower() not in taken:
            name = dial.name("special")
            if session.command("CREATE", astring(name), f"(USE ({use}))").status == b"OK":
                return name, use
    raise Inconclusive(Reason.PRECONDITION, "no special use that is free can be given to a new mailbox")


def _attributes(session: Imap, name: bytes) -> set[str]:
    listed = session.command('LIST ""', astring(name), "RETURN (SPECIAL-USE)").ok().listed
    return {flag.decode().lower() for flag in listed[name].attributes} if name in listed else set()


def _exists(session: Imap, name: bytes) -> bool:
    return name in session.command('LIST ""', astring(name)).ok().listed


def _bogus(dial: ImapDial, session: Imap) -> tuple[bytes, Answer]:
    name = dial.name("bogus")
    return name, session.command("CREATE", astring(name), BOGUS)


@verifies("RFC6154-3-01", refuted_by=forward(rb"CREATE \1", of=USING))
def test_a_mailbox_created_with_a_special_use_has_it(dial: ImapDial) -> None:
    """CREATE with a use that no mailbox has yet, LIST with RETURN (SPECIAL-USE): the attribute is there."""
    session = dial.login()
    name, use = _created(dial, session)
    assert use.lower() in _attributes(session, name)


@verifies("RFC6154-3-02", refuted_by=forward(rb"CREATE \1", of=USING))
def test_create_is_not_answered_ok_if_the_special_use_is_not_given(dial: ImapDial) -> None:
    r"""CREATE with the use \X-Mailconform: NO; if OK, LIST shows that use."""
    session = dial.login()
    name, answer = _bogus(dial, session)
    session.must_be_alive()
    assert answer.is_no or (answer.is_ok and "\\x-mailconform" in _attributes(session, name))


@verifies("RFC6154-3-02", refuted_by=forward(rb"CREATE \1", of=USING) | say(b"<tag> NO [USEATTR] no\r\n", of=USING))
def test_nothing_is_created_where_the_special_use_is_refused(dial: ImapDial) -> None:
    r"""CREATE with the use \X-Mailconform, and with a good one beside it: if refused, LIST does not have the mailbox."""
    session = dial.login()
    for uses in (BOGUS, "(USE (\\Junk \\X-Mailconform))"):
        name = dial.name("bogus")
        if session.command("CREATE", astring(name), uses).refused:
            assert not _exists(session, name)


@verifies("RFC6154-3-03", refuted_by=rewrite(rb"\[USEATTR\] ", b"", of=rb"CREATE .*"))
def test_the_refusal_of_a_special_use_has_its_own_code(dial: ImapDial) -> None:
    r"""CREATE with the use \X-Mailconform: the NO has the code USEATTR."""
    session = dial.login()
    _, answer = _bogus(dial, session)
    if not answer.is_no:
        raise Inconclusive(Reason.PRECONDITION, "a special use that does not exist is not refused with NO")
    assert answer.code == b"USEATTR"


@verifies("RFC6154-3-06", refuted_by=say(b"<tag> BAD no use\r\n", of=USING))
def test_an_empty_list_of_uses_makes_an_ordinary_mailbox(dial: ImapDial) -> None:
    """CREATE with USE (): OK, and LIST (SPECIAL-USE) does not have the mailbox."""
    session = dial.login()
    name = dial.name("plain")
    assert session.command("CREATE", astring(name), "(USE ())").is_ok
    assert _exists(session, name)
    assert name not in session.command('LIST (SPECIAL-USE) ""', astring(name)).ok().listed


@verifies("RFC6154-4-03", refuted_by=rewrite(GIVEN, rb"\\Marked", of=rb"LIST .*", when=rb"\* LIST .*renamed"))
def test_a_special_use_outlasts_the_session_and_a_rename(dial: ImapDial) -> None:
    """CREATE with a use, RENAME, LIST in a new session: the attribute is with the new name."""
    session = dial.login()
    name, use = _created(dial, session)
    renamed = dial.name("renamed")
    session.command("RENAME", astring(name), astring(renamed)).ok()
    assert use.lower() in _attributes(dial.login(fresh=True), renamed)


@verifies("RFC6154-6-01", refuted_by=say(b"<tag> BAD unknown\r\n", of=USING, after=1))
def test_the_words_of_create_are_taken_in_any_letter_case(dial: ImapDial) -> None:
    """Create with "use" and the attribute in small letters: as with capitals."""
    session = dial.login()
    first, use = _created(dial, session)
    session.command("DELETE", astring(first)).ok()
    name = dial.name("small")
    assert session.command("create", astring(name), f"(use ({use.lower()}))").is_ok
    assert use.lower() in _attributes(session, name)
