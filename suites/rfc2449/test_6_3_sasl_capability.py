"""RFC 2449 section 6.3: the SASL capability and the AUTH command behind it."""

import base64
import re

from conformance import NotSupported, Pop3, Pop3Dial, needs, say, verifies

pytestmark = needs("SASL")

# mechanisms that want a password and nothing else of the server; EXTERNAL, GSSAPI and their like may depend on more
WITH_PASSWORDS = re.compile(rb"PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-SHA-(?:1|256|512)")


def _mechanisms(pop3: Pop3) -> list[bytes]:
    listed = pop3.command("CAPA").ok().capabilities()
    if b"SASL" not in listed:
        raise NotSupported("CAPA does not list SASL on this connection")
    return [name for name in listed[b"SASL"] if WITH_PASSWORDS.fullmatch(name)]


@verifies("RFC2449-6.3-01", refuted_by=say(b"-ERR no such mechanism\r\n", of=rb"AUTH .*"))
def test_auth_takes_every_mechanism_that_sasl_lists(pop3: Pop3, dial: Pop3Dial) -> None:
    """AUTH with each listed mechanism that works with passwords, a connection each: a challenge comes; `*` ends it."""
    for name in _mechanisms(pop3):
        session = dial.pop3()
        answer = session.command("AUTH", name)
        assert not answer.negative
        assert answer.challenge is not None
        session.send(b"*\r\n")
        session.receive()
        session.close()


@verifies("RFC2449-6.3-02", refuted_by=say(b"-ERR too many arguments\r\n", of=rb"AUTH PLAIN \S+"))
def test_auth_takes_an_initial_response(pop3: Pop3, dial: Pop3Dial) -> None:
    """AUTH PLAIN with right credentials as second argument; where refused, the same behind a challenge must work."""
    if b"PLAIN" not in _mechanisms(pop3):
        raise NotSupported("SASL does not list PLAIN on this connection")
    account = dial.account()
    first = pop3.command("AUTH PLAIN", base64.b64encode(f"\0{account.user}\0{account.password}".encode()))
    if not first.positive:
        pop3.leave()
        dial.pop3().auth_plain(account.user, account.password).ok()
    assert first.positive
