"""RFC 5321 sections 2.3.8, 4.1.1.4 and 4.5.2: what is not CRLF.CRLF ends no mail data, here or at the next hop.

A server that is more lenient than the one before it takes a second message out of the text of the first. A server may
refuse such data, and may close; what it may not do is to carry out what stands behind.
"""

from __future__ import annotations

import re

import pytest

from conformance import Inconclusive, NotSupported, Reason, Sink, Smtp, SmtpDial, alter, inject, verifies
from conformance.wire import smtp as wire

BARE = {
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.CR": b"\r\n.\r",
    "CR.LF": b"\r.\n",
    "LF.CR": b"\n.\r",
    "CRLF.CRCRLF": b"\r\n.\r\r\n",
    "CRLF.LFCR": b"\r\n.\n\r",
    "LFLF.LF": b"\n\n.\n",
}
DOTTED = {
    "CRLF.NUL-CRLF": b"\r\n.\0\r\n",
    "CRLF-NUL.CRLF": b"\r\n\0.\r\n",
    "CRLF.SP-CRLF": b"\r\n. \r\n",
    "CRLF..CRLF": b"\r\n..\r\n",
}
LENIENT_END = re.compile(rb"(?:\r\n|\r|\n)\.[\0 ]*(?:\r|\n)")
ANSWERS = inject(b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go ahead\r\n", of=rb"\.")


def cases(ends: dict[str, bytes]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("end", list(ends.values()), ids=list(ends))


def begun(session: Smtp, sender: str, recipient: str) -> Smtp:
    """Bring a session to where mail data are awaited."""
    session.mail(sender).ok()
    session.rcpt(recipient).ok()
    if session.command("DATA").ok().code != 354:
        raise Inconclusive(Reason.PRECONDITION, "DATA was not answered with 354")
    return session


def smuggled(sender: str, recipient: str, text: bytes) -> bytes:
    """The commands and the text of a second message, without an end of data."""
    return b"MAIL FROM:<%b>\r\nRCPT TO:<%b>\r\nDATA\r\n%b" % (sender.encode(), recipient.encode(), text)


def ends_nothing(dial: SmtpDial, end: bytes) -> None:
    """Send a message, a false end of data, a second message and the true end: one answer, and one message at most."""
    arrivals, first, second = dial.arrivals(), dial.specimen(b"first"), dial.specimen(b"second")
    session = begun(dial.ready(), dial.sender, dial.address())
    begin = first.raw + end + smuggled(dial.sender, dial.address(), second.raw)
    answer = session.content(begin + b"\r\n.\r\n")
    follows = session.command("QUIT")
    came = []
    if answer.code == 250:
        arrivals.wait(first.key)
        came = arrivals.wait(second.key, seconds=1.0 if follows.code == 221 else None)
    if answer.reply is None and answer.ending is not None and follows.reply is None and not session.closes(0.1):
        raise Inconclusive(Reason.SILENT, f"the true end of data was not answered: {answer.ending}")
    assert follows.reply is None or follows.code in (221, 421), f"what stands behind was answered: {follows!r}"
    assert all(first.key in message for message in came), "what stands behind became a message of its own"


@verifies("RFC5321-4.1.1.4-03", refuted_by=ANSWERS)
def test_commands_behind_lf_dot_lf_are_text(dial: SmtpDial) -> None:
    """LF.LF, MAIL, RCPT, DATA and a text, CRLF.CRLF: one answer, and no second message; refusing and closing are right."""
    ends_nothing(dial, b"\n.\n")


@verifies("RFC5321-4.1.1.4-04", refuted_by=ANSWERS)
@cases(BARE)
def test_commands_behind_a_dot_between_bare_cr_or_lf_are_text(dial: SmtpDial, end: bytes) -> None:
    """The same behind a dot with a bare CR or LF on either side: one answer, and no second message."""
    ends_nothing(dial, end)


@verifies("RFC5321-4.5.2-02", refuted_by=ANSWERS)
@cases(DOTTED)
def test_commands_behind_a_line_of_more_than_a_dot_are_text(dial: SmtpDial, end: bytes) -> None:
    """The same behind a line of a dot and NUL, a space or a dot: one answer, and no second message."""
    ends_nothing(dial, end)


@verifies("RFC5321-4.1.1.4-04", refuted_by=alter(rb"first", b"other"))
def test_the_true_end_of_data_ends_them(dial: SmtpDial) -> None:
    """CRLF.CRLF in the place of the false end: it is answered, and MAIL, RCPT and DATA behind it make a second message."""
    arrivals, first, second = dial.arrivals(), dial.specimen(b"first"), dial.specimen(b"second")
    session = begun(dial.ready(), dial.sender, dial.address())
    session.content(first.raw + b"\r\n.\r\n").ok()
    begun(session, dial.sender, dial.address()).content(second.raw + b"\r\n.\r\n").ok()
    came = [arrivals.one(specimen.key).partition(b"\r\n\r\n")[2] for specimen in (first, second)]
    assert came == [b"first\r\n", b"second\r\n"]


@verifies("RFC5321-4.1.1.4-05", refuted_by=alter(rb"before(?!\r\n\.\r\n)", b"before\n.\n"))
@cases({"LF.LF": b"\n.\n", **BARE, **DOTTED})
def test_nothing_that_looks_like_an_end_of_data_is_handed_on(dial: SmtpDial, sink: Sink, end: bytes) -> None:
    """A text for the sink that holds a false end and commands: refused, or it comes as one message without any such end."""
    specimen, hidden = dial.specimen(b"before" + end), dial.at_sink("smuggled")
    session = begun(dial.ready(), dial.sender, dial.at_sink())
    text = specimen.raw + smuggled(dial.sender, hidden, b"Subject: smuggled\r\n\r\nsecond\r\n")
    answer = session.content(wire.stuff(text))
    if session.command("QUIT").code not in (0, 221, 421):
        raise Inconclusive(Reason.AMBIGUOUS, "the false end was taken for one when it came in")
    if answer.code != 250:
        raise NotSupported("it is refused, and nothing is handed on")
    sent = sink.one(specimen.key).wire
    assert sent.endswith(b"\r\n.\r\n")
    assert not LENIENT_END.search(sent[:-3]), "a lenient next hop takes this for the end of the message"
    assert not sink.mail_to(hidden, seconds=0), "the text has become two messages"


@verifies("RFC5321-2.3.8-04", refuted_by=alter(rb"before", b"be\rfore"))
@pytest.mark.parametrize(
    "text",
    [b"a\rb", b"a\nb", b"a\r\rb", b"a\n\nb", b"a\r", b"\ra", b"\na"],
    ids=["cr", "lf", "crs", "lfs", "cr-last", "cr-first", "lf-first"],
)
def test_no_bare_cr_or_lf_is_handed_on(dial: SmtpDial, sink: Sink, text: bytes) -> None:
    """A text for the sink with a CR or LF alone: refused, or what comes has them as CRLF only, if at all."""
    specimen = dial.specimen(b"before\r\n" + text + b"\r\nbehind\r\n")
    answer = begun(dial.ready(), dial.sender, dial.at_sink()).content(wire.stuff(specimen.raw))
    if answer.code != 250:
        raise NotSupported("it is refused, and nothing is handed on")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", sink.one(specimen.key).wire)
