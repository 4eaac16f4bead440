"""RFC 8314 section 4: TLS versions, suites, certificates, and logins over cleartext."""

import pytest

from conformance import (
    Inconclusive,
    NotSupported,
    Pop3,
    Pop3Dial,
    Profile,
    Reason,
    TlsFacts,
    TlsFailure,
    bad_tls,
    rewrite,
    say,
    verifies,
)

both_ways = pytest.mark.parametrize("tls", ["stls", "implicit"])

# RFC 7525 section 4.2, with the ECDSA twins that a server with such a certificate needs
RFC7525_SUITES = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"


def offered(dial: Pop3Dial, profile: Profile) -> list[str]:
    """The ways to TLS that this target has; NotSupported if it has none."""
    ways = ["implicit"] if dial.target.endpoint("pop3s") else []
    if dial.target.endpoint("pop3") and profile.announced("STLS"):
        ways.append("stls")
    if not ways:
        raise NotSupported("the target file names no pop3s:// endpoint, and STLS is not announced")
    return ways


@verifies("RFC8314-4-01", refuted_by=bad_tls(fails=True))
def test_pop3_is_served_under_tls(dial: Pop3Dial, profile: Profile) -> None:
    """Implicit TLS or STLS: one of the ways that the target offers leads to TLS."""
    assert any(isinstance(dial.handshake(way), TlsFacts) for way in offered(dial, profile))


@verifies("RFC8314-4-03", refuted_by=bad_tls(fails=True))
def test_stls_succeeds_where_it_is_listed(dial: Pop3Dial) -> None:
    """CAPA in clear lists STLS: +OK, and the handshake succeeds."""
    if b"STLS" not in dial.pop3("none").command("CAPA").capabilities():
        raise NotSupported("CAPA does not list STLS on a plain connection")
    assert isinstance(dial.handshake("stls"), TlsFacts)


@verifies("RFC8314-4-05", refuted_by=bad_tls(versions=("TLSv1", "TLSv1.1")))
@both_ways
def test_tls_1_2_or_later_is_supported(dial: Pop3Dial, tls: str) -> None:
    """A handshake that offers TLS 1.2 and 1.3 succeeds."""
    shaken = dial.handshake(tls, lowest="TLSv1.2", highest="TLSv1.3")
    assert isinstance(shaken, TlsFacts)


@verifies("RFC8314-4-06", refuted_by=bad_tls(versions=("TLSv1", "TLSv1.3")))
@both_ways
def test_tls_1_0_is_refused(dial: Pop3Dial, tls: str) -> None:
    """A handshake that offers TLS 1.0 only fails, on a server where another succeeds; or no login is possible behind it."""
    if isinstance(shaken := dial.handshake(tls), TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"no handshake succeeds at all: {shaken.why}")
    old = dial.under(tls, lowest="TLSv1", highest="TLSv1")
    if isinstance(old, TlsFailure) and "no protocols available" in old.why:
        raise Inconclusive(Reason.NOT_SET_UP, "the local TLS library cannot offer TLS 1.0")
    assert isinstance(old, TlsFailure) or not dial.knock(old).positive


@verifies("RFC8314-4-07", refuted_by=bad_tls(versions=("TLSv1.2", "TLSv1.2"), ciphers="ECDHE-ECDSA-AES128-SHA"))
@both_ways
def test_a_recommended_cipher_suite_is_supported(dial: Pop3Dial, tls: str) -> None:
    """A handshake that offers the suites of RFC 7525 with TLS 1.2, and TLS 1.3, succeeds."""
    if isinstance(shaken := dial.handshake(tls), TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"no handshake succeeds at all: {shaken.why}")
    assert isinstance(dial.handshake(tls, ciphers=RFC7525_SUITES), TlsFacts)


@verifies("RFC8314-4-08", refuted_by=say(b"+OK welcome\r\n", of=rb"USER .*|PASS .*"))
def test_a_login_over_cleartext_is_refused(dial: Pop3Dial, profile: Profile) -> None:
    """Right USER and PASS on a plain connection of a service that has TLS: refused."""
    offered(dial, profile)
    account = dial.account()
    reply = dial.pop3("none").user_pass(account.user, account.password)
    assert not reply.positive


@verifies("RFC8314-4-10", refuted_by=rewrite(rb"^STLS", b"XTLS", of=rb"CAPA"))
def test_the_plain_port_offers_stls(dial: Pop3Dial, profile: Profile) -> None:
    """CAPA on the plain port of a service that has TLS lists STLS."""
    dial.endpoint("pop3")
    offered(dial, profile)
    assert b"STLS" in dial.pop3("none").command("CAPA").capabilities()


def statuses(pop3: Pop3, user: str, password: str) -> list[tuple[bytes, tuple[bytes, ...]]]:
    """Status and code of each answer of a login by USER and PASS and of one by AUTH PLAIN."""
    pop3.patience = max(pop3.patience, 20.0)
    replies = [pop3.command("USER", user), pop3.command("PASS", password), pop3.auth_plain(user, password)]
    return [(reply.status, reply.code) for reply in replies]


@verifies("RFC8314-4.1-01", refuted_by=say(b"-ERR [AUTH] but the password is right\r\n", of=rb"PASS (?!wrong-).*"))
def test_a_refused_login_over_cleartext_does_not_show_whether_the_password_was_right(dial: Pop3Dial) -> None:
    """Where right credentials are refused in clear, wrong ones meet the same answers."""
    account = dial.account()
    right = statuses(dial.pop3("none"), account.user, account.password)
    if b"+OK" in [status for status, _ in right[1:]]:
        raise NotSupported("the server accepts passwords in clear")
    wrong = statuses(dial.pop3("none"), account.user, f"wrong-{account.password}")
    assert wrong == right


@verifies("RFC8314-4.2-01", refuted_by=bad_tls(asks=True))
def test_no_client_certificate_is_requested(dial: Pop3Dial) -> None:
    """The handshake on the implicit TLS port brings no CertificateRequest, unless the server may be set to accept some."""
    shaken = dial.handshake("implicit")
    if isinstance(shaken, TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"the handshake failed: {shaken.why}")
    accepts = dial.target.facilities.get("client-certificates", "")
    if shaken.client_certificate_asked and accepts != "none":
        hint = "the server asks for one, as it may where it accepts some: if it accepts none, say so in the target file"
        raise Inconclusive(Reason.NOT_SET_UP, f'{hint}, [facilities] client-certificates = "none"')
    assert not shaken.client_certificate_asked


@verifies("RFC8314-4.4-01", refuted_by=bad_tls())
@both_ways
def test_the_certificate_is_valid(dial: Pop3Dial, tls: str) -> None:
    """Chain, dates and name hold against the authorities and the server name of the target file."""
    tls_of_target = dial.target.tls
    shaken = dial.handshake(tls)
    if isinstance(shaken, TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"the handshake failed: {shaken.why}")
    if shaken.trouble and not (tls_of_target.verify and tls_of_target.ca and tls_of_target.server_name):
        raise Inconclusive(Reason.NOT_SET_UP, f"{shaken.trouble}: give tls.ca and tls.server_name in the target file")
    assert not shaken.trouble
