r"""RFC 3501 section 6.4.8: UID FETCH, UID STORE and UID COPY.

The mailboxes of these checks have lost their first messages, so that UIDs and message numbers differ; where a server
takes one for the other, another message is hit.
"""

from __future__ import annotations

import pytest

from conformance import ImapDial, Mailbox, answer, astring, drop, forward, rewrite, say, verifies

FETCHED = rb"\* \d+ FETCH"
BY_NUMBER = forward(rb"\1", of=rb"UID (.*)")
"""A server that takes UIDs for message numbers."""


def _shifted(mailbox: Mailbox) -> tuple[Mailbox, list[int]]:
    """Messages 3, 4, 5 and 6 of six, with their UIDs."""
    mailbox.fill(6).expunge("1:2")
    mailbox.select()
    return mailbox, mailbox.uids()


def _subjects(mailbox: Mailbox, uids: str | int) -> dict[int, bytes]:
    """UID FETCH the subjects: number -> subject of the messages whose subject was sent."""
    fetched = mailbox.command("UID FETCH", uids, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])").fetched
    told = {number: fetch.get(b"BODY[HEADER.FIELDS (SUBJECT)]") for number, fetch in fetched.items()}
    return {number: bytes(field).partition(b":")[2].strip() for number, field in told.items() if field is not None}


def _flagged(mailbox: Mailbox) -> list[int]:
    r"""The numbers of the messages with \Flagged."""
    return sorted(number for number, flags in mailbox.every_flag().items() if b"\\flagged" in flags)


@verifies("RFC3501-6.4.8-01", refuted_by=BY_NUMBER)
@pytest.mark.parametrize("places", ["0", "1", "0,2", "1:3", "3:1", "2:*"])
def test_uid_fetch_takes_its_set_for_uids(mailbox: Mailbox, places: str) -> None:
    """UID FETCH of one, two or a range of the four UIDs: the subjects of just these messages, under their numbers."""
    mailbox, uids = _shifted(mailbox)
    wanted = {"0": (1,), "1": (2,), "0,2": (1, 3), "1:3": (2, 3, 4), "3:1": (2, 3, 4), "2:*": (3, 4)}[places]
    told = _subjects(mailbox, _as_uids(places, uids))
    assert told == {number: b"message %d" % (number + 2) for number in wanted}


def _as_uids(places: str, uids: list[int]) -> str:
    """Put UIDs in the place of their places in the list."""
    return "".join(str(uids[int(sign)]) if sign.isdigit() else sign for sign in places)


@verifies("RFC3501-6.4.8-02", refuted_by=BY_NUMBER)
@pytest.mark.parametrize("places", ["0", "1,3", "1:2", "2:0"])
def test_uid_store_takes_its_set_for_uids(mailbox: Mailbox, places: str) -> None:
    r"""UID STORE +FLAGS (\Flagged) of some of the four UIDs: just these messages have the flag."""
    mailbox, uids = _shifted(mailbox)
    mailbox.permits("\\Flagged").command("UID STORE", _as_uids(places, uids), "+FLAGS (\\Flagged)")
    wanted = {"0": [1], "1,3": [2, 4], "1:2": [2, 3], "2:0": [1, 2, 3]}[places]
    assert _flagged(mailbox) == wanted


@verifies("RFC3501-6.4.8-03", refuted_by=BY_NUMBER)
@pytest.mark.parametrize("places", ["0", "1:2", "3,0"])
def test_uid_copy_takes_its_set_for_uids(mailbox: Mailbox, dial: ImapDial, places: str) -> None:
    """UID COPY of some of the four UIDs into an empty mailbox: just these messages are there."""
    target = dial.mailbox()
    mailbox, uids = _shifted(mailbox)
    copied = mailbox.command("UID COPY", _as_uids(places, uids), astring(target.name))
    assert not copied.is_bad
    copied.ok()
    target.select()
    found = _subjects(target, "1:*").values()
    wanted = {"0": ["3"], "1:2": ["4", "5"], "3,0": ["3", "6"]}[places]
    assert sorted(found) == [b"message " + number.encode() for number in wanted]


@verifies("RFC3501-6.4.8-05", refuted_by=say(b"<tag> NO no such message\r\n", of=rb"UID .*"))
@pytest.mark.parametrize(
    "command",
    ["UID FETCH {} (FLAGS)", "UID STORE {} +FLAGS (\\Flagged)", "UID COPY {} {}"],
    ids=["fetch", "store", "copy"],
)
def test_uids_that_do_not_exist_are_ignored(mailbox: Mailbox, dial: ImapDial, command: str) -> None:
    """UID FETCH, STORE and COPY of a retired UID, and of one that was never given: OK."""
    mailbox, uids = _shifted(mailbox)
    name = dial.create(dial.login()).decode("latin-1")
    for unused in (uids[0] - 1, uids[-1] + 1000):
        assert mailbox.command(command.format(unused, name)).is_ok


@verifies("RFC3501-6.4.8-05", refuted_by=forward(rb"\1 1:*\3", of=rb"(UID STORE) (\d+)(.*)"))
def test_uids_that_do_not_exist_stand_for_no_message(mailbox: Mailbox, dial: ImapDial) -> None:
    """UID STORE and UID COPY of a UID that was never given, UID FETCH of a retired one: nothing is stored, copied or sent."""
    target = dial.mailbox()
    mailbox, uids = _shifted(mailbox)
    mailbox.command("UID STORE", uids[-1] + 1000, "+FLAGS (\\Flagged)")
    mailbox.command("UID COPY", uids[-1] + 1000, astring(target.name))
    told = _subjects(mailbox, uids[0] - 1)
    assert (_flagged(mailbox), target.select().exists, told) == ([], 0, {})


@verifies("RFC3501-6.4.8-05", refuted_by=forward(rb"\1\3", of=rb"(UID STORE \d+),(\d+)(.*)"))
def test_uids_that_do_not_exist_do_not_keep_the_others_from_being_meant(mailbox: Mailbox) -> None:
    r"""UID STORE +FLAGS (\Flagged) of an unused UID, the second and the last one: these two messages have the flag."""
    mailbox, uids = _shifted(mailbox)
    mailbox.permits("\\Flagged").command("UID STORE", f"{uids[0] - 1},{uids[1]},{uids[3]}", "+FLAGS (\\Flagged)")
    assert _flagged(mailbox) == [2, 4]


@verifies("RFC3501-6.4.8-06", refuted_by=answer(b"<tag> OK done\r\n", of=rb"UID FETCH .*:\*.*"))
def test_a_range_up_to_the_last_uid_holds_the_last_message_always(mailbox: Mailbox) -> None:
    """UID FETCH n:* with n far above the highest UID: the last message, and no other."""
    mailbox, uids = _shifted(mailbox)
    assert _subjects(mailbox, f"{uids[-1] + 1000}:*") == {4: b"message 6"}


@verifies("RFC3501-6.4.8-07", refuted_by=answer(b"<tag> OK done\r\n", of=rb"UID FETCH \*:.*"))
def test_a_range_of_uids_may_begin_with_the_last(mailbox: Mailbox) -> None:
    """UID FETCH *:1 and *:n with the third UID: all four messages, and the last two."""
    mailbox, uids = _shifted(mailbox)
    assert sorted(_subjects(mailbox, "*:1")) == [1, 2, 3, 4]
    assert sorted(_subjects(mailbox, f"*:{uids[2]}")) == [3, 4]


@verifies(
    "RFC3501-6.4.8-08",
    refuted_by=rewrite(rb"^\* \d+ FETCH (.*UID (\d+))", rb"* \2 FETCH \1", of=rb"UID (FETCH|STORE) .*", when=FETCHED),
)
def test_fetch_responses_to_uid_commands_begin_with_the_message_number(mailbox: Mailbox) -> None:
    """UID FETCH and UID STORE of all messages: the FETCH responses are numbered from 1, with the UIDs that FETCH shows."""
    mailbox, uids = _shifted(mailbox)
    wanted = dict(enumerate(uids, 1))
    for words in (("(FLAGS UID)",), ("+FLAGS (\\Flagged)",)):
        verb = "UID FETCH" if words[0][0] == "(" else "UID STORE"
        told = mailbox.command(verb, f"{uids[0]}:{uids[-1]}", *words).ok().fetched
        assert {number: fetch.get(b"UID") for number, fetch in told.items()} == wanted


@verifies("RFC3501-6.4.8-09", refuted_by=rewrite(rb" UID \d+|UID \d+ ", b"", of=rb"UID .*", when=FETCHED))
@pytest.mark.parametrize(
    "words",
    ["UID FETCH {} (FLAGS)", "UID FETCH {} BODY[TEXT]", "UID STORE {} +FLAGS (\\Flagged)"],
    ids=["fetch", "fetch-text", "store"],
)
def test_every_fetch_response_to_a_uid_command_has_the_uid(mailbox: Mailbox, words: str) -> None:
    r"""UID FETCH of FLAGS, of a text that sets \Seen, UID STORE: each FETCH response for the message has its UID."""
    mailbox, uids = _shifted(mailbox)
    given = mailbox.command(words.format(uids[1])).ok()
    told = [response.data for response in given.all("FETCH") if response.number == 2]
    assert told
    assert [fetch.get(b"UID") for fetch in told] == [uids[1]] * len(told)


@verifies("RFC3501-6.4.8-10", refuted_by=rewrite(rb"(UID \d+)", rb"\1 \1", of=rb"UID FETCH .*", when=FETCHED))
def test_a_uid_that_is_asked_for_is_sent_once(mailbox: Mailbox) -> None:
    """UID FETCH (UID FLAGS): no FETCH response has two UID items."""
    mailbox, uids = _shifted(mailbox)
    told = mailbox.command("UID FETCH", uids[1], "(UID FLAGS)").ok().all("FETCH")
    assert max(sum(name == b"UID" for name, _ in response.data.pairs) for response in told) == 1


@verifies("RFC3501-6.4.8-11", refuted_by=say(b"<tag> OK done\r\n", of=rb"UID (NOOP|CLOSE|LIST .*)"))
@pytest.mark.parametrize("command", ["NOOP", "CLOSE", 'LIST "" ""'], ids=["noop", "close", "list"])
def test_uid_before_another_command_is_refused(mailbox: Mailbox, command: str) -> None:
    """UID NOOP, UID CLOSE, UID LIST: refused."""
    assert mailbox.fill(1).command("UID", command).refused


@verifies("RFC3501-6.4.8-12", refuted_by=forward(rb"\1FLAGS\2", of=rb"(UID STORE .*)FLAGS\.SILENT(.*)"))
def test_a_silent_uid_store_tells_no_flags(mailbox: Mailbox) -> None:
    r"""NOOP, then UID STORE +FLAGS.SILENT (\Flagged): the flag is stored, and no FETCH response tells the flags."""
    mailbox, uids = _shifted(mailbox)
    mailbox.permits("\\Flagged").command("NOOP").ok()
    stored = mailbox.command("UID STORE", uids[1], "+FLAGS.SILENT (\\Flagged)").ok()
    assert stored.flags(2) is None
    assert _flagged(mailbox) == [2]


@verifies("RFC3501-6.4.6-04", "RFC3501-6.4.8-02", refuted_by=drop(of=rb"UID STORE .*", when=FETCHED))
def test_uid_store_tells_the_new_flags(mailbox: Mailbox) -> None:
    r"""UID STORE +FLAGS (\Flagged) of the second and third message: FETCH responses for both, with the flags they have then."""
    mailbox, uids = _shifted(mailbox)
    stored = mailbox.permits("\\Flagged").command("UID STORE", f"{uids[1]}:{uids[2]}", "+FLAGS (\\Flagged)").ok()
    assert [b"\\flagged" in (stored.flags(number) or ()) for number in (2, 3)] == [True, True]
