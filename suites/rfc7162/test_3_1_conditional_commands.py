"""RFC 7162 sections 3.1.3 to 3.1.6, 3.1.9 and 3.1.10: STORE UNCHANGEDSINCE, FETCH CHANGEDSINCE, searches by mod-sequence."""

from __future__ import annotations

import pytest

from conformance import Mailbox, NotSupported, astring, drop, forward, needs, rewrite, say, verifies
from conformance.models.sequence_sets import messages_named
from conformance.sessions.imap_answer import Answer
from conformance.wire.search_program import read_sequence_set

pytestmark = needs("CONDSTORE")

UNCONDITIONAL = forward(rb"\1STORE \2 \3", of=rb"((?:UID )?)STORE (\S+) \(UNCHANGEDSINCE \d+\) (.*)")


def _ready(mailbox: Mailbox) -> int:
    """Enable CONDSTORE, without the fault, and return the mailbox's HIGHESTMODSEQ."""
    with mailbox.dial.dialler.straight():
        codes = mailbox.command("SELECT", astring(mailbox.name), "(CONDSTORE)").ok().codes
    if b"NOMODSEQ" in codes:
        raise NotSupported("the mailbox keeps no mod-sequences: NOMODSEQ")
    return int(codes.get(b"HIGHESTMODSEQ") or 0)


def _modseqs(mailbox: Mailbox) -> dict[int, int]:
    """The mod-sequences as they are, asked without the fault."""
    with mailbox.dial.dialler.straight():
        fetched = mailbox.command("FETCH 1:* (MODSEQ)").ok().fetched
    return {number: items.get(b"MODSEQ") or 0 for number, items in sorted(fetched.items())}


def _spread(mailbox: Mailbox) -> dict[int, int]:
    """Five messages, of which the third, first and fifth are flagged in this order; their mod-sequences."""
    _ready(mailbox.fill(5))
    for number in (3, 1, 5):
        mailbox.flag(number, "\\Flagged")
    return _modseqs(mailbox)


def _modified(answer: Answer, largest: int = 99_999) -> list[int]:
    told = answer.codes.get(b"MODIFIED")
    return sorted(messages_named(read_sequence_set(bytes(told)), largest)) if told else []


def _flagged(mailbox: Mailbox, flag: bytes) -> list[int]:
    return [number for number, flags in mailbox.every_flag().items() if flag in flags]


@verifies(
    "RFC7162-3.1.3-01",
    refuted_by=say(b"<tag> OK [MODIFIED 1:3] no\r\n", of=rb"STORE .*UNCHANGED.*")
    | forward(b"NOOP", of=rb"STORE .*UNCHANGED.*"),
)
def test_a_store_unchangedsince_is_done_where_nothing_has_changed(mailbox: Mailbox) -> None:
    """STORE (UNCHANGEDSINCE the highest mod-sequence) of three messages: done, with higher mod-sequences, and no MODIFIED."""
    before = _modseqs(mailbox) if _ready(mailbox.fill(3)) else {}
    answer = mailbox.command(f"STORE 1:3 (UNCHANGEDSINCE {max(before.values(), default=1)}) +FLAGS (\\Answered)").ok()
    assert _modified(answer) == []
    assert _flagged(mailbox, b"\\answered") == [1, 2, 3]
    assert min(_modseqs(mailbox).values()) > max(before.values())


@verifies("RFC7162-3.1.3-02", refuted_by=UNCONDITIONAL)
@pytest.mark.parametrize("flags", ["-FLAGS.SILENT (\\Flagged)", "FLAGS (\\Answered)", "-FLAGS (\\Flagged \\Seen)"])
def test_a_store_unchangedsince_leaves_changed_messages_alone_and_names_them(mailbox: Mailbox, flags: str) -> None:
    r"""\Flagged set on messages 1 and 3 of four after a mod-sequence: STORE (UNCHANGEDSINCE it) of all leaves these two, and MODIFIED is 1,3."""
    known = _ready(mailbox.fill(4))
    mailbox.flag("1,3", "\\Flagged")
    answer = mailbox.command(f"STORE 1:4 (UNCHANGEDSINCE {known})", flags)
    assert not answer.is_bad
    assert _modified(answer) == [1, 3]
    assert _flagged(mailbox, b"\\flagged") == [1, 3]
    assert _flagged(mailbox, b"\\answered") == ([2, 4] if "Answered" in flags else [])


@verifies("RFC7162-3.1.3-02", refuted_by=rewrite(rb"\[MODIFIED [^\]]*\]", b"[MODIFIED 1]", of=rb"UID STORE .*"))
def test_a_uid_store_unchangedsince_names_changed_messages_by_uid(mailbox: Mailbox) -> None:
    """The first two of five messages expunged, one of the rest flagged: UID STORE (UNCHANGEDSINCE) of all has its UID in MODIFIED."""
    uids = mailbox.fill(5).uids()
    known = _ready(mailbox.expunge("1:2"))
    mailbox.flag(2, "\\Flagged")
    answer = mailbox.command("UID STORE", f"{uids[2]}:{uids[4]}", f"(UNCHANGEDSINCE {known}) -FLAGS (\\Flagged)")
    assert not answer.is_bad
    assert _modified(answer) == [uids[3]]


@verifies("RFC7162-3.1.3-03", refuted_by=drop(of=rb"STORE .*UNCHANGED.*", when=rb"\* \d+ FETCH"))
@pytest.mark.parametrize("item", ["+FLAGS.SILENT", "+FLAGS", "FLAGS.SILENT"])
def test_each_message_stored_conditionally_has_a_fetch_with_its_modseq(mailbox: Mailbox, item: str) -> None:
    """STORE 1:2 (UNCHANGEDSINCE n), with .SILENT and without: FETCH responses with the new MODSEQ of both."""
    known = _ready(mailbox.fill(3))
    answer = mailbox.command(f"STORE 1:2 (UNCHANGEDSINCE {known}) {item} (\\Answered)").ok()
    told = {number: items.get(b"MODSEQ") for number, items in answer.fetched.items() if number in (1, 2)}
    now = _modseqs(mailbox)
    assert told == {1: now[1], 2: now[2]}
    assert min(now[1], now[2]) > known


@verifies("RFC7162-3.1.3-04", refuted_by=rewrite(rb"^(\S+) OK", rb"\1 OK [MODIFIED 2]", of=rb"STORE .*UNCHANGED.*"))
@pytest.mark.parametrize("numbers", ["2,1:3", "1:3,2", "2,2", "1:2,2:3"])
def test_a_message_that_the_set_names_twice_does_not_fail_the_second_time(mailbox: Mailbox, numbers: str) -> None:
    """STORE of a set that names message 2 twice, UNCHANGEDSINCE the highest mod-sequence: done, and no MODIFIED."""
    known = _ready(mailbox.fill(3))
    answer = mailbox.command(f"STORE {numbers} (UNCHANGEDSINCE {known}) +FLAGS (\\Answered)").ok()
    assert _modified(answer) == []
    assert 2 in _flagged(mailbox, b"\\answered")


@verifies("RFC7162-3.1.3-05", refuted_by=UNCONDITIONAL)
def test_every_message_fails_on_unchangedsince_zero(mailbox: Mailbox) -> None:
    """STORE 1:2 (UNCHANGEDSINCE 0) of a system flag: MODIFIED names both, and neither has the flag."""
    _ready(mailbox.fill(2))
    answer = mailbox.command("STORE 1:2 (UNCHANGEDSINCE 0) +FLAGS (\\Flagged)")
    assert not answer.is_bad
    assert _modified(answer) == [1, 2]
    assert _flagged(mailbox, b"\\flagged") == []


@verifies(
    "RFC7162-3.1.4.1-01",
    refuted_by=forward(rb"\1FETCH \2 (FLAGS MODSEQ)", of=rb"((?:UID )?)FETCH (\S+) \(?FLAGS\)? \(CHANGEDSINCE.*"),
)
@pytest.mark.parametrize("command", ["FETCH", "UID FETCH"])
def test_changedsince_fetches_only_messages_of_a_higher_mod_sequence(mailbox: Mailbox, command: str) -> None:
    """FETCH 1:* (FLAGS) (CHANGEDSINCE n) for each mod-sequence of five messages: those above it, with MODSEQ."""
    values = _spread(mailbox)
    for known in sorted({*values.values(), 1}):
        fetched = mailbox.command(command, f"1:* (FLAGS) (CHANGEDSINCE {known})").ok().fetched
        told = {number: items.get(b"MODSEQ") for number, items in fetched.items() if b"FLAGS" in items}
        assert told == {number: value for number, value in values.items() if value > known}


@verifies("RFC7162-3.1.5-01", refuted_by=forward(rb"\1SEARCH ALL", of=rb"((?:UID )?)SEARCH MODSEQ.*"))
def test_modseq_finds_the_messages_of_that_mod_sequence_and_above(mailbox: Mailbox) -> None:
    """SEARCH MODSEQ n for each mod-sequence of five messages, one below and one above, alone and beside flags and sets."""
    values = _spread(mailbox)
    for known in sorted({value + off for value in values.values() for off in (0, 1)}):
        above = [number for number, value in values.items() if value >= known]
        assert sorted(mailbox.command(f"SEARCH MODSEQ {known}").ok().found) == above
        assert sorted(mailbox.command(f"SEARCH UNFLAGGED MODSEQ {known} 1:4").ok().found) == [
            n for n in above if n in (2, 4)
        ]


@verifies("RFC7162-3.1.5-01", refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH NOT (MODSEQ.*)"))
def test_not_modseq_finds_the_messages_below_that_mod_sequence(mailbox: Mailbox) -> None:
    """SEARCH NOT MODSEQ n for each mod-sequence of five messages, and above them: the messages below it."""
    values = _spread(mailbox)
    for known in sorted({value + off for value in values.values() for off in (0, 1)}):
        below = [number for number, value in values.items() if value < known]
        assert sorted(mailbox.command(f"SEARCH NOT MODSEQ {known}").ok().found) == below


@verifies("RFC7162-3.1.5-02", refuted_by=say(b"<tag> BAD unknown key\r\n", of=rb"SEARCH MODSEQ .*/flags/.*"))
@pytest.mark.parametrize("kind", ["all", "shared", "priv"])
def test_modseq_takes_the_name_of_an_entry_and_its_type(mailbox: Mailbox, kind: str) -> None:
    r"""SEARCH MODSEQ "/flags/\\draft" with all, shared and priv: OK, and no message of a lower mod-sequence."""
    values = _spread(mailbox)
    known = max(values.values())
    answer = mailbox.command(f'SEARCH MODSEQ "/flags/\\\\flagged" {kind} {known}')
    assert answer.is_ok
    assert set(answer.found) <= {number for number, value in values.items() if value >= known}


@verifies("RFC7162-3.1.6-01", refuted_by=rewrite(rb" \(MODSEQ \d+\)", b"", of=rb"(?:UID )?SEARCH .*"))
@pytest.mark.parametrize("keys", ["MODSEQ {}", "1:4 MODSEQ {}", "OR MODSEQ {} SEEN"])
def test_a_search_by_modseq_tells_the_highest_mod_sequence_found(mailbox: Mailbox, keys: str) -> None:
    """SEARCH and UID SEARCH with MODSEQ among the keys: (MODSEQ n) at the end, the highest of the messages found."""
    values = _spread(mailbox)
    for command in ("SEARCH", "UID SEARCH"):
        answer = mailbox.command(command, keys.format(min(values.values()))).ok()
        highest = max(values[number] for number in values if "1:4" not in keys or number <= 4)
        assert [r.data.modseq for r in answer.all("SEARCH") if r.data.numbers] == [highest]


@verifies("RFC7162-3.1.6-02", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH (MODSEQ 7)", of=rb"SEARCH .*"))
def test_a_search_by_modseq_that_finds_nothing_tells_no_mod_sequence(mailbox: Mailbox) -> None:
    """SEARCH MODSEQ above all messages: no number, and no MODSEQ."""
    values = _spread(mailbox)
    answer = mailbox.command(f"SEARCH MODSEQ {max(values.values()) + 1000}").ok()
    assert answer.found == ()
    assert [r.data.modseq for r in answer.all("SEARCH") if r.data.modseq is not None] == []


@verifies("RFC7162-3.1.9-01", refuted_by=rewrite(rb" \(MODSEQ \d+\)", b"", of=rb"SORT .*"))
def test_a_sort_by_modseq_tells_the_highest_mod_sequence_found(mailbox: Mailbox) -> None:
    """SORT with MODSEQ among the keys: (MODSEQ n) behind the numbers; none where nothing is found."""
    mailbox.imap.supports("SORT")
    values = _spread(mailbox)
    some = mailbox.command(f"SORT (REVERSE ARRIVAL) UTF-8 MODSEQ {min(values.values())}").ok()
    none = mailbox.command(f"SORT (ARRIVAL) UTF-8 MODSEQ {max(values.values()) + 1000}").ok()
    assert [r.data.modseq for r in some.all("SORT") if r.data.numbers] == [max(values.values())]
    assert [r.data.modseq for r in none.all("SORT") if r.data.modseq is not None] == []


@verifies("RFC7162-3.1.10-01", refuted_by=rewrite(rb" MODSEQ \d+", b"", of=rb"SEARCH RETURN .*"))
def test_an_esearch_response_to_a_search_by_modseq_has_modseq(mailbox: Mailbox) -> None:
    """SEARCH RETURN (ALL) MODSEQ n for each mod-sequence: MODSEQ is the highest found."""
    mailbox.imap.supports("ESEARCH")
    values = _spread(mailbox)
    for known in sorted(set(values.values())):
        answer = mailbox.command(f"SEARCH RETURN (ALL) MODSEQ {known}").ok()
        assert [r.data.get(b"MODSEQ") for r in answer.all("ESEARCH")] == [max(values.values())]
