"""RFC 9208: resources that are announced, what is told of them, and the code OVERQUOTA."""

from __future__ import annotations

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Profile,
    Reason,
    Target,
    answer,
    astring,
    compose,
    drop,
    inject_before,
    needs,
    rewrite,
    say,
    stale,
    verifies,
)
from conformance.quotas import administrator, full_account, root_of, roots, small_account, told, usage
from conformance.sessions.imap import Imap

pytestmark = needs("QUOTA")
CAPABILITY = rb"\* CAPABILITY"
ROOTS = rb"GETQUOTAROOT .*"


def _login(dial: ImapDial, account: int = 0) -> Imap:
    """Log in, unless the server announces no resource and so follows RFC 2087."""
    profile = dial.profile
    if not any(
        name.upper().startswith("QUOTA=RES-") for stage in profile.capabilities for name in profile.listed(stage)
    ):
        raise NotSupported("no QUOTA=RES- capability is announced: the server follows RFC 2087")
    return dial.login(account)


def _resource(profile: Profile, name: str) -> None:
    if not profile.announced(f"QUOTA=RES-{name}"):
        raise NotSupported(f"QUOTA=RES-{name} is not announced")


def _announced(session: Imap) -> set[bytes]:
    return set(session.command("CAPABILITY").ok().capabilities)


@verifies("RFC9208-1-01", refuted_by=rewrite(rb" QUOTA(?= |$)", b"", of=rb"CAPABILITY", when=CAPABILITY))
def test_quota_is_announced_beside_its_resources(dial: ImapDial) -> None:
    """CAPABILITY after login: QUOTA is listed, where any QUOTA=RES- is."""
    listed = _announced(_login(dial))
    assert b"QUOTA" in listed or not any(name.startswith(b"QUOTA=RES-") for name in listed)


@verifies("RFC9208-1-01", refuted_by=rewrite(rb" QUOTA=RES-STORAGE", b"", of=rb"CAPABILITY", when=CAPABILITY))
def test_each_resource_that_is_told_is_announced(dial: ImapDial, target: Target) -> None:
    """GETQUOTAROOT INBOX of each account: each resource in QUOTA responses has its QUOTA=RES- capability."""
    for account in range(len(target.accounts)):
        session = _login(dial, account)
        listed = _announced(session)
        for resources in told(session.command("GETQUOTAROOT INBOX").ok()).values():
            assert {b"QUOTA=RES-" + name for name in resources} <= listed


@verifies("RFC9208-1-02", refuted_by=rewrite(rb" QUOTASET", b"", of=rb"CAPABILITY", when=CAPABILITY))
def test_setquota_that_works_is_announced(dial: ImapDial, target: Target) -> None:
    """SETQUOTA of a root of our own by an administrator: if it is answered OK, QUOTASET is listed."""
    boss = administrator(dial, target)
    root = root_of(boss, dial, dial.create(_login(dial)))
    if boss.command("SETQUOTA", astring(root), "(STORAGE 512)").status != b"OK":
        raise Inconclusive(Reason.PRECONDITION, "SETQUOTA is not carried out for the administrator")
    assert b"QUOTASET" in _announced(boss)


@verifies("RFC9208-4.1.1-01", refuted_by=answer(b'* QUOTA "" (STORAGE 1 9)\r\n<tag> OK done\r\n', of=rb"GETQUOTA .*"))
def test_getquota_is_answered_with_its_root_or_no(dial: ImapDial) -> None:
    """GETQUOTA of each root of INBOX, and of one nobody has made: QUOTA of that root, or NO; NO for the last."""
    session = _login(dial)
    for root in roots(session.command("GETQUOTAROOT INBOX").ok()):
        asked = session.command("GETQUOTA", astring(root))
        assert asked.is_no or (asked.is_ok and root in told(asked))
    missing = session.command('GETQUOTA "mailconform no such root"')
    session.must_be_alive()
    assert missing.is_no


@verifies("RFC9208-4.1.2-01", refuted_by=drop(of=ROOTS, when=rb"\* QUOTA "))
def test_each_quota_root_of_a_mailbox_is_told(dial: ImapDial) -> None:
    """GETQUOTAROOT of INBOX, and of a new mailbox: a QUOTAROOT response, and a QUOTA response for each root in it."""
    session = _login(dial)
    for name in (b"INBOX", dial.create(session)):
        asked = session.command("GETQUOTAROOT", astring(name))
        assert asked.is_ok
        assert asked.all("QUOTAROOT")
        assert set(roots(asked)) <= set(told(asked))


@verifies("RFC9208-4.1.3-01", refuted_by=stale(of=rb"GETQUOTA .*", when=rb"\* QUOTA "))
def test_limits_that_setquota_does_not_name_are_dropped(dial: ImapDial, target: Target) -> None:
    """SETQUOTA of STORAGE and MESSAGE by an administrator, then of STORAGE alone: GETQUOTA has STORAGE alone."""
    boss = administrator(dial, target)
    root = root_of(boss, dial, dial.create(_login(dial)))
    boss.command("SETQUOTA", astring(root), "(STORAGE 512 MESSAGE 10)").ok()
    before = told(boss.command("GETQUOTA", astring(root)).ok()).get(root, {})
    if set(before) != {b"STORAGE", b"MESSAGE"}:
        raise Inconclusive(Reason.PRECONDITION, "STORAGE and MESSAGE cannot both be limited")
    boss.command("SETQUOTA", astring(root), "(STORAGE 1024)").ok()
    assert set(told(boss.command("GETQUOTA", astring(root)).ok()).get(root, {})) == {b"STORAGE"}


# What can be freed, and what is counted


@verifies("RFC9208-4.1.4-01", refuted_by=rewrite(rb"DELETED \d+", b"DELETED 4", of=rb"STATUS .*"))
def test_status_counts_the_messages_that_are_marked_as_deleted(mailbox: Mailbox, profile: Profile) -> None:
    r"""STATUS (DELETED) of four messages, none of them \Deleted, then two: 0, then 2."""
    _resource(profile, "MESSAGE")
    mailbox.fill(4)
    for marked in ("", "1,3"):
        if marked:
            mailbox.flag(marked, "\\Deleted")
        asked = mailbox.command("STATUS", astring(mailbox.name), "(DELETED)")
        assert asked.is_ok
        assert asked.mailbox_status.get(b"DELETED") == (2 if marked else 0)


@verifies("RFC9208-4.1.4-02", refuted_by=say(b"<tag> BAD unknown item\r\n", of=rb"STATUS .*DELETED-STORAGE.*"))
def test_status_tells_how_much_storage_can_be_freed(mailbox: Mailbox, profile: Profile) -> None:
    r"""STATUS (DELETED-STORAGE) of two messages, one of them \Deleted: OK, and a number."""
    _resource(profile, "STORAGE")
    mailbox.fill(2).flag(1, "\\Deleted")
    asked = mailbox.command("STATUS", astring(mailbox.name), "(DELETED-STORAGE)")
    assert asked.is_ok
    assert isinstance(asked.mailbox_status.get(b"DELETED-STORAGE"), int)


@verifies("RFC9208-4.1.4-03", refuted_by=rewrite(rb"DELETED-STORAGE \d+", b"DELETED-STORAGE 5", of=rb"STATUS .*"))
def test_the_storage_that_can_be_freed_is_that_of_the_marked_messages(mailbox: Mailbox, profile: Profile) -> None:
    r"""STATUS (DELETED-STORAGE) with none of three messages of 30 kilobytes \Deleted, then one, then all: 0, more, still more."""
    _resource(profile, "STORAGE")
    for number in range(3):
        mailbox.append(compose((b"x" * 98 + b"\r\n") * 300, subject=f"large {number}"))
    mailbox.select()
    freed = []
    for marked in ("", "1", "1:3"):
        if marked:
            mailbox.flag(marked, "\\Deleted")
        asked = mailbox.command("STATUS", astring(mailbox.name), "(DELETED-STORAGE)").ok()
        freed.append(int(asked.mailbox_status.get(b"DELETED-STORAGE") or 0))
    assert freed[0] == 0
    assert 0 < freed[1] < freed[2]


@verifies("RFC9208-5.2-01", refuted_by=rewrite(rb"MESSAGE \d+", b"MESSAGE 3", of=ROOTS))
def test_messages_are_counted_exactly(dial: ImapDial, target: Target, profile: Profile) -> None:
    """GETQUOTAROOT of an account whose messages are limited, three appended, one of them expunged: three more, two more."""
    _resource(profile, "MESSAGE")
    mailbox = dial.mailbox(account=small_account(target)[0])
    before = usage(mailbox.imap, mailbox.name, b"MESSAGE")
    mailbox.fill(3)
    assert usage(mailbox.imap, mailbox.name, b"MESSAGE") == before + 3
    mailbox.expunge(2)
    assert usage(mailbox.imap, mailbox.name, b"MESSAGE") == before + 2


@verifies("RFC9208-5.3-01", refuted_by=rewrite(rb"MAILBOX \d+", b"MAILBOX 1", of=ROOTS))
def test_mailboxes_are_counted_exactly(dial: ImapDial, target: Target, profile: Profile) -> None:
    """SETQUOTA of MAILBOX by an administrator, create two inferiors, delete one: two more, one more."""
    _resource(profile, "MAILBOX")
    boss, session = administrator(dial, target), _login(dial)
    name = dial.create(session)
    boss.command("SETQUOTA", astring(root_of(boss, dial, name)), "(MAILBOX 10)").ok()
    before = usage(session, name, b"MAILBOX")
    one, two = dial.child(name, "one"), dial.child(name, "two")
    for child in (one, two):
        session.command("CREATE", astring(child)).ok()
    assert usage(session, name, b"MAILBOX") == before + 2
    session.command("DELETE", astring(two)).ok()
    assert usage(session, name, b"MAILBOX") == before + 1


# OVERQUOTA


@verifies("RFC9208-4.3.1-01", refuted_by=rewrite(rb"\[OVERQUOTA\] ", b"", of=rb"(APPEND|COPY) .*"))
def test_what_goes_beyond_a_limit_is_refused_with_a_code_of_its_own(dial: ImapDial, target: Target) -> None:
    """Fill the small account, COPY all its messages: the NO to APPEND and to COPY has the code OVERQUOTA."""
    with full_account(dial, target, _login(dial, small_account(target)[0])) as full:
        assert full.refusal.is_no
        assert full.refusal.code == b"OVERQUOTA"
        full.session.command("SELECT", astring(full.name)).ok()
        copied = full.session.command("COPY 1:*", astring(full.name))
        if copied.is_no:
            assert copied.code == b"OVERQUOTA"


@verifies("RFC9208-4.3.1-03", refuted_by=inject_before(b"* NO [OVERQUOTA] quota exceeded\r\n", of=rb"NOOP"))
def test_overquota_is_not_told_unasked_where_no_mailbox_is_selected(dial: ImapDial, target: Target) -> None:
    """Log in to the account that is full, CAPABILITY, NOOP, LIST and LOGOUT without SELECT: no OVERQUOTA."""
    with full_account(dial, target, _login(dial, small_account(target)[0])) as full:
        session = dial.login(full.account, fresh=True)
        for words in ("CAPABILITY", "NOOP", 'LIST "" "INBOX"', "LOGOUT"):
            assert b"OVERQUOTA" not in session.command(words).codes
