"""RFC 2087 sections 3 and 4.1: what happens at a limit, and limits set by an administrator."""

from __future__ import annotations

from conformance import (
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    Target,
    astring,
    forward,
    needs,
    say,
    stale,
    verifies,
)
from conformance.quotas import administrator, full_account, root_of, told
from conformance.sessions.imap import Imap

pytestmark = needs("QUOTA")
TO_FULL = rb"APPEND (\S+full) .*"


@verifies("RFC2087-3-06", refuted_by=say(b"<tag> NO over quota\r\n", of=TO_FULL, after=2))
def test_what_is_refused_at_the_limit_is_not_stored(dial: ImapDial, target: Target) -> None:
    """Append to the small account until a message is refused: the mailbox holds those that were taken."""
    with full_account(dial, target) as full:
        told_by = full.session.command("STATUS", astring(full.name), "(MESSAGES)").ok().mailbox_status
        assert told_by.get(b"MESSAGES") == full.taken


@verifies("RFC2087-3-06", refuted_by=forward(rb"NOOP", of=rb"COPY .*"))
def test_what_is_beyond_the_limit_is_not_copied(dial: ImapDial, target: Target) -> None:
    """Fill the small account, COPY all its messages to themselves: refused, and the mailbox holds what it held."""
    with full_account(dial, target) as full:
        full.session.command("SELECT", astring(full.name)).ok()
        copied = full.session.command("COPY 1:*", astring(full.name))
        status = full.session.command("STATUS", astring(full.name), "(MESSAGES)").ok().mailbox_status
        assert copied.refused
        assert status.get(b"MESSAGES") == full.taken


def _own_root(dial: ImapDial, target: Target) -> tuple[Imap, bytes]:
    """A quota root for a new mailbox alone, by one who may set it."""
    boss = administrator(dial, target)
    root = root_of(boss, dial, dial.create(dial.login()))
    boss.command("SETQUOTA", astring(root), "(STORAGE 512 MESSAGE 10)").ok()
    if set(told(boss.command("GETQUOTA", astring(root)).ok()).get(root, {})) != {b"STORAGE", b"MESSAGE"}:
        raise Inconclusive(Reason.PRECONDITION, "STORAGE and MESSAGE cannot both be limited")
    return boss, root


@verifies("RFC2087-4.1-01", refuted_by=stale(of=rb"GETQUOTA .*", when=rb"\* QUOTA "))
def test_setquota_replaces_all_former_limits(dial: ImapDial, target: Target) -> None:
    """SETQUOTA of STORAGE and MESSAGE, then of MESSAGE alone: GETQUOTA has MESSAGE with the new limit, and nothing else."""
    boss, root = _own_root(dial, target)
    boss.command("SETQUOTA", astring(root), "(MESSAGE 20)").ok()
    now = told(boss.command("GETQUOTA", astring(root)).ok()).get(root, {})
    assert {name: limit for name, (_, limit) in now.items()} == {b"MESSAGE": 20}


@verifies("RFC2087-4.1-06", refuted_by=stale(of=rb"GETQUOTA .*", when=rb"\* QUOTA "))
def test_an_empty_list_removes_the_limits(dial: ImapDial, target: Target) -> None:
    """SETQUOTA of two limits, then of none: OK, and GETQUOTA has no resource any more (or no such root)."""
    boss, root = _own_root(dial, target)
    assert boss.command("SETQUOTA", astring(root), "()").is_ok
    assert not told(boss.command("GETQUOTA", astring(root))).get(root)


@verifies("RFC2087-4.1-04", refuted_by=forward(rb"NOOP", of=rb"SETQUOTA .*X-MAILCONFORM.*"))
def test_a_resource_that_is_not_known_is_answered_no(dial: ImapDial, target: Target) -> None:
    """SETQUOTA of X-MAILCONFORM by an administrator: NO; nobody may be told OK of a limit that is not kept."""
    boss, root = _own_root(dial, target)
    asked = boss.command("SETQUOTA", astring(root), "(X-MAILCONFORM 1)")
    boss.must_be_alive()
    if asked.status == b"OK" and b"X-MAILCONFORM" in told(boss.command("GETQUOTA", astring(root))).get(root, {}):
        raise NotSupported("any resource can be limited here")
    assert asked.is_no
