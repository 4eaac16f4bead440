"""RFC 4954 section 4: the AUTH command, where it is allowed, and what it is given."""

from __future__ import annotations

import base64

import pytest

from conformance import Inconclusive, NotSupported, Reason, SmtpDial, forward, rewrite, say, verifies
from conformance.sessions.smtp import Smtp
from conformance.target import Account
from conformance.wire import sasl

UNKNOWN = "X-NO-SUCH-MECHANISM"


def message(account: Account) -> str:
    """The PLAIN message that logs in, in base64."""
    return base64.b64encode(sasl.plain(account.user, account.password)).decode()


def with_codes(session: Smtp) -> Smtp:
    """Demand enhanced status codes (RFC 2034)."""
    if "ENHANCEDSTATUSCODES" not in session.keywords:
        raise NotSupported("ENHANCEDSTATUSCODES is not announced")
    return session


@verifies("RFC4954-4-01", "RFC2554-4-01", refuted_by=say(b"334 \r\n", of=rb"AUTH PLAIN"))
def test_a_second_auth_is_answered_503(dial: SmtpDial) -> None:
    """AUTH succeeds; another AUTH: 503."""
    session, account = dial.offering("PLAIN"), dial.account()
    session.auth_plain(account.user, account.password).ok()
    assert session.auth("PLAIN").says(503)


@verifies("RFC4954-4-02", "RFC2554-4-01", refuted_by=say(b"334 \r\n", of=rb"AUTH PLAIN"))
def test_auth_in_a_transaction_is_answered_503(dial: SmtpDial) -> None:
    """MAIL, AUTH: 503, on a server that takes MAIL before a login."""
    session = dial.offering("PLAIN")
    if not session.mail(dial.sender).positive:
        raise NotSupported("MAIL is refused before a login")
    assert session.auth("PLAIN").says(503)


@verifies("RFC4954-4-03", "RFC2554-4-01", refuted_by=say(b"334 \r\n", of=rb"AUTH X-.*"))
def test_an_unknown_mechanism_is_answered_504(dial: SmtpDial) -> None:
    """AUTH with a mechanism that nobody has: 504."""
    assert dial.offering().auth(UNKNOWN).says(504)


@verifies("RFC4954-4-03", refuted_by=forward(b"AUTH PLAIN", of=rb"AUTH PLAINX"))
def test_a_mechanism_is_known_by_its_whole_name(dial: SmtpDial) -> None:
    """AUTH with the name of a listed mechanism and one letter more is refused."""
    assert dial.offering("PLAIN").auth("PLAINX").refused


@verifies("RFC4954-4-05", refuted_by=rewrite(rb"^504 5\.5\.4", b"504 5.7.4", of=rb"AUTH X-.*"))
def test_the_504_for_an_unknown_mechanism_has_the_code_5_5_4(dial: SmtpDial) -> None:
    """AUTH with a mechanism that nobody has: 504 5.5.4, on a server that announces ENHANCEDSTATUSCODES."""
    said = with_codes(dial.offering()).auth(UNKNOWN)
    if said.code != 504:
        raise NotSupported(f"{said!r}: another check is about that")
    assert said.enhanced == b"5.5.4"


@verifies("RFC4954-4-08", refuted_by=rewrite(rb"^334 $", b"334", of=rb"AUTH PLAIN"))
def test_the_empty_challenge_is_334_and_a_space(dial: SmtpDial) -> None:
    """AUTH PLAIN alone is answered by exactly six octets: 334, a space and CRLF."""
    said = dial.offering("PLAIN").auth("PLAIN")
    if said.code != 334:
        raise Inconclusive(Reason.PRECONDITION, f"AUTH PLAIN was answered {said!r}")
    assert said.raw == b"334 \r\n"


@verifies("RFC4954-4-08", refuted_by=say(b"501 5.5.4 where is your response?\r\n", of=rb"AUTH PLAIN"))
def test_auth_without_initial_response_is_answered_by_a_challenge(dial: SmtpDial) -> None:
    """AUTH PLAIN alone: 334, and no result yet."""
    assert dial.offering("PLAIN").auth("PLAIN").says(334)


@verifies("RFC4954-4-09", refuted_by=forward(b"AUTH PLAIN", of=rb"AUTH PLAIN ="))
def test_an_equals_sign_is_an_empty_initial_response(dial: SmtpDial) -> None:
    """AUTH PLAIN = is a whole exchange with an invalid message: refused at once, no challenge."""
    assert dial.offering("PLAIN").auth("PLAIN =").refused


@verifies("RFC4954-4-10", refuted_by=forward(b"AUTH CRAM-MD5", of=rb"AUTH CRAM-MD5 .*"))
def test_an_initial_response_is_answered_501_where_the_server_speaks_first(dial: SmtpDial) -> None:
    """AUTH CRAM-MD5 with an initial response: 501."""
    assert dial.offering("CRAM-MD5").auth("CRAM-MD5 dGVzdA==").says(501)


@verifies("RFC4954-4-30", refuted_by=rewrite(rb"^501 \S+", b"501 5.5.0", of=rb"AUTH CRAM-MD5 .*"))
def test_the_501_for_an_initial_response_out_of_place_has_the_code_5_7_0(dial: SmtpDial) -> None:
    """AUTH CRAM-MD5 with an initial response, on a server that announces ENHANCEDSTATUSCODES."""
    said = with_codes(dial.offering("CRAM-MD5")).auth("CRAM-MD5 dGVzdA==")
    if said.code != 501:
        raise NotSupported(f"{said!r}: another check is about that")
    assert said.enhanced == b"5.7.0"


@verifies("RFC4954-4-26", refuted_by=say(b"503 5.5.1 too early\r\n", of=rb"MAIL .*"))
def test_mail_may_be_pipelined_behind_auth_with_an_initial_response(dial: SmtpDial) -> None:
    """AUTH PLAIN with its message, and MAIL, in one write: 235 and 250."""
    session, account = dial.offering("PLAIN"), dial.account()
    if "PIPELINING" not in session.keywords:
        raise NotSupported("PIPELINING is not announced")
    with dial.dialler.straight():
        dial.login().mail(dial.sender).ok()
    auth, mail = session.batch(f"AUTH PLAIN {message(account)}", f"MAIL FROM:<{dial.sender}>")
    auth.ok()
    assert mail.positive


@verifies("RFC4954-4-27", refuted_by=forward(rb"X\1", of=rb"((?-i:auTh) .*)"))
def test_auth_is_recognised_in_any_letter_case(dial: SmtpDial) -> None:
    """AuTh PLAIN with right credentials logs in."""
    session = dial.offering("PLAIN")
    said = session.command("auTh PLAIN", message(dial.account()))
    assert said.positive


@verifies("RFC4954-4-27", refuted_by=forward(rb"AUTH X\1", of=rb"AUTH ((?-i:pLain) .*)"))
def test_a_mechanism_is_recognised_in_any_letter_case(dial: SmtpDial) -> None:
    """AUTH pLain with right credentials logs in."""
    session = dial.offering("PLAIN")
    said = session.auth(f"pLain {message(dial.account())}")
    assert said.positive


@verifies("RFC4954-4-28", refuted_by=say(b"235 2.7.0 welcome\r\n", of=rb"AUTH PLAIN .*"))
def test_base64_is_read_with_its_letter_case(dial: SmtpDial) -> None:
    """The message that logs in, with every letter in the other case: no login."""
    session = dial.offering("PLAIN")
    said = session.auth(f"PLAIN {message(dial.account()).swapcase()}")
    assert not said.positive


@verifies("RFC4954-4-07", refuted_by=say(b"250 2.0.0 cancelled\r\n", of=rb"\*"))
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_an_asterisk_cancels_the_exchange_with_501(dial: SmtpDial, mechanism: str) -> None:
    """AUTH, 334, "*": 501, and the session goes on."""
    session = dial.offering(mechanism)
    if session.auth(mechanism).code != 334:
        raise Inconclusive(Reason.PRECONDITION, f"AUTH {mechanism} brought no challenge")
    assert session.respond(b"*").says(501)
    session.command("NOOP").ok()
