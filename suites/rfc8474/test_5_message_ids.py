"""RFC 8474 sections 5 and 6: the identifiers of messages and threads, and searches by them."""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Mailbox,
    NotSupported,
    astring,
    compose,
    fickle,
    forward,
    needs,
    rewrite,
    say,
    verifies,
)

pytestmark = needs("OBJECTID")

IDS = "(UID EMAILID THREADID)"
Pair = tuple[bytes | None, bytes | None]


def _ids(mailbox: Mailbox) -> list[Pair]:
    """EMAILID and THREADID of every message in the order of their numbers."""
    fetched = mailbox.command("UID FETCH 1:*", IDS).ok().fetched
    return [(items.get(b"EMAILID"), items.get(b"THREADID")) for _, items in sorted(fetched.items())]


def _moved(mailbox: Mailbox, dial: ImapDial, command: str) -> tuple[list[Pair], list[Pair]]:
    """The ids of two different messages before COPY or MOVE, and behind it in the target, sorted."""
    if command == "MOVE":
        mailbox.imap.supports("MOVE")
    target = dial.mailbox()
    before = _ids(mailbox.fill(2))
    mailbox.command(command, "1:2", astring(target.name)).ok()
    target.select()
    return sorted(before, key=str), sorted(_ids(target), key=str)


@verifies("RFC8474-5.1-01", refuted_by=fickle(rb"EMAILID \([^)]*", of=rb".*FETCH .*"))
def test_a_message_keeps_its_email_id(dial: ImapDial) -> None:
    """FETCH (EMAILID) of three messages in two sessions, flags changed in between: a value each, the same in both."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    before = [email for email, _ in _ids(mailbox)]
    mailbox.flag("1:3", "\\Seen")
    again = Mailbox(dial, dial.login(fresh=True), mailbox.name)
    again.select()
    assert len(before) == 3
    assert None not in before
    assert [email for email, _ in _ids(again)] == before


@verifies("RFC8474-5.1-02", refuted_by=fickle(rb"EMAILID \([^)]*", of=rb".*FETCH .*"))
@pytest.mark.parametrize("command", ["COPY", "MOVE"])
def test_a_message_keeps_its_email_id_in_another_mailbox(mailbox: Mailbox, dial: ImapDial, command: str) -> None:
    """COPY and MOVE of two messages: the same EMAILIDs in the target."""
    before, behind = _moved(mailbox, dial, command)
    assert sorted(str(email) for email, _ in behind) == sorted(str(email) for email, _ in before)


@verifies("RFC8474-5.1-03", refuted_by=fickle(rb"EMAILID \([^)]*", of=rb".*FETCH .*"))
def test_equal_messages_have_one_email_id(dial: ImapDial) -> None:
    """One message appended to two mailboxes: one EMAILID."""
    message = compose(b"The very same.\r\n")
    first, second = _ids(dial.mailbox(message)), _ids(dial.mailbox(message, fresh=True))
    assert first[0][0] == second[0][0]


@verifies("RFC8474-5.2-01", refuted_by=fickle(rb"THREADID \([^)]*|THREADID NIL", of=rb".*FETCH .*"))
@pytest.mark.parametrize("command", ["COPY", "MOVE"])
def test_messages_of_one_email_id_have_one_thread_id(mailbox: Mailbox, dial: ImapDial, command: str) -> None:
    """COPY and MOVE of two messages: each EMAILID has the THREADID that it had."""
    before, behind = _moved(mailbox, dial, command)
    assert {email: thread for email, thread in behind if email} == {email: thread for email, thread in before if email}


@verifies("RFC8474-5.2-02", refuted_by=fickle(rb"THREADID \([^)]*", of=rb".*FETCH .*"))
def test_an_answer_has_the_thread_id_of_what_it_answers(dial: ImapDial) -> None:
    """A message and an answer to it (In-Reply-To, References, Re:) in another mailbox: one THREADID."""
    root = compose(b"The question.\r\n", subject="a question of threads")
    link = b"<mailconform." + root.key + b"@mailconform.invalid>\r\n"
    reply = compose(
        b"The answer.\r\n", b"In-Reply-To: " + link + b"References: " + link, subject="Re: a question of threads"
    )
    first, second = _ids(dial.mailbox(root)), _ids(dial.mailbox(reply, fresh=True))
    if first[0][1] is None:
        raise NotSupported("THREADID is NIL")
    assert first[0][1] == second[0][1]


@verifies("RFC8474-5.2-03", refuted_by=say(b"* SEARCH 1\r\n<tag> OK done\r\n", of=rb"SEARCH THREADID .*"))
def test_no_message_is_found_by_a_thread_id_that_none_has(mailbox: Mailbox) -> None:
    """SEARCH THREADID of an invented value: OK, and nothing; where THREADID is NIL, nothing is found by an EMAILID taken for it either."""
    ids = _ids(mailbox.fill(2))
    for value in (b"Tmailconform-no-such-thread", *(email for email, thread in ids if email and thread is None)):
        answer = mailbox.command("SEARCH THREADID", value)
        assert answer.is_ok
        assert answer.found == ()


@verifies("RFC8474-5.2-04", refuted_by=rewrite(rb"(EMAILID|THREADID) \([^)]*\)", rb"\1 (same)", of=rb".*FETCH .*"))
def test_no_email_id_is_a_thread_id(mailbox: Mailbox) -> None:
    """FETCH (EMAILID THREADID) of four messages: no value is both."""
    ids = _ids(mailbox.fill(4))
    assert {email for email, _ in ids}.isdisjoint({thread for _, thread in ids if thread})


@verifies("RFC8474-6-01", refuted_by=forward(rb"SEARCH ALL", of=rb"SEARCH (?:EMAILID|THREADID) .*"))
def test_search_finds_messages_by_email_id_and_thread_id(mailbox: Mailbox) -> None:
    """SEARCH EMAILID and THREADID of each of four messages, NOT, and beside a set: just the messages that have it."""
    ids = _ids(mailbox.fill(4))
    for key, place in (("EMAILID", 0), ("THREADID", 1)):
        for value in {pair[place] for pair in ids if pair[place]}:
            wanted = [number for number, pair in enumerate(ids, 1) if pair[place] == value]
            assert sorted(mailbox.command("SEARCH", key, value or b"").ok().found) == wanted
            assert sorted(mailbox.command("SEARCH NOT", key, value or b"").ok().found) == [
                n for n in range(1, 5) if n not in wanted
            ]
