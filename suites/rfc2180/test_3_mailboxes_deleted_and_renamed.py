"""RFC 2180 section 3: a mailbox is deleted or renamed while another session has it selected.

Several ways of a server are right: to refuse, to go on with what is selected, to say BYE. What no way allows is that the
session is shown another mailbox's messages, or that it hangs.
"""

from __future__ import annotations

import pytest

from conformance import Imap, ImapDial, Inconclusive, Reason, Silence, answer, astring, compose, rewrite, verifies

FORMER = compose(b"The former one.\r\n", subject="former")
OTHER = compose(b"Another one.\r\n", subject="another")
SUBJECT = "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"
SWAPPED = b"* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {20}\r\nSubject: another\r\n\r\n)\r\n<tag> OK done\r\n"
WAYS = ("delete", "delete and create", "rename", "rename and create")


def _take_away(dial: ImapDial, actor: Imap, name: bytes, way: str) -> None:
    """Delete or rename a mailbox, and make one of its name that holds another message; Inconclusive if it is refused."""
    with dial.dialler.straight():
        first = ("DELETE",) if way.startswith("delete") else ("RENAME",)
        words = (astring(name),) if first == ("DELETE",) else (astring(name), astring(dial.name()))
        if actor.command(*first, *words).status != b"OK":
            raise Inconclusive(
                Reason.PRECONDITION, f"{first[0]} is refused while another session has the mailbox selected"
            )
        if way.endswith("create"):
            actor.command("CREATE", astring(name)).ok()
            actor.append(name, OTHER.raw).ok()


@verifies("RFC2180-3-01", refuted_by=answer(SWAPPED, of=rb"FETCH 1 .*"))
@pytest.mark.parametrize("way", WAYS, ids=["delete", "delete-create", "rename", "rename-create"])
def test_a_mailbox_taken_away_is_not_replaced_by_another(dial: ImapDial, way: str) -> None:
    """Another session deletes or renames the mailbox, and creates one of its name: FETCH shows the former message or none."""
    mailbox = dial.mailbox(FORMER, fresh=True)
    actor = dial.login(fresh=True)
    _take_away(dial, actor, mailbox.name, way)
    assert b"another" not in mailbox.command("FETCH 1", SUBJECT).raw


@verifies("RFC2180-3-01", refuted_by=answer(b"", of=rb"(FETCH .*|NOOP)"))
@pytest.mark.parametrize("way", WAYS, ids=["delete", "delete-create", "rename", "rename-create"])
def test_a_session_whose_mailbox_is_taken_away_does_not_hang(dial: ImapDial, way: str) -> None:
    """Another session deletes or renames the mailbox: NOOP and FETCH are answered, or the connection ends."""
    mailbox = dial.mailbox(FORMER, fresh=True)
    actor = dial.login(fresh=True)
    _take_away(dial, actor, mailbox.name, way)
    for line in ("NOOP", "FETCH 1 FLAGS"):
        assert not isinstance(mailbox.command(line).ending, Silence)


@verifies("RFC2180-3.2-02", refuted_by=rewrite(rb"UIDVALIDITY \d+", b"UIDVALIDITY 7", of=rb"STATUS .*"))
def test_a_name_that_others_still_use_is_created_anew_or_not_at_all(dial: ImapDial) -> None:
    """Another session deletes the selected mailbox and creates its name, for three of them: refused, or UIDVALIDITY is another or UIDNEXT no lower."""
    actor = dial.login(fresh=True)
    dial.next_second()
    for _ in range(3):  # a server that numbers mailboxes by the second may be between two of them
        mailbox = dial.mailbox(FORMER, OTHER, fresh=True)
        before = actor.command("STATUS", astring(mailbox.name), "(UIDVALIDITY UIDNEXT)").ok().mailbox_status
        _take_away(dial, actor, mailbox.name, "delete")
        if actor.command("CREATE", astring(mailbox.name)).is_ok:
            after = actor.command("STATUS", astring(mailbox.name), "(UIDVALIDITY UIDNEXT)").ok().mailbox_status
            same = before[b"UIDVALIDITY"] == after[b"UIDVALIDITY"]
            assert not same or after[b"UIDNEXT"] >= before[b"UIDNEXT"]
