"""RFC 1939 section 4: the exclusive-access lock on the maildrop, met by a second session of the same account.

A server may let the second session in, refuse it, or let it wait; the first must notice nothing of it.
"""

from conformance import Inconclusive, Maildrop, NotSupported, Pop3Dial, Reason, hang_up, say, verifies

LOGIN = rb"(PASS|APOP|AUTH) .*"


@verifies("RFC1939-4-04", refuted_by=say(b"-ERR that message is gone\r\n", of=rb"RETR .*", after=3))
def test_another_session_does_not_touch_the_messages_of_an_open_one(maildrop: Maildrop, dial: Pop3Dial) -> None:
    """A second login removes the three test messages if it is let in; the first session retrieves each as before."""
    first = maildrop.open()
    before = [first.command("RETR", number).ok().body for number in first.own]
    second = dial.pop3()
    if dial.knock(second).status == b"+OK":
        for number in first.own:
            second.command("DELE", number)
        second.quit()
    assert [first.command("RETR", number).body for number in first.own] == before


@verifies("RFC1939-4-05", refuted_by=hang_up(of=LOGIN))
def test_a_login_to_a_locked_maildrop_is_refused_in_words(maildrop: Maildrop, dial: Pop3Dial) -> None:
    """A second login while a session is open: where it is not let in, -ERR comes before the connection ends."""
    maildrop.open()
    second = dial.pop3()
    answered = dial.knock(second)
    if answered.status == b"+OK":
        raise NotSupported("the server lets two sessions share a maildrop")
    if answered.reply is None and not second.closes(0.05):
        raise Inconclusive(Reason.SILENT, "the second login waits, perhaps for the lock")
    assert answered.status == b"-ERR"


@verifies("RFC1939-4-06", refuted_by=say(b"-ERR maildrop already locked\r\n", of=LOGIN))
def test_a_refused_login_leaves_no_lock_behind(maildrop: Maildrop, dial: Pop3Dial) -> None:
    """A second login is refused while a session is open; once that has ended with QUIT, a login is granted soon."""
    first = maildrop.open()
    second = dial.pop3()
    if dial.knock(second).status == b"+OK":
        raise NotSupported("the server lets two sessions share a maildrop")
    second.leave()
    first.quit()
    assert dial.login_soon() is not None
