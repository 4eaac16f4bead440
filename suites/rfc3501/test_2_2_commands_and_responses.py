"""RFC 3501 sections 2.1 and 2.2: the greeting, lines, tags, continuation requests, and answers to commands in general."""

from __future__ import annotations

import pytest

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    Sync,
    answer,
    drop,
    repeat,
    rewrite,
    say,
    verifies,
)

TAGS = (b"aB.1-x", b"0", b"A]b", b"!#$&',-./:;<=>?@^_`|~}", b"aaaa")


@verifies("RFC3501-2.1-01", refuted_by=drop(of=rb""))
def test_the_server_speaks_first(dial: ImapDial) -> None:
    """Connect and say nothing: a greeting comes."""
    greeting = dial.imap("none" if dial.target.endpoint("imap") else "implicit").greeting
    assert greeting.status in (b"OK", b"PREAUTH", b"BYE")


@verifies("RFC3501-2.2-02", refuted_by=repeat(of=rb"CAPABILITY"))
def test_a_command_in_many_segments_is_one_command(imap: Imap) -> None:
    """CAPABILITY octet by octet: no answer before the last one, then one completion."""
    *octets, last = (bytes([octet]) for octet in b"a1 CAPABILITY\r\n")
    for octet in octets:
        imap.send(octet)
        assert imap.nothing_follows(0.02)
    imap.send(last)
    assert imap.finish(b"a1").is_ok
    assert imap.nothing_follows()


@verifies("RFC3501-2.2-03", refuted_by=drop(of=rb"NOOP", after=1))
def test_each_of_several_commands_in_one_segment_is_answered(imap: Imap) -> None:
    """NOOP, CAPABILITY, NOOP, NOOP in one write: each tag comes back with OK."""
    imap.send(b"a1 NOOP\r\na2 CAPABILITY\r\na3 NOOP\r\na4 NOOP\r\n")
    assert all(imap.finish(tag).is_ok for tag in (b"a1", b"a2", b"a3", b"a4"))


@verifies("RFC3501-2.2.1-01", refuted_by=drop(of=rb"STATUS .*", when=rb"\+"))
def test_a_synchronizing_literal_is_asked_for(dial: ImapDial) -> None:
    """STATUS with the mailbox's name as a literal: a continuation request comes, and behind the octets OK."""
    session = dial.login()
    session.send(b"a1 STATUS {5}\r\n")
    assert session.continues(b"a1")
    session.send(b"INBOX (MESSAGES)\r\n")
    assert session.finish(b"a1").is_ok


@verifies("RFC3501-2.2.1-02", "RFC3501-7.5-03", refuted_by=say(b"<tag> OK done\r\n", of=rb"BLURDY .*"))
def test_an_unknown_command_with_a_literal_is_refused(dial: ImapDial) -> None:
    """A command that does not exist with a literal: BAD or NO, in place of the continuation request or behind the octets."""
    session = dial.login()
    assert session.command("BLURDY", Sync(b"0123456789")).refused


@verifies("RFC3501-2.2.1-03", refuted_by=answer(b"", of=rb"CAPABILITY"))
def test_the_line_behind_a_refused_literal_is_a_new_command(dial: ImapDial) -> None:
    """A command that does not exist announces a literal; where that is refused at once, CAPABILITY is answered next."""
    session = dial.login()
    session.send(b"a1 BLURDY {18}\r\n")
    if session.continues(b"a1"):
        raise NotSupported("the server asks for the literal of a command that does not exist")
    if not session.finish(b"a1").refused:
        raise Inconclusive(Reason.PRECONDITION, "the command is neither refused nor continued")
    assert session.command("CAPABILITY").is_ok


@verifies("RFC3501-2.2.2-02", refuted_by=rewrite(rb"^[^*+ ]+ ", b"A0001 ", of=rb"NOOP"))
@pytest.mark.parametrize("tag", TAGS, ids=["letters", "digit", "bracket", "punctuation", "repeated"])
def test_a_completion_bears_the_tag_octet_for_octet(imap: Imap, tag: bytes) -> None:
    """NOOP with tags of every kind: the same octets come back, once."""
    assert imap.finish(imap.begin("NOOP", tag=tag)).is_ok
    assert imap.nothing_follows(0.1)


@verifies("RFC3501-2.2.2-02", refuted_by=repeat(of=rb"NOOP"))
def test_each_command_is_completed_once(dial: ImapDial) -> None:
    """NOOP, a refused command and LIST, each followed by another command: no completion comes twice."""
    session = dial.login()
    for line in ("NOOP", "XYZZY", 'LIST "" ""', "CAPABILITY"):
        session.command(line)
        assert not [reply for reply in session.command("NOOP").replies if reply.stray]
    assert session.nothing_follows()


@verifies("RFC3501-2.2.2-04", "RFC3501-6.5.1-02", refuted_by=rewrite(rb"^(\S+) BAD", rb"\1 NO", of=rb"X?FROBNICATE.*"))
@pytest.mark.parametrize("line", ["FROBNICATE", "XFROBNICATE INBOX"])
def test_a_command_that_does_not_exist_is_answered_bad(mailbox: Mailbox, line: str) -> None:
    """A made-up command, and one with X in front, after login with a mailbox selected: BAD."""
    assert mailbox.command(line).is_bad


@verifies("RFC3501-2.2.2-11", refuted_by=say(b"<tag> BAD what?\r\n", of=rb"NOOP", after=2))
def test_the_connection_can_be_used_after_bad(mailbox: Mailbox) -> None:
    """Syntax errors of several kinds, NOOP behind each: OK. A close with BYE after several errors is lawful."""
    for line in ("XYZZY", "FETCH 1", 'STATUS "x', "FETCH 1 (FLAGS", "SEARCH"):
        refused = mailbox.command(line)
        noop = mailbox.command("NOOP")
        if any(response.name == b"BYE" for response in (*refused.responses, *noop.responses)):
            raise NotSupported("the server gives up on a client that errs several times")
        assert noop.is_ok
