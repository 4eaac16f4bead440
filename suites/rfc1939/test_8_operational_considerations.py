"""RFC 1939 section 8: a site may remove what was downloaded, but never after a connection that broke off."""

from conformance import Maildrop, at_close, verifies


@verifies("RFC1939-8-01", refuted_by=at_close(rb"DELE \1\r\nQUIT\r\n", of=rb"RETR (\d+)"))
def test_downloaded_mail_stays_when_the_connection_is_dropped(maildrop: Maildrop) -> None:
    """RETR each test message, and the connection ends without QUIT: the next session finds them all."""
    pop3 = maildrop.open()
    for number in pop3.own:
        pop3.command("RETR", number).ok()
    pop3.close()
    assert all(maildrop.find().own)
