"""RFC 4314 sections 4 and 5: the rights that commands on messages ask for, tried by a second user."""

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
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.sharing import Shared, shared

pytestmark = needs("ACL", "RIGHTS")
UNCHECKED = forward(rb"\1lrswipkxtea", of=rb"(SETACL .* )[a-z]+")
"""A server that lets everybody do everything, once there is an entry."""
FIRST, SECOND = (compose(b"%b message.\r\n" % word, subject=word.decode()).raw for word in (b"First", b"Second"))
FLAGS = "\\Seen \\Flagged \\Deleted \\Answered"
FOUR = frozenset(flag.lower().encode() for flag in FLAGS.split())
MAY = {"s": {b"\\seen"}, "t": {b"\\deleted"}, "w": {b"\\flagged", b"\\answered"}}


def _stored(box: Shared) -> frozenset[bytes]:
    """Which of the four flags the first message has as the guest sees it in a new session."""
    box.guest = box.dial.login(1, fresh=True)
    return box.select().flags(1) & FOUR


def _lasting(mailbox: Mailbox) -> set[bytes]:
    told = mailbox.selected_answer.codes.get(b"PERMANENTFLAGS")
    if told is None:
        raise Inconclusive(Reason.PRECONDITION, "SELECT brought no PERMANENTFLAGS")
    return {bytes(flag).lower() for flag in told}


# Adding


@verifies("RFC4314-4-07", refuted_by=UNCHECKED)
def test_messages_are_appended_with_the_i_right_only(dial: ImapDial) -> None:
    """APPEND with l, r, s, w, t and e: refused, and nothing stored; with i too: OK."""
    box = shared(dial)
    box.grant("lrswte")
    assert box.guest.append(box.seen, FIRST).refused
    assert not box.kept().selected_answer.exists
    box.grant("lrswtei")
    assert box.guest.append(box.seen, FIRST).is_ok


@verifies("RFC4314-4-07", refuted_by=UNCHECKED)
def test_messages_are_copied_with_the_i_right_only(dial: ImapDial) -> None:
    """COPY from an own mailbox of the second user with l, r, s, w, t and e: refused; with i too: OK."""
    box, own = shared(dial), dial.mailbox(FIRST, account=1)
    box.grant("lrswte")
    assert own.command("COPY 1", astring(box.seen)).refused
    box.grant("lrswtei")
    own = Mailbox(dial, box.guest, own.name)
    own.select()
    assert own.command("COPY 1", astring(box.seen)).is_ok


@verifies("RFC4314-4-07", refuted_by=say(b"<tag> NO not these flags\r\n", of=rb"(APPEND .*shared|COPY) .*"))
def test_messages_are_taken_though_their_flags_may_not_be_set(dial: ImapDial) -> None:
    r"""APPEND and COPY of a message with four flags, with l, r and i: OK."""
    box, own = shared(dial), dial.mailbox(account=1)
    own.append(FIRST, FLAGS)
    box.grant("lri")
    assert box.guest.append(box.seen, SECOND, FLAGS).is_ok
    again = Mailbox(dial, box.guest, own.name)
    again.select()
    assert again.command("COPY 1", astring(box.seen)).is_ok


@verifies("RFC4314-4-07", refuted_by=UNCHECKED)
@pytest.mark.parametrize("right", ["s", "t", "w"])
def test_only_flags_that_may_be_set_are_stored_with_a_new_message(dial: ImapDial, right: str) -> None:
    """APPEND of a message with four flags, with l, r, i and one of s, t and w: a new session sees only its flags."""
    box = shared(dial)
    box.grant(f"lri{right}")
    box.guest.append(box.seen, FIRST, FLAGS).ok()
    assert _stored(box) <= MAY[right]


# Flags


@verifies("RFC4314-4-09", refuted_by=UNCHECKED)
def test_reading_without_the_s_right_does_not_set_seen(dial: ImapDial) -> None:
    r"""FETCH BODY[] with l and r: a new session does not see \Seen."""
    box = shared(dial, FIRST)
    box.grant("lr")
    box.select().command("FETCH 1 BODY[]").ok()
    assert b"\\seen" not in _stored(box)


@verifies("RFC4314-4-10", refuted_by=UNCHECKED)
@pytest.mark.parametrize("right", ["s", "t", "w"])
def test_only_flags_that_may_be_set_are_stored(dial: ImapDial, right: str) -> None:
    """STORE of four flags with l, r and one of s, t and w: a new session sees none that another right is needed for."""
    box = shared(dial, FIRST)
    box.grant(f"lr{right}")
    box.select().command("STORE 1 +FLAGS", f"({FLAGS})")
    assert _stored(box) <= MAY[right]


@verifies("RFC4314-4-11", refuted_by=say(b"<tag> NO not this flag\r\n", of=rb"STORE .*"))
@pytest.mark.parametrize("right", ["s", "t", "w"])
def test_a_store_is_not_refused_if_one_of_its_flags_may_be_set(dial: ImapDial, right: str) -> None:
    """STORE of four flags with l, r and one of s, t and w: OK, and a new session sees the flags of that right."""
    box = shared(dial, FIRST)
    box.grant(f"lr{right}")
    mailbox = box.select()
    lasting = _lasting(mailbox)
    assert mailbox.command("STORE 1 +FLAGS", f"({FLAGS})").is_ok
    assert MAY[right] & lasting <= _stored(box)


@verifies("RFC4314-5.1.1-01", refuted_by=UNCHECKED)
@pytest.mark.parametrize("right", ["s", "t", "w"])
def test_permanentflags_has_the_flags_that_may_be_set(dial: ImapDial, right: str) -> None:
    """SELECT with l, r and one of s, t and w: PERMANENTFLAGS has no flag that another right is needed for."""
    box = shared(dial, FIRST)
    box.grant(f"lr{right}")
    assert _lasting(box.select()) & FOUR <= MAY[right]


# Expunging


@verifies("RFC4314-4-08", refuted_by=UNCHECKED)
def test_messages_are_expunged_with_the_e_right_only(dial: ImapDial) -> None:
    r"""STORE \Deleted and EXPUNGE with l, r, s, w, i and t: refused, and the owner still has the message."""
    box = shared(dial, FIRST, SECOND)
    box.grant("lrswit")
    mailbox = box.select()
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Deleted)").ok()
    assert mailbox.command("EXPUNGE").refused
    assert box.kept().selected_answer.exists == 2


@verifies("RFC4314-4-08", refuted_by=UNCHECKED)
def test_close_without_the_e_right_expunges_nothing(dial: ImapDial) -> None:
    r"""STORE \Deleted and CLOSE with l, r, s, w, i and t: OK, and the owner still has the message."""
    box = shared(dial, FIRST, SECOND)
    box.grant("lrswit")
    mailbox = box.select()
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Deleted)").ok()
    assert mailbox.command("CLOSE").is_ok
    assert box.kept().selected_answer.exists == 2


@verifies("RFC4314-4-08", refuted_by=say(b"<tag> NO not yours\r\n", of=rb"EXPUNGE"))
def test_messages_are_expunged_with_the_e_right(dial: ImapDial) -> None:
    r"""STORE \Deleted and EXPUNGE with l, r, t and e: OK, and the owner has one message less."""
    box = shared(dial, FIRST, SECOND)
    box.grant("lrte")
    mailbox = box.select()
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Deleted)").ok()
    assert mailbox.command("EXPUNGE").is_ok
    assert box.kept().selected_answer.exists == 1


# READ-ONLY and READ-WRITE


@verifies("RFC4314-5.2-01", refuted_by=rewrite(rb"\[READ-ONLY\]", b"[READ-WRITE]", of=rb"SELECT .*"))
def test_a_mailbox_that_may_only_be_read_is_selected_read_only(dial: ImapDial) -> None:
    """SELECT with l and r: READ-ONLY in the tagged OK."""
    box = shared(dial, FIRST)
    box.grant("lr")
    assert box.select().selected_answer.code == b"READ-ONLY"


@verifies("RFC4314-5.2-02", refuted_by=rewrite(rb"\[READ-WRITE\]", b"[READ-ONLY]", of=rb"SELECT .*"))
@pytest.mark.parametrize("right", ["i", "e"])
def test_a_mailbox_that_may_be_changed_is_selected_read_write(dial: ImapDial, right: str) -> None:
    """SELECT with l, r and one of i and e: READ-WRITE in the tagged OK."""
    box = shared(dial, FIRST)
    box.grant(f"lr{right}")
    assert box.select().selected_answer.code == b"READ-WRITE"
