"""RFC 3501 section 5.5: several commands sent without waiting for one another.

All commands of a check go out in one write; which completion belongs to which command is known by the tags. Untagged
data may come before the completion of an earlier command, so that it is read in the order of the whole conversation.
"""

from __future__ import annotations

from conformance import ImapDial, Mailbox, answer, astring, compose, drop, rewrite, verifies

LINES = (b"NOOP", b"FETCH 1:* (FLAGS UID)", b"SEARCH ALL", b"CAPABILITY", b"FETCH 2 BODY.PEEK[TEXT]", b"NOOP", b"CHECK")


@verifies("RFC3501-5.5-01", refuted_by=drop(of=rb"SEARCH .*"))
def test_every_command_of_several_is_completed(mailbox: Mailbox) -> None:
    """Seven commands in one write, each with a tag of its own: each is completed OK under its tag, once."""
    mailbox.fill(3)
    tags = [b"p%d" % number for number in range(len(LINES))]
    mailbox.imap.send(b"".join(tag + b" " + line + b"\r\n" for tag, line in zip(tags, LINES, strict=True)))
    assert [mailbox.imap.finish(tag).status for tag in tags] == [b"OK"] * len(LINES)
    assert mailbox.imap.nothing_follows()


@verifies("RFC3501-5.5-01", refuted_by=answer(b"", of=rb"SEARCH .*"))
def test_commands_that_arrive_in_pieces_are_completed(mailbox: Mailbox) -> None:
    """Three commands in writes that end in the midst of a command: each is completed OK under its tag."""
    mailbox.fill(1)
    for piece in (b"a1 NOOP\r\na2 SEARCH ALL\r", b"\na", b"3 FETCH 1 (FL", b"AGS)\r\n"):
        mailbox.imap.send(piece)
    assert [mailbox.imap.finish(tag).status for tag in (b"a1", b"a2", b"a3")] == [b"OK"] * 3


@verifies("RFC3501-5.5-02", refuted_by=rewrite(rb"\\Flagged ?", b"", when=rb"\* 1 FETCH"))
def test_commands_that_depend_on_each_other_are_done_in_order(mailbox: Mailbox) -> None:
    r"""STORE +FLAGS \Flagged, FETCH, STORE -FLAGS \Flagged, FETCH in one write: the first FETCH shows the flag, the second does not."""
    mailbox.fill(1).permits("\\Flagged")
    mailbox.imap.send(
        b"d1 STORE 1 +FLAGS.SILENT (\\Flagged)\r\nd2 FETCH 1 FLAGS\r\n"
        b"d3 STORE 1 -FLAGS.SILENT (\\Flagged)\r\nd4 FETCH 1 FLAGS\r\n"
    )
    answers = [mailbox.imap.finish(tag).ok() for tag in (b"d1", b"d2", b"d3", b"d4")]
    fetched = [response.data for given in answers for response in given.all("FETCH") if b"FLAGS" in response.data]
    shown = [b"\\flagged" in {bytes(flag).lower() for flag in fetch.get(b"FLAGS") or ()} for fetch in fetched]
    assert True in shown
    assert shown[-1] is False


@verifies("RFC3501-5.5-03", refuted_by=rewrite(rb"chosen", b"former", of=rb"FETCH .*"))
def test_a_fetch_behind_a_select_is_about_the_mailbox_selected(dial: ImapDial) -> None:
    """SELECT and FETCH in one write, another mailbox being selected: FETCH tells of the new one, or is refused."""
    former = dial.mailbox(compose(b"One.\r\n", subject="former"))
    chosen = dial.mailbox(compose(b"Two.\r\n", subject="chosen"))
    former.imap.send(b"s1 SELECT " + astring(chosen.name) + b"\r\ns2 FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]\r\n")
    selected, fetched = former.imap.finish(b"s1").ok(), former.imap.finish(b"s2")
    said = selected.raw + fetched.raw
    assert b"former" not in said
    assert not fetched.is_ok or b"chosen" in said


@verifies("RFC3501-5.5-05", refuted_by=drop(of=rb"(FETCH|STATUS) .*", when=rb"\+"))
def test_a_literal_is_asked_for_behind_a_command_in_progress(mailbox: Mailbox) -> None:
    """FETCH and the beginning of STATUS with a literal in one write: both are completed OK, with their own data."""
    mailbox.fill(3)
    name = mailbox.name
    mailbox.imap.send(b"l1 FETCH 1:* (FLAGS BODY.PEEK[])\r\nl2 STATUS {%d}\r\n" % len(name))
    if mailbox.imap.continues(b"l2"):
        mailbox.imap.send(name + b" (MESSAGES)\r\n")
    first, second = mailbox.imap.finish(b"l1"), mailbox.imap.finish(b"l2")
    told = {**first.mailbox_status, **second.mailbox_status}
    assert (first.status, second.status, told.get(b"MESSAGES")) == (b"OK", b"OK", 3)


@verifies("RFC3501-5.5-06", refuted_by=drop(of=rb"SEARCH .*", when=rb"\+", after=1))
def test_a_command_behind_a_literal_is_not_taken_for_it(mailbox: Mailbox) -> None:
    """Two SEARCHes with literals, the second sent together with the literal of the first: each finds what it asks for."""
    mailbox.fill(3)
    mailbox.imap.send(b"m1 SEARCH SUBJECT {9}\r\n")
    if mailbox.imap.continues(b"m1"):
        mailbox.imap.send(b"message 2\r\nm2 SEARCH SUBJECT {9}\r\n")
    if mailbox.imap.continues(b"m2"):
        mailbox.imap.send(b"message 3\r\n")
    first, second = mailbox.imap.finish(b"m1"), mailbox.imap.finish(b"m2")
    assert (first.status, second.status, (*first.found, *second.found)) == (b"OK", b"OK", (2, 3))
