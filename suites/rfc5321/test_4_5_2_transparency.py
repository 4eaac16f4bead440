"""RFC 5321 section 4.5.2: all of the text arrives as it was, whatever its lines look like."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Sink, SmtpDial, Specimen, alter, verifies
from conformance.strategies.messages import first_difference
from conformance.wire import framing

DOTS = b".\r\n..\r\n...dots\r\n.a\r\nlast\r\n"
CONTROLS = b"".join(b"<%c>" % octet for octet in (*range(1, 10), 11, 12, *range(14, 32), 127))
MARKED = b"all: " + CONTROLS + b"\r\n\x0c\r\n \x08\x08 \r\n\ttab\t\r\nend\r\n"
STORED = (
    b"From here on\r\n>From there\r\n>>From both\r\n\r\nFrom sender@mailconform.invalid Sat Nov 21 12:00:00 2026\r\n"
    b"trailing blanks   \r\n \r\n\t\r\n" + b"x" * 998 + b"\r\n=20=\r\n\r\n\r\nend\r\n"
)


def body_of(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[2]


def to_the_mailbox(dial: SmtpDial, specimen: Specimen, wire: bytes) -> bytes:
    """Send mail data as they are to the mailbox; returns the body that arrives."""
    arrivals, session = dial.arrivals(), dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    session.command("DATA").ok()
    session.content(wire).ok()
    return body_of(arrivals.one(specimen.key))


@verifies("RFC5321-4.5.2-01", refuted_by=alter(rb"\r\n\.\r\n", b"\r\n"))
def test_a_dot_that_begins_a_line_arrives(dial: SmtpDial) -> None:
    """Send lines that begin with dots, stuffed: they arrive in the mailbox as they were."""
    specimen = dial.specimen(DOTS)
    assert to_the_mailbox(dial, specimen, framing.stuff(specimen.raw)) == DOTS


@verifies("RFC5321-4.5.2-01", refuted_by=alter(rb"\r\nabc", b"\r\n.abc"))
def test_the_first_dot_of_a_line_is_taken_away(dial: SmtpDial) -> None:
    """Send lines with a dot in front that no client has put there, ".abc", ". ": they arrive without that dot."""
    specimen = dial.specimen(b".abc\r\n. x\r\n.\t.\r\n..\r\nend\r\n")
    assert to_the_mailbox(dial, specimen, specimen.raw + b".\r\n") == b"abc\r\n x\r\n\t.\r\n.\r\nend\r\n"


@verifies("RFC5321-4.5.2-02", refuted_by=alter(rb"\r\n \r\n.*", b"\r\n"))
@pytest.mark.parametrize("line", [b". ", b".\t", b".\x0b", b". .", b".."], ids=["space", "tab", "vt", "two", "stuffed"])
def test_a_line_of_more_than_a_dot_does_not_end_the_data(dial: SmtpDial, line: bytes) -> None:
    """Send a line of a dot and a space, a tab or another dot, and lines behind it: those arrive too."""
    specimen = dial.specimen(b"before\r\n \r\n" + line + b"\r\nbehind\r\n")
    assert to_the_mailbox(dial, specimen, specimen.raw + b".\r\n") == b"before\r\n \r\n" + line[1:] + b"\r\nbehind\r\n"


@verifies("RFC5321-4.5.2-03", refuted_by=alter(rb"\r\n\.\r\n", b"\r\n"))
def test_a_dot_that_begins_a_line_is_relayed(dial: SmtpDial, sink: Sink) -> None:
    """Send lines that begin with dots to the sink: they come as they were."""
    specimen = dial.specimen(DOTS)
    dial.ready().transaction(dial.sender, dial.at_sink(), text=specimen.raw).ok()
    assert body_of(sink.one(specimen.key).raw) == DOTS


@verifies("RFC5321-4.5.2-04", refuted_by=alter(rb"<\x0b>", b"<>"))
def test_control_characters_arrive(dial: SmtpDial) -> None:
    """Send all of US-ASCII below 32, and 127, but for NUL, CR and LF: the same octets arrive in the mailbox."""
    specimen = dial.specimen(MARKED)
    found = to_the_mailbox(dial, specimen, specimen.raw + b".\r\n")
    assert found == MARKED, first_difference(MARKED, found)


@verifies("RFC5321-4.5.2-04", refuted_by=alter(rb"<\x0b>", b"<>"))
def test_control_characters_are_relayed(dial: SmtpDial, sink: Sink) -> None:
    """Send all of US-ASCII below 32, and 127, but for NUL, CR and LF: the same octets come to the sink."""
    specimen = dial.specimen(MARKED)
    dial.ready().transaction(dial.sender, dial.at_sink(), text=specimen.raw).ok()
    found = body_of(sink.one(specimen.key).raw)
    assert found == MARKED, first_difference(MARKED, found)


@verifies("RFC5321-4.5.2-04", refuted_by=alter(rb"<\0>", b"<>"))
def test_nul_is_relayed_where_it_is_accepted(dial: SmtpDial, sink: Sink) -> None:
    """Send NUL in lines to the sink: unless it is refused, the same octets come."""
    specimen = dial.specimen(b"nul: <\0>\r\n\0\r\nend\r\n")
    if dial.ready().transaction(dial.sender, dial.at_sink(), text=specimen.raw).refused:
        raise NotSupported("it is refused, and what is refused is not altered")
    found = body_of(sink.one(specimen.key).raw)
    assert found == specimen.body, first_difference(specimen.body, found)


@verifies("RFC5321-4.5.2-05", refuted_by=alter(rb"\r\n>From", b"\r\nFrom"))
def test_what_storage_may_trip_over_arrives(dial: SmtpDial) -> None:
    """Send "From " lines, trailing blanks, a line of 998 octets, blank lines at the end: the same octets arrive."""
    specimen = dial.specimen(STORED)
    found = to_the_mailbox(dial, specimen, specimen.raw + b".\r\n")
    assert found == STORED, first_difference(STORED, found)


@verifies("RFC5321-4.5.2-06", refuted_by=alter(rb"\r\n\.\.a\r\n", b"\r\n.a\r\n"))
def test_dots_are_stuffed_where_they_begin_a_line_and_nowhere_else(dial: SmtpDial, sink: Sink) -> None:
    """Send lines with dots in front, in the middle and behind to the sink: the octets on the wire have one more dot each."""
    specimen = dial.specimen(DOTS + b"a.\r\n .\r\na.b..\r\n\r\n.\r\n")
    dial.ready().transaction(dial.sender, dial.at_sink(), text=specimen.raw).ok()
    relayed = sink.one(specimen.key)
    assert body_of(relayed.wire) == framing.stuff(specimen.body)
