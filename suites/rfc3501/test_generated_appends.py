"""RFC 3501 section 6.3.11, generated: messages of all sizes with flags and dates, and connections cut inside of a literal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance import (
    ImapDial,
    Inconclusive,
    Mailbox,
    Reason,
    Specimen,
    Sync,
    astring,
    compose,
    quoted,
    rewrite,
    verifies,
)
from conformance.strategies.budgets import batches
from conformance.strategies.imap import flag_lists

SIZES = (2, 3, 78, 79, 998, 1000, 4095, 4096, 4097, 8191, 8192, 65535, 65536, 65537, 300_000)
ZONES = (0, 60, -60, 330, 345, -210, 720, -720, 840, -600)


@dataclass(frozen=True, slots=True)
class Appended:
    """What is appended: a message, the words of a flag list and its meaning, a moment."""

    specimen: Specimen
    words: bytes
    flags: frozenset[bytes]
    moment: dt.datetime


def appended() -> SearchStrategy[Appended]:
    """Messages of one octet to some hundred thousand behind the header, with flags and a date (RFC 3501 section 9)."""
    bodies = st.builds(_body, st.sampled_from(SIZES), st.integers(0, 25))
    moments = st.builds(
        lambda day, second, zone: dt.datetime(1990, 1, 1, tzinfo=dt.timezone(dt.timedelta(minutes=zone)))
        + dt.timedelta(days=day, seconds=second),
        st.integers(0, 13_000), st.integers(0, 86_399), st.sampled_from(ZONES),
    )  # fmt: skip
    return st.builds(
        lambda body, said, moment: Appended(compose(body), bytes(said.raw), said.value, moment),
        bodies, flag_lists(), moments,
    )  # fmt: skip


def _body(size: int, letter: int) -> bytes:
    """About so many octets in lines of 80; the last one ends in CRLF too."""
    line = bytes([0x61 + letter]) * 78 + b"\r\n"
    return (line * (size // len(line) + 1))[: max(size, 2) - 2].rstrip(b"\r\n") + b"\r\n"


def _date_time(moment: dt.datetime) -> bytes:
    """date-time: a day below ten has a space in front (RFC 3501 section 9, date-day-fixed)."""
    months = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    tail = moment.strftime("%Y %H:%M:%S %z").encode()
    return b'"%2d-%s-%s"' % (moment.day, months[moment.month - 1], tail)


@verifies(
    "RFC3501-6.3.11-01", "RFC3501-6.3.11-03", "RFC3501-6.3.11-07",
    refuted_by=rewrite(rb'(INTERNALDATE ".*?) [+-]\d{4}"', rb'\1 +0130"', of=rb"FETCH .*"),
)  # fmt: skip
def test_generated_messages_are_stored_with_flags_and_dates(dial: ImapDial) -> None:
    """APPEND generated messages with flags and dates: octets, flags and moments are those given."""

    @batches(4)
    @given(st.lists(appended(), min_size=5, max_size=5))
    def each(given_messages: list[Appended]) -> None:
        dial.begin_example()
        session = dial.login()
        mailbox = Mailbox(dial, session, dial.create(session))
        for one in given_messages:
            words = (one.words, _date_time(one.moment), Sync(one.specimen.raw))
            mailbox.command("APPEND", astring(mailbox.name), *words).ok()
        assert (mailbox.select().exists or 0) == len(given_messages)
        for number, one in enumerate(given_messages, 1):
            _is_as_given(mailbox, number, one)

    each()


def _is_as_given(mailbox: Mailbox, number: int, one: Appended) -> None:
    fetched = mailbox.fetch(number, "(FLAGS INTERNALDATE BODY.PEEK[])")
    told = bytes(fetched.get(b"INTERNALDATE") or b"").decode("latin-1").strip()
    assert one.specimen.same_as(fetched.get(b"BODY[]") or b"")
    assert dt.datetime.strptime(told, "%d-%b-%Y %H:%M:%S %z") == one.moment
    permanent = mailbox.selected_answer.codes.get(b"PERMANENTFLAGS")
    kept = {flag.lower() for flag in permanent} if permanent is not None else {flag.lower() for flag in one.flags}
    assert mailbox.flags(number) == {flag.lower() for flag in one.flags} & kept


@verifies("RFC3501-6.3.11-10", refuted_by=rewrite(rb"\(MESSAGES 0\)", b"(MESSAGES 1)", of=rb"STATUS .*"))
def test_a_connection_cut_inside_a_message_stores_nothing(dial: ImapDial) -> None:
    """Drop the connection at generated places inside the literal, in order and by reset: the mailbox stays empty."""

    @batches(5)
    @given(st.sampled_from((1, 200, 70_000)), st.floats(0, 1), st.booleans(), st.booleans())
    def each(size: int, place: float, reset: bool, whole: bool) -> None:
        dial.begin_example()
        watching = dial.login()
        name = dial.create(watching)
        raw = compose(_body(size, 0)).raw
        session = dial.login(fresh=True)
        tag = session.begin("APPEND", astring(name), b"{%d}" % (len(raw) + (1 if whole else 0)))
        if not session.continues(tag):
            raise Inconclusive(Reason.PRECONDITION, "the literal is not asked for")
        session.send(raw if whole else raw[: int(place * (len(raw) - 1))])
        if reset:
            session.abort()
        else:
            session.close()
        watching.command("NOOP").ok()
        found = watching.command("STATUS", astring(name), "(MESSAGES)").ok().mailbox_status
        assert found == {b"MESSAGES": 0}
        watching.append(name, raw).ok()
        assert Mailbox(dial, watching, name).select().exists == 1

    each()


@verifies("RFC3501-6.3.11-10", refuted_by=rewrite(rb"\(MESSAGES 0\)", b"(MESSAGES 1)", of=rb"STATUS .*"))
def test_a_refused_append_stores_nothing(dial: ImapDial) -> None:
    """APPEND with a date that is none, and with a word behind the message: refused, and nothing is stored."""
    session = dial.login()
    name = dial.create(session)
    raw = compose(b"A message.\r\n").raw
    for words in ((quoted("32-Foo-2000 00:00:00 +0000"), Sync(raw)), (Sync(raw), "garbage")):
        if session.command("APPEND", astring(name), *words).is_ok:
            raise Inconclusive(Reason.PRECONDITION, "a malformed APPEND is granted")
        found = session.command("STATUS", astring(name), "(MESSAGES)").ok().mailbox_status
        assert found == {b"MESSAGES": 0}
