"""RFC 8314 section 3: implicit TLS, and how a TLS connection ends."""

import pytest

from conformance import Closed, Inconclusive, Pop3Dial, Reason, Silence, TlsFacts, bad_tls, say, verifies


@verifies("RFC8314-3.1-01", refuted_by=bad_tls(fails=True))
def test_tls_begins_at_once_on_the_implicit_tls_port(dial: Pop3Dial) -> None:
    """Connect and wait: nothing comes in clear; shake hands: the greeting comes under TLS."""
    endpoint = dial.endpoint("pop3s")
    stream = dial.connect("pop3s")
    early = stream.receive(0.5)
    assert not isinstance(early, bytes)
    if not isinstance(early, Silence):
        raise Inconclusive(Reason.CONNECTION_LOST, f"before the handshake: {early}")
    assert isinstance(stream.start_tls(dial.dialler.tls_settings(host=endpoint.host), dial.target.patience), TlsFacts)
    greeting = stream.receive(dial.target.patience)
    assert isinstance(greeting, bytes)
    assert greeting.startswith((b"+", b"-"))


@verifies("RFC8314-3.1-02", refuted_by=say(b"+OK 0 0\r\n", of=rb"STAT"))
def test_an_implicit_tls_connection_begins_in_the_authorization_state(dial: Pop3Dial) -> None:
    """STAT behind the greeting is refused."""
    pop3 = dial.pop3("implicit")
    pop3.greeting.ok()
    assert pop3.command("STAT").negative


@verifies("RFC8314-3.1-02", "RFC8314-4-02", refuted_by=say(b"-ERR not here\r\n", of=rb"USER .*|AUTH .*|APOP .*"))
def test_a_login_is_possible_on_the_implicit_tls_port(dial: Pop3Dial) -> None:
    """Log in behind the greeting, by the method that works on this server."""
    pop3 = dial.pop3("implicit")
    pop3.greeting.ok()
    assert dial.knock(pop3).positive


@verifies("RFC8314-3.4-01", refuted_by=bad_tls(notifies=False))
@pytest.mark.parametrize("tls", ["stls", "implicit"])
def test_the_server_says_close_notify_before_it_closes(dial: Pop3Dial, tls: str) -> None:
    """QUIT, and read to the end: the TLS alert comes before the end of TCP."""
    pop3 = dial.pop3(tls)
    pop3.command("QUIT").ok()
    ending = pop3.stream.receive(pop3.patience)
    if not isinstance(ending, Closed):
        raise Inconclusive(
            Reason.SILENT if isinstance(ending, Silence) else Reason.CONNECTION_LOST, f"QUIT was followed by {ending!r}"
        )
    assert ending.tls_notified
