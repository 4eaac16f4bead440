"""RFC 8314 sections 3 and 4 for IMAP: implicit TLS, versions, suites, certificates, and logins over cleartext."""

from __future__ import annotations

import pytest

from conformance import (
    Closed,
    Imap,
    ImapDial,
    Inconclusive,
    NotSupported,
    Profile,
    Reason,
    Silence,
    TlsFacts,
    TlsFailure,
    bad_tls,
    rewrite,
    say,
    speaks,
    verifies,
)

pytestmark = speaks("imap")
both_ways = pytest.mark.parametrize("tls", ["starttls", "implicit"])

# RFC 7525 section 4.2, with the ECDSA twins that a server with such a certificate needs
RFC7525_SUITES = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"


def offered(dial: ImapDial) -> list[str]:
    """The ways to TLS that this target has; NotSupported if it has none."""
    ways = [way for way in dial.ways() if way != "none"]
    if not ways:
        raise NotSupported("the target file names no imaps:// endpoint, and STARTTLS is not announced")
    return ways


def facts(session: Imap | TlsFailure) -> TlsFacts:
    """What is known of the handshake; Inconclusive if it failed."""
    if isinstance(session, TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"the handshake failed: {session.why}")
    if session.stream.tls_facts is None:
        raise Inconclusive(Reason.PRECONDITION, "there is no TLS on this connection")
    return session.stream.tls_facts


@verifies("RFC8314-3.1-01", refuted_by=bad_tls(fails=True))
def test_tls_begins_at_once_on_the_imaps_port(dial: ImapDial) -> None:
    """Connect and wait: nothing comes in clear; shake hands: the greeting comes under TLS."""
    endpoint, stream = dial.endpoint("imaps"), dial.connect("imaps")
    early = stream.receive(0.5)
    assert not isinstance(early, bytes)
    if not isinstance(early, Silence):
        raise Inconclusive(Reason.CONNECTION_LOST, f"before the handshake: {early}")
    assert isinstance(stream.start_tls(dial.dialler.tls_settings(host=endpoint.host), dial.target.patience), TlsFacts)
    greeting = stream.receive(dial.target.patience)
    assert isinstance(greeting, bytes)
    assert greeting.startswith(b"* ")


@verifies("RFC8314-3.4-01", refuted_by=bad_tls(notifies=False))
@both_ways
def test_the_imap_server_says_close_notify_before_it_closes(dial: ImapDial, tls: str) -> None:
    """LOGOUT, and read to the end: the TLS alert comes before the end of TCP."""
    session = dial.imap(tls)
    session.command("LOGOUT").ok()
    ending = session.stream.receive(session.patience)
    if not isinstance(ending, Closed):
        reason = Reason.SILENT if isinstance(ending, Silence) else Reason.CONNECTION_LOST
        raise Inconclusive(reason, f"LOGOUT was followed by {ending!r}")
    assert ending.tls_notified


@verifies("RFC8314-4-01", refuted_by=bad_tls(fails=True))
def test_imap_is_served_under_tls(dial: ImapDial) -> None:
    """Implicit TLS or STARTTLS: one of the ways that the target offers leads to TLS."""
    assert any(isinstance(dial.under(way), Imap) for way in offered(dial))


@verifies("RFC8314-4-03", refuted_by=bad_tls(fails=True))
def test_starttls_succeeds_where_it_is_listed(dial: ImapDial) -> None:
    """CAPABILITY in clear lists STARTTLS: OK, and the handshake succeeds."""
    if b"STARTTLS" not in dial.imap("none").command("CAPABILITY").capabilities:
        raise NotSupported("CAPABILITY does not list STARTTLS on a plain connection")
    assert isinstance(dial.under("starttls"), Imap)


@verifies("RFC8314-4-05", refuted_by=bad_tls(versions=("TLSv1", "TLSv1.1")))
@both_ways
def test_imap_supports_tls_1_2_or_later(dial: ImapDial, tls: str) -> None:
    """A handshake that offers TLS 1.2 and 1.3 succeeds."""
    assert isinstance(dial.under(tls, lowest="TLSv1.2", highest="TLSv1.3"), Imap)


@verifies("RFC8314-4-06", refuted_by=bad_tls(versions=("TLSv1", "TLSv1.3")))
@both_ways
def test_imap_refuses_tls_1_0(dial: ImapDial, tls: str) -> None:
    """A handshake that offers TLS 1.0 only fails, where another succeeds; or no login is possible behind it."""
    facts(dial.under(tls))
    old = dial.under(tls, lowest="TLSv1", highest="TLSv1")
    if isinstance(old, TlsFailure) and "no protocols available" in old.why:
        raise Inconclusive(Reason.NOT_SET_UP, "the local TLS library cannot offer TLS 1.0")
    assert isinstance(old, TlsFailure) or not dial.knock(old).is_ok


@verifies("RFC8314-4-07", refuted_by=bad_tls(versions=("TLSv1.2", "TLSv1.2"), ciphers="ECDHE-ECDSA-AES128-SHA"))
@both_ways
def test_imap_supports_a_recommended_cipher_suite(dial: ImapDial, tls: str) -> None:
    """A handshake that offers the suites of RFC 7525 with TLS 1.2, and TLS 1.3, succeeds."""
    facts(dial.under(tls))
    assert isinstance(dial.under(tls, ciphers=RFC7525_SUITES), Imap)


@verifies("RFC8314-4-08", refuted_by=say(b"<tag> OK welcome\r\n", of=rb"LOGIN .*"))
def test_an_imap_login_over_cleartext_is_refused(dial: ImapDial) -> None:
    """Right name and password on a plain connection of a service that has TLS: refused."""
    offered(dial)
    account = dial.account()
    assert not dial.imap("none").login(account.user, account.password).is_ok


@verifies("RFC8314-4-10", refuted_by=rewrite(rb" STARTTLS", b"", of=rb"CAPABILITY"))
def test_the_plain_imap_port_offers_starttls(dial: ImapDial) -> None:
    """CAPABILITY on the plain port of a service that has TLS lists STARTTLS."""
    dial.endpoint("imap")
    offered(dial)
    assert b"STARTTLS" in dial.imap("none").command("CAPABILITY").capabilities


def told(session: Imap, user: str, password: str) -> list[tuple[bytes, bytes]]:
    """Status and code of the answers to LOGIN and AUTHENTICATE PLAIN."""
    answers = [session.login(user, password), session.authenticate_plain(user, password)]
    return [(said.status, said.code) for said in answers]


@verifies("RFC8314-4.1-01", refuted_by=say(b"<tag> NO [AUTHENTICATIONFAILED] wrong\r\n", of=rb"LOGIN \S+ \"wrong-.*"))
def test_a_refused_imap_login_over_cleartext_does_not_show_whether_the_password_was_right(dial: ImapDial) -> None:
    """Where right credentials are refused in clear, wrong ones meet the same answers."""
    account = dial.account()
    right = told(dial.imap("none"), account.user, account.password)
    if b"OK" in [status for status, _ in right]:
        raise NotSupported("the server accepts passwords in clear")
    assert told(dial.imap("none"), account.user, f"wrong-{account.password}") == right


@verifies("RFC8314-4.2-01", refuted_by=bad_tls(asks=True))
def test_no_client_certificate_is_requested_on_the_imaps_port(dial: ImapDial, profile: Profile) -> None:
    """The handshake on the implicit TLS port brings no CertificateRequest, unless the server may be set to accept some."""
    shaken = facts(dial.under("implicit"))
    if shaken.client_certificate_asked and profile.target.facilities.get("client-certificates", "") != "none":
        hint = "the server asks for one, as it may where it accepts some: if it accepts none, say so in the target file"
        raise Inconclusive(Reason.NOT_SET_UP, f'{hint}, [facilities] client-certificates = "none"')
    assert not shaken.client_certificate_asked


@verifies("RFC8314-4.4-01", refuted_by=bad_tls())
@both_ways
def test_the_certificate_of_the_imap_service_is_valid(dial: ImapDial, tls: str) -> None:
    """Chain, dates and name hold against the authorities and the server name of the target file."""
    asked, shaken = dial.target.tls, facts(dial.under(tls))
    if shaken.trouble and not (asked.verify and asked.ca and asked.server_name):
        raise Inconclusive(Reason.NOT_SET_UP, f"{shaken.trouble}: give tls.ca and tls.server_name in the target file")
    assert not shaken.trouble
