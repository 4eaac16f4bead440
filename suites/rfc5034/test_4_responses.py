"""RFC 5034 section 4: client responses, right and wrong."""

import base64

import pytest

from conformance import Inconclusive, Pop3, Pop3Dial, Reason, forward, say, verifies
from conformance.target import Account
from conformance.wire import sasl

TARPIT = 20.0  # seconds: servers may answer a failed login late
BASE64 = rb"[A-Za-z0-9+/=]{8,}"


def exchange(dial: Pop3Dial) -> Pop3:
    """Open a session in which AUTH PLAIN waits for its response."""
    pop3 = dial.offering("PLAIN")
    pop3.patience = max(pop3.patience, TARPIT)
    reply = pop3.command("AUTH", "PLAIN")
    if reply.challenge is None:
        raise Inconclusive(Reason.PRECONDITION, f"AUTH PLAIN was answered {reply!r}")
    return pop3


def right(account: Account) -> bytes:
    """The PLAIN message that logs in, in base64."""
    return base64.b64encode(sasl.plain(account.user, account.password))


@verifies("RFC5034-4-05", "RFC1734-2-03", refuted_by=say(b"+ \r\n", of=rb"\*"))
def test_an_asterisk_cancels_the_exchange(dial: Pop3Dial) -> None:
    """AUTH PLAIN, '*': -ERR."""
    assert exchange(dial).command("*").negative


@verifies("RFC5034-4-05", refuted_by=say(b"+ \r\n", of=rb"\*"))
def test_an_asterisk_cancels_cram_md5(dial: Pop3Dial) -> None:
    """AUTH CRAM-MD5, '*' behind its challenge: -ERR."""
    pop3 = dial.offering("CRAM-MD5")
    pop3.patience = max(pop3.patience, TARPIT)
    if pop3.command("AUTH", "CRAM-MD5").challenge is None:
        raise Inconclusive(Reason.PRECONDITION, "AUTH CRAM-MD5 brought no challenge")
    assert pop3.command("*").negative


@verifies("RFC5034-4-10", refuted_by=say(b"+ \r\n", of=rb"!!!!"))
def test_a_response_that_is_no_base64_is_refused(dial: Pop3Dial) -> None:
    """AUTH PLAIN, then a line that cannot be decoded: -ERR."""
    assert exchange(dial).command("!!!!").negative


@verifies("RFC5034-4-10", refuted_by=forward(b"AUTH PLAIN", of=rb"AUTH PLAIN !!!!"))
def test_an_initial_response_that_is_no_base64_is_refused(dial: Pop3Dial) -> None:
    """AUTH PLAIN with an initial response that cannot be decoded: -ERR."""
    pop3 = dial.offering("PLAIN")
    pop3.patience = max(pop3.patience, TARPIT)
    assert pop3.command("AUTH", "PLAIN", "!!!!").negative


@verifies("RFC5034-4-11", refuted_by=forward(rb"\1\2", of=rb"(?!AUTH )([A-Za-z0-9+/]{2,})[-_! ]([A-Za-z0-9+/=]{2,})"))
@pytest.mark.parametrize("stray", [b"-", b"_", b"!", b" "], ids=["hyphen", "underline", "exclamation", "space"])
def test_a_character_outside_the_base64_alphabet_is_not_skipped(dial: Pop3Dial, stray: bytes) -> None:
    """The right response with a stray character in it logs nobody in."""
    message = right(dial.account())
    half = len(message) // 8 * 4
    reply = exchange(dial).command(message[:half] + stray + message[half:])
    assert not reply.positive


@verifies("RFC5034-4-12", refuted_by=forward(rb"\1\2", of=rb"([A-Za-z0-9+/]{4,})=([A-Za-z0-9+/]{2,}=*)"))
def test_a_pad_character_inside_base64_is_not_skipped(dial: Pop3Dial) -> None:
    """The right response with '=' in the middle logs nobody in."""
    message = right(dial.account())
    half = len(message) // 8 * 4
    reply = exchange(dial).command(message[:half] + b"=" + message[half:])
    assert not reply.positive


@verifies("RFC5034-4-12", refuted_by=say(b"+OK welcome\r\n", of=rb"AA==[A-Za-z0-9+/=]+"))
def test_two_padded_pieces_are_no_base64(dial: Pop3Dial) -> None:
    """The right response as two pieces, each encoded and padded by itself, logs nobody in."""
    account = dial.account()
    message = sasl.plain(account.user, account.password)
    reply = exchange(dial).command(base64.b64encode(message[:1]) + base64.b64encode(message[1:]))
    assert not reply.positive


@verifies("RFC5034-4-12", refuted_by=say(b"+ \r\n", of=rb"=AAA"))
def test_base64_that_begins_with_a_pad_character_is_refused(dial: Pop3Dial) -> None:
    """The response =AAA: -ERR."""
    assert exchange(dial).command("=AAA").negative


def padded(account: Account) -> bytes | None:
    """A PLAIN message that logs in and whose base64 ends in padding, without it; None if there is none."""
    for authzid in ("", account.user):
        message = base64.b64encode(sasl.plain(account.user, account.password, authzid))
        if message.endswith(b"="):
            return message
    return None


@verifies(
    "RFC5034-4-13",
    refuted_by=forward(rb"\1=", of=rb"((?:[A-Za-z0-9+/]{4})+[A-Za-z0-9+/]{3})")
    | forward(rb"\1==", of=rb"((?:[A-Za-z0-9+/]{4})+[A-Za-z0-9+/]{2})"),
)
def test_base64_without_its_padding_is_refused(dial: Pop3Dial) -> None:
    """A response that logs in, sent without the '=' at its end: no login."""
    message = padded(dial.account())
    if message is None:
        raise Inconclusive(
            Reason.NOT_SET_UP, "needs a name or password of another length: no response of this account is padded"
        )
    accepted = exchange(dial)
    accepted.command(message).ok()
    accepted.quit()
    reply = exchange(dial).command(message.rstrip(b"="))
    assert not reply.positive


@verifies("RFC5034-4-18", refuted_by=say(b"+OK welcome\r\n", of=BASE64))
@pytest.mark.parametrize("authzid", ["\u00ad", "{}\u0007", "{}\ue000"], ids=["nothing-left", "control", "private-use"])
def test_an_authorization_identity_that_cannot_be_prepared_is_refused(dial: Pop3Dial, authzid: str) -> None:
    """Right credentials with an authorization identity that SASLprep maps to nothing or prohibits: no login."""
    account = dial.account()
    message = sasl.plain(account.user, account.password, authzid.format(account.user))
    reply = exchange(dial).command(base64.b64encode(message))
    assert not reply.positive


@verifies("RFC5034-4-17", refuted_by=say(b"-ERR no\r\n", of=rb"77[A-Za-z0-9+/=]+"))
def test_an_authorization_identity_is_prepared_before_matching(dial: Pop3Dial) -> None:
    """The name in full-width letters, which SASLprep maps to ASCII, does as authorization identity what the name does."""
    account = dial.account()
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in account.user)
    plainly = exchange(dial)
    plainly.command(base64.b64encode(sasl.plain(account.user, account.password, account.user))).ok()
    plainly.quit()
    reply = exchange(dial).command(base64.b64encode(sasl.plain(account.user, account.password, wide)))
    assert reply.positive
