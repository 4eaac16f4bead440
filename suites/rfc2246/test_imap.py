"""RFC 2246 section 7, and what later versions of TLS keep of it, on the ports of IMAP."""

from __future__ import annotations

import pytest

from conformance import ImapDial, Inconclusive, Reason, TlsFailure, bad_tls, speaks, verifies
from conformance.wire import tls_hello
from conformance.wire.tls_hello import GREASE, TLS12, client_hello

pytestmark = speaks("imap")
both_ways = pytest.mark.parametrize("tls", ["starttls", "implicit"])
ALERT = bytes.fromhex("15030300020228")
SERVER_HELLO_1_3 = bytes.fromhex("160303002a02000026" + "0304" + "5a" * 32 + "00" + "c02f" + "00")


def answered(dial: ImapDial, tls: str, hello: bytes) -> tls_hello.Answer:
    """Say a ClientHello where it belongs, and read what it is answered with; Inconclusive if that is nothing."""
    if tls == "implicit":
        said = dial.connect("imaps").probe(hello, dial.target.patience)
    else:
        session = dial.imap("none")
        session.command("STARTTLS").supported("STARTTLS").ok()
        said = session.stream.probe(hello, session.patience)
        session.close()
    if not isinstance(said, bytes):
        raise Inconclusive(Reason.CONNECTION_LOST, f"the ClientHello was answered by {said!r}")
    return tls_hello.read(said)


@verifies("RFC2246-7.4-01", refuted_by=bad_tls(fails=True))
@both_ways
def test_imap_goes_on_under_tls_when_the_handshake_is_done(dial: ImapDial, tls: str) -> None:
    """Shake hands; NOOP or CAPA is answered under TLS."""
    session = dial.under(tls)
    assert not isinstance(session, TlsFailure)
    assert session.command("NOOP").is_ok


@verifies("RFC2246-7.4.1.3-01", refuted_by=bad_tls(retort=(b"", SERVER_HELLO_1_3)))
@both_ways
def test_imap_chooses_no_version_above_the_clients(dial: ImapDial, tls: str) -> None:
    """A ClientHello for TLS 1.2: the ServerHello says 1.2 or less, or an alert refuses it."""
    said = answered(dial, tls, client_hello(versions=(TLS12,), name=dial.target.tls.server_name))
    if not said.is_server_hello and not said.is_alert:
        raise Inconclusive(Reason.PRECONDITION, "the ClientHello was answered by neither ServerHello nor alert")
    assert said.version <= TLS12


@verifies("RFC2246-7.2-01", refuted_by=bad_tls(retort=(b"", b"220 hello\r\n")))
@both_ways
def test_imap_answers_a_handshake_without_a_common_suite_by_an_alert(dial: ImapDial, tls: str) -> None:
    """A ClientHello for TLS 1.2 with a suite that nobody has: a TLS alert, and nothing in clear."""
    hello = client_hello(suites=(GREASE,), versions=(TLS12,), name=dial.target.tls.server_name)
    assert answered(dial, tls, hello).is_alert


@verifies("RFC2246-7.4.1.2-01", refuted_by=bad_tls(retort=(b"\x1a\x1a\x00\x00", ALERT)))
@both_ways
def test_imap_ignores_what_it_does_not_know_in_a_client_hello(dial: ImapDial, tls: str) -> None:
    """Suites, groups, versions and extensions of RFC 8701 beside real ones: ServerHello, as without them."""
    name = dial.target.tls.server_name
    with dial.dialler.straight():
        if not answered(dial, tls, client_hello(name=name)).is_server_hello:
            raise Inconclusive(Reason.PRECONDITION, "a ClientHello without unknown values is refused, too")
    assert answered(dial, tls, client_hello(name=name, grease=True)).is_server_hello
