"""RFC 3501 sections 4, 5.1 and 7.5: atoms, numbers, quoted strings and literals, in every place that may hold them."""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Mailbox,
    NotSupported,
    Sync,
    answer,
    astring,
    compose,
    drop,
    forward,
    inject,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.wire.imap_commands import Word

ODD = b'a"b\\c'
PROBED = compose(b"A message.\r\n", b"X-Probe: " + ODD + b"\r\n", subject="probed")
PLAIN = compose(b"Another.\r\n", b"X-Probe: abc\r\n", subject="plain")


def forms(text: bytes) -> tuple[Word, Word, Word]:
    """The same text as an atom, a quoted string and a literal."""
    return text, quoted(text), Sync(text)


@verifies(
    "RFC3501-4.3-01",
    "RFC3501-4.1-01",
    "RFC3501-7.5-02",
    refuted_by=answer(b"<tag> BAD no\r\n", of=rb'(STATUS|EXAMINE) (\{|").*'),
)
def test_a_mailbox_name_is_taken_in_every_form(mailbox: Mailbox) -> None:
    """STATUS and EXAMINE of one mailbox by atom, quoted string and literal: OK, with the same numbers."""
    mailbox.fill(2)
    if astring(mailbox.name) != mailbox.name:
        raise NotSupported("the mailbox's name is no atom")
    said = [mailbox.command("STATUS", form, "(MESSAGES UIDVALIDITY)") for form in forms(mailbox.name)]
    assert all(answer.is_ok and answer.mailbox_status == said[0].mailbox_status for answer in said)
    assert said[0].mailbox_status.get(b"MESSAGES") == 2
    assert all(mailbox.command("EXAMINE", form).is_ok for form in forms(mailbox.name))


@verifies("RFC3501-4.3-01", "RFC3501-7.5-01", refuted_by=drop(of=rb"\S+ .*", when=rb"\+"))
@pytest.mark.parametrize("command", ["CREATE", "LIST", "LSUB", "SEARCH", "FETCH", "SUBSCRIBE"])
def test_a_literal_is_asked_for_in_every_command(mailbox: Mailbox, dial: ImapDial, command: str) -> None:
    """CREATE, LIST, LSUB, SEARCH, FETCH and SUBSCRIBE with a literal: each is asked for, and the command is OK."""
    mailbox.append()
    mailbox.select()
    name = dial.name("literal")
    words: tuple[Word, ...] = {
        "CREATE": (Sync(name),), "LIST": (Sync(b""), Sync(mailbox.name)), "LSUB": (Sync(b""), Sync(b"*")),
        "SEARCH": ("SUBJECT", Sync(b"a message")), "FETCH": ("1 BODY.PEEK[HEADER.FIELDS (", Sync(b"Subject"), ")]"),
        "SUBSCRIBE": (Sync(mailbox.name),),
    }[command]  # fmt: skip
    assert mailbox.command(command, *words).is_ok


@verifies("RFC3501-4.3-01", refuted_by=rewrite(rb"SEARCH 2", b"SEARCH", of=rb"SEARCH SUBJECT (\{|\").*"))
def test_a_search_string_means_the_same_in_every_form(mailbox: Mailbox) -> None:
    """SEARCH SUBJECT by atom, quoted string and literal: the same message is found."""
    mailbox.append(PLAIN)
    mailbox.append(PROBED)
    mailbox.select()
    answers = [mailbox.command("SEARCH SUBJECT", form) for form in forms(b"probed")]
    assert all(said.is_ok for said in answers)
    if not any(said.found for said in answers):
        raise NotSupported("the search finds no such text in any form")
    assert [said.found for said in answers] == [(2,)] * 3


@verifies("RFC3501-4.3-02", "RFC3501-7.5-02", refuted_by=inject(b"zz BAD unknown command\r\n", of=rb"SEARCH .*"))
def test_a_line_end_in_a_literal_ends_no_command(mailbox: Mailbox) -> None:
    """SEARCH with a literal that holds CRLF and what looks like LOGOUT, and a key behind it: one answer, and the next is NOOP's."""
    mailbox.fill(2)
    said = mailbox.command("SEARCH TEXT", Sync(b"none\r\nzz LOGOUT\r\n"), "UNDELETED")
    noop = mailbox.command("NOOP")
    assert said.final is not None
    assert noop.is_ok
    assert not [reply for reply in (*said.replies, *noop.replies) if reply.tag == b"zz"]


@verifies("RFC3501-4.3-02", refuted_by=rewrite(rb"MESSAGES \d+ ", b"", of=rb"STATUS .*"))
def test_the_words_behind_a_literal_are_read(mailbox: Mailbox) -> None:
    """STATUS with the name as literal and three items behind it; SEARCH with two literals and a key between: all of it counts."""
    mailbox.append(PLAIN)
    mailbox.append(PROBED)
    mailbox.select()
    status = mailbox.command("STATUS", Sync(mailbox.name), "(MESSAGES UIDNEXT UIDVALIDITY)").mailbox_status
    assert set(status) >= {b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY"}
    if mailbox.command('SEARCH SUBJECT "probed" NOT SUBJECT "plain"').found != (2,):
        raise NotSupported("the search finds no such text by quoted strings either")
    one = mailbox.command("SEARCH SUBJECT", Sync(b"probed"), "NOT SUBJECT", Sync(b"plain"))
    none = mailbox.command("SEARCH SUBJECT", Sync(b"probed"), "SUBJECT", Sync(b"plain"))
    assert one.is_ok
    assert none.is_ok
    assert (one.found, none.found) == ((2,), ())


@verifies("RFC3501-4.3-03", refuted_by=drop(of=rb"SEARCH .*", when=rb"\+"))
def test_a_literal_of_size_zero_is_asked_for(mailbox: Mailbox) -> None:
    """SEARCH SUBJECT {0}: a continuation request, and behind the rest of the line one completion."""
    mailbox.imap.send(b"a1 SEARCH SUBJECT {0}\r\n")
    assert mailbox.imap.continues(b"a1")
    mailbox.imap.send(b"\r\n")
    assert not mailbox.imap.finish(b"a1").is_bad


@verifies("RFC3501-4.3-04", refuted_by=say(b"<tag> OK done\r\n", of=rb"LIST \{0\}.*", when=rb"\*|c"))
def test_an_empty_literal_means_the_empty_string(dial: ImapDial) -> None:
    """LIST with two empty quoted strings, and with two empty literals: the same delimiter."""
    session = dial.login()
    as_quoted, as_literal = session.command('LIST "" ""').ok(), session.command("LIST", Sync(b""), Sync(b""))
    assert as_literal.is_ok
    delimiters = [{entry.delimiter for entry in said.listed.values()} for said in (as_quoted, as_literal)]
    assert delimiters[0] == delimiters[1]


@verifies("RFC3501-4.3-07", refuted_by=forward(rb"SEARCH HEADER X-Probe abc", of=rb"SEARCH HEADER X-Probe \".*"))
def test_escaped_characters_in_a_quoted_string_are_read(mailbox: Mailbox) -> None:
    r"""A field of a"b\c; SEARCH HEADER with "a\"b\\c" finds that message, as the same text in a literal does."""
    mailbox.append(PLAIN)
    mailbox.append(PROBED)
    mailbox.select()
    if mailbox.command("SEARCH HEADER X-Probe", Sync(ODD)).ok().found != (2,):
        raise NotSupported("the search finds no such text by a literal either")
    escaped = mailbox.command("SEARCH HEADER X-Probe", quoted(ODD))
    assert escaped.is_ok
    assert escaped.found == (2,)


@verifies("RFC3501-4.2-01", refuted_by=say(b"<tag> BAD number too large\r\n", of=rb".*4294967295.*"))
def test_numbers_up_to_32_bits_are_taken(mailbox: Mailbox) -> None:
    """UID FETCH, SEARCH LARGER and SEARCH UID of 4294967295: OK."""
    mailbox.append()
    mailbox.select()
    for line in (
        "UID FETCH 4294967295 FLAGS",
        "SEARCH LARGER 4294967295",
        "SEARCH UID 4294967295",
        "SEARCH SMALLER 4294967295",
    ):
        assert mailbox.command(line).is_ok


@verifies(
    "RFC3501-4.2-02",
    refuted_by=forward(rb"UID FETCH 1 (UID FLAGS)", of=rb"UID FETCH 42949.*"),
)
def test_numbers_above_32_bits_do_not_wrap_around(mailbox: Mailbox) -> None:
    """UID FETCH of a UID plus 2^32, and plus 2^64, of the first of three messages: that message's data do not come."""
    mailbox.fill(3)
    first = mailbox.uids()[0]
    for number in ((1 << 32) + first, (1 << 64) + first):
        assert first not in mailbox.command(f"UID FETCH {number} (UID FLAGS)").by_uid


@verifies("RFC3501-4.5-02", refuted_by=say(b"<tag> BAD no string\r\n", of=rb"(STATUS|SELECT) .*NIL.*"))
def test_nil_is_taken_for_a_mailbox_name_where_a_name_stands(dial: ImapDial) -> None:
    """A mailbox of our own whose name ends in NIL, and STATUS of a mailbox NIL: OK or NO, never BAD."""
    session = dial.login()
    assert not session.command("STATUS NIL (MESSAGES)").is_bad
    assert not session.command('STATUS "NIL" (MESSAGES)').is_bad


@verifies("RFC3501-9-57", refuted_by=answer(b"<tag> NO no such mailbox\r\n", of=rb'STATUS (?-i:"?inbox|.*inBox).*'))
def test_inbox_is_known_in_every_form_and_letter_case(dial: ImapDial) -> None:
    """STATUS of INBOX, inbox, "Inbox", a literal inBox and INBOX again: the same mailbox by its UIDVALIDITY.

    It may grow from one STATUS to the next, where UIDs do not persist (section 2.3.1.1).
    """
    session = dial.login()
    names: tuple[Word, ...] = ("INBOX", "inbox", '"Inbox"', Sync(b"inBox"), '"inbox"', "INBOX")
    said = [session.command("STATUS", name, "(UIDVALIDITY)") for name in names]
    assert all(one.is_ok for one in said)
    given = [one.mailbox_status[b"UIDVALIDITY"] for one in said]
    assert given == sorted(given)


@verifies("RFC3501-9-05", refuted_by=say(b"<tag> BAD invalid character\r\n", of=rb"STATUS .*"))
def test_a_bracket_in_a_name_is_no_syntax_error(dial: ImapDial) -> None:
    """STATUS of a name with ] in it, given as an atom: OK or NO, never BAD."""
    assert not dial.login().command("STATUS mailconform]none (MESSAGES)").is_bad


@verifies("RFC3501-9-52", refuted_by=say(b"<tag> BAD invalid pattern\r\n", of=rb'LIST "" [^"]+'))
@pytest.mark.parametrize("pattern", ["%", "*", "INB%", "*]*", "%/%"])
def test_wildcards_are_taken_without_quotes(dial: ImapDial, pattern: str) -> None:
    """LIST with a pattern of wildcards (and ]) as plain characters: OK."""
    assert dial.login().command('LIST ""', pattern).is_ok


@verifies("RFC3501-9-42", refuted_by=say(b"<tag> OK done\r\n", of=rb"(FETCH|STORE|COPY) 3 .*"))
@pytest.mark.parametrize(
    "line", ["FETCH 3 FLAGS", "STORE 3 +FLAGS (\\Seen)", "COPY 3 INBOX"], ids=["fetch", "store", "copy"]
)
def test_a_number_above_the_count_is_answered_bad(mailbox: Mailbox, line: str) -> None:
    """FETCH (STORE, COPY) of message 3 of two: BAD."""
    mailbox.fill(2)
    assert mailbox.command(line).is_bad


@verifies("RFC3501-9-43", refuted_by=say(b"<tag> OK done\r\n", of=rb"FETCH \* .*"))
def test_a_star_in_an_empty_mailbox_is_answered_bad(mailbox: Mailbox) -> None:
    """FETCH * FLAGS in an empty mailbox: BAD."""
    assert mailbox.command("FETCH * FLAGS").is_bad


@verifies("RFC3501-9-44", refuted_by=say(b"<tag> BAD no such message\r\n", of=rb"UID FETCH .*"))
def test_a_star_among_uids_is_taken_in_an_empty_mailbox(mailbox: Mailbox) -> None:
    """UID FETCH * FLAGS and UID FETCH 1:* FLAGS in an empty mailbox: OK, without data."""
    for line in ("UID FETCH * FLAGS", "UID FETCH 1:* FLAGS"):
        said = mailbox.command(line)
        assert said.is_ok
        assert not said.fetched


@verifies("RFC3501-9-45", refuted_by=forward(b"FETCH 2 UID", of=rb"FETCH (4:2|\*:2) UID"))
def test_ranges_are_taken_in_either_order(mailbox: Mailbox) -> None:
    """FETCH 4:2 and FETCH *:2: the messages of 2:4 and 2:*."""
    mailbox.fill(5)
    for reversed_, numbers in (("4:2", {2, 3, 4}), ("*:2", {2, 3, 4, 5})):
        said = mailbox.command("FETCH", reversed_, "UID")
        assert said.is_ok
        fetched = said.fetched
        assert {number for number, fetch in fetched.items() if b"UID" in fetch} == numbers


@verifies("RFC3501-9-46", refuted_by=forward(b"FETCH 1:3 UID", of=rb"FETCH 1:3,2:4 UID"))
def test_a_set_with_overlaps_names_each_message(mailbox: Mailbox) -> None:
    """FETCH 1:3,2:4 of five messages: data of 1 to 4, and of no other."""
    mailbox.fill(5)
    said = mailbox.command("FETCH 1:3,2:4 UID")
    assert said.is_ok
    fetched = said.fetched
    assert {number for number, fetch in fetched.items() if b"UID" in fetch} == {1, 2, 3, 4}


@verifies(
    "RFC3501-9-47", "RFC2683-3.2.1.5-01", refuted_by=say(b"<tag> BAD line too long\r\n", of=rb"UID FETCH .{7000,}")
)
def test_a_command_line_of_8000_octets_is_taken(mailbox: Mailbox) -> None:
    """UID FETCH with a set of more than a thousand single UIDs, 7900 octets in all: OK, with our two messages."""
    mailbox.fill(2)
    uids = ",".join(str(uid) for uid in (*range(100_000, 101_127), *mailbox.uids()))
    said = mailbox.command("UID FETCH", uids[-7900:].partition(",")[2], "(UID)")
    assert said.is_ok
    assert sorted(said.by_uid) == mailbox.uids()


@verifies("RFC3501-4.3-02", refuted_by=inject(b"* BAD what?\r\n<tag> BAD again\r\n", of=rb"APPEND .*"))
def test_an_appended_message_is_read_by_its_count_alone(mailbox: Mailbox) -> None:
    """APPEND of a message that ends without a line end, with what looks like commands in it: one OK, the octets are kept."""
    raw = b"Subject: counted\r\n\r\nzz LOGOUT\r\nzz NOOP\r\n{5}\r\nthe end"
    appended = mailbox.command("APPEND", astring(mailbox.name), Sync(raw))
    noop = mailbox.command("NOOP")
    assert appended.is_ok
    assert noop.is_ok
    assert not [reply for reply in (*appended.replies, *noop.replies) if reply.stray]
