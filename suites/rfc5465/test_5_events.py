"""RFC 5465 sections 3.1, 4, 5 and 6: what is told, of which mailboxes, and when.

One session watches, others act. A notification has some seconds to come; that nothing comes is judged after a quiet while
and by what the next NOOP brings. Accounts may be used by others meanwhile: only our own mailboxes count.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    astring,
    drop,
    inject,
    inject_before,
    needs,
    rewrite,
    verifies,
)
from conformance.wire.imap import Response
from conformance.wire.imap_commands import Word

pytestmark = needs("NOTIFY")

MESSAGES = "(MessageNew MessageExpunge)"
PATIENCE = 4.0
QUIET = 0.6
AT_ONCE = 8
OVERFLOW = b"NOTIFICATIONOVERFLOW"
MANY_SECONDS = 2.0
"""Servers look after mailboxes about twice a second: some messages come just while they look."""


def _watch(session: Imap, *words: Word) -> Imap:
    """NOTIFY SET, without the fault; Inconclusive where the server does not watch that."""
    session.command("NOTIFY SET", *words).ok()
    return session


def _heard(session: Imap, fits: Callable[[Response], bool], patience: float = PATIENCE) -> list[Response]:
    """What came by itself up to a response that fits, that one last; nothing if none came."""
    heard = session.hear_until(fits, patience)
    return heard if heard and fits(heard[-1]) else []


def _quiet(session: Imap, fits: Callable[[Response], bool]) -> list[Response]:
    """Responses that fit among all that came within a quiet while."""
    return [response for response in session.hear_until(lambda _: False, QUIET) if fits(response)]


def _status_of(name: bytes, messages: int | None = None) -> Callable[[Response], bool]:
    """A STATUS response of a mailbox, and of so many messages, if that is asked."""
    return lambda response: (
        response.name == b"STATUS"
        and bytes(response.data.name) == name
        and messages in (None, response.data.items.get(b"MESSAGES"))
    )


def _status_or_overflow(name: bytes, messages: int) -> Callable[[Response], bool]:
    """A STATUS response of a mailbox and so many messages, or that nothing is told any more (section 5.8)."""
    told = _status_of(name, messages)
    return lambda response: told(response) or (response.code is not None and response.code.name == OVERFLOW)


def _list_of(name: bytes) -> Callable[[Response], bool]:
    return lambda response: response.name == b"LIST" and bytes(response.data.name) == name


def _named(name: str) -> Callable[[Response], bool]:
    return lambda response: response.name == name.encode()


def _attributes(response: Response) -> set[bytes]:
    return {bytes(attribute).lower() for attribute in response.data.attributes}


def _selected(dial: ImapDial, events: str, filter_: str = "selected", count: int = 2) -> tuple[Mailbox, Mailbox]:
    """A mailbox that watches itself, and the same in another session."""
    mailbox = dial.mailbox(fresh=True).fill(count)
    other = mailbox.beside()
    _watch(mailbox.imap, f"({filter_} {events})")
    return mailbox, other


def _elsewhere(dial: ImapDial, events: str = MESSAGES) -> tuple[Imap, Mailbox]:
    """A session that watches a mailbox of one message which it has not selected, and that mailbox."""
    box = dial.mailbox().fill(1)
    session = dial.login(fresh=True)
    return _watch(session, "(mailboxes", astring(box.name), f"{events})"), box


@verifies("RFC5465-5.1-01", refuted_by=drop(of=rb"", when=rb"\* \d+ FETCH"))
def test_a_change_of_flags_in_the_selected_mailbox_is_told_at_once(dial: ImapDial) -> None:
    """NOTIFY SET (selected (... FlagChange)); another session stores: FETCH with UID and FLAGS without a command."""
    mailbox, other = _selected(dial, "(MessageNew MessageExpunge FlagChange)")
    other.flag(2, "\\Flagged")
    heard = _heard(mailbox.imap, lambda r: r.name == b"FETCH" and r.number == 2 and b"FLAGS" in r.data)
    assert heard
    assert b"UID" in heard[-1].data
    assert b"\\flagged" in {bytes(flag).lower() for flag in heard[-1].data.get(b"FLAGS")}


@verifies("RFC5465-5.1-02", refuted_by=drop(of=rb"", when=rb"\* STATUS"))
def test_a_change_of_flags_elsewhere_is_told_by_status(dial: ImapDial) -> None:
    """CONDSTORE enabled, NOTIFY SET (mailboxes box (... FlagChange)); another session stores there: STATUS with HIGHESTMODSEQ and UIDVALIDITY."""
    box = dial.mailbox().fill(1)
    session = dial.login(fresh=True).supports("CONDSTORE")
    session.command("ENABLE CONDSTORE").ok()
    _watch(session, "(mailboxes", astring(box.name), "(MessageNew MessageExpunge FlagChange))")
    box.flag(1, "\\Flagged")
    heard = _heard(session, _status_of(box.name))
    assert heard
    assert {b"HIGHESTMODSEQ", b"UIDVALIDITY"} <= set(heard[-1].data.items)


@verifies("RFC5465-5.2-01", refuted_by=drop(of=rb"", when=rb"\* \d+ FETCH"))
def test_a_new_message_in_the_selected_mailbox_is_told_with_what_was_asked_for(dial: ImapDial) -> None:
    """NOTIFY SET (selected (MessageNew (uid body.peek[header.fields (subject)]) ...)); another session appends: EXISTS, then FETCH with both."""
    mailbox, other = _selected(dial, "(MessageNew (uid body.peek[header.fields (subject)]) MessageExpunge)")
    other.append()
    heard = _heard(mailbox.imap, lambda r: r.name == b"FETCH" and r.number == 3)
    names = [response.name for response in heard]
    assert b"EXISTS" in names
    assert names.index(b"EXISTS") < len(names) - 1
    assert {b"UID", b"BODY[HEADER.FIELDS (SUBJECT)]"} <= {key for key, _ in heard[-1].data.pairs}


@verifies("RFC5465-5.2-02", refuted_by=drop(of=rb"", when=rb"\* STATUS"))
def test_a_new_message_elsewhere_is_told_by_status(dial: ImapDial) -> None:
    """NOTIFY SET (mailboxes box (...)); another session appends there: STATUS with UIDNEXT and MESSAGES."""
    session, box = _elsewhere(dial)
    box.append()
    heard = _heard(session, _status_of(box.name))
    assert heard
    assert {b"UIDNEXT", b"MESSAGES"} <= set(heard[-1].data.items)


@verifies(
    "RFC5465-5.2-02",
    "RFC5465-5.8-01",
    refuted_by=rewrite(rb"MESSAGES \d+", b"MESSAGES 1", of=rb"", when=rb"\* STATUS"),
)
def test_the_last_of_many_new_messages_elsewhere_is_told(dial: ImapDial) -> None:
    """NOTIFY SET (mailboxes box (...)); another session appends there for two seconds, three times: STATUS with the last count, or NOTIFICATIONOVERFLOW."""
    session, box = _elsewhere(dial)
    messages = 1
    for _ in range(3):
        until = time.monotonic() + MANY_SECONDS
        while time.monotonic() < until:
            box.append_at_once(range(messages, messages + AT_ONCE))
            messages += AT_ONCE
        heard = _heard(session, _status_or_overflow(box.name, messages))
        assert heard
        if heard[-1].name == b"OK":
            break


@verifies("RFC5465-5.2-03", refuted_by=rewrite(rb" ?HIGHESTMODSEQ \d+", b"", of=rb"", when=rb"\* STATUS"))
def test_a_new_message_elsewhere_is_told_with_the_highestmodseq(dial: ImapDial) -> None:
    """CONDSTORE enabled, NOTIFY SET (mailboxes box (...)); another session appends there: STATUS with HIGHESTMODSEQ too."""
    box = dial.mailbox().fill(1)
    session = dial.login(fresh=True).supports("CONDSTORE")
    session.command("ENABLE CONDSTORE").ok()
    _watch(session, "(mailboxes", astring(box.name), f"{MESSAGES})")
    box.append()
    heard = _heard(session, _status_of(box.name))
    if not heard:
        raise Inconclusive(Reason.PRECONDITION, "no STATUS came")
    assert {b"UIDNEXT", b"MESSAGES", b"HIGHESTMODSEQ"} <= set(heard[-1].data.items)


@verifies("RFC5465-5.2-04", refuted_by=inject_before(b"* 3 FETCH (UID 3)\r\n", of=rb"APPEND .*|NOOP"))
def test_a_message_that_the_client_itself_appended_is_not_fetched(dial: ImapDial) -> None:
    """NOTIFY SET (selected (MessageNew (uid) ...)), APPEND to the selected mailbox by the same session: no FETCH of it."""
    mailbox, _ = _selected(dial, "(MessageNew (uid) MessageExpunge)")
    answer = mailbox.imap.append(mailbox.name, b"Subject: mine\r\n\r\nMine.\r\n").ok()
    after = mailbox.command("NOOP").ok()
    assert not [r for r in (*answer.all("FETCH"), *after.all("FETCH")) if r.number == 3]


@verifies("RFC5465-5.3-01", refuted_by=drop(of=rb"", when=rb"\* (?:\d+ EXPUNGE|VANISHED)"))
def test_an_expunge_in_the_selected_mailbox_is_told_at_once(dial: ImapDial) -> None:
    """NOTIFY SET (selected (...)); another session expunges the first of two messages: EXPUNGE without a command."""
    mailbox, other = _selected(dial, MESSAGES)
    other.expunge(1)
    heard = _heard(mailbox.imap, lambda r: r.name in (b"EXPUNGE", b"VANISHED"))
    assert [r.number for r in heard if r.name == b"EXPUNGE"] == [1] or [r for r in heard if r.name == b"VANISHED"]


@verifies("RFC5465-5.3-02", refuted_by=inject(b"* 1 EXPUNGE\r\n", of=rb"FETCH .*"))
def test_an_expunge_waits_for_a_command_with_selected_delayed(dial: ImapDial) -> None:
    """NOTIFY SET (selected-delayed (...)); another session expunges: no EXPUNGE by itself nor with FETCH; NOOP brings it."""
    mailbox, other = _selected(dial, MESSAGES, "selected-delayed")
    other.expunge(1)
    mailbox.command("FETCH 2 (UID)").ok()
    assert not _quiet(mailbox.imap, lambda r: r.name in (b"EXPUNGE", b"VANISHED"))
    answer = mailbox.imap.poll(lambda told: bool(told.expunged or told.all("VANISHED")))
    assert answer.expunged == [1] or answer.all("VANISHED")


@verifies("RFC5465-5.3-03", refuted_by=drop(of=rb"", when=rb"\* STATUS"))
def test_an_expunge_elsewhere_is_told_by_status(dial: ImapDial) -> None:
    """NOTIFY SET (mailboxes box (...)); another session expunges its only message: STATUS with UIDNEXT and MESSAGES 0."""
    session, box = _elsewhere(dial)
    box.expunge(1)
    heard = _heard(session, _status_of(box.name, 0))
    assert heard
    assert b"UIDNEXT" in heard[-1].data.items


@verifies("RFC5465-5.4-01", refuted_by=drop(of=rb"", when=rb"\* LIST"))
def test_a_mailbox_created_is_told_by_list(dial: ImapDial) -> None:
    """NOTIFY SET (personal (MailboxName)); another session creates: LIST of it."""
    watcher = _watch(dial.login(fresh=True), "(personal (MailboxName))")
    assert _heard(watcher, _list_of(dial.create(dial.login())))


@verifies("RFC5465-5.4-01", refuted_by=rewrite(rb' \(?"?OLDNAME"? .*', b"", of=rb"", when=rb"\* LIST"))
def test_a_mailbox_renamed_is_told_by_list_with_its_old_name(dial: ImapDial) -> None:
    """NOTIFY SET (personal (MailboxName)); another session renames: LIST of the new name with OLDNAME."""
    actor = dial.login()
    name, new = dial.create(actor, "old"), dial.name("new")
    watcher = _watch(dial.login(fresh=True), "(personal (MailboxName))")
    actor.command("RENAME", astring(name), astring(new)).ok()
    renamed = _heard(watcher, _list_of(new))
    assert renamed
    assert (b"OLDNAME", name) in [(bytes(key).upper(), value) for key, value in renamed[-1].data.extended]


@verifies("RFC5465-5.4-01", refuted_by=drop(of=rb"", when=rb"\* LIST"))
def test_a_mailbox_deleted_is_told_by_list_as_nonexistent(dial: ImapDial) -> None:
    r"""NOTIFY SET (personal (MailboxName)); another session deletes: LIST of it with \NonExistent."""
    actor = dial.login()
    name = dial.create(actor)
    watcher = _watch(dial.login(fresh=True), "(personal (MailboxName))")
    actor.command("DELETE", astring(name)).ok()
    assert _heard(watcher, lambda r: _list_of(name)(r) and b"\\nonexistent" in _attributes(r))


@verifies(
    "RFC5465-5.4-03",
    refuted_by=rewrite(rb'LIST (\(.*?\)) ("\\?.") (\S+)', rb"LIST \1 \2 \3/child", of=rb"", when=rb"\* LIST"),
)
def test_the_children_of_a_renamed_mailbox_are_not_told(dial: ImapDial) -> None:
    """NOTIFY SET (personal (MailboxName)); another session renames a mailbox with a child: LIST of the mailbox, none of the child."""
    actor = dial.login()
    name, new = dial.create(actor, "old"), dial.name("new")
    actor.command("CREATE", astring(dial.child(name))).ok()
    watcher = _watch(dial.login(fresh=True), "(personal (MailboxName))")
    actor.command("RENAME", astring(name), astring(new)).ok()
    told = [response for response in watcher.hear_until(lambda _: False, 2.0) if response.name == b"LIST"]
    assert not [response for response in told if bytes(response.data.name) == dial.child(new)]


@verifies("RFC5465-5.5-01", refuted_by=drop(of=rb"", when=rb"\* LIST"))
def test_a_change_of_subscriptions_is_told_by_list(dial: ImapDial) -> None:
    r"""NOTIFY SET (personal (SubscriptionChange)); another session subscribes and unsubscribes: LIST with \Subscribed, then without."""
    actor = dial.login()
    name = dial.create(actor)
    watcher = _watch(dial.login(fresh=True), "(personal (SubscriptionChange))")
    actor.command("SUBSCRIBE", astring(name)).ok()
    first = _heard(watcher, _list_of(name))
    actor.command("UNSUBSCRIBE", astring(name)).ok()
    second = _heard(watcher, _list_of(name))
    assert [b"\\subscribed" in _attributes(heard[-1]) for heard in (first, second) if heard] == [True, False]


@verifies("RFC5465-6.4-01", refuted_by=drop(of=rb"", when=rb"\* STATUS"))
def test_the_filter_subscribed_follows_the_subscriptions(dial: ImapDial) -> None:
    """NOTIFY SET (subscribed (...)), then the mailbox is subscribed to and a message appended: STATUS of it."""
    box = dial.mailbox()
    session = _watch(dial.login(fresh=True), f"(subscribed {MESSAGES})")
    box.command("SUBSCRIBE", astring(box.name)).ok()
    box.append()
    assert _heard(session, _status_of(box.name))


@verifies("RFC5465-6.5-01", refuted_by=drop(of=rb"", when=rb"\* STATUS"))
def test_the_filter_subtree_watches_what_is_below(dial: ImapDial) -> None:
    """NOTIFY SET (subtree box (...)); a mailbox created below it later gets a message: STATUS of that one, and of the mailbox itself."""
    box = dial.mailbox()
    session = _watch(dial.login(fresh=True), "(subtree", astring(box.name), f"{MESSAGES})")
    below = dial.child(box.name)
    box.command("CREATE", astring(below)).ok()
    box.imap.append(below, b"Subject: below\r\n\r\nText.\r\n").ok()
    assert _heard(session, _status_of(below))
    box.append()
    assert _heard(session, _status_of(box.name))


@verifies("RFC5465-6.6-01", refuted_by=inject_before(b"* STATUS INBOX (MESSAGES 1 UIDNEXT 2)\r\n", of=rb"NOOP"))
def test_the_filter_mailboxes_knows_no_wildcards(dial: ImapDial) -> None:
    """NOTIFY SET (mailboxes "*" (...)); another session appends somewhere: nothing; NO leaves nothing to judge."""
    box, session = dial.mailbox(), dial.login(fresh=True)
    if session.command("NOTIFY SET (mailboxes", '"*"', f"{MESSAGES})").status != b"OK":
        return
    box.append()
    assert not _quiet(session, _named("STATUS"))
    assert not session.command("NOOP").ok().all("STATUS")


@verifies(
    "RFC5465-4-01",
    refuted_by=inject_before(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n", of=rb"IDLE", when=rb"\* \d+ EXISTS"),
)
def test_idle_tells_just_what_notify_has_asked_for(dial: ImapDial) -> None:
    """NOTIFY SET (selected (MessageNew MessageExpunge)), IDLE; another session stores, then appends: EXISTS, and no FETCH of the flags."""
    mailbox, other = _selected(dial, MESSAGES)
    mailbox.imap.supports("IDLE")
    if (refused := mailbox.imap.idle()) is not None:
        raise Inconclusive(Reason.PRECONDITION, f"IDLE is refused: {refused!r}")
    other.flag(1, "\\Flagged")
    other.append()
    heard = _heard(mailbox.imap, _named("EXISTS"))
    assert heard
    assert not [response for response in heard if response.name == b"FETCH"]


@verifies("RFC5465-3.1-07", refuted_by=drop(of=rb"", when=rb"\* STATUS"))
def test_a_new_notify_set_takes_the_place_of_the_former_one(dial: ImapDial) -> None:
    """NOTIFY SET for one mailbox, then for another; messages come to both: STATUS of the second, none of the first."""
    session, first = _elsewhere(dial)
    second = dial.mailbox()
    _watch(session, "(mailboxes", astring(second.name), f"{MESSAGES})")
    first.append()
    second.append()
    heard = _heard(session, _status_of(second.name))
    assert heard
    assert not [r for r in (*heard, *_quiet(session, _named("STATUS"))) if _status_of(first.name)(r)]


@verifies("RFC5465-3.1-09", refuted_by=inject(b"* 3 EXISTS\r\n", of=rb"NOTIFY .*"))
def test_without_selected_nothing_comes_of_the_selected_mailbox_by_itself(dial: ImapDial) -> None:
    """NOTIFY SET (mailboxes other (...)) with a mailbox selected; another session appends there: no EXISTS without a command."""
    mailbox, box = dial.mailbox(fresh=True).fill(2), dial.mailbox()
    other = mailbox.beside()
    mailbox.command("NOTIFY SET (mailboxes", astring(box.name), f"{MESSAGES})").ok()
    other.append()
    assert not _quiet(mailbox.imap, _named("EXISTS"))


@verifies("RFC5465-5-01", refuted_by=inject(b'* LIST () "/" mailconform\r\n', of=rb"CREATE .*"))
def test_a_client_is_not_told_of_what_it_did_itself(dial: ImapDial) -> None:
    """NOTIFY SET (personal (MailboxName)), CREATE by the same session: no LIST of it."""
    session = _watch(dial.login(fresh=True), "(personal (MailboxName))")
    name = dial.name()
    session.command("CREATE", astring(name)).ok()
    assert not _quiet(session, lambda r: r.name == b"LIST" and bytes(r.data.name) in (name, b"mailconform"))
    assert not {name, b"mailconform"} & set(session.command("NOOP").ok().listed)
