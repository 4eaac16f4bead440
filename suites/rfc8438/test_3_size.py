"""RFC 8438: the size of a mailbox by STATUS."""

from __future__ import annotations

import pytest

from conformance import Mailbox, astring, compose, forward, needs, rewrite, say, stale, verifies

pytestmark = needs("STATUS=SIZE")


def _status(mailbox: Mailbox, items: str = "(SIZE)") -> dict[bytes, int]:
    """STATUS of the mailbox asked by a session that has not selected it."""
    return mailbox.dial.login().command("STATUS", astring(mailbox.name), items).ok().mailbox_status


def _sum(mailbox: Mailbox) -> int:
    """What the messages' RFC822.SIZE make together, asked without the fault."""
    with mailbox.dial.dialler.straight():
        fetched = mailbox.command("UID FETCH 1:* (RFC822.SIZE)").ok().fetched
    return sum(items.get(b"RFC822.SIZE") or 0 for items in fetched.values())


@verifies("RFC8438-2-01", refuted_by=say(b"<tag> BAD unknown item\r\n", of=rb"STATUS .*SIZE.*"))
def test_a_server_that_announces_status_size_takes_the_item(mailbox: Mailbox) -> None:
    """STATUS (SIZE): OK."""
    assert mailbox.dial.login().command("STATUS", astring(mailbox.name), "(SIZE)").is_ok


@verifies("RFC8438-3-01", refuted_by=rewrite(rb"\(SIZE \d+\)", b"()", of=rb"STATUS .*"))
def test_status_gives_the_size_of_a_mailbox(mailbox: Mailbox) -> None:
    """STATUS (SIZE) and (size), of an empty mailbox and of one with messages: a number."""
    empty = _status(mailbox).get(b"SIZE")
    full = _status(mailbox.fill(2), "(size)").get(b"SIZE")
    assert isinstance(empty, int)
    assert isinstance(full, int)


@verifies("RFC8438-3-02", refuted_by=rewrite(rb"SIZE (\d+)\d\d", rb"SIZE \1", of=rb"STATUS .*"))
def test_the_size_of_a_mailbox_is_not_below_that_of_its_messages(mailbox: Mailbox) -> None:
    """Messages of several sizes, one of them of 100,000 octets: STATUS (SIZE) is at least the sum of RFC822.SIZE."""
    mailbox.fill(3)
    assert _status(mailbox)[b"SIZE"] >= _sum(mailbox)
    mailbox.append(compose(b"0123456789abcdef\r\n" * 6000))
    mailbox.select()
    assert _status(mailbox)[b"SIZE"] >= _sum(mailbox)


@verifies("RFC8438-3-04", refuted_by=stale(of=rb"STATUS .*", everywhere=True, when=rb"\* STATUS"))
def test_the_size_of_a_mailbox_goes_with_its_messages(mailbox: Mailbox) -> None:
    """STATUS (SIZE) before and after APPEND, and after an expunge: up, and down again."""
    before = _status(mailbox.fill(2))[b"SIZE"]
    mailbox.append(compose(b"0123456789abcdef\r\n" * 1000))
    mailbox.select()
    grown = _status(mailbox)[b"SIZE"]
    mailbox.expunge(3)
    mailbox.command("CLOSE").ok()
    assert before < grown > _status(mailbox)[b"SIZE"]


@verifies(
    "RFC8438-3-06",
    refuted_by=forward(rb"STATUS \1 (MESSAGES)", of=rb"STATUS (\S+) \(.* .*\)")
    | say(b"", of=rb"LIST .*", when=rb"\* STATUS"),
)
@pytest.mark.parametrize("way", ["STATUS", "LIST"])
def test_size_goes_beside_other_items(mailbox: Mailbox, way: str) -> None:
    """STATUS (MESSAGES SIZE UIDNEXT), and LIST RETURN (STATUS (SIZE MESSAGES)) where it is announced: all items."""
    mailbox.fill(3)
    if way == "STATUS":
        told = _status(mailbox, "(MESSAGES SIZE UIDNEXT)")
    else:
        mailbox.imap.supports("LIST-STATUS")
        command = ('LIST ""', astring(mailbox.name), "RETURN (STATUS (SIZE MESSAGES))")
        told = mailbox.dial.login().command(*command).ok().mailbox_status
    assert told.get(b"MESSAGES") == 3
    assert (told.get(b"SIZE") or 0) >= _sum(mailbox)
