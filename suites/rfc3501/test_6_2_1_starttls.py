"""RFC 3501 sections 6.2.1 and 11.1, RFC 2595 section 3.1: STARTTLS, where the server announces it."""

from __future__ import annotations

import pytest

from conformance import (
    Closed,
    Imap,
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    Reset,
    TlsFacts,
    answer,
    bad_tls,
    drop,
    forward,
    inject,
    needs,
    rewrite,
    say,
    verifies,
)

pytestmark = needs("STARTTLS")
WAYS = ("starttls", "implicit")


def handshake(dial: ImapDial, session: Imap) -> TlsFacts:
    """Shake hands behind OK to STARTTLS; a precondition."""
    shaken = session.start_tls(dial.dialler.tls_settings(host=dial.endpoint("imap").host))
    if not isinstance(shaken, TlsFacts):
        raise Inconclusive(Reason.PRECONDITION, f"the handshake behind STARTTLS failed: {shaken.why}")
    return shaken


@verifies("RFC3501-6.2.1-01", "RFC2595-3.1-01", refuted_by=inject(b"* OK go on\r\n", of=rb"STARTTLS"))
def test_the_handshake_begins_directly_behind_the_ok_to_starttls(dial: ImapDial) -> None:
    """STARTTLS, OK, and not an octet more until our handshake; that succeeds, and NOOP under it."""
    session = dial.imap("none")
    session.command("STARTTLS").ok()
    assert session.nothing_follows()
    assert isinstance(session.start_tls(dial.dialler.tls_settings(host=dial.endpoint("imap").host)), TlsFacts)
    assert session.command("NOOP").is_ok


@verifies("RFC3501-6.2.1-02", "RFC2595-3.1-03", refuted_by=forward(b"STARTTLS", of=rb"STARTTLS now"))
def test_starttls_with_an_argument_is_answered_bad(dial: ImapDial) -> None:
    """STARTTLS takes no argument: BAD, and the connection goes on in clear."""
    session = dial.imap("none")
    said = session.command("STARTTLS now")
    if said.status == b"OK":
        session.close()  # the server waits for a handshake now
    assert said.is_bad
    assert session.command("NOOP").is_ok


@verifies("RFC3501-6.2.1-02", "RFC2595-3.1-08", refuted_by=say(b"<tag> OK begin\r\n", of=rb"STARTTLS"))
@pytest.mark.parametrize("tls", WAYS)
def test_starttls_is_refused_while_tls_is_active(dial: ImapDial, tls: str) -> None:
    """STARTTLS on a connection that is under TLS already: BAD or NO."""
    with dial.dialler.straight():
        session = dial.imap(tls)
    said = session.command("STARTTLS")
    if said.status == b"OK":
        session.close()  # the server waits for a second handshake now
    assert said.refused


@verifies("RFC2595-3.1-08", refuted_by=rewrite(rb"(IMAP4rev1)", rb"\1 STARTTLS", of=rb"CAPABILITY"))
@pytest.mark.parametrize("tls", WAYS)
def test_starttls_is_not_listed_while_tls_is_active(dial: ImapDial, tls: str) -> None:
    """CAPABILITY on a connection that is under TLS."""
    assert b"STARTTLS" not in dial.imap(tls).command("CAPABILITY").ok().capabilities


@verifies(
    "RFC3501-6.2.1-03", "RFC2595-3.1-05", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=rb"SELECT .*|LIST .*")
)
def test_starttls_leaves_the_client_unauthenticated(dial: ImapDial) -> None:
    """SELECT and LIST behind the handshake of STARTTLS: refused."""
    session = dial.imap("starttls")
    assert session.command("SELECT INBOX").refused
    assert session.command('LIST "" "*"').refused


@verifies(
    "RFC3501-6.2.1-03", "RFC2595-3.1-05", refuted_by=rewrite(rb"^(\S+) OK", rb"\1 NO", of=rb"LOGIN .*|AUTHENTICATE .*")
)
def test_a_login_is_possible_after_starttls(dial: ImapDial) -> None:
    """Log in behind the handshake of STARTTLS, by the method that works on this server."""
    assert dial.knock(dial.imap("starttls")).is_ok


@verifies("RFC3501-6.2.1-04", "RFC2595-3.1-06", refuted_by=bad_tls(keeps_clear=True))
@pytest.mark.parametrize(
    "line",
    [b"t2 NOOP\r\n", b"t2 CAPABILITY\r\n", b"t2 LOGOUT\r\n"],
    ids=["noop", "capability", "logout"],
)
def test_commands_in_clear_behind_starttls_are_not_carried_out_under_tls(dial: ImapDial, line: bytes) -> None:
    """STARTTLS and a command in one write, then the handshake: nothing of it is answered under TLS.

    A handshake that fails and a connection that ends are the server's good right.
    """
    session = dial.imap("none")
    session.send(b"t1 STARTTLS\r\n" + line)
    session.finish(b"t1").ok()
    shaken = session.start_tls(dial.dialler.tls_settings(host=dial.endpoint("imap").host))
    if not isinstance(shaken, TlsFacts):
        return
    assert session.nothing_follows(1.0)
    noop = session.command("NOOP")
    assert noop.is_ok or isinstance(noop.ending, Closed | Reset)


@verifies("RFC3501-11.1-02", "RFC2595-2.5-01", refuted_by=answer(b"<tag> OK begin\r\n", of=rb"STARTTLS"))
def test_a_command_in_clear_is_not_carried_out_in_place_of_the_handshake(dial: ImapDial) -> None:
    """STARTTLS, OK, then NOOP in clear where a ClientHello belongs: no answer to it comes in clear."""
    session = dial.imap("none")
    session.command("STARTTLS").ok()
    session.send(b"t2 NOOP\r\n")
    said = session.stream.receive(2.0)
    session.close()
    assert not (isinstance(said, bytes) and b"t2" in said)


@verifies("RFC2595-3.1-10", refuted_by=drop(of=rb"CAPABILITY", after=1, when=rb"\* CAPABILITY"))
def test_capability_is_answered_anew_under_tls(dial: ImapDial) -> None:
    """CAPABILITY, STARTTLS, handshake, CAPABILITY: a whole list again, IMAP4rev1 in it."""
    session = dial.imap("none")
    session.command("CAPABILITY").ok()
    session.command("STARTTLS").ok()
    handshake(dial, session)
    assert b"IMAP4REV1" in session.command("CAPABILITY").capabilities


@verifies("RFC2595-3.2-03", refuted_by=rewrite(rb"(IMAP4rev1)", rb"\1 LOGINDISABLED", of=rb"CAPABILITY"))
@pytest.mark.parametrize("tls", WAYS)
def test_logindisabled_is_not_listed_where_login_works_under_tls(dial: ImapDial, tls: str) -> None:
    """CAPABILITY under TLS, then LOGIN: where that succeeds, LOGINDISABLED was not listed."""
    session, account = dial.imap(tls), dial.account()
    listed = session.command("CAPABILITY").ok().capabilities
    if session.login(account.user, account.password).status != b"OK":
        raise NotSupported("LOGIN is refused under TLS")
    assert b"LOGINDISABLED" not in listed


@verifies("RFC2595-3-01", refuted_by=rewrite(rb" STARTTLS", b"", of=rb"CAPABILITY"))
def test_a_server_that_accepts_starttls_lists_it(dial: ImapDial) -> None:
    """STARTTLS is answered OK on one connection: CAPABILITY on another lists it."""
    taken = dial.imap("none")
    if taken.command("STARTTLS").status != b"OK":
        raise NotSupported("STARTTLS is refused")
    taken.close()
    assert b"STARTTLS" in dial.imap("none").command("CAPABILITY").capabilities
