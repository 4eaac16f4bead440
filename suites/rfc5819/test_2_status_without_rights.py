"""RFC 5819 section 2: mailboxes that may be listed and not opened."""

from __future__ import annotations

from conformance import ImapDial, Inconclusive, Reason, astring, forward, needs, rewrite, verifies
from conformance.sessions.imap_answer import Answer
from conformance.sharing import shared

pytestmark = needs("LIST-STATUS", "ACL", "RIGHTS")
UNSELECTABLE = {b"\\noselect", b"\\nonexistent"}


def _listed(dial: ImapDial) -> tuple[bytes, Answer]:
    box = shared(dial)
    box.grant("l")
    answer = box.guest.command('LIST ""', astring(box.seen), "RETURN (STATUS (MESSAGES))").ok()
    if box.seen not in answer.listed:
        raise Inconclusive(Reason.PRECONDITION, "a mailbox with the l right alone is not listed")
    return box.seen, answer


@verifies("RFC5819-2-05", refuted_by=forward(rb"\1r", of=rb"(SETACL .* l)"))
def test_no_status_is_told_of_a_mailbox_that_may_not_be_read(dial: ImapDial) -> None:
    """LIST with RETURN (STATUS (MESSAGES)) of a mailbox with l alone: LIST, and no STATUS."""
    _, answer = _listed(dial)
    assert not answer.all("STATUS")


@verifies(
    "RFC5819-2-05", refuted_by=rewrite(rb"(?i)\\no(select|nexistent)", rb"\\Marked", of=rb"LIST .*", when=rb"\* LIST")
)
def test_a_mailbox_that_may_not_be_read_is_said_to_be_unselectable(dial: ImapDial) -> None:
    r"""LIST with RETURN (STATUS (MESSAGES)) of a mailbox with l alone: \Noselect."""
    name, answer = _listed(dial)
    assert UNSELECTABLE & {flag.lower() for flag in answer.listed[name].attributes}
