"""RFC 3501 section 6.3.1: SELECT of a mailbox that the user may only read."""

from __future__ import annotations

from conformance import Imap, ImapDial, Inconclusive, NotSupported, Reason, astring, quoted, rewrite, verifies


@verifies("RFC3501-6.3.1-19", refuted_by=rewrite(rb"\[READ-ONLY\]", b"[READ-WRITE]", of=rb"SELECT .*"))
def test_a_mailbox_that_may_only_be_read_is_selected_read_only(dial: ImapDial) -> None:
    """Grant another user lookup and read alone; that user's SELECT: OK with READ-ONLY."""
    owner = dial.login().supports("ACL")
    name = dial.create(owner)
    with dial.dialler.straight():
        owner.command("SETACL", astring(name), astring(dial.account(1).user), "lr").ok()
    reader = dial.login(1, fresh=True)
    with dial.dialler.straight():
        shown = _shown_to(reader, dial, name[len(dial.profile.prefix) :])
        rights = reader.command("MYRIGHTS", quoted(shown)).ok().data("MYRIGHTS")
    if rights is None or set(rights.rights) & set(b"swiktecd"):
        raise Inconclusive(Reason.PRECONDITION, f"the reader may do more than was granted: {rights}")
    selected = reader.command("SELECT", quoted(shown)).ok()
    assert selected.code == b"READ-ONLY"


def _shown_to(reader: Imap, dial: ImapDial, own: bytes) -> bytes:
    """The name by which the reader sees the mailbox, looked for behind the prefixes of other users and of shared mailboxes."""
    told = reader.supports("NAMESPACE").command("NAMESPACE").ok().data("NAMESPACE")
    user = dial.target.accounts[0].user.encode()
    spaces = [*((told and told.other) or ()), *((told and told.shared) or ())]
    for prefix in (way for space in spaces for way in (space.prefix + user + (space.delimiter or b""), space.prefix)):
        for shown in reader.command('LIST ""', quoted(prefix + b"*")).listed:
            if shown.lower().endswith(own.lower()):
                return shown
    raise NotSupported("what is granted is not listed for the other user")
