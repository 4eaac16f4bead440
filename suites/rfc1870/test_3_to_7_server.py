"""RFC 1870 sections 3 to 7: SIZE as a server takes it."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, NotSupported, Reason, SmtpDial, alter, forward, needs, rewrite, say, verifies
from conformance.delivery import Specimen
from conformance.sessions.smtp import Answer

pytestmark = needs("SIZE")
LARGEST_SENT = 40_000_000
"""Octets: a larger message is not sent for a test."""
SLACK = 4096
"""Octets that a server may add to a message (RFC 5321 section 4.4) and count."""
TOO_LARGE = b"552 5.3.4 Message too big\r\n"


def limit(dial: SmtpDial) -> int:
    """The fixed maximum that EHLO gives; NotSupported if there is none."""
    parameters = dial.keyword("SIZE")
    if not parameters or not parameters[0].isdigit() or not int(parameters[0]):
        raise NotSupported("no fixed maximum is announced")
    return int(parameters[0])


def sendable(dial: SmtpDial) -> int:
    """The fixed maximum; Inconclusive if a message of that size would take too long."""
    maximum = limit(dial)
    if not 65_536 <= maximum <= LARGEST_SENT:
        why = f"the fixed maximum is {maximum}: 65536 to {LARGEST_SENT} octets are tested, set it so"
        raise Inconclusive(Reason.NOT_SET_UP, why)
    return maximum


def short_line(maximum: int) -> bytes:
    """A line of which so many fit into the maximum that one octet in each is more than SLACK."""
    return b"x" * (62 if maximum > 1_000_000 else 6)


def of_size(dial: SmtpDial, size: int, line: bytes) -> Specimen:
    """A message of so many octets, CRLF included, its body made of one line again and again."""
    empty = dial.specimen(b"")
    left = size - len(empty.raw)
    whole, rest = divmod(left, len(line) + 2)
    body = (line + b"\r\n") * (whole - 1)
    last = len(line) + 2 + rest
    return Specimen(empty.raw + body + b"x" * (last - 2) + b"\r\n", empty.key)


def offered(dial: SmtpDial, specimen: Specimen, *parameters: str) -> Answer:
    """Send a message to a mailbox, and take it away again if it is accepted."""
    arrivals, session = dial.arrivals(), dial.ready()
    session.mail(dial.sender, *parameters).ok()
    session.rcpt(dial.address()).ok()
    answer = session.data(specimen.raw)
    if answer.ending:
        raise Inconclusive(Reason.CONNECTION_LOST, f"instead of an answer to the mail data: {answer.ending}")
    if answer.code // 100 == 2:
        arrivals.wait(specimen.key)
    return answer


@verifies("RFC1870-3-01", refuted_by=rewrite(rb"SIZE.*", b"SIZE 10M", of=rb"EHLO .*"))
def test_the_size_keyword_has_a_number_or_nothing_behind_it(dial: SmtpDial) -> None:
    """EHLO: SIZE, or SIZE and one decimal number."""
    parameters = dial.keyword("SIZE")
    assert len(parameters) <= 1
    assert all(parameter.isascii() and parameter.isdigit() for parameter in parameters)


@verifies("RFC1870-4-02", refuted_by=say(b"555 5.5.4 SIZE?\r\n", of=rb"MAIL .* SIZE=.*"))
def test_mail_with_a_size_is_accepted(dial: SmtpDial) -> None:
    """MAIL without SIZE, RSET, MAIL with SIZE=100: accepted like the first."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, "SIZE=100").positive


@verifies("RFC1870-3-03", refuted_by=say(b"501 5.5.4 SIZE?\r\n", of=rb"MAIL .* SIZE=\d{20}"))
def test_a_size_of_twenty_digits_is_accepted(dial: SmtpDial) -> None:
    """SIZE= with 100 in twenty digits, zeros in front: accepted like MAIL without it."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, f"SIZE={100:020d}").positive


@verifies("RFC1870-3-05", refuted_by=forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>) SIZE.*"))
@pytest.mark.parametrize(
    "value", ["=abc", "=", "=-1", "=1k", ""], ids=["letters", "empty", "negative", "unit", "no-value"]
)
def test_a_size_that_is_no_number_is_refused(dial: SmtpDial, value: str) -> None:
    """MAIL with a SIZE that is not one to twenty digits: 5yz."""
    assert dial.ready().mail(dial.sender, f"SIZE{value}").refused


@verifies("RFC1870-6.1-01", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .* SIZE=.*"))
def test_a_declared_size_above_the_maximum_is_refused(dial: SmtpDial) -> None:
    """MAIL with SIZE= one above the fixed maximum: 5yz."""
    assert dial.ready().mail(dial.sender, f"SIZE={limit(dial) + 1}").refused


@verifies("RFC1870-7-01", refuted_by=say(b"501 5.5.4 SIZE?\r\n", of=rb"MAIL .* SIZE=.*"))
def test_a_declared_size_above_the_maximum_is_refused_with_552(dial: SmtpDial) -> None:
    """MAIL with SIZE= far above the fixed maximum: if it is refused, with 552."""
    answer = dial.ready().mail(dial.sender, f"SIZE={limit(dial) * 10}")
    if answer.positive:
        raise Inconclusive(Reason.PRECONDITION, "it is not refused")
    assert answer.says(552)


@verifies(
    "RFC1870-3-02", refuted_by=rewrite(rb"SIZE.*", b"SIZE 0", of=rb"EHLO .*") | say(TOO_LARGE, of=rb"MAIL .* SIZE=.*")
)
def test_a_maximum_of_zero_is_none(dial: SmtpDial) -> None:
    """SIZE 0 is announced: MAIL with SIZE=1000000000 is not refused as above a fixed maximum."""
    if dial.keyword("SIZE") != ("0",):
        raise NotSupported("SIZE 0 is not announced")
    assert not dial.ready().mail(dial.sender, "SIZE=1000000000").says(552)


@verifies(
    "RFC1870-7-02",
    refuted_by=rewrite(rb"SIZE.*", b"SIZE", of=rb"EHLO .*") | say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .* SIZE=.*"),
)
def test_a_size_beyond_all_resources_is_not_accepted(dial: SmtpDial) -> None:
    """SIZE is announced without a number: MAIL with SIZE=99999999999999999999, more than any disk holds, is not accepted."""
    if dial.keyword("SIZE"):
        raise NotSupported("SIZE is announced with a number")
    assert dial.ready().mail(dial.sender, "SIZE=" + "9" * 20).code // 100 != 2


@verifies("RFC1870-4-01", "RFC1870-3-02", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"\."))
def test_a_message_above_the_maximum_is_refused(dial: SmtpDial) -> None:
    """Send a message an eighth larger than the fixed maximum, no size declared: 5yz."""
    maximum = sendable(dial)
    assert offered(dial, of_size(dial, maximum + maximum // 8, b"x" * 990)).refused


@verifies("RFC1870-5-01", refuted_by=say(TOO_LARGE, of=rb"\."))
def test_doubled_dots_do_not_count(dial: SmtpDial) -> None:
    """Send lines that begin with dots, in all less than the fixed maximum without the doubled dots, and more with them: accepted."""
    maximum = sendable(dial)
    line = b"." + short_line(maximum)[1:]
    assert offered(dial, of_size(dial, maximum - SLACK, line)).positive


@verifies("RFC1870-5-01", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"\."))
def test_line_ends_count_as_two_octets(dial: SmtpDial) -> None:
    """Send short lines that pass the fixed maximum only if CR and LF count both: 5yz."""
    maximum = sendable(dial)
    assert offered(dial, of_size(dial, maximum + SLACK, short_line(maximum))).refused


@verifies("RFC1870-6-02", refuted_by=alter(rb"(\r\n\r\n.{10}).*", rb"\1"))
@pytest.mark.parametrize("declared", [10, 1_000])
def test_the_declared_size_does_not_end_the_message(dial: SmtpDial, declared: int) -> None:
    """Declare 10 or 1000 octets and send some 500: the message ends at the dot, and arrives whole (or, being larger, is refused)."""
    arrivals, session, specimen = dial.arrivals(), dial.ready(), dial.specimen(b"sixteen octets\r\n" * 20)
    session.mail(dial.sender, f"SIZE={declared}").ok()
    session.rcpt(dial.address()).ok()
    answer = session.data(specimen.raw)
    session.command("NOOP").ok()
    if declared < len(specimen.raw) and answer.refused:
        return
    answer.ok()
    assert [raw.partition(b"\r\n\r\n")[2] for raw in arrivals.wait(specimen.key)] == [specimen.body]


@verifies("RFC1870-6.1-03", refuted_by=say(TOO_LARGE, of=rb"\."))
def test_a_message_larger_than_declared_is_accepted(dial: SmtpDial) -> None:
    """Declare one octet and send five thousand: accepted."""
    assert offered(dial, of_size(dial, 5_000, b"x" * 60), "SIZE=1").positive


@verifies("RFC1870-6.3-01", refuted_by=say(TOO_LARGE, of=rb"\."))
def test_a_message_of_the_declared_size_is_not_refused_as_too_large(dial: SmtpDial) -> None:
    """Declare five thousand octets, which is accepted, and send as many: not 552."""
    assert not offered(dial, of_size(dial, 5_000, b"x" * 60), "SIZE=5000").says(552)


@verifies("RFC1870-6.3-01", refuted_by=say(TOO_LARGE, of=rb"\."))
def test_a_message_of_the_maximum_size_is_not_refused_as_too_large(dial: SmtpDial) -> None:
    """Declare the fixed maximum, which is accepted, and send as many octets: not 552."""
    maximum = sendable(dial)
    assert not offered(dial, of_size(dial, maximum, b"x" * 990), f"SIZE={maximum}").says(552)
