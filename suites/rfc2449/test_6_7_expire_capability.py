"""RFC 2449 section 6.7: EXPIRE, the days for which messages are kept."""

from conformance import Maildrop, NotSupported, Pop3, Pop3Dial, forward, needs, rewrite, verifies

pytestmark = needs("EXPIRE")


def _both(pop3: Pop3, dial: Pop3Dial) -> tuple[list[bytes], list[bytes]]:
    """The words behind EXPIRE before and after login on one connection."""
    before = pop3.command("CAPA").ok().capabilities()
    dial.knock(pop3).ok()
    after = pop3.command("CAPA").ok().capabilities()
    if not before.get(b"EXPIRE") or not after.get(b"EXPIRE"):
        raise NotSupported("EXPIRE with an argument is not listed in both states")
    return [word.upper() for word in before[b"EXPIRE"]], [word.upper() for word in after[b"EXPIRE"]]


def _days(word: bytes) -> float:
    if word != b"NEVER" and not word.isdigit():
        raise NotSupported("EXPIRE does not give a number of days")
    return float("inf") if word == b"NEVER" else int(word)


@verifies("RFC2449-6.7-04", refuted_by=rewrite(rb"^EXPIRE \w+", b"EXPIRE 0", of=rb"CAPA", after=1))
def test_expire_before_login_is_not_above_the_users_own(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login; NEVER is more than any number of days."""
    before, after = _both(pop3, dial)
    assert _days(before[0]) <= _days(after[0])


@verifies("RFC2449-6.7-05", refuted_by=rewrite(rb"^EXPIRE \w+", b"EXPIRE 0", of=rb"CAPA", after=1))
def test_expire_that_changes_with_the_login_is_marked_user_before_it_only(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login: another value wants USER before, and after login the value is the user's own."""
    before, after = _both(pop3, dial)
    assert b"USER" not in after[1:]
    assert before[0] == after[0] or b"USER" in before[1:]


@needs("EXPIRE NEVER")
@verifies("RFC2449-6.7-07", refuted_by=forward(b"RETR \\1\r\nDELE \\1", of=rb"RETR (\d+)"))
def test_a_message_that_never_expires_outlasts_its_retrieval(maildrop: Maildrop) -> None:
    """RETR, QUIT, and a new login finds the message."""
    pop3 = maildrop.open()
    pop3.command("RETR", pop3.own[0]).ok()
    pop3.quit().ok()
    assert maildrop.find().own[0]
