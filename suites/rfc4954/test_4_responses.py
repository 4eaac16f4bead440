"""RFC 4954 section 4: client responses, right and wrong, short and long."""

from __future__ import annotations

import base64

import pytest

from conformance import Inconclusive, NotSupported, Reason, Smtp, SmtpDial, forward, inject, rewrite, say, verifies
from conformance.target import Account
from conformance.wire import sasl

BASE64 = rb"[A-Za-z0-9+/=]{8,}"
LONG = 16384  # octets: beyond the 12288 that section 4 finds sufficient
WELCOME = say(b"235 2.7.0 welcome\r\n", of=BASE64)


def exchange(dial: SmtpDial) -> Smtp:
    """Open a session in which AUTH PLAIN waits for its response."""
    session = dial.offering("PLAIN")
    said = session.auth("PLAIN")
    if said.code != 334:
        raise Inconclusive(Reason.PRECONDITION, f"AUTH PLAIN was answered {said!r}")
    return session


def right(account: Account, authzid: str = "") -> bytes:
    """The PLAIN message that logs in, in base64."""
    return base64.b64encode(sasl.plain(account.user, account.password, authzid))


@verifies("RFC4954-4-11", "RFC2554-4-01", refuted_by=rewrite(rb"^501", b"535", of=rb"!!!!"))
def test_a_response_that_is_no_base64_is_answered_501(dial: SmtpDial) -> None:
    """AUTH PLAIN, then a line that cannot be decoded: 501."""
    assert exchange(dial).respond(b"!!!!").says(501)


@verifies("RFC4954-4-11", "RFC2554-4-01", refuted_by=forward(b"AUTH PLAIN", of=rb"AUTH PLAIN !!!!"))
def test_an_initial_response_that_is_no_base64_is_answered_501(dial: SmtpDial) -> None:
    """AUTH PLAIN with an initial response that cannot be decoded: 501."""
    assert dial.offering("PLAIN").auth("PLAIN !!!!").says(501)


@verifies("RFC4954-4-31", refuted_by=rewrite(rb"^501 \S+", b"501 5.7.8", of=rb"!!!!"))
def test_the_501_for_what_is_no_base64_has_the_code_5_5_2(dial: SmtpDial) -> None:
    """AUTH PLAIN, then a line that cannot be decoded, on a server that announces ENHANCEDSTATUSCODES."""
    session = exchange(dial)
    said = session.respond(b"!!!!")
    if said.code != 501 or "ENHANCEDSTATUSCODES" not in session.keywords:
        raise NotSupported(f"ENHANCEDSTATUSCODES is not announced, or no 501 came: {said!r}")
    assert said.enhanced == b"5.5.2"


@verifies("RFC4954-4-12", refuted_by=forward(rb"\1\2", of=rb"(?!AUTH )([A-Za-z0-9+/]{2,})[-_! ]([A-Za-z0-9+/=]{2,})"))
@pytest.mark.parametrize("stray", [b"-", b"_", b"!", b" "], ids=["hyphen", "underline", "exclamation", "space"])
def test_a_character_outside_the_base64_alphabet_is_not_skipped(dial: SmtpDial, stray: bytes) -> None:
    """The right response with a stray character in it logs nobody in."""
    message = right(dial.account())
    half = len(message) // 8 * 4
    said = exchange(dial).respond(message[:half] + stray + message[half:])
    assert not said.positive


@verifies("RFC4954-4-13", refuted_by=forward(rb"\1\2", of=rb"([A-Za-z0-9+/]{4,})=([A-Za-z0-9+/]{2,}=*)"))
def test_a_pad_character_inside_base64_is_not_skipped(dial: SmtpDial) -> None:
    """The right response with "=" in the middle logs nobody in."""
    message = right(dial.account())
    half = len(message) // 8 * 4
    said = exchange(dial).respond(message[:half] + b"=" + message[half:])
    assert not said.positive


@verifies("RFC4954-4-13", refuted_by=say(b"235 2.7.0 welcome\r\n", of=rb"AA==[A-Za-z0-9+/=]+"))
def test_two_padded_pieces_are_no_base64(dial: SmtpDial) -> None:
    """The right response as two pieces, each encoded and padded by itself, logs nobody in."""
    account = dial.account()
    message = sasl.plain(account.user, account.password)
    said = exchange(dial).respond(base64.b64encode(message[:1]) + base64.b64encode(message[1:]))
    assert not said.positive


@verifies("RFC4954-4-13", refuted_by=rewrite(rb"^501", b"535", of=rb"=AAA|AAA=BBB"))
@pytest.mark.parametrize("response", [b"=AAA", b"AAA=BBB"], ids=["first", "inside"])
def test_a_pad_character_out_of_place_is_answered_501(dial: SmtpDial, response: bytes) -> None:
    """The two examples of the RFC, as responses: 501."""
    assert exchange(dial).respond(response).says(501)


@verifies("RFC4954-4-14", refuted_by=inject(b"500 5.5.2 unknown command\r\n", of=rb"[A-Za-z0-9+/=]{1000,}"))
def test_a_plain_message_with_fields_of_255_octets_is_one_response(dial: SmtpDial) -> None:
    """1024 octets of base64, more than a command line may hold: refused for what they say, not for their length."""
    session = exchange(dial)
    said = session.respond(base64.b64encode(b"\0".join((b"a" * 255, b"u" * 255, b"p" * 255))))
    assert said.refused
    assert said.code != 500
    assert session.nothing_follows()


@verifies("RFC4954-4-15", refuted_by=inject(b"500 5.5.2 unknown command\r\n", of=rb"[A-Za-z0-9+/=]{9000,}"))
def test_a_response_that_is_too_long_is_refused_once(dial: SmtpDial) -> None:
    """16384 octets of base64: one refusal for the whole line, and the session goes on or is ended by 421.

    A server whose buffer is larger refuses what they say.
    """
    session = exchange(dial)
    said = session.respond(base64.b64encode(b"x" * (LONG // 4 * 3)))
    assert said.refused
    after = session.receive(0.2)
    assert after.reply is None or after.code == 421


@verifies("RFC4954-6-06", refuted_by=rewrite(rb"^500 5\.5\.6", b"500 5.5.2", of=rb"[A-Za-z0-9+/=]{9000,}"))
def test_the_500_for_a_response_that_is_too_long_has_the_code_5_5_6(dial: SmtpDial) -> None:
    """16384 octets of base64, on a server that answers 500 and announces ENHANCEDSTATUSCODES."""
    session = exchange(dial)
    said = session.respond(base64.b64encode(b"x" * (LONG // 4 * 3)))
    if said.code != 500 or "ENHANCEDSTATUSCODES" not in session.keywords:
        raise NotSupported(f"ENHANCEDSTATUSCODES is not announced, or no 500 came: {said!r}")
    assert said.enhanced == b"5.5.6"


@verifies("RFC4954-4-17", refuted_by=WELCOME)
@pytest.mark.parametrize("authzid", ["\u00ad", "{}\u0007", "{}\ue000"], ids=["nothing-left", "control", "private-use"])
def test_an_authorization_identity_that_cannot_be_prepared_is_refused(dial: SmtpDial, authzid: str) -> None:
    """Right credentials with an authorization identity that SASLprep maps to nothing or prohibits: no login."""
    account = dial.account()
    said = exchange(dial).respond(right(account, authzid.format(account.user)))
    assert not said.positive


@verifies("RFC4954-4-16", refuted_by=say(b"535 5.7.8 no\r\n", of=rb"77[A-Za-z0-9+/=]+"))
def test_an_authorization_identity_is_prepared_before_matching(dial: SmtpDial) -> None:
    """The name in full-width letters, which SASLprep maps to ASCII, does as authorization identity what the name does."""
    account = dial.account()
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in account.user)
    if not exchange(dial).respond(right(account, account.user)).positive:
        raise NotSupported("an authorization identity is refused, also the user's own")
    said = exchange(dial).respond(right(account, wide))
    assert said.positive
