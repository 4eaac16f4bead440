"""RFC 5034 section 4: the AUTH command, its initial response, and the states it belongs to."""

import base64

from conformance import (
    Inconclusive,
    NotSupported,
    Pop3,
    Pop3Dial,
    Reason,
    answer,
    forward,
    inject,
    rewrite,
    say,
    verifies,
)
from conformance.wire import sasl

TARPIT = 20.0  # seconds: servers may answer a failed login late
BASE64 = rb"[A-Za-z0-9+/=]{8,}"


def patient(pop3: Pop3) -> Pop3:
    """Give the server time to delay the answer to a failed login."""
    pop3.patience = max(pop3.patience, TARPIT)
    return pop3


@verifies("RFC5034-4-16", "RFC1734-2-05", refuted_by=answer(b"+OK welcome\r\n", of=BASE64))
def test_a_successful_auth_enters_the_transaction_state(dial: Pop3Dial) -> None:
    """AUTH PLAIN with right credentials, +OK: STAT is answered +OK."""
    pop3, account = patient(dial.offering("PLAIN")), dial.account()
    pop3.auth_plain(account.user, account.password).ok()
    assert pop3.command("STAT").positive


@verifies("RFC5034-4-16", refuted_by=inject(b"+ \r\n", of=rb"AUTH PLAIN .*"))
def test_an_initial_response_leads_straight_to_the_outcome(dial: Pop3Dial) -> None:
    """AUTH PLAIN with the right message as initial response: the next line is +OK, and no challenge comes."""
    pop3, account = patient(dial.offering("PLAIN")), dial.account()
    reply = pop3.command("AUTH", "PLAIN", base64.b64encode(sasl.plain(account.user, account.password)))
    assert reply.positive
    assert pop3.nothing_follows()


@verifies("RFC5034-4-01", refuted_by=say(b"+ \r\n", of=rb"AUTH PLAIN", after=1))
def test_auth_is_refused_after_auth(dial: Pop3Dial) -> None:
    """AUTH PLAIN succeeds: another AUTH PLAIN is answered -ERR, with no challenge."""
    pop3, account = patient(dial.offering("PLAIN")), dial.account()
    pop3.auth_plain(account.user, account.password).ok()
    assert pop3.command("AUTH", "PLAIN").negative


@verifies("RFC5034-4-02", "RFC1734-2-06", refuted_by=say(b"+ \r\n", of=rb"AUTH PLAIN"))
def test_auth_is_refused_after_a_login_by_user_and_pass(dial: Pop3Dial) -> None:
    """Log in by USER and PASS: AUTH PLAIN is answered -ERR."""
    pop3, account = patient(dial.offering("PLAIN")), dial.account()
    pop3.command("USER", account.user).supported("USER").ok()
    pop3.command("PASS", account.password).ok()
    assert pop3.command("AUTH", "PLAIN").negative


@verifies("RFC5034-4-03", "RFC1734-2-01", refuted_by=say(b"+ \r\n", of=rb"AUTH X-.*"))
def test_an_unsupported_mechanism_is_refused(dial: Pop3Dial) -> None:
    """AUTH with a mechanism that nobody has: -ERR."""
    assert patient(dial.offering()).command("AUTH", "X-NO-SUCH-MECHANISM").negative


@verifies("RFC5034-4-03", refuted_by=forward(b"AUTH PLAIN", of=rb"AUTH PLAINX"))
def test_a_mechanism_is_known_by_its_whole_name(dial: Pop3Dial) -> None:
    """AUTH with the name of a listed mechanism and one letter more: -ERR."""
    assert patient(dial.offering("PLAIN")).command("AUTH", "PLAINX").negative


@verifies("RFC5034-4-06", refuted_by=say(b"-ERR where is your response?\r\n", of=rb"AUTH PLAIN"))
def test_auth_without_initial_response_is_answered_by_a_challenge(dial: Pop3Dial) -> None:
    """AUTH PLAIN alone: a challenge, and no result yet."""
    assert dial.offering("PLAIN").command("AUTH", "PLAIN").challenge is not None


@verifies("RFC5034-4-07", refuted_by=rewrite(rb"^\+ $", b"+", of=rb"AUTH PLAIN"))
def test_the_empty_challenge_is_a_plus_and_a_space(dial: Pop3Dial) -> None:
    """AUTH PLAIN alone is answered by exactly four octets, a plus, a space and CRLF."""
    reply = dial.offering("PLAIN").command("AUTH", "PLAIN")
    if reply.challenge is None:
        raise Inconclusive(Reason.PRECONDITION, f"AUTH PLAIN was answered {reply!r}")
    assert reply.raw == b"+ \r\n"


@verifies("RFC5034-4-08", refuted_by=forward(b"AUTH PLAIN", of=rb"AUTH PLAIN ="))
def test_an_equals_sign_is_an_empty_initial_response(dial: Pop3Dial) -> None:
    """AUTH PLAIN = is a complete exchange with an invalid message: -ERR at once, no challenge."""
    assert patient(dial.offering("PLAIN")).command("AUTH", "PLAIN", "=").negative


@verifies("RFC5034-4-09", refuted_by=forward(b"AUTH CRAM-MD5", of=rb"AUTH CRAM-MD5 .*"))
def test_an_initial_response_is_refused_where_the_server_speaks_first(dial: Pop3Dial) -> None:
    """AUTH CRAM-MD5 with an initial response: -ERR, no challenge."""
    assert patient(dial.offering("CRAM-MD5")).command("AUTH", "CRAM-MD5", "dGVzdA==").negative


@verifies("RFC5034-4-24", refuted_by=inject(b"-ERR unknown command\r\n", of=rb"AUTH PLAIN .{200,}"))
def test_an_initial_response_may_fill_255_octets(dial: Pop3Dial) -> None:
    """AUTH PLAIN with 240 octets of base64, wrong credentials: one -ERR, and nothing about the rest of the line."""
    message = base64.b64encode(b"\0" + b"u" * 100 + b"\0" + b"p" * 78)
    pop3 = patient(dial.offering("PLAIN"))
    assert pop3.command("AUTH", "PLAIN", message).negative
    assert pop3.nothing_follows()


@verifies("RFC5034-4-15", refuted_by=say(b"+OK welcome\r\n", of=BASE64))
def test_auth_with_a_wrong_password_is_refused(dial: Pop3Dial) -> None:
    """AUTH PLAIN with a wrong password: -ERR."""
    reply = patient(dial.offering("PLAIN")).auth_plain(dial.account().user, "not-the-password")
    assert reply.negative


@verifies("RFC5034-4-15", refuted_by=say(b"+OK welcome\r\n", of=BASE64))
def test_auth_with_an_unknown_name_is_refused(dial: Pop3Dial) -> None:
    """AUTH PLAIN with a name that nobody has: -ERR."""
    reply = patient(dial.offering("PLAIN")).auth_plain("nobody-of-this-name", "not-the-password")
    assert reply.negative


def after_failure(pop3: Pop3, dial: Pop3Dial) -> bool:
    """Whether a right AUTH PLAIN succeeds after a failed one; Inconclusive if the server closed, as it may."""
    reply = pop3.command("AUTH", "PLAIN")
    if reply.reply is None:
        raise NotSupported(f"nothing can be tried after a failed AUTH, as a server may choose: {reply.ending}")
    account = dial.account()
    if reply.challenge is None:
        return False
    return pop3.command(base64.b64encode(sasl.plain(account.user, account.password))).positive


@verifies("RFC5034-4-19", "RFC1734-2-04", refuted_by=say(b"-ERR once is enough\r\n", of=rb"AUTH PLAIN", after=1))
def test_auth_may_be_tried_again_after_a_wrong_password(dial: Pop3Dial) -> None:
    """AUTH PLAIN with a wrong password, then with the right one: +OK."""
    pop3 = patient(dial.offering("PLAIN"))
    if pop3.auth_plain(dial.account().user, "not-the-password").positive:
        raise Inconclusive(Reason.PRECONDITION, "a wrong password was accepted")
    assert after_failure(pop3, dial)


@verifies("RFC5034-4-19", refuted_by=say(b"-ERR once is enough\r\n", of=rb"AUTH PLAIN", after=1))
def test_auth_may_be_tried_again_after_it_was_cancelled(dial: Pop3Dial) -> None:
    """AUTH PLAIN cancelled by '*', then AUTH PLAIN with right credentials: +OK."""
    pop3 = patient(dial.offering("PLAIN"))
    pop3.command("AUTH", "PLAIN")
    pop3.command("*")
    assert after_failure(pop3, dial)


@verifies("RFC5034-4-19", refuted_by=say(b"-ERR once is enough\r\n", of=rb"AUTH PLAIN"))
def test_auth_may_be_tried_again_after_an_unsupported_mechanism(dial: Pop3Dial) -> None:
    """AUTH with a mechanism that nobody has, then AUTH PLAIN with right credentials: +OK."""
    pop3 = patient(dial.offering("PLAIN"))
    pop3.command("AUTH", "X-NO-SUCH-MECHANISM")
    assert after_failure(pop3, dial)


@verifies("RFC5034-4-19", refuted_by=say(b"-ERR use AUTH\r\n", of=rb"USER .*|APOP .*"))
def test_another_login_works_after_a_cancelled_auth(dial: Pop3Dial) -> None:
    """AUTH PLAIN cancelled by '*', then the login that works on this server: +OK."""
    pop3 = patient(dial.offering("PLAIN"))
    pop3.command("AUTH", "PLAIN")
    if pop3.command("*").reply is None:
        raise NotSupported("nothing can be tried after a failed AUTH, as a server may choose")
    assert dial.knock(pop3).positive
