"""RFC 1939 section 5: DELE and what a mark means."""

from conformance import Maildrop, at_close, forward, say, verifies

ABOVE_32_BITS = 2**32 + 1


@verifies("RFC1939-5-20", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_dele_marks_one_message(maildrop: Maildrop) -> None:
    """DELE: +OK, and STAT counts one message less."""
    pop3 = maildrop.open()
    before = pop3.command("STAT").drop_listing().first
    assert pop3.command("DELE", pop3.own[0]).positive
    assert pop3.command("STAT").drop_listing().first == before - 1


@verifies("RFC1939-5-21", refuted_by=say(b"+OK\r\n", of=rb"DELE \d+"))
def test_dele_refuses_a_message_marked_already(maildrop: Maildrop) -> None:
    """DELE with the same number twice."""
    pop3 = maildrop.open()
    pop3.command("DELE", pop3.own[0]).ok()
    assert pop3.command("DELE", pop3.own[0]).negative


@verifies("RFC1939-5-22", refuted_by=forward(b"DELE 1", of=rb"DELE %d" % ABOVE_32_BITS))
def test_dele_refuses_the_number_of_no_message(maildrop: Maildrop) -> None:
    """DELE 0, the number behind the last, the first one again but for 32 bits, and no number: nothing is marked."""
    pop3 = maildrop.open()
    before = pop3.command("STAT").drop_listing()
    for line in ("DELE 0", f"DELE {before.first + 1}", f"DELE {ABOVE_32_BITS}", "DELE"):
        assert pop3.command(line).negative
    assert pop3.command("STAT").drop_listing() == before


@verifies("RFC1939-5-23", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_every_command_refuses_the_number_of_a_marked_message(maildrop: Maildrop) -> None:
    """DELE, then LIST, RETR, TOP, UIDL and DELE with the same number."""
    pop3 = maildrop.open()
    number = pop3.own[0]
    pop3.command("DELE", number).ok()
    for line in (f"LIST {number}", f"RETR {number}", f"TOP {number} 0", f"UIDL {number}", f"DELE {number}"):
        assert pop3.command(line).negative


@verifies("RFC1939-5-24", refuted_by=at_close(b"QUIT\r\n", of=rb"DELE \d+"))
def test_dele_removes_nothing_before_quit(maildrop: Maildrop) -> None:
    """DELE, then drop the connection: the next session finds the message."""
    pop3 = maildrop.open()
    pop3.command("DELE", pop3.own[0]).ok()
    pop3.close()
    assert maildrop.find().own[0]
