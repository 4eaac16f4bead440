"""RFC 3691 section 1: a server that takes UNSELECT announces it."""

from __future__ import annotations

from conformance import Mailbox, NotSupported, rewrite, verifies


@verifies("RFC3691-1-01", refuted_by=rewrite(rb" UNSELECT", b"", of=rb"CAPABILITY"))
def test_unselect_is_announced_where_it_works(mailbox: Mailbox) -> None:
    """UNSELECT leaves a selected mailbox: CAPABILITY lists it."""
    listed = mailbox.fill(1).command("CAPABILITY").ok().capabilities
    if mailbox.command("UNSELECT").status != b"OK" or mailbox.command("FETCH 1 FLAGS").status == b"OK":
        raise NotSupported("UNSELECT is refused, or leaves the mailbox selected")
    assert b"UNSELECT" in listed
