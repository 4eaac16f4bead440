"""RFC 5321 sections 6.3 and 6.4: loops, and messages that something is missing in."""

from __future__ import annotations

from conformance import Inconclusive, Reason, Sink, SmtpDial, alter, relay, say, verifies
from conformance.models.trace import fields, named, read_received

HOP = b"Received: from hop%d.example ([192.0.2.1]) by hop%d.example; 21 Nov 2026 12:00:00 +0000\r\n"
MANY = 98  # with the one that the server adds it is still below a hundred
ENDLESS = 500


@verifies("RFC5321-6.3-01", refuted_by=say(b"554 5.4.6 too many hops\r\n", of=rb"\."))
def test_a_message_that_has_come_a_long_way_is_no_loop(dial: SmtpDial) -> None:
    """Send a message with 98 Received lines to the mailbox: it is accepted, and it is what arrives."""
    trace = b"".join(HOP % (place, place + 1) for place in range(MANY))
    arrivals, specimen = dial.arrivals(), dial.specimen(headers=trace)
    assert dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw).positive
    assert any(specimen.same_as(message) for message in arrivals.wait(specimen.key))


@verifies("RFC5321-6.3-02", refuted_by=relay(rb"^(RCPT TO:<)behind-", rb"\1"))
def test_a_loop_ends(dial: SmtpDial, sink: Sink) -> None:
    """Send a message that has the server in five hundred Received lines: it is refused, or not handed on again.

    Messages before and behind it are handed on.
    """
    author, again, first, last = dial.at_sink("author"), dial.at_sink("again"), dial.specimen(), dial.specimen()
    session = dial.ready()
    session.transaction(author, dial.at_sink(), text=first.raw).ok()
    own = fields(sink.one(first.key).raw)[0]
    name, by = own.partition(b":")[0], read_received(own).value(b"by") or b"hop.example"
    loop = b"%b: from a by %b; 21 Nov 2026 12:00:00 +0000\r\n" % (name, by) * ENDLESS
    session.transaction(author, again, text=loop + dial.specimen().raw)
    session.transaction(author, f"behind-{again}", text=last.raw).ok()
    sink.one(last.key)
    assert not sink.mail_to(again, seconds=0.5)


@verifies("RFC5321-6.4-02", refuted_by=alter(rb"(?=Subject: )", b"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\n"))
def test_a_relay_adds_no_field_that_is_missing(dial: SmtpDial, sink: Sink) -> None:
    """Relay a message that has come from elsewhere without Date and Message-ID, to a bare name: so it comes to the sink.

    A server may add them for clients that it knows: ours has not the server's own address, and is relayed for nowhere else.
    """
    keeper = dial.at_sink()
    text = HOP % (1, 2) + b"From: <sender@mailconform.invalid>\r\nTo: someone\r\nSubject: no date\r\n\r\nHello.\r\n"
    with dial.dialler.as_stranger():
        session = dial.ready("smtp")
    session.mail(dial.at_sink("author")).ok()
    if session.rcpt(dial.foreign).code // 100 == 2:
        raise Inconclusive(Reason.AMBIGUOUS, "the server relays anywhere for this client, and so takes it for its own")
    session.command("RSET").ok()
    session.transaction(dial.at_sink("author"), keeper, text=text).ok()
    came = sink.mail_to(keeper)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
    found = fields(came[0].raw)
    assert named(b"Date", found) == []
    assert named(b"Message-ID", found) == []
    assert named(b"To", found) == [b"To: someone\r\n"]
