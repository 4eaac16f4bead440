"""RFC 1939 section 7: USER and PASS.

A server may answer a failed login late, to slow guessing down, and may close the connection behind it (section 4):
the checks wait long for such an answer, and accuse nobody of a close behind -ERR.
"""

from conformance import Answer, Inconclusive, NotSupported, Pop3, Pop3Dial, Reason, answer, hang_up, say, verifies
from conformance.transport.stream import Closed, Reset

SLOW = 40.0  # seconds
NOBODY = "mailconform-nobody"
WRONG = "mailconform-wrong-password"
LET_IN = answer(b"+OK welcome\r\n", of=rb"PASS .*")
TURNED_DOWN = answer(b"-ERR no\r\n", of=rb"PASS mailconform-wrong-password")


@verifies("RFC1939-7-18", refuted_by=TURNED_DOWN | say(b"-ERR one name is enough\r\n", of=rb"USER .*", after=1))
def test_user_is_granted_again_behind_a_refused_pass(dial: Pop3Dial) -> None:
    """A wrong password, then USER again on the same connection."""
    pop3 = _named(dial)
    _demand_refusal(pop3.command("PASS", WRONG, patience=SLOW))
    assert _heard(pop3.command("USER", dial.account().user)).positive


@verifies("RFC1939-7-18", refuted_by=say(b"-ERR one name is enough\r\n", of=rb"USER.*", after=1))
def test_user_is_granted_behind_a_refused_user(dial: Pop3Dial) -> None:
    """USER without a name, then USER with one that is granted on another connection."""
    _named(dial).leave()
    pop3 = dial.pop3()
    if pop3.command("USER", patience=SLOW).positive:
        raise NotSupported("USER without a name is granted: no refused USER can be had")
    assert _heard(pop3.command("USER", dial.account().user)).positive


@verifies("RFC1939-7-19", refuted_by=say(b"-ERR no such mailbox\r\n", of=rb"USER mailconform-nobody"))
def test_user_is_granted_for_an_unknown_mailbox(dial: Pop3Dial) -> None:
    """USER with a name that no account has."""
    _named(dial).leave()
    assert dial.pop3().command("USER", NOBODY, patience=SLOW).positive


@verifies("RFC1939-7-20", refuted_by=LET_IN)
def test_pass_is_refused_without_user(dial: Pop3Dial) -> None:
    """The right PASS as the first command of a connection: -ERR, and STAT is not granted."""
    _named(dial).leave()
    pop3 = dial.pop3()
    answered = pop3.command("PASS", dial.account().password, patience=SLOW)
    assert answered.negative
    assert not pop3.command("STAT").positive


@verifies("RFC1939-7-21", refuted_by=LET_IN)
def test_the_right_user_and_pass_open_the_maildrop(dial: Pop3Dial) -> None:
    """USER and PASS, both granted: STAT is granted too."""
    pop3 = _named(dial)
    pop3.command("PASS", dial.account().password).ok()
    assert pop3.command("STAT").positive


@verifies("RFC1939-7-22", refuted_by=LET_IN)
def test_a_wrong_password_is_refused(dial: Pop3Dial) -> None:
    """USER and a wrong PASS: -ERR, and STAT is not granted."""
    pop3 = _named(dial)
    assert pop3.command("PASS", WRONG, patience=SLOW).negative
    assert not pop3.command("STAT").positive


@verifies("RFC1939-7-23", refuted_by=LET_IN)
def test_pass_is_refused_for_an_unknown_mailbox(dial: Pop3Dial) -> None:
    """USER with a name that no account has, then PASS."""
    _named(dial).leave()
    pop3 = dial.pop3()
    _heard(pop3.command("USER", NOBODY, patience=SLOW))
    assert _heard(pop3.command("PASS", WRONG, patience=SLOW)).negative
    assert not pop3.command("STAT").positive


@verifies("RFC1939-7-25", refuted_by=say(b"+OK\r\n", of=rb"USER"))
def test_user_without_a_name_is_refused(pop3: Pop3) -> None:
    """USER alone behind the greeting."""
    pop3.greeting.ok()
    assert pop3.command("USER", patience=SLOW).negative


@verifies("RFC1939-7-25", refuted_by=answer(b"+OK welcome\r\n", of=rb"PASS"))
def test_pass_without_a_password_is_refused(dial: Pop3Dial) -> None:
    """PASS alone behind a granted USER: -ERR, and STAT is not granted."""
    pop3 = _named(dial)
    assert pop3.command("PASS", patience=SLOW).negative
    assert not pop3.command("STAT").positive


@verifies("RFC1939-7-33", refuted_by=LET_IN)
def test_pass_is_refused_when_noop_stands_before_it(dial: Pop3Dial) -> None:
    """USER, NOOP, which is refused in this state, and the right PASS."""
    pop3 = _named(dial)
    _demand_refusal(pop3.command("NOOP"))
    answered = pop3.command("PASS", dial.account().password, patience=SLOW)
    assert _heard(answered).negative


@verifies("RFC1939-7-33", refuted_by=TURNED_DOWN | LET_IN)
def test_pass_is_refused_when_a_wrong_pass_stands_before_it(dial: Pop3Dial) -> None:
    """USER, a wrong PASS, and the right PASS without another USER."""
    pop3 = _named(dial)
    _demand_refusal(pop3.command("PASS", WRONG, patience=SLOW))
    answered = pop3.command("PASS", dial.account().password, patience=SLOW)
    assert _heard(answered).negative


@verifies("RFC1939-7-35", refuted_by=say(b"+OK\r\n", of=rb"APOP mailconform-nobody .*"))
def test_user_pass_and_apop_are_refused_behind_a_login(dial: Pop3Dial) -> None:
    """USER, PASS and APOP, each in its own session: -ERR, and STAT is granted still."""
    for line in (f"USER {dial.account().user}", f"PASS {dial.account().password}", f"APOP {NOBODY} {'0' * 32}"):
        pop3 = dial.login()
        answered = pop3.command(line, patience=SLOW)
        assert answered.negative
        assert _heard(pop3.command("STAT")).positive
        pop3.leave()


@verifies("RFC1939-7-38", refuted_by=hang_up(of=rb"QUIT"))
def test_quit_is_granted_behind_user(dial: Pop3Dial) -> None:
    """USER, QUIT: +OK, and the connection ends."""
    pop3 = _named(dial)
    assert pop3.command("QUIT").positive
    assert pop3.closes()


def _named(dial: Pop3Dial) -> Pop3:
    """Name the test account by USER; not supported where that is refused and USER is not announced."""
    pop3 = dial.pop3()
    pop3.command("USER", dial.account().user).supported("USER").ok()
    return pop3


def _heard(answered: Answer) -> Answer:
    """Demand that the connection is there: behind -ERR to a login a server may close it."""
    if isinstance(answered.ending, Closed | Reset):
        raise NotSupported(f"the connection does not outlast a refusal, as it need not: {answered.ending}")
    return answered


def _demand_refusal(answered: Answer) -> None:
    if not _heard(answered).negative:
        raise Inconclusive(Reason.PRECONDITION, f"{answered.command} was answered {answered!r}, not -ERR")
