"""RFC 5321 section 4.1.1.4: DATA."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, alter, repeat, say, verifies

ASCII = bytes(octet for octet in range(1, 128) if octet not in b"\r\n")


@verifies("RFC5321-4.1.1.4-01", refuted_by=alter(rb"\x07", b""))
def test_every_ascii_character_arrives(dial: SmtpDial, smtp: Smtp) -> None:
    """Send a line of each of the octets 1 to 127 but CR and LF: the line arrives as it was (NUL is left out)."""
    arrivals, specimen = dial.arrivals(), dial.specimen(b"first\r\n" + ASCII + b"\r\nlast\r\n")
    smtp.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    assert arrivals.one(specimen.key).partition(b"\r\n\r\n")[2] == specimen.body


@verifies("RFC5321-4.1.1.4-02", refuted_by=alter(rb"\Z", b"\r\n"))
def test_no_empty_line_is_added_to_a_message(dial: SmtpDial, smtp: Smtp) -> None:
    """Send a body of one line: it arrives with nothing behind its line."""
    arrivals, specimen = dial.arrivals(), dial.specimen(b"the only line\r\n")
    smtp.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    assert arrivals.one(specimen.key).endswith(b"\r\n\r\nthe only line\r\n")


@verifies("RFC5321-4.1.1.4-06", refuted_by=say(b"250 2.1.5 Ok\r\n", of=rb"RCPT .*"))
def test_the_end_of_data_clears_the_buffers(dial: SmtpDial, smtp: Smtp) -> None:
    """Behind an accepted message RCPT without MAIL is refused."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    smtp.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    arrivals.one(specimen.key)
    assert smtp.rcpt(dial.address()).refused


@verifies("RFC5321-4.1.1.4-07", refuted_by=repeat(of=rb"\."))
def test_the_end_of_data_is_answered_once_whatever_the_number_of_recipients(dial: SmtpDial, smtp: Smtp) -> None:
    """A message for two recipients: one reply behind the dot."""
    arrivals, specimen = [dial.arrivals(), dial.arrivals(1)], dial.specimen()
    smtp.transaction(dial.sender, dial.address(), dial.address(1), text=specimen.raw).ok()
    alone = smtp.nothing_follows()
    for box in arrivals:
        box.wait(specimen.key)
    assert alone


@verifies("RFC5321-4.1.1.4-10", refuted_by=repeat(of=rb"\."))
def test_mail_data_without_a_header_are_answered_once(dial: SmtpDial, smtp: Smtp) -> None:
    """DATA and a line that is no header field: accepted or refused, one reply, and NOOP works."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    said = smtp.transaction(dial.sender, dial.address(), text=b"%b is no field\r\n" % specimen.key)
    alone, next_one = smtp.nothing_follows(), smtp.command("NOOP")
    if said.code == 250:
        arrivals.wait(specimen.key)
    assert alone
    assert next_one.says(250)


@verifies("RFC5321-4.1.1.4-10", refuted_by=repeat(of=rb"\."))
@pytest.mark.usefixtures("sink")
def test_empty_mail_data_are_answered_once(dial: SmtpDial, smtp: Smtp) -> None:
    """DATA and the dot at once, for a recipient at the sink: accepted or refused, one reply, and NOOP works."""
    smtp.transaction(dial.sender, dial.at_sink(), text=b"")
    assert smtp.nothing_follows()
    assert smtp.command("NOOP").says(250)
