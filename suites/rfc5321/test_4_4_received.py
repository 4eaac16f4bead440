"""RFC 5321 section 4.4: the time stamp line that a server puts on top of what it receives."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from conformance import Inconclusive, NotSupported, Reason, Smtp, SmtpDial, Specimen, alter, verifies
from conformance.models.sent_dates import date_time
from conformance.models.trace import (
    LINKS,
    PROTOCOLS,
    REGISTERED,
    Received,
    added,
    fields,
    named,
    read_received,
    without_comments,
)

EARLIER = b"".join(
    b"Received: from %b.example ([192.0.2.%d])\r\n\tby  hop.example (odd  comment)  with SMTP ;\r\n  21 Nov 2026 12:00:0%d +0100\r\n"
    % (name, place, place)
    for place, name in enumerate((b"one", b"two", b"three"), 1)
)
BETWEEN = b"X-Between: 1\r\nReceived: from four.example by hop.example; 21 Nov 2026 11:00:00 +0100\r\nX-Behind: 1\r\n"
everywhere = pytest.mark.parametrize("place", ["delivered", "relayed"])


def arrive(
    dial: SmtpDial,
    place: str,
    *,
    before: bytes = b"",
    headers: bytes = b"",
    opened: Callable[[SmtpDial], Smtp] | None = None,
    second: bool = False,
) -> tuple[bytes, bytes]:
    """Send a message to the mailbox or on to the sink; returns it as sent and as it arrived."""
    specimen = dial.specimen(headers=headers)
    sent = Specimen(before + specimen.raw, specimen.key)
    session = opened(dial) if opened else dial.ready()
    if place == "relayed":
        sink, ways = dial.sink(), [dial.at_sink() for _ in range(1 + second)]
        session.transaction(dial.sender, *ways, text=sent.raw).ok()
        return sent.raw, sink.one(sent.key).raw
    arrivals = [dial.arrivals(number) for number in range(1 + second)]
    session.transaction(dial.sender, *[dial.address(number) for number in range(1 + second)], text=sent.raw).ok()
    copies = [box.one(sent.key) for box in arrivals]
    return sent.raw, copies[0]


def new_lines(dial: SmtpDial, place: str, *, second: bool = False) -> list[bytes]:
    """The Received lines that the server has put on a message; that there are any is a precondition."""
    sent, arrived = arrive(dial, place, second=second)
    return demanded(named(b"Received", added(arrived, sent)))


def demanded(lines: list[bytes]) -> list[bytes]:
    if not lines:
        raise Inconclusive(Reason.PRECONDITION, "the server has added no Received line")
    return lines


def stamp(dial: SmtpDial, place: str) -> Received:
    """The line that was written when the message came from us: the lowest, where it went through several programs."""
    return read_received(new_lines(dial, place)[-1])


@verifies("RFC5321-4.4-01", refuted_by=alter(rb"Received: [^\r]*\r\n(?:[ \t][^\r]*\r\n)*", b""))
@everywhere
def test_a_received_line_is_put_on_top(dial: SmtpDial, place: str) -> None:
    """Send a message: a Received line stands in front of every field that was sent."""
    sent, arrived = arrive(dial, place)
    assert named(b"Received", added(arrived, sent))


@verifies("RFC5321-4.4-02", refuted_by=alter(rb"(Received:\s+)from \S+\s", rb"\1"))
@everywhere
def test_received_says_from_whom(dial: SmtpDial, place: str) -> None:
    """Send a message: the new line begins with a FROM clause."""
    assert not stamp(dial, place).wrong("From-domain")


@verifies("RFC5321-4.4-03", refuted_by=alter(rb"\[(?:IPv6:)?[0-9A-Fa-f:.]+\]", b"[somewhere]"))
@everywhere
def test_received_shows_the_name_and_the_address_of_the_client(dial: SmtpDial, place: str) -> None:
    """Send a message: what stands in front of BY holds the name given in EHLO and an address literal."""
    session = dial.ready()
    sent, arrived = arrive(dial, place, opened=lambda _: session)
    source = read_received(demanded(named(b"Received", added(arrived, sent)))[-1]).source
    assert session.client.lower() in source.lower()
    assert re.search(rb"\[(?:IPv6:)?[0-9A-F:.]+\]", source, re.IGNORECASE)


@verifies("RFC5321-4.4-04", refuted_by=alter(rb"(Received:[^;]*);", rb"\1 for <a@b.example>,<c@d.example>;"))
@everywhere
def test_received_names_at_most_one_recipient(dial: SmtpDial, place: str) -> None:
    """Send a message to two recipients: at most one path in the FOR clause of each new line."""
    for line in new_lines(dial, place, second=True):
        clauses = without_comments(line).rpartition(b";")[0]
        assert b"".join(re.split(rb"\sfor\s", clauses, flags=re.IGNORECASE)[1:]).count(b"@") <= 1


@verifies("RFC5321-4.4-05", refuted_by=alter(rb"\(odd  comment\)", b"(odd comment)"))
@everywhere
def test_earlier_received_lines_are_left_as_they_are(dial: SmtpDial, place: str) -> None:
    """Send a message with three Received lines, oddly folded: the same octets arrive."""
    _, arrived = arrive(dial, place, before=EARLIER)
    assert [line for line in fields(arrived) if line in fields(EARLIER)] == fields(EARLIER)


@verifies("RFC5321-4.4-06", refuted_by=alter(rb"(X-Between: 1\r\n)(Received:[^\r]*\r\n)", rb"\2\1"))
@everywhere
def test_received_lines_keep_their_places(dial: SmtpDial, place: str) -> None:
    """Send Received lines on top and between other fields: their order stays, and new ones stand above all of them."""
    _, arrived = arrive(dial, place, before=EARLIER, headers=BETWEEN)
    marks = fields(EARLIER + BETWEEN)
    found = [line for line in fields(arrived) if line in marks or named(b"Received", [line])]
    theirs = [line for line in found if line in marks]
    assert theirs == [line for line in marks if line in theirs]
    assert found[len(found) - len(theirs) :] == theirs


@verifies("RFC5321-4.4-07", refuted_by=alter(rb"(Received:[^;]*;\s[^\r]*?) [+-]\d{4}", rb"\1 GMT"))
@everywhere
def test_received_gives_its_zone_in_digits(dial: SmtpDial, place: str) -> None:
    """Send a message: behind the time in the new line stands an offset like -0800."""
    assert re.search(rb"\d[ \t]+[+-]\d{4}(?!\d)", without_comments(stamp(dial, place).date))


@verifies("RFC5321-4.4-09", refuted_by=alter(rb"(Received:[^;]*;\s[^\r]*? [+-]\d{4})", rb"\1 UTC"))
@everywhere
def test_received_has_zone_names_in_comments_only(dial: SmtpDial, place: str) -> None:
    """Send a message: no letters stand behind the time in the new line, comments left out."""
    assert not re.search(rb":\d\d.*[A-Za-z]", without_comments(stamp(dial, place).date))


@verifies("RFC5321-F.5-01", refuted_by=alter(rb"(Received:[^;]*;\s[^\r]*?) 20(\d\d) ", rb"\1 \2 "))
@everywhere
def test_the_year_in_received_has_four_digits(dial: SmtpDial, place: str) -> None:
    """Send a message: the year in the date of the new line has four digits."""
    assert re.search(rb"[A-Za-z]{3}[ \t]+\d{4}(?!\d)", without_comments(stamp(dial, place).date))


@verifies("RFC5321-4.4-24", refuted_by=alter(rb"(Received:[^;]*;\s[^\r]*?) 20(\d\d) ", rb"\1 \2 "))
@everywhere
def test_received_has_no_obsolete_date(dial: SmtpDial, place: str) -> None:
    """Send a message: the date of the new line is a date-time without its obsolete forms."""
    assert not stamp(dial, place).wrong("date-time")


@verifies("RFC5321-4.4-27", refuted_by=alter(rb"(Received:[^;]*;\s[^\r]*?) 20\d\d ", rb"\1 1999 "))
@everywhere
def test_received_tells_the_time(dial: SmtpDial, place: str) -> None:
    """Send a message: the date of the new line is at most a day away from ours."""
    text = without_comments(stamp(dial, place).date).strip().decode("latin-1")
    moment = date_time(text)
    assert moment is not None, text
    assert abs(moment - dt.datetime.now(dt.UTC)) < dt.timedelta(days=1)


@verifies("RFC5321-4.4-21", refuted_by=alter(rb"(Received:[^;]*);", rb"\1"))
@everywhere
def test_received_keeps_its_grammar(dial: SmtpDial, place: str) -> None:
    """Send a message: the new line is a Time-stamp-line; FROM, BY and the date are looked at elsewhere."""
    elsewhere = ("From-domain", "By-domain", "date-time")
    assert [v for v in stamp(dial, place).violations if v.rule not in elsewhere] == []


@verifies("RFC5321-4.4-22", refuted_by=alter(rb"(Received:[^;]*?\s)by ", rb"\1at "))
@everywhere
def test_received_says_by_whom(dial: SmtpDial, place: str) -> None:
    """Send a message: the new line has a BY clause with a domain or an address literal."""
    assert not stamp(dial, place).wrong("By-domain")


def said_helo(dial: SmtpDial) -> Smtp:
    session = dial.smtp("smtp")
    session.greeting.ok()
    session.command("HELO", session.client).ok()
    return session


@verifies("RFC5321-4.4-23", refuted_by=alter(rb"(Received:[^;]*?\swith )\w+", rb"\1ESMTPSA"))
@pytest.mark.parametrize(
    ("opened", "truth"),
    [
        (said_helo, rb"SMTP"),
        (lambda dial: dial.ready("smtp"), rb"(E|UTF8)?SMTP"),
        (SmtpDial.secured, rb"(E|UTF8)?SMTPS?"),
    ],
    ids=["helo", "ehlo", "tls"],
)
def test_received_claims_no_protocol_that_was_not_spoken(
    dial: SmtpDial, opened: Callable[[SmtpDial], Smtp], truth: bytes
) -> None:
    """Send a message behind HELO, EHLO, STARTTLS: WITH tells of no EHLO, TLS or AUTH that there was not (RFC 3848)."""
    sent, arrived = arrive(dial, "delivered", opened=opened)
    value = read_received(demanded(named(b"Received", added(arrived, sent)))[-1]).value(b"with")
    if value is None:
        raise NotSupported("the Received line has no WITH clause")
    assert value.upper() not in PROTOCOLS or re.fullmatch(truth, value.upper())


@verifies("RFC5321-4.4-25", refuted_by=alter(rb"(Received:[^;]*?\swith )\w+", rb"\1XSMTP"))
@everywhere
def test_received_uses_registered_names(dial: SmtpDial, place: str) -> None:
    """Send a message: the clauses of the new line, its protocol and its link have names that IANA lists."""
    read = stamp(dial, place)
    assert {name for name, _ in read.clauses} <= REGISTERED
    assert {value.upper() for name, value in read.clauses if name == b"with"} <= PROTOCOLS
    assert {value.upper() for name, value in read.clauses if name == b"via"} <= LINKS
