"""RFC 1939 section 4: greeting, logging in, and leaving without a login.

After a refused login a server may close the connection: what is said of the time behind it holds for one that stays.
"""

from conformance import Answer, Inconclusive, NotSupported, Pop3, Pop3Dial, Reason, answer, inject, say, verifies

LOGIN = rb"(PASS|APOP|AUTH) .*"


def _greeted(dial: Pop3Dial) -> Pop3:
    """Open a connection on which nothing has been said but the greeting."""
    return dial.pop3("none" if dial.target.endpoint("pop3") else "implicit")


def _refused(dial: Pop3Dial, session: Pop3) -> None:
    """Meet a refusal with a wrong password."""
    answered = dial.knock(session, password="certainly-wrong")
    if answered.reply is None:
        answered = session.receive(10.0)  # a refusal may be held back, to slow down guessing
    if answered.reply is None:
        answered.ok()
    if not answered.negative:
        raise Inconclusive(Reason.PRECONDITION, f"a wrong password was answered {answered!r}")


def _after_refusal(session: Pop3, answered: Answer) -> Answer:
    """Let an answer pass unless the connection has ended, which section 4 allows after a refusal."""
    if answered.reply is None and session.closes(0.05):
        raise NotSupported("the server closes the connection after a refused login, as it may")
    return answered


@verifies("RFC1939-3-01", refuted_by=say(b"", of=rb""))
def test_the_greeting_comes_without_being_asked_for(dial: Pop3Dial) -> None:
    """Connect and wait; a server that stays silent for long, and answers a command then, has waited for it."""
    session = _greeted(dial)
    greeted = session.greeting.reply or session.receive(2 * session.patience).reply
    assert greeted or session.command("NOOP").reply is None


@verifies("RFC1939-4-01", refuted_by=inject(b"+OK welcome\r\n", of=rb""))
def test_the_greeting_is_one_line(dial: Pop3Dial) -> None:
    """Connect, read one line: silence until a command is sent."""
    session = _greeted(dial)
    session.greeting.ok()
    assert session.nothing_follows(0.5)


@verifies("RFC1939-4-02", refuted_by=say(b"220 ready\r\n", of=rb""))
def test_the_greeting_is_positive(dial: Pop3Dial) -> None:
    """Connect: +OK. A server that turns clients away with -ERR has no session to judge."""
    greeting = _greeted(dial).greeting
    if greeting.reply is None or greeting.negative:
        greeting.ok()
    assert greeting.positive


@verifies("RFC1939-4-03", refuted_by=answer(b"+OK logged in\r\n", of=LOGIN))
def test_one_way_of_logging_in_opens_the_maildrop(dial: Pop3Dial) -> None:
    """USER and PASS, AUTH PLAIN or APOP, in clear or under TLS, whichever discovery found: STAT is answered +OK."""
    assert dial.login().command("STAT").positive


@verifies("RFC1939-4-07", refuted_by=say(b"-ERR too late\r\n", of=LOGIN, after=1))
def test_a_login_is_possible_after_a_refused_one(dial: Pop3Dial) -> None:
    """A wrong password, and on the same connection the right one."""
    session = dial.pop3()
    _refused(dial, session)
    again = _after_refusal(session, dial.knock(session))
    if again.reply is None:
        again.ok()
    assert again.positive


@verifies("RFC1939-4-08", refuted_by=say(b"-ERR log in first\r\n", of=rb"QUIT"))
def test_quit_is_possible_after_a_refused_login(dial: Pop3Dial) -> None:
    """A wrong password, and on the same connection QUIT."""
    session = dial.pop3()
    _refused(dial, session)
    assert _after_refusal(session, session.command("QUIT")).positive


@verifies("RFC1939-4-15", refuted_by=answer(b"+OK bye\r\n", of=rb"QUIT"))
def test_quit_before_login_is_granted_and_ends_the_session(pop3: Pop3) -> None:
    """QUIT as the first command: +OK, and no command behind it is answered."""
    assert pop3.command("QUIT").positive
    assert pop3.command("NOOP").reply is None
