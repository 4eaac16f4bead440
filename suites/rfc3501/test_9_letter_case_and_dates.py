"""RFC 3501 section 9: keywords in any letter case, dates with one or two digits, literals as the server sends them."""

from __future__ import annotations

import pytest

from conformance import Mailbox, answer, astring, compose, rewrite_raw, say, verifies

HEADED = compose(b"A message.\r\n" * 3, b"X-Long: " + b"word " * 60 + b'"quoted" \\ end\r\n', subject="headed")


def swapped(line: str) -> str:
    """The line in letter case as nobody writes it."""
    return "".join(c.lower() if at % 2 else c.upper() for at, c in enumerate(line))


@verifies("RFC3501-9-01", refuted_by=answer(b"<tag> BAD unknown item\r\n", of=rb"FETCH (?-i:.*[a-z].*)"))
def test_names_of_data_items_are_taken_in_any_letter_case(mailbox: Mailbox) -> None:
    """FETCH of FLAGS, UID, RFC822.SIZE, ENVELOPE, BODY.PEEK[HEADER] and others in mixed letter case: OK, with the same values."""
    mailbox.append(HEADED)
    mailbox.select()
    items = "(FLAGS UID RFC822.SIZE INTERNALDATE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT)] BODY.PEEK[TEXT]<0.5>)"
    plain, mixed = mailbox.command("FETCH 1", items).ok(), mailbox.command("FETCH 1", swapped(items))
    assert mixed.is_ok
    names = (b"UID", b"RFC822.SIZE", b"INTERNALDATE", b"ENVELOPE", b"BODYSTRUCTURE", b"BODY[TEXT]<0>")
    assert [mixed.fetched[1].get(name) for name in names] == [plain.fetched[1].get(name) for name in names]


@verifies("RFC3501-9-01", refuted_by=answer(b"<tag> BAD unknown flag\r\n", of=rb"STORE (?-i:.*[a-z].*\\[a-z].*)"))
def test_store_takes_items_and_flags_in_any_letter_case(mailbox: Mailbox) -> None:
    r"""STORE of +fLaGs.SiLeNt (\sEeN): OK, and the flag is \Seen."""
    mailbox.append()
    mailbox.select()
    assert mailbox.command("STORE 1 +fLaGs.SiLeNt (\\sEeN \\fLaGgEd)").is_ok
    assert mailbox.flags(1) >= {b"\\seen", b"\\flagged"}


@verifies("RFC3501-9-01", refuted_by=answer(b"<tag> BAD unknown key\r\n", of=rb"(?-i:SEARCH .*[a-z].*)"))
@pytest.mark.parametrize(
    "keys", ["SEEN SUBJECT headed", "OR FLAGGED SEEN", "NOT UNSEEN", "CHARSET UTF-8 SEEN", "UID 1:* SEEN"]
)
def test_search_keys_are_taken_in_any_letter_case(mailbox: Mailbox, keys: str) -> None:
    """SEARCH with keys in mixed letter case: OK, and the message that the key in upper case finds."""
    mailbox.append()
    mailbox.append(HEADED, flags="\\Seen")
    mailbox.holding(2)
    said = mailbox.command("SEARCH", swapped(keys))
    assert said.is_ok
    assert said.found == (2,)


@verifies("RFC3501-9-01", refuted_by=say(b"<tag> BAD unknown item\r\n", of=rb"STATUS (?-i:.*[a-z]\))"))
def test_status_items_are_taken_in_any_letter_case(mailbox: Mailbox) -> None:
    """STATUS with items in mixed letter case: OK, with the same values."""
    mailbox.append()
    items, name = "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)", astring(mailbox.name)
    plain = mailbox.command("STATUS", name, items).ok().mailbox_status
    mixed = mailbox.command("STATUS", name, items.lower())
    assert mixed.is_ok
    assert mixed.mailbox_status == plain


@verifies("RFC3501-9-09", refuted_by=answer(b"<tag> BAD invalid date\r\n", of=rb"SEARCH (ON|SINCE).*"))
@pytest.mark.parametrize("date", ["1-Feb-1994", "01-Feb-1994", "1-feb-1994", "01-FEB-1994", '"1-Feb-1994"'])
def test_search_dates_are_taken_in_every_form(mailbox: Mailbox, date: str) -> None:
    """SEARCH ON, SINCE and BEFORE with one or two digits of the day, months in any letter case, quoted or not: the same messages."""
    for day in ("31-Jan-1994", "01-Feb-1994", "02-Feb-1994"):
        mailbox.append(date=f"{day} 12:00:00 +0000")
    mailbox.holding(3)
    answers = [mailbox.command("SEARCH", key, date) for key in ("ON", "SINCE", "BEFORE")]
    assert all(said.is_ok for said in answers)
    assert [tuple(sorted(said.found)) for said in answers] == [(2,), (2, 3), (1,)]


@verifies("RFC7888-3-02", "RFC2088-4-02", refuted_by=rewrite_raw(rb"\{(\d+)\}\r\n", rb"{\1+}\r\n", of=rb"FETCH .*"))
def test_the_server_sends_no_literal_of_the_client_s_kind(mailbox: Mailbox) -> None:
    """FETCH of a message with {n} literals: none of them is announced as {n+}."""
    mailbox.append(HEADED)
    mailbox.select()
    said = mailbox.command("FETCH 1 (ENVELOPE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT])")
    assert b"+}\r\n" not in said.raw
