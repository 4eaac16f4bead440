r"""RFC 3501 sections 6.4.1 and 6.4.2: CHECK and CLOSE.

Messages are marked \Deleted without the fault, so that a lie meets the command that has to do with them.
"""

from __future__ import annotations

import pytest

from conformance import ImapDial, Mailbox, astring, drop, forward, inject_before, say, verifies


@verifies("RFC3501-6.4.1-01", refuted_by=say(b"<tag> BAD no such command\r\n", of=rb"CHECK"))
def test_check_is_taken_in_the_selected_state(mailbox: Mailbox) -> None:
    """CHECK after SELECT and after EXAMINE: OK."""
    answers = [mailbox.command("CHECK")]
    mailbox.select(read_only=True)
    answers.append(mailbox.command("CHECK"))
    assert all(given.is_ok for given in answers)


@verifies("RFC3501-6.4.1-01", refuted_by=say(b"<tag> OK done\r\n", of=rb"CHECK"))
def test_check_is_refused_without_a_mailbox(dial: ImapDial) -> None:
    """CHECK before login, after login and after CLOSE: BAD or NO."""
    assert dial.imap().command("CHECK").refused
    mailbox = dial.mailbox(fresh=True)
    mailbox.command("CLOSE").ok()
    assert mailbox.command("CHECK").refused
    assert dial.login(fresh=True).command("CHECK").refused


@verifies("RFC3501-6.4.2-01", refuted_by=forward(b"NOOP", of=rb"CLOSE"))
def test_close_removes_the_messages_marked_deleted(mailbox: Mailbox) -> None:
    r"""Mark the second and the fourth of five messages \Deleted, CLOSE, SELECT: just those two are gone."""
    uids = mailbox.fill(5).uids()
    mailbox.flag("2,4", "\\Deleted")
    mailbox.command("CLOSE").ok()
    mailbox.select()
    assert mailbox.uids() == [uids[0], uids[2], uids[4]]


@verifies("RFC3501-6.4.2-01", refuted_by=forward(b"NOOP", of=rb"CLOSE"))
def test_close_goes_back_to_the_authenticated_state(mailbox: Mailbox) -> None:
    """CLOSE, then FETCH: refused; then LIST: OK."""
    mailbox.fill(1)
    mailbox.command("CLOSE").ok()
    assert mailbox.command("FETCH 1 FLAGS").refused
    assert mailbox.command('LIST "" ""').is_ok


@verifies("RFC3501-6.4.2-02", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"CLOSE"))
def test_close_sends_no_expunge(mailbox: Mailbox) -> None:
    r"""Mark two of three messages \Deleted, CLOSE: no EXPUNGE response."""
    mailbox.fill(3).flag("1:2", "\\Deleted")
    assert not mailbox.command("CLOSE").ok().expunged


@verifies("RFC3501-6.4.2-03", refuted_by=forward(rb"SELECT\1", of=rb"EXAMINE(.*)"))
def test_close_removes_nothing_from_a_mailbox_opened_read_only(mailbox: Mailbox) -> None:
    r"""Mark one of two messages \Deleted, EXAMINE, CLOSE: OK; both messages are there."""
    uids = mailbox.fill(2).uids()
    mailbox.flag(1, "\\Deleted")
    mailbox.select(read_only=True)
    mailbox.command("CLOSE").ok()
    assert mailbox.beside(read_only=True).uids() == uids


@verifies("RFC3501-6.4.2-03", refuted_by=say(b"<tag> NO mailbox is read-only\r\n", of=rb"CLOSE"))
def test_close_of_a_mailbox_opened_read_only_is_no_error(mailbox: Mailbox) -> None:
    r"""Mark a message \Deleted, EXAMINE, CLOSE: OK."""
    mailbox.fill(2).flag(1, "\\Deleted")
    mailbox.select(read_only=True)
    assert mailbox.command("CLOSE").is_ok


@verifies("RFC3501-6.4.2-04", refuted_by=forward(b"EXPUNGE", of=rb"(SELECT|EXAMINE) .*"))
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_to_open_another_mailbox_removes_nothing(mailbox: Mailbox, dial: ImapDial, command: str) -> None:
    r"""Mark two of three messages \Deleted, SELECT or EXAMINE another mailbox: a new session finds all three."""
    uids = mailbox.fill(3).uids()
    mailbox.flag("1,3", "\\Deleted")
    mailbox.command(command, astring(dial.create(dial.login()))).ok()
    assert mailbox.beside(read_only=True).uids() == uids


@verifies("RFC3501-6.4.2-04", refuted_by=forward(b"EXPUNGE", of=rb"(SELECT|EXAMINE) .*"))
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_to_open_the_same_mailbox_again_removes_nothing(mailbox: Mailbox, command: str) -> None:
    r"""Mark two of three messages \Deleted, SELECT or EXAMINE the same mailbox: a new session finds all three."""
    uids = mailbox.fill(3).uids()
    mailbox.flag("1,3", "\\Deleted")
    mailbox.command(command, astring(mailbox.name)).ok()
    assert mailbox.beside(read_only=True).uids() == uids


@verifies("RFC3501-6.4.2-04", refuted_by=forward(b"CLOSE", of=rb"LOGOUT"))
def test_logout_removes_nothing(dial: ImapDial) -> None:
    r"""Mark two of three messages \Deleted, LOGOUT: a new session finds all three."""
    mailbox = dial.mailbox(fresh=True).fill(3)
    uids = mailbox.uids()
    mailbox.flag("1,3", "\\Deleted")
    mailbox.command("LOGOUT").ok()
    mailbox.imap.close()
    assert mailbox.beside(read_only=True).uids() == uids


@verifies("RFC3501-6.4.2-05", refuted_by=drop(of=rb"NOOP", when=rb"\* \d+ EXPUNGE"))
def test_close_lets_other_sessions_know_what_it_removed(mailbox: Mailbox) -> None:
    r"""Mark the first and the third of four messages \Deleted, CLOSE: NOOP in another session brings both EXPUNGEs."""
    uids = mailbox.fill(4).uids()
    other = mailbox.beside()
    mailbox.flag("1,3", "\\Deleted")
    mailbox.command("CLOSE").ok()
    heard = other.imap.poll(lambda heard: len(heard.expunged) == 2)
    assert heard.remaining(uids) == [uids[1], uids[3]]
