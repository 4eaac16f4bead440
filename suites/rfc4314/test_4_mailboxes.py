"""RFC 4314 sections 4 and 6: the rights that commands on mailboxes and ACLs ask for, tried by a second user."""

from __future__ import annotations

from conformance import Imap, ImapDial, NotSupported, astring, forward, needs, rewrite, say, verifies
from conformance.sessions.imap_answer import Answer
from conformance.sharing import Shared, shared

pytestmark = needs("ACL", "RIGHTS")
UNCHECKED = forward(rb"\1lrswipkxtea", of=rb"(SETACL .* )[a-z]+")
"""A server that lets everybody do everything, once there is an entry."""
EMPTIED = rb"(\* ACL \S+).*"


def _dialogue(box: Shared, session: Imap, name: bytes) -> dict[str, Answer]:
    """What the four commands on ACLs are answered."""
    return {
        "GETACL": session.command("GETACL", astring(name)),
        "LISTRIGHTS": session.command("LISTRIGHTS", astring(name), astring(box.identifier)),
        "SETACL": session.command("SETACL", astring(name), astring(box.identifier), "+i"),
        "DELETEACL": session.command("DELETEACL", astring(name), b"mailconform-nobody"),
    }


@verifies("RFC4314-4-12", "RFC4314-3.1-03", refuted_by=UNCHECKED)
def test_acls_are_read_and_changed_with_the_a_right_only(dial: ImapDial) -> None:
    """GETACL, LISTRIGHTS, SETACL and DELETEACL with every right but a: each refused, and no right more than before."""
    box = shared(dial)
    box.grant("lrswkxte")
    for answer in _dialogue(box, box.guest, box.seen).values():
        assert answer.refused
    assert box.rights() == set(b"lrswkxte")


@verifies("RFC4314-4-12", refuted_by=say(b"<tag> NO not yours\r\n", of=rb"GETACL .*"))
def test_acls_are_read_and_changed_with_the_a_right(dial: ImapDial) -> None:
    """GETACL, LISTRIGHTS and SETACL with l, r and a: each OK."""
    box = shared(dial)
    box.grant("lra")
    for command in ("GETACL", "LISTRIGHTS", "SETACL"):
        assert _dialogue(box, box.guest, box.seen)[command].is_ok


@verifies("RFC4314-4-12", refuted_by=say(b"<tag> NO not yours\r\n", of=rb"MYRIGHTS .*"))
def test_a_user_with_any_right_that_counts_learns_the_own_rights(dial: ImapDial) -> None:
    """MYRIGHTS with l alone, then with l and r: OK, these rights."""
    box = shared(dial)
    for rights in ("l", "lr"):
        box.grant(rights)
        answer = box.guest.command("MYRIGHTS", astring(box.seen))
        assert answer.is_ok
        assert set(rights.encode()) <= set(answer.data("MYRIGHTS").rights)


@verifies("RFC4314-4-12", refuted_by=UNCHECKED)
def test_a_user_without_a_right_that_counts_does_not_learn_the_own_rights(dial: ImapDial) -> None:
    """MYRIGHTS with s and w alone: refused."""
    box = shared(dial)
    box.grant("sw")
    assert box.guest.command("MYRIGHTS", astring(box.seen)).refused


@verifies("RFC4314-6-01", refuted_by=rewrite(rb" (NO|BAD) (\[\w+\] )?", rb" NO [NOPERM] ", of=rb".*shared.*"))
def test_a_mailbox_that_may_not_be_seen_is_answered_like_a_missing_one(dial: ImapDial) -> None:
    """The commands on ACLs and MYRIGHTS of a mailbox without any right, and of a missing one: equal status and code."""
    box = shared(dial)
    missing = box.seen.removesuffix(b"shared") + b"absent"
    told, compared = _dialogue(box, box.guest, box.seen), _dialogue(box, box.guest, missing)
    told["MYRIGHTS"], compared["MYRIGHTS"] = (box.guest.command("MYRIGHTS", astring(n)) for n in (box.seen, missing))
    for command, answer in told.items():
        assert answer.refused
        assert (answer.status, answer.code) == (compared[command].status, compared[command].code)


# Listing and subscribing


@verifies("RFC4314-4-01", refuted_by=UNCHECKED)
def test_a_name_without_the_l_right_is_not_listed(dial: ImapDial) -> None:
    """LIST of a mailbox with r and i, by its name and below its prefix: OK, and it is not there."""
    box = shared(dial)
    box.grant("ri")
    for pattern in (box.seen, box.seen[:-1] + b"%"):
        answer = box.guest.command('LIST ""', astring(pattern))
        assert answer.is_ok
        assert box.seen not in answer.listed


@verifies("RFC4314-4-15", refuted_by=UNCHECKED)
def test_a_superior_without_the_l_right_is_as_if_it_did_not_exist(dial: ImapDial) -> None:
    """LIST with "*" of a mailbox with r and its inferior with l and r: the inferior alone."""
    box = shared(dial)
    child, seen = dial.child(box.name), dial.child(box.seen)
    box.owner.command("CREATE", astring(child)).ok()
    box.grant("lr", child)
    box.grant("r")
    listed = box.guest.command('LIST ""', astring(box.seen + b"*")).ok().listed
    if seen not in listed:
        raise NotSupported("an inferior is not listed without its superior")
    assert set(listed) == {seen}


@verifies("RFC4314-4-13", refuted_by=say(b"<tag> NO not yours\r\n", of=rb"LSUB .*"))
def test_lsub_is_not_refused_for_a_name_without_the_l_right(dial: ImapDial) -> None:
    """Subscribe to a mailbox, lose all rights to it, LSUB: OK."""
    box = shared(dial)
    box.grant("lr")
    box.guest.command("SUBSCRIBE", astring(box.seen)).ok()
    box.revoke()
    answer = box.guest.command('LSUB ""', astring(box.seen[:-1] + b"*"))
    box.guest.command("UNSUBSCRIBE", astring(box.seen))
    assert answer.is_ok


@verifies("RFC4314-4-14", refuted_by=say(b"<tag> NO not yours\r\n", of=rb"UNSUBSCRIBE .*"))
def test_no_right_is_needed_to_unsubscribe(dial: ImapDial) -> None:
    """Subscribe to a mailbox, lose all rights to it, UNSUBSCRIBE: OK, and LSUB does not have it."""
    box = shared(dial)
    box.grant("lr")
    box.guest.command("SUBSCRIBE", astring(box.seen)).ok()
    box.revoke()
    assert box.guest.command("UNSUBSCRIBE", astring(box.seen)).is_ok
    assert box.seen not in box.guest.command('LSUB ""', astring(box.seen)).ok().subscribed


# Mailboxes


@verifies("RFC4314-4-02", refuted_by=UNCHECKED)
def test_a_mailbox_is_opened_with_the_r_right_only(dial: ImapDial) -> None:
    """SELECT, EXAMINE and STATUS with l, i and w: refused; with r too: OK."""
    box = shared(dial)
    commands = ("SELECT", ""), ("EXAMINE", ""), ("STATUS", " (MESSAGES)")
    box.grant("liw")
    for command, items in commands:
        assert box.guest.command(command, astring(box.seen) + items.encode()).refused
    box.grant("lr")
    for command, items in commands:
        assert box.guest.command(command, astring(box.seen) + items.encode()).is_ok


@verifies("RFC4314-4-03", refuted_by=UNCHECKED)
def test_an_inferior_is_created_with_the_k_right_only(dial: ImapDial) -> None:
    """CREATE below a mailbox with l, r, w and i: refused; with k too: OK."""
    box = shared(dial)
    child = dial.child(box.seen)
    box.grant("lrwi")
    assert box.guest.command("CREATE", astring(child)).refused
    box.grant("lrwik")
    assert box.guest.command("CREATE", astring(child)).is_ok


@verifies("RFC4314-4-03", refuted_by=UNCHECKED)
def test_a_mailbox_is_deleted_with_the_x_right_only(dial: ImapDial) -> None:
    """DELETE of a mailbox with every right but x and a: refused; with x too: OK."""
    box = shared(dial)
    box.grant("lrswikte")
    assert box.guest.command("DELETE", astring(box.seen)).refused
    box.grant("lrswikxte")
    assert box.guest.command("DELETE", astring(box.seen)).is_ok


@verifies("RFC4314-4-03", refuted_by=UNCHECKED)
def test_a_mailbox_is_renamed_with_the_x_right_only(dial: ImapDial) -> None:
    """RENAME of an inferior below a mailbox with k, without x of the inferior: refused."""
    box = shared(dial)
    child = dial.child(box.name)
    box.owner.command("CREATE", astring(child)).ok()
    box.grant("lrswikte", child)
    box.grant("lrkx")
    seen, other = dial.child(box.seen), dial.child(box.seen, "other")
    if box.guest.command("STATUS", astring(seen), "(MESSAGES)").status != b"OK":
        raise NotSupported("the inferior of a shared mailbox is not found")
    assert box.guest.command("RENAME", astring(seen), astring(other)).refused


@verifies("RFC4314-4-03", refuted_by=UNCHECKED)
def test_a_mailbox_is_renamed_below_a_superior_with_the_k_right_only(dial: ImapDial) -> None:
    """RENAME of an inferior with x, below a mailbox without k: refused."""
    box = shared(dial)
    child = dial.child(box.name)
    box.owner.command("CREATE", astring(child)).ok()
    box.grant("lrx", child)
    box.grant("lrswi")
    seen, other = dial.child(box.seen), dial.child(box.seen, "other")
    if box.guest.command("STATUS", astring(seen), "(MESSAGES)").status != b"OK":
        raise NotSupported("the inferior of a shared mailbox is not found")
    assert box.guest.command("RENAME", astring(seen), astring(other)).refused


# What becomes of the ACL


@verifies("RFC4314-4-04", refuted_by=rewrite(EMPTIED, rb"\1", of=rb"GETACL .*child", when=rb"\* ACL"))
def test_a_new_mailbox_has_the_acl_of_its_superior(dial: ImapDial) -> None:
    """Grant l, r and i, create an inferior, GETACL: l, r and i for the second user."""
    box = shared(dial)
    box.grant("lri")
    box.owner.command("CREATE", astring(dial.child(box.name))).ok()
    assert box.rights(dial.child(box.name)) == set(b"lri")


@verifies("RFC4314-4-05", refuted_by=forward(b"NOOP", of=rb"(DELETE|CREATE) .*shared"))
def test_the_acl_goes_with_its_mailbox(dial: ImapDial) -> None:
    """Grant l, r and i, delete the mailbox, create it anew, GETACL: no entry for the second user."""
    box = shared(dial)
    box.grant("lri")
    box.owner.command("DELETE", astring(box.name)).ok()
    box.owner.command("CREATE", astring(box.name)).ok()
    assert box.rights() is None


@verifies("RFC4314-4-06", refuted_by=rewrite(EMPTIED, rb"\1", of=rb"GETACL .*renamed", when=rb"\* ACL"))
def test_the_acl_stays_with_a_renamed_mailbox(dial: ImapDial) -> None:
    """Grant l, r and i, rename the mailbox, GETACL: the entries of before."""
    box = shared(dial)
    box.grant("lri")
    before = dict(box.owner.command("GETACL", astring(box.name)).ok().data("ACL").entries)
    renamed = dial.name("renamed")
    box.owner.command("RENAME", astring(box.name), astring(renamed)).ok()
    after = dict(box.owner.command("GETACL", astring(renamed)).ok().data("ACL").entries)
    assert {who: set(rights) for who, rights in after.items()} == {who: set(rights) for who, rights in before.items()}
