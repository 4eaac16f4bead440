"""RFC 3501 sections 2.2.2 and 7.1.3: what is no command is answered BAD, tagged where a tag can be made out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance import (
    Closed,
    Imap,
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    Reset,
    answer,
    drop,
    forward,
    rewrite,
    say,
    verifies,
)
from conformance.wire.imap import Response

AS_NO = (rb"^(\S+) BAD", rb"\1 NO")
AS_OK = (rb"^(\S+) BAD", rb"\1 OK")


def refused(said: Iterable[Response]) -> bool:
    """Whether BAD (or NO) came, tagged or untagged, and no tagged OK."""
    seen = [(response.tag == b"*", response.name) for response in said]
    return bool({b"BAD", b"NO"} & {name for _, name in seen}) and (False, b"OK") not in seen


def taken(session: Imap, *lines: bytes) -> list[bytes]:
    """Offer lines, each with a tag of its own in front, and return those that are not refused."""
    return [line for number, line in enumerate(lines) if not refused(session.offer(b"t%d %s\r\n" % (number, line)))]


def not_bad(session: Imap, *lines: str) -> list[str | bytes]:
    """Say commands one by one, and return those that are not answered BAD."""
    return [line for line, said in session.each(*lines).items() if not said.is_bad]


@verifies("RFC3501-2.2.2-05", refuted_by=rewrite(*AS_NO, of=rb"FETCH 1|COPY 1"))
def test_a_command_on_messages_without_an_argument_is_answered_bad(mailbox: Mailbox) -> None:
    """FETCH, STORE, COPY, UID and UID FETCH with an argument too few: BAD."""
    mailbox.append()
    mailbox.select()
    assert not not_bad(mailbox.imap, "FETCH 1", "FETCH", "STORE 1", "COPY 1", "COPY", "UID", "UID FETCH 1")


@verifies("RFC3501-2.2.2-05", refuted_by=forward(rb"\1 ()", of=rb"(STORE 1 \+FLAGS)"))
def test_store_without_flags_is_refused(mailbox: Mailbox) -> None:
    """STORE 1 +FLAGS with nothing behind it: BAD or NO."""
    mailbox.append()
    mailbox.select()
    assert mailbox.command("STORE 1 +FLAGS").refused


@verifies("RFC3501-2.2.2-05", refuted_by=rewrite(*AS_NO, of=rb"STATUS .*|DELETE"))
def test_a_command_on_mailboxes_without_an_argument_is_answered_bad(dial: ImapDial) -> None:
    """SELECT, DELETE, RENAME, SUBSCRIBE, LIST, STATUS and others with an argument too few: BAD."""
    lines = (
        "SELECT",
        "CREATE",
        "DELETE",
        "RENAME INBOX",
        "SUBSCRIBE",
        'LIST ""',
        "LSUB",
        "STATUS INBOX",
        "APPEND INBOX",
    )
    assert not not_bad(dial.login(), *lines)


@verifies("RFC3501-2.2.2-05", refuted_by=rewrite(*AS_NO, of=rb"LOGIN.*|AUTHENTICATE"))
@pytest.mark.parametrize("line", ["LOGIN nobody", "LOGIN", "AUTHENTICATE"])
def test_a_login_without_an_argument_is_answered_bad(imap: Imap, line: str) -> None:
    """LOGIN with a name alone or with nothing, AUTHENTICATE with nothing: BAD."""
    assert imap.command(line).is_bad


@verifies("RFC3501-2.2.2-05", refuted_by=rewrite(*AS_OK, of=rb"(UID )?SEARCH"))
@pytest.mark.parametrize("line", ["SEARCH", "UID SEARCH"])
def test_search_without_a_key_is_refused(mailbox: Mailbox, line: str) -> None:
    """SEARCH (UID SEARCH) with nothing behind it: BAD or NO."""
    assert mailbox.command(line).refused


@verifies("RFC3501-2.2.2-06", refuted_by=forward(rb"\1", of=rb"(.*) x"))
@pytest.mark.parametrize(
    "line", ["NOOP x", "CHECK x", "EXPUNGE x", "STATUS INBOX (MESSAGES) x", "FETCH 1 FLAGS x", "SUBSCRIBE INBOX x"]
)
def test_a_surplus_argument_is_refused(mailbox: Mailbox, line: str) -> None:
    """NOOP, CHECK, EXPUNGE, STATUS, FETCH and SUBSCRIBE with an argument too many: BAD or NO."""
    mailbox.append()
    mailbox.select()
    assert mailbox.command(line).refused


@verifies("RFC3501-2.2.2-06", refuted_by=forward(rb"\1", of=rb"(CLOSE|LOGOUT) .*"))
@pytest.mark.parametrize("line", ["CLOSE 1", "LOGOUT now"])
def test_close_and_logout_with_an_argument_are_refused(mailbox: Mailbox, line: str) -> None:
    """CLOSE 1 (LOGOUT now): BAD or NO."""
    assert mailbox.command(line).refused


@verifies("RFC3501-6.1.1-06", refuted_by=forward(b"CAPABILITY", of=rb"CAPABILITY .*"))
def test_capability_with_an_argument_is_refused(imap: Imap) -> None:
    """CAPABILITY x: BAD or NO."""
    assert imap.command("CAPABILITY x").refused


@verifies("RFC3501-2.2.2-07", refuted_by=forward(rb"\1 \2", of=rb"(\S.*?)  +(.*)") | forward(b"NOOP", of=rb" +NOOP"))
@pytest.mark.parametrize(
    "line",
    [b" NOOP", b"STATUS  INBOX (MESSAGES)", b"FETCH 1  FLAGS", b"STORE 1 +FLAGS  (\\Seen)"],
    ids=["behind-the-tag", "behind-the-command", "between-arguments", "before-a-list"],
)
def test_surplus_spaces_between_tokens_are_refused(mailbox: Mailbox, line: bytes) -> None:
    """Two spaces behind the tag, behind the command, and between arguments: BAD or NO, tagged or untagged."""
    mailbox.append()
    mailbox.select()
    assert not taken(mailbox.imap, line)


@verifies("RFC3501-2.2.2-07", refuted_by=forward(b"FETCH 1 (FLAGS UID)", of=rb"FETCH 1 \(.*  .*"))
def test_surplus_spaces_in_a_list_are_refused(mailbox: Mailbox) -> None:
    """Two spaces between the items of a list: BAD or NO."""
    mailbox.append()
    mailbox.select()
    assert not taken(mailbox.imap, b"FETCH 1 (FLAGS  UID)")


@verifies("RFC3501-2.2.2-08", refuted_by=rewrite(rb"^\S+ (BAD|NO)", b"t1 OK", of=rb".*1 NOOP"))
def test_a_leading_space_is_refused(dial: ImapDial) -> None:
    """A space in front of the tag: BAD or NO, tagged or untagged."""
    assert refused(dial.login().offer(b" t1 NOOP\r\n"))


@verifies("RFC3501-2.2.2-08", refuted_by=forward(rb"\1", of=rb"(.*\S) +"))
@pytest.mark.parametrize(
    "line", [b"NOOP ", b"STATUS INBOX (MESSAGES) ", b"CAPABILITY "], ids=["noop", "status", "capability"]
)
def test_a_trailing_space_is_refused(dial: ImapDial, line: bytes) -> None:
    """A space behind the last argument: BAD or NO."""
    assert not taken(dial.login(), line)


@verifies("RFC3501-2.2.2-09", refuted_by=forward(rb"\1)", of=rb"(FETCH 1 \(FLAGS|STATUS INBOX \(MESSAGES)"))
def test_unbalanced_parentheses_are_refused(mailbox: Mailbox) -> None:
    """Parentheses that do not close, that were never opened, or stand twice: BAD or NO."""
    mailbox.append()
    mailbox.select()
    lines = (
        b"FETCH 1 (FLAGS", b"FETCH 1 FLAGS)", b"FETCH 1 ((FLAGS))", b"STATUS INBOX (MESSAGES", b"STATUS INBOX MESSAGES)",
        b"STORE 1 +FLAGS (\\Seen", b"STORE 1 +FLAGS \\Seen)", b"FETCH 1 ()",
    )  # fmt: skip
    assert not taken(mailbox.imap, *lines)


@verifies(
    "RFC3501-2.2.2-10",
    refuted_by=say(b"<tag> OK welcome\r\n", of=rb'LOGIN "x y'),
)
def test_a_quoted_string_that_does_not_end_is_refused(imap: Imap) -> None:
    """LOGIN with a quote that is never closed: BAD or NO on that line, and the next command is read as one."""
    assert imap.command('LOGIN "x y').refused
    assert imap.command("NOOP").is_ok


@verifies("RFC3501-7.1.3-01", refuted_by=drop(of=rb".*", when=rb"(\*|junk\S*) (BAD|NO)"))
def test_a_line_without_a_command_is_refused(dial: ImapDial) -> None:
    """Words that stand alone on a line, of eight and of four thousand letters: BAD (or NO), untagged or with the word as tag."""
    session = dial.login()
    assert refused(session.offer(b"junkjunk\r\n"))
    assert refused(session.offer(b"junk" * 1000 + b"\r\n"))


@verifies("RFC3501-7.1.3-02", refuted_by=drop(of=rb".*", when=rb"\* (BAD|NO)"))
def test_an_empty_line_is_refused(dial: ImapDial) -> None:
    """CRLF alone: an untagged BAD (or NO), and the next command works."""
    assert refused(dial.login().offer(b"\r\n"))


@verifies(
    "RFC3501-7.1.3-03",
    "RFC2683-3.2.1.5-02",
    refuted_by=answer(b"", of=rb"XYZZY .*") | say(b"<tag> OK done\r\n", of=rb"XYZZY.*"),
)
def test_a_very_long_line_is_refused(dial: ImapDial) -> None:
    """An unknown command with an argument of a hundred thousand letters: BAD (or NO), or BYE and the end."""
    session = dial.login()
    session.send(b"t1 XYZZY " + b"a" * 100_000 + b"\r\n")
    said = session.finish(b"t1", session.patience / 2)
    names = {response.name for response in said.responses}
    if isinstance(said.ending, Closed | Reset) and not names & {b"BAD", b"BYE"}:
        raise Inconclusive(
            Reason.CONNECTION_LOST, "the connection ended while the line was sent; a BYE may be lost with it"
        )
    assert said.refused or names & {b"BAD", b"BYE"}
