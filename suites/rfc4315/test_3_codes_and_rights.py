"""RFC 4315 section 3: no UIDs are told of a mailbox that the client may not select (RFC 4314)."""

from __future__ import annotations

from conformance import ImapDial, astring, compose, needs, rewrite, verifies
from conformance.sharing import shared

pytestmark = needs("UIDPLUS", "ACL")


@verifies("RFC4315-3-09", refuted_by=rewrite(rb" OK ", b" OK [COPYUID 1 1 1] ", of=rb"COPY .*"))
def test_no_uids_are_told_of_a_mailbox_that_may_not_be_selected(dial: ImapDial) -> None:
    """Another user, with the rights l and i only, appends and copies to the mailbox: neither APPENDUID nor COPYUID comes."""
    found = shared(dial)
    found.grant("li")
    source = dial.mailbox(compose(b"One.\r\n"), account=1)
    answers = (
        source.imap.append(found.seen, compose(b"Two.\r\n").raw).ok(),
        source.command("COPY 1", astring(found.seen)).ok(),
    )
    assert not {b"APPENDUID", b"COPYUID"} & {code for given in answers for code in given.codes}
