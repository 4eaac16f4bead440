"""RFC 5256: SORT, held against an oracle that knows which orders of the sample mailbox are legal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from conformance import ImapDial, Mailbox, compose, forward, inject_before, needs, rewrite, say, verifies
from conformance.models.sample import number_of
from conformance.models.shown import sample
from conformance.models.sorting import KEYS, Criterion
from conformance.sessions.imap_answer import Answer
from conformance.strategies.budgets import batches
from conformance.strategies.imap import sort_criteria

pytestmark = needs("SORT")

SWAPPED = rewrite(rb"^\* SORT (\d+) (\d+)", rb"* SORT \2 \1", of=rb"(?:UID )?SORT .*")
CHARSETS = ("UTF-8", "US-ASCII", "utf-8", '"UTF-8"')


def _both(key: bytes) -> tuple[tuple[Criterion, ...], ...]:
    return (Criterion(key),), (Criterion(key, reverse=True),)


def _sorted_by(dial: ImapDial, *keys: bytes) -> str:
    held = sample(dial)
    return "; ".join(said for key in keys for criteria in _both(key) if (said := held.disordered(*criteria)))


def _order(answer: Answer) -> tuple[int, ...]:
    return tuple(number for response in answer.ok().all("SORT") for number in response.data.numbers)


@verifies("RFC5256-BASE.6.4.SORT-01", refuted_by=rewrite(rb"^\* SORT ", b"* SEARCH ", of=rb"SORT .*"))
def test_sort_answers_what_is_found_in_one_sort_response(dial: ImapDial) -> None:
    """SORT (SIZE) of all, of what a set and a flag name, and of nothing: one SORT response, each message once, in order."""
    held = sample(dial)
    for keys in ("ALL", "3:20 SEEN", "NOT FLAGGED", 'SUBJECT "apple"', "SEEN UNSEEN"):
        answer = held.mailbox.command("SORT (SIZE) UTF-8", keys).ok()
        given = _order(answer)
        assert len(answer.all("SORT")) == 1
        assert not answer.found
        assert sorted(given) == sorted(held.mailbox.command("SEARCH", keys).ok().found)
        assert [held.held.messages[number - 1].size for number in given] == sorted(
            held.held.messages[number - 1].size for number in given
        )


@verifies("RFC5256-BASE.6.4.SORT-02", refuted_by=say(b"<tag> NO [BADCHARSET] no\r\n", of=rb"SORT .*"))
@pytest.mark.parametrize("charset", CHARSETS, ids=["utf-8", "us-ascii", "lower-case", "quoted"])
def test_sort_takes_us_ascii_and_utf_8(dial: ImapDial, charset: str) -> None:
    """SORT (DATE) with the charset, ALL: OK."""
    assert sample(dial).mailbox.command("SORT (DATE)", charset, "ALL").is_ok


@verifies("RFC5256-BASE.6.4.SORT-03", refuted_by=rewrite(rb"^(\S+) NO.*", rb"\1 BAD what", of=rb"SORT .*"))
def test_sort_refuses_a_charset_that_nobody_knows_with_no(dial: ImapDial) -> None:
    """SORT (DATE) with an invented charset and a string: NO."""
    assert sample(dial).mailbox.command('SORT (DATE) X-MAILCONFORM-NONE TEXT "apple"').is_no


@verifies(
    "RFC5256-BASE.6.4.SORT-04",
    refuted_by=forward(rb"SORT (REVERSE SUBJECT ARRIVAL)\1", of=rb"SORT \(REVERSE SUBJECT\)(.*)"),
)
def test_messages_of_equal_keys_stay_in_the_order_of_the_mailbox(mailbox: Mailbox) -> None:
    """Six messages of two subjects, dates and internal dates that run down: SORT (SUBJECT) and (REVERSE SUBJECT): ties by number."""
    for number, subject in enumerate(("pear", "plum", "pear", "plum", "pear", "plum"), 1):
        mailbox.append(
            compose(b"Text %d.\r\n" % number, subject=subject), date=f"0{9 - number}-Mar-2020 10:00:00 +0000"
        )
    mailbox.select()
    orders = {
        "(SUBJECT)": (1, 3, 5, 2, 4, 6),
        "(REVERSE SUBJECT)": (2, 4, 6, 1, 3, 5),
        "(REVERSE FROM)": (1, 2, 3, 4, 5, 6),
    }
    told = {criteria: _order(mailbox.command("SORT", criteria, "UTF-8 ALL")) for criteria in orders}
    assert told == orders


@verifies("RFC5256-BASE.6.4.SORT-05", refuted_by=forward(rb"SORT (\1)\2", of=rb"SORT \((\w+) [^)]+\)(.*)"))
def test_sort_goes_by_several_criteria_in_their_order(dial: ImapDial) -> None:
    """Pairs and triples of criteria, REVERSE before one of them only: the second decides where the first does not."""
    held = sample(dial)
    pairs = (
        (Criterion(b"SUBJECT"), Criterion(b"DATE")),
        (Criterion(b"SUBJECT"), Criterion(b"DATE", reverse=True)),
        (Criterion(b"TO", reverse=True), Criterion(b"SIZE")),
        (Criterion(b"TO"), Criterion(b"SUBJECT", reverse=True), Criterion(b"ARRIVAL")),
        (Criterion(b"CC"), Criterion(b"ARRIVAL", reverse=True)),
    )
    assert not any(held.disordered(*criteria) for criteria in pairs)


@verifies("RFC5256-BASE.6.4.SORT-06", refuted_by=forward(rb"SORT (DATE)\1", of=rb"SORT \(ARRIVAL\)(.*)"))
def test_arrival_sorts_by_internal_date_and_time(dial: ImapDial) -> None:
    """SORT (ARRIVAL) and (REVERSE ARRIVAL) of messages around midnight in several zones: by the moment that INTERNALDATE shows."""
    assert not _sorted_by(dial, b"ARRIVAL")


@verifies("RFC5256-BASE.6.4.SORT-07", refuted_by=forward(rb"SORT (SUBJECT)\1", of=rb"SORT \(FROM\)(.*)"))
def test_cc_from_and_to_sort_by_the_mailbox_of_the_first_address(dial: ImapDial) -> None:
    """SORT (FROM), (TO), (CC), and REVERSE: by what stands before the @ of the first address, not by its display name."""
    assert not _sorted_by(dial, b"FROM", b"TO", b"CC")


@verifies("RFC5256-BASE.6.4.SORT-08", refuted_by=forward(rb"SORT (REVERSE SIZE)\1", of=rb"SORT \(SIZE\)(.*)"))
def test_size_sorts_by_octets(dial: ImapDial) -> None:
    """SORT (SIZE) and (REVERSE SIZE): by RFC822.SIZE, as numbers."""
    assert not _sorted_by(dial, b"SIZE")


@verifies("RFC5256-BASE.6.4.SORT-08", "RFC5256-2.1-01", refuted_by=SWAPPED)
def test_subject_sorts_by_the_base_subject(dial: ImapDial) -> None:
    """SORT (SUBJECT) and (REVERSE SUBJECT) of subjects with Re:, Fwd:, [blob], (fwd) and encoded words: by what is left of them."""
    assert not _sorted_by(dial, b"SUBJECT")


@verifies("RFC5256-1-01", refuted_by=rewrite(rb"^\* SORT.*$", b"* SORT 2 4 6 1 3 5", of=rb"SORT .*"))
def test_letter_case_makes_no_difference_to_sort(mailbox: Mailbox) -> None:
    """Subjects in upper and lower case: as if they were all in one case."""
    for subject in ("beta", "ALPHA", "Gamma", "alpha", "GAMMA", "Beta"):
        mailbox.append(compose(b"Text.\r\n", subject=subject))
    mailbox.select()
    assert _order(mailbox.command("SORT (SUBJECT) UTF-8 ALL")) == (2, 4, 1, 6, 3, 5)


@verifies("RFC5256-2.2-01", refuted_by=forward(rb"SORT (ARRIVAL)\1", of=rb"SORT \(DATE\)(.*)"))
def test_date_sorts_by_the_sent_date_in_utc(dial: ImapDial) -> None:
    """SORT (DATE) and (REVERSE DATE) of dates in several zones, with and without comments: by the moment."""
    assert not _sorted_by(dial, b"DATE")


@verifies("RFC5256-2.2-02", refuted_by=rewrite(rb"^\* SORT.*$", b"* SORT 2 1 3", of=rb"SORT .*"))
def test_a_message_without_a_date_sorts_by_its_internal_date(mailbox: Mailbox) -> None:
    """Three messages, the second without a Date field, its internal date between the others' sent dates: it stands between them."""
    for date, arrived in (
        (b"Mon, 6 Jan 2020", "09-Jan-2020"),
        (b"", "05-Jan-2020"),
        (b"Sat, 4 Jan 2020", "10-Jan-2020"),
    ):
        field = b"Date: " + date + b" 10:00:00 +0000\r\n" if date else b""
        raw = b"From: <a@mailconform.invalid>\r\nSubject: dates\r\n" + field + b"\r\nText.\r\n"
        mailbox.append(raw, date=f"{arrived} 10:00:00 +0000")
    mailbox.select()
    assert _order(mailbox.command("SORT (DATE) UTF-8 ALL")) == (3, 2, 1)


@verifies("RFC5256-BASE.6.4.SORT-09", refuted_by=rewrite(rb"^\* SORT (\d+) (.*)$", rb"* SORT \2 \1", of=rb"SORT .*"))
def test_a_message_without_the_field_sorts_first(dial: ImapDial) -> None:
    """SORT (CC), (TO) and (SUBJECT): the messages without that field come first, by number; last where it is reversed."""
    held = sample(dial)
    for key, field in ((b"CC", b"Cc"), (b"TO", b"To"), (b"SUBJECT", b"Subject")):
        lacking = [m.number for m in held.held.messages if not m.fields(field)]
        told = _order(held.mailbox.command(f"SORT ({key.decode()}) UTF-8 ALL"))
        first = [n for n in told if n in lacking or n not in (number_of("blob-only"), number_of("empty-subject"))]
        assert first[: len(lacking)] == lacking


@verifies("RFC5256-BASE.6.4.SORT-10", refuted_by=forward(rb"SORT\1", of=rb"UID SORT(.*)"))
def test_uid_sort_answers_uids(mailbox: Mailbox) -> None:
    """Five messages, the first two expunged: UID SORT by sets of numbers and of UIDs: UIDs, in order."""
    uids = mailbox.fill(5).uids()[2:]
    mailbox.expunge("1:2")
    told = [
        _order(mailbox.command("UID SORT (REVERSE SUBJECT) UTF-8", keys))
        for keys in ("ALL", "2:3", f"UID {uids[0]}:{uids[1]}")
    ]
    assert told == [tuple(uids[::-1]), (uids[2], uids[1]), (uids[1], uids[0])]


@verifies("RFC5256-BASE.6.4.SORT-12", refuted_by=inject_before(b"* 1 EXPUNGE\r\n", of=rb"(?:SORT|THREAD) .*"))
@pytest.mark.parametrize(
    "command", ["SORT (ARRIVAL) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL", "THREAD ORDEREDSUBJECT UTF-8 ALL"]
)
def test_no_expunge_comes_while_sort_or_thread_is_answered(mailbox: Mailbox, command: str) -> None:
    """Another session expunges a message; SORT or THREAD here: no EXPUNGE before its completion."""
    mailbox.fill(3)
    if command.startswith("THREAD"):
        mailbox.imap.supports("THREAD=" + command.split()[1])
    mailbox.beside().expunge(1)
    answer = mailbox.command(command).ok()
    assert not answer.expunged
    assert not answer.all("VANISHED")


@verifies("RFC5256-BASE.6.4.SORT-05", refuted_by=SWAPPED)
def test_any_criteria_sort_as_they_say(dial: ImapDial) -> None:
    """Up to three criteria drawn at random, in any letter case, by SORT and UID SORT: an order that they allow."""

    @batches(3)
    @given(st.data())
    def each(data: DataObject) -> None:
        dial.begin_example()
        held = sample(dial)
        for said in data.draw(st.lists(sort_criteria(KEYS), min_size=10, max_size=10)):
            criteria = tuple(Criterion(key, reverse) for key, reverse in said.value)
            assert not held.disordered(*criteria, words=said.raw, uid=data.draw(st.booleans()))

    each()
