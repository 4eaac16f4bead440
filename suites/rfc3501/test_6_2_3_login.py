"""RFC 3501 sections 6.2.3 and 11.2: LOGIN, the forms of its arguments, and what its refusals tell."""

from __future__ import annotations

import re
import time

import pytest

from conformance import (
    Closed,
    Imap,
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    Reset,
    Sync,
    answer,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_commands import Word, astring

NOBODY = "mailconform-nobody"
NOTICEABLE = 0.4  # seconds; an answer to a wrong password that takes so long was held back
TRIES = 10


def open_to_login(dial: ImapDial) -> Imap:
    """Return a connection on which LOGIN is not disabled; NotSupported if there is none."""
    for tls in dial.ways():
        session = dial.imap(tls)
        if session.greeting.status == b"PREAUTH":
            raise NotSupported("the greeting is PREAUTH: nobody need log in")
        if b"LOGINDISABLED" not in session.command("CAPABILITY").capabilities:
            return session
    raise NotSupported("LOGINDISABLED is listed on every kind of connection")


def disabled(dial: ImapDial) -> Imap:
    """Return a connection that lists LOGINDISABLED; NotSupported if there is none."""
    for tls in dial.ways():
        session = dial.imap(tls)
        if b"LOGINDISABLED" in session.command("CAPABILITY").capabilities:
            return session
    raise NotSupported("LOGINDISABLED is not listed")


@verifies("RFC3501-6.2.3-01", refuted_by=rewrite(rb"^(\S+) OK", rb"\1 NO", of=rb"LIST .*"))
def test_a_login_enters_the_authenticated_state(dial: ImapDial) -> None:
    """LOGIN with right name and password: OK, and LIST works."""
    session, account = open_to_login(dial), dial.account()
    assert session.login(account.user, account.password).is_ok
    assert session.command('LIST "" ""').is_ok


@verifies("RFC3501-6.2.3-02", refuted_by=rewrite(rb"^(\S+) NO", rb"\1 BAD", of=rb"LOGIN .*"))
@pytest.mark.parametrize("known", [True, False], ids=["wrong-password", "unknown-user"])
def test_a_wrong_login_is_answered_no(dial: ImapDial, known: bool) -> None:
    """LOGIN with a wrong password, and of a user that does not exist: NO."""
    said = open_to_login(dial).login(dial.account().user if known else NOBODY, "wrong-password")
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"LOGIN is answered {said!r}")
    assert said.is_no


@verifies("RFC3501-6.2.3-02", refuted_by=rewrite(rb"^(\S+) (BAD|NO)", rb"\1 OK", of=rb"SELECT .*"))
def test_a_wrong_login_leaves_the_client_unauthenticated(dial: ImapDial) -> None:
    """LOGIN with a wrong password, then SELECT: refused."""
    session = open_to_login(dial)
    session.login(dial.account().user, "wrong-password")
    assert session.must_be_alive().command("SELECT INBOX").refused


@verifies("RFC3501-6.2.3-02", refuted_by=rewrite(rb"^(\S+) NO", rb"\1 OK", of=rb"LOGIN .*"))
@pytest.mark.parametrize("change", ["upper", "longer", "shorter", "empty"])
def test_a_password_is_compared_octet_for_octet(dial: ImapDial, change: str) -> None:
    """LOGIN with the password in other letter case, with an octet more, one less, and with none: refused."""
    right = dial.account().password
    wrong = {"upper": right.swapcase(), "longer": right + "x", "shorter": right[:-1], "empty": ""}[change]
    if wrong == right:
        raise NotSupported("the password has no letters")
    assert open_to_login(dial).login(dial.account().user, wrong).refused


@verifies(
    "RFC3501-6.2.3-03",
    "RFC3501-4.3-01",
    "RFC3501-4.1-01",
    refuted_by=rewrite(rb"^(\S+) OK", rb"\1 BAD", of=rb"LOGIN .*"),
)
@pytest.mark.parametrize("form", ["atom", "quoted", "literal", "mixed"])
def test_login_takes_its_arguments_in_every_form(dial: ImapDial, form: str) -> None:
    """Right name and password as atoms, quoted strings, literals, and one of each: OK."""
    session, account = open_to_login(dial), dial.account()
    user, password = account.user.encode(), account.password.encode()
    words: tuple[Word, ...] = {
        "atom": (user, password), "quoted": (quoted(user), quoted(password)), "literal": (Sync(user), Sync(password)),
        "mixed": (Sync(user), quoted(password)),
    }[form]  # fmt: skip
    if form == "atom" and (astring(user), astring(password)) != (user, password):
        raise NotSupported("name and password of the account are no atoms")
    assert session.command("LOGIN", *words).is_ok


@verifies("RFC3501-6-03", refuted_by=answer(b"<tag> BAD unknown command\r\n", of=rb"(?-i:[a-z].*)"))
def test_login_is_taken_in_any_letter_case(dial: ImapDial) -> None:
    """The word login in mixed letter case: OK."""
    account = dial.account()
    assert open_to_login(dial).command("lOgIn", astring(account.user), quoted(account.password)).is_ok


@verifies("RFC3501-6.2.3-04", refuted_by=say(b"<tag> BAD invalid arguments\r\n", of=rb"LOGIN .*"))
@pytest.mark.parametrize("form", ["quoted", "literal"])
def test_any_character_in_a_password_is_taken(dial: ImapDial, form: str) -> None:
    """LOGIN with a wrong password of quotes, backslashes, braces, parentheses, stars and spaces: NO, not BAD."""
    wrong = b'a"b\\c{3}d (e) *%]'
    said = open_to_login(dial).command(
        "LOGIN", astring(dial.account().user), Sync(wrong) if form == "literal" else quoted(wrong)
    )
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"LOGIN is answered {said!r}")
    assert not said.is_bad


@verifies(
    "RFC3501-6.2.3-05",
    "RFC3501-7.2.1-02",
    "RFC2595-3.2-01",
    refuted_by=say(b"<tag> OK welcome\r\n", of=rb"LOGIN .*"),
)
def test_login_is_refused_while_logindisabled_is_listed(dial: ImapDial) -> None:
    """LOGIN with right name and password on a connection that lists LOGINDISABLED: refused."""
    session, account = disabled(dial), dial.account()
    assert session.login(account.user, account.password).refused


@verifies("RFC3501-11.2-03", refuted_by=rewrite(rb"LOGINDISABLED", b"LOGINDISABLED AUTH=PLAIN", of=rb"CAPABILITY"))
def test_plain_is_not_offered_where_login_is_disabled(dial: ImapDial) -> None:
    """A connection in clear that lists LOGINDISABLED: neither AUTH=PLAIN nor AUTH=LOGIN is listed with it."""
    session = dial.imap("none")
    listed = session.command("CAPABILITY").ok().capabilities
    if b"LOGINDISABLED" not in listed:
        raise NotSupported("LOGINDISABLED is not listed in clear")
    assert not {b"AUTH=PLAIN", b"AUTH=LOGIN"} & set(listed)


@verifies("RFC2595-3.2-02", refuted_by=rewrite(rb" LOGINDISABLED", b"", of=rb"CAPABILITY"))
def test_a_server_that_refuses_login_in_clear_lists_logindisabled(dial: ImapDial) -> None:
    """LOGIN with right credentials is refused in clear, though it works under TLS: CAPABILITY in clear lists LOGINDISABLED."""
    account = dial.account()
    with dial.dialler.straight():
        if dial.imap("starttls").login(account.user, account.password).status != b"OK":
            raise NotSupported("LOGIN does not work under STARTTLS")
    session = dial.imap("none")
    listed = session.command("CAPABILITY").ok().capabilities
    if session.login(account.user, account.password).is_ok:
        raise NotSupported("LOGIN works in clear")
    assert b"LOGINDISABLED" in listed


Said = tuple[bytes, bytes, bytes]


def tells(said: Answer) -> Said:
    """Status, code and text of a refusal, digits aside; Inconclusive if there was none."""
    if said.final is None:
        raise Inconclusive(Reason.SILENT, f"the login is answered {said!r}")
    return said.status, said.code, re.sub(rb"[0-9.]+", b"", said.tagged.text)


def differ(known: tuple[Said, Said], unknown: Said) -> bool:
    """Whether the answer about an unknown user differs from two about a known one; a text that varies by itself does not count."""
    one, other = known
    return unknown != one if one == other else unknown[:2] != one[:2]


@verifies(
    "RFC3501-11.2-02",
    "RFC3501-11.2-05",
    "RFC5530-3-03",
    refuted_by=rewrite(rb" NO .*", b" NO [AUTHENTICATIONFAILED] no such user", of=rb"LOGIN mailconform-nobody .*"),
)
def test_a_failed_login_does_not_tell_whether_the_user_exists(dial: ImapDial) -> None:
    """LOGIN of a made-up user, and of a known one with a wrong password: the same status, code and text, digits aside."""
    user = dial.account().user
    one, other = (tells(open_to_login(dial).login(user, wrong)) for wrong in ("wrong-password", "other-password"))
    assert not differ((one, other), tells(open_to_login(dial).login(NOBODY, "wrong-password")))


@verifies("RFC3501-11.2-01", refuted_by=rewrite(rb" NO .*", b" NO wrong password", of=rb"AUTHENTICATE PLAIN\r\nAHVz.*"))
def test_a_failed_authenticate_does_not_tell_why(dial: ImapDial) -> None:
    """AUTHENTICATE PLAIN of a made-up user, and of a known one with a wrong password: the same answer, digits aside."""
    user = dial.account().user
    one, other = (
        tells(dial.offering("PLAIN").authenticate_plain(user, wrong)) for wrong in ("wrong-password", "other-password")
    )
    assert not differ((one, other), tells(dial.offering("PLAIN").authenticate_plain(NOBODY, "wrong-password")))


@verifies("RFC3501-11.2-04", refuted_by=answer(b"<tag> NO wrong\r\n", of=rb"LOGIN .*"))
def test_failed_logins_are_limited_or_delayed(dial: ImapDial) -> None:
    """Up to ten wrong passwords on one connection: an answer that is held back, or the end of the connection."""
    session, held_back = open_to_login(dial), False
    for _ in range(TRIES):
        began = time.monotonic()
        said = session.login(dial.account().user, "wrong-password")
        held_back = time.monotonic() - began > NOTICEABLE or isinstance(said.ending, Closed | Reset)
        if held_back:
            break
    assert held_back


@verifies(
    "RFC5530-3-01",
    "RFC5530-3-04",
    "RFC5530-3-06",
    refuted_by=rewrite(rb" NO (\[\S+\] )?", b" NO [EXPIRED] ", of=rb"LOGIN .*"),
)
def test_a_wrong_password_draws_no_code_of_another_cause(dial: ImapDial) -> None:
    """LOGIN with a password that never was right: none of UNAVAILABLE, AUTHORIZATIONFAILED, EXPIRED."""
    said = open_to_login(dial).login(dial.account().user, "never-was-right")
    assert said.code not in (b"UNAVAILABLE", b"AUTHORIZATIONFAILED", b"EXPIRED")
