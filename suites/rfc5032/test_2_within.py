"""RFC 5032: the search keys OLDER and YOUNGER.

Messages are appended with dates some time ago. The server looks at its own clock: the intervals lie five minutes away
from the ages, and boundaries to the second are judged by how the two keys and messages a second apart agree.
"""

from __future__ import annotations

import datetime as dt

import pytest

from conformance import ImapDial, Inconclusive, Mailbox, Reason, compose, forward, needs, rewrite, say, verifies
from conformance.models.shown import moment

pytestmark = needs("WITHIN")

AGES = (0, 900, 1800, 7200, 90_000)
"""Seconds ago at which messages 1 to 5 came."""
LARGE = 4294967295


def _aged(dial: ImapDial, *ages: int) -> Mailbox:
    """A mailbox of messages that came so many seconds ago, as FETCH INTERNALDATE confirms."""
    now = dt.datetime.now(dt.UTC)
    mailbox = dial.mailbox()
    wanted = [(now - dt.timedelta(seconds=age)).replace(microsecond=0) for age in ages]
    for number, date in enumerate(wanted):
        mailbox.append(compose(b"Text %d.\r\n" % number), "", date.strftime("%d-%b-%Y %H:%M:%S +0000"))
    with dial.dialler.straight():
        mailbox.select()
        fetched = mailbox.command("FETCH 1:* (INTERNALDATE)").ok().fetched
    shown = [moment(fetched[number].get(b"INTERNALDATE")) for number in sorted(fetched)]
    if shown != wanted:
        raise Inconclusive(Reason.PRECONDITION, f"the dates given to APPEND are not kept: {shown}")
    return mailbox


def _found(mailbox: Mailbox, *keys: str) -> dict[str, list[int]]:
    return {key: sorted(mailbox.command("SEARCH", key).ok().found) for key in keys}


@verifies("RFC5032-2-01", refuted_by=say(b"<tag> BAD unknown key\r\n", of=rb"SEARCH .*"))
@pytest.mark.parametrize("key", ["OLDER 1", "YOUNGER 1"])
def test_a_server_that_announces_within_takes_its_keys(mailbox: Mailbox, key: str) -> None:
    """SEARCH OLDER and YOUNGER: OK."""
    assert mailbox.fill(1).command("SEARCH", key).is_ok


@verifies("RFC5032-2-02", refuted_by=forward(rb"SEARCH YOUNGER \1", of=rb"SEARCH OLDER (.*)"))
def test_older_finds_what_came_at_least_so_long_ago(dial: ImapDial) -> None:
    """OLDER with intervals between the ages of five messages: the older ones."""
    wanted = {
        "OLDER 600": [2, 3, 4, 5], "OLDER 1300": [3, 4, 5], "OLDER 3600": [4, 5], "OLDER 86400": [5], "OLDER 100000": [],
    }  # fmt: skip
    assert _found(_aged(dial, *AGES), *wanted) == wanted


@verifies("RFC5032-2-03", refuted_by=forward(rb"SEARCH OLDER \1", of=rb"SEARCH YOUNGER (.*)"))
def test_younger_finds_what_came_at_most_so_long_ago(dial: ImapDial) -> None:
    """YOUNGER with intervals between the ages of five messages: the younger ones."""
    wanted = {
        "YOUNGER 600": [1], "YOUNGER 1300": [1, 2], "YOUNGER 3600": [1, 2, 3], "YOUNGER 86400": [1, 2, 3, 4],
        "YOUNGER 100000": [1, 2, 3, 4, 5],
    }  # fmt: skip
    assert _found(_aged(dial, *AGES), *wanted) == wanted


@verifies("RFC5032-2-04", refuted_by=forward(rb"SEARCH OLDER 3\g<1>00", of=rb"SEARCH OLDER 3(\d)\d\d"))
def test_older_tells_messages_apart_that_are_seconds_apart(dial: ImapDial) -> None:
    """Three messages of an hour ago, twenty seconds apart: OLDER with rising intervals lets go of them one by one."""
    ages = (3600, 3620, 3640)
    mailbox = _aged(dial, *ages)
    found = [tuple(sorted(mailbox.command("SEARCH OLDER", 3500 + step * 5).ok().found)) for step in range(0, 60, 2)]
    if found[0] != (1, 2, 3) or found[-1] != ():
        raise Inconclusive(Reason.PRECONDITION, "the server's clock is too far from ours")
    assert {(2, 3), (3,)} <= set(found)
    assert found == sorted(found, key=len, reverse=True)


@verifies(
    "RFC5032-2-05",
    refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH NOT (.*)") | forward(rb"SEARCH \1", of=rb"SEARCH (\S+ \d+) .*"),
)
def test_both_keys_go_with_others(dial: ImapDial) -> None:
    """NOT, OR, parentheses, flags and sets beside OLDER and YOUNGER, and both together: the messages that match."""
    mailbox = _aged(dial, *AGES).flag("2,4", "\\Flagged")
    wanted = {
        "NOT OLDER 1300": [1, 2],
        "NOT YOUNGER 1300": [3, 4, 5],
        "OLDER 600 YOUNGER 3600": [2, 3],
        "OR YOUNGER 600 OLDER 86400": [1, 5],
        "OLDER 600 FLAGGED": [2, 4],
        "3:5 NOT (OLDER 600 YOUNGER 86400)": [5],
    }
    assert _found(mailbox, *wanted) == wanted


@verifies("RFC5032-2-06", refuted_by=say(b"* SEARCH\r\n<tag> OK done\r\n", of=rb"SEARCH .*"))
@pytest.mark.parametrize("key", ["OLDER 0", "YOUNGER 0", "OLDER -5", "YOUNGER soon"])
def test_an_interval_that_is_no_number_above_zero_is_refused(mailbox: Mailbox, key: str) -> None:
    """SEARCH with the interval 0, a negative one and a word: BAD."""
    assert mailbox.fill(1).command("SEARCH", key).is_bad


@verifies(
    "RFC5032-2-07", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 BAD unknown key", of=rb"(?:SORT|THREAD|SEARCH RETURN) .*")
)
def test_both_keys_are_taken_by_sort_thread_and_search_return(dial: ImapDial) -> None:
    """SORT, THREAD and SEARCH RETURN (COUNT) with OLDER and YOUNGER, where they are announced: what SEARCH finds."""
    mailbox = _aged(dial, *AGES)
    assert sorted(mailbox.command("SEARCH YOUNGER 3600").ok().found) == [1, 2, 3]
    if mailbox.imap.announced("SORT"):
        answer = mailbox.command("SORT (ARRIVAL) UTF-8 OLDER 600 YOUNGER 86400")
        assert (answer.is_ok, [n for r in answer.all("SORT") for n in r.data.numbers]) == (True, [4, 3, 2])
    if mailbox.imap.announced("ESEARCH"):
        answer = mailbox.command("SEARCH RETURN (COUNT) YOUNGER 3600")
        assert (answer.is_ok, [r.data.get(b"COUNT") for r in answer.all("ESEARCH")]) == (True, [3])
    if mailbox.imap.announced("THREAD=REFERENCES"):
        assert mailbox.command("THREAD REFERENCES UTF-8 OLDER 600").is_ok


@verifies("RFC5032-3-01", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 BAD unknown key", of=rb"SEARCH (?:(?-i:[a-z]).*)"))
def test_both_keys_are_taken_in_any_letter_case(dial: ImapDial) -> None:
    """OLDER and YOUNGER in lower and mixed case: as in upper case."""
    wanted = {"older 600": [2, 3, 4, 5], "Younger 600": [1], "oLdEr 3600": [4, 5], "younger 3600": [1, 2, 3]}
    mailbox = _aged(dial, *AGES)
    answers = {key: mailbox.command("SEARCH", key) for key in wanted}
    assert all(answer.is_ok for answer in answers.values())
    assert {key: sorted(answer.found) for key, answer in answers.items()} == wanted


@verifies("RFC5032-3-02", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb"SEARCH YOUNGER .*"))
def test_large_intervals_are_taken(dial: ImapDial) -> None:
    """YOUNGER and OLDER with the largest number and with 2147483647: every message, and none."""
    mailbox = _aged(dial, *AGES[:3])
    wanted = {
        f"YOUNGER {LARGE}": [1, 2, 3],
        f"OLDER {LARGE}": [],
        "YOUNGER 2147483647": [1, 2, 3],
        "OLDER 2147483647": [],
    }
    assert _found(mailbox, *wanted) == wanted
