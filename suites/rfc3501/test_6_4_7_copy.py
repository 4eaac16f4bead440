"""RFC 3501 section 6.4.7: COPY.

What a copy must equal is fetched from the source without the fault, so that a lie meets the copy alone.
"""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    astring,
    compose,
    forward,
    rewrite,
    say,
    verifies,
)

KEY = "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"
ODD = (
    compose(b"Two lines,\r\n.and a dot.\r\n", subject="dots"),
    compose(b"\xc3\xa4\xff\x80 eight bits\r\n", b"X-Folded: one\r\n\ttwo\r\n  three\r\n", subject="bits"),
    compose(b"", subject="empty"),
    compose(b"no line end", subject="open end"),
    compose(b"word " * 3000 + b"\r\n", subject="long line"),
)


def _subjects(mailbox: Mailbox) -> list[bytes]:
    """The subjects of all messages in the order of their numbers."""
    answer = mailbox.command("UID FETCH 1:*", f"({KEY})").ok()
    found = ((n, f.get(b"BODY[HEADER.FIELDS (SUBJECT)]") or b"") for n, f in sorted(answer.fetched.items()))
    return [bytes(value).partition(b":")[2].strip() for _, value in found]


def _target(dial: ImapDial, *subjects: str) -> Mailbox:
    return dial.mailbox(*(compose(b"Already there.\r\n", subject=subject) for subject in subjects))


@verifies("RFC3501-6.4.7-01", refuted_by=forward(rb"COPY 1:2 \1", of=rb"COPY 2:3 (.*)"))
def test_copy_puts_the_messages_behind_those_of_the_target(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 2:3 of four messages into a mailbox that holds one: that one, then the two in any order."""
    target = _target(dial, "already there")
    mailbox.fill(4).command("COPY 2:3", astring(target.name)).ok()
    target.select()
    found = _subjects(target)
    assert (found[:1], sorted(found[1:])) == ([b"already there"], [b"message 2", b"message 3"])


@verifies("RFC3501-6.4.7-12", refuted_by=forward(rb"COPY 1:2 \2", of=rb"COPY (\S+) (.*)"))
@pytest.mark.parametrize(
    ("numbers", "meant"),
    [("*", "5"), ("4:*", "45"), ("3,1:2,2", "123"), ("5,1", "15"), ("*:4,2", "245")],
    ids=["last", "to-last", "overlapping", "list", "last-first"],
)
def test_copy_copies_just_the_messages_of_the_set(mailbox: Mailbox, dial: ImapDial, numbers: str, meant: str) -> None:
    """COPY a set of five messages into an empty mailbox: each message that the set names is there, and no other."""
    target = _target(dial)
    mailbox.fill(5).command("COPY", numbers, astring(target.name)).ok()
    target.select()
    assert set(_subjects(target)) == {b"message " + number.encode() for number in meant}


@verifies("RFC3501-6.4.7-02", refuted_by=rewrite(rb"\\Flagged ?", b"", of=rb"FETCH 1:\* .*"))
def test_a_copy_keeps_the_flags(mailbox: Mailbox, dial: ImapDial) -> None:
    r"""Three messages with flags of their own, COPY: the copies have the same, \Recent aside."""
    target = _target(dial)
    mailbox.fill(3).permits("\\Answered", "\\Flagged", "\\Seen").flag("1:2", "\\Answered").flag(2, "\\Flagged \\Seen")
    mailbox.command("COPY 1:3", astring(target.name)).ok()
    target.select()
    wanted = {
        b"message 1": {b"\\answered"},
        b"message 2": {b"\\answered", b"\\flagged", b"\\seen"},
        b"message 3": set(),
    }
    told = [flags & {b"\\answered", b"\\flagged", b"\\seen"} for _, flags in sorted(target.every_flag().items())]
    assert dict(zip(_subjects(target), told, strict=True)) == wanted


@verifies("RFC3501-6.4.7-11", refuted_by=rewrite(rb"MailconformWord ?", b"", of=rb"FETCH .*"))
def test_a_copy_keeps_the_keywords(mailbox: Mailbox, dial: ImapDial) -> None:
    """A message with two keywords, COPY into a mailbox that permits them: the copy has both."""
    target = _target(dial).permits("MailconformWord", "$MailconformTwo")
    mailbox.fill(2).permits("MailconformWord", "$MailconformTwo").flag(2, "MailconformWord $MailconformTwo")
    mailbox.command("COPY 2", astring(target.name)).ok()
    target.select()
    assert target.flags(1) >= {b"mailconformword", b"$mailconformtwo"}


@verifies(
    "RFC3501-6.4.7-02", refuted_by=rewrite(rb'INTERNALDATE "[^"]*"', b'INTERNALDATE "21-Nov-2026 12:00:00 +0000"')
)
def test_copies_keep_their_internal_dates(mailbox: Mailbox, dial: ImapDial) -> None:
    """Two messages of different internal dates, COPY: the copies have these dates, each its own."""
    for day, subject in (("02-Feb-2003", "older"), ("17-Jul-2014", "younger")):
        mailbox.append(compose(b"Dated.\r\n", subject=subject), date=f"{day} 04:05:06 +0000")
    mailbox.select()
    target = _target(dial)
    mailbox.command("COPY 1:*", astring(target.name)).ok()
    with dial.dialler.straight():
        source = _dates(mailbox)
    target.select()
    assert _dates(target) == source


def _dates(mailbox: Mailbox) -> dict[bytes, bytes]:
    fetched = sorted(mailbox.command("FETCH 1:* (INTERNALDATE)").ok().fetched.items())
    return dict(zip(_subjects(mailbox), (f.get(b"INTERNALDATE") or b"" for _, f in fetched), strict=True))


@verifies("RFC3501-6.4.7-03", refuted_by=rewrite(rb"^\* \d+ RECENT", b"* 0 RECENT", of=rb"SELECT .*"))
def test_a_copy_is_recent_to_the_first_who_selects_its_mailbox(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY two messages to a mailbox that nobody has selected yet, SELECT it: RECENT counts both."""
    name = dial.create(mailbox.imap)
    mailbox.fill(2).command("COPY 1:2", astring(name)).ok()
    assert dial.login().command("SELECT", astring(name)).ok().recent == 2


@verifies("RFC3501-6.4.7-04", refuted_by=say(b"<tag> OK done\r\n", of=rb"COPY .*"))
def test_copy_to_a_mailbox_that_is_not_there_is_refused(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 1 to a name that does not exist: NO."""
    assert mailbox.fill(1).command("COPY 1", astring(dial.name())).is_no


@verifies("RFC3501-6.4.7-05", refuted_by=forward(rb"CREATE \1", of=rb"COPY 1 (.*)"))
def test_copy_creates_no_mailbox(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 1 to a name that does not exist: LIST does not show it afterwards."""
    name = dial.name()
    mailbox.fill(1).command("COPY 1", astring(name))
    assert not mailbox.command('LIST ""', astring(name)).ok().listed


@verifies("RFC3501-6.4.7-06", refuted_by=rewrite(rb"\[TRYCREATE\] ", b"", of=rb"COPY .*"))
def test_copy_to_a_mailbox_that_could_be_created_says_so(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 1 to a name that does not exist, which CREATE takes afterwards: NO [TRYCREATE]."""
    name = dial.name()
    refused = mailbox.fill(1).command("COPY 1", astring(name))
    if not refused.is_no:
        raise Inconclusive(Reason.PRECONDITION, f"COPY to a missing mailbox was answered {refused!r}")
    mailbox.command("CREATE", astring(name)).ok()
    assert refused.code == b"TRYCREATE"


@verifies(
    "RFC3501-6.4.7-07",
    refuted_by=forward(rb"COPY 1:2 \1", of=rb"COPY 1:2,9 (.*)")
    | say(b"<tag> NO no such message\r\n", of=rb"COPY 1:2,9 .*"),
)
def test_a_copy_that_fails_for_a_missing_message_leaves_the_target_alone(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 1:2,9 of three messages: if it is refused, the target holds what it held before."""
    target = _target(dial, "already there")
    if not mailbox.fill(3).command("COPY 1:2,9", astring(target.name)).refused:
        raise Inconclusive(Reason.PRECONDITION, "COPY of a message that is not there is answered OK")
    target.select()
    assert _subjects(target) == [b"already there"]


@verifies("RFC3501-6.4.7-08", refuted_by=forward(rb"COPY 1 \1", of=rb"COPY 2 (.*)"))
def test_copy_into_the_selected_mailbox_adds_the_message_there(mailbox: Mailbox) -> None:
    """COPY 2 of two messages into the mailbox itself: if it is done, there is a third with the same subject."""
    copied = mailbox.fill(2).command("COPY 2", astring(mailbox.name))
    if not copied.is_ok:
        raise Inconclusive(Reason.PRECONDITION, "COPY into the mailbox itself is refused")
    mailbox.imap.poll(lambda heard: 3 in (heard.exists, copied.exists))
    assert _subjects(mailbox) == [b"message 1", b"message 2", b"message 2"]


@verifies("RFC3501-6.4.7-09", refuted_by=rewrite(rb"\t|\xc3|word", b" ", of=rb"UID FETCH .*"))
def test_a_copy_has_the_octets_of_its_message(dial: ImapDial) -> None:
    """Messages with dots, 8-bit octets, folded fields, no body, long lines: FETCH BODY[] of the copies is FETCH BODY[] of the sources."""
    mailbox = dial.mailbox(*ODD)
    dial.next_second()  # some servers write a mailbox's UIDVALIDITY, the second of its making, into its first message
    target = _target(dial)
    mailbox.command("COPY 1:*", astring(target.name)).ok()
    with dial.dialler.straight():
        source = _texts(mailbox)
    target.select()
    assert sorted(_texts(target)) == sorted(source)


def _texts(mailbox: Mailbox) -> list[bytes]:
    return [
        bytes(f.get(b"BODY[]") or b"") for f in mailbox.command("UID FETCH 1:* (BODY.PEEK[])").ok().fetched.values()
    ]


@verifies("RFC3501-6.4.7-10", refuted_by=forward(rb"STORE 2 +FLAGS.SILENT (\\Deleted)", of=rb"COPY .*"))
def test_copy_leaves_the_source_alone(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY two of three messages: the source has the same UIDs and flags as before."""
    target = _target(dial)
    uids = mailbox.fill(3).flag(2, "\\Flagged").uids()
    flags = mailbox.every_flag()
    mailbox.command("COPY 2:3", astring(target.name)).ok()
    mailbox.command("NOOP").ok()
    assert (mailbox.uids(), mailbox.every_flag()) == (uids, flags)
