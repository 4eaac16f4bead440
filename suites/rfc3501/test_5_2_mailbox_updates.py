r"""RFC 3501 sections 5.2, 5.3, 7.3 and 7.4.1: what sessions are told of what others do to their mailbox.

One session waits with the mailbox selected; another one acts, without the fault. Servers may learn of it with some
delay, so that NOOP is sent until the news comes, for a few seconds.
"""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    compose,
    drop,
    forward,
    inject,
    inject_before,
    rewrite,
    verifies,
)

NEWS = compose(b"News.\r\n", subject="news")
EXISTS = rb"\* \d+ EXISTS"
EXPUNGE = rb"\* \d+ EXPUNGE"
FETCHED = rb"\* \d+ FETCH"


@verifies("RFC3501-5.2-01", "RFC3501-7.3.1-01", refuted_by=drop(of=rb"NOOP", when=EXISTS))
def test_noop_tells_that_messages_have_come(mailbox: Mailbox) -> None:
    """Another session appends one message, then two: NOOP brings EXISTS 3, then EXISTS 5, and FETCH finds them."""
    other = mailbox.fill(2).beside()
    other.append(NEWS)
    assert mailbox.imap.poll(lambda heard: heard.exists == 3).exists == 3
    other.append(NEWS)
    other.append(NEWS)
    assert mailbox.imap.poll(lambda heard: heard.exists == 5).exists == 5
    assert len(mailbox.uids()) == 5


@verifies("RFC3501-5.2-02", refuted_by=drop(of=rb"(UID )?(FETCH|STORE|SEARCH|CHECK|COPY|NOOP).*", when=EXISTS))
@pytest.mark.parametrize(
    "command",
    ["FETCH 1 FLAGS", "STORE 1 +FLAGS (\\Seen)", "SEARCH ALL", "CHECK", "UID SEARCH ALL"],
    ids=["fetch", "store", "search", "check", "uid-search"],
)
def test_news_of_messages_is_not_lost_to_other_commands(mailbox: Mailbox, command: str) -> None:
    """Another session appends; FETCH, STORE, SEARCH or CHECK, then NOOP: EXISTS comes with one of them."""
    mailbox.fill(2).beside().append(NEWS)
    first = mailbox.command(command).ok()
    assert 3 in (first.exists, mailbox.imap.poll(lambda heard: 3 in (first.exists, heard.exists)).exists)


@verifies("RFC3501-5.2-03", refuted_by=drop(of=rb"NOOP", when=FETCHED))
def test_noop_tells_of_flags_that_others_have_changed(mailbox: Mailbox) -> None:
    r"""Another session adds \Answered to the second and removes \Seen from the third of three messages: NOOP brings their flags."""
    mailbox.fill(3).permits("\\Seen", "\\Answered").flag("2:3", "\\Seen")
    other = mailbox.beside()
    with mailbox.dial.dialler.straight():
        mailbox.command("NOOP").ok()
        other.command("STORE 2 +FLAGS.SILENT (\\Answered)").ok()
        other.command("STORE 3 -FLAGS.SILENT (\\Seen)").ok()
    heard = mailbox.imap.poll(lambda heard: None not in (heard.flags(2), heard.flags(3)))
    told = [heard.flags(number) for number in (2, 3)]
    system = frozenset([b"\\seen", b"\\answered", b"\\flagged", b"\\deleted", b"\\draft"])
    wanted = [frozenset([b"\\seen", b"\\answered"]), frozenset()]
    assert [flags if flags is None else flags & system for flags in told] == wanted


@verifies("RFC3501-5.3-01", "RFC3501-7.4.1-02", refuted_by=inject(b"* 1 EXPUNGE\r\n", of=rb"NOOP"))
def test_no_expunge_comes_to_a_session_that_waits(mailbox: Mailbox) -> None:
    """NOOP, then another session expunges two of four messages: no EXPUNGE comes until the next command."""
    mailbox.fill(4).command("NOOP").ok()
    mailbox.beside().expunge("1:2")
    heard = mailbox.imap.hear_until(lambda response: response.name == b"EXPUNGE", 1.5)
    assert b"EXPUNGE" not in [response.name for response in heard]


@verifies("RFC3501-7.3.2-01", refuted_by=drop(of=rb"(NOOP|FETCH .*)", when=rb"\* \d+ RECENT"))
def test_recent_is_told_when_recent_messages_have_come(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""A session without the mailbox appends: if FETCH FLAGS shows the new message as \Recent, RECENT has come as well."""
    mailbox.fill(1)
    with dial.dialler.straight():
        dial.login().append(mailbox.name, NEWS.raw).ok()
    heard = mailbox.imap.poll(lambda heard: heard.exists == 2)
    shown = mailbox.command("FETCH 2 FLAGS").ok()
    flags = shown.fetched[2].get(b"FLAGS") or () if 2 in shown.fetched else ()
    if b"\\recent" not in {bytes(flag).lower() for flag in flags}:
        raise Inconclusive(Reason.PRECONDITION, "the new message is not recent in this session")
    assert heard.recent is not None or shown.recent is not None


@verifies("RFC3501-7.3.2-02", refuted_by=rewrite(rb"^\* \d+ RECENT", b"* 9 RECENT", of=rb"SELECT .*"))
def test_recent_counts_the_messages_shown_as_recent(dial: ImapDial) -> None:
    r"""Three messages appended before SELECT, a fourth before the next: RECENT is the number of messages with \Recent, each time."""
    mailbox = dial.mailbox(*(compose(b"%d\r\n" % n, subject=f"message {n}") for n in range(3)))
    for _ in range(2):
        counted = mailbox.select().recent
        fetched = mailbox.command("FETCH 1:* (FLAGS)").ok().fetched.values()
        shown = [b"\\recent" in {bytes(flag).lower() for flag in fetch.get(b"FLAGS") or ()} for fetch in fetched]
        assert counted == sum(shown)
        with dial.dialler.straight():
            dial.login().append(mailbox.name, NEWS.raw).ok()


def _bereft(mailbox: Mailbox) -> tuple[Mailbox, list[int]]:
    """Seven messages, of which another session has removed the second, third and fifth."""
    uids = mailbox.fill(7).uids()
    mailbox.beside().expunge("2,3,5")
    return mailbox, uids


@verifies("RFC3501-7.4.1-01", refuted_by=rewrite(rb"^\* 2 EXPUNGE", b"* 3 EXPUNGE", of=rb"NOOP"))
def test_expunge_responses_for_what_others_remove_leave_what_fetch_shows(mailbox: Mailbox) -> None:
    """Another session removes three of seven messages: the EXPUNGE responses to NOOP, applied in turn, leave what FETCH shows."""
    mailbox, uids = _bereft(mailbox)
    heard = mailbox.imap.poll(lambda heard: len(heard.expunged) == 3)
    assert heard.remaining(uids) == mailbox.uids()


@verifies("RFC3501-7.4.1-01", "RFC3501-5.2-01", refuted_by=drop(of=rb"NOOP", when=EXPUNGE))
def test_noop_tells_what_others_have_removed(mailbox: Mailbox) -> None:
    """Another session removes three of seven messages: NOOP brings EXPUNGE responses that leave the other four."""
    mailbox, uids = _bereft(mailbox)
    heard = mailbox.imap.poll(lambda heard: len(heard.expunged) == 3)
    assert heard.remaining(uids) == [uids[0], uids[3], uids[5], uids[6]]


@verifies("RFC3501-7.4.1-01", refuted_by=forward(b"FETCH 1:4 (UID)", of=rb"FETCH 1:7 \(UID\)"))
def test_numbers_keep_their_messages_until_expunge_is_sent(mailbox: Mailbox) -> None:
    """Another session removes three of seven messages; FETCH 1:7 (UID) at once: each number that is answered has the UID it had."""
    mailbox, uids = _bereft(mailbox)
    fetched = mailbox.command("FETCH 1:7 (UID)").fetched
    told = {number: fetch.get(b"UID") for number, fetch in fetched.items() if b"UID" in fetch}
    assert told == {number: uids[number - 1] for number in told}
    assert {1, 4, 6, 7} <= set(told)


@verifies("RFC3501-7.4.1-03", refuted_by=inject_before(b"* 2 EXPUNGE\r\n", of=rb"FETCH .*"))
def test_fetch_after_removals_elsewhere_brings_no_expunge(mailbox: Mailbox) -> None:
    """Another session removes three of seven messages; FETCH three times: no EXPUNGE in the answers."""
    mailbox, _ = _bereft(mailbox)
    answers = [mailbox.command("FETCH", numbers, "(FLAGS UID)") for numbers in ("1", "1:*", "6:7")]
    assert [given.expunged for given in answers] == [[], [], []]


@verifies("RFC3501-7.4.1-04", refuted_by=inject_before(b"* 2 EXPUNGE\r\n", of=rb"STORE .*"))
def test_store_after_removals_elsewhere_brings_no_expunge(mailbox: Mailbox) -> None:
    """Another session removes three of seven messages; STORE three times: no EXPUNGE in the answers."""
    mailbox, _ = _bereft(mailbox)
    changes = ("1 +FLAGS (\\Flagged)", "1:* +FLAGS.SILENT (\\Seen)", "6:7 FLAGS (\\Answered)")
    assert [mailbox.command("STORE", change).expunged for change in changes] == [[], [], []]


@verifies("RFC3501-7.4.1-05", refuted_by=inject_before(b"* 2 EXPUNGE\r\n", of=rb"SEARCH .*"))
def test_search_after_removals_elsewhere_brings_no_expunge(mailbox: Mailbox) -> None:
    """Another session removes three of seven messages; SEARCH three times: no EXPUNGE in the answers."""
    mailbox, _ = _bereft(mailbox)
    assert [mailbox.command("SEARCH", key).expunged for key in ("ALL", "UNSEEN", "SUBJECT message")] == [[], [], []]


@verifies("RFC3501-7.4.1-06", refuted_by=inject(b"* 2 EXPUNGE\r\n", of=rb"COPY .*", when=rb"\+"))
def test_a_command_that_waits_for_its_literal_brings_no_expunge(mailbox: Mailbox) -> None:
    """COPY 1 with the name announced as a literal; another session removes messages: no EXPUNGE before the name is sent."""
    mailbox.fill(4)
    other, name = mailbox.beside(), mailbox.name
    mailbox.imap.send(b"literal COPY 1 {%d}\r\n" % len(name))
    if not mailbox.imap.continues(b"literal"):
        raise Inconclusive(Reason.PRECONDITION, "the literal was not asked for")
    other.expunge("2:3")
    heard = mailbox.imap.hear_until(lambda response: response.name == b"EXPUNGE", 1.5)
    mailbox.imap.send(name + b"\r\n")
    mailbox.imap.finish(b"literal")
    assert b"EXPUNGE" not in [response.name for response in heard]


@verifies("RFC3501-5.2-01", "RFC3501-7.4.1-01", refuted_by=drop(of=rb"NOOP", when=EXISTS))
def test_removals_and_arrivals_together_are_told(mailbox: Mailbox) -> None:
    """Another session removes two of four messages and appends three: EXPUNGE and EXISTS lead to what SELECT elsewhere counts."""
    uids = mailbox.fill(4).uids()
    other = mailbox.beside()
    other.expunge("1,3")
    for _ in range(3):
        other.append(NEWS)
    heard = mailbox.imap.poll(lambda heard: len(heard.expunged) == 2 and heard.exists == 5)
    assert (heard.remaining(uids), heard.exists) == ([uids[1], uids[3]], 5)
    assert mailbox.uids() == mailbox.beside().uids()


@verifies("RFC3501-6.4.6-06", refuted_by=drop(of=rb"(STORE .*|NOOP)", when=FETCHED))
def test_a_silent_store_does_not_hide_what_others_have_changed(mailbox: Mailbox) -> None:
    r"""Another session adds \Answered; STORE +FLAGS.SILENT (\Flagged), then NOOP: a FETCH response tells of \Answered."""
    mailbox.fill(1).permits("\\Answered", "\\Flagged")
    mailbox.beside().flag(1, "\\Answered")
    stored = mailbox.command("STORE 1 +FLAGS.SILENT (\\Flagged)").ok()
    told = [stored.flags(1) or ()]
    if b"\\answered" not in told[0]:
        told.append(mailbox.imap.poll(lambda heard: b"\\answered" in (heard.flags(1) or ())).flags(1) or ())
    assert any(b"\\answered" in flags for flags in told)
