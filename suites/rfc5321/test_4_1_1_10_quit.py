"""RFC 5321 section 4.1.1.10: QUIT, and connections that end without it."""

from __future__ import annotations

from conformance import Sink, Smtp, SmtpDial, at_close, hang_up, say, verifies


@verifies("RFC5321-4.1.1.10-01", refuted_by=say(b"250 2.0.0 Bye\r\n", of=rb"QUIT"))
def test_quit_is_answered_221_and_the_connection_closed(smtp: Smtp) -> None:
    """QUIT behind EHLO: 221, then the server closes."""
    assert smtp.command("QUIT").says(221)
    assert smtp.closes()


@verifies("RFC5321-4.1.1.10-02", refuted_by=hang_up(of=rb"MAIL FROM:", saying=b"501 5.5.4 Syntax error\r\n"))
def test_an_error_does_not_close_the_connection(dial: SmtpDial, smtp: Smtp) -> None:
    """An unknown command, a MAIL without path and a RCPT without MAIL: then NOOP is answered 250."""
    for line in ("XMAILCONFORM", "MAIL FROM:", f"RCPT TO:<{dial.address()}>"):
        smtp.command(line)
    assert smtp.command("NOOP").says(250)


@verifies("RFC5321-4.1.1.10-03", refuted_by=at_close(b"\r\n.\r\n", of=rb"DATA"))
def test_a_lost_connection_cancels_the_open_transaction_only(dial: SmtpDial, smtp: Smtp) -> None:
    """Send a message, then half of one and drop the connection: the first arrives, the second does not.

    A third message, sent behind them, is the sign that the second has had its time.
    """
    arrivals = dial.arrivals()
    first, second, third = dial.specimen(), dial.specimen(), dial.specimen()
    smtp.transaction(dial.sender, dial.address(), text=first.raw).ok()
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    smtp.command("DATA").ok()
    smtp.send(second.raw)
    smtp.close()
    dial.ready().transaction(dial.sender, dial.address(), text=third.raw).ok()
    arrivals.one(third.key)
    assert arrivals.wait(first.key)
    assert not arrivals.wait(second.key, seconds=0.3)


@verifies("RFC5321-4.1.1.10-04", refuted_by=say(b"503 5.5.1 A transaction is open\r\n", of=rb"QUIT"))
def test_quit_aborts_a_transaction(dial: SmtpDial, smtp: Smtp, sink: Sink) -> None:
    """MAIL, RCPT for a recipient at the sink, QUIT: 221; no mail for it comes there, though a later message does."""
    recipient, later = dial.at_sink("aborted"), dial.specimen()
    smtp.mail(dial.sender).ok()
    smtp.rcpt(recipient).ok()
    assert smtp.command("QUIT").says(221)
    dial.ready().transaction(dial.sender, dial.at_sink(), text=later.raw).ok()
    sink.one(later.key)
    assert not sink.mail_to(recipient, seconds=0.3)


@verifies("RFC5321-4.1.1.10-05", refuted_by=say(b"503 5.5.1 Say EHLO first\r\n", of=rb"QUIT"))
def test_quit_is_accepted_as_the_first_command(dial: SmtpDial) -> None:
    """QUIT behind the greeting: 221."""
    session = dial.smtp()
    session.greeting.ok()
    assert session.command("QUIT").says(221)
