"""RFC 3501 sections 6.3.6, 6.3.7 and 6.3.9: SUBSCRIBE, UNSUBSCRIBE and LSUB."""

from __future__ import annotations

from conformance import (
    Imap,
    ImapDial,
    Inconclusive,
    NotSupported,
    Reason,
    Sync,
    answer,
    astring,
    drop,
    echo,
    forward,
    quoted,
    rewrite,
    say,
    verifies,
)

LSUB = rb"LSUB .*"
NO_MAILBOX = frozenset({b"\\noselect", b"\\nonexistent"})


@verifies("RFC3501-6.3.6-01", refuted_by=answer(b"<tag> OK subscribed\r\n", of=rb"SUBSCRIBE .*"))
def test_subscribe_adds_a_name(dial: ImapDial) -> None:
    """SUBSCRIBE two of three mailboxes: OK; LSUB shows these two and not the third."""
    session = dial.login()
    names = [dial.create(session) for _ in range(3)]
    for name in names[:2]:
        assert session.command("SUBSCRIBE", astring(name)).is_ok
    assert [bool(_subscribed(session, name)) for name in names] == [True, True, False]


@verifies("RFC3501-6.3.6-03", "RFC3501-6.3.9-03", refuted_by=drop(of=LSUB, when=rb"\* LSUB"))
def test_a_subscription_outlives_its_mailbox(dial: ImapDial) -> None:
    """SUBSCRIBE, DELETE the mailbox, LSUB in this and in another session: the name is still listed."""
    session = dial.login()
    name = _subscribe(dial, session)
    session.command("DELETE", astring(name)).ok()
    assert _subscribed(session, name)
    assert _subscribed(dial.login(fresh=True), name)


@verifies("RFC3501-6.3.6-04", refuted_by=say(b"<tag> NO already\r\n", of=rb"SUBSCRIBE .*", after=1))
def test_a_second_subscribe_changes_nothing(dial: ImapDial) -> None:
    """SUBSCRIBE twice: OK both times; LSUB shows the name once."""
    session = dial.login()
    name = dial.create(session)
    assert all(session.command("SUBSCRIBE", astring(name)).is_ok for _ in range(2))
    assert len(session.command('LSUB ""', quoted(name)).all("LSUB")) == 1


@verifies("RFC3501-6.3.6-05", refuted_by=drop(of=LSUB, when=rb"\* LSUB"))
def test_subscriptions_last_beyond_the_session(dial: ImapDial) -> None:
    """SUBSCRIBE, log out, LSUB in another session: the name is listed."""
    session = dial.login(fresh=True)
    name = _subscribe(dial, session)
    session.leave()
    assert _subscribed(dial.login(fresh=True), name)


@verifies("RFC3501-6.3.6-06", refuted_by=echo(rb'* LSUB () "/" \1\r\n', of=rb'LSUB "" (.*)'))
def test_subscriptions_of_two_users_are_apart(dial: ImapDial) -> None:
    """SUBSCRIBE as one user, LSUB as another: the name is not listed."""
    name = _subscribe(dial, dial.login())
    assert not _subscribed(dial.login(1), name)


@verifies("RFC3501-6.3.7-01", refuted_by=answer(b"<tag> OK unsubscribed\r\n", of=rb"UNSUBSCRIBE .*"))
def test_unsubscribe_takes_a_name_away(dial: ImapDial) -> None:
    """UNSUBSCRIBE one of two names: OK; LSUB shows the other alone, and the mailbox is still there."""
    session = dial.login()
    gone, kept = _subscribe(dial, session), _subscribe(dial, session)
    assert session.command("UNSUBSCRIBE", astring(gone)).is_ok
    assert [bool(_subscribed(session, name)) for name in (gone, kept)] == [False, True]
    assert session.command("EXAMINE", astring(gone)).is_ok


@verifies("RFC3501-6.3.7-02", refuted_by=say(b"<tag> NO no such mailbox\r\n", of=rb"UNSUBSCRIBE .*"))
def test_a_subscription_without_its_mailbox_can_be_removed(dial: ImapDial) -> None:
    """SUBSCRIBE, DELETE the mailbox, UNSUBSCRIBE: OK, and LSUB no longer shows the name."""
    session = dial.login()
    name = _subscribe(dial, session)
    session.command("DELETE", astring(name)).ok()
    assert session.command("UNSUBSCRIBE", astring(name)).is_ok
    assert not _subscribed(session, name)


@verifies("RFC3501-6.3.7-03", refuted_by=say(b"<tag> BAD not subscribed\r\n", of=rb"UNSUBSCRIBE .*"))
def test_unsubscribe_of_a_name_not_subscribed_is_no_bad_command(dial: ImapDial) -> None:
    """UNSUBSCRIBE a mailbox that was never subscribed: OK or NO."""
    session = dial.login()
    assert session.command("UNSUBSCRIBE", astring(dial.create(session))).status in (b"OK", b"NO")


@verifies("RFC3501-6.3.9-01", refuted_by=rewrite(rb"below", b"under", of=LSUB))
def test_lsub_shows_the_subscribed_names_that_match(dial: ImapDial) -> None:
    """SUBSCRIBE a mailbox and one below it: LSUB with *, with % and with either name shows just what matches."""
    session, top, below = _two_levels(dial)
    for name in (top, below):
        session.command("SUBSCRIBE", astring(name)).ok()
    assert set(_subscribed(session, top + b"*")) == {top.lower(), below.lower()}
    assert set(_subscribed(session, top + b"%")) == {top.lower()}
    assert set(_subscribed(session, below)) == {below.lower()}
    assert set(_subscribed(session, below[:-1] + b"%")) == {below.lower()}


@verifies("RFC3501-6.3.9-02", refuted_by=rewrite(rb"\\No[Ss]elect|\\NonExistent", rb"\\Marked", of=LSUB))
def test_lsub_shows_the_level_above_a_subscribed_name_for_a_percent(dial: ImapDial) -> None:
    r"""SUBSCRIBE a mailbox, not the one above it: LSUB with % shows the one above with \Noselect, and no other."""
    session, top, below = _two_levels(dial)
    session.command("SUBSCRIBE", astring(below)).ok()
    found = _subscribed(session, top[:-1] + b"%")
    assert set(found) == {top.lower()}
    assert found[top.lower()] & NO_MAILBOX


@verifies(
    "RFC3501-6.3.9-05", refuted_by=forward(rb"LIST\1", of=rb"LSUB(.*)") | rewrite(rb"^\* LIST", b"* LSUB", of=LSUB)
)
def test_lsub_shows_nothing_that_is_not_subscribed(dial: ImapDial) -> None:
    """SUBSCRIBE one of four mailboxes, two of them above and below it: LSUB with * shows no other mailbox."""
    session, top, middle = _two_levels(dial)
    below = dial.child(middle, "below")
    with dial.dialler.straight():
        for name in (below, top + b"x"):
            session.command("CREATE", astring(name)).ok()
    session.command("SUBSCRIBE", astring(middle)).ok()
    found = _subscribed(session, top + b"*")
    assert {name for name, attributes in found.items() if not attributes & NO_MAILBOX} == {middle.lower()}


@verifies("RFC3501-6.3.9-06", refuted_by=say(b"<tag> BAD string expected\r\n", of=rb"LSUB .*\{.*"))
def test_lsub_takes_its_arguments_in_every_form(dial: ImapDial) -> None:
    """LSUB with reference and pattern quoted, as literals, and the level above as reference: the same name each time."""
    session, top, below = _two_levels(dial)
    session.command("SUBSCRIBE", astring(below)).ok()
    level = below[: len(top) + 1]
    for words in (
        ('""', quoted(below)),
        (Sync(b""), Sync(below[:-1] + b"*")),
        (quoted(level), "%"),
        (Sync(level), Sync(below[len(level) :])),
    ):
        answered = session.command("LSUB", *words)
        assert answered.is_ok
        assert {name.lower() for name in answered.subscribed} == {below.lower()}


@verifies("RFC3501-7.2.3-01", refuted_by=rewrite(rb"^(\* LSUB \(.*?\)) \S+", rb"\1 NIL", of=LSUB))
def test_lsub_shows_the_delimiter_that_list_shows(dial: ImapDial) -> None:
    """LIST and LSUB of one mailbox that has an inferior: the same delimiter."""
    session, top, _ = _two_levels(dial)
    session.command("SUBSCRIBE", astring(top)).ok()
    listed, subscribed = (session.command(f'{verb} ""', quoted(top)).ok() for verb in ("LIST", "LSUB"))
    delimiters = [{entry.delimiter for entry in found.values()} for found in (listed.listed, subscribed.subscribed)]
    if not all(delimiters):
        raise Inconclusive(Reason.PRECONDITION, "LIST or LSUB does not show the name")
    assert delimiters[0] == delimiters[1]


def _subscribe(dial: ImapDial, session: Imap) -> bytes:
    """Create a mailbox, subscribe to it without the fault, and return its name."""
    name = dial.create(session)
    with dial.dialler.straight():
        session.command("SUBSCRIBE", astring(name)).ok()
    return name


def _two_levels(dial: ImapDial) -> tuple[Imap, bytes, bytes]:
    """A session, a mailbox, and a mailbox below it; NotSupported where mailboxes cannot have inferiors."""
    session, top = dial.login(), dial.name("top")
    below = dial.child(top, "below")
    with dial.dialler.straight():
        session.command("CREATE", astring(top)).ok()
        if not session.command("CREATE", astring(below)).is_ok:
            raise NotSupported("a mailbox cannot have inferiors here")
    return session, top, below


def _subscribed(session: Imap, pattern: bytes) -> dict[bytes, frozenset[bytes]]:
    """Name -> attributes of what LSUB shows, in small letters."""
    found = session.command('LSUB ""', quoted(pattern)).ok().subscribed
    return {name.lower(): frozenset(a.lower() for a in entry.attributes) for name, entry in found.items()}
