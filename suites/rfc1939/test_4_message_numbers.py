"""RFC 1939 section 4: how messages are numbered when the maildrop is opened, and that the numbers stay."""

import re
import time

from conformance import Maildrop, compose, rewrite, say, verifies

NUMBERS = re.compile(rb"[0-9]+ [0-9]+(?: .*)?")


@verifies("RFC1939-4-10", refuted_by=rewrite(rb"^\+OK (\d+)", rb"+OK 1\1", of=rb"STAT", after=1))
def test_a_session_begins_with_no_message_marked(maildrop: Maildrop) -> None:
    """Mark messages and drop the connection: in the next session RSET brings no message back."""
    pop3 = maildrop.open()
    for number in pop3.own:
        pop3.command("DELE", number).ok()
    pop3.close()
    again = maildrop.find()
    before = again.command("STAT").drop_listing().first
    again.command("RSET").ok()
    assert again.command("STAT").drop_listing().first == before


@verifies("RFC1939-4-11", refuted_by=rewrite(rb"^2 ", b"9 ", of=rb"LIST"))
def test_messages_are_numbered_from_one_without_holes(maildrop: Maildrop) -> None:
    """LIST has the numbers 1 to n, where n is what STAT counts."""
    pop3 = maildrop.open()
    count = pop3.command("STAT").drop_listing().first
    assert sorted(pop3.command("LIST").ok().scan_listings()) == list(range(1, count + 1))


@verifies("RFC1939-4-12", refuted_by=say(b"-ERR no such message\r\n", of=rb"RETR .*", after=1))
def test_numbers_stay_when_another_message_is_marked(maildrop: Maildrop) -> None:
    """RETR the last of three, DELE the first, RETR again: the same message; LIST has moved none of the others."""
    pop3 = maildrop.open()
    first, *_, last = sorted(pop3.own)
    others = {number: octets for number, octets in pop3.command("LIST").ok().scan_listings().items() if number != first}
    message = pop3.command("RETR", last).ok().body
    pop3.command("DELE", first).ok()
    assert pop3.command("RETR", last).body == message
    listed = pop3.command("LIST").ok().scan_listings()
    assert {number: listed.get(number) for number in others} == others


@verifies("RFC1939-4-13", refuted_by=rewrite(rb"^(\d+) \d+", rb"\1 1", of=rb"LIST", after=1))
def test_new_mail_moves_no_message_of_an_open_session(maildrop: Maildrop) -> None:
    """Deposit a message meanwhile: every number has the size and the test messages the text that they had."""
    pop3 = maildrop.open()
    listed = pop3.command("LIST").ok().scan_listings()
    messages = [pop3.command("RETR", number).ok().body for number in pop3.own]
    maildrop.deliver(compose(b"It has come meanwhile.\r\n", subject=f"late {time.time_ns()}"))
    after = pop3.command("LIST").ok().scan_listings()
    assert {number: after.get(number) for number in listed} == listed
    assert [pop3.command("RETR", number).body for number in pop3.own] == messages


@verifies("RFC1939-4-14", refuted_by=rewrite(rb"^(\d+) (\d+)", rb"\1 0x\2", of=rb"LIST"))
def test_numbers_and_sizes_are_decimal(maildrop: Maildrop) -> None:
    """STAT, LIST and LIST with a number: digits where a number or a size belongs."""
    pop3 = maildrop.open()
    for words in (("STAT",), ("LIST", pop3.own[0])):
        assert NUMBERS.fullmatch(pop3.command(*words).ok().text)
    for line in pop3.command("LIST").ok().lines:
        assert NUMBERS.fullmatch(line)
