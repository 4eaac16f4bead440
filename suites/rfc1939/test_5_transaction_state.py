"""RFC 1939 section 5: the TRANSACTION state."""

from conformance import Maildrop, forward, verifies


@verifies("RFC1939-5-03", refuted_by=forward(b"NOOP", of=rb"DELE \d+"))
def test_stat_leaves_out_messages_marked_deleted(maildrop: Maildrop) -> None:
    """DELE one message: STAT is less by one message and by its octets."""
    pop3 = maildrop.open()
    number = pop3.own[1]
    before = pop3.command("STAT").drop_listing()
    octets = pop3.command("LIST", number).scan_listing().second
    pop3.command("DELE", number).ok()
    after = pop3.command("STAT").drop_listing()
    assert (after.first, after.second) == (before.first - 1, before.second - octets)
