"""RFC 3501 section 6.2.2: AUTHENTICATE, its challenges and responses, and the mechanisms behind it."""

from __future__ import annotations

import base64
import contextlib
import re

import pytest

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    ScramError,
    answer,
    forward,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap import LOGIN_PATIENCES
from conformance.sessions.imap_answer import Answer
from conformance.wire import sasl

RESPONSE = rb"AUTHENTICATE \S+\r\n.*"
"""The whole exchange: the command and what the client sent behind it."""
PLAINTEXT = {b"AUTH=PLAIN", b"AUTH=LOGIN", b"AUTH=XOAUTH2", b"AUTH=OAUTHBEARER", b"AUTH=ANONYMOUS"}
KNOWN = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")


def respond(session: Imap, mechanism: str, line: bytes) -> Answer:
    """Begin an exchange and answer its first challenge by a line as it stands; Inconclusive if none comes."""
    tag = session.begin("AUTHENTICATE", mechanism)
    if not session.continues(tag):
        raise Inconclusive(Reason.PRECONDITION, f"no challenge: {session.finish(tag)!r}")
    session.send(line + b"\r\n")
    return session.finish(tag, session.patience * LOGIN_PATIENCES)


@verifies(
    "RFC3501-6.2.2-01", refuted_by=say(b"<tag> BAD unknown command\r\n", of=rb"AUTHENTICATE .*", when=rb"\+|\S+ NO")
)
def test_authenticate_is_implemented(imap: Imap) -> None:
    """AUTHENTICATE PLAIN: a challenge, or NO where it is disabled; never BAD."""
    tag = imap.begin("AUTHENTICATE PLAIN")
    if imap.continues(tag):
        imap.send(b"*\r\n")
        return
    said = imap.finish(tag)
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"AUTHENTICATE PLAIN is answered {said!r}")
    assert not said.is_bad


@verifies("RFC3501-6.2.2-02", refuted_by=rewrite(rb"^(\S+) (NO|BAD)", rb"\1 BAD", of=rb"AUTHENTICATE X.*"))
def test_an_unsupported_mechanism_is_answered_no(imap: Imap) -> None:
    """AUTHENTICATE with a mechanism that nobody has: NO."""
    assert imap.command("AUTHENTICATE X-NO-SUCH-MECHANISM").is_no


@verifies("RFC3501-6.2.2-02", refuted_by=forward(b"AUTHENTICATE PLAIN", of=rb"AUTHENTICATE PLAI(NX)?"))
@pytest.mark.parametrize("mechanism", ["PLAINX", "PLAI"])
def test_a_mechanism_is_known_by_its_whole_name(dial: ImapDial, mechanism: str) -> None:
    """AUTHENTICATE with the name of a listed mechanism and a letter more or less: refused, with no challenge."""
    session = dial.offering("PLAIN")
    tag = session.begin("AUTHENTICATE", mechanism)
    assert not session.continues(tag)
    assert session.finish(tag).refused


@verifies(
    "RFC3501-6.2.2-03", refuted_by=rewrite(rb"^\+ .*", b"+ %% say something", of=rb"AUTHENTICATE .*", when=rb"\+")
)
def test_challenges_are_base64(dial: ImapDial) -> None:
    """AUTHENTICATE with each listed mechanism: what follows "+ " is BASE64, maybe empty."""
    listed = [name[5:] for name in dial.imap().command("CAPABILITY").ok().capabilities if name.startswith(b"AUTH=")]
    challenged = 0
    for mechanism in dict.fromkeys(listed):
        session = dial.imap()
        tag = session.begin("AUTHENTICATE", mechanism)
        if session.continues(tag):
            challenged += 1
            session.send(b"*\r\n")
            said = session.finish(tag)
            challenge = next(reply.raw for reply in said.replies if reply.tag == b"+")
            assert re.fullmatch(rb"\+ ?(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\r?\n", challenge)
        session.leave()
    if not challenged:
        raise NotSupported("no listed mechanism is answered by a challenge")


@verifies(
    "RFC3501-6.2.2-16",
    "RFC4959-4-01",
    refuted_by=rewrite(rb"^\+ ", b"+ VXNlcm5hbWU6", of=rb"AUTHENTICATE PLAIN", when=rb"\+"),
)
def test_the_first_challenge_of_plain_is_empty(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN: a continuation request with nothing in it, for the client speaks first."""
    session = dial.offering("PLAIN")
    tag = session.begin("AUTHENTICATE PLAIN")
    if not session.continues(tag):
        raise Inconclusive(Reason.PRECONDITION, f"no challenge: {session.finish(tag)!r}")
    session.send(b"*\r\n")
    challenge = next(reply.raw for reply in session.finish(tag).replies if reply.tag == b"+")
    assert challenge.strip() == b"+"


@verifies("RFC3501-6.2.2-04", refuted_by=rewrite(rb"^(\S+) BAD", rb"\1 NO", of=RESPONSE))
@pytest.mark.parametrize("mechanism", ["PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "LOGIN"])
def test_a_cancelled_exchange_is_answered_bad(dial: ImapDial, mechanism: str) -> None:
    """AUTHENTICATE, then "*" for a response: BAD."""
    assert respond(dial.offering(mechanism), mechanism, b"*").is_bad


@verifies("RFC3501-6.2.2-04", refuted_by=say(b"<tag> BAD too late\r\n", of=rb"LOGIN .*|AUTHENTICATE PLAIN\r\n[^*].*"))
def test_a_login_is_possible_after_a_cancelled_exchange(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN, "*", then the right credentials on the same connection: OK."""
    session, account = dial.offering("PLAIN"), dial.account()
    respond(session, "PLAIN", b"*")
    assert session.authenticate_plain(account.user, account.password).is_ok


@verifies("RFC3501-6.2.2-05", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=RESPONSE))
@pytest.mark.parametrize("response", [b"%%%%", b"AGEA=YgB", b"=", b"A", b"(NIL)"])
def test_a_response_that_is_no_base64_is_refused(dial: ImapDial, response: bytes) -> None:
    """AUTHENTICATE PLAIN, then a line that is no BASE64: BAD or NO."""
    assert respond(dial.offering("PLAIN"), "PLAIN", response).refused


@verifies("RFC3501-6.2.2-05", refuted_by=forward(rb"\1\2", of=rb"(\S+)[!-](\S+)"))
@pytest.mark.parametrize("junk", [b"!", b"-"])
def test_right_credentials_with_an_octet_outside_base64_are_refused(dial: ImapDial, junk: bytes) -> None:
    """AUTHENTICATE PLAIN with right credentials, and an octet that BASE64 has not in the middle: BAD or NO."""
    account = dial.account()
    right = base64.b64encode(sasl.plain(account.user, account.password))
    assert respond(dial.offering("PLAIN"), "PLAIN", right[:4] + junk + right[4:]).refused


@verifies("RFC3501-6.2.2-06", refuted_by=rewrite(rb"^(\S+) NO", rb"\1 BAD", of=RESPONSE))
def test_wrong_credentials_in_authenticate_are_answered_no(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with a wrong password: NO."""
    said = dial.offering("PLAIN").authenticate_plain(dial.account().user, "wrong-password")
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"AUTHENTICATE PLAIN is answered {said!r}")
    assert said.is_no


@verifies("RFC3501-6.2.2-06", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=rb"SELECT .*"))
def test_a_failed_authenticate_leaves_the_client_unauthenticated(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with a wrong password, SELECT: refused."""
    session = dial.offering("PLAIN")
    if session.authenticate_plain(dial.account().user, "wrong-password").status != b"NO":
        raise Inconclusive(Reason.PRECONDITION, "a wrong password is not answered NO")
    assert session.must_be_alive().command("SELECT INBOX").refused


@verifies("RFC3501-6.2.2-07", refuted_by=say(b"<tag> NO once is enough\r\n", of=RESPONSE))
def test_another_try_is_possible_after_a_failed_authenticate(dial: ImapDial) -> None:
    """A wrong password, then the right one on the same connection: OK."""
    session, account = dial.offering("PLAIN"), dial.account()
    session.authenticate_plain(account.user, "wrong-password")
    session.must_be_alive()
    assert session.authenticate_plain(account.user, account.password).is_ok


@verifies("RFC3501-6.2.2-08", refuted_by=rewrite(rb"^(\S+) OK", rb"\1 NO", of=rb"LIST .*"))
def test_a_successful_authenticate_enters_the_authenticated_state(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with right credentials: OK, and LIST works."""
    session, account = dial.offering("PLAIN"), dial.account()
    assert session.authenticate_plain(account.user, account.password).is_ok
    assert session.command('LIST "" ""').is_ok


@verifies("RFC3501-6.1.1-03", "RFC3501-6.2.2-08", refuted_by=rewrite(rb"^(\S+) OK", rb"\1 BAD", of=RESPONSE))
def test_cram_md5_lets_the_right_password_in(dial: ImapDial) -> None:
    """AUTHENTICATE CRAM-MD5 with right credentials: OK. NO may mean that the server keeps no such password."""
    session, account = dial.offering("CRAM-MD5"), dial.account()
    said = session.authenticate("CRAM-MD5", lambda challenge: sasl.cram_md5(account.user, account.password, challenge))
    if said.is_no:
        raise NotSupported(f"the account has no password for CRAM-MD5, it seems: {said!r}")
    assert said.is_ok


@verifies(
    "RFC3501-6.2.2-08", refuted_by=rewrite(rb"^\+ \S+", b"+ dj1BQUFB", of=rb"AUTHENTICATE SCRAM.*", when=rb"\+ \S{12}")
)
@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
def test_the_server_proves_itself_in_scram(dial: ImapDial, hash_name: str) -> None:
    """AUTHENTICATE SCRAM-SHA-1 (-256) with right credentials: the server's nonce, salt and signature hold, then OK."""
    session, account = dial.offering("SCRAM-" + hash_name.upper().replace("SHA", "SHA-")), dial.account()
    said, trouble = None, ""
    try:
        said = session.authenticate_scram(account.user, account.password, hash_name)
    except ScramError as error:
        trouble = str(error)
    assert said is not None, trouble
    if said.is_no:
        raise NotSupported(f"the account has no password for SCRAM, it seems: {said!r}")
    assert said.is_ok


@verifies("RFC3501-6.2.2-08", refuted_by=rewrite(rb"^(\S+) (NO|BAD)", rb"\1 OK", of=rb"AUTHENTICATE .*"))
@pytest.mark.parametrize("mechanism", ["CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_a_mechanism_without_plain_text_refuses_a_wrong_password(dial: ImapDial, mechanism: str) -> None:
    """CRAM-MD5 and SCRAM with a wrong password: NO (or BAD)."""
    session, user = dial.offering(mechanism), dial.account().user
    with contextlib.suppress(ScramError):  # that the server cannot prove itself now is no wonder
        if mechanism == "CRAM-MD5":
            session.authenticate(mechanism, lambda challenge: sasl.cram_md5(user, "wrong-password", challenge))
        else:
            session.authenticate_scram(user, "wrong-password", mechanism[6:].replace("-", "").lower())
    assert not session.logged_in


@verifies("RFC3501-6.2.2-10", refuted_by=rewrite(rb" AUTH=(?!PLAIN|LOGIN)\S+", b"", of=rb"CAPABILITY"))
def test_a_mechanism_without_plaintext_passwords_is_listed(imap: Imap) -> None:
    """CAPABILITY before login lists CRAM-MD5, SCRAM, GSSAPI or another mechanism that hides the password."""
    listed = {name for name in imap.command("CAPABILITY").ok().capabilities if name.startswith(b"AUTH=")}
    assert listed - PLAINTEXT


@verifies("RFC3501-6.2.2-11", refuted_by=rewrite(rb" AUTH=PLAIN", b"", of=rb"CAPABILITY"))
def test_a_mechanism_that_works_is_listed(dial: ImapDial) -> None:
    """AUTHENTICATE with well-known mechanisms that CAPABILITY does not list: no challenge comes."""
    for mechanism in KNOWN:
        session = dial.imap()
        if b"AUTH=" + mechanism.encode() in session.command("CAPABILITY").ok().capabilities:
            continue
        tag = session.begin("AUTHENTICATE", mechanism)
        challenged = session.continues(tag)
        session.close()
        assert not challenged, mechanism


@verifies("RFC3501-6.2.2-14", refuted_by=rewrite(rb"^(\S+) NO", rb"\1 OK", of=RESPONSE))
def test_credentials_do_not_let_one_act_as_another_user(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with one user's credentials and another user as authorization identity: refused."""
    session, account, other = dial.offering("PLAIN"), dial.account(), dial.account(1)
    assert session.authenticate_plain(account.user, account.password, other.user).refused


@verifies("RFC3501-6.2.2-15", refuted_by=say(b"<tag> OK welcome\r\n", of=rb"AUTHENTICATE PLAIN .*"))
def test_an_initial_response_is_answered_bad_where_it_is_not_offered(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN with the right response on the same line, where SASL-IR is not announced: BAD."""
    session, account = dial.offering("PLAIN"), dial.account()
    if b"SASL-IR" in session.command("CAPABILITY").ok().capabilities:
        raise NotSupported("SASL-IR is listed")
    said = session.authenticate("PLAIN", initial=sasl.plain(account.user, account.password))
    assert said.is_bad


@verifies("RFC3501-6.2.2-17", refuted_by=answer(b"<tag> NO unknown mechanism\r\n", of=rb"AUTHENTICATE (?-i:[a-z]).*"))
@pytest.mark.parametrize("spelled", ["plain", "pLaIn"])
def test_mechanism_names_are_taken_in_any_letter_case(dial: ImapDial, spelled: str) -> None:
    """AUTHENTICATE plain: a challenge, as to PLAIN."""
    session = dial.offering("PLAIN")
    assert session.continues(session.begin("AUTHENTICATE", spelled))
