"""RFC 8314 sections 3 and 4 for SMTP: implicit TLS for submission, versions, suites, certificates, and logins in clear."""

from __future__ import annotations

import re

import pytest

from conformance import (
    Closed,
    Inconclusive,
    NotSupported,
    Profile,
    Reason,
    Silence,
    Smtp,
    SmtpDial,
    TlsFacts,
    TlsFailure,
    alter,
    bad_tls,
    rewrite,
    say,
    speaks,
    verifies,
)

pytestmark = speaks("smtp")
each_port = pytest.mark.parametrize("scheme", ["smtp", "submission", "smtps", "submissions"])
implicit = pytest.mark.parametrize("scheme", ["smtps", "submissions"])
in_clear = pytest.mark.parametrize("scheme", ["smtp", "submission"])

# RFC 7525 section 4.2, with the ECDSA twins that a server with such a certificate needs
RFC7525_SUITES = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"


def facts(session: Smtp | TlsFailure) -> TlsFacts:
    """What is known of the handshake; Inconclusive if it failed."""
    if isinstance(session, TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"the handshake failed: {session.why}")
    if session.stream.tls_facts is None:
        raise Inconclusive(Reason.PRECONDITION, "there is no TLS on this connection")
    return session.stream.tls_facts


def leads_to_tls(dial: SmtpDial, scheme: str) -> bool:
    """Whether the target has this endpoint and offers TLS there."""
    endpoint = dial.target.endpoint(scheme)
    if endpoint is None or endpoint.implicit_tls:
        return endpoint is not None
    session = dial.smtp(scheme)
    session.hello().ok()
    return "STARTTLS" in session.keywords


@verifies("RFC8314-3.3-01", refuted_by=bad_tls(fails=True))
@implicit
def test_tls_begins_at_once_on_the_port_with_implicit_tls_for_submission(dial: SmtpDial, scheme: str) -> None:
    """Connect and wait: nothing comes in clear; shake hands: the greeting comes under TLS."""
    endpoint, stream = dial.endpoint(scheme), dial.connect(scheme)
    early = stream.receive(0.5)
    assert not isinstance(early, bytes)
    if not isinstance(early, Silence):
        raise Inconclusive(Reason.CONNECTION_LOST, f"before the handshake: {early}")
    assert isinstance(stream.start_tls(dial.dialler.tls_settings(host=endpoint.host), dial.target.patience), TlsFacts)
    greeting = stream.receive(dial.target.patience)
    assert isinstance(greeting, bytes)
    assert greeting.startswith(b"220")


@verifies("RFC8314-3.3-02", refuted_by=rewrite(rb"^(250.)AUTH", rb"\1XAUTH", of=rb"EHLO .*"))
@implicit
def test_auth_is_offered_on_the_port_with_implicit_tls_for_submission(dial: SmtpDial, scheme: str) -> None:
    """EHLO under TLS lists AUTH. An smtps:// endpoint is taken for submission where accounts can log in at all."""
    if scheme == "smtps":
        dial.door()
    assert "AUTH" in dial.secured(scheme).keywords


@verifies("RFC8314-3.3-03", refuted_by=rewrite(rb"^(250.)STARTTLS", rb"\1XTLS", of=rb"EHLO .*"))
def test_the_submission_port_offers_starttls(dial: SmtpDial) -> None:
    """EHLO in clear on the submission port lists STARTTLS."""
    session = dial.smtp("submission")
    session.hello().ok()
    assert "STARTTLS" in session.keywords


@verifies("RFC8314-3.4-01", "RFC2246-7.2.1-01", refuted_by=bad_tls(notifies=False))
@each_port
def test_the_smtp_server_says_close_notify_before_it_closes(dial: SmtpDial, scheme: str) -> None:
    """QUIT, and read to the end: the TLS alert comes before the end of TCP."""
    session = dial.secured(scheme)
    session.command("QUIT").ok()
    ending = session.stream.receive(session.patience)
    if not isinstance(ending, Closed):
        reason = Reason.SILENT if isinstance(ending, Silence) else Reason.CONNECTION_LOST
        raise Inconclusive(reason, f"QUIT was followed by {ending!r}")
    assert ending.tls_notified


@verifies("RFC8314-4-01", refuted_by=bad_tls(fails=True))
def test_submission_is_served_under_tls(dial: SmtpDial) -> None:
    """Implicit TLS or STARTTLS: one of the ways that the endpoints for submission offer leads to TLS."""
    offered = [scheme for scheme in ("submissions", "smtps", "submission") if leads_to_tls(dial, scheme)]
    if not offered:
        raise NotSupported("no endpoint for submission begins with TLS or lists STARTTLS")
    assert any(isinstance(dial.under_tls(scheme), Smtp) for scheme in offered)


@verifies("RFC8314-4-03", refuted_by=bad_tls(fails=True))
@in_clear
def test_starttls_of_smtp_succeeds_where_it_is_listed(dial: SmtpDial, scheme: str) -> None:
    """EHLO in clear lists STARTTLS: 220, and the handshake succeeds."""
    assert isinstance(dial.under_tls(scheme), Smtp)


@verifies("RFC8314-4-05", refuted_by=bad_tls(versions=("TLSv1", "TLSv1.1")))
@each_port
def test_smtp_supports_tls_1_2_or_later(dial: SmtpDial, scheme: str) -> None:
    """A handshake that offers TLS 1.2 and 1.3 succeeds."""
    assert isinstance(dial.under_tls(scheme, lowest="TLSv1.2", highest="TLSv1.3"), Smtp)


@verifies("RFC8314-4-06", "RFC2246-9-01", refuted_by=bad_tls(versions=("TLSv1", "TLSv1.3")))
@pytest.mark.parametrize("scheme", ["submission", "smtps", "submissions"])
def test_submission_refuses_tls_1_0(dial: SmtpDial, scheme: str) -> None:
    """A handshake that offers TLS 1.0 only fails, where another succeeds; or no login is possible behind it."""
    facts(dial.under_tls(scheme))
    old = dial.under_tls(scheme, lowest="TLSv1", highest="TLSv1")
    if isinstance(old, TlsFailure):
        if "no protocols available" in old.why:
            raise Inconclusive(Reason.NOT_SET_UP, "the local TLS library cannot offer TLS 1.0")
        return
    old.hello().ok()
    said = dial.knock(old)
    assert not said.positive


@verifies("RFC8314-4-07", refuted_by=bad_tls(versions=("TLSv1.2", "TLSv1.2"), ciphers="ECDHE-ECDSA-AES128-SHA"))
@each_port
def test_smtp_supports_a_recommended_cipher_suite(dial: SmtpDial, scheme: str) -> None:
    """A handshake that offers the suites of RFC 7525 with TLS 1.2, and TLS 1.3, succeeds."""
    facts(dial.under_tls(scheme))
    assert isinstance(dial.under_tls(scheme, ciphers=RFC7525_SUITES), Smtp)


@verifies("RFC8314-4.1-01", refuted_by=say(b"535 5.7.8 wrong\r\n", of=rb"AUTH PLAIN .{90,}"))
@in_clear
def test_a_refused_smtp_login_over_cleartext_does_not_show_whether_the_password_was_right(
    dial: SmtpDial, scheme: str
) -> None:
    """Where right credentials are refused in clear, a wrong password meets the same answer."""
    account = dial.account()
    right = dial.before_tls(scheme).auth_plain(account.user, account.password)
    if right.code == 235:
        raise NotSupported("the server accepts passwords in clear")
    wrong = dial.before_tls(scheme).auth_plain(account.user, "wrong-" + "x" * 64)
    assert (wrong.code, wrong.enhanced) == (right.code, right.enhanced)


@verifies("RFC8314-4.2-01", refuted_by=bad_tls(asks=True))
@implicit
def test_no_client_certificate_is_requested_on_the_port_for_submission(
    dial: SmtpDial, profile: Profile, scheme: str
) -> None:
    """The handshake on the implicit TLS port brings no CertificateRequest, unless the server may be set to accept some."""
    shaken = facts(dial.under_tls(scheme))
    if shaken.client_certificate_asked and profile.target.facilities.get("client-certificates", "") != "none":
        hint = "the server asks for one, as it may where it accepts some: if it accepts none, say so in the target file"
        raise Inconclusive(Reason.NOT_SET_UP, f'{hint}, [facilities] client-certificates = "none"')
    assert not shaken.client_certificate_asked


@verifies("RFC8314-4.3-01", refuted_by=alter(rb"\btls (?=[A-Z0][A-Za-z0-9_]+)", b"cipher "))
def test_the_received_field_of_a_submitted_message_names_the_cipher_suite(dial: SmtpDial) -> None:
    """Submit a message under TLS: the trace has a "tls" clause, with a name of the registry or four hexadecimal digits."""
    arrivals, specimen, session = dial.arrivals(), dial.specimen(), dial.login()
    if session.stream.tls_facts is None:
        raise NotSupported("the account logs in without TLS")
    session.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    head = arrivals.one(specimen.key).partition(b"\r\n\r\n")[0]
    assert re.search(rb"\stls\s+(?:TLS_[A-Z0-9_]+|0x[0-9A-Fa-f]{4})\b", head, re.IGNORECASE)


@verifies("RFC8314-4.4-01", "RFC4954-14-01", refuted_by=bad_tls())
@each_port
def test_the_certificate_of_the_smtp_service_is_valid(dial: SmtpDial, scheme: str) -> None:
    """Chain, dates and name hold against the authorities and the server name of the target file."""
    asked, shaken = dial.target.tls, facts(dial.under_tls(scheme))
    if shaken.trouble and not (asked.verify and asked.ca and asked.server_name):
        raise Inconclusive(Reason.NOT_SET_UP, f"{shaken.trouble}: give tls.ca and tls.server_name in the target file")
    assert not shaken.trouble
