"""RFC 3207 sections 2, 4 and 4.3: STARTTLS, on every port in clear that lists it."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Smtp, SmtpDial, answer, bad_tls, forward, inject, rewrite, say, verifies

each_port = pytest.mark.parametrize("scheme", ["smtp", "submission"])


@verifies("RFC3207-2-01", refuted_by=rewrite(rb"STARTTLS", b"STARTTLS now", of=rb"EHLO .*"))
@each_port
def test_the_starttls_keyword_has_no_parameter(dial: SmtpDial, scheme: str) -> None:
    """EHLO in clear: the line that lists STARTTLS has nothing behind it."""
    assert dial.before_tls(scheme).keywords["STARTTLS"] == ()


@verifies("RFC3207-4-01", refuted_by=say(b"250 2.0.0 go ahead\r\n", of=rb"STARTTLS"))
@each_port
def test_starttls_is_answered_220_where_it_is_listed(dial: SmtpDial, scheme: str) -> None:
    """EHLO lists STARTTLS: it is answered 220."""
    session = dial.before_tls(scheme)
    said = session.command("STARTTLS")
    session.close()
    assert said.says(220)


@verifies("RFC3207-4-01", refuted_by=bad_tls(fails=True))
@each_port
def test_the_handshake_behind_220_succeeds(dial: SmtpDial, scheme: str) -> None:
    """STARTTLS, 220, handshake: EHLO is answered under TLS."""
    session = dial.under_tls(scheme)
    assert isinstance(session, Smtp)
    assert session.hello().says(250)


@verifies("RFC3207-4-01", refuted_by=inject(b"250 go on\r\n", of=rb"STARTTLS"))
@each_port
def test_nothing_comes_between_220_and_the_handshake(dial: SmtpDial, scheme: str) -> None:
    """STARTTLS, 220, and not an octet more until our handshake."""
    session = dial.before_tls(scheme)
    session.command("STARTTLS").ok()
    quiet = session.nothing_follows()
    session.close()
    assert quiet


@verifies("RFC3207-4-02", refuted_by=forward(b"STARTTLS", of=rb"STARTTLS now"))
@each_port
def test_starttls_with_a_parameter_is_a_syntax_error(dial: SmtpDial, scheme: str) -> None:
    """STARTTLS takes no parameter: 501 (500 and 504 say as much), and the session goes on in clear."""
    session = dial.before_tls(scheme)
    said = session.command("STARTTLS", "now")
    if said.code == 220:
        session.close()  # the server waits for a handshake now
    if said.code in (530, 535):
        raise NotSupported(f"a login is demanded first: {said!r}")
    assert said.says(501, 500, 504)
    session.command("NOOP").ok()


@verifies("RFC3207-4-01", refuted_by=answer(b"220 2.0.0 begin\r\n", of=rb"STARTTLS"))
@each_port
def test_a_command_in_clear_is_not_carried_out_in_place_of_the_handshake(dial: SmtpDial, scheme: str) -> None:
    """STARTTLS, 220, then NOOP in clear where a ClientHello belongs: no 250 comes in clear.

    The server knows that TLS is to begin; it may close, send an alert, or refuse what it cannot read.
    """
    session = dial.before_tls(scheme)
    session.command("STARTTLS").ok()
    said = session.stream.probe(b"NOOP\r\n", session.patience)
    session.close()
    assert not (isinstance(said, bytes) and said.startswith(b"250"))


@verifies("RFC3207-4.3-01", refuted_by=bad_tls(fails=True))
def test_starttls_works_on_the_submission_port(dial: SmtpDial) -> None:
    """EHLO on the submission port lists STARTTLS: 220, handshake, and EHLO again."""
    session = dial.under_tls("submission")
    assert isinstance(session, Smtp)
    assert session.hello().says(250)
