"""RFC 9051 section 11.5: what LIST shows of other users."""

from __future__ import annotations

from conformance import ImapDial, astring, forward, needs, verifies
from conformance.sharing import shared

pytestmark = needs("IMAP4REV2", "ACL", "RIGHTS")


@verifies("RFC9051-11.5-01", refuted_by=forward(b"NOOP", of=rb"DELETEACL .*"))
def test_mailboxes_of_others_that_are_not_granted_are_not_listed(dial: ImapDial) -> None:
    """Grant the second user l and r, take them back, LIST below the prefix of the owner: the mailbox is not there."""
    box = shared(dial)
    box.grant("lr")
    box.revoke()
    for pattern in (box.seen, box.seen[:-1] + b"%", box.seen[:-1] + b"*"):
        assert box.seen not in box.guest.command('LIST ""', astring(pattern)).ok().listed
