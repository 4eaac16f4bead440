"""RFC 5321 sections 4.4 and 6.1: whom a server tells of mail that it has accepted and cannot deliver, and of whom."""

from __future__ import annotations

from conformance import Inconclusive, Reason, Relayed, Sink, SmtpDial, alter, relay, say, verifies

REFUSAL = b"554 5.7.1 not wanted here\r\n"
HEADER_ONLY = b"sender@mailconform.invalid"
"""What From of every message here says."""


def refused(sink: Sink, *recipients: str) -> None:
    """Have the sink refuse these recipients."""
    for recipient in recipients:
        sink.reply(REFUSAL, to=rb"RCPT TO:<%b" % recipient.encode())


def notices(sink: Sink, author: str, count: int = 1) -> list[Relayed]:
    """The notices that come back; that one comes, and that the target has heard the refusal, are preconditions."""
    seen = sink.notices(author, count)
    if not seen:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")
    return seen


@verifies("RFC5321-4.4-16", "RFC5321-6.1-04", refuted_by=relay(rb"TO:<author", b"TO:<header"))
def test_a_notice_goes_to_the_reverse_path_alone(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a message at the sink whose header names others: the notice goes to the address of MAIL, and to no other."""
    author, stranger = dial.at_sink("author"), dial.at_sink("stranger")
    other = author.replace("author", "header")
    fields = b"".join(b"%b: <%b>\r\n" % (name, other.encode()) for name in (b"Sender", b"Reply-To", b"Errors-To"))
    refused(sink, stranger)
    dial.ready().transaction(author, stranger, text=dial.specimen(headers=fields).raw).ok()
    came = sink.notices(author)
    assert not sink.mail_to(other, seconds=0.2)
    assert not sink.mail_to(HEADER_ONLY.decode(), seconds=0)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")


@verifies("RFC5321-4.4-17", refuted_by=say(REFUSAL, of=rb"\."))
def test_a_message_that_fails_for_one_recipient_is_accepted(dial: SmtpDial, sink: Sink) -> None:
    """Send a message to a mailbox and to an address that the sink refuses: 250, a copy, and a notice."""
    author, stranger = dial.at_sink("author"), dial.at_sink("stranger")
    refused(sink, stranger)
    arrivals, specimen = dial.arrivals(), dial.specimen()
    answer = dial.ready().transaction(author, dial.address(), stranger, text=specimen.raw)
    came = (arrivals.wait(specimen.key), sink.notices(author))
    if not sink.has_said(REFUSAL):
        raise Inconclusive(Reason.PRECONDITION, "the target did not try to hand the message on in time")
    assert answer.positive
    assert all(came)


@verifies("RFC5321-4.4-18", refuted_by=alter(rb"\A.*?(first-[0-9a-z-]+@[^ >\r]+).*\Z", rb"\1"))
def test_one_notice_lists_all_that_failed(dial: SmtpDial, sink: Sink) -> None:
    """Refuse two recipients of one message at the sink: the notice names both."""
    author, first, second = dial.at_sink("author"), dial.at_sink("first"), dial.at_sink("second")
    refused(sink, first, second)
    dial.ready().transaction(author, first, second, text=dial.specimen().raw).ok()
    raw = notices(sink, author)[0].raw
    assert first.encode() in raw
    assert second.encode() in raw


@verifies("RFC5321-4.4-19", refuted_by=alter(rb"third-.*\Z", b""))
def test_each_recipient_that_failed_is_in_a_notice(dial: SmtpDial, sink: Sink) -> None:
    """Refuse three recipients of one message at the sink: the notices, one or several, name all of them."""
    author, lost = dial.at_sink("author"), [dial.at_sink(word) for word in ("first", "second", "third")]
    refused(sink, *lost)
    dial.ready().transaction(author, *lost, text=dial.specimen().raw).ok()
    missing = lost
    for count in range(1, 1 + len(lost)):
        said = b"".join(notice.raw for notice in notices(sink, author, count))
        missing = [recipient for recipient in lost if recipient.encode() not in said]
        if not missing:
            break
    assert not missing


@verifies("RFC5321-6.1-06", refuted_by=relay(rb"TO:<author", b"TO:<@a.example,@b.example:author"))
def test_a_notice_leaves_out_the_source_route(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a message from <@a,@b:author> at the sink: the notice goes to <author>."""
    author, stranger = dial.at_sink("author"), dial.at_sink("stranger")
    refused(sink, stranger)
    dial.ready().transaction(f"@a.example,@b.example:{author}", stranger, text=dial.specimen().raw).ok()
    lines = sink.lines(rb"RCPT TO:.*%b" % author.encode())
    if not lines:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")
    assert lines[0].lower().startswith(b"rcpt to:<%b>" % author.encode())
