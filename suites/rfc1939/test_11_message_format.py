"""RFC 1939 section 11: how the octets of a message are counted and sent."""

import re

from conformance import STOCK, Maildrop, compose, rewrite, rewrite_raw, verifies

DOTS = compose(b".\r\n..\r\n.x\r\n" * 40, subject="nothing but dots")


@verifies("RFC1939-11-01", refuted_by=rewrite(rb"^Line 5 of it\.\r\n", b"", of=rb"RETR \d+"))
def test_the_size_of_a_message_is_what_retr_sends(maildrop: Maildrop) -> None:
    """LIST and RETR of messages without dots: as many octets as announced, CRLF counted as two."""
    pop3 = maildrop.open(STOCK[0], STOCK[2])
    for number in pop3.own:
        size = pop3.command("LIST", number).scan_listing().second
        assert len(pop3.command("RETR", number).ok().body) == size


@verifies("RFC1939-11-02", refuted_by=rewrite(rb"^\.", b"", of=rb"RETR \d+"))
def test_the_size_of_a_message_leaves_out_stuffed_dots(maildrop: Maildrop) -> None:
    """LIST and RETR of a message whose lines all begin with dots: the size counts each of its own dots once."""
    pop3 = maildrop.open(DOTS)
    size = pop3.command("LIST", pop3.own[0]).scan_listing().second
    assert len(pop3.command("RETR", pop3.own[0]).ok().body) == size


@verifies("RFC1939-11-03", refuted_by=rewrite_raw(rb"of it\.\r\n", b"of it.\n", of=rb"RETR \d+"))
def test_every_line_of_a_message_ends_in_crlf(maildrop: Maildrop) -> None:
    """RETR and TOP of one message: in all that comes, whether it can be framed or not, no LF without CR before it."""
    pop3 = maildrop.open(STOCK[2])
    before = len(pop3.stream.transcript.bytes_of("S"))
    for line in (f"RETR {pop3.own[0]}", f"TOP {pop3.own[0]} 5"):
        pop3.command(line)
        assert not re.search(rb"(?<!\r)\n", pop3.stream.transcript.bytes_of("S")[before:])
