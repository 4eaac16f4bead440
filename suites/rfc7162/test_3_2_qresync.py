"""RFC 7162 section 3.2: QRESYNC, the quick resynchronization of a mailbox, and VANISHED.

A server may remember expunges for a limited time only and name UIDs that never existed; it may miss none that is gone,
and name none of a message that exists.
"""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    NotSupported,
    Reason,
    astring,
    drop,
    forward,
    inject_before,
    needs,
    rewrite,
    verifies,
)
from conformance.models.sequence_sets import uids_named
from conformance.sessions.imap_answer import Answer
from conformance.wire.search_program import read_sequence_set

pytestmark = needs("QRESYNC")

VANISHED = rb"\* VANISHED"


def _aware(dial: ImapDial, count: int) -> Mailbox:
    """A mailbox of so many messages, selected on a new connection that has QRESYNC enabled."""
    mailbox = dial.mailbox(fresh=True)
    with dial.dialler.straight():
        enabled = mailbox.command("ENABLE QRESYNC").ok().data("ENABLED") or ()
        if b"QRESYNC" not in {bytes(name).upper() for name in enabled}:
            raise Inconclusive(Reason.PRECONDITION, "ENABLE QRESYNC is not followed by ENABLED QRESYNC")
        mailbox.fill(count)
    if b"NOMODSEQ" in mailbox.selected_answer.codes:
        raise NotSupported("the mailbox keeps no mod-sequences: NOMODSEQ")
    return mailbox


def _known(mailbox: Mailbox) -> tuple[int, int]:
    """UIDVALIDITY and HIGHESTMODSEQ of the mailbox as it is now; it is left after that."""
    with mailbox.dial.dialler.straight():
        codes = mailbox.select().codes
        mailbox.command("CLOSE").ok()
    return int(codes.get(b"UIDVALIDITY") or 0), int(codes.get(b"HIGHESTMODSEQ") or 0)


def _gone(answer: Answer, candidates: list[int], *, earlier: bool) -> list[int]:
    """Which of these UIDs VANISHED responses name."""
    told = [r.data for r in answer.all("VANISHED") if r.data.earlier == earlier]
    return sorted({uid for data in told for uid in uids_named(read_sequence_set(bytes(data.uids)), candidates)})


def _changed(mailbox: Mailbox) -> Mailbox:
    """Another session without QRESYNC expunges the second and fifth of six messages and flags the last."""
    other = mailbox.beside().expunge("2,5")
    return other.flag(4, "\\Flagged")


def _resync(mailbox: Mailbox, parameters: str) -> Answer:
    return mailbox.command("SELECT", astring(mailbox.name), f"(QRESYNC ({parameters}))")


@verifies("RFC7162-3.2.2-01", refuted_by=rewrite(rb" CONDSTORE\b", b"", of=rb"CAPABILITY"))
def test_a_server_that_announces_qresync_announces_condstore(dial: ImapDial) -> None:
    """CAPABILITY after login: CONDSTORE beside QRESYNC."""
    assert b"CONDSTORE" in dial.login().command("CAPABILITY").ok().capabilities


@verifies("RFC7162-3.2.3-01", refuted_by=rewrite(rb" ENABLE\b", b"", of=rb"CAPABILITY"))
def test_a_server_that_announces_qresync_announces_enable(dial: ImapDial) -> None:
    """CAPABILITY after login: ENABLE beside QRESYNC."""
    assert b"ENABLE" in dial.login().command("CAPABILITY").ok().capabilities


@verifies("RFC7162-3.2.3-01", refuted_by=rewrite(rb" QRESYNC", b"", of=rb"ENABLE .*"))
@pytest.mark.parametrize("names", ["QRESYNC", "QRESYNC CONDSTORE", "CONDSTORE QRESYNC", "qresync"])
def test_qresync_is_enabled_alone_and_beside_condstore(dial: ImapDial, names: str) -> None:
    """ENABLE QRESYNC, with CONDSTORE in either order, on a new connection: OK, with QRESYNC in ENABLED."""
    answer = dial.login(fresh=True).command("ENABLE", names)
    assert answer.is_ok
    assert b"QRESYNC" in {bytes(name).upper() for response in answer.all("ENABLED") for name in response.data}


@verifies(
    "RFC7162-3.2.3-02", refuted_by=rewrite(rb"^(\S+) BAD.*", rb"\1 OK done", of=rb"(?:SELECT|EXAMINE|UID FETCH) .*")
)
@pytest.mark.parametrize("command", ["SELECT", "EXAMINE", "UID FETCH"])
def test_qresync_is_refused_where_it_is_not_enabled(dial: ImapDial, command: str) -> None:
    """A new connection without ENABLE: SELECT (QRESYNC ...) and UID FETCH (CHANGEDSINCE 1 VANISHED): BAD."""
    mailbox = dial.mailbox(fresh=True).fill(1)
    if command == "UID FETCH":
        assert mailbox.command("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)").is_bad
    else:
        assert mailbox.command(command, astring(mailbox.name), "(QRESYNC (1 1))").is_bad


@verifies("RFC7162-3.2.4-01", refuted_by=rewrite(rb" ?UID \d+ ?", b" ", of=rb"STORE .*|NOOP"))
def test_a_change_is_told_with_uid_and_modseq(dial: ImapDial) -> None:
    """QRESYNC enabled: STORE here, and by another session followed by NOOP: UID and MODSEQ in the FETCH responses."""
    mailbox = _aware(dial, 3)
    own = mailbox.command("STORE 1 +FLAGS (\\Flagged)").ok()
    mailbox.beside().flag(3, "\\Flagged")
    others = mailbox.imap.poll(lambda told: b"\\flagged" in (told.flags(3) or ()))
    told = [own.fetched.get(1), others.fetched.get(3)]
    assert [items is not None and b"UID" in items and b"MODSEQ" in items for items in told] == [True, True]


@verifies("RFC7162-3.2.5-01", "RFC7162-3.2-01", refuted_by=drop(of=rb"SELECT .*QRESYNC.*", when=VANISHED))
def test_select_with_qresync_tells_what_was_expunged_and_changed_since(dial: ImapDial) -> None:
    """Two of six messages expunged and one flagged by another session: SELECT (QRESYNC) has VANISHED (EARLIER) of these two, and FETCH of the third."""
    mailbox = _aware(dial, 6)
    uids = mailbox.uids()
    validity, modseq = _known(mailbox)
    _changed(mailbox)
    answer = _resync(mailbox, f"{validity} {modseq}").ok()
    fetched = answer.by_uid
    assert _gone(answer, uids, earlier=True) == [uids[1], uids[4]]
    assert uids[5] in fetched
    assert b"MODSEQ" in fetched[uids[5]]
    assert b"\\flagged" in {bytes(flag).lower() for flag in fetched[uids[5]].get(b"FLAGS") or ()}


@verifies("RFC7162-3.2.5-02", refuted_by=inject_before(b"* VANISHED (EARLIER) 1:2\r\n", of=rb"SELECT .*QRESYNC.*"))
def test_a_qresync_parameter_of_another_uidvalidity_changes_nothing(dial: ImapDial) -> None:
    """SELECT (QRESYNC (another UIDVALIDITY ...)) after changes: selected, and neither VANISHED nor FETCH."""
    mailbox = _aware(dial, 6)
    validity, modseq = _known(mailbox)
    _changed(mailbox)
    answer = _resync(mailbox, f"{validity % 1000 + 1} {modseq}")
    assert answer.is_ok
    assert answer.codes.get(b"UIDVALIDITY") == validity
    assert not answer.all("VANISHED")
    assert not answer.all("FETCH")


@verifies("RFC7162-3.2.5-03", refuted_by=drop(of=rb"SELECT .*QRESYNC.*", when=rb"\* FLAGS|\* \d+ EXISTS"))
def test_select_with_qresync_has_the_data_of_every_select(dial: ImapDial) -> None:
    """SELECT with and without QRESYNC: FLAGS, EXISTS, UIDVALIDITY and UIDNEXT in both, with equal values."""
    mailbox = _aware(dial, 6)
    validity, modseq = _known(mailbox)
    _changed(mailbox)
    plain = mailbox.select()
    answer = _resync(mailbox, f"{validity} {modseq}").ok()
    told = [
        (a.exists, bool(a.all("FLAGS")), *(a.codes.get(name) for name in (b"UIDVALIDITY", b"UIDNEXT")))
        for a in (answer, plain)
    ]
    assert told[0] == told[1]


@verifies("RFC7162-3.2.5-04", refuted_by=rewrite(rb"^(\S+) BAD.*", rb"\1 OK done", of=rb"SELECT .*QRESYNC.*"))
@pytest.mark.parametrize("parameters", ["0 x", "1", "1 1 none"])
def test_a_malformed_qresync_parameter_is_bad(dial: ImapDial, parameters: str) -> None:
    """SELECT (QRESYNC (...)) with a word for a number, too few arguments, a word for a set: BAD."""
    assert _resync(_aware(dial, 1), parameters).is_bad


@verifies(
    "RFC7162-3.2.5.1-01", refuted_by=forward(rb"SELECT \1 (QRESYNC (\2))", of=rb"SELECT (\S+) \(QRESYNC \((\d+ \d+) .*")
)
def test_a_resync_with_known_uids_tells_of_these_only(dial: ImapDial) -> None:
    """SELECT (QRESYNC (v m first:third)): the second is gone; nothing is said of the fifth and the sixth."""
    mailbox = _aware(dial, 6)
    uids = mailbox.uids()
    validity, modseq = _known(mailbox)
    _changed(mailbox)
    answer = _resync(mailbox, f"{validity} {modseq} {uids[0]}:{uids[2]}").ok()
    assert _gone(answer, uids, earlier=True) == [uids[1]]
    assert not [r for r in answer.all("FETCH") if r.data.get(b"UID") == uids[5]]


@verifies(
    "RFC7162-3.2.5.2-01",
    refuted_by=rewrite(rb"VANISHED \(EARLIER\) \S+", b"VANISHED (EARLIER) 99999", of=rb"SELECT .*QRESYNC.*"),
)
def test_a_resync_with_sequence_match_data_misses_no_expunge(dial: ImapDial) -> None:
    """SELECT (QRESYNC (v m known (numbers uids))) where the first pair still matches and the last does not: both that are gone are named."""
    mailbox = _aware(dial, 6)
    uids = mailbox.uids()
    validity, modseq = _known(mailbox)
    _changed(mailbox)
    match = f"(1,6 {uids[0]},{uids[5]})"
    answer = _resync(mailbox, f"{validity} {modseq} {uids[0]}:{uids[5]} {match}").ok()
    assert _gone(answer, uids, earlier=True) == [uids[1], uids[4]]


@verifies("RFC7162-3.2.6-01", refuted_by=rewrite(rb"^(\S+) BAD.*", rb"\1 OK done", of=rb"(?:UID )?FETCH .*"))
@pytest.mark.parametrize("command", ["FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)", "UID FETCH 1:* (FLAGS) (VANISHED)"])
def test_vanished_is_refused_with_fetch_and_without_changedsince(dial: ImapDial, command: str) -> None:
    """FETCH with VANISHED, and UID FETCH with VANISHED alone: BAD."""
    assert _aware(dial, 1).command(command).is_bad


@verifies(
    "RFC7162-3.2.6-02",
    refuted_by=rewrite(rb"^\* VANISHED \(EARLIER\) \S+", b"* OK late", of=rb"UID FETCH .*")
    | inject_before(b"* VANISHED (EARLIER) 2\r\n", of=rb"UID FETCH .*"),
)
def test_vanished_comes_before_the_fetch_responses(dial: ImapDial) -> None:
    """UID FETCH 1:* (FLAGS) (CHANGEDSINCE n VANISHED) after expunges and a change: VANISHED (EARLIER) first."""
    mailbox = _aware(dial, 6)
    _, modseq = _known(mailbox)
    _changed(mailbox)
    mailbox.select()
    answer = mailbox.command(f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modseq} VANISHED)").ok()
    kinds = [r.name for r in answer.responses if r.name in (b"VANISHED", b"FETCH")]
    assert kinds[:1] == [b"VANISHED"]
    assert b"VANISHED" not in kinds[kinds.index(b"FETCH") :]


@verifies(
    "RFC7162-3.2.6-03",
    refuted_by=rewrite(rb"VANISHED \(EARLIER\) \S+", b"VANISHED (EARLIER) 99999", of=rb"UID FETCH .*"),
)
def test_every_expunged_uid_is_told_for_a_mod_sequence_of_long_ago(dial: ImapDial) -> None:
    """UID FETCH (CHANGEDSINCE 1 VANISHED) of a range after expunges: the UIDs that are gone, and none of a message that exists."""
    mailbox = _aware(dial, 6)
    uids = mailbox.uids()
    _known(mailbox)
    _changed(mailbox)
    mailbox.select()
    answer = mailbox.command(f"UID FETCH {uids[0]}:{uids[5]} (FLAGS) (CHANGEDSINCE 1 VANISHED)").ok()
    assert _gone(answer, uids, earlier=True) == [uids[1], uids[4]]


@verifies("RFC7162-3.2.6-04", refuted_by=forward(rb"UID FETCH 1:* \1", of=rb"UID FETCH \S+ (.*VANISHED.*)"))
def test_vanished_names_no_uid_beyond_the_set_of_the_command(dial: ImapDial) -> None:
    """UID FETCH of the first three of six UIDs with VANISHED: the one of them that is gone, none beyond them, none that exists."""
    mailbox = _aware(dial, 6)
    uids = mailbox.uids()
    _, modseq = _known(mailbox)
    _changed(mailbox)
    mailbox.select()
    answer = mailbox.command(f"UID FETCH {uids[0]}:{uids[2]} (FLAGS) (CHANGEDSINCE {modseq} VANISHED)").ok()
    assert _gone(answer, [*uids, uids[5] + 1, uids[5] + 50], earlier=True) == [uids[1]]


@verifies("RFC7162-3.2.7-01", "RFC7162-3.2-01", refuted_by=rewrite(rb"\[HIGHESTMODSEQ \d+\] ?", b"", of=rb"EXPUNGE"))
def test_expunge_tells_the_highestmodseq(dial: ImapDial) -> None:
    """QRESYNC enabled, EXPUNGE of two messages: HIGHESTMODSEQ in the tagged OK, above the one before."""
    mailbox = _aware(dial, 4)
    before = int(mailbox.selected_answer.codes.get(b"HIGHESTMODSEQ") or 0)
    mailbox.flag("2:3", "\\Deleted")
    answer = mailbox.command("EXPUNGE").ok()
    assert answer.code == b"HIGHESTMODSEQ"
    assert (answer.codes.get(b"HIGHESTMODSEQ") or 0) > before


@verifies("RFC7162-3.2.9-01", refuted_by=rewrite(rb"\[HIGHESTMODSEQ \d+\] ?", b"", of=rb"UID EXPUNGE .*"))
def test_uid_expunge_tells_the_highestmodseq(dial: ImapDial) -> None:
    """QRESYNC enabled, UID EXPUNGE of one message: HIGHESTMODSEQ in the tagged OK."""
    mailbox = _aware(dial, 3)
    mailbox.imap.supports("UIDPLUS")
    uids = mailbox.flag("1:2", "\\Deleted").uids()
    assert mailbox.command("UID EXPUNGE", uids[0]).ok().code == b"HIGHESTMODSEQ"


@verifies(
    "RFC7162-3.2.8-01", "RFC7162-3.2.8-02", refuted_by=rewrite(rb"^(\S+) OK", rb"\1 OK [HIGHESTMODSEQ 7]", of=rb"CLOSE")
)
def test_close_tells_neither_highestmodseq_nor_what_it_removes(dial: ImapDial) -> None:
    r"""QRESYNC enabled, a message with \Deleted, CLOSE: no HIGHESTMODSEQ in the tagged OK, no VANISHED and no EXPUNGE."""
    mailbox = _aware(dial, 3).flag(2, "\\Deleted")
    answer = mailbox.command("CLOSE").ok()
    assert (answer.code, answer.all("VANISHED"), answer.expunged) == (b"", [], [])


@verifies("RFC7162-3.2.10-01", refuted_by=rewrite(rb"^\* VANISHED \S+", b"* 2 EXPUNGE", of=rb"EXPUNGE|NOOP"))
def test_vanished_stands_for_expunge(dial: ImapDial) -> None:
    """QRESYNC enabled: an EXPUNGE here, and one by another session followed by NOOP: VANISHED with the UIDs, and no EXPUNGE."""
    mailbox = _aware(dial, 5)
    uids = mailbox.flag("2:3", "\\Deleted").uids()
    own = mailbox.command("EXPUNGE").ok()
    mailbox.beside().expunge(3)
    others = mailbox.imap.poll(lambda told: bool(told.all("VANISHED") or told.expunged))
    assert (own.expunged, others.expunged) == ([], [])
    assert _gone(own, uids, earlier=False) == [uids[1], uids[2]]
    assert _gone(others, uids, earlier=False) == [uids[4]]


@verifies("RFC7162-3.2.10-02", refuted_by=rewrite(rb"^\* VANISHED ", b"* VANISHED (EARLIER) ", of=rb"EXPUNGE|NOOP"))
def test_a_removal_in_the_selected_mailbox_is_not_called_earlier(dial: ImapDial) -> None:
    """QRESYNC enabled: an EXPUNGE here, and one by another session followed by NOOP: no VANISHED (EARLIER)."""
    mailbox = _aware(dial, 4).flag(2, "\\Deleted")
    own = mailbox.command("EXPUNGE").ok()
    mailbox.beside().expunge(1)
    others = mailbox.imap.poll(lambda told: bool(told.all("VANISHED") or told.expunged))
    assert not [r for r in (*own.all("VANISHED"), *others.all("VANISHED")) if r.data.earlier]


@verifies("RFC7162-3.2.10.2-01", refuted_by=inject_before(b"* VANISHED 4\r\n", of=rb"NOOP"))
def test_vanished_names_no_uid_that_was_never_announced(dial: ImapDial) -> None:
    """Another session appends a message and expunges it at once; NOOP here: no VANISHED of it unless EXISTS counted it first."""
    mailbox = _aware(dial, 3)
    uids = mailbox.uids()
    other = mailbox.beside()
    other.append()
    other.expunge("*")
    answer = mailbox.imap.poll(lambda told: bool(told.all("VANISHED")))
    exists = [(r.name, r.number) for r in answer.responses if r.name in (b"EXISTS", b"VANISHED")]
    before = exists[: exists.index((b"VANISHED", None))] if (b"VANISHED", None) in exists else exists
    beyond = _gone(answer, [uids[2] + 1], earlier=False)
    assert not beyond or (b"EXISTS", 4) in before


@verifies(
    "RFC7162-3.2.10.2-02",
    "RFC7162-3.2.10.2-03",
    refuted_by=inject_before(b"* VANISHED 1\r\n", of=rb"(?:FETCH|STORE|SEARCH|UID SEARCH) .*"),
)
@pytest.mark.parametrize("command", ["FETCH 2 (FLAGS)", "STORE 2 +FLAGS (\\Flagged)", "SEARCH 1:*", "UID SEARCH 1:*"])
def test_no_vanished_comes_while_numbers_are_in_use(dial: ImapDial, command: str) -> None:
    """Another session expunges a message; nothing comes by itself, nor while FETCH, STORE, SEARCH or UID SEARCH by numbers is answered."""
    mailbox = _aware(dial, 3)
    mailbox.beside().expunge(1)
    answer = mailbox.command(command)
    assert not answer.all("VANISHED")


@verifies("RFC7162-3.2.11-01", refuted_by=drop(of=rb"SELECT .*", when=rb"\* OK \[CLOSED\]"))
def test_leaving_a_mailbox_by_select_is_told_by_closed(dial: ImapDial) -> None:
    """SELECT while a mailbox is selected: OK [CLOSED] before the data of the new one; none when nothing was selected."""
    first, second = dial.mailbox().fill(2), dial.mailbox()
    answer = first.command("SELECT", astring(second.name)).ok()
    codes = [r.code.name if r.code else b"" for r in answer.responses]
    assert b"CLOSED" in codes
    kinds = [r.name for r in answer.responses]
    assert b"EXISTS" not in kinds[: codes.index(b"CLOSED")]
