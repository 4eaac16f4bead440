"""RFC 3501 section 9: commands that the grammar does not have are refused: BAD, or NO (section 2.2.2)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance import Imap, ImapDial, Mailbox, Sync, astring, drop, forward, rewrite, say, verifies
from conformance.wire.imap import Response

MESSAGE = b"Subject: none\r\n\r\n"


def refused(said: Iterable[Response]) -> bool:
    """Whether BAD (or NO) came, tagged or untagged, and no tagged OK."""
    seen = [(response.tag == b"*", response.name) for response in said]
    return bool({b"BAD", b"NO"} & {name for _, name in seen}) and (False, b"OK") not in seen


def taken(session: Imap, *lines: bytes) -> list[bytes]:
    """Offer lines, each with a tag of its own in front, and return those that are not refused."""
    return [line for number, line in enumerate(lines) if not refused(session.offer(b"t%d %s\r\n" % (number, line)))]


def with_message(mailbox: Mailbox) -> Imap:
    """Put one message into the mailbox and return its session."""
    mailbox.append()
    mailbox.select()
    return mailbox.imap


@verifies("RFC3501-9-02", refuted_by=forward(rb"\1 \2", of=rb"(STATUS)\t(.*)"))
def test_a_tab_is_taken_for_no_space(dial: ImapDial) -> None:
    """A TAB behind the tag, behind the command, between arguments: BAD or NO, tagged or untagged."""
    session = dial.login()
    assert refused(session.offer(b"t0\tNOOP\r\n"))
    assert not taken(session, b"STATUS\tINBOX (MESSAGES)", b"STATUS INBOX\t(MESSAGES)", b"NOOP\t")


@verifies("RFC3501-9-06", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=rb"STORE .*"))
@pytest.mark.parametrize("special", [b"{", b'"', b"%", b"*"], ids=["brace", "quote", "percent", "star"])
def test_a_special_character_in_a_keyword_is_refused(mailbox: Mailbox, special: bytes) -> None:
    """STORE of a keyword with {, ", % or * in it: BAD or NO."""
    assert not taken(with_message(mailbox), rb"STORE 1 +FLAGS (a%sb)" % special)


@verifies("RFC3501-9-07", refuted_by=say(b"<tag> OK done\r\n", of=rb'APPEND \S+ ".*'))
def test_append_with_the_date_before_the_flags_is_refused(mailbox: Mailbox) -> None:
    """APPEND with the date-time before the flags: BAD or NO."""
    date = '" 1-Feb-1994 10:00:00 +0000"'
    assert mailbox.command("APPEND", astring(mailbox.name), date, "(\\Seen)", Sync(MESSAGE)).refused


@verifies("RFC3501-9-07", refuted_by=say(b"<tag> OK done\r\n", of=rb'APPEND \S+ ".*'))
def test_append_of_a_quoted_message_is_refused(mailbox: Mailbox) -> None:
    """APPEND with the message as a quoted string: BAD or NO."""
    assert mailbox.command("APPEND", astring(mailbox.name), '"a message"').refused


@verifies("RFC3501-9-35", refuted_by=forward(b"FETCH 1 FLAGS", of=rb"FETCH 0 FLAGS"))
def test_zero_in_a_set_is_refused(mailbox: Mailbox) -> None:
    """FETCH and STORE of 0 and 0:1: BAD or NO."""
    assert not taken(with_message(mailbox), b"FETCH 0 FLAGS", b"FETCH 0:1 FLAGS", b"STORE 0 +FLAGS (\\Seen)")


@verifies("RFC3501-9-35", refuted_by=forward(b"FETCH 1 FLAGS", of=rb"FETCH 01 FLAGS"))
def test_leading_zeros_in_a_set_are_refused(mailbox: Mailbox) -> None:
    """FETCH of 01 and 1:01: BAD or NO."""
    assert not taken(with_message(mailbox), b"FETCH 01 FLAGS", b"FETCH 1:01 FLAGS")


@verifies(
    "RFC3501-9-37",
    "RFC2088-4-01",
    "RFC7888-8-01",
    refuted_by=say(b"+ go on\r\n", of=rb"STATUS \{\S+.*", when=rb"\S+ (BAD|NO)"),
)
@pytest.mark.parametrize(
    "size",
    [b"-1", b"abc", b"5 ", b"", b"5*", b"+5", b"5 +", b"+"],
    ids=["negative", "letters", "space", "nothing", "star", "plus-in-front", "space-and-plus", "plus-alone"],
)
def test_a_literal_whose_size_is_no_number_is_refused(dial: ImapDial, size: bytes) -> None:
    """STATUS with such a literal for a name: BAD, and no continuation request."""
    session = dial.login()
    session.send(b"t1 STATUS {%s}\r\n" % size)
    assert not session.continues(b"t1")
    said = session.finish(b"t1", 0.2)
    assert said.refused or refused(said.responses)


@verifies(
    "RFC3501-9-38",
    refuted_by=say(b"+ go on\r\n", of=rb"STATUS .*") | say(b"+ go on\r\n", of=rb".*", when=rb"\* (BAD|BYE)"),
)
@pytest.mark.parametrize("size", [1 << 32, 10**20])
def test_a_literal_size_above_32_bits_is_refused(dial: ImapDial, size: int) -> None:
    """STATUS with such a literal for a name: BAD, NO or BYE, and no continuation request."""
    session = dial.login()
    session.send(b"t1 STATUS {%d}\r\n" % size)
    assert not session.continues(b"t1")
    said = session.finish(b"t1", 0.2)
    assert said.refused or {response.name for response in said.responses} & {b"BAD", b"BYE"}


@verifies("RFC3501-9-39", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=rb".*NOOP"))
@pytest.mark.parametrize("tag", [b"(a", b"*", b'"a"', b"%a", b"a\\b"])
def test_a_tag_that_is_none_is_refused(dial: ImapDial, tag: bytes) -> None:
    """NOOP behind a word that no tag can be: BAD or NO, tagged or untagged."""
    assert refused(dial.login().offer(tag + b" NOOP\r\n"))


@verifies("RFC3501-9-40", refuted_by=rewrite(rb"^x{200}", b"x" * 63, of=rb"NOOP") | drop(of=rb".*", when=rb"\* BAD"))
def test_a_very_long_tag_is_taken_or_refused(dial: ImapDial) -> None:
    """NOOP with a tag of two hundred letters: the same tag comes back, or BAD."""
    tag = b"x" * 200
    said = dial.login().offer(tag + b" NOOP\r\n")
    assert refused(said) or [response.name for response in said if response.tag == tag] == [b"OK"]


@verifies("RFC3501-9-41", refuted_by=forward(b"FETCH 1 FLAGS", of=rb"FETCH (1:2:3|:1) FLAGS"))
def test_a_malformed_set_is_refused(mailbox: Mailbox) -> None:
    """FETCH with commas and colons where none belongs, and with words for numbers: BAD or NO."""
    sets = (b"1:2:3", b",1", b"1,,1", b"1:", b":1", b"a", b"-1", b"1;1", b"1-1", b"1:a")
    assert not taken(with_message(mailbox), *(b"FETCH %s FLAGS" % one for one in sets))


@verifies("RFC3501-9-41", refuted_by=forward(b"FETCH 1 FLAGS", of=rb"FETCH 1, FLAGS"))
def test_a_set_that_ends_in_a_comma_is_refused(mailbox: Mailbox) -> None:
    """FETCH 1, FLAGS: BAD or NO."""
    assert not taken(with_message(mailbox), b"FETCH 1, FLAGS")


@verifies("RFC3501-9-48", refuted_by=forward(rb"\1 (MESSAGES)", of=rb"(STATUS \S+) MESSAGES"))
def test_status_items_without_parentheses_are_refused(dial: ImapDial) -> None:
    """STATUS INBOX MESSAGES, and with an empty list: BAD or NO."""
    assert not taken(dial.login(), b"STATUS INBOX MESSAGES", b"STATUS INBOX ()")


@verifies("RFC3501-9-49", refuted_by=forward(rb"STORE 1 +FLAGS\1", of=rb"STORE 1 \+ FLAGS(.*)"))
def test_spaces_within_a_store_item_are_refused(mailbox: Mailbox) -> None:
    """STORE 1 + FLAGS, STORE 1 +FLAGS .SILENT: BAD or NO."""
    lines = (b"STORE 1 + FLAGS (\\Seen)", b"STORE 1 +FLAGS .SILENT (\\Seen)", b"STORE 1 ++FLAGS (\\Seen)")
    assert not taken(with_message(mailbox), *lines)


@verifies("RFC3501-9-50", refuted_by=forward(b"FETCH 1 BODY.PEEK[HEADER]", of=rb"FETCH 1 .*\(\)\]"))
def test_an_empty_list_of_header_fields_is_refused(mailbox: Mailbox) -> None:
    """FETCH of HEADER.FIELDS and HEADER.FIELDS.NOT with an empty list: BAD or NO."""
    lines = (b"FETCH 1 BODY.PEEK[HEADER.FIELDS ()]", b"FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT ()]")
    assert not taken(with_message(mailbox), *lines)


@verifies("RFC3501-9-53", refuted_by=say(b"<tag> OK welcome\r\n", of=rb"LOGIN .*"))
def test_a_third_argument_of_login_is_refused(imap: Imap) -> None:
    """LOGIN with name, password and one word more: BAD or NO."""
    assert imap.command("LOGIN nobody nothing x").refused


@verifies("RFC3501-9-54", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=rb"SEARCH .*"))
def test_charset_behind_other_search_keys_is_refused(mailbox: Mailbox) -> None:
    """SEARCH ALL CHARSET UTF-8: BAD or NO."""
    assert not taken(with_message(mailbox), b"SEARCH ALL CHARSET UTF-8", b"SEARCH ALL CHARSET UTF-8 SEEN")


@verifies("RFC3501-9-55", refuted_by=say(b"<tag> BAD no such zone\r\n", of=rb"APPEND .* -0800.*"))
def test_a_zone_of_four_digits_is_taken(mailbox: Mailbox) -> None:
    """APPEND with zones +0000, -0800 and +1345: OK."""
    for zone in ("+0000", "-0800", "+1345"):
        assert mailbox.imap.append(mailbox.name, MESSAGE, date=f"01-Feb-1994 10:00:00 {zone}").is_ok


@verifies("RFC3501-9-55", refuted_by=say(b"<tag> OK done\r\n", of=rb"APPEND .*"))
def test_a_zone_of_other_form_is_refused(mailbox: Mailbox) -> None:
    """APPEND with a zone of five digits: BAD or NO."""
    assert mailbox.imap.append(mailbox.name, MESSAGE, date="01-Feb-1994 10:00:00 +99999").refused


@verifies("RFC3501-9-63", refuted_by=forward(rb"\1", of=rb"UID (NOOP|LOGOUT)"))
def test_uid_before_other_commands_is_refused(mailbox: Mailbox) -> None:
    """UID NOOP, UID STATUS, UID LOGOUT: BAD, and the connection stays open."""
    assert not taken(mailbox.imap, b"UID NOOP", b"UID STATUS INBOX (MESSAGES)")
    assert mailbox.command("UID LOGOUT").refused
    assert mailbox.command("NOOP").is_ok


@verifies("RFC3501-9-65", refuted_by=say(b"<tag> OK done\r\nt2 OK done\r\n", of=rb"CAPABILITY.*"))
def test_a_lone_cr_ends_no_command(dial: ImapDial) -> None:
    """Two commands with a CR between them, CRLF at the end: the second is not answered as a command of its own."""
    said = dial.login().offer(b"t1 CAPABILITY\rt2 CAPABILITY\r\n")
    assert b"t2" not in [response.tag for response in said]
