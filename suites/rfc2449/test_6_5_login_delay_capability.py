"""RFC 2449 section 6.5: LOGIN-DELAY, whose value may become more exact with the login."""

from conformance import Inconclusive, NotSupported, Pop3, Pop3Dial, Reason, needs, rewrite, say, verifies

pytestmark = needs("LOGIN-DELAY")

BRIEF = 15.0


def _both(pop3: Pop3, dial: Pop3Dial) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The parameters of LOGIN-DELAY before and after login on one connection, which waits for the delay to be over."""
    before = pop3.command("CAPA").ok().capabilities()
    after = dial.login(on=pop3).command("CAPA").ok().capabilities()
    return _words(before), _words(after)


def _words(listed: dict[bytes, tuple[bytes, ...]]) -> tuple[bytes, ...]:
    words = listed.get(b"LOGIN-DELAY", ())
    if not words or not words[0].isdigit():
        raise NotSupported("LOGIN-DELAY with a number is not listed in both states")
    return words


@verifies("RFC2449-6.5-03", refuted_by=rewrite(rb"^LOGIN-DELAY \d+", b"LOGIN-DELAY 86400", of=rb"CAPA", after=1))
def test_login_delay_before_login_is_not_below_the_users_own(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login."""
    before, after = _both(pop3, dial)
    assert int(before[0]) >= int(after[0])


@verifies("RFC2449-6.5-04", refuted_by=rewrite(rb"^LOGIN-DELAY \d+", b"LOGIN-DELAY 86400", of=rb"CAPA", after=1))
def test_login_delay_that_changes_with_the_login_is_marked_user(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA before and after login."""
    before, after = _both(pop3, dial)
    assert before[0] == after[0] or b"USER" in [word.upper() for word in before[1:]]


@verifies("RFC2449-6.5-05", refuted_by=rewrite(rb"^(LOGIN-DELAY \d+)\r", rb"\1 USER\r", of=rb"CAPA"))
def test_login_delay_after_login_is_the_users_own(pop3: Pop3, dial: Pop3Dial) -> None:
    """CAPA after login: the word USER, which announces a more exact value, is gone."""
    _, after = _both(pop3, dial)
    assert b"USER" not in [word.upper() for word in after[1:]]


@verifies("RFC2449-6.5-02", refuted_by=say(b"+OK\r\n", of=rb"(PASS|APOP|AUTH) .*"))
def test_a_login_within_the_login_delay_is_refused(dial: Pop3Dial) -> None:
    """Log in, QUIT and log in at once, where the announced delay is one that can be waited out."""
    session = dial.login()
    delay = int(_words(session.command("CAPA").ok().capabilities())[0])
    session.quit().ok()
    if delay == 0:
        raise NotSupported("LOGIN-DELAY 0 asks for no delay")
    if delay > max(BRIEF, dial.target.limits.login_delay):
        raise Inconclusive(Reason.NOT_SET_UP, f"the delay is {delay} s: set limits.login_delay to wait so long")
    with dial.pace.ignored():
        assert dial.knock(dial.pop3()).status == b"-ERR"
