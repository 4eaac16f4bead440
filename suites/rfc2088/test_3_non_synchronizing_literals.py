"""RFC 2088 and RFC 7888 section 3: literals {n+} that do not wait, where the server announces LITERAL+."""

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
    answer,
    drop,
    inject,
    inject_before,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.imap_answer import Answer
from conformance.wire.imap_commands import Word, astring

pytestmark = needs("LITERAL+")
RAW = b"Subject: one\r\n\r\nA message.\r\n"


def unasked(said: Answer) -> bool:
    """Whether no continuation request came."""
    return not [reply for reply in said.replies if reply.tag == b"+"]


def logging_in(dial: ImapDial) -> Imap:
    """A connection on which LITERAL+ is listed before login, and LOGIN is not disabled."""
    session = dial.imap()
    listed = session.command("CAPABILITY").capabilities
    if b"LOGINDISABLED" in listed or b"LITERAL+" not in listed:
        raise NotSupported("LOGINDISABLED is listed, or LITERAL+ is not, before login")
    return session


@verifies("RFC2088-3-01", "RFC7888-3-01", refuted_by=say(b"<tag> BAD invalid literal\r\n", of=rb".*\{\d+\+\}.*"))
@pytest.mark.parametrize("command", ["EXAMINE", "SEARCH", "APPEND", "STATUS", "LIST"])
def test_a_literal_that_does_not_wait_is_taken_in_every_command(mailbox: Mailbox, command: str) -> None:
    """EXAMINE, SEARCH, APPEND, STATUS and LIST with {n+}: OK."""
    mailbox.append()
    mailbox.select()
    words: tuple[Word, ...] = {
        "EXAMINE": (NonSync(mailbox.name),), "SEARCH": ("SUBJECT", NonSync(b"message")),
        "APPEND": (NonSync(mailbox.name), NonSync(RAW)), "STATUS": (NonSync(mailbox.name), "(MESSAGES)"),
        "LIST": (NonSync(b""), NonSync(mailbox.name)),
    }[command]  # fmt: skip
    assert mailbox.command(command, *words).is_ok


@verifies("RFC2088-3-02", "RFC7888-3-01", refuted_by=inject_before(b"+ go on\r\n", of=rb".*\{\d+\+\}.*"))
def test_a_literal_that_does_not_wait_is_not_asked_for(mailbox: Mailbox) -> None:
    """STATUS and APPEND with {n+}: no continuation request."""
    status = mailbox.command("STATUS", NonSync(mailbox.name), "(MESSAGES)").ok()
    append = mailbox.command("APPEND", astring(mailbox.name), NonSync(RAW)).ok()
    assert unasked(status)
    assert unasked(append)
    assert mailbox.imap.nothing_follows()


@verifies("RFC2088-3-03", refuted_by=inject(b"zz BAD unknown command\r\n", of=rb".*\{\d+\+\}.*"))
def test_what_looks_like_a_command_in_a_literal_is_not_carried_out(mailbox: Mailbox) -> None:
    """SEARCH with a literal {n+} that holds lines like commands, and a key behind it: one answer, and the next is NOOP's."""
    mailbox.fill(2)
    said = mailbox.command("SEARCH TEXT", NonSync(b"none\r\nzz LOGOUT\r\nzz NOOP\r\n"), "UNDELETED")
    noop = mailbox.command("NOOP")
    assert said.final is not None
    assert noop.is_ok
    assert not [reply for reply in (*said.replies, *noop.replies) if reply.tag == b"zz"]


@verifies("RFC2088-3-03", "RFC7888-3-04", refuted_by=rewrite(rb" UIDNEXT \d+", b"", of=rb"STATUS .*"))
def test_the_line_behind_a_literal_goes_on_with_the_command(mailbox: Mailbox) -> None:
    """STATUS with {n+} and items behind it: each item comes."""
    said = mailbox.command("STATUS", NonSync(mailbox.name), "(MESSAGES UIDNEXT UIDVALIDITY)").ok()
    assert set(said.mailbox_status) >= {b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY"}


@verifies(
    "RFC2088-3-04", "RFC7888-3-03", refuted_by=inject(b"x1 BAD unknown command\r\n", of=rb"(BOGUS|STATUS|FETCH).*")
)
@pytest.mark.parametrize(
    "line",
    [b"t1 BOGUS {14+}\r\n", b"t1 STATUS ( {14+}\r\n", b't1 FETCH "1 {14+}\r\n'],
    ids=["unknown", "malformed", "quote"],
)
def test_the_octets_of_a_refused_literal_are_read(dial: ImapDial, line: bytes) -> None:
    """A command that is wrong announces {14+}, whose octets look like a command: one refusal, and they are not carried out."""
    session = dial.login()
    said = session.offer(line + b"x1 CAPABILITY\r\n"[:14] + b"\r\n")
    assert b"x1" not in [response.tag for response in said]
    assert b"CAPABILITY" not in [response.name for response in said]
    assert [response.name for response in said if response.tag == b"t1"] in ([b"BAD"], [b"NO"])


@verifies("RFC2088-3-05", "RFC7888-3-04", refuted_by=say(b"<tag> BAD too many literals\r\n", of=rb"LOGIN .*"))
def test_several_literals_in_one_command_are_taken(dial: ImapDial) -> None:
    """LOGIN with {n+} for name and password: OK, without a continuation request."""
    account = dial.account()
    said = logging_in(dial).command("LOGIN", NonSync(account.user.encode()), NonSync(account.password.encode()))
    assert said.is_ok
    assert unasked(said)


@verifies("RFC2088-3-06", refuted_by=drop(of=rb"(STATUS|APPEND) .*", when=rb"\+"))
def test_synchronizing_literals_are_still_asked_for(mailbox: Mailbox) -> None:
    """STATUS and APPEND with {n}: a continuation request comes, then OK."""
    assert mailbox.command("STATUS", Sync(mailbox.name), "(MESSAGES)").is_ok
    assert mailbox.command("APPEND", astring(mailbox.name), Sync(RAW)).is_ok


@verifies("RFC2088-3-07", refuted_by=drop(of=rb"APPEND .*", when=rb"\+"))
def test_both_kinds_of_literal_are_taken_in_one_command(mailbox: Mailbox) -> None:
    """APPEND with {n+} for the name and {n} for the message, and LIST the other way round: one continuation request each, OK."""
    append = mailbox.command("APPEND", NonSync(mailbox.name), Sync(RAW))
    listed = mailbox.command("LIST", Sync(b""), NonSync(mailbox.name))
    for said in (append, listed):
        assert said.is_ok
        assert len([reply for reply in said.replies if reply.tag == b"+"]) == 1


@verifies("RFC2088-3-08", refuted_by=inject(b"* BAD what?\r\nzz BAD what?\r\n", of=rb"STATUS .*"))
def test_a_literal_octet_by_octet_is_the_same(mailbox: Mailbox) -> None:
    """STATUS with {n+} in one write, and octet by octet: the same numbers, and nothing comes in between."""
    whole = mailbox.command("STATUS", NonSync(mailbox.name), "(MESSAGES UIDVALIDITY)").ok().mailbox_status
    for octet in b"t9 STATUS {%d+}\r\n%s (MESSAGES UIDVALIDITY)" % (len(mailbox.name), mailbox.name):
        mailbox.imap.send(bytes([octet]))
    assert mailbox.imap.nothing_follows(0.1)
    mailbox.imap.send(b"\r\n")
    assert mailbox.imap.finish(b"t9").ok().mailbox_status == whole
    assert mailbox.imap.nothing_follows(0.1)


@verifies("RFC2088-3-10", refuted_by=answer(b"<tag> OK done\r\n", of=rb"LIST \{0\+\}"))
def test_an_empty_literal_means_the_empty_string(dial: ImapDial) -> None:
    """LIST with {0+} for both arguments, and with two empty quoted strings: the same delimiter, in a LIST response."""
    session = dial.login()
    as_quoted, as_literal = session.command('LIST "" ""').ok(), session.command("LIST", NonSync(b""), NonSync(b""))
    assert as_literal.is_ok
    delimiters = [{entry.delimiter for entry in said.listed.values()} for said in (as_quoted, as_literal)]
    assert delimiters[0] == delimiters[1]


@verifies("RFC2088-3-11", refuted_by=drop(of=rb"NOOP"))
def test_commands_behind_a_literal_are_carried_out(mailbox: Mailbox) -> None:
    """APPEND with {n+}, NOOP and CAPABILITY in one write: OK each, and the message is there."""
    append = b"t1 APPEND %s {%d+}\r\n%s\r\n" % (astring(mailbox.name), len(RAW), RAW)
    mailbox.imap.send(append + b"t2 NOOP\r\nt3 CAPABILITY\r\n")
    assert mailbox.imap.finish(b"t1").is_ok
    assert mailbox.imap.finish(b"t2").is_ok
    assert mailbox.imap.finish(b"t3").is_ok
    assert mailbox.count() == 1


@verifies(
    "RFC2088-4-03",
    "RFC7888-4-01",
    refuted_by=inject(b"zz BAD unknown command\r\n", of=rb"APPEND .*")
    | answer(b"<tag> NO\r\n* BAD what?\r\nzz BAD unknown command\r\n", of=rb"APPEND .*"),
)
def test_the_octets_of_a_literal_that_is_too_large_are_not_carried_out(dial: ImapDial) -> None:
    """APPEND to INBOX of a literal {4000000000+}, the first octets of which look like commands: none of them is answered."""
    session = dial.login(fresh=True)
    session.send(b"t1 APPEND INBOX {4000000000+}\r\nzz CAPABILITY\r\nzz NOOP\r\nzz LOGOUT\r\n")
    said = session.finish(b"t1", min(2.0, session.patience))
    more = [] if isinstance(said.ending, Closed | Reset) else session.hear_until(lambda _: False, 1.0)
    session.close()
    everything = [*said.responses, *more]
    assert not [response for response in everything if response.tag == b"zz" or response.name == b"CAPABILITY"]


@verifies("RFC7888-4-01", refuted_by=answer(b"<tag> OK done\r\n", of=rb"EXAMINE .*"))
def test_a_literal_too_large_for_a_name_is_refused_in_step(dial: ImapDial) -> None:
    """EXAMINE of a name of a hundred thousand octets by {n+}: refused with the octets read, or BYE and the end."""
    session = dial.login(fresh=True)
    said = session.command("EXAMINE", NonSync(b"a" * 100_000))
    if isinstance(said.ending, Closed | Reset) or b"BYE" in [response.name for response in said.responses]:
        return
    assert said.refused
    assert session.command("NOOP").is_ok
