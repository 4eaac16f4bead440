"""RFC 3501 section 6.4.3: EXPUNGE by somebody who may not, in a mailbox shared by RFC 4314."""

from __future__ import annotations

from conformance import MESSAGE, ImapDial, Mailbox, compose, needs, say, verifies
from conformance.sharing import shared

pytestmark = needs("ACL")


@verifies("RFC3501-6.4.3-06", refuted_by=say(b"<tag> OK done\r\n", of=rb"EXPUNGE"))
def test_expunge_without_the_right_is_refused(dial: ImapDial) -> None:
    r"""The first of two messages is marked \Deleted; another user who has the rights lrs only says EXPUNGE: NO, both are left."""
    found = shared(dial, MESSAGE.raw, compose(b"Another.\r\n").raw)
    own = Mailbox(dial, found.owner, found.name)
    own.select()
    uids = own.flag(1, "\\Deleted").uids()
    found.grant("lrs")
    assert found.select().command("EXPUNGE").is_no
    assert found.kept().uids() == uids
