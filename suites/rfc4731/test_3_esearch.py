"""RFC 4731: SEARCH RETURN, its ESEARCH response and the result options MIN, MAX, ALL and COUNT."""

from __future__ import annotations

import pytest

from conformance import (
    ImapDial,
    Mailbox,
    Sync,
    forward,
    inject_before,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.models.sequence_sets import messages_named
from conformance.models.shown import Shown, sample
from conformance.sessions.imap_answer import Answer
from conformance.wire.rfc4731 import Esearch
from conformance.wire.search_program import read_sequence_set

pytestmark = needs("ESEARCH")

KEYS = ("ALL", "SEEN", "3:20 UNSEEN", 'SUBJECT "apple"', "NOT FLAGGED", "*", "DELETED 1:9")
NOTHING = 'SUBJECT "no such word"'


def _esearch(given: Answer) -> Esearch:
    """The one ESEARCH response of an answer, an empty one if there are none or several."""
    found = given.ok().all("ESEARCH")
    return found[0].data if len(found) == 1 else Esearch()


def _set(octets: bytes | None) -> list[int]:
    return sorted(messages_named(read_sequence_set(bytes(octets)), 9999)) if octets else []


def _plain(held: Shown, keys: str, *, uid: bool = False) -> list[int]:
    """What SEARCH without RETURN finds, asked without the fault."""
    with held.mailbox.dial.dialler.straight():
        return sorted(held.mailbox.command("UID SEARCH" if uid else "SEARCH", keys).ok().found)


@verifies("RFC4731-3.1-01", refuted_by=inject_before(b"* SEARCH 1\r\n", of=rb"SEARCH RETURN .*"))
@pytest.mark.parametrize(
    "options",
    ["MIN", "MAX COUNT", "ALL", "MIN MAX ALL COUNT", ""],
    ids=["min", "max-count", "all", "every-option", "none"],
)
def test_search_return_has_one_esearch_and_no_search_response(dial: ImapDial, options: str) -> None:
    """SEARCH RETURN, something being found and nothing: one ESEARCH response each, no SEARCH response."""
    mailbox = sample(dial).mailbox
    answers = [mailbox.command(f"SEARCH RETURN ({options})", keys).ok() for keys in ("SEEN", NOTHING)]
    assert [(len(given.all("ESEARCH")), len(given.all("SEARCH"))) for given in answers] == [(1, 0), (1, 0)]


@verifies("RFC4731-3.1-02", refuted_by=rewrite(rb'\(TAG ("?)', rb"(TAG \1x", of=rb"(?:UID )?SEARCH RETURN .*"))
def test_each_esearch_response_has_the_tag_that_its_command_had(dial: ImapDial) -> None:
    """SEARCH RETURN and UID SEARCH RETURN with tags of several kinds: the ESEARCH response has each one's tag."""
    session = sample(dial).mailbox.imap
    for command in ("SEARCH RETURN (MIN)", "UID SEARCH RETURN (ALL COUNT)", "SEARCH RETURN (COUNT)"):
        for tag in (b"Abc.7", b"0", b"mixedCASE-tag"):
            given = session.finish(session.begin(command, "SEEN", tag=tag))
            assert _esearch(given).tag == tag


@verifies("RFC4731-3.1-03", refuted_by=forward(rb"SEARCH\1", of=rb"UID SEARCH(.*)"))
def test_uid_search_return_has_the_word_uid_and_uids(dial: ImapDial) -> None:
    """UID SEARCH RETURN (MIN MAX ALL COUNT): UID in the response, and UIDs; none in the one to SEARCH RETURN."""
    held = sample(dial)
    uids = _plain(held, "SEEN", uid=True)
    told = _esearch(held.mailbox.command("UID SEARCH RETURN (MIN MAX ALL COUNT) SEEN"))
    assert (told.uid, told.get(b"MIN"), told.get(b"MAX"), told.get(b"COUNT")) == (True, uids[0], uids[-1], len(uids))
    assert _set(told.get(b"ALL")) == uids
    assert not _esearch(held.mailbox.command("SEARCH RETURN (MIN MAX) SEEN")).uid


@verifies("RFC4731-3.1-04", refuted_by=rewrite(rb"MIN (\d+)", rb"MIN 9\1", of=rb"SEARCH RETURN .*"))
def test_min_is_the_lowest_number_found(dial: ImapDial) -> None:
    """RETURN (MIN), and with others, over several keys: the lowest number that SEARCH finds."""
    held = sample(dial)
    for keys in KEYS:
        for options in ("MIN", "MAX MIN", "COUNT MIN ALL"):
            told = _esearch(held.mailbox.command(f"SEARCH RETURN ({options})", keys))
            assert told.get(b"MIN") == _plain(held, keys)[0]


@verifies("RFC4731-3.1-05", refuted_by=rewrite(rb"MAX (\d+)", rb"MAX 9\1", of=rb"SEARCH RETURN .*"))
def test_max_is_the_highest_number_found(dial: ImapDial) -> None:
    """RETURN (MAX), and with others, over several keys: the highest number that SEARCH finds."""
    held = sample(dial)
    for keys in KEYS:
        for options in ("MAX", "MIN MAX", "ALL MAX"):
            told = _esearch(held.mailbox.command(f"SEARCH RETURN ({options})", keys))
            assert told.get(b"MAX") == _plain(held, keys)[-1]


@verifies("RFC4731-3.1-06", refuted_by=rewrite(rb"ALL \d+", b"ALL 9", of=rb"SEARCH RETURN .*"))
def test_all_is_a_set_of_all_numbers_found(dial: ImapDial) -> None:
    """RETURN (ALL), and with others, over several keys: a set of just the numbers that SEARCH finds."""
    held = sample(dial)
    for keys in KEYS:
        for options in ("ALL", "MIN MAX ALL"):
            told = _esearch(held.mailbox.command(f"SEARCH RETURN ({options})", keys))
            assert _set(told.get(b"ALL")) == _plain(held, keys)


@verifies("RFC4731-3.1-07", refuted_by=rewrite(rb"COUNT (\d+)", rb"COUNT 9\1", of=rb"SEARCH RETURN .*"))
def test_count_is_how_many_were_found(dial: ImapDial) -> None:
    """RETURN (COUNT), and with others, over several keys: as many as SEARCH finds."""
    held = sample(dial)
    for keys in KEYS:
        for options in ("COUNT", "COUNT MIN", "ALL COUNT MAX"):
            told = _esearch(held.mailbox.command(f"SEARCH RETURN ({options})", keys))
            assert told.get(b"COUNT") == len(_plain(held, keys))


@verifies("RFC4731-3.1-08", refuted_by=rewrite(rb"COUNT 0", b"MIN 1 MAX 1 COUNT 0", of=rb"SEARCH RETURN .*"))
@pytest.mark.parametrize("options", ["MIN MAX ALL COUNT", "COUNT MIN", "MAX COUNT", "ALL COUNT"])
def test_no_min_max_or_all_comes_where_nothing_was_found(dial: ImapDial, options: str) -> None:
    """RETURN over a search that finds nothing: neither MIN nor MAX nor ALL."""
    told = _esearch(sample(dial).mailbox.command(f"SEARCH RETURN ({options})", NOTHING))
    assert {name for name, _ in told.pairs}.isdisjoint({b"MIN", b"MAX", b"ALL"})


@verifies("RFC4731-3.1-09", refuted_by=rewrite(rb" COUNT 0", b"", of=rb"SEARCH RETURN .*"))
@pytest.mark.parametrize("options", ["COUNT", "MIN MAX ALL COUNT"])
def test_the_count_of_nothing_is_zero(dial: ImapDial, options: str) -> None:
    """RETURN with COUNT over a search that finds nothing: COUNT 0."""
    assert _esearch(sample(dial).mailbox.command(f"SEARCH RETURN ({options})", NOTHING)).get(b"COUNT") == 0


@verifies("RFC4731-3.1-10", refuted_by=forward(rb"SEARCH RETURN (COUNT)\1", of=rb"SEARCH RETURN \(\)(.*)"))
def test_no_option_means_all(dial: ImapDial) -> None:
    """RETURN (): the set of ALL."""
    held = sample(dial)
    told = _esearch(held.mailbox.command("SEARCH RETURN () SEEN"))
    assert _set(told.get(b"ALL")) == _plain(held, "SEEN")


@verifies("RFC4731-3.1-11", refuted_by=rewrite(rb"^\* SEARCH 1 ", b'* ESEARCH (TAG "x") ALL 1,', of=rb"SEARCH ALL"))
def test_search_without_return_is_answered_by_search(mailbox: Mailbox) -> None:
    """SEARCH ALL, IMAP4rev2 not being enabled: SEARCH, and no ESEARCH response."""
    given = mailbox.fill(3).command("SEARCH ALL").ok()
    assert sorted(given.found) == [1, 2, 3]
    assert not given.all("ESEARCH")


@verifies("RFC4731-3.1-12", refuted_by=say(b"* ESEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH RETURN .*"))
def test_an_unknown_result_option_is_bad(dial: ImapDial) -> None:
    """RETURN with an option that nobody knows: BAD."""
    assert sample(dial).mailbox.command("SEARCH RETURN (MAILCONFORM) ALL").is_bad


@verifies("RFC4731-3.1-13", refuted_by=say(b"<tag> BAD syntax\r\n", of=rb"SEARCH RETURN .*CHARSET.*"))
def test_charset_stands_behind_return(dial: ImapDial) -> None:
    """RETURN (ALL) CHARSET US-ASCII, and UTF-8 where SEARCH takes it, with a literal: OK, and what SEARCH finds."""
    held = sample(dial)
    for charset in ("US-ASCII", "UTF-8"):
        given = held.mailbox.command("SEARCH RETURN (ALL) CHARSET", charset, "SUBJECT", Sync(b"apple"))
        if charset == "UTF-8" and given.is_no:
            continue
        assert given.is_ok
        assert _set(_esearch(given).get(b"ALL")) == _plain(held, 'SUBJECT "apple"')


@verifies("RFC4731-3.1-14", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"SEARCH RETURN .*"))
def test_no_expunge_comes_while_search_return_is_answered(mailbox: Mailbox) -> None:
    """Another session expunges a message; SEARCH RETURN (ALL) ALL here: no EXPUNGE before its completion."""
    mailbox.fill(3).beside().expunge(1)
    given = mailbox.command("SEARCH RETURN (ALL) ALL").ok()
    assert not given.expunged


@verifies("RFC4731-3.2-01", refuted_by=rewrite(rb" MODSEQ \d+", b"", of=rb"SEARCH RETURN .*"))
@pytest.mark.parametrize("options", ["MIN", "MAX", "ALL", "COUNT", "MIN MAX", "MIN COUNT"])
def test_a_search_by_modseq_returns_modseq(mailbox: Mailbox, options: str) -> None:
    """RETURN over MODSEQ 1: a MODSEQ item beside the results."""
    mailbox.imap.supports("CONDSTORE")
    told = _esearch(mailbox.fill(3).command(f"SEARCH RETURN ({options}) MODSEQ 1"))
    assert b"MODSEQ" in told


@verifies("RFC4731-3.2-02", refuted_by=rewrite(rb" MODSEQ (\d+)", rb" MODSEQ 9\1", of=rb"SEARCH RETURN .*"))
def test_modseq_is_that_of_the_messages_returned(mailbox: Mailbox) -> None:
    """Three messages of rising, then falling mod-sequences: RETURN (MIN), (MAX), (MIN MAX), (ALL), (COUNT) by MODSEQ 1: the highest of those returned."""
    mailbox.imap.supports("CONDSTORE")
    mailbox.fill(4)
    for number in (3, 1, 2, 4):
        mailbox.command("STORE", number, "+FLAGS.SILENT (\\Flagged)").ok()
    fetched = mailbox.command("FETCH 1:4 (MODSEQ)").ok().fetched
    values = {number: items.get(b"MODSEQ") for number, items in fetched.items()}
    highest = max(values.values())
    wanted = {
        "MIN": values[1],
        "MAX": values[3],
        "MIN MAX": max(values[1], values[3]),
        "ALL": values[2],
        "COUNT": values[2],
    }
    told = {
        options: _esearch(mailbox.command(f"SEARCH RETURN ({options}) MODSEQ 1 1:3")).get(b"MODSEQ")
        for options in wanted
    }
    assert told == wanted
    assert _esearch(mailbox.command("SEARCH RETURN (MIN COUNT) MODSEQ 1")).get(b"MODSEQ") == highest


@verifies(
    "RFC4731-4-02", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 BAD syntax", of=rb"(?-i:search return|uid search).*")
)
def test_the_words_of_search_return_are_taken_in_any_letter_case(dial: ImapDial) -> None:
    """Lower and mixed case of search return (min all): OK, with the results."""
    held = sample(dial)
    numbers = _plain(held, "SEEN")
    first = held.mailbox.command("search return (min all) seen")
    second = held.mailbox.command("uid search Return (Max count) Seen")
    assert (first.is_ok, second.is_ok) == (True, True)
    assert (_esearch(first).get(b"MIN"), _set(_esearch(first).get(b"ALL"))) == (numbers[0], numbers)
    assert _esearch(second).get(b"COUNT") == len(numbers)
