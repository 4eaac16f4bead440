r"""RFC 3691: UNSELECT, which leaves a mailbox without removing what is marked \Deleted."""

from __future__ import annotations

from conformance import ImapDial, Mailbox, compose, forward, inject_before, needs, rewrite, say, verifies

pytestmark = needs("UNSELECT")
TO_NOOP = forward(b"NOOP", of=rb"UNSELECT")
TO_CLOSE = forward(b"CLOSE", of=rb"UNSELECT")


@verifies("RFC3691-2-01", refuted_by=TO_NOOP)
def test_unselect_leaves_the_mailbox(mailbox: Mailbox) -> None:
    """UNSELECT: OK; then FETCH is refused, and LIST is answered OK."""
    mailbox.fill(1)
    assert mailbox.command("UNSELECT").is_ok
    assert mailbox.command("FETCH 1 FLAGS").refused
    assert mailbox.command('LIST "" ""').is_ok


@verifies("RFC3691-2-02", refuted_by=TO_CLOSE)
def test_unselect_removes_nothing(mailbox: Mailbox) -> None:
    r"""Mark two of three messages \Deleted, UNSELECT, SELECT: all three are there, the two with \Deleted."""
    uids = mailbox.fill(3).permits("\\Deleted").uids()
    mailbox.flag("1,3", "\\Deleted")
    mailbox.command("UNSELECT").ok()
    mailbox.select()
    assert mailbox.uids() == uids
    assert [b"\\deleted" in mailbox.flags(number) for number in (1, 2, 3)] == [True, False, True]


@verifies("RFC3691-2-03", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"UNSELECT"))
def test_unselect_sends_no_expunge(mailbox: Mailbox) -> None:
    r"""Mark two of three messages \Deleted, UNSELECT: no EXPUNGE response."""
    mailbox.fill(3).flag("1:2", "\\Deleted")
    assert not mailbox.command("UNSELECT").ok().expunged


@verifies("RFC3691-2-04", refuted_by=say(b"<tag> OK done\r\n", of=rb"UNSELECT", after=1))
def test_unselect_without_a_mailbox_is_refused(mailbox: Mailbox) -> None:
    """UNSELECT twice: the second one is refused."""
    mailbox.command("UNSELECT").ok()
    assert mailbox.command("UNSELECT").refused


@verifies("RFC3691-2-04", refuted_by=say(b"<tag> OK done\r\n", of=rb"UNSELECT"))
def test_unselect_behind_the_login_is_refused(dial: ImapDial) -> None:
    """UNSELECT on a new connection after login: refused."""
    assert dial.login(fresh=True).command("UNSELECT").refused


@verifies("RFC3691-2-05", refuted_by=forward(b"UNSELECT", of=rb"UNSELECT .*"))
def test_unselect_with_an_argument_is_refused(mailbox: Mailbox) -> None:
    """UNSELECT INBOX: refused, and FETCH finds the mailbox still selected."""
    refused = mailbox.fill(1).command("UNSELECT INBOX").refused
    assert (refused, mailbox.command("FETCH 1 (UID)").is_ok) == (True, True)


@verifies("RFC3691-2-06", refuted_by=say(b"<tag> OK done\r\n", of=rb"UNSELECT"))
def test_unselect_before_login_is_refused(dial: ImapDial) -> None:
    """UNSELECT before login: refused."""
    session = dial.imap()
    session.greeting.ok()
    assert session.command("UNSELECT").refused


@verifies("RFC3691-2-07", refuted_by=inject_before(b"* 3 EXISTS\r\n", of=rb"NOOP"))
def test_nothing_is_told_of_a_mailbox_that_was_left(mailbox: Mailbox) -> None:
    """UNSELECT, then another session appends and removes: NOOP brings neither EXISTS nor EXPUNGE nor FETCH."""
    mailbox.fill(2)
    other = mailbox.beside()
    mailbox.command("UNSELECT").ok()
    other.append(compose(b"News.\r\n"))
    other.expunge(1)
    told = [response.name for _ in range(3) for response in mailbox.command("NOOP").ok().responses]
    assert not {b"EXISTS", b"EXPUNGE", b"FETCH", b"RECENT"} & set(told)


@verifies("RFC3691-2-08", refuted_by=say(b"<tag> NO mailbox is read-only\r\n", of=rb"UNSELECT"))
def test_unselect_is_taken_after_examine(mailbox: Mailbox) -> None:
    """EXAMINE, UNSELECT: OK, and FETCH is refused then."""
    mailbox.fill(1).select(read_only=True)
    assert mailbox.command("UNSELECT").is_ok
    assert mailbox.command("FETCH 1 FLAGS").refused


@verifies("RFC3691-2-09", refuted_by=rewrite(rb"^\* \d+ RECENT", b"* 1 RECENT", of=rb"SELECT .*"))
def test_messages_are_no_longer_recent_after_unselect(dial: ImapDial) -> None:
    """SELECT a mailbox with a new message, UNSELECT, SELECT: RECENT 0."""
    mailbox = dial.mailbox(compose(b"New.\r\n"))
    mailbox.command("UNSELECT").ok()
    assert mailbox.select().recent == 0


@verifies("RFC3691-4-01", refuted_by=say(b"<tag> BAD no such command\r\n", of=rb"unselect"))
def test_unselect_may_be_written_in_any_letter_case(mailbox: Mailbox) -> None:
    """The command unSelect: OK."""
    assert mailbox.command("unSelect").is_ok
