"""RFC 5034 section 3: the SASL capability before and after login."""

from conformance import AFTER_LOGIN, NotSupported, Pop3Dial, Profile, rewrite, verifies


@verifies("RFC5034-3-01", refuted_by=rewrite(rb"^SASL .*", b"SASL X-OTHER\r", of=rb"CAPA", after=1))
def test_sasl_lists_the_same_mechanisms_after_login(dial: Pop3Dial, profile: Profile) -> None:
    """CAPA before and after login on one connection: the same set behind SASL, where it stands in both."""
    if not profile.parameters("SASL", AFTER_LOGIN):
        raise NotSupported("SASL is not listed after login: another check is about that")
    pop3 = dial.offering()
    before = pop3.command("CAPA").ok().capabilities()[b"SASL"]
    dial.knock(pop3).ok()
    assert set(pop3.command("CAPA").ok().capabilities()[b"SASL"]) == set(before)


@verifies("RFC5034-3-02", refuted_by=rewrite(rb"^SASL", b"XASL", of=rb"CAPA"))
def test_sasl_is_still_listed_after_auth(dial: Pop3Dial) -> None:
    """CAPA lists SASL, AUTH PLAIN succeeds: CAPA still lists SASL."""
    pop3, account = dial.offering("PLAIN"), dial.account()
    pop3.auth_plain(account.user, account.password).ok()
    assert b"SASL" in pop3.command("CAPA").ok().capabilities()
