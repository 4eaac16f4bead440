"""RFC 1939 section 5: LIST and the scan listing."""

import re

from conformance import Maildrop, Pop3, forward, inject, rewrite, say, stale, verifies

ABOVE_32_BITS = 2**32 + 1


@verifies("RFC1939-5-07", refuted_by=rewrite(rb"^1 \d+\r\n", b"", of=rb"LIST"))
def test_list_has_one_line_for_each_message(maildrop: Maildrop) -> None:
    """LIST: as many lines as STAT counts messages, each with a number of its own."""
    pop3 = maildrop.open()
    count = pop3.command("STAT").drop_listing().first
    listed = pop3.command("LIST")
    assert listed.positive
    assert len(listed.lines) == len(listed.scan_listings()) == count


@verifies("RFC1939-5-08", refuted_by=inject(b".\r\n", of=rb"LIST \d+"))
def test_list_with_a_number_is_answered_in_one_line(maildrop: Maildrop) -> None:
    """LIST with the number of a message: +OK, number and size in one line, and nothing behind it."""
    pop3 = maildrop.open()
    listed = pop3.command("LIST", pop3.own[1])
    assert re.match(rb"\+OK 0*%d \d+" % pop3.own[1], listed.raw)
    assert pop3.nothing_follows()


@verifies("RFC1939-5-09", refuted_by=say(b"-ERR no messages\r\n", of=rb"LIST"))
def test_list_on_an_empty_maildrop_is_granted_without_lines(maildrop: Maildrop) -> None:
    """LIST in a maildrop that holds no message: +OK, and the line that ends the listing."""
    pop3 = maildrop.empty()
    listed = pop3.command("LIST")
    assert listed.positive
    assert listed.lines == []


@verifies("RFC1939-5-09", "RFC1939-5-12", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_list_is_granted_without_lines_once_every_message_is_marked(maildrop: Maildrop) -> None:
    """A maildrop of nothing but test mail: DELE each message, LIST."""
    maildrop.empty().quit().ok()
    pop3 = maildrop.open()
    for number in pop3.own:
        pop3.command("DELE", number).ok()
    listed = pop3.command("LIST")
    assert listed.positive
    assert listed.lines == []


@verifies("RFC1939-5-12", refuted_by=stale(of=rb"LIST"))
def test_list_leaves_out_messages_marked_deleted(maildrop: Maildrop) -> None:
    """DELE one message: LIST has every line but that one's, as before."""
    pop3 = maildrop.open()
    number = pop3.own[1]
    rest = pop3.command("LIST").ok().scan_listings()
    del rest[number]
    pop3.command("DELE", number).ok()
    assert pop3.command("LIST").ok().scan_listings() == rest


@verifies("RFC1939-5-13", refuted_by=forward(b"LIST 1", of=rb"LIST %d" % ABOVE_32_BITS))
def test_list_refuses_the_number_of_no_message(maildrop: Maildrop) -> None:
    """LIST 0, the number behind the last, and the first one again but for 32 bits."""
    pop3 = maildrop.open()
    for number in _numbers_of_no_message(pop3):
        assert pop3.command("LIST", number).negative


@verifies("RFC1939-5-14", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_list_refuses_the_number_of_a_message_marked_deleted(maildrop: Maildrop) -> None:
    """DELE, then LIST with the same number."""
    pop3 = maildrop.open()
    pop3.command("DELE", pop3.own[1]).ok()
    assert pop3.command("LIST", pop3.own[1]).negative


@verifies("RFC1939-5-30", refuted_by=rewrite(rb"^\+OK (\d+) (\d+)", rb"+OK \1 1\2", of=rb"LIST \d+"))
def test_list_gives_one_size_with_and_without_a_number(maildrop: Maildrop) -> None:
    """LIST, then LIST with the number of each test message: equal sizes."""
    pop3 = maildrop.open()
    sizes = pop3.command("LIST").ok().scan_listings()
    for number in pop3.own:
        assert pop3.command("LIST", number).scan_listing().second == sizes.get(number)


def _numbers_of_no_message(pop3: Pop3) -> tuple[int, ...]:
    return 0, pop3.command("STAT").drop_listing().first + 1, ABOVE_32_BITS
