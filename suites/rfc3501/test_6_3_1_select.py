"""RFC 3501 section 6.3.1: SELECT, what it must tell and what it does to the mailbox selected before."""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    answer,
    astring,
    compose,
    drop,
    inject,
    rewrite,
    say,
    stale,
    verifies,
)

SELECT = rb"SELECT .*"
REQUIRED_CODES = (b"PERMANENTFLAGS", b"UIDNEXT", b"UIDVALIDITY")
NO_MAILBOX = (b"\\noselect", b"\\nonexistent")


@verifies("RFC3501-6.3.1-01", refuted_by=drop(of=SELECT, when=rb"\* FLAGS"))
def test_select_tells_the_flags_of_the_mailbox(mailbox: Mailbox) -> None:
    """SELECT: a FLAGS response before the completion."""
    assert mailbox.select().all("FLAGS")


@verifies("RFC3501-6.3.1-02", refuted_by=drop(of=SELECT, when=rb"\* \d+ EXISTS"))
def test_select_tells_the_number_of_messages(mailbox: Mailbox) -> None:
    """SELECT an empty mailbox, and again with three messages: EXISTS 0, then 3, before the completion."""
    assert mailbox.select().exists == 0
    mailbox.fill(3)
    assert mailbox.select().exists == 3


@verifies("RFC3501-6.3.1-03", refuted_by=drop(of=SELECT, when=rb"\* \d+ RECENT"))
def test_select_tells_the_number_of_recent_messages(mailbox: Mailbox) -> None:
    """SELECT: a RECENT response before the completion."""
    assert mailbox.select().recent is not None


@verifies("RFC3501-6.3.1-04", refuted_by=drop(of=SELECT, when=rb"\* OK \[UNSEEN"))
def test_select_tells_that_there_is_an_unseen_message(mailbox: Mailbox) -> None:
    """SELECT a mailbox of two messages, none seen: a response code UNSEEN."""
    assert b"UNSEEN" in mailbox.fill(2).select().codes


@verifies("RFC3501-6.3.1-05", refuted_by=rewrite(rb"\[UNSEEN \d+", b"[UNSEEN 4", of=SELECT))
def test_unseen_is_the_number_of_the_first_message_without_seen(mailbox: Mailbox) -> None:
    r"""Of five messages the first two and the fourth are \Seen: SELECT says UNSEEN 3, if it has the code."""
    mailbox.fill(5).command("STORE 1,2,4 FLAGS.SILENT (\\Seen)").ok()
    codes = mailbox.select().codes
    if b"UNSEEN" not in codes:
        raise Inconclusive(Reason.PRECONDITION, "SELECT has no response code UNSEEN")
    assert codes[b"UNSEEN"] == 3


@verifies(
    "RFC3501-6.3.1-06", refuted_by=inject(b"* OK [UNSEEN 0] Nothing unseen\r\n", of=SELECT, when=rb"\* \d+ EXISTS")
)
def test_select_has_no_code_unseen_where_all_is_seen(mailbox: Mailbox) -> None:
    r"""SELECT an empty mailbox, and one whose messages are all \Seen: no response code UNSEEN."""
    assert b"UNSEEN" not in mailbox.select().codes
    mailbox.fill(2).command("STORE 1:2 FLAGS.SILENT (\\Seen)").ok()
    assert b"UNSEEN" not in mailbox.select().codes


@verifies("RFC3501-6.3.1-07", refuted_by=drop(of=SELECT, when=rb"\* OK \[PERMANENTFLAGS"))
def test_select_tells_the_permanent_flags(mailbox: Mailbox) -> None:
    """SELECT: a response code PERMANENTFLAGS."""
    assert b"PERMANENTFLAGS" in mailbox.select().codes


@verifies("RFC3501-6.3.1-08", refuted_by=rewrite(rb"^\* FLAGS \(.*?\)", rb"* FLAGS (\\Answered)", of=SELECT))
def test_permanent_flags_are_among_the_flags(mailbox: Mailbox) -> None:
    r"""SELECT: each flag in PERMANENTFLAGS but \* is in FLAGS too, letter case aside."""
    answer_ = mailbox.fill(1).select()
    permanent = answer_.codes.get(b"PERMANENTFLAGS")
    if permanent is None:
        raise Inconclusive(Reason.PRECONDITION, "SELECT has no response code PERMANENTFLAGS")
    assert {flag.lower() for flag in permanent} - {b"\\*"} <= {flag.lower() for flag in answer_.data("FLAGS") or ()}


@verifies("RFC3501-6.3.1-09", refuted_by=drop(of=SELECT, when=rb"\* OK \[UIDNEXT"))
def test_select_tells_the_next_uid(mailbox: Mailbox) -> None:
    """SELECT: a response code UIDNEXT, above the UIDs of the three messages there."""
    next_uid = mailbox.fill(3).select().codes.get(b"UIDNEXT")
    assert next_uid is not None
    assert next_uid > max(mailbox.uids())


@verifies("RFC3501-6.3.1-10", "RFC3501-2.3.1.1-11", refuted_by=drop(of=SELECT, when=rb"\* OK \[UIDVALIDITY"))
def test_select_tells_the_uidvalidity(mailbox: Mailbox) -> None:
    """SELECT twice: a response code UIDVALIDITY in an untagged OK each time, and the second is no lower than the first.

    It may be higher, where no UID has been given that could persist.
    """
    first, second = (_untagged(mailbox, b"UIDVALIDITY") for _ in range(2))
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert first <= second


@verifies(
    "RFC3501-6.3.1-11",
    refuted_by=drop(of=SELECT, when=rb"\* OK \[UIDNEXT") | inject(b"* OK [UIDNEXT 4] Late\r\n", of=SELECT),
)
def test_select_tells_everything_before_its_completion(mailbox: Mailbox) -> None:
    """SELECT a mailbox with an unseen message: all seven responses stand in front of the completion."""
    said = mailbox.fill(1).select()
    assert said.all("FLAGS")
    assert said.exists is not None
    assert said.recent is not None
    assert {*REQUIRED_CODES, b"UNSEEN"} <= set(said.codes)


@verifies("RFC3501-6.3.1-12", refuted_by=rewrite(rb"^\* \d+ RECENT", b"* 7 RECENT", of=SELECT))
def test_exists_and_recent_count_what_fetch_shows(dial: ImapDial) -> None:
    r"""SELECT a mailbox of four new messages, FETCH all FLAGS: as many as EXISTS says, \Recent as often as RECENT says."""
    mailbox = _new(dial, 4)
    said = mailbox.select()
    fetched = mailbox.command("FETCH 1:* (FLAGS)").ok().fetched
    assert len(fetched) == said.exists
    assert sum(_is_recent(found.get(b"FLAGS")) for found in fetched.values()) == said.recent


@verifies("RFC3501-6.3.1-13", refuted_by=rewrite(rb"^\* \d+ EXISTS", b"* 0 EXISTS", of=SELECT))
def test_select_of_another_mailbox_expunges_nothing(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""Mark two of three messages \Deleted, SELECT another mailbox, then this one again: three messages."""
    other = dial.create(mailbox.imap)
    mailbox.fill(3).command("STORE 1:2 +FLAGS.SILENT (\\Deleted)").ok()
    mailbox.command("SELECT", astring(other)).ok()
    assert mailbox.select().exists == 3


@verifies("RFC3501-6.3.1-14", refuted_by=answer(b"<tag> NO no such mailbox\r\n", of=rb"SELECT .*-missing.*"))
def test_after_a_failed_select_no_mailbox_is_selected(mailbox: Mailbox, dial: ImapDial) -> None:
    """SELECT a missing mailbox while one with messages is selected: FETCH is refused and brings nothing."""
    mailbox.fill(2)
    if mailbox.command("SELECT", astring(dial.name("missing"))).status != b"NO":
        raise Inconclusive(Reason.PRECONDITION, "SELECT of a missing mailbox is not answered NO")
    fetched = mailbox.command("FETCH 1 (FLAGS)")
    assert fetched.refused
    assert not fetched.fetched


@verifies("RFC3501-6.3.1-15", refuted_by=say(b"<tag> BAD what?\r\n", of=rb"(SELECT|EXAMINE) .*"))
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_a_missing_mailbox_cannot_be_selected(dial: ImapDial, command: str) -> None:
    """SELECT and EXAMINE the name of no mailbox: NO."""
    assert dial.login().command(command, astring(dial.name("missing"))).is_no


@verifies("RFC3501-6.3.1-16", "RFC3501-7.2.2-02", refuted_by=say(b"<tag> OK [READ-WRITE] here\r\n", of=SELECT))
def test_a_name_that_is_no_mailbox_cannot_be_selected(dial: ImapDial) -> None:
    r"""SELECT a level of hierarchy that LIST shows with \Noselect: NO."""
    session = dial.login()
    parent = dial.name("level")
    with dial.dialler.straight():
        session.command("CREATE", astring(dial.child(parent))).ok()
        shown = session.command('LIST ""', astring(parent + b"%")).ok().listed.get(parent)
    if shown is None or not any(attribute.lower() in NO_MAILBOX for attribute in shown.attributes):
        raise NotSupported("the levels above a new mailbox are mailboxes too")
    assert session.command("SELECT", astring(parent)).is_no


@verifies("RFC3501-6.3.1-18", refuted_by=rewrite(rb"\[READ-WRITE\]", b"[READ-ONLY]", of=SELECT))
def test_select_says_that_the_mailbox_can_be_changed(mailbox: Mailbox) -> None:
    """SELECT a mailbox of our own: the completion has READ-WRITE."""
    assert mailbox.select().code == b"READ-WRITE"


@verifies("RFC3501-6.3.1-20", refuted_by=stale(of=SELECT, when=rb"\* \d+ EXISTS"))
def test_select_tells_what_has_changed_meanwhile(mailbox: Mailbox, dial: ImapDial) -> None:
    """SELECT, let another session append two messages and flag one, SELECT again: new count and new flags."""
    mailbox.fill(1).select()
    outside = Mailbox(dial, dial.login(), mailbox.name)
    outside.append(compose(b"The first that comes.\r\n"), "\\Seen")
    outside.append(compose(b"The second that comes.\r\n"))
    mailbox.beside().command("STORE 1 +FLAGS (\\Flagged)").ok()
    assert mailbox.select().exists == 3
    assert b"\\flagged" in mailbox.flags(1)


@verifies("RFC3501-6.3.1-21", refuted_by=stale(of=SELECT, when=rb"\* \d+ RECENT"))
def test_a_second_select_finds_no_message_recent(dial: ImapDial) -> None:
    """SELECT a mailbox of three new messages read-write, then again: RECENT 0 the second time."""
    mailbox = _new(dial, 3)
    first = mailbox.select()
    if not first.recent or first.code != b"READ-WRITE":
        raise Inconclusive(Reason.PRECONDITION, f"the first SELECT has no recent messages, or no READ-WRITE: {first!r}")
    assert mailbox.select().recent == 0


def _new(dial: ImapDial, count: int) -> Mailbox:
    """A mailbox of so many messages that no session has selected yet."""
    session = dial.login()
    mailbox = Mailbox(dial, session, dial.create(session))
    for number in range(count):
        mailbox.append(compose(b"Message %d.\r\n" % number))
    return mailbox


def _is_recent(flags: tuple[bytes, ...] | None) -> bool:
    return any(flag.lower() == b"\\recent" for flag in flags or ())


def _untagged(mailbox: Mailbox, code: bytes) -> object:
    """The data of a response code of the untagged OK responses to SELECT, None without it."""
    found = [said.code for said in mailbox.select().all("OK") if said.tag == b"*" and said.code]
    return next((each.data for each in found if each.name == code), None)
