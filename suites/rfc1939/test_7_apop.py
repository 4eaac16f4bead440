"""RFC 1939 section 7: APOP.

Whether an account can be opened by APOP is the administrator's choice: its shared secret must be the password of the
target file. Where the right digest is refused, nothing can be said of the rest.
"""

from conformance import (
    Answer,
    Inconclusive,
    NotSupported,
    Pop3,
    Pop3Dial,
    Reason,
    answer,
    rewrite,
    say,
    stale,
    verifies,
)

SLOW = 40.0  # seconds
CONNECTIONS = 10
LET_IN = answer(b"+OK welcome\r\n", of=rb"APOP .*")


@verifies("RFC1939-7-26", refuted_by=rewrite(rb"<(.*)@(.*)>", rb"<\1.\2>", of=rb""))
def test_the_timestamp_of_the_greeting_has_the_form_of_a_msg_id(pop3: Pop3) -> None:
    """What stands in angle brackets in the greeting: a local part, @ and a domain."""
    if b"<" not in pop3.greeting.ok().text:
        raise NotSupported(f"the greeting shows no timestamp: {pop3.greeting!r}")
    assert pop3.timestamp


@verifies("RFC1939-7-27", refuted_by=stale(of=rb"", everywhere=True))
def test_no_two_greetings_have_the_same_timestamp(dial: Pop3Dial) -> None:
    """Ten connections, five of them open at the same time."""
    timestamps = []
    for number in range(CONNECTIONS):
        pop3 = _with_timestamp(dial)
        timestamps.append(pop3.timestamp)
        if number >= CONNECTIONS // 2:
            pop3.leave()
    assert len(set(timestamps)) == CONNECTIONS


@verifies("RFC1939-7-28", refuted_by=LET_IN)
def test_the_right_digest_opens_the_maildrop(dial: Pop3Dial) -> None:
    """APOP with name and digest, granted: STAT is granted too."""
    pop3 = _with_timestamp(dial)
    _demand_apop(dial, pop3)
    assert pop3.command("STAT").positive


@verifies("RFC1939-7-29", refuted_by=LET_IN)
def test_a_wrong_digest_is_refused(dial: Pop3Dial) -> None:
    """APOP with the name of the account and 32 zeros: -ERR, and STAT is not granted."""
    pop3 = _with_timestamp(dial)
    assert pop3.command("APOP", dial.account().user, "0" * 32, patience=SLOW).negative
    assert not pop3.command("STAT").positive


@verifies("RFC1939-7-30", refuted_by=say(b"+OK welcome\r\n", of=rb"APOP .*"))
def test_the_digest_of_another_connection_is_refused(dial: Pop3Dial) -> None:
    """The octets of a granted APOP, sent again on a new connection."""
    pop3 = _with_timestamp(dial)
    granted = _demand_apop(dial, pop3)
    pop3.quit().ok()
    line = granted.reply.command.raw if granted.reply and granted.reply.command else b""
    pop3 = _with_timestamp(dial)
    answered = pop3.command(line.rstrip(b"\r\n"), patience=SLOW)
    assert answered.negative
    assert not pop3.command("STAT").positive


@verifies("RFC1939-7-31", refuted_by=say(b"+OK welcome\r\n", of=rb"APOP .*"))
def test_apop_is_refused_between_user_and_pass(dial: Pop3Dial) -> None:
    """A granted USER, then APOP with a digest that opens the maildrop elsewhere."""
    pop3 = _with_timestamp(dial)
    _demand_apop(dial, pop3)
    pop3.quit().ok()
    pop3 = _with_timestamp(dial)
    pop3.command("USER", dial.account().user).supported("USER").ok()
    answered = pop3.apop(dial.account().user, dial.account().password)
    assert answered.negative


@verifies("RFC1939-7-32", refuted_by=say(b"+OK\r\n", of=rb"APOP \S+"))
def test_apop_without_both_arguments_is_refused(dial: Pop3Dial) -> None:
    """APOP alone, and APOP with a name alone, each on a connection of its own."""
    for line in ("APOP", f"APOP {dial.account().user}"):
        assert dial.pop3().command(line, patience=SLOW).negative


def _with_timestamp(dial: Pop3Dial) -> Pop3:
    pop3 = dial.pop3()
    pop3.greeting.ok()
    if not pop3.timestamp:
        raise NotSupported(f"the greeting shows no timestamp: {pop3.greeting!r}")
    return pop3


def _demand_apop(dial: Pop3Dial, pop3: Pop3) -> Answer:
    """Log in by APOP as a precondition; a refusal may only mean that the account has no shared secret."""
    answered = pop3.apop(dial.account().user, dial.account().password)
    if answered.negative:
        raise Inconclusive(
            Reason.NOT_SET_UP,
            "needs an account that APOP can open: make its shared secret the password of the target file",
        )
    return answered.ok()
