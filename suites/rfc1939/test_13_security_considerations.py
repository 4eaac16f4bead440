"""RFC 1939 section 13: one way of logging in for one name, and no clue about which names are valid."""

from conformance import Pop3Dial, answer, say, verifies


@verifies("RFC1939-13-01", refuted_by=answer(b"+OK logged in\r\n", of=rb"(PASS|APOP) .*"))
def test_one_name_is_not_let_in_by_both_pass_and_apop(dial: Pop3Dial) -> None:
    """APOP, and on another connection USER and PASS, of one account: at most one of them is granted."""
    account = dial.account()
    session = dial.pop3()
    by_apop = session.apop(account.user, account.password).positive
    session.leave()
    assert not (by_apop and dial.pop3().user_pass(account.user, account.password).positive)


@verifies("RFC1939-13-02", refuted_by=say(b"-ERR no such user\r\n", of=rb"USER nobody-.*"))
def test_user_does_not_tell_valid_names_from_others(dial: Pop3Dial) -> None:
    """USER with the account's name and with one that does not exist: the same status indicator."""
    statuses = []
    for name in (dial.account().user, "nobody-has-this-name"):
        session = dial.pop3()
        statuses.append(session.command("USER", name).status)
        session.leave()
    assert statuses[0] == statuses[1]
