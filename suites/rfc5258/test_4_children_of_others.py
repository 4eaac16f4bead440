"""RFC 5258 section 4: children that the user may not access."""

from __future__ import annotations

from conformance import ImapDial, Inconclusive, Reason, astring, needs, rewrite, verifies
from conformance.sharing import shared

pytestmark = needs("LIST-EXTENDED", "ACL", "RIGHTS")


@verifies("RFC5258-4-02", refuted_by=rewrite(rb"\\HasNoChildren", rb"\\HasChildren", of=rb"LIST .*", when=rb"\* LIST"))
def test_a_name_whose_children_may_not_be_accessed_has_none(dial: ImapDial) -> None:
    r"""LIST with RETURN (CHILDREN) of a shared mailbox whose inferior the second user has no right to: no \HasChildren."""
    box = shared(dial)
    child = dial.child(box.name)
    box.owner.command("CREATE", astring(child)).ok()
    box.revoke(child)
    box.grant("lr")
    listed = box.guest.command('LIST ""', astring(box.seen), "RETURN (CHILDREN)").ok().listed
    if box.seen not in listed or box.rights(child):
        raise Inconclusive(Reason.PRECONDITION, "the mailbox is not listed, or its inferior is open to the second user")
    assert b"\\haschildren" not in {flag.lower() for flag in listed[box.seen].attributes}
