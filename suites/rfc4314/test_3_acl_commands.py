"""RFC 4314 sections 2, 3 and 5.1.1: the commands on ACLs, as the owner of a mailbox gives them."""

from __future__ import annotations

from conformance import (
    ImapDial,
    NotSupported,
    astring,
    drop,
    forward,
    needs,
    quoted,
    rewrite,
    say,
    stale,
    verifies,
)
from conformance.sessions.imap import Imap
from conformance.sharing import VIRTUAL, shared

pytestmark = needs("ACL", "RIGHTS")
ANYONE = b"anyone"


def _other(dial: ImapDial) -> bytes:
    """An identifier that is not the owner's: the second user's, or everyone where there is none."""
    return dial.account(1).user.encode() if len(dial.target.accounts) > 1 else ANYONE


def _box(dial: ImapDial) -> tuple[Imap, bytes]:
    session = dial.login()
    return session, dial.create(session)


def _own(dial: ImapDial) -> bytes:
    return astring(dial.account(0).user)


def _acl(session: Imap, name: bytes) -> dict[bytes, bytes]:
    told = session.command("GETACL", astring(name)).ok().data("ACL")
    return dict(told.entries) if told else {}


def _complete(rights: bytes) -> bool:
    """Whether d and c are there, where a right that they stand for is."""
    given = set(rights)
    return (
        (not given & set(b"et") or b"d"[0] in given)
        and (b"k"[0] not in given or b"c"[0] in given)
        and (b"x"[0] not in given or bool(given & set(b"cd")))
    )


@verifies("RFC4314-2-01", refuted_by=rewrite(rb"RIGHTS=\S+", b"RIGHTS=te", of=rb"CAPABILITY", when=rb"\* CAPABILITY"))
def test_the_rights_beyond_those_of_rfc_2086_are_announced(dial: ImapDial) -> None:
    """CAPABILITY after login: RIGHTS= has t, e, x and k."""
    listed = dial.login().command("CAPABILITY").ok().capabilities
    announced = [name.partition(b"=")[2].lower() for name in listed if name.startswith(b"RIGHTS=")]
    assert set(b"texk") <= set(b"".join(announced))


@verifies("RFC4314-2.2-01", refuted_by=rewrite(rb"(RIGHTS=\S+)", rb"\1a", of=rb"CAPABILITY", when=rb"\* CAPABILITY"))
def test_the_rights_of_rfc_2086_are_not_announced(dial: ImapDial) -> None:
    """CAPABILITY after login: RIGHTS= has none of l r s w i p a c d, and no digit."""
    listed = dial.login().command("CAPABILITY").ok().capabilities
    announced = [name.partition(b"=")[2].lower() for name in listed if name.startswith(b"RIGHTS=")]
    assert not set(b"lrswipacd0123456789") & set(b"".join(announced))


@verifies(
    "RFC4314-2.1.1-03", refuted_by=rewrite(rb"([a-z]*)d([a-z]*)$", rb"\1\2", of=rb"(MYRIGHTS|GETACL) .*", when=rb"\*")
)
def test_the_old_rights_are_shown_with_those_they_stand_for(dial: ImapDial) -> None:
    """MYRIGHTS and GETACL of a mailbox of our own: d beside e and t, c beside k, one of them beside x."""
    session, name = _box(dial)
    assert _complete(session.command("MYRIGHTS", astring(name)).ok().data("MYRIGHTS").rights)
    for rights in _acl(session, name).values():
        assert _complete(rights)


@verifies("RFC4314-2.1.1-04", refuted_by=rewrite(rb" d(?= |$)", b"", of=rb"LISTRIGHTS .*", when=rb"\*"))
def test_the_old_rights_can_be_granted_where_those_they_stand_for_can(dial: ImapDial) -> None:
    """LISTRIGHTS of a mailbox of our own for another: d beside e and t, c beside k, one of them beside x."""
    session, name = _box(dial)
    told = session.command("LISTRIGHTS", astring(name), astring(_other(dial))).ok().data("LISTRIGHTS")
    assert _complete(told.required + b"".join(told.optional))


@verifies("RFC4314-3-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"SETACL .*"))
def test_an_identifier_with_a_control_character_is_answered_bad(dial: ImapDial) -> None:
    """SETACL for an identifier with an octet that SASLprep prohibits: BAD."""
    session, name = _box(dial)
    answer = session.command("SETACL", astring(name), b'"mailconform\x07"', "lr")
    session.must_be_alive()
    assert answer.is_bad


@verifies("RFC4314-3-02", refuted_by=say(b"<tag> OK done\r\n", of=rb'(SET|DELETE)ACL .* "".*'))
def test_an_empty_identifier_is_answered_bad(dial: ImapDial) -> None:
    """SETACL and DELETEACL for an empty identifier: BAD, and the ACL stays as it was."""
    session, name = _box(dial)
    before = _acl(session, name)
    for command, rights in (("SETACL", ("lr",)), ("DELETEACL", ())):
        answer = session.command(command, astring(name), '""', *rights)
        session.must_be_alive()
        assert answer.is_bad
    assert _acl(session, name) == before


@verifies("RFC4314-3.1-02", refuted_by=forward(rb"\1\2", of=rb"(SETACL \S+ \S+ [-+]?[lr]*)[^lr]([lr]*)"))
def test_an_unknown_right_is_answered_bad(dial: ImapDial) -> None:
    """SETACL for another with a right in capitals, and one that is not known, first, last, added: BAD, nothing granted."""
    session, name = _box(dial)
    before = _acl(session, name)
    told = session.command("LISTRIGHTS", astring(name), astring(_other(dial))).ok().data("LISTRIGHTS")
    unknown = next(
        (letter for letter in "zyvuj" if letter.encode() not in told.required + b"".join(told.optional)), "Z"
    )
    for rights in ("lrQ", f"lr{unknown}", f"{unknown}lr", f"+{unknown}", "Wlr"):
        answer = session.command("SETACL", astring(name), astring(_other(dial)), rights)
        session.must_be_alive()
        assert answer.is_bad
        assert _acl(session, name) == before


@verifies("RFC4314-3.3-01", refuted_by=rewrite(rb"(\* ACL \S+).*", rb"\1", of=rb"GETACL .*", when=rb"\* ACL"))
def test_getacl_brings_identifiers_and_their_rights(dial: ImapDial) -> None:
    """SETACL of l and r for another, GETACL: one ACL response of that mailbox, with a new entry that has these rights."""
    session, name = _box(dial)
    before = _acl(session, name)
    session.command("SETACL", astring(name), astring(_other(dial)), "lr").ok()
    answer = session.command("GETACL", astring(name))
    assert answer.is_ok
    assert [response.data.mailbox for response in answer.all("ACL")] == [name]
    added = [rights for identifier, rights in _acl(session, name).items() if identifier not in before]
    assert len(added) == 1
    assert set(b"lr") <= set(added[0])


@verifies(
    "RFC4314-3.4-01", refuted_by=rewrite(rb"(LISTRIGHTS \S+) \S+", rb"\1 everyone", of=rb"LISTRIGHTS .*", when=rb"\*")
)
def test_listrights_names_the_identifier_as_it_was_given(dial: ImapDial) -> None:
    """LISTRIGHTS of a mailbox of our own for another, and for the own name: that mailbox, the name as given, rights."""
    session, name = _box(dial)
    for identifier in (_other(dial), dial.account(0).user.encode()):
        answer = session.command("LISTRIGHTS", astring(name), astring(identifier))
        assert answer.is_ok
        told = answer.data("LISTRIGHTS")
        assert told.mailbox == name
        assert told.identifier == identifier


@verifies("RFC4314-3.5-01", refuted_by=drop(of=rb"MYRIGHTS .*", when=rb"\* MYRIGHTS"))
def test_myrights_brings_the_rights_of_the_user(dial: ImapDial) -> None:
    """MYRIGHTS of a mailbox of our own: one response of that mailbox; we may look it up and read it."""
    session, name = _box(dial)
    answer = session.command("MYRIGHTS", astring(name))
    assert answer.is_ok
    told = [response.data for response in answer.all("MYRIGHTS")]
    assert [each.mailbox for each in told] == [name]
    assert set(b"lr") <= set(told[0].rights)


@verifies("RFC4314-5.1.1-02", refuted_by=stale(of=rb"MYRIGHTS [^\"]*", when=rb"\* MYRIGHTS"))
def test_setacl_is_carried_out_before_the_command_behind_it(dial: ImapDial) -> None:
    """Take the s right from oneself by SETACL with MYRIGHTS in the same write: MYRIGHTS shows what it shows later."""
    session, name = _box(dial)
    before = session.command("MYRIGHTS", astring(name)).ok().data("MYRIGHTS").rights
    kept = bytes(right for right in before if right not in b"scd")
    lines = (b"set SETACL", astring(name), _own(dial), kept + b"\r\nmine MYRIGHTS", astring(name) + b"\r\n")
    session.send(b" ".join(lines))
    session.finish(b"set").ok()
    now = session.finish(b"mine").ok().data("MYRIGHTS").rights
    later = session.command("MYRIGHTS", quoted(name)).ok().data("MYRIGHTS").rights
    if set(later) == set(before):
        raise NotSupported("an owner cannot give up the s right alone")
    assert set(now) == set(later)


# What SETACL makes of an entry


@verifies("RFC4314-3.1-01", refuted_by=forward(rb"\1i", of=rb"(SETACL .* )\+i"))
def test_rights_are_set_added_and_removed(dial: ImapDial) -> None:
    """SETACL lr, +i, -r for the second user: GETACL has lr, then lri, then li."""
    box = shared(dial)
    box.grant("lr")
    assert box.rights() == set(b"lr")
    box.grant("lri")
    box.grant("lr")
    for change, wanted in (("+i", b"lri"), ("-r", b"li"), ("lr", b"lr")):
        box.owner.command("SETACL", astring(box.name), astring(box.identifier), change).ok()
        assert box.rights() == set(wanted)


@verifies("RFC4314-3.2-01", refuted_by=forward(b"NOOP", of=rb"DELETEACL .*"))
def test_deleteacl_removes_the_entry(dial: ImapDial) -> None:
    """SETACL for the second user, DELETEACL: GETACL has the entries of before."""
    box = shared(dial)
    before = _acl(box.owner, box.name)
    box.grant("lri")
    box.revoke()
    assert _acl(box.owner, box.name) == before


@verifies("RFC4314-2.1.1-01", refuted_by=forward(rb"\1e", of=rb"(SETACL .* )d"))
def test_the_old_delete_right_grants_its_members(dial: ImapDial) -> None:
    """SETACL d for the second user: GETACL has e, t and d, at most x besides."""
    box = shared(dial)
    box.owner.command("SETACL", astring(box.name), astring(box.identifier), "d").ok()
    given = set(_acl(box.owner, box.name).get(box.identifier, b""))
    assert set(b"etd") <= given
    assert given <= set(b"etdxc")


@verifies("RFC4314-2.1.1-02", refuted_by=forward(rb"\1x", of=rb"(SETACL .* )c"))
def test_the_old_create_right_grants_its_members(dial: ImapDial) -> None:
    """SETACL c for the second user: GETACL has k and c, at most x besides."""
    box = shared(dial)
    box.owner.command("SETACL", astring(box.name), astring(box.identifier), "c").ok()
    given = set(_acl(box.owner, box.name).get(box.identifier, b""))
    assert set(b"kc") <= given
    assert given <= set(b"kcxd")


@verifies("RFC4314-3.7-02", "RFC4314-2-02", refuted_by=rewrite(rb" l r ", b" lr ", of=rb"LISTRIGHTS .*", when=rb"\*"))
def test_rights_that_are_tied_are_granted_all_or_not_at_all(dial: ImapDial) -> None:
    """SETACL of each right alone for the second user: of the string of LISTRIGHTS that it stands in, none or all is granted."""
    box = shared(dial)
    told = box.owner.command("LISTRIGHTS", astring(box.name), astring(box.identifier)).ok().data("LISTRIGHTS")
    for rights in (frozenset(each) - VIRTUAL for each in told.optional):
        for right in sorted(rights - set(b"0123456789")):
            box.owner.command("SETACL", astring(box.name), astring(box.identifier), bytes([right])).ok()
            given = box.rights() or set()
            assert given & rights in (set(), rights)
            assert len(rights) == 1 or not given & rights
