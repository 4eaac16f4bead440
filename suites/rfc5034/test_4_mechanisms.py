"""RFC 5034 section 4: the mechanisms that CAPA lists."""

import pytest

from conformance import Pop3Dial, ScramError, answer, rewrite, verifies
from conformance.wire import sasl


@verifies("RFC5034-4-04", refuted_by=rewrite(rb"^\+ (.*)", rb"+ \1 go ahead", of=rb"AUTH .*"))
def test_the_first_challenge_of_each_mechanism_is_base64_and_nothing_else(dial: Pop3Dial) -> None:
    """AUTH with each mechanism that CAPA lists, then '*': what stands behind '+' and space can be decoded."""
    pop3 = dial.offering()
    wrong = []
    for mechanism in pop3.command("CAPA").ok().capabilities()[b"SASL"]:
        session = dial.offering()
        challenge = session.command("AUTH", mechanism).challenge
        if challenge and challenge.violations:
            wrong.append(challenge.message.raw)
        session.command("*")
        session.close()
    assert not wrong


@verifies("RFC5034-4-25", refuted_by=rewrite(rb"^\+ (dj[0-3].)....", rb"+ \1QUFB"))
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram_logs_in_and_shows_that_the_server_knows_the_secret(dial: Pop3Dial, mechanism: str) -> None:
    """A SCRAM login with right credentials brings the server's signature before +OK."""
    pop3, account, wrong = dial.offering(mechanism), dial.account(), ""
    try:
        pop3.auth_scram(account.user, account.password, mechanism.removeprefix("SCRAM-").lower().replace("-", "")).ok()
    except ScramError as error:
        wrong = str(error)
    assert not wrong


@verifies("RFC5034-4-25", "RFC5034-4-16", refuted_by=answer(b"+OK welcome\r\n", of=rb"[A-Za-z0-9+/=]{40,}"))
def test_cram_md5_logs_in(dial: Pop3Dial) -> None:
    """A CRAM-MD5 login with right credentials enters the TRANSACTION state."""
    pop3, account = dial.offering("CRAM-MD5"), dial.account()
    pop3.auth("CRAM-MD5", lambda challenge: sasl.cram_md5(account.user, account.password, challenge)).ok()
    assert pop3.command("STAT").positive
