"""RFC 5182: SEARCH RETURN (SAVE), and $ in the place of a set.

What $ stands for is looked at by UID FETCH $, which is a command of its own and changes nothing.
"""

from __future__ import annotations

import pytest

from conformance import ImapDial, Mailbox, Sync, astring, forward, needs, rewrite, say, verifies

pytestmark = needs("SEARCHRES")

EMPTY = forward(rb"SEARCH RETURN (SAVE) NOT ALL", of=rb"SEARCH RETURN \(SAVE\).*")
UNKNOWN = "X-MAILCONFORM-NONE"


def _five(mailbox: Mailbox) -> list[int]:
    return mailbox.fill(5).uids()


def _saved(mailbox: Mailbox) -> list[int]:
    """The UIDs of what $ stands for."""
    return sorted(mailbox.command("UID FETCH $ (UID)").ok().by_uid)


@verifies("RFC5182-2.1-01", refuted_by=rewrite(rb" ESEARCH\b", b"", of=rb"CAPABILITY"))
def test_a_server_that_announces_searchres_announces_esearch(dial: ImapDial) -> None:
    """CAPABILITY after login: ESEARCH beside SEARCHRES."""
    listed = dial.login().command("CAPABILITY").ok().capabilities
    assert b"ESEARCH" in listed


@verifies("RFC5182-2.1-02", refuted_by=EMPTY)
def test_the_dollar_stands_for_what_search_found_last(mailbox: Mailbox, dial: ImapDial) -> None:
    """SAVE three of five; FETCH, UID FETCH, SEARCH, UID STORE and COPY with $: just these messages."""
    uids = _five(mailbox)
    target = dial.mailbox()
    mailbox.command("SEARCH RETURN (SAVE) 1,3:4").ok()
    assert sorted(mailbox.command("FETCH $ (FLAGS)").ok().fetched) == [1, 3, 4]
    assert _saved(mailbox) == [uids[0], uids[2], uids[3]]
    assert sorted(mailbox.command("SEARCH NOT $").ok().found) == [2, 5]
    mailbox.command("UID STORE $ +FLAGS.SILENT (\\Flagged)").ok()
    mailbox.command("COPY $", astring(target.name)).ok()
    assert [n for n, flags in mailbox.every_flag().items() if b"\\flagged" in flags] == [1, 3, 4]
    assert target.count() == 3


@verifies("RFC5182-2.1-03", refuted_by=rewrite(rb"^(\S+) OK", b"* 1 FETCH (UID 1)\r\n\\1 OK", of=rb"UID FETCH .*"))
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_selecting_a_mailbox_empties_the_saved_result(mailbox: Mailbox, command: str) -> None:
    """SAVE three messages, SELECT or EXAMINE the mailbox again: $ is empty."""
    _five(mailbox)
    mailbox.command("SEARCH RETURN (SAVE) 1:3").ok()
    mailbox.command(command, astring(mailbox.name)).ok()
    assert _saved(mailbox) == []


@verifies(
    "RFC5182-2.1-04",
    refuted_by=forward(rb"SEARCH RETURN (SAVE) NOT ALL", of=rb"SEARCH (?:SEEN|ALL|MAILCONFORM|RETURN \(COUNT\) ALL)"),
)
@pytest.mark.parametrize("keys", ["SEEN", "ALL", "RETURN (COUNT) ALL", "MAILCONFORM"])
def test_a_search_without_save_leaves_the_saved_result_alone(mailbox: Mailbox, keys: str) -> None:
    """SAVE two messages, another SEARCH, found, empty or BAD: $ is what it was."""
    uids = _five(mailbox)
    mailbox.command("SEARCH RETURN (SAVE) 2,5").ok()
    if mailbox.command("SEARCH", keys).status in (b"OK", b"BAD"):
        assert _saved(mailbox) == [uids[1], uids[4]]


@verifies("RFC5182-2.1-04", refuted_by=forward(rb"SEARCH RETURN (SAVE) ALL", of=rb"SEARCH RETURN \(SAVE\) MAIL.*"))
def test_a_search_with_save_that_is_bad_leaves_the_saved_result_alone(mailbox: Mailbox) -> None:
    """SAVE two messages, SEARCH RETURN (SAVE) with an unknown key: BAD, and $ is what it was."""
    uids = _five(mailbox)
    mailbox.command("SEARCH RETURN (SAVE) 2,5").ok()
    if mailbox.command("SEARCH RETURN (SAVE) MAILCONFORM").status != b"NO":
        assert _saved(mailbox) == [uids[1], uids[4]]


@verifies(
    "RFC5182-2.1-06",
    refuted_by=say(b"<tag> NO unknown charset\r\n", of=rb"SEARCH RETURN \(SAVE\) CHARSET.*")
    | forward(rb"UID FETCH 1:* \1", of=rb"UID FETCH \$ (.*)"),
)
def test_a_search_with_save_that_fails_empties_the_saved_result(mailbox: Mailbox) -> None:
    """SAVE two messages, SEARCH RETURN (SAVE) with an unknown charset that is answered NO: $ is empty."""
    _five(mailbox)
    mailbox.command("SEARCH RETURN (SAVE) 2,5").ok()
    if mailbox.command("SEARCH RETURN (SAVE) CHARSET", UNKNOWN, "TEXT", Sync(b"a")).is_no:
        assert _saved(mailbox) == []


@verifies("RFC5182-2.1-07", refuted_by=forward(rb"UID FETCH 1:4 \1", of=rb"UID FETCH \$ (.*)"))
def test_a_message_expunged_is_taken_out_of_the_saved_result(mailbox: Mailbox) -> None:
    """SAVE 1, 2, 4 and 5 of five messages, expunge the second and third: $ is the other three, at their new numbers."""
    uids = _five(mailbox)
    mailbox.command("SEARCH RETURN (SAVE) 1:2,4:5").ok()
    mailbox.expunge("2:3")
    assert _saved(mailbox) == [uids[0], uids[3], uids[4]]
    assert sorted(mailbox.command("FETCH $ (FLAGS)").ok().fetched) == [1, 2, 3]


@verifies("RFC5182-2.1-08", refuted_by=say(b"<tag> BAD empty set\r\n", of=rb"\w+ \$.*|UID \w+ \$.*"))
@pytest.mark.parametrize("way", ["nothing found", "nothing saved"])
def test_an_empty_saved_result_is_a_valid_set(mailbox: Mailbox, dial: ImapDial, way: str) -> None:
    """FETCH, STORE, COPY and SEARCH with $ where nothing was found, and where nothing was saved: OK without effect."""
    _five(mailbox)
    target = dial.mailbox()
    if way == "nothing found":
        mailbox.command('SEARCH RETURN (SAVE) SUBJECT "no such word"').ok()
    answers = [
        mailbox.command("FETCH $ (UID)"),
        mailbox.command("UID FETCH $ (FLAGS)"),
        mailbox.command("STORE $ +FLAGS (\\Flagged)"),
        mailbox.command("COPY $", astring(target.name)),
        mailbox.command("SEARCH $"),
    ]
    assert [answer.status for answer in answers] == [b"OK"] * 5
    assert not any(b"\\flagged" in flags for flags in mailbox.every_flag().values())
    assert (answers[4].found, target.count()) == ((), 0)


@verifies("RFC5182-2.1-09", refuted_by=forward(rb"UID FETCH 1,3 \1", of=rb"UID FETCH \$ (.*)"))
def test_the_dollar_stands_for_numbers_and_for_uids(mailbox: Mailbox) -> None:
    """The first two of five messages expunged; SAVE by SEARCH and by UID SEARCH, FETCH $ and UID FETCH $: the same messages."""
    uids = _five(mailbox)[2:]
    mailbox.expunge("1:2")
    for search in ("SEARCH RETURN (SAVE) 1,3", f"UID SEARCH RETURN (SAVE) UID {uids[0]},{uids[2]}"):
        mailbox.command(search).ok()
        assert sorted(mailbox.command("FETCH $ (FLAGS)").ok().fetched) == [1, 3]
        assert _saved(mailbox) == [uids[0], uids[2]]


@verifies(
    "RFC5182-2.1-10",
    refuted_by=rewrite(rb"^(\S+) OK", b'* ESEARCH (TAG "\\1") ALL 1:5\r\n\\1 OK', of=rb"SEARCH RETURN .*"),
)
def test_save_alone_returns_nothing(mailbox: Mailbox) -> None:
    """SEARCH RETURN (SAVE) ALL: neither SEARCH nor results in an ESEARCH response."""
    _five(mailbox)
    answer = mailbox.command("SEARCH RETURN (SAVE) ALL").ok()
    assert not answer.all("SEARCH")
    assert not [pair for response in answer.all("ESEARCH") for pair in response.data.pairs]


@verifies("RFC5182-2.3-01", refuted_by=forward(rb"SEARCH RETURN (SAVE) ALL", of=rb"SEARCH RETURN \(SAVE\) 4"))
def test_a_save_and_a_command_with_the_dollar_sent_together_go_in_order(mailbox: Mailbox) -> None:
    """SAVE, FETCH $, another SAVE and FETCH $ in one write: each FETCH has the messages of the SAVE before it."""
    _five(mailbox)
    session = mailbox.imap
    lines = ("SEARCH RETURN (SAVE) 2:3", "FETCH $ (UID)", "SEARCH RETURN (SAVE) 4", "FETCH $ (UID)")
    tags = [b"sr%d" % number for number in range(len(lines))]
    session.send(b"".join(b"%b %b\r\n" % (tag, line.encode()) for tag, line in zip(tags, lines, strict=True)))
    fetched = [sorted(session.finish(tag).ok().fetched) for tag in tags]
    assert fetched == [[], [2, 3], [], [4]]


@verifies("RFC5182-2.4-01", refuted_by=forward(rb"SEARCH RETURN (SAVE) \1", of=rb"SEARCH RETURN \([A-Z ]+\) (.*)"))
@pytest.mark.parametrize(
    ("options", "saved"), [("MIN", [2]), ("MAX", [5]), ("MIN MAX", [2, 5])], ids=["min", "max", "both"]
)
def test_min_and_max_save_only_what_they_return(mailbox: Mailbox, options: str, saved: list[int]) -> None:
    """SAVE with MIN, MAX or both over messages 2, 3 and 5: $ is the lowest, the highest, or these two."""
    uids = _five(mailbox)
    mailbox.command(f"SEARCH RETURN (SAVE {options}) 2:3,5").ok()
    assert _saved(mailbox) == [uids[number - 1] for number in saved]


@verifies("RFC5182-2.4-02", refuted_by=forward(rb"SEARCH RETURN (SAVE MIN) \1", of=rb"SEARCH RETURN \([A-Z ]+\) (.*)"))
@pytest.mark.parametrize("options", ["ALL", "COUNT", "MIN COUNT", "MAX ALL", "MIN MAX COUNT ALL"])
def test_all_and_count_save_every_message_found(mailbox: Mailbox, options: str) -> None:
    """SAVE with ALL or COUNT, alone and beside MIN and MAX: $ is all that was found."""
    uids = _five(mailbox)
    mailbox.command(f"SEARCH RETURN (SAVE {options}) 2:3,5").ok()
    assert _saved(mailbox) == [uids[1], uids[2], uids[4]]


@verifies("RFC5182-3-01", refuted_by=say(b"<tag> BAD set\r\n", of=rb".* \$.*"))
def test_the_dollar_is_taken_in_the_place_of_a_set(mailbox: Mailbox) -> None:
    """SEARCH OR $ 1, SEARCH UID $, NOT $, STORE $ and FETCH $: OK, with the messages meant."""
    uids = _five(mailbox)
    mailbox.command("SEARCH RETURN (SAVE) 3:4").ok()
    wanted: dict[str, list[int]] = {
        "OR $ 1": [1, 3, 4],
        "UID $": [3, 4],
        "NOT $": [1, 2, 5],
        "$ 4:5": [4],
        "($) UNSEEN": [3, 4],
    }
    answers = {keys: mailbox.command("SEARCH", keys) for keys in wanted}
    assert {keys: (a.status, sorted(a.found)) for keys, a in answers.items()} == {
        k: (b"OK", v) for k, v in wanted.items()
    }
    assert sorted(mailbox.command("UID SEARCH $").ok().found) == uids[2:4]
