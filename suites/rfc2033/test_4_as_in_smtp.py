"""RFC 2033 section 4: what the text does not change is as in SMTP."""

from __future__ import annotations

from conformance import Smtp, SmtpDial, alter, say, verifies


@verifies("RFC2033-4-01", refuted_by=say(b"550 5.7.1 no sender\r\n", of=rb"MAIL FROM:<>"))
def test_a_null_reverse_path_is_accepted(lmtp: Smtp) -> None:
    """MAIL FROM:<>, as notices come with (RFC 5321 section 4.5.5): 250."""
    assert lmtp.mail("").positive


@verifies("RFC2033-4-01", refuted_by=say(b"250 2.1.5 Ok\r\n", of=rb"RCPT .*"))
def test_rset_ends_the_transaction(dial: SmtpDial, lmtp: Smtp) -> None:
    """MAIL, RCPT, RSET: RCPT is refused (RFC 5321 section 4.1.1.5)."""
    lmtp.mail(dial.sender).ok()
    lmtp.rcpt(dial.address()).ok()
    lmtp.command("RSET").ok()
    assert lmtp.rcpt(dial.address()).refused


@verifies("RFC2033-4-01", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"XMAILCONFORM"))
def test_an_unknown_command_is_refused(lmtp: Smtp) -> None:
    """A command that nobody knows: 5yz (RFC 5321 section 4.2.4), and NOOP is answered behind it."""
    assert lmtp.command("XMAILCONFORM").refused
    assert lmtp.command("NOOP").code == 250


@verifies("RFC2033-4-01", refuted_by=alter(rb"\r\n\.", b"\r\n.."))
def test_doubled_dots_are_delivered_as_single_ones(dial: SmtpDial, lmtp: Smtp) -> None:
    """Lines that begin with dots, stuffed: they come as they were (RFC 5321 section 4.5.2)."""
    arrivals, specimen = dial.arrivals(), dial.specimen(b".\r\n..\r\n.dot\r\nend\r\n")
    lmtp.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    assert [specimen.same_as(raw) for raw in arrivals.wait(specimen.key)] == [True]


@verifies("RFC2033-4-01", refuted_by=say(b"503 5.5.1 one is enough\r\n", of=rb"MAIL .*", after=1))
def test_a_second_message_goes_by_the_same_connection(dial: SmtpDial, lmtp: Smtp) -> None:
    """A message, then MAIL and RCPT again: accepted, since the end of the data ends the transaction (RFC 5321 section 4.1.1.4)."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    lmtp.transaction(dial.sender, dial.address(), text=specimen.raw).ok()
    arrivals.wait(specimen.key)
    assert lmtp.mail(dial.sender).positive
    assert lmtp.rcpt(dial.address()).positive
