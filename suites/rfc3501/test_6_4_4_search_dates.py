"""RFC 3501 section 6.4.4: search keys for dates.

The days of BEFORE, ON and SINCE are those that FETCH INTERNALDATE shows, in the zone in which it shows them; those of the
SENT keys stand in the Date field as they are written. Missing and broken Date fields leave a server the choice.
"""

from __future__ import annotations

import datetime as dt

import pytest

from conformance import ImapDial, forward, rewrite, verifies
from conformance.models.shown import Shown, sample
from conformance.wire.search_program import And, Key, Not, Or, Program, date_text

SENT = (
    dt.date(2018, 12, 31),
    dt.date(2019, 1, 1),
    dt.date(2019, 1, 15),
    dt.date(2019, 1, 16),
    dt.date(2019, 1, 17),
    dt.date(2019, 2, 20),
)
FEBRUARY = dt.date(2020, 2, 10)
"""A day between the internal dates and the sent dates."""
MARCH = (b"4-Mar-2020", b"04-Mar-2020", b'"4-Mar-2020"', b'"04-MAR-2020"', b"4-mar-2020")


def _days(held: Shown) -> list[dt.date]:
    """The days on which messages of the mailbox came, and the ones before and behind them."""
    days = {message.internaldate.date() for message in held.held.messages}
    return sorted({day + dt.timedelta(days=off) for day in days for off in (-1, 0, 1)})


def _on(name: bytes, days: list[dt.date]) -> list[Program]:
    return [Key(name, (day,)) for day in days]


@verifies("RFC3501-6.4.4-34", refuted_by=forward(rb"SEARCH OR BEFORE \1 ON \1", of=rb"SEARCH BEFORE (.*)"))
def test_before_finds_the_messages_of_earlier_days(dial: ImapDial) -> None:
    """BEFORE every day around the internal dates of the sample, which lie next to midnight in several zones."""
    held = sample(dial)
    assert not held.wrong(*_on(b"BEFORE", _days(held)))


@verifies("RFC3501-6.4.4-35", refuted_by=forward(rb"SEARCH SINCE \1", of=rb"SEARCH ON (.*)"))
def test_on_finds_the_messages_of_that_day(dial: ImapDial) -> None:
    """ON every day around the internal dates of the sample, which lie next to midnight in several zones."""
    held = sample(dial)
    assert not held.wrong(*_on(b"ON", _days(held)))


@verifies("RFC3501-6.4.4-36", refuted_by=forward(rb"SEARCH SINCE \1 NOT ON \1", of=rb"SEARCH SINCE (.*)"))
def test_since_finds_the_messages_of_that_day_and_of_later_ones(dial: ImapDial) -> None:
    """SINCE every day around the internal dates of the sample, which lie next to midnight in several zones."""
    held = sample(dial)
    assert not held.wrong(*_on(b"SINCE", _days(held)))


@verifies("RFC3501-6.4.4-37", refuted_by=forward(rb"SEARCH SINCE \1 NOT ON \1", of=rb"SEARCH SINCE (.*)"))
def test_each_message_is_either_before_a_day_or_since_it(dial: ImapDial) -> None:
    """BEFORE and SINCE every day around the internal dates: together all messages, none of them twice."""
    held = sample(dial)
    numbers = [message.number for message in held.held.messages]
    for day in map(date_text, _days(held)):
        before, since = (held.mailbox.command("SEARCH", name, day).ok().found for name in (b"BEFORE", b"SINCE"))
        assert sorted((*before, *since)) == numbers


@verifies("RFC3501-6.4.4-38", refuted_by=forward(rb"SEARCH SENTON 16-\1", of=rb"SEARCH SENTON 15-(.*)"))
def test_sent_keys_take_the_day_that_is_written_in_the_date_field(dial: ImapDial) -> None:
    """SENTBEFORE, SENTON and SENTSINCE on days on which messages were sent next to midnight, far from UTC."""
    programs = [program for name in (b"SENTBEFORE", b"SENTON", b"SENTSINCE") for program in _on(name, list(SENT))]
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-39", refuted_by=forward(rb"SEARCH \1", of=rb"SEARCH SENT(.*)"))
def test_sent_keys_leave_the_internal_date_alone(dial: ImapDial) -> None:
    """SENT keys on a day between the sent dates and the internal dates, and on a day of internal dates."""
    programs = (
        *(Key(name, (FEBRUARY,)) for name in (b"SENTBEFORE", b"SENTSINCE", b"SENTON")),
        *(Key(name, (dt.date(2020, 3, 2),)) for name in (b"SENTBEFORE", b"SENTSINCE", b"SENTON")),
    )
    assert not sample(dial).wrong(*programs)


@verifies("RFC3501-6.4.4-39", refuted_by=forward(rb"SEARCH SENT\1", of=rb"SEARCH ((?:BEFORE|SINCE) .*)"))
def test_the_keys_for_the_internal_date_leave_the_date_field_alone(dial: ImapDial) -> None:
    """BEFORE and SINCE a day between the sent dates and the internal dates, alone and with SENT keys."""
    day = (FEBRUARY,)
    sent, arrived = Key(b"SENTBEFORE", (dt.date(2019, 1, 16),)), Key(b"SINCE", (dt.date(2020, 3, 5),))
    assert not sample(dial).wrong(
        Key(b"BEFORE", day),
        Key(b"SINCE", day),
        And((sent, arrived)),
        Or(Not(sent), Not(arrived)),
        And((Not(sent), arrived)),
    )


@verifies("RFC3501-6.4.4-50", refuted_by=rewrite(rb"^\* SEARCH.*$", b"* SEARCH", of=rb'SEARCH \S+ "0?\d.*'))
def test_a_date_means_the_same_in_quotes(dial: ImapDial) -> None:
    """Dates bare and in quotes, days with and without a leading zero, months in any letter case: the same messages."""
    mailbox = sample(dial).mailbox
    for name, spellings in (
        ("SINCE", MARCH),
        ("ON", MARCH),
        ("SENTBEFORE", (b"16-Feb-2019", b'"16-FEB-2019"', b"16-feb-2019")),
    ):
        found = [sorted(mailbox.command("SEARCH", name, spelling).ok().found) for spelling in spellings]
        assert found == [found[0]] * len(spellings)


@verifies("RFC3501-6.4.4-53", refuted_by=rewrite(rb"^(\S+) OK.*", rb"\1 BAD cannot parse that", of=rb"SEARCH SENT.*"))
@pytest.mark.parametrize("name", ["SENTBEFORE", "SENTON", "SENTSINCE"])
def test_sent_keys_are_answered_where_date_fields_are_missing_or_broken(dial: ImapDial, name: str) -> None:
    """A SENT key over messages without a Date field and with a broken one: answered OK, the others found right."""
    held = sample(dial)
    assert not held.wrong(Key(name.encode(), (dt.date(2019, 1, 12),)), Not(Key(name.encode(), (dt.date(2020, 3, 5),))))
