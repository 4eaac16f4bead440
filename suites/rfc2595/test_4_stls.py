"""RFC 2595 section 4: STLS, where the server announces it."""

import pytest

from conformance import (
    Inconclusive,
    NotSupported,
    Pop3,
    Pop3Dial,
    Reason,
    TlsFacts,
    answer,
    bad_tls,
    forward,
    inject,
    needs,
    rewrite,
    say,
    verifies,
)

pytestmark = needs("STLS")
WAYS = ("stls", "implicit")


def handshake(dial: Pop3Dial, pop3: Pop3) -> TlsFacts:
    """Shake hands behind a positive answer to STLS; a precondition."""
    shaken = pop3.start_tls(dial.dialler.tls_settings(host=dial.endpoint("pop3").host))
    if not isinstance(shaken, TlsFacts):
        raise Inconclusive(Reason.PRECONDITION, f"the handshake behind STLS failed: {shaken.why}")
    return shaken


@verifies("RFC2595-4-10", refuted_by=say(b"-ERR not now\r\n", of=rb"STLS"))
def test_stls_is_accepted_where_capa_lists_it(dial: Pop3Dial) -> None:
    """CAPA on a plain connection lists STLS: STLS is answered +OK."""
    pop3 = dial.pop3("none")
    if b"STLS" not in pop3.command("CAPA").ok().capabilities():
        raise NotSupported("CAPA does not list STLS on a plain connection")
    reply = pop3.command("STLS")
    pop3.close()
    assert reply.positive


@verifies("RFC2595-4-02", refuted_by=say(b"+OK begin\r\n", of=rb"STLS"))
def test_stls_is_refused_after_login(dial: Pop3Dial) -> None:
    """Log in, then STLS: -ERR."""
    pop3 = dial.login()
    reply = pop3.command("STLS")
    if reply.positive:
        pop3.close()  # the server waits for a handshake now
    assert reply.negative


@verifies("RFC2595-4-03", refuted_by=inject(b"+OK go on\r\n", of=rb"STLS"))
def test_nothing_comes_between_the_answer_to_stls_and_the_handshake(dial: Pop3Dial) -> None:
    """STLS, +OK, and not an octet more until our handshake; that succeeds at once."""
    pop3 = dial.pop3("none")
    pop3.command("STLS").ok()
    assert pop3.nothing_follows()
    assert isinstance(pop3.start_tls(dial.dialler.tls_settings(host=dial.endpoint("pop3").host)), TlsFacts)


@verifies("RFC2595-4-04", refuted_by=say(b"+OK 0 0\r\n", of=rb"STAT"))
def test_stls_leaves_the_session_in_the_authorization_state(dial: Pop3Dial) -> None:
    """STAT behind the handshake of STLS is refused."""
    assert dial.pop3("stls").command("STAT").negative


@verifies("RFC2595-4-04", refuted_by=say(b"-ERR command not known in this state\r\n", of=rb"USER .*|AUTH .*|APOP .*"))
def test_a_login_is_possible_after_stls(dial: Pop3Dial) -> None:
    """Log in behind the handshake of STLS, by the method that works on this server."""
    assert dial.knock(dial.pop3("stls")).positive


@verifies("RFC2595-4-05", refuted_by=say(b"+OK begin\r\n", of=rb"STLS"))
@pytest.mark.parametrize("tls", WAYS)
def test_stls_is_refused_while_tls_is_active(dial: Pop3Dial, tls: str) -> None:
    """STLS on a connection that is under TLS already."""
    pop3 = dial.pop3(tls)
    reply = pop3.command("STLS")
    if reply.positive:
        pop3.close()  # the server waits for a second handshake now
    assert reply.negative


@verifies("RFC2595-4-06", refuted_by=bad_tls(keeps_clear=True))
@pytest.mark.parametrize("line", [b"CAPA\r\n", b"USER nobody\r\n", b"AUTH\r\n"], ids=["capa", "user", "auth"])
def test_commands_that_came_in_clear_behind_stls_are_not_carried_out_under_tls(dial: Pop3Dial, line: bytes) -> None:
    """STLS and a command in one write, then the handshake: nothing is answered under TLS before we speak there.

    A handshake that fails and a connection that ends are the server's good right.
    """
    pop3 = dial.pop3("none")
    pop3.send(b"STLS\r\n" + line)
    pop3.receive().ok()
    shaken = pop3.start_tls(dial.dialler.tls_settings(host=dial.endpoint("pop3").host))
    assert not isinstance(shaken, TlsFacts) or pop3.nothing_follows(1.0)


@verifies("RFC2595-4-08", refuted_by=rewrite(rb"\A(?!\+OK)", b"STLS\r\n", of=rb"CAPA"))
@pytest.mark.parametrize("tls", WAYS)
def test_stls_is_not_listed_while_tls_is_active(dial: Pop3Dial, tls: str) -> None:
    """CAPA on a connection that is under TLS."""
    assert b"STLS" not in dial.pop3(tls).command("CAPA").ok().capabilities()


@verifies("RFC2595-4-09", "RFC2595-9-01", refuted_by=say(b"+OK welcome\r\n", of=rb"PASS .*"))
def test_a_name_given_in_clear_is_forgotten_under_tls(dial: Pop3Dial) -> None:
    """USER in clear, STLS, right PASS: no login comes of it."""
    pop3, account = dial.pop3("none"), dial.account()
    if pop3.command("USER", account.user).negative:
        raise NotSupported("USER is refused in clear")
    if (refusal := pop3.command("STLS")).negative:
        raise NotSupported(f"STLS behind USER was answered {refusal!r}")
    handshake(dial, pop3)
    reply = pop3.command("PASS", account.password)
    assert not reply.positive


@verifies("RFC2595-4-11", refuted_by=forward(b"STLS", of=rb"STLS now"))
def test_stls_with_an_argument_is_refused(dial: Pop3Dial) -> None:
    """STLS takes no argument: -ERR."""
    pop3 = dial.pop3("none")
    reply = pop3.command("STLS", "now")
    if reply.positive:
        pop3.close()
    assert reply.negative


@verifies("RFC2595-4-15", refuted_by=bad_tls(greets_again=True))
def test_no_second_greeting_comes_behind_the_handshake(dial: Pop3Dial) -> None:
    """STLS, handshake, silence: the next word is the client's."""
    pop3 = dial.pop3("none")
    pop3.command("STLS").ok()
    handshake(dial, pop3)
    assert pop3.nothing_follows(1.0)


@verifies("RFC2595-2.5-01", refuted_by=answer(b"+OK begin\r\n", of=rb"STLS"))
def test_a_command_in_clear_is_not_carried_out_in_place_of_the_handshake(dial: Pop3Dial) -> None:
    """STLS, +OK, then CAPA in clear where a ClientHello belongs: it is not answered +OK."""
    pop3 = dial.pop3("none")
    pop3.command("STLS").ok()
    said = pop3.stream.probe(b"CAPA\r\n", 2.0)
    pop3.close()
    assert not (isinstance(said, bytes) and said.startswith(b"+OK"))


@verifies("RFC2595-8-01", refuted_by=rewrite(rb"\A(?!\+OK)", b"STLS\r\n", of=rb"CAPA"))
@pytest.mark.parametrize("tls", ["none", *WAYS])
def test_stls_is_not_listed_after_login(dial: Pop3Dial, tls: str) -> None:
    """Log in, CAPA."""
    pop3 = dial.pop3(tls)
    answer = dial.knock(pop3)
    if answer.negative and tls == "none" and dial.profile.door and dial.profile.door.tls != "none":
        raise NotSupported("the server takes no password in clear")
    answer.ok()
    assert b"STLS" not in pop3.command("CAPA").ok().capabilities()
