"""RFC 4954 sections 4, 6 and 9: how AUTH ends, and what may follow."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, NotSupported, Reason, ScramError, Smtp, SmtpDial, hang_up, rewrite, say, verifies
from conformance.sessions.smtp import Answer
from conformance.target import Account
from conformance.wire import sasl

WRONG = "not-the-password"
BASE64 = rb"[A-Za-z0-9+/=]{8,}"
FAILED = (535, 534, 538, 530, 432, 454)
"""What a failed AUTH may be answered: 535, or a code of section 6 that says more."""


def login(session: Smtp, account: Account, password: str) -> Answer:
    return session.auth("LOGIN", lambda _: account.user.encode(), lambda _: password.encode())


def cram_md5(session: Smtp, account: Account, password: str) -> Answer:
    return session.auth("CRAM-MD5", lambda challenge: sasl.cram_md5(account.user, password, challenge))


def plain(session: Smtp, account: Account, password: str) -> Answer:
    return session.auth_plain(account.user, password)


WAYS = {"PLAIN": plain, "LOGIN": login, "CRAM-MD5": cram_md5}
each_way = pytest.mark.parametrize("mechanism", list(WAYS))


@verifies("RFC4954-4-19", refuted_by=rewrite(rb"^235", b"250"))
@each_way
def test_a_successful_auth_is_answered_235(dial: SmtpDial, mechanism: str) -> None:
    """Right credentials: 235, where they are accepted."""
    session = dial.offering(mechanism)
    said = WAYS[mechanism](session, dial.account(), dial.account().password)
    assert said.ok().says(235)


@verifies("RFC4954-6-01", refuted_by=rewrite(rb"^235 2\.7\.0", b"235 2.0.0"))
def test_the_235_has_the_code_2_7_0(dial: SmtpDial) -> None:
    """Right credentials, on a server that announces ENHANCEDSTATUSCODES: 235 2.7.0."""
    session = dial.before_login()
    if "ENHANCEDSTATUSCODES" not in session.keywords:
        raise NotSupported("ENHANCEDSTATUSCODES is not announced")
    assert dial.knock(session).ok().enhanced == b"2.7.0"


@verifies("RFC4954-4-32", refuted_by=rewrite(rb"^535.*", b"235 2.7.0 welcome"))
@each_way
def test_a_wrong_password_logs_nobody_in(dial: SmtpDial, mechanism: str) -> None:
    """A right name and a wrong password."""
    assert not WAYS[mechanism](dial.offering(mechanism), dial.account(), WRONG).positive


@verifies("RFC4954-4-32", refuted_by=rewrite(rb"^535.*", b"235 2.7.0 welcome"))
def test_an_unknown_name_logs_nobody_in(dial: SmtpDial) -> None:
    """A name that nobody has."""
    assert not dial.offering("PLAIN").auth_plain("nobody-of-this-name", WRONG).positive


@verifies("RFC4954-4-18", "RFC2554-4-02", refuted_by=rewrite(rb"^535", b"550"))
def test_a_failed_auth_is_answered_535(dial: SmtpDial) -> None:
    """A wrong password: 535, or a code of section 6 that says more."""
    assert dial.knock(dial.before_login(), password=WRONG).says(*FAILED)


@verifies("RFC4954-6-02", refuted_by=rewrite(rb"^535 \S+", b"535 5.0.0"))
def test_the_535_has_the_code_5_7_8(dial: SmtpDial) -> None:
    """A wrong password, on a server that announces ENHANCEDSTATUSCODES: 535 5.7.8."""
    session = dial.before_login()
    said = dial.knock(session, password=WRONG)
    if said.code != 535 or "ENHANCEDSTATUSCODES" not in session.keywords:
        raise NotSupported(f"ENHANCEDSTATUSCODES is not announced, or no 535 came: {said!r}")
    assert said.enhanced == b"5.7.8"


@verifies("RFC4954-4-21", refuted_by=say(b"503 5.5.1 once is enough\r\n", of=rb"AUTH .*", after=1))
def test_auth_may_be_tried_again_after_it_has_failed(dial: SmtpDial) -> None:
    """A wrong password, then the right one: 235."""
    session = dial.before_login()
    if dial.knock(session, password=WRONG).positive:
        raise Inconclusive(Reason.PRECONDITION, "a wrong password was accepted")
    said = dial.knock(session)
    if said.reply is None:
        raise NotSupported(f"the server ends the connection: {said.ending}; another check is about that")
    assert said.positive


@verifies("RFC4954-4-21", refuted_by=say(b"530 5.7.0 Authentication required\r\n", of=rb"RSET"))
def test_the_session_goes_on_without_a_login_after_auth_has_failed(dial: SmtpDial) -> None:
    """A wrong password, then RSET: 250."""
    session = dial.before_login()
    dial.knock(session, password=WRONG)
    said = session.command("RSET")
    if said.reply is None:
        raise NotSupported(f"the server ends the connection: {said.ending}; another check is about that")
    assert said.positive


@verifies("RFC4954-9-01", refuted_by=hang_up(of=rb"AUTH .*|" + BASE64, after=2))
def test_the_connection_is_not_dropped_before_three_attempts_have_failed(dial: SmtpDial) -> None:
    """Three wrong passwords on one connection: each is answered, the first two not by 421."""
    session = dial.before_login()
    said = [dial.knock(session, password=WRONG) for _ in range(3)]
    assert all(answer.reply for answer in said)
    assert 421 not in [answer.code for answer in said[:2]]


@verifies("RFC4954-4-33", refuted_by=rewrite(rb"^334 (dj[0-3].)....", rb"334 \1QUFB"))
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram_shows_that_the_server_knows_the_secret(dial: SmtpDial, mechanism: str) -> None:
    """A SCRAM login with right credentials brings the server's signature in a challenge, before 235."""
    session, account, wrong = dial.offering(mechanism), dial.account(), ""
    try:
        session.auth_scram(
            account.user, account.password, mechanism.removeprefix("SCRAM-").lower().replace("-", "")
        ).ok()
    except ScramError as error:
        wrong = str(error)
    assert not wrong
