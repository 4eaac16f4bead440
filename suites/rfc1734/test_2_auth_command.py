"""RFC 1734 section 2: AUTH, also on servers that have it and no SASL capability."""

from conformance import Answer, NotSupported, Pop3, Pop3Dial, rewrite, say, verifies

TARPIT = 20.0  # seconds: servers may answer a failed login late
MECHANISMS = ("CRAM-MD5", "PLAIN", "LOGIN", "DIGEST-MD5")


def challenged(dial: Pop3Dial, *mechanisms: str) -> tuple[Pop3, Answer]:
    """Open a session in which the first of these mechanisms that the server has is at its first challenge."""
    for mechanism in mechanisms:
        pop3 = dial.pop3()
        pop3.patience = max(pop3.patience, TARPIT)
        reply = pop3.command("AUTH", mechanism)
        if reply.challenge is not None:
            return pop3, reply
        pop3.leave()
    raise NotSupported(
        f"none of {', '.join(mechanisms)} is supported here: AUTH {mechanisms[-1]} was answered {reply!r}"
    )


@verifies("RFC1734-2-01", refuted_by=say(b"+ \r\n", of=rb"AUTH KERBEROS_V0"))
def test_auth_with_an_unknown_mechanism_gets_a_negative_response(dial: Pop3Dial) -> None:
    """AUTH with a mechanism that nobody has: -ERR."""
    challenged(dial, *MECHANISMS)[0].command("*")
    assert dial.pop3().command("AUTH", "KERBEROS_V0", patience=TARPIT).negative


@verifies("RFC1734-2-02", refuted_by=rewrite(rb"^\+ ", b"+", of=rb"AUTH .*"))
def test_a_ready_response_is_a_plus_a_space_and_base64(dial: Pop3Dial) -> None:
    """The challenge of CRAM-MD5, in which the server speaks first."""
    challenge = challenged(dial, "CRAM-MD5")[1].challenge
    assert challenge is not None
    assert challenge.value
    assert not challenge.violations


@verifies("RFC1734-2-03", refuted_by=say(b"+ \r\n", of=rb"\*"))
def test_a_client_may_cancel_an_exchange(dial: Pop3Dial) -> None:
    """AUTH with some mechanism of the server, '*' behind its first challenge: -ERR."""
    assert challenged(dial, *MECHANISMS)[0].command("*").negative


@verifies("RFC1734-2-04", refuted_by=say(b"+OK 0 0\r\n", of=rb"STAT"))
def test_a_failed_auth_leaves_the_session_in_the_authorization_state(dial: Pop3Dial) -> None:
    """A cancelled AUTH, then STAT: refused."""
    pop3 = challenged(dial, *MECHANISMS)[0]
    pop3.command("*")
    reply = pop3.command("STAT")
    if reply.reply is None:
        raise NotSupported(f"nothing can be tried after a failed AUTH, as a server may choose: {reply.ending}")
    assert reply.negative


@verifies("RFC1734-2-04", refuted_by=say(b"-ERR once is enough\r\n", of=rb"USER .*|APOP .*"))
def test_another_login_is_possible_after_a_failed_auth(dial: Pop3Dial) -> None:
    """A cancelled AUTH, then the login that works on this server: +OK."""
    pop3 = challenged(dial, *MECHANISMS)[0]
    if pop3.command("*").reply is None:
        raise NotSupported("nothing can be tried after a failed AUTH, as a server may choose")
    assert dial.knock(pop3).positive


@verifies("RFC1734-2-06", refuted_by=say(b"+ \r\n", of=rb"AUTH .*"))
def test_auth_is_refused_in_the_transaction_state(dial: Pop3Dial) -> None:
    """Log in, then AUTH with a mechanism that the server has: -ERR, no challenge."""
    pop3, reply = challenged(dial, *MECHANISMS)
    mechanism = reply.reply.command.raw.split()[1] if reply.reply and reply.reply.command else b""
    pop3.command("*")
    assert dial.login().command("AUTH", mechanism, patience=TARPIT).negative
