"""RFC 1939 section 7: the commands that every server supports."""

from conformance import Maildrop, say, verifies


@verifies("RFC1939-7-01", refuted_by=say(b"-ERR unknown command\r\n", of=rb"NOOP"))
def test_every_command_of_a_minimal_server_is_granted(maildrop: Maildrop) -> None:
    """STAT, LIST, RETR, DELE, NOOP, RSET and QUIT in valid use."""
    pop3 = maildrop.open()
    number = pop3.own[0]
    for line in ("STAT", "LIST", f"LIST {number}", f"RETR {number}", f"DELE {number}", "NOOP", "RSET", "QUIT"):
        assert pop3.command(line).positive
