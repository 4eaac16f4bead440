"""RFC 2180 section 4: messages are expunged while another session has the mailbox selected.

The session has not been told of the removals yet: it asks for the messages by the numbers it knows. A server that still
has the messages for it does nothing wrong (section 4.1.1).
"""

from __future__ import annotations

from conformance import ImapDial, Inconclusive, Mailbox, Reason, astring, drop, forward, say, verifies

FIELD = b"BODY[HEADER.FIELDS (SUBJECT)]"
ITEM = "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"


def _bereft(mailbox: Mailbox) -> Mailbox:
    """Five messages, of which another session has removed the first two."""
    mailbox.fill(5).beside().expunge("1:2")
    return mailbox


def _still_there(mailbox: Mailbox) -> bool:
    """Whether the server still has the text of a removed message for this session."""
    fetched = mailbox.command("FETCH 2 (UID BODY.PEEK[])").fetched
    return 2 in fetched and bool(fetched[2].get(b"BODY[]"))


def _subjects(mailbox: Mailbox) -> list[bytes]:
    fetched = mailbox.command("UID FETCH 1:*", f"({ITEM})").ok().fetched.values()
    return sorted(bytes(fetch.get(FIELD) or b"").partition(b":")[2].strip() for fetch in fetched)


@verifies(
    "RFC2180-4.1.3-02",
    refuted_by=say(b"<tag> OK done\r\n", of=rb"FETCH 1:2 .*") | drop(of=rb"FETCH 1:2 .*", when=rb"\* "),
)
def test_fetch_of_messages_that_are_all_gone_is_no(mailbox: Mailbox) -> None:
    """Another session removes two messages; FETCH of these alone: their data, or NO."""
    fetched = _bereft(mailbox).command("FETCH 1:2 (UID BODY.PEEK[])")
    there = [fetch for fetch in fetched.fetched.values() if fetch.get(b"BODY[]")]
    assert fetched.is_no or len(there) == 2


@verifies("RFC2180-4.2.1-01", refuted_by=say(b"<tag> NO some messages are gone\r\n", of=rb"STORE .*"))
def test_a_silent_store_is_ok_although_some_messages_are_gone(mailbox: Mailbox) -> None:
    r"""Another session removes two of five messages; STORE 1:5 +FLAGS.SILENT (\Flagged): OK."""
    stored = _bereft(mailbox).permits("\\Flagged").command("STORE 1:5 +FLAGS.SILENT (\\Flagged)")
    remaining = mailbox.beside().every_flag().values()
    if not all(b"\\flagged" in flags for flags in remaining):
        raise Inconclusive(Reason.PRECONDITION, "the flag is not stored for the messages that remain")
    assert stored.is_ok


@verifies(
    "RFC2180-4.2.2-01",
    refuted_by=say(b"<tag> OK done\r\n", of=rb"STORE .*") | drop(of=rb"FETCH 2 .*", when=rb"\* "),
)
def test_store_for_messages_that_are_all_gone_is_no(mailbox: Mailbox) -> None:
    r"""Another session removes two messages; STORE 1:2 +FLAGS (\Flagged): NO, unless FETCH still has their texts."""
    stored = _bereft(mailbox).command("STORE 1:2 +FLAGS (\\Flagged)")
    assert stored.is_no or _still_there(mailbox)


@verifies("RFC2180-4.4-01", refuted_by=drop(of=rb"(UID )?COPY .*", when=rb"\* \d+ EXPUNGE"))
def test_removals_are_told_with_copy(mailbox: Mailbox, dial: ImapDial) -> None:
    """Another session removes two of five messages; COPY of one that is left: two EXPUNGE responses come with it."""
    name = astring(dial.mailbox().name)
    assert len(_bereft(mailbox).command("COPY 4", name).ok().expunged) == 2


@verifies("RFC2180-4.4.2-01", refuted_by=forward(rb"COPY 3 \1", of=rb"COPY 4 (.*)"))
def test_copy_takes_the_numbers_that_the_client_knows(mailbox: Mailbox, dial: ImapDial) -> None:
    """Another session removes the first two of five messages; COPY 4: if it is done, the fourth one is in the target."""
    target = dial.mailbox()
    _bereft(mailbox).command("COPY 4", astring(target.name)).ok()
    target.select()
    assert _subjects(target) == [b"message 4"]


@verifies("RFC2180-4.4.2-02", refuted_by=drop(of=rb"UID FETCH .*", when=rb"\* 1 FETCH"))
def test_a_copy_outlives_its_message(mailbox: Mailbox, dial: ImapDial) -> None:
    """COPY 1:2, then another session removes both from the source: the target holds both copies, with their texts."""
    target = dial.mailbox()
    mailbox.fill(2).command("COPY 1:2", astring(target.name)).ok()
    mailbox.beside().expunge("1:2")
    target.select()
    assert _subjects(target) == [b"message 1", b"message 2"]
