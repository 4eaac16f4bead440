"""RFC 3207 section 4.2: what the server knows behind the handshake, and what it must have forgotten."""

from __future__ import annotations

import pytest

from conformance import (
    Inconclusive,
    NotSupported,
    Reason,
    Smtp,
    SmtpDial,
    TlsFacts,
    alter,
    bad_tls,
    rewrite_raw,
    say,
    verifies,
)

each_port = pytest.mark.parametrize("scheme", ["smtp", "submission"])
under_tls = pytest.mark.parametrize("scheme", ["smtp", "submission", "smtps", "submissions"])
IN_CLEAR = b"in-clear.mailconform.invalid"


def handshake(dial: SmtpDial, session: Smtp, scheme: str) -> None:
    """Shake hands behind 220 to STARTTLS; a precondition."""
    shaken = session.start_tls(dial.dialler.tls_settings(host=dial.endpoint(scheme).host))
    if not isinstance(shaken, TlsFacts):
        raise Inconclusive(Reason.PRECONDITION, f"the handshake behind STARTTLS failed: {shaken.why}")


@verifies("RFC3207-4.2-01", refuted_by=say(b"250 2.1.0 go on\r\n", of=rb"MAIL .*"))
@each_port
def test_ehlo_in_clear_does_not_count_under_tls(dial: SmtpDial, scheme: str) -> None:
    """EHLO, STARTTLS, MAIL: refused, on a server that demands EHLO before MAIL."""
    with dial.dialler.straight():
        fresh = dial.smtp(scheme)
        if fresh.mail(dial.sender).positive:
            raise NotSupported("MAIL is accepted without EHLO")
        fresh.hello()
        if not fresh.mail(dial.sender).positive:
            raise NotSupported("MAIL is refused before STARTTLS, also behind EHLO")
    session = dial.before_tls(scheme)
    session.command("STARTTLS").ok()
    handshake(dial, session, scheme)
    assert session.mail(dial.sender).refused


@verifies("RFC3207-4.2-01", refuted_by=alter(rb"(Received: from )\S+", rb"\1" + IN_CLEAR))
def test_the_name_said_in_clear_is_forgotten_under_tls(dial: SmtpDial) -> None:
    """EHLO with one name, STARTTLS, a message without another EHLO: the first name is not in its trace."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    session = dial.smtp()
    session.client = IN_CLEAR
    session.hello().ok()
    if "STARTTLS" not in session.keywords:
        raise NotSupported("STARTTLS is not announced")
    session.command("STARTTLS").ok()
    handshake(dial, session, dial.scheme)
    if not session.mail(dial.sender).positive:
        raise NotSupported("MAIL is refused without EHLO under TLS")
    session.rcpt(dial.address()).ok()
    session.data(specimen.raw).ok()
    assert IN_CLEAR not in arrivals.one(specimen.key)


@verifies("RFC3207-4.2-02", refuted_by=say(b"250 2.1.5 go on\r\n", of=rb"RCPT .*"))
@each_port
def test_a_transaction_begun_in_clear_does_not_go_on_under_tls(dial: SmtpDial, scheme: str) -> None:
    """MAIL, STARTTLS, RCPT: refused; a server may refuse STARTTLS there as well."""
    session = dial.before_tls(scheme)
    if not session.mail(dial.sender).positive:
        raise NotSupported("MAIL is refused in clear")
    with dial.dialler.straight():
        if not session.command("STARTTLS").positive:
            raise NotSupported("STARTTLS is refused in a transaction")
    handshake(dial, session, scheme)
    assert session.rcpt(dial.address()).refused


@verifies("RFC3207-4.2-09", refuted_by=say(b"503 5.5.1 you are known already\r\n", of=rb"AUTH .*", after=1))
@each_port
def test_a_login_in_clear_is_forgotten_under_tls(dial: SmtpDial, scheme: str) -> None:
    """AUTH in clear, STARTTLS, EHLO, AUTH: it is not answered 503, as it would be behind a login that still counts."""
    session, account = dial.before_tls(scheme), dial.account()
    if "PLAIN" not in session.keywords.get("AUTH", ()):
        raise NotSupported("AUTH PLAIN is not offered in clear")
    session.auth_plain(account.user, account.password).ok()
    if not session.command("STARTTLS").positive:
        raise NotSupported("STARTTLS is refused after AUTH")
    handshake(dial, session, scheme)
    session.hello().ok()
    if "PLAIN" not in session.keywords.get("AUTH", ()):
        raise NotSupported("AUTH PLAIN is not offered under TLS")
    said = session.auth_plain(account.user, account.password)
    assert not said.says(503)


@verifies("RFC3207-4.2-03", "RFC2920-3.2-14", refuted_by=bad_tls(keeps_clear=True))
@each_port
@pytest.mark.parametrize(
    "line",
    [b"NOOP", b"EHLO injected.invalid", b"MAIL FROM:<injected@mailconform.invalid>", b"XYZZY", b"QUIT"],
    ids=["noop", "ehlo", "mail", "unknown", "quit"],
)
def test_a_command_in_clear_behind_starttls_is_not_carried_out_under_tls(
    dial: SmtpDial, scheme: str, line: bytes
) -> None:
    """STARTTLS and a command in one write, then the handshake: nothing is answered there but the EHLO that we say.

    A refusal of STARTTLS, a handshake that fails and a connection that ends are the server's good right.
    """
    with dial.dialler.straight():
        dial.secured(scheme).close()
    session = dial.before_tls(scheme)
    session.send(b"STARTTLS\r\n" + line + b"\r\n")
    if session.receive().code != 220:
        return
    shaken = session.start_tls(dial.dialler.tls_settings(host=dial.endpoint(scheme).host))
    if not isinstance(shaken, TlsFacts):
        return
    assert session.nothing_follows(0.5)
    hello = session.hello()
    assert hello.reply is None or (hello.code == 250 and len(hello.lines) > 1)
    assert session.nothing_follows()


@verifies("RFC3207-4.2-04", refuted_by=rewrite_raw(rb"\r\n250 ", b"\r\n250-STARTTLS\r\n250 ", of=rb"EHLO .*"))
@under_tls
def test_starttls_is_not_listed_under_tls(dial: SmtpDial, scheme: str) -> None:
    """EHLO on a connection that is under TLS."""
    assert "STARTTLS" not in dial.secured(scheme).keywords


@verifies("RFC3207-4.2-05", refuted_by=say(b"220 2.0.0 begin\r\n", of=rb"STARTTLS"))
@under_tls
def test_starttls_is_refused_under_tls(dial: SmtpDial, scheme: str) -> None:
    """STARTTLS on a connection that is under TLS."""
    with dial.dialler.straight():
        session = dial.secured(scheme)
    said = session.command("STARTTLS")
    if said.code == 220:
        session.close()  # the server waits for a second handshake now
    assert said.code == 454 or said.refused


@verifies("RFC3207-4.2-07", refuted_by=bad_tls(greets_again=True))
@each_port
def test_no_second_greeting_comes_behind_the_handshake(dial: SmtpDial, scheme: str) -> None:
    """STARTTLS, handshake, silence: the next word is the client's."""
    session = dial.before_tls(scheme)
    session.command("STARTTLS").ok()
    handshake(dial, session, scheme)
    assert session.nothing_follows(0.5)
