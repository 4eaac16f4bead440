"""RFC 7162 sections 3.1, 3.1.2, 3.1.7 and 3.1.8: mod-sequences of messages and mailboxes, and what enables CONDSTORE."""

from __future__ import annotations

from collections import defaultdict

import pytest

from conformance import ImapDial, Mailbox, NotSupported, astring, drop, forward, needs, rewrite, say, verifies
from conformance.sessions.imap_answer import Answer

pytestmark = needs("CONDSTORE")

LIMIT = 2**63
NO_MODSEQ = rewrite(rb" ?MODSEQ \(\d+\) ?", b" ", of=rb"STORE .*|NOOP")


def _enabled(mailbox: Mailbox) -> int:
    """Select the mailbox with CONDSTORE, without the fault, and return its HIGHESTMODSEQ."""
    with mailbox.dial.dialler.straight():
        answer = mailbox.command("SELECT", astring(mailbox.name), "(CONDSTORE)").ok()
    if b"NOMODSEQ" in answer.codes:
        raise NotSupported("the mailbox keeps no mod-sequences: NOMODSEQ")
    return int(answer.codes.get(b"HIGHESTMODSEQ") or 0)


def _modseqs(mailbox: Mailbox) -> dict[int, int]:
    fetched = mailbox.command("FETCH 1:* (MODSEQ)").ok().fetched
    return defaultdict(int, {number: items.get(b"MODSEQ") or 0 for number, items in sorted(fetched.items())})


def _told(answer: Answer, number: int) -> int:
    """The last MODSEQ that FETCH responses have for a message, 0 without one."""
    told = [r.data.get(b"MODSEQ") for r in answer.all("FETCH") if r.number == number and b"MODSEQ" in r.data]
    return told[-1] if told else 0


@verifies("RFC7162-3.1-01", refuted_by=rewrite(rb"MODSEQ \(\d+\)", b"MODSEQ (0)", of=rb"FETCH .*"))
def test_every_message_has_a_mod_sequence(mailbox: Mailbox) -> None:
    """FETCH 1:* (MODSEQ) of three messages: a number between 1 and 2^63-1 for each."""
    _enabled(mailbox.fill(3))
    told = _modseqs(mailbox)
    assert sorted(told) == [1, 2, 3]
    assert all(0 < value < LIMIT for value in told.values())


@verifies("RFC7162-3.1-02", refuted_by=forward(b"NOOP", of=rb"STORE .*"))
@pytest.mark.parametrize(
    "flags", ["+FLAGS (\\Flagged)", "-FLAGS (\\Seen)", "FLAGS (\\Answered)", "+FLAGS.SILENT (\\Draft)"]
)
def test_a_change_of_flags_raises_the_mod_sequence(mailbox: Mailbox, flags: str) -> None:
    """STORE that sets, removes or replaces a flag of the second of three messages: its mod-sequence is above all former ones."""
    _enabled(mailbox.fill(3, "\\Seen"))
    before = _modseqs(mailbox)
    mailbox.command("STORE 2", flags).ok()
    assert _modseqs(mailbox)[2] > max(before.values())


@verifies("RFC7162-3.1-03", refuted_by=rewrite(rb"MODSEQ \(\d+\)", b"MODSEQ (77)", of=rb"FETCH .*"))
def test_each_store_has_a_mod_sequence_of_its_own(mailbox: Mailbox) -> None:
    """Three STOREs of one session, each of another message, and of one message again: each has a greater mod-sequence."""
    _enabled(mailbox.fill(3))
    seen = []
    for number, flag in ((3, "\\Flagged"), (1, "\\Flagged"), (2, "\\Flagged"), (1, "\\Answered")):
        mailbox.command("STORE", number, f"+FLAGS.SILENT ({flag})").ok()
        seen.append(_modseqs(mailbox)[number])
    assert seen == sorted(set(seen))


@verifies("RFC7162-3.1-03", refuted_by=rewrite(rb"MODSEQ \(\d+\)", b"MODSEQ (77)", of=rb"FETCH .*"))
def test_stores_of_two_sessions_have_different_mod_sequences(mailbox: Mailbox) -> None:
    """Two sessions store a flag of a message each: the mod-sequences differ."""
    _enabled(mailbox.fill(2))
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Flagged)").ok()
    mailbox.beside().command("STORE 2 +FLAGS.SILENT (\\Flagged)").ok()
    mailbox.settles(lambda: b"\\flagged" in mailbox.flags(2))
    told = _modseqs(mailbox)
    assert told[1] != told[2]


@verifies(
    "RFC7162-3.1-04",
    refuted_by=forward(rb"STORE \1 FLAGS (\\Flagged \\Answered)", of=rb"STORE (\d) \+FLAGS.SILENT \(.Seen\)"),
)
def test_a_store_that_changes_nothing_leaves_the_mod_sequence_alone(mailbox: Mailbox) -> None:
    r"""STORE +FLAGS of a flag that is set, -FLAGS of one that is not: the same MODSEQ."""
    _enabled(mailbox.fill(2, "\\Seen"))
    before = _modseqs(mailbox)
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Seen)").ok()
    mailbox.command("STORE 2 -FLAGS.SILENT (\\Flagged)").ok()
    assert _modseqs(mailbox) == before


@verifies("RFC7162-3.1-05", "RFC7162-3.1.3-08", refuted_by=NO_MODSEQ)
def test_a_change_by_another_session_is_told_with_its_mod_sequence(mailbox: Mailbox) -> None:
    """CONDSTORE enabled here; another session stores without it; NOOP: the FETCH of the change has a higher MODSEQ."""
    highest = _enabled(mailbox.fill(2))
    mailbox.beside().command("STORE 2 +FLAGS (\\Flagged)").ok()
    answer = mailbox.imap.poll(lambda told: b"\\flagged" in (told.flags(2) or ()))
    if b"\\flagged" not in (answer.flags(2) or ()):
        raise NotSupported("changes of flags by others are not told")
    assert _told(answer, 2) > highest


ENABLING = {
    "select": "SELECT {box} (CONDSTORE)", "examine": "EXAMINE {box} (CONDSTORE)", "status": "STATUS {box} (HIGHESTMODSEQ)",
    "fetch": "FETCH 1 (MODSEQ)", "search": "SEARCH MODSEQ 1", "changedsince": "FETCH 1 (FLAGS) (CHANGEDSINCE 1)",
    "unchangedsince": "STORE 1 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\\Draft)", "enable": "ENABLE CONDSTORE",
}  # fmt: skip


def _enable(mailbox: Mailbox, way: str) -> Answer:
    command, box, rest = ENABLING[way].encode().partition(b"{box} ")
    return mailbox.command(command.strip(), astring(mailbox.name), rest) if box else mailbox.command(command)


def _unaware(dial: ImapDial) -> Mailbox:
    """A mailbox of two messages, selected on a new connection that has said nothing of mod-sequences."""
    mailbox = dial.mailbox(fresh=True).fill(2)
    if b"NOMODSEQ" in mailbox.selected_answer.codes:
        raise NotSupported("the mailbox keeps no mod-sequences: NOMODSEQ")
    return mailbox


@verifies("RFC7162-3.1-06", "RFC7162-3.1.8-01", refuted_by=NO_MODSEQ)
@pytest.mark.parametrize("way", ENABLING)
def test_each_enabling_command_brings_modseq_to_later_changes(dial: ImapDial, way: str) -> None:
    """An enabling command on a new connection, then STORE: its FETCH response has MODSEQ."""
    mailbox = _unaware(dial)
    if way == "enable":
        mailbox.imap.supports("ENABLE")
    _enable(mailbox, way).ok()
    if way == "examine":
        mailbox.command("SELECT", astring(mailbox.name)).ok()
    answer = mailbox.command("STORE 2 +FLAGS (\\Flagged)").ok()
    assert _told(answer, 2)


@verifies(
    "RFC7162-3.1-07", refuted_by=drop(of=rb"(?:FETCH|STATUS|SEARCH|STORE|ENABLE) .*", when=rb"\* OK \[HIGHESTMODSEQ")
)
@pytest.mark.parametrize("way", ["fetch", "search", "changedsince", "unchangedsince", "status", "enable"])
def test_the_first_enabling_command_in_a_mailbox_tells_its_highestmodseq(dial: ImapDial, way: str) -> None:
    """An enabling command while a mailbox is selected, on a new connection: OK [HIGHESTMODSEQ] before its completion."""
    mailbox = _unaware(dial)
    if way == "enable":
        mailbox.imap.supports("ENABLE")
    answer = _enable(mailbox, way).ok()
    assert b"HIGHESTMODSEQ" in answer.codes


@verifies(
    "RFC7162-3.1-09",
    refuted_by=rewrite(rb"MODSEQ \(\d+\)", b"MODSEQ (1)", of=rb"FETCH 3 .*"),
)
def test_a_new_message_has_a_mod_sequence_above_all_others(mailbox: Mailbox) -> None:
    """STORE, so that an old message is high, then APPEND: the new message's MODSEQ is above the former HIGHESTMODSEQ."""
    _enabled(mailbox.fill(2))
    mailbox.command("STORE 1 +FLAGS.SILENT (\\Flagged)").ok()
    highest = _enabled(mailbox)
    mailbox.append()
    _enabled(mailbox)
    assert (mailbox.fetch(3, "(MODSEQ)").get(b"MODSEQ") or 0) > highest


@verifies(
    "RFC7162-3.1.2-01",
    "RFC7162-3.1.8-01",
    refuted_by=drop(of=rb"(?:SELECT|EXAMINE) .*", when=rb"\* OK \[HIGHESTMODSEQ"),
)
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE"])
def test_selecting_with_condstore_tells_the_highestmodseq(mailbox: Mailbox, command: str) -> None:
    """SELECT and EXAMINE with (CONDSTORE), then without it: HIGHESTMODSEQ or NOMODSEQ each time."""
    mailbox.fill(1)
    for parameters in ("(CONDSTORE)", "(condstore)", ""):
        answer = mailbox.command(command, astring(mailbox.name), *([parameters] if parameters else []))
        assert answer.is_ok
        assert {b"HIGHESTMODSEQ", b"NOMODSEQ"} & set(answer.codes)


@verifies("RFC7162-3.1.2.1-01", refuted_by=rewrite(rb"HIGHESTMODSEQ \d+", b"HIGHESTMODSEQ 1", of=rb"SELECT .*"))
def test_the_highestmodseq_of_a_mailbox_is_not_below_any_message(mailbox: Mailbox) -> None:
    """Flags of three messages changed, SELECT (CONDSTORE): no MODSEQ above HIGHESTMODSEQ; after one more change: still none."""
    mailbox.fill(3)
    for number in (2, 3):
        mailbox.flag(number, "\\Flagged")
        answer = mailbox.command("SELECT", astring(mailbox.name), "(CONDSTORE)").ok()
        if b"NOMODSEQ" in answer.codes:
            raise NotSupported("the mailbox keeps no mod-sequences: NOMODSEQ")
        assert (answer.codes.get(b"HIGHESTMODSEQ") or 0) >= max(_modseqs(mailbox).values())


@verifies("RFC7162-3.1.7-01", refuted_by=rewrite(rb"HIGHESTMODSEQ (\d+)", rb"HIGHESTMODSEQ 9\1", of=rb"STATUS .*"))
def test_status_tells_the_highestmodseq_of_select(mailbox: Mailbox) -> None:
    """STATUS (HIGHESTMODSEQ), alone and beside others, and SELECT (CONDSTORE) of a mailbox at rest: one value; 0 with NOMODSEQ."""
    mailbox.fill(2).flag(1, "\\Flagged")
    other = mailbox.dial.login()
    first = other.command("STATUS", astring(mailbox.name), "(HIGHESTMODSEQ)").ok().mailbox_status
    second = other.command("STATUS", astring(mailbox.name), "(MESSAGES HIGHESTMODSEQ UIDNEXT)").ok().mailbox_status
    selected = other.command("SELECT", astring(mailbox.name), "(CONDSTORE)").ok().codes
    wanted = selected.get(b"HIGHESTMODSEQ") or 0
    assert (first.get(b"HIGHESTMODSEQ"), second.get(b"HIGHESTMODSEQ"), second.get(b"MESSAGES")) == (wanted, wanted, 2)


@verifies("RFC7162-7-03", refuted_by=say(b"<tag> OK done\r\n", of=rb"FETCH .*"))
def test_a_mod_sequence_above_63_bits_is_refused(mailbox: Mailbox) -> None:
    """FETCH (CHANGEDSINCE n) with a number of twenty digits: BAD."""
    assert mailbox.fill(1).command("FETCH 1 (FLAGS) (CHANGEDSINCE 99999999999999999999)").is_bad
