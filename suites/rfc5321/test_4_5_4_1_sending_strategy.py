"""RFC 5321 sections 3.8, 4.2.5, 4.5.3.1 and 4.5.4.1: what is tried again, what is not, and how often.

A queue may wait longer than the target file allows for; then nothing is said of it.
"""

from __future__ import annotations

from conformance import (
    HangUp,
    Inconclusive,
    Reason,
    Sink,
    SmtpDial,
    Specimen,
    at_close,
    duplicate,
    lose,
    relay,
    say,
    verifies,
)

LATER = b"451 4.3.0 try again later\r\n"
RETURNED = relay(rb"TO:<keeper", b"TO:<author")
"""A message that is tried again becomes one to its author: a notice."""


def pair(dial: SmtpDial) -> tuple[str, str]:
    """Return addresses of an author and of a keeper that differ in that word."""
    author = dial.at_sink("author")
    return author, author.replace("author", "keeper")


def send(dial: SmtpDial, author: str, *keepers: str, body: bytes = b"Hello.\r\n") -> Specimen:
    """Send a message to the sink; that it is taken is a precondition."""
    specimen = dial.specimen(body)
    dial.ready().transaction(author, *keepers, text=specimen.raw).ok()
    return specimen


def come_later(sink: Sink, sent: dict[str, str]) -> None:
    """Demand that no message of these authors was returned; that all of them come to their keepers is a precondition."""
    missing = [keeper for keeper in sent.values() if not sink.mail_to(keeper)]
    assert not [author for author in sent if sink.notices(author, seconds=0.0)]
    if missing:
        raise Inconclusive(Reason.PRECONDITION, f"{len(missing)} messages were not tried again in time")


@verifies("RFC5321-4.2.5-03", "RFC5321-4.5.4.1-01", refuted_by=RETURNED)
def test_what_is_refused_for_now_is_tried_again(dial: SmtpDial, sink: Sink) -> None:
    """Answer MAIL, RCPT and DATA of three messages with 451, once: they come later, and none is returned."""
    sent = dict(pair(dial) for _ in range(3))
    for command, (author, keeper) in zip((b"MAIL", b"RCPT", b"DATA"), sent.items(), strict=True):
        sink.reply(LATER, to=command, times=1, about=author if command == b"MAIL" else keeper)
        send(dial, author, keeper)
    come_later(sink, sent)


@verifies("RFC5321-3.8-06", refuted_by=RETURNED)
def test_a_lost_connection_is_no_final_failure(dial: SmtpDial, sink: Sink) -> None:
    """Close behind MAIL, RCPT, DATA and the mail data of four messages, once: they come later, and none is returned."""
    sent = dict(pair(dial) for _ in range(4))
    for command, (author, keeper) in zip((b"MAIL", b"RCPT", b"DATA", b"."), sent.items(), strict=True):
        sink.reply(HangUp(), to=command, times=1, about=author if command == b"MAIL" else keeper)
        send(dial, author, keeper)
    come_later(sink, sent)


@verifies("RFC5321-4.5.3.1.10-03", refuted_by=RETURNED)
def test_452_puts_off_the_recipients_that_get_it(dial: SmtpDial, sink: Sink) -> None:
    """Answer one of three RCPTs with 452, once: two recipients get the message, the third later; none is returned."""
    (author, late), others = pair(dial), (dial.at_sink("taken"), dial.at_sink("taken"))
    sink.reply(b"452 4.5.3 too many recipients\r\n", to=rb"RCPT TO:<%b" % late.encode(), times=1)
    send(dial, author, *others, late)
    missing = [recipient for recipient in others if not sink.mail_to(recipient)]
    come_later(sink, {author: late})
    assert not missing


@verifies("RFC5321-4.5.4.1-09", refuted_by=duplicate())
def test_who_has_got_a_message_does_not_get_it_again(dial: SmtpDial, sink: Sink) -> None:
    """Answer one of two RCPTs with 451, once: when the message has come for the second, the first has it once."""
    author, (first, late) = dial.at_sink("author"), (dial.at_sink("taken"), dial.at_sink())
    sink.reply(LATER, to=rb"RCPT TO:<%b" % late.encode(), times=1)
    send(dial, author, first, late)
    if not sink.mail_to(first) or not sink.mail_to(late):
        raise Inconclusive(Reason.PRECONDITION, "the message was not tried again in time")
    assert len(sink.mail_to(first, seconds=0.0)) == 1


@verifies("RFC5321-4.5.3.1.10-02", refuted_by=RETURNED)
def test_552_behind_a_hundred_recipients_is_too_many_for_now(dial: SmtpDial, sink: Sink) -> None:
    """Answer the 101st RCPT of a transaction with 552, once: that recipient gets the message later; none is returned."""
    author, keeper = pair(dial)
    keepers = [keeper, *(dial.at_sink() for _ in range(100))]
    sink.reply(b"250 2.1.5 ok\r\n", to=b"RCPT TO:<keeper", times=100)
    sink.reply(b"552 5.5.3 too many recipients\r\n", to=b"RCPT TO:<keeper", times=1)
    key = send(dial, author, *keepers).key
    sink.wait(key)
    asked = sink.conversations(rb"RCPT TO:<keeper", seconds=0.0)
    said = (b" ".join(line[:4].upper() for exchange in heard for line in exchange.lines) for heard in asked)
    if not any(b"RCPT " * 101 in verbs for verbs in said):
        raise Inconclusive(Reason.PRECONDITION, "the target names fewer recipients in one transaction")
    come_later(sink, {author: next((keeper for keeper in keepers if not sink.mail_to(keeper)), keeper)})


@verifies("RFC5321-4.5.4.1-02", refuted_by=relay(rb"\A(RCPT TO:<keeper.*)", rb"\1" + rb"\r\n\1" * 5))
def test_what_is_refused_for_now_is_not_tried_again_at_once(dial: SmtpDial, sink: Sink) -> None:
    """Answer RCPT with 451, always: within a second of the first there are not five attempts."""
    keeper = dial.at_sink()
    asked = rb"RCPT TO:<%b" % keeper.encode()
    sink.reply(LATER, to=asked)
    send(dial, dial.at_sink("author"), keeper)
    if not sink.lines(asked):
        raise Inconclusive(Reason.PRECONDITION, "the target did not call at the sink in time")
    assert len(sink.lines(asked, 5, seconds=1.0)) < 5


@verifies("RFC5321-4.5.4.1-06", refuted_by=duplicate())
def test_one_copy_goes_to_a_host_for_several_recipients(dial: SmtpDial, sink: Sink) -> None:
    """Send a message to three addresses at the sink: it comes once, for all of them."""
    keepers = [dial.at_sink() for _ in range(3)]
    specimen = send(dial, dial.at_sink("author"), *keepers)
    if not all(sink.mail_to(keeper) for keeper in keepers):
        raise Inconclusive(Reason.PRECONDITION, "the message did not come for all of its recipients in time")
    assert len(sink.wait(specimen.key)) == 1


@verifies("RFC5321-4.5.4.1-07", refuted_by=lose(of=rb"\r\n\r\nsecond"))
def test_a_refusal_of_mail_is_not_remembered(dial: SmtpDial, sink: Sink) -> None:
    """Answer MAIL with 554, once, and send again from the same address: the second message comes."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.reply(b"554 5.7.1 not now, never\r\n", to=b"MAIL", times=1, about=author)
    send(dial, author, dial.at_sink("first"))
    if not sink.notices(author):
        raise Inconclusive(Reason.PRECONDITION, "no notice came about the first message")
    assert sink.arrived(send(dial, author, keeper, body=b"second\r\n").key)


@verifies("RFC5321-4.5.3.1.8-01", refuted_by=say(b"452 4.5.3 too many recipients\r\n", of=rb"RCPT .*", after=60))
def test_a_hundred_recipients_are_taken_and_served(dial: SmtpDial, sink: Sink) -> None:
    """Name a hundred addresses at the sink in one transaction: each is taken, and gets the message.

    One that is put off is asked for again alone, on a new connection: if that is taken, they were too many.
    """
    keepers, session = [dial.at_sink() for _ in range(100)], dial.ready()
    session.mail(dial.sender).ok()
    for keeper in keepers:
        if (answer := session.rcpt(keeper)).transient:
            again = dial.ready()
            again.mail(dial.sender).ok()
            assert again.rcpt(keeper).transient, f"{answer!r} among others"
        answer.ok()
    session.data(dial.specimen().raw).ok()
    assert [keeper for keeper in keepers if not sink.mail_to(keeper)] == []


@verifies("RFC5321-4.1.1.5-05", refuted_by=at_close(b"more\r\n.\r\n", of=rb"DATA"))
def test_a_message_that_breaks_off_is_not_passed_on(dial: SmtpDial, sink: Sink) -> None:
    """Close the connection within the mail data, and send another message: the other one comes, and not the first."""
    half, session = dial.specimen(b"half\r\n"), dial.ready()
    session.mail(dial.at_sink("author")).ok()
    session.rcpt(dial.at_sink()).ok()
    session.command("DATA").ok()
    session.send(half.raw)
    session.close()
    sink.one(send(dial, dial.at_sink("author"), dial.at_sink()).key)
    assert not sink.wait(half.key, seconds=0.2)
