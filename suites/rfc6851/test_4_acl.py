"""RFC 6851 section 4.2: MOVE and the rights of RFC 4314."""

from __future__ import annotations

from conformance import MESSAGE, ImapDial, astring, compose, needs, say, verifies
from conformance.sharing import shared

pytestmark = needs("MOVE", "ACL")


@verifies("RFC6851-4.2-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"MOVE .*"))
def test_move_without_the_right_to_remove_is_refused(dial: ImapDial) -> None:
    """Another user who may read, write flags and mark, but not expunge (lrswt), says MOVE: refused, both messages are left."""
    found = shared(dial, MESSAGE.raw, compose(b"Another.\r\n").raw)
    found.grant("lrswt")
    target = dial.create(found.guest)
    assert found.select().command("MOVE 1", astring(target)).refused
    assert len(found.kept().uids()) == 2
