"""RFC 1939 section 6: QUIT behind a login removes what is marked, and nothing else ever removes anything.

Whether a message is there is told by the mail itself, in a later session.
"""

from conformance import Maildrop, Pop3, Pop3Dial, at_close, compose, forward, rewrite, say, verifies

DOOMED = compose(b"This message is removed by checks.\r\n", subject="doomed")
OTHER = compose(b"This message stays beside it.\r\n", subject="other")
STAYING = compose(b"This message stays, too.\r\n", subject="staying")
LOGIN = rb"(PASS|APOP|AUTH) .*"
LOCKED = b"-ERR maildrop already locked\r\n"


def _marked(maildrop: Maildrop) -> Pop3:
    pop3 = maildrop.open(DOOMED, OTHER, STAYING)
    pop3.command("DELE", pop3.own[0]).ok()
    return pop3


@verifies("RFC1939-6-01", refuted_by=forward(b"RSET", of=rb"DELE .*"))
def test_quit_removes_the_marked_message(maildrop: Maildrop) -> None:
    """DELE, QUIT answered +OK: the next session does not find the message."""
    _marked(maildrop).quit().ok()
    assert maildrop.find(DOOMED).own == (0,)


@verifies("RFC1939-6-02", refuted_by=forward(b"NOOP", of=rb"RSET"))
def test_quit_removes_no_message_that_is_not_marked(maildrop: Maildrop) -> None:
    """One message is marked, one was until RSET, one never: after QUIT the next session finds the latter two."""
    pop3 = maildrop.open(DOOMED, OTHER, STAYING)
    pop3.command("DELE", pop3.own[1]).ok()
    pop3.command("RSET").ok()
    pop3.command("DELE", pop3.own[0]).ok()
    pop3.quit()
    assert all(maildrop.find(OTHER, STAYING).own)


@verifies("RFC1939-6-03", refuted_by=at_close(b"QUIT\r\n"))
def test_a_dropped_connection_removes_nothing(maildrop: Maildrop) -> None:
    """DELE, and the connection ends without QUIT: the next session finds the message."""
    _marked(maildrop).close()
    assert all(maildrop.find(DOOMED, OTHER, STAYING).own)


@verifies("RFC1939-6-03", refuted_by=at_close(b"QUIT\r\n"))
def test_a_reset_connection_removes_nothing(maildrop: Maildrop) -> None:
    """DELE, and the client tears the connection down with a TCP reset: the next session finds the message."""
    _marked(maildrop).abort()
    assert all(maildrop.find(DOOMED, OTHER, STAYING).own)


@verifies("RFC1939-6-05", refuted_by=say(LOCKED, of=LOGIN))
def test_quit_gives_the_lock_back(maildrop: Maildrop, dial: Pop3Dial) -> None:
    """Once the connection has ended behind QUIT, a login is granted soon."""
    maildrop.open().quit()
    assert dial.login_soon() is not None


@verifies("RFC1939-6-06", refuted_by=forward(b"NOOP", of=rb"QUIT"))
def test_quit_is_answered_and_ends_the_connection(maildrop: Maildrop) -> None:
    """QUIT behind a login: one answer, then the end of the connection."""
    pop3 = maildrop.open()
    assert pop3.command("QUIT").reply is not None
    assert pop3.closes()


@verifies("RFC1939-6-07", refuted_by=say(LOCKED, of=LOGIN))
def test_a_dropped_connection_gives_the_lock_back(maildrop: Maildrop, dial: Pop3Dial) -> None:
    """The client drops the connection in TRANSACTION state: a login is granted soon."""
    maildrop.open().close()
    assert dial.login_soon() is not None


@verifies("RFC1939-6-08", refuted_by=rewrite(rb"^1 (?=\d+\r?$)", b"77 ", of=rb"LIST"))
def test_the_session_after_a_removal_numbers_messages_from_one_without_a_gap(
    maildrop: Maildrop, dial: Pop3Dial
) -> None:
    """The first of three messages is removed: LIST of the next session shows 1, 2 and so on."""
    _marked(maildrop).quit().ok()
    listed = dial.login().command("LIST").ok().scan_listings()
    assert sorted(listed) == list(range(1, len(listed) + 1))
