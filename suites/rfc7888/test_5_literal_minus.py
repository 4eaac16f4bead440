"""RFC 7888 sections 5 to 7: LITERAL-, and what {n+} is with BINARY and MULTIAPPEND."""

from __future__ import annotations

import pytest

from conformance import (
    Closed,
    Imap,
    ImapDial,
    Mailbox,
    NonSync,
    NotSupported,
    Reset,
    Sync,
    drop,
    inject_before,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_commands import astring

RAW = b"Subject: one\r\n\r\nA message.\r\n"
LIMIT = 4096


def non_waiting(dial: ImapDial) -> None:
    """Demand LITERAL+ or LITERAL-."""
    if not (dial.profile.announced("LITERAL+") or dial.profile.announced("LITERAL-")):
        raise NotSupported("neither LITERAL+ nor LITERAL- is announced")


def minus(dial: ImapDial) -> Imap:
    """A session with a server that announces LITERAL- and not LITERAL+."""
    if not dial.profile.announced("LITERAL-") or dial.profile.announced("LITERAL+"):
        raise NotSupported("LITERAL- is not announced (or LITERAL+ is)")
    return dial.login(fresh=True)


def of_length(length: int) -> bytes:
    """A message of so many octets."""
    return RAW + b"x" * (length - len(RAW) - 2) + b"\r\n"


def appended(dial: ImapDial, session: Imap, length: int) -> Answer:
    """Append a message of so many octets by {n+} to a mailbox of our own, the octets a moment behind the line.

    A server that ends the connection at the line is heard then; octets on their way might cost us its last words.
    """
    session.send(b"t1 APPEND %s {%d+}\r\n" % (astring(dial.create(session)), length))
    if session.nothing_follows(0.5):
        session.send(of_length(length) + b"\r\n")
        return session.finish(b"t1")
    said = session.finish(b"t1")
    if said.status:
        session.send(of_length(length) + b"\r\n")
    return said


@verifies("RFC7888-5-01", "RFC7888-3-01", refuted_by=say(b"<tag> BAD literal too long\r\n", of=rb"SEARCH .*|APPEND .*"))
@pytest.mark.parametrize("length", [1, 100, LIMIT - 1, LIMIT])
def test_literals_up_to_4096_octets_are_taken_without_waiting(mailbox: Mailbox, dial: ImapDial, length: int) -> None:
    """SEARCH SUBJECT and, from a hundred octets on, APPEND with {n+} of up to 4096 octets: not BAD, and no continuation request."""
    non_waiting(dial)
    searched = mailbox.command("SEARCH SUBJECT", NonSync(b"a" * length))
    assert not searched.is_bad
    assert not [reply for reply in searched.replies if reply.tag == b"+"]
    if length >= 100:
        assert mailbox.command("APPEND", astring(mailbox.name), NonSync(of_length(length))).is_ok


@verifies(
    "RFC7888-5-02",
    refuted_by=say(b"<tag> OK done\r\n", of=rb"APPEND .*")
    | say(b"<tag> OK done\r\n", of=rb"APPEND .*", when=rb"\* BYE"),
)
@pytest.mark.parametrize("length", [LIMIT + 1, 20_000])
def test_a_non_synchronizing_literal_above_4096_octets_is_refused(dial: ImapDial, length: int) -> None:
    """APPEND with {n+} of more than 4096 octets where LITERAL- is announced: BAD (or NO) and in step, or BYE and the end."""
    session = minus(dial)
    said = appended(dial, session, length)
    assert said.status != b"OK"
    if not isinstance(said.ending, Closed | Reset) and b"BYE" not in [response.name for response in said.responses]:
        assert said.refused
        assert session.command("NOOP").is_ok


@verifies("RFC7888-5-03", refuted_by=rewrite(rb" \[TOOBIG\]", b"", of=rb"APPEND .*"))
def test_an_append_above_4096_octets_is_answered_bad_toobig(dial: ImapDial) -> None:
    """APPEND with {4097+} where LITERAL- is announced: a tagged BAD bears the code TOOBIG."""
    session = minus(dial)
    said = appended(dial, session, LIMIT + 1)
    if not said.status:
        raise NotSupported("the server ends the connection instead")
    assert (said.status, said.code) == (b"BAD", b"TOOBIG")


@verifies("RFC7888-5-04", refuted_by=rewrite(rb" \[TOOBIG\]", b"", of=rb".*"))
def test_a_bye_to_an_append_above_4096_octets_says_toobig(dial: ImapDial) -> None:
    """APPEND with {4097+} where LITERAL- is announced: if BYE comes, it bears the code TOOBIG."""
    session = minus(dial)
    said = appended(dial, session, LIMIT + 1)
    byes = said.all("BYE")
    if not byes:
        raise NotSupported("no BYE comes")
    assert byes[0].code is not None
    assert byes[0].code.name == b"TOOBIG"


@verifies("RFC7888-5-05", refuted_by=rewrite(rb"(IMAP4rev1)", rb"\1 LITERAL+ LITERAL-", of=rb"CAPABILITY"))
@pytest.mark.parametrize("state", ["before-login", "after-login"])
def test_literal_plus_and_literal_minus_are_not_listed_together(dial: ImapDial, state: str) -> None:
    """CAPABILITY before and after login: not both."""
    session = dial.imap() if state == "before-login" else dial.login(fresh=True)
    assert not {b"LITERAL+", b"LITERAL-"} <= set(session.command("CAPABILITY").ok().capabilities)


@verifies(
    "RFC7888-5-06", refuted_by=drop(of=rb"APPEND .*", when=rb"\+") | say(b"<tag> BAD too big\r\n", of=rb"APPEND .*")
)
@pytest.mark.parametrize("length", [LIMIT + 1, 20_000])
def test_synchronizing_literals_above_4096_octets_are_taken(mailbox: Mailbox, dial: ImapDial, length: int) -> None:
    """APPEND with {n} of more than 4096 octets: asked for, and OK."""
    non_waiting(dial)
    assert mailbox.command("APPEND", astring(mailbox.name), Sync(of_length(length))).is_ok


@verifies("RFC7888-6-01", refuted_by=say(b"<tag> BAD what literal?\r\n", of=rb"APPEND .*"))
def test_a_literal8_that_does_not_wait_is_taken(mailbox: Mailbox, dial: ImapDial) -> None:
    """APPEND with ~{n+} where BINARY is announced: OK, without a continuation request."""
    non_waiting(dial)
    mailbox.imap.supports("BINARY")
    mailbox.imap.send(b"t1 APPEND %s ~{%d+}\r\n%s\r\n" % (astring(mailbox.name), len(RAW), RAW))
    said = mailbox.imap.finish(b"t1")
    assert said.is_ok
    assert not [reply for reply in said.replies if reply.tag == b"+"]


@verifies("RFC7888-7-01", refuted_by=inject_before(b"+ go on\r\n", of=rb"APPEND .*"))
def test_several_messages_are_taken_without_waiting(mailbox: Mailbox, dial: ImapDial) -> None:
    """APPEND of two messages by {n+} in one write where MULTIAPPEND is announced: OK, without asking, and two messages."""
    non_waiting(dial)
    mailbox.imap.supports("MULTIAPPEND")
    said = mailbox.command("APPEND", astring(mailbox.name), NonSync(RAW), NonSync(of_length(100)))
    assert said.is_ok
    assert not [reply for reply in said.replies if reply.tag == b"+"]
    assert mailbox.count() == 2
