"""RFC 2246 sections 6 and 7, and what later versions of TLS keep of them, on the ports of SMTP and submission."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, Reason, Smtp, SmtpDial, alter, bad_tls, speaks, verifies
from conformance.wire import tls_hello
from conformance.wire.tls_hello import GREASE, TLS12, client_hello

pytestmark = speaks("smtp")
each_port = pytest.mark.parametrize("scheme", ["smtp", "submission", "smtps", "submissions"])
ALERT = bytes.fromhex("15030300020228")
SERVER_HELLO_1_3 = bytes.fromhex("160303002a02000026" + "0304" + "5a" * 32 + "00" + "c02f" + "00")


def answered(dial: SmtpDial, scheme: str, hello: bytes) -> tls_hello.Answer:
    """Say a ClientHello where it belongs, and read what it is answered with; Inconclusive if that is nothing."""
    if dial.endpoint(scheme).implicit_tls:
        said = dial.connect(scheme).probe(hello, dial.target.patience)
    else:
        session = dial.before_tls(scheme)
        session.command("STARTTLS").ok()
        said = session.stream.probe(hello, session.patience)
        session.close()
    if not isinstance(said, bytes):
        raise Inconclusive(Reason.CONNECTION_LOST, f"the ClientHello was answered by {said!r}")
    return tls_hello.read(said)


@verifies("RFC2246-7.4-01", refuted_by=bad_tls(fails=True))
@each_port
def test_smtp_goes_on_under_tls_when_the_handshake_is_done(dial: SmtpDial, scheme: str) -> None:
    """Shake hands; EHLO is answered under TLS."""
    session = dial.under_tls(scheme)
    assert isinstance(session, Smtp)
    assert session.hello().says(250)


@verifies("RFC2246-7.4.1.3-01", refuted_by=bad_tls(retort=(b"", SERVER_HELLO_1_3)))
@each_port
def test_smtp_chooses_no_version_above_the_clients(dial: SmtpDial, scheme: str) -> None:
    """A ClientHello for TLS 1.2: the ServerHello says 1.2 or less, or an alert refuses it."""
    said = answered(dial, scheme, client_hello(versions=(TLS12,), name=dial.target.tls.server_name))
    if not said.is_server_hello and not said.is_alert:
        raise Inconclusive(Reason.PRECONDITION, "the ClientHello was answered by neither ServerHello nor alert")
    assert said.version <= TLS12


@verifies("RFC2246-7.2-01", refuted_by=bad_tls(retort=(b"", b"220 hello\r\n")))
@each_port
def test_smtp_answers_a_handshake_without_a_common_suite_by_an_alert(dial: SmtpDial, scheme: str) -> None:
    """A ClientHello for TLS 1.2 with a suite that nobody has: a TLS alert, and nothing in clear."""
    hello = client_hello(suites=(GREASE,), versions=(TLS12,), name=dial.target.tls.server_name)
    assert answered(dial, scheme, hello).is_alert


@verifies("RFC2246-7.4.1.2-01", refuted_by=bad_tls(retort=(b"\x1a\x1a\x00\x00", ALERT)))
@each_port
def test_smtp_ignores_what_it_does_not_know_in_a_client_hello(dial: SmtpDial, scheme: str) -> None:
    """Suites, groups, versions and extensions of RFC 8701 beside real ones: ServerHello, as without them."""
    name = dial.target.tls.server_name
    with dial.dialler.straight():
        if not answered(dial, scheme, client_hello(name=name)).is_server_hello:
            raise Inconclusive(Reason.PRECONDITION, "a ClientHello without unknown values is refused, too")
    assert answered(dial, scheme, client_hello(name=name, grease=True)).is_server_hello


@verifies("RFC2246-6.2.1-01", refuted_by=alter(rb"line 400 ", b""))
def test_smtp_takes_records_of_the_largest_size(dial: SmtpDial) -> None:
    """A message of 30 kB under TLS, its records filled with 16384 octets: it arrives as it was."""
    body = b"".join(b"line %d of a message that fills TLS records\r\n" % number for number in range(650))
    arrivals, specimen, session = dial.arrivals(), dial.specimen(body), dial.ready()
    if session.stream.tls_facts is None:
        session = dial.secured()
    session.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    assert arrivals.one(specimen.key).partition(b"\r\n\r\n")[2] == body
