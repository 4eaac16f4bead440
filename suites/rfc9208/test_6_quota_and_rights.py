"""RFC 9208 section 6: the rights that the commands on quotas ask for."""

from __future__ import annotations

from conformance import ImapDial, Inconclusive, Reason, astring, forward, needs, verifies
from conformance.quotas import roots
from conformance.sharing import shared

pytestmark = needs("QUOTA=RES-STORAGE", "ACL", "RIGHTS")


@verifies("RFC9208-6-01", refuted_by=forward(rb"\1lr", of=rb"(SETACL .* )[a-z]+"))
def test_quota_roots_are_told_with_the_r_right_only(dial: ImapDial) -> None:
    """GETQUOTAROOT of a mailbox that the second user may list and write to, and not read: refused."""
    box = shared(dial)
    if not roots(box.owner.command("GETQUOTAROOT", astring(box.name)).ok()):
        raise Inconclusive(Reason.NOT_SET_UP, "needs a mailbox with a quota root")
    box.grant("lwi")
    assert box.guest.command("GETQUOTAROOT", astring(box.seen)).refused
