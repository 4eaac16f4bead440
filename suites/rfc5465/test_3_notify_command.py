"""RFC 5465 sections 3, 5 (in general), 6.1 and 8: the NOTIFY command and what it refuses.

A server may refuse NOTIFY SET with NO [NOTIFICATIONOVERFLOW] at any time: that leaves nothing to judge.
"""

from __future__ import annotations

import pytest

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    astring,
    drop,
    inject,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_commands import Word

pytestmark = needs("NOTIFY")

MESSAGES = "(MessageNew MessageExpunge)"
QUIET = 0.6
"""Seconds without a response after which nothing is on its way."""


def _notify(session: Imap, *words: Word) -> Answer:
    """Send NOTIFY; Inconclusive where the server says that there is too much to watch."""
    answer = session.command("NOTIFY", *words)
    if answer.is_no and answer.code == b"NOTIFICATIONOVERFLOW":
        raise Inconclusive(Reason.THROTTLED, f"the server does not watch so much: {answer!r}")
    return answer


def _two(dial: ImapDial) -> tuple[Mailbox, Mailbox]:
    """A mailbox of two messages selected on a new connection, and the same in another session."""
    mailbox = dial.mailbox(fresh=True).fill(2)
    return mailbox, mailbox.beside()


@verifies("RFC5465-3.1-01", refuted_by=drop(of=rb"NOTIFY .*", when=rb"\* \d+ EXISTS"))
def test_notify_tells_what_has_changed_in_the_selected_mailbox_first(dial: ImapDial) -> None:
    """Another session appends; NOTIFY SET (selected (...)) here: EXISTS before its completion, or told before it."""
    mailbox, other = _two(dial)
    other.append()
    heard = mailbox.imap.hear_until(lambda response: response.name == b"EXISTS", QUIET)
    answer = _notify(mailbox.imap, f"SET (selected {MESSAGES})").ok()
    assert 3 in [answer.exists, *(response.number for response in heard if response.name == b"EXISTS")]


@verifies("RFC5465-3.1-02", refuted_by=drop(of=rb"NOTIFY .*", when=rb"\* STATUS"))
def test_notify_set_status_begins_with_a_status_of_each_mailbox(dial: ImapDial) -> None:
    """NOTIFY SET STATUS (mailboxes (a b) (...)): a STATUS with MESSAGES, UIDNEXT and UIDVALIDITY of both before its completion."""
    session = dial.login(fresh=True)
    names = [dial.create(session, word) for word in ("one", "two")]
    both = (b"(mailboxes (", *map(astring, names), b")", MESSAGES.encode(), b")")
    answer = _notify(session, "SET STATUS", *both).ok()
    told = {bytes(r.data.name): set(r.data.items) for r in answer.all("STATUS")}
    assert all({b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY"} <= told.get(name, set()) for name in names)


@verifies(
    "RFC5465-3.1-12",
    refuted_by=rewrite(rb" ?(?:HIGHESTMODSEQ|UIDVALIDITY) \d+", b"", of=rb"NOTIFY .*", when=rb"\* STATUS"),
)
def test_the_first_status_for_changes_of_flags_has_the_highestmodseq(dial: ImapDial) -> None:
    """NOTIFY SET STATUS with FlagChange, CONDSTORE being announced: UIDVALIDITY and HIGHESTMODSEQ in the STATUS."""
    session = dial.login(fresh=True).supports("CONDSTORE")
    name = dial.create(session)
    answer = _notify(session, "SET STATUS (mailboxes", astring(name), "(MessageNew MessageExpunge FlagChange))").ok()
    told = {item for response in answer.all("STATUS") for item in response.data.items}
    assert {b"UIDVALIDITY", b"HIGHESTMODSEQ"} <= told


@verifies("RFC5465-3.1-03", "RFC5465-3.1-13", refuted_by=say(b"<tag> NO no such mailbox\r\n", of=rb"NOTIFY .*"))
def test_notify_passes_over_names_that_do_not_exist(dial: ImapDial) -> None:
    """NOTIFY SET (mailboxes (one that exists, one that does not) (...)): OK, and no LIST of the other."""
    session = dial.login(fresh=True)
    name, absent = dial.create(session), dial.name("absent")
    answer = _notify(session, "SET (mailboxes (", astring(name), astring(absent), b")", f"{MESSAGES})")
    assert answer.is_ok
    assert absent not in answer.listed


@verifies("RFC5465-3.1-06", refuted_by=rewrite(rb"^(\S+) NO.*", rb"\1 BAD unknown", of=rb"NOTIFY .*Mailconform.*"))
def test_an_event_that_nobody_knows_is_answered_with_no(dial: ImapDial) -> None:
    """NOTIFY SET with an invented event beside known ones: NO."""
    answer = _notify(dial.login(fresh=True), "SET (personal (MessageNew MessageExpunge MailconformEvent))")
    assert answer.is_no


@verifies("RFC5465-3.1-11", refuted_by=rewrite(rb"\[BADEVENT [^\]]*\] ?", b"", of=rb"NOTIFY .*Mailconform.*"))
def test_the_no_to_an_unknown_event_lists_those_that_are_known(dial: ImapDial) -> None:
    """NOTIFY SET with an invented event: BADEVENT with MessageNew and MessageExpunge in its list."""
    answer = _notify(dial.login(fresh=True), "SET (personal (MessageNew MessageExpunge MailconformEvent))")
    if not answer.is_no:
        raise Inconclusive(Reason.PRECONDITION, f"an unknown event is answered {answer!r}")
    known = {bytes(event).lower() for event in answer.codes.get(b"BADEVENT") or ()}
    assert {b"messagenew", b"messageexpunge"} <= known


@verifies("RFC5465-5-02", refuted_by=rewrite(rb"^(\S+) BAD.*", rb"\1 OK done", of=rb"NOTIFY .*"))
@pytest.mark.parametrize("event", ["FlagChange", "AnnotationChange"])
def test_changes_of_messages_without_messagenew_and_messageexpunge_are_bad(dial: ImapDial, event: str) -> None:
    """NOTIFY SET with FlagChange or AnnotationChange alone: BAD."""
    answer = _notify(dial.login(fresh=True), f"SET (personal ({event}))")
    if answer.is_no and answer.code == b"BADEVENT":
        raise Inconclusive(Reason.PRECONDITION, f"{event} is not supported")
    assert answer.is_bad


@verifies("RFC5465-5-03", refuted_by=rewrite(rb"^(\S+) BAD.*", rb"\1 OK done", of=rb"NOTIFY .*"))
@pytest.mark.parametrize("events", ["MessageNew", "MessageExpunge", "MessageNew FlagChange"])
@pytest.mark.parametrize("filter_", ["selected", "personal"])
def test_messagenew_and_messageexpunge_go_together(dial: ImapDial, events: str, filter_: str) -> None:
    """NOTIFY SET with one of the two events: BAD."""
    assert _notify(dial.login(fresh=True), f"SET ({filter_} ({events}))").is_bad


@verifies("RFC5465-6.1-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"NOTIFY .*"))
@pytest.mark.parametrize("filter_", ["selected", "selected-delayed"])
def test_events_of_mailboxes_are_refused_for_the_selected_one(dial: ImapDial, filter_: str) -> None:
    """NOTIFY SET (selected (MailboxName)): BAD or NO."""
    assert _notify(dial.login(fresh=True), f"SET ({filter_} (MessageNew MessageExpunge MailboxName))").refused


@verifies("RFC5465-8-01", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 BAD unknown", of=rb"(?-i:notify|Notify) .*"))
@pytest.mark.parametrize(
    "words",
    [
        "notify set (Selected (messagenew messageexpunge))",
        "Notify Set (PERSONAL (MESSAGENEW messageExpunge))",
        "notify none",
    ],
)
def test_the_words_of_notify_are_taken_in_any_letter_case(dial: ImapDial, words: str) -> None:
    """NOTIFY, SET, filters, events and NONE in other letter case: OK."""
    mailbox = dial.mailbox(fresh=True)
    answer = mailbox.command(words)
    if answer.is_no and answer.code == b"NOTIFICATIONOVERFLOW":
        raise Inconclusive(Reason.THROTTLED, "the server does not watch so much")
    assert answer.is_ok


@verifies("RFC5465-3.1-08", refuted_by=inject(b"* 3 EXISTS\r\n", of=rb"NOTIFY NONE"))
def test_nothing_is_told_after_notify_none(dial: ImapDial) -> None:
    """NOTIFY SET, NOTIFY NONE, another session appends to the selected mailbox and to another: nothing comes by itself."""
    mailbox, other = _two(dial)
    elsewhere = dial.mailbox()
    _notify(mailbox.imap, "SET (selected", f"{MESSAGES}) (mailboxes", astring(elsewhere.name), f"{MESSAGES})").ok()
    mailbox.imap.command("NOTIFY NONE").ok()
    other.append()
    elsewhere.append()
    heard = mailbox.imap.hear_until(lambda _: False, QUIET)
    assert [response.name for response in heard if response.name in (b"EXISTS", b"STATUS", b"EXPUNGE", b"FETCH")] == []


@verifies("RFC5465-5.6-01", refuted_by=say(b"<tag> NO [BADEVENT (MessageNew MessageExpunge)] no\r\n", of=rb"NOTIFY .*"))
def test_a_server_with_metadata_watches_that_of_mailboxes(dial: ImapDial) -> None:
    """METADATA being announced: NOTIFY SET (mailboxes box (MailboxMetadataChange)): not refused by BADEVENT."""
    session = dial.login(fresh=True).supports("METADATA")
    name = dial.create(session)
    answer = _notify(session, "SET (mailboxes", astring(name), "(MailboxMetadataChange))")
    assert answer.code != b"BADEVENT"


@verifies("RFC5465-5.7-01", refuted_by=say(b"<tag> NO [BADEVENT (MessageNew MessageExpunge)] no\r\n", of=rb"NOTIFY .*"))
def test_a_server_with_metadata_watches_that_of_the_server(dial: ImapDial) -> None:
    """METADATA or METADATA-SERVER being announced: NOTIFY SET (personal (ServerMetadataChange)): not refused by BADEVENT."""
    session = dial.login(fresh=True)
    session.supports("METADATA" if session.announced("METADATA") else "METADATA-SERVER")
    answer = _notify(session, "SET (personal (ServerMetadataChange))")
    assert answer.code != b"BADEVENT"
