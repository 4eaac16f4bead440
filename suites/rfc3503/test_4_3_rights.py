"""RFC 3503 section 4.3: COPY of a message with $MDNSent into a mailbox of somebody else's (RFC 4314)."""

from __future__ import annotations

from conformance import ImapDial, astring, compose, needs, say, verifies
from conformance.sharing import shared

pytestmark = needs("ACL")


@verifies("RFC3503-4.3-02", refuted_by=say(b"<tag> OK done\r\n", of=rb"COPY .*"))
def test_copy_of_mdnsent_still_asks_for_the_right_to_insert(dial: ImapDial) -> None:
    """The second user, with the rights lrs, copies a message with $MDNSent into the mailbox: refused."""
    found = shared(dial)
    found.grant("lrs")
    source = dial.mailbox(account=1).permits("$MDNSent")
    source.append(compose(b"Read.\r\n", subject="read"), "$MDNSent")
    source.select()
    assert source.command("COPY 1", astring(found.seen)).refused
