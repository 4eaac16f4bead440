"""RFC 4954 sections 4 and 9: passwords in clear, and the PLAIN mechanism under TLS."""

from __future__ import annotations

import pytest

from conformance import NotSupported, SmtpDial, rewrite, say, verifies

WELCOME = say(b"235 2.7.0 welcome\r\n", of=rb"AUTH PLAIN .*")


@verifies("RFC4954-4-04", "RFC4954-4-23", "RFC4954-9-02", refuted_by=WELCOME)
@pytest.mark.parametrize("scheme", ["smtp", "submission"])
def test_plain_that_waits_for_tls_logs_nobody_in_before(dial: SmtpDial, scheme: str) -> None:
    """PLAIN is listed under TLS and not in clear: right credentials are refused in clear.

    A server that lists it in clear is not set so; whether it can be, this connection does not show.
    """
    with dial.dialler.straight():
        if "PLAIN" not in dial.secured(scheme).keywords.get("AUTH", ()):
            raise NotSupported(f"AUTH PLAIN is not listed under TLS at {scheme}://")
    session, account = dial.before_tls(scheme), dial.account()
    if "PLAIN" in session.keywords.get("AUTH", ()):
        raise NotSupported("AUTH PLAIN is listed in clear")
    said = session.auth_plain(account.user, account.password)
    assert not said.positive


@verifies("RFC4954-4-24", "RFC8314-4-08", refuted_by=WELCOME)
@pytest.mark.parametrize("scheme", ["smtp", "submission"])
def test_a_login_with_a_password_in_clear_is_refused(dial: SmtpDial, scheme: str) -> None:
    """Right credentials by AUTH PLAIN in clear, on a port that lists STARTTLS: refused."""
    session, account = dial.before_tls(scheme), dial.account()
    said = session.auth_plain(account.user, account.password)
    assert not said.positive


@verifies("RFC4954-4-25", refuted_by=rewrite(rb"^235.*", b"535 5.7.8 no", of=rb"AUTH PLAIN .*"))
@pytest.mark.parametrize("scheme", ["smtp", "submission", "smtps", "submissions"])
def test_plain_logs_in_under_tls(dial: SmtpDial, scheme: str) -> None:
    """EHLO under TLS lists PLAIN: right credentials, which log in elsewhere or so, bring 235."""
    dial.door()
    session, account = dial.secured(scheme), dial.account()
    if "PLAIN" not in session.keywords.get("AUTH", ()):
        raise NotSupported(f"AUTH PLAIN is not listed under TLS at {scheme}://")
    said = session.auth_plain(account.user, account.password)
    assert said.says(235)
