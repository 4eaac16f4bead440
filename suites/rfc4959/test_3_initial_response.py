"""RFC 4959: an initial response in the AUTHENTICATE command."""

from __future__ import annotations

import base64

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    answer,
    forward,
    inject,
    needs,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap import LOGIN_PATIENCES, Imap
from conformance.sessions.imap_answer import Answer
from conformance.wire import sasl
from conformance.wire.imap_commands import Sync, Word

pytestmark = needs("SASL-IR")
WITH_RESPONSE = rb"AUTHENTICATE \S+ .*"
AS_OK = (rb"^(\S+) (NO|BAD)", rb"\1 OK")


def offering(dial: ImapDial, mechanism: str) -> Imap:
    """Open a connection on which CAPABILITY lists a mechanism, and SASL-IR with it."""
    session = dial.offering(mechanism)
    with dial.dialler.straight():
        if b"SASL-IR" not in session.command("CAPABILITY").ok().capabilities:
            raise NotSupported("SASL-IR is not listed before login")
    return session


def right(dial: ImapDial) -> bytes:
    """The message of PLAIN with right credentials."""
    return sasl.plain(dial.account().user, dial.account().password)


def said(session: Imap, *words: Word) -> Answer:
    """Send AUTHENTICATE as it stands; a challenge that comes is cancelled. Inconclusive if no completion comes."""
    tag = session.begin("AUTHENTICATE", *words)
    if session.continues(tag, session.patience * LOGIN_PATIENCES):
        session.send(b"*\r\n")
    found = session.finish(tag, session.patience * LOGIN_PATIENCES)
    if found.final is None:
        raise Inconclusive(Reason.SILENT, f"AUTHENTICATE is answered {found!r}")
    return found


def challenged(answer_: Answer) -> bool:
    """Whether a continuation request came."""
    return any(reply.tag == b"+" for reply in answer_.replies)


@verifies("RFC4959-3-01", "RFC4959-6-01", refuted_by=say(b"<tag> NO invalid credentials\r\n", of=WITH_RESPONSE))
def test_an_initial_response_lets_the_right_password_in(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with the right message behind it: OK, and LIST works."""
    session = offering(dial, "PLAIN")
    assert session.authenticate("PLAIN", initial=right(dial)).is_ok
    assert session.command('LIST "" ""').is_ok


@verifies("RFC4959-3-01", refuted_by=inject(b"+ \r\n", of=WITH_RESPONSE))
def test_no_challenge_comes_to_an_initial_response_of_plain(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with the right message behind it: no continuation request, before the outcome or behind it."""
    session = offering(dial, "PLAIN")
    outcome = session.authenticate("PLAIN", initial=right(dial)).ok()
    assert not challenged(outcome)
    assert session.nothing_follows()


@verifies("RFC4959-3-02", refuted_by=say(b"<tag> OK welcome\r\n", of=WITH_RESPONSE))
@pytest.mark.parametrize("form", ["quoted", "literal"])
def test_an_initial_response_as_a_string_is_refused(dial: ImapDial, form: str) -> None:
    """AUTHENTICATE PLAIN with the right message as a quoted string, and as a literal: refused."""
    coded = base64.b64encode(right(dial))
    session = offering(dial, "PLAIN")
    tag = session.begin("AUTHENTICATE PLAIN", quoted(coded) if form == "quoted" else Sync(coded))
    found = session.finish(tag, session.patience * LOGIN_PATIENCES)
    assert found.status != b"OK"


@verifies("RFC4959-3-03", refuted_by=say(b"<tag> OK welcome\r\n", of=WITH_RESPONSE))
def test_an_equals_sign_is_an_empty_initial_response(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN =: refused, and no challenge comes, for the response was given."""
    found = said(offering(dial, "PLAIN"), "PLAIN", "=")
    assert found.refused
    assert not challenged(found)


@verifies("RFC4959-3-04", "RFC4959-3-05", "RFC4959-3-06", refuted_by=rewrite(*AS_OK, of=WITH_RESPONSE))
@pytest.mark.parametrize("response", ["!!!!", "AG-_", "=AAA", "AAA=BBB=", "A"])
def test_an_initial_response_that_is_no_base64_is_refused(dial: ImapDial, response: str) -> None:
    """AUTHENTICATE PLAIN with other characters, pad characters before the end, or a single one: refused, without a challenge."""
    found = said(offering(dial, "PLAIN"), "PLAIN", response)
    assert found.refused
    assert not challenged(found)


@verifies("RFC4959-3-05", refuted_by=forward(rb"\1\2", of=rb"(AUTHENTICATE PLAIN \S+)[!-](\S+)"))
@pytest.mark.parametrize("junk", [b"!", b"-"])
def test_right_credentials_with_an_octet_outside_base64_are_refused(dial: ImapDial, junk: bytes) -> None:
    """AUTHENTICATE PLAIN with the right message, and an octet that BASE64 has not in its middle: refused."""
    coded = base64.b64encode(right(dial))
    assert said(offering(dial, "PLAIN"), "PLAIN", coded[:4] + junk + coded[4:]).refused


@verifies("RFC4959-3-07", refuted_by=rewrite(rb"^(\S+) BAD", rb"\1 NO", of=rb"AUTHENTICATE CRAM-MD5.*"))
def test_an_initial_response_to_a_mechanism_without_one_is_answered_bad(dial: ImapDial) -> None:
    """AUTHENTICATE CRAM-MD5 with an initial response: BAD."""
    assert said(offering(dial, "CRAM-MD5"), "CRAM-MD5", base64.b64encode(b"test")).is_bad


@verifies(
    "RFC4959-3-08",
    "RFC4959-6-01",
    refuted_by=answer(b"<tag> BAD where is the response?\r\n", of=rb"AUTHENTICATE PLAIN"),
)
def test_authenticate_without_initial_response_is_still_taken(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN alone, the message behind the challenge: OK."""
    account = dial.account()
    assert offering(dial, "PLAIN").authenticate_plain(account.user, account.password).is_ok


@verifies("RFC4959-3-09", refuted_by=rewrite(rb"^(\S+) NO", rb"\1 BAD", of=WITH_RESPONSE))
def test_wrong_credentials_in_an_initial_response_are_answered_no(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with a wrong password behind it: NO, and SELECT is refused afterwards."""
    session = offering(dial, "PLAIN")
    found = said(session, "PLAIN", base64.b64encode(sasl.plain(dial.account().user, "wrong-password")))
    assert found.is_no
    assert session.must_be_alive().command("SELECT INBOX").refused


@verifies("RFC4959-6-02", refuted_by=rewrite(rb"^(\S+) NO", rb"\1 BAD", of=WITH_RESPONSE))
def test_the_longest_message_of_plain_is_taken_as_initial_response(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with three fields of 255 octets: NO for the credentials, not BAD for the line."""
    message = b"\0".join([b"a" * 255, b"b" * 255, b"c" * 255])
    assert not said(offering(dial, "PLAIN"), "PLAIN", base64.b64encode(message)).is_bad


@verifies(
    "RFC4959-6-03",
    refuted_by=say(b"<tag> NO wrong: AG1haWxjb25mb3JtLW5vYm9keQB3cm9uZy1wYXNzd29yZA==\r\n", of=WITH_RESPONSE),
)
def test_credentials_are_not_repeated_in_the_answer(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with a wrong password behind it: neither its BASE64 nor the password is in the answer."""
    coded = base64.b64encode(sasl.plain("mailconform-nobody", "wrong-password"))
    found = said(offering(dial, "PLAIN"), "PLAIN", coded)
    assert coded not in found.raw
    assert b"wrong-password" not in found.raw


@verifies("RFC4959-7-01", refuted_by=forward(rb"\1", of=rb"(AUTHENTICATE PLAIN \S+) .*"))
def test_a_second_argument_behind_the_initial_response_is_refused(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with the right message and one word more: refused."""
    assert said(offering(dial, "PLAIN"), "PLAIN", base64.b64encode(right(dial)), "now").refused
