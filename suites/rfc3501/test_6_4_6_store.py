r"""RFC 3501 section 6.4.6: STORE, alone in the mailbox.

Every check looks at all messages of the mailbox, so that a STORE which hits the wrong ones is noticed. Flags that are
given beforehand are stored without the fault.
"""

from __future__ import annotations

import pytest

from conformance import ImapDial, Mailbox, answer, drop, forward, rewrite, say, verifies

ALL = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
FETCHED = rb"\* \d+ FETCH"


def _flagged(mailbox: Mailbox) -> Mailbox:
    r"""Three messages: \Seen \Flagged, \Seen, none."""
    return mailbox.fill(3).permits(*ALL).flag("1:2", "\\Seen").flag(1, "\\Flagged")


def _told(mailbox: Mailbox) -> list[str]:
    r"""The flags of all messages, sorted, without the backslashes; keywords of others (a server may set some) are left out."""
    every = sorted(mailbox.every_flag().items())
    ours = [[flag for flag in flags if flag.startswith((b"\\", b"mailconform"))] for _, flags in every]
    return [" ".join(sorted(flag.decode("latin-1").lstrip("\\") for flag in flags)) for flags in ours]


@verifies("RFC3501-6.4.6-01", refuted_by=forward(rb"\1 +FLAGS \2", of=rb"(STORE \S+) FLAGS (.*)"))
def test_store_flags_replaces_the_flags(mailbox: Mailbox) -> None:
    r"""STORE 1:2 FLAGS (\Answered) of messages with other flags: they have that one only, the third has none."""
    _flagged(mailbox).command("STORE 1:2 FLAGS (\\Answered)").ok()
    assert _told(mailbox) == ["answered", "answered", ""]


@verifies("RFC3501-6.4.6-02", refuted_by=forward(rb"\1 FLAGS \2", of=rb"(STORE \S+) \+FLAGS (.*)"))
def test_store_with_plus_adds_flags_and_keeps_the_others(mailbox: Mailbox) -> None:
    r"""STORE 1,3 +FLAGS (\Answered \Draft): added to what these had; the second has what it had."""
    _flagged(mailbox).command("STORE 1,3 +FLAGS (\\Answered \\Draft)").ok()
    assert _told(mailbox) == ["answered draft flagged seen", "seen", "answered draft"]


@verifies("RFC3501-6.4.6-03", refuted_by=forward(rb"\1 FLAGS ()", of=rb"(STORE \S+) -FLAGS (.*)"))
def test_store_with_minus_removes_flags_and_keeps_the_others(mailbox: Mailbox) -> None:
    r"""STORE 1 -FLAGS (\Seen): the first keeps \Flagged, the second keeps \Seen."""
    _flagged(mailbox).command("STORE 1 -FLAGS (\\Seen)").ok()
    assert _told(mailbox) == ["flagged", "seen", ""]


@verifies("RFC3501-6.4.6-04", refuted_by=drop(of=rb"STORE .*", when=rb"\* 2 FETCH"))
@pytest.mark.parametrize("item", ["FLAGS", "+FLAGS", "-FLAGS"])
def test_store_tells_the_new_flags_of_each_message(mailbox: Mailbox, item: str) -> None:
    r"""STORE 1:2 that changes both messages: FETCH responses with the flags that FETCH shows afterwards."""
    change = "(\\Seen)" if item == "-FLAGS" else "(\\Draft)"
    stored = _flagged(mailbox).command("STORE 1:2", item, change).ok()
    told = [stored.flags(number) for number in (1, 2)]
    assert told == [mailbox.flags(number) for number in (1, 2)]


@verifies("RFC3501-6.4.6-04", refuted_by=rewrite(rb"\\Flagged ?", b"", of=rb"STORE .*", when=FETCHED))
def test_what_store_tells_holds_the_flags_that_were_there_before(mailbox: Mailbox) -> None:
    r"""STORE 1 +FLAGS (\Answered) of a message with \Seen \Flagged: the FETCH response has all three."""
    stored = _flagged(mailbox).command("STORE 1 +FLAGS (\\Answered)").ok()
    assert (stored.flags(1) or set()) >= {b"\\seen", b"\\flagged", b"\\answered"}


@verifies("RFC3501-6.4.6-05", refuted_by=forward(rb"\1FLAGS\2", of=rb"(STORE .*)FLAGS\.SILENT(.*)"))
@pytest.mark.parametrize("item", ["FLAGS.SILENT", "+FLAGS.SILENT", "-FLAGS.SILENT"])
def test_a_silent_store_tells_no_flags(mailbox: Mailbox, item: str) -> None:
    r"""NOOP, then STORE 1:2 with .SILENT that changes both messages: no FETCH response with FLAGS."""
    _flagged(mailbox).command("NOOP").ok()
    stored = mailbox.command("STORE 1:2", item, "(\\Seen)" if item[0] == "-" else "(\\Draft)").ok()
    assert [stored.flags(number) for number in (1, 2)] == [None, None]


@verifies("RFC3501-6.4.6-01", refuted_by=forward(b"NOOP", of=rb"STORE .*SILENT.*"))
def test_a_silent_store_does_what_it_says(mailbox: Mailbox) -> None:
    r"""STORE FLAGS.SILENT, +FLAGS.SILENT, -FLAGS.SILENT, one for each of three messages: the flags are changed so."""
    _flagged(mailbox).command("STORE 1 FLAGS.SILENT (\\Draft)").ok()
    mailbox.command("STORE 2 -FLAGS.SILENT (\\Seen)").ok()
    mailbox.command("STORE 3 +FLAGS.SILENT (\\Answered)").ok()
    assert _told(mailbox) == ["draft", "", "answered"]


@verifies("RFC3501-6.4.6-07", refuted_by=forward(b"NOOP", of=rb"STORE \S+ FLAGS \(\)"))
def test_store_of_an_empty_list_clears_the_flags(mailbox: Mailbox) -> None:
    """STORE 1 FLAGS (): no flag is left to the first message, the second keeps its own."""
    _flagged(mailbox).command("STORE 1 FLAGS ()").ok()
    assert _told(mailbox) == ["", "seen", ""]


@verifies("RFC3501-6.4.6-08", refuted_by=answer(b"<tag> BAD ( expected\r\n", of=rb"STORE \S+ \S+ \\.*"))
def test_store_takes_a_flag_without_parentheses(mailbox: Mailbox) -> None:
    r"""STORE 2 +FLAGS \Deleted: OK, and the flag is there."""
    stored = _flagged(mailbox).command("STORE 2 +FLAGS \\Deleted")
    assert stored.is_ok
    assert _told(mailbox) == ["flagged seen", "deleted seen", ""]


@verifies("RFC3501-6.4.6-09", refuted_by=forward(rb"\1", of=rb"(STORE \S+ \S+ \\\w+) .*"))
def test_store_takes_several_flags_without_parentheses(mailbox: Mailbox) -> None:
    r"""STORE 2 FLAGS \Deleted \Answered \Draft: OK, and all three are there."""
    stored = _flagged(mailbox).command("STORE 2 FLAGS \\Deleted \\Answered \\Draft")
    assert stored.is_ok
    assert _told(mailbox) == ["flagged seen", "answered deleted draft", ""]


@verifies("RFC3501-6.4.6-10", refuted_by=say(b"<tag> NO nothing to change\r\n", of=rb"STORE .*", after=1))
@pytest.mark.parametrize("item", ["+FLAGS", "-FLAGS"])
def test_a_store_that_changes_nothing_is_ok(mailbox: Mailbox, item: str) -> None:
    r"""STORE (\Seen) twice, with plus or minus: OK both times, and the flags as after the first."""
    given = [_flagged(mailbox).command("STORE 1:3", item, "(\\Seen)")]
    once = _told(mailbox)
    given.append(mailbox.command("STORE 1:3", item, "(\\Seen)"))
    assert [stored.is_ok for stored in given] == [True, True]
    assert _told(mailbox) == once


@verifies("RFC3501-6.4.6-11", "RFC3501-2.3.2-09", refuted_by=forward(rb"SELECT\1", of=rb"EXAMINE(.*)"))
def test_store_in_a_mailbox_opened_read_only_changes_nothing_for_others(dial: ImapDial) -> None:
    r"""EXAMINE, STORE with and without signs, whatever the answers, log out: another session finds the flags as they were."""
    mailbox = _flagged(dial.mailbox(fresh=True))
    mailbox.select(read_only=True)
    mailbox.command("STORE 1:2 FLAGS (\\Answered)")
    mailbox.command("STORE 3 +FLAGS (\\Deleted)")
    mailbox.command("STORE 1 -FLAGS (\\Seen)")
    mailbox.imap.leave()
    assert _told(mailbox.beside()) == ["flagged seen", "seen", ""]


@verifies("RFC3501-6.4.6-12", refuted_by=forward(b"NOOP", of=rb"STORE 2 .*"))
def test_permanent_flags_that_were_stored_last(dial: ImapDial) -> None:
    """STORE other flags for each of three messages, log out: a later session finds just these."""
    mailbox = _flagged(dial.mailbox(fresh=True))
    mailbox.command("STORE 1 -FLAGS (\\Flagged)").ok()
    mailbox.command("STORE 2 FLAGS (\\Draft \\Deleted)").ok()
    mailbox.command("STORE 3 +FLAGS (\\Answered)").ok()
    mailbox.imap.leave()
    assert _told(mailbox.beside()) == ["seen", "deleted draft", "answered"]


@verifies("RFC3501-6.4.6-13", refuted_by=answer(b"<tag> OK done\r\n", of=rb"STORE .*SEEN.*"))
def test_system_flags_may_be_written_in_any_letter_case(mailbox: Mailbox) -> None:
    r"""STORE 2 +FLAGS (\SEEN \fLAGGED): FETCH FLAGS shows both, and SEARCH SEEN FLAGGED finds the message."""
    mailbox.fill(3).permits("\\Seen", "\\Flagged")
    mailbox.command("STORE 2 +FLAGS (\\SEEN \\fLAGGED)").ok()
    assert _told(mailbox) == ["", "flagged seen", ""]
    assert mailbox.command("SEARCH SEEN FLAGGED").ok().found == (2,)


@verifies("RFC3501-6.4.6-14", refuted_by=say(b"<tag> OK done\r\n", of=rb"STORE .*"))
@pytest.mark.parametrize("item", ["FLAG", "FLAGS.QUIET", "BODY", "UID"])
def test_store_of_an_unknown_item_is_refused(mailbox: Mailbox, item: str) -> None:
    r"""STORE 3 with an item that is not FLAGS, and (\Draft): refused."""
    assert _flagged(mailbox).command("STORE 3", item, "(\\Draft)").refused


@verifies("RFC3501-6.4.6-15", refuted_by=say(b"<tag> OK done\r\n", of=rb"STORE .*"))
def test_store_of_the_wildcard_flag_is_refused(mailbox: Mailbox) -> None:
    r"""STORE 1 +FLAGS (\*): refused."""
    assert _flagged(mailbox).command("STORE 1 +FLAGS (\\*)").refused


@verifies("RFC3501-6.4.6-16", refuted_by=forward(rb"STORE 3\1", of=rb"STORE 9(.*)"))
def test_store_of_a_number_above_the_count_is_rejected(mailbox: Mailbox) -> None:
    r"""STORE 9 +FLAGS (\Draft) in a mailbox of three messages: BAD, and no message has the flag."""
    stored = _flagged(mailbox).command("STORE 9 +FLAGS (\\Draft)")
    assert stored.is_bad
    assert _told(mailbox) == ["flagged seen", "seen", ""]


@verifies("RFC3501-6.4.6-17", refuted_by=forward(rb"STORE 1:3\2", of=rb"STORE (\S+)(.*)"))
@pytest.mark.parametrize(
    ("numbers", "meant"),
    [("2", "2"), ("*", "5"), ("4:*", "45"), ("4:2", "234"), ("1,5,3", "135"), ("*:4,1", "145"), ("2:3,3:4,3", "234")],
    ids=["one", "last", "to-last", "backwards", "list", "last-first", "overlapping"],
)
def test_store_changes_just_the_messages_of_the_set(mailbox: Mailbox, numbers: str, meant: str) -> None:
    r"""STORE a set of five messages +FLAGS (\Flagged): those that the set names have it, and no other."""
    mailbox.fill(5).permits("\\Flagged")
    mailbox.command("STORE", numbers, "+FLAGS (\\Flagged)").ok()
    assert _told(mailbox) == ["flagged" if str(number) in meant else "" for number in range(1, 6)]


@verifies(
    "RFC3501-6.4.6-02", "RFC3501-2.3.2-07", refuted_by=forward(rb"\1SomeOther\2", of=rb"(STORE .*)Mailconform(.*)")
)
def test_store_keeps_keywords_apart(mailbox: Mailbox) -> None:
    """STORE two keywords for two messages, remove one of them from both: each message has just what is left to it."""
    mailbox.fill(3).permits("MailconformOne", "MailconformTwo")
    mailbox.command("STORE 1:2 +FLAGS (MailconformOne)").ok()
    mailbox.command("STORE 2:3 +FLAGS (MailconformTwo)").ok()
    mailbox.command("STORE 1:3 -FLAGS (MailconformOne)").ok()
    mailbox.command("STORE 3 +FLAGS (\\Seen)").ok()
    assert _told(mailbox) == ["", "mailconformtwo", "mailconformtwo seen"]
