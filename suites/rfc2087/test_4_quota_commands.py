"""RFC 2087 sections 3 to 6: GETQUOTA, GETQUOTAROOT, SETQUOTA by one who may not, and what they bring."""

from __future__ import annotations

import itertools

from conformance import (
    ImapDial,
    Inconclusive,
    NotSupported,
    Profile,
    Reason,
    Sync,
    Target,
    answer,
    astring,
    compose,
    drop,
    needs,
    quoted,
    rewrite,
    say,
    verifies,
)
from conformance.quotas import Told, roots, told, usage
from conformance.sessions.imap import Imap

pytestmark = needs("QUOTA")
ROOTS = rb"GETQUOTAROOT .*"
QUOTA = rb"\* QUOTA "
BIG = compose((b"x" * 98 + b"\r\n") * 1024, subject="about 100 kilobytes")


def _by_9208(profile: Profile) -> bool:
    return any(
        name.upper().startswith("QUOTA=RES-") for stage in profile.capabilities for name in profile.listed(stage)
    )


def _root(session: Imap) -> tuple[bytes, Told]:
    """The first quota root of INBOX, and what is told of all its roots."""
    asked = session.command("GETQUOTAROOT INBOX").ok()
    if not roots(asked):
        raise Inconclusive(Reason.NOT_SET_UP, "needs an account whose INBOX has a quota root")
    return roots(asked)[0], told(asked)


def _limits(session: Imap, root: bytes) -> dict[bytes, int]:
    resources = told(session.command("GETQUOTAROOT INBOX").ok()).get(root, {})
    return {name: limit for name, (_, limit) in resources.items()}


def _rises(session: Imap, *names: bytes, of: bytes) -> list[int]:
    """Append 100 kilobytes to each mailbox in turn, and return by how much the usage of STORAGE rose each time.

    Mail that was removed before may go on counting until a server counts anew, so one of them may be anything.
    """
    seen = [usage(session, of, b"STORAGE")]
    for name in names:
        session.append(name, BIG.raw).ok()
        seen.append(usage(session, of, b"STORAGE"))
    return [after - before for before, after in itertools.pairwise(seen)]


def _list(limits: dict[bytes, int]) -> bytes:
    return b"(" + b" ".join(b"%b %d" % pair for pair in limits.items()) + b")"


@verifies("RFC2087-3-01", refuted_by=say(b"<tag> BAD unknown command\r\n", of=rb"(GET|SET)QUOTA .*"))
def test_the_commands_of_quota_are_known(dial: ImapDial, profile: Profile) -> None:
    """GETQUOTAROOT, GETQUOTA, SETQUOTA with the limits that are set: none is answered BAD."""
    session = dial.login()
    assert not session.command("GETQUOTAROOT INBOX").is_bad
    root, _ = _root(session)
    assert not session.command("GETQUOTA", astring(root)).is_bad
    if not _by_9208(profile) or profile.announced("QUOTASET"):
        assert not session.command("SETQUOTA", astring(root), _list(_limits(session, root))).is_bad


@verifies("RFC2087-4.3-01", "RFC2087-3-05", refuted_by=drop(of=ROOTS, when=rb"\* QUOTAROOT "))
def test_the_quota_roots_of_a_mailbox_are_named(dial: ImapDial) -> None:
    """GETQUOTAROOT of INBOX, and of a new mailbox: OK, and a QUOTAROOT response each."""
    session = dial.login()
    for name in (b"INBOX", dial.create(session)):
        asked = session.command("GETQUOTAROOT", astring(name))
        assert asked.is_ok
        assert asked.all("QUOTAROOT")


@verifies("RFC2087-5.2-01", refuted_by=rewrite(rb"QUOTAROOT (\S*)box", rb"QUOTAROOT \1bax", of=ROOTS))
def test_quotaroot_names_the_mailbox_that_was_asked_for(dial: ImapDial) -> None:
    """GETQUOTAROOT of INBOX in capitals and small letters, and of a new mailbox: its name in the response."""
    session = dial.login()
    own = dial.create(session, "box")
    assert session.command("GETQUOTAROOT", astring(own)).ok().data("QUOTAROOT").mailbox == own
    for spelling in ("INBOX", "inbox"):
        asked = session.command("GETQUOTAROOT", spelling).ok()
        assert asked.data("QUOTAROOT").mailbox.upper() == b"INBOX"


@verifies("RFC2087-4.3-02", refuted_by=drop(of=ROOTS, when=QUOTA))
def test_each_quota_root_that_is_named_is_told(dial: ImapDial) -> None:
    """GETQUOTAROOT of INBOX, and of a new mailbox: a QUOTA response for each root named."""
    session = dial.login()
    for name in (b"INBOX", dial.create(session)):
        asked = session.command("GETQUOTAROOT", astring(name)).ok()
        assert set(roots(asked)) <= set(told(asked))


@verifies("RFC2087-4.2-01", refuted_by=rewrite(rb'QUOTA ("[^"]*"|\S+) ', rb'QUOTA "another" ', of=rb"GETQUOTA .*"))
def test_a_quota_root_is_told_by_its_name(dial: ImapDial) -> None:
    """GETQUOTA of each root of INBOX, where the user may: a QUOTA response of that root, with the limits of GETQUOTAROOT."""
    session = dial.login()
    _, known = _root(session)
    for root, resources in known.items():
        asked = session.command("GETQUOTA", astring(root)).ok()
        now = told(asked).get(root, {})
        assert {name: limit for name, (_, limit) in now.items()} == {n: r[1] for n, r in resources.items()}


@verifies("RFC2087-4.2-02", refuted_by=answer(b'* QUOTA "" (STORAGE 1 9)\r\n<tag> OK done\r\n', of=rb"GETQUOTA .*"))
def test_an_unknown_quota_root_is_answered_no(dial: ImapDial) -> None:
    """GETQUOTA of a root that nobody has made: NO."""
    session = dial.login()
    asked = session.command('GETQUOTA "mailconform no such root"')
    session.must_be_alive()
    assert asked.is_no


@verifies("RFC2087-4.3-03", refuted_by=answer(b'* QUOTAROOT x ""\r\n<tag> OK done\r\n', of=ROOTS))
def test_the_quota_roots_of_a_missing_mailbox_are_not_told(dial: ImapDial, profile: Profile) -> None:
    """GETQUOTAROOT of a name that does not exist: NO, unless the server follows RFC 9208, which lets it be answered."""
    if _by_9208(profile):
        raise NotSupported("the server follows RFC 9208, by which a mailbox that does not exist yet has quota roots")
    session = dial.login()
    asked = session.command("GETQUOTAROOT", astring(dial.name()))
    session.must_be_alive()
    assert asked.is_no


@verifies("RFC2087-4.3-04", refuted_by=drop(of=ROOTS, when=rb"\* QUOTAROOT "))
def test_a_mailbox_without_quota_root_is_named_alone(dial: ImapDial, target: Target) -> None:
    """GETQUOTAROOT of the shared mailbox of the target file, if it has no root: a QUOTAROOT response with its name only."""
    shared = target.facilities.get("shared-mailbox")
    if not shared:
        raise Inconclusive(Reason.NOT_SET_UP, "needs a mailbox without a quota: shared-mailbox = under [facilities]")
    asked = dial.login().command("GETQUOTAROOT", astring(shared)).ok()
    if roots(asked):
        raise Inconclusive(Reason.NOT_SET_UP, f"the shared mailbox has a quota root: {asked!r}")
    named = asked.all("QUOTAROOT")
    assert [response.data.mailbox for response in named] == [shared.encode()]
    assert not asked.all("QUOTA")


# What the numbers say


@verifies("RFC2087-5.1-01", refuted_by=rewrite(rb"(STORAGE|MESSAGE) \d+ ", rb"\1 0 ", of=ROOTS, when=QUOTA, after=1))
def test_an_append_does_not_lower_the_usage(dial: ImapDial) -> None:
    """Append 100 kilobytes, GETQUOTAROOT, append them again, GETQUOTAROOT: each usage as high or higher, each limit equal."""
    session = dial.login()
    name = dial.create(session)
    session.append(name, BIG.raw).ok()
    before = told(session.command("GETQUOTAROOT", astring(name)).ok())
    session.append(name, BIG.raw).ok()
    after = told(session.command("GETQUOTAROOT", astring(name)).ok())
    for root, resources in before.items():
        for resource, (used, limit) in resources.items():
            now = after.get(root, {}).get(resource, (0, 0))
            assert now[0] >= used
            assert now[1] == limit


@verifies("RFC2087-3-02", refuted_by=rewrite(rb"STORAGE \d+ ", rb"STORAGE 7 ", of=ROOTS, when=QUOTA))
def test_storage_is_counted_in_kilobytes(dial: ImapDial, profile: Profile) -> None:
    """Append 100 kilobytes three times, if the server does not follow RFC 9208: STORAGE rises by about 100 twice or more."""
    if profile.announced("QUOTA=RES-STORAGE"):
        raise NotSupported("RFC 9208 makes STORAGE an estimate of physical space")
    session = dial.login()
    name = dial.create(session)
    assert sum(95 <= rise <= 110 for rise in _rises(session, name, name, name, of=name)) >= 2


@verifies("RFC2087-3-04", refuted_by=rewrite(rb"STORAGE \d+ ", rb"STORAGE 7 ", of=ROOTS, when=QUOTA, after=1))
def test_mailboxes_of_one_quota_root_share_its_usage(dial: ImapDial) -> None:
    """Append 100 kilobytes to two mailboxes of one root in turn: GETQUOTAROOT of either says the same, and counts both."""
    session = dial.login()
    one, two = dial.create(session), dial.create(session)
    rises = _rises(session, one, two, one, of=two)
    first, second = (session.command("GETQUOTAROOT", astring(name)).ok() for name in (one, two))
    if roots(first) != roots(second):
        raise NotSupported("mailboxes of one account have quota roots of their own")
    assert told(first) == told(second)
    assert sum(rise >= 75 for rise in rises) >= 2


@verifies("RFC2087-3-03", refuted_by=rewrite(rb"MESSAGE \d+", rb"MESSAGE 3", of=ROOTS, when=QUOTA))
def test_message_counts_the_messages(dial: ImapDial, target: Target) -> None:
    """Append two messages to the account whose messages are limited, expunge one: two more, one less."""
    account = next((n for n, each in enumerate(target.accounts) if each.quota), 0)
    mailbox = dial.mailbox(account=account)
    before = usage(mailbox.imap, mailbox.name, b"MESSAGE")
    mailbox.fill(2)
    assert usage(mailbox.imap, mailbox.name, b"MESSAGE") == before + 2
    mailbox.expunge(1)
    assert usage(mailbox.imap, mailbox.name, b"MESSAGE") == before + 1


# Who may, and how it is written


@verifies("RFC2087-4.1-03", refuted_by=say(b"<tag> OK done\r\n", of=rb"SETQUOTA .*"))
def test_setquota_without_permission_is_answered_no(dial: ImapDial, profile: Profile) -> None:
    """SETQUOTA of the own root with other limits, as an ordinary user: NO, and GETQUOTA shows the limits of before."""
    session = dial.login()
    root, _ = _root(session)
    limits = _limits(session, root)
    asked = session.command("SETQUOTA", astring(root), _list({name: limit + 1024 for name, limit in limits.items()}))
    now = _limits(session, root)
    if asked.status == b"OK" and now != limits:
        session.command("SETQUOTA", astring(root), _list(limits))
        raise Inconclusive(Reason.NOT_SET_UP, "the ordinary user of the target file may set quotas")
    if asked.is_bad and _by_9208(profile) and not profile.announced("QUOTASET"):
        raise NotSupported("QUOTASET is not announced")
    assert asked.is_no
    assert now == limits


@verifies(
    "RFC2087-8-01", "RFC2087-4.2-03",
    refuted_by=answer(b"* QUOTA other (STORAGE 3 100)\r\n<tag> OK done\r\n", of=rb"GETQUOTA .*"),
)  # fmt: skip
def test_the_usage_of_another_user_is_not_told(dial: ImapDial) -> None:
    """GETQUOTA of the other user's roots, if they bear other names, and of names with that user in them: no usage."""
    own, other = dial.login(), dial.login(1)
    user = dial.account(1).user.encode()
    known = set(roots(own.command("GETQUOTAROOT INBOX").ok()))
    theirs = set(roots(other.command("GETQUOTAROOT INBOX").ok()))
    for root in sorted((theirs | {b"user." + user, b"user/" + user, b"#user/" + user, user}) - known):
        assert not any(told(own.command("GETQUOTA", astring(root))).values())


@verifies("RFC2087-6-03", refuted_by=say(b"<tag> BAD syntax\r\n", of=rb"GETQUOTA(ROOT)? \{.*"))
def test_names_are_taken_in_each_form_of_a_string(dial: ImapDial) -> None:
    """GETQUOTAROOT, and GETQUOTA where the user may, with the name as an atom if it can be one, quoted, and as a literal: OK."""
    session = dial.login()
    root, _ = _root(session)
    may = session.command("GETQUOTA", astring(root)).status == b"OK"
    for name in (b"INBOX", b'"INBOX"', Sync(b"INBOX")):
        assert session.command("GETQUOTAROOT", name).is_ok
    for name in (astring(root), quoted(root), Sync(root)):
        assert not may or session.command("GETQUOTA", name).is_ok


@verifies("RFC2087-6-04", refuted_by=say(b"<tag> BAD unknown command\r\n", of=rb"(?-i:getquota).*"))
def test_the_commands_of_quota_are_known_in_any_letter_case(dial: ImapDial) -> None:
    """Getquotaroot in small letters: OK; getquota: what is said to it in capitals."""
    session = dial.login()
    root, _ = _root(session)
    assert session.command("getquotaroot INBOX").is_ok
    assert session.command("getquota", astring(root)).status == session.command("GETQUOTA", astring(root)).status
