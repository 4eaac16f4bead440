"""RFC 2595 sections 2.3 and 6: plaintext logins and the PLAIN mechanism."""

import base64

from conformance import (
    BEFORE_TLS,
    UNDER_TLS,
    Inconclusive,
    NotSupported,
    Pop3,
    Pop3Dial,
    Profile,
    Reason,
    hang_up,
    inject,
    rewrite,
    say,
    verifies,
)

TARPIT = 20.0  # seconds: servers may answer a failed login late
BASE64 = rb"[A-Za-z0-9+/=]{8,}"


def under_tls(dial: Pop3Dial, profile: Profile) -> Pop3:
    """Open a session under TLS on which CAPA lists PLAIN."""
    if "PLAIN" not in profile.parameters("SASL", UNDER_TLS):
        raise NotSupported("SASL PLAIN is not listed under TLS")
    pop3 = dial.pop3("implicit" if dial.target.endpoint("pop3s") else "stls")
    pop3.patience = max(pop3.patience, TARPIT)
    return pop3


def say_plain(pop3: Pop3, message: bytes) -> bytes:
    """Answer the empty challenge of AUTH PLAIN with a message, and return the status of what comes."""
    if pop3.command("AUTH", "PLAIN").challenge is None:
        raise Inconclusive(Reason.PRECONDITION, "AUTH PLAIN brought no challenge")
    reply = pop3.command(base64.b64encode(message))
    return b"+OK" if reply.positive else reply.status


@verifies(
    "RFC2595-2.3-01",
    "RFC5034-4-21",
    "RFC2595-2.2-01",
    refuted_by=say(b"+ \r\n", of=rb"AUTH PLAIN") | say(b"+OK welcome\r\n", of=BASE64),
)
def test_a_server_that_refuses_user_and_pass_in_clear_refuses_auth_plain_as_well(
    dial: Pop3Dial, profile: Profile
) -> None:
    """USER and PASS that work under TLS are refused in clear: so is AUTH PLAIN.

    A server that accepts them is not set to refuse; whether it can be set so, this connection does not show.
    """
    account = dial.account()
    secured = under_tls(dial, profile)
    secured.command("USER", account.user).supported("USER").ok()
    secured.command("PASS", account.password).ok()
    secured.quit()
    pop3 = dial.pop3("none")
    if pop3.user_pass(account.user, account.password).positive:
        raise NotSupported("the server accepts passwords in clear: it is not set to refuse them")
    reply = dial.pop3("none").auth_plain(account.user, account.password)
    assert not reply.positive


@verifies(
    "RFC2595-6-01",
    refuted_by=rewrite(rb"^SASL ", b"SASL PLAIN ", of=rb"CAPA")
    | rewrite(rb"\A(?!\+OK)", b"SASL PLAIN\r\n", of=rb"CAPA"),
)
def test_plain_is_not_announced_before_tls(dial: Pop3Dial, profile: Profile) -> None:
    """CAPA in clear on a server that lists PLAIN under TLS: PLAIN waits for TLS."""
    if "PLAIN" not in profile.parameters("SASL", UNDER_TLS) or BEFORE_TLS not in profile.capabilities:
        raise NotSupported("SASL PLAIN is not listed under TLS, or there is no CAPA in clear")
    listed = dial.pop3("none").command("CAPA").ok().capabilities()
    assert b"PLAIN" not in listed.get(b"SASL", ())


@verifies("RFC2595-6-02", "RFC5034-4-20", refuted_by=say(b"-ERR no\r\n", of=BASE64))
def test_plain_under_tls_logs_in_without_an_authorization_identity(dial: Pop3Dial, profile: Profile) -> None:
    """AUTH PLAIN with NUL, name, NUL, password."""
    pop3, account = under_tls(dial, profile), dial.account()
    reply = pop3.auth_plain(account.user, account.password)
    if reply.negative and profile.door and profile.door.method == "APOP":
        raise Inconclusive(Reason.NOT_SET_UP, "the account logs in by APOP only: its secret may be none for PLAIN")
    assert reply.positive


@verifies("RFC2595-6-03", refuted_by=say(b"+OK welcome\r\n", of=BASE64))
def test_plain_does_not_open_the_maildrop_of_another_user(dial: Pop3Dial, profile: Profile) -> None:
    """The first account's credentials with the second account as authorization identity are refused."""
    mine, other = dial.account(), dial.account(1)
    pop3 = under_tls(dial, profile)
    reply = pop3.auth_plain(mine.user, mine.password, authzid=other.user)
    assert not reply.positive


@verifies("RFC2595-6-04", refuted_by=say(b"+OK welcome\r\n", of=BASE64))
def test_a_malformed_plain_message_is_refused(dial: Pop3Dial, profile: Profile) -> None:
    """No NUL, one NUL, no name, no password, a third NUL; each on a connection of its own."""
    account = dial.account()
    user, password = account.user.encode(), account.password.encode()
    messages = (
        user + password,
        user + b"\0" + password,
        b"\0\0" + password,
        b"\0" + user + b"\0",
        b"\0" + user + b"\0" + password + b"\0x",
    )
    assert b"+OK" not in [say_plain(under_tls(dial, profile), message) for message in messages]


@verifies("RFC2595-6-05", "RFC5034-4-14", refuted_by=inject(b"-ERR unknown command\r\n", of=rb"[A-Za-z0-9+/=]{1000,}"))
def test_a_plain_message_with_fields_of_255_octets_is_one_response(dial: Pop3Dial, profile: Profile) -> None:
    """1024 octets of base64 bring one -ERR for wrong credentials, and no word about the rest of the line."""
    pop3 = under_tls(dial, profile)
    assert say_plain(pop3, b"\0".join((b"a" * 255, b"u" * 255, b"p" * 255))) == b"-ERR"
    assert pop3.nothing_follows()


@verifies("RFC2595-6-06", refuted_by=hang_up(of=BASE64))
def test_a_password_beyond_ascii_is_taken_as_data(dial: Pop3Dial, profile: Profile) -> None:
    """A wrong password in UTF-8 is refused like any other wrong password."""
    pop3, account = under_tls(dial, profile), dial.account()
    assert say_plain(pop3, f"\0{account.user}\0Zürich-Łódź-京都".encode()) == b"-ERR"
