"""What the sender of a message learns of its fate: from the replies, and from what comes back, read as a program reads it.

Each case must end in one of the two; in which words is the server's choice, and is noted for the table of the report.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance import (
    NULL_MX,
    WITHOUT_DSN,
    Inconclusive,
    NotSupported,
    Reason,
    Relayed,
    Sink,
    SmtpDial,
    lose,
    outward,
    rewrite,
    say,
    send,
    speaks,
    verifies,
)
from conformance.models.fate import Fate, Seen, fate_of
from conformance.sessions.smtp import Answer
from conformance.vectors import Record

pytestmark = speaks("smtp")
Case = Callable[[SmtpDial, Sink], tuple[bool, str]]
REFUSAL = b"550 5.1.1 nobody of that name here\r\n"
TAKEN = say(b"250 2.1.5 ok\r\n", of=rb"RCPT .*") | rewrite(rb"^[45][^\r\n]*", b"250 2.0.0 taken", of=rb"DATA|\.")
"""A lie that refuses no message."""


def seen(notices: list[Relayed], recipient: str) -> str:
    """What a program reads in what came back first: fate, status, by which sign, and whether it names the recipient."""
    if not notices:
        return "nothing comes back"
    told = fate_of(notices[0].raw)
    status = next((f" {one.status}" for one in told.recipients if one.status), "")
    named = "" if recipient.lower().encode() in _addresses(told) else ", recipient not named"
    return f"{told.fate.value}{status} ({told.sign.value}{named})"


def _addresses(told: Seen) -> frozenset[bytes]:
    return told.addresses(*Fate)


def refused(answer: Answer) -> str:
    """What a client reads in a refusal of the recipient, or of the message."""
    enhanced = answer.enhanced.decode() if answer.enhanced else "no status code"
    return f"refused: {answer.code} ({enhanced})"


def unknown_user(dial: SmtpDial, sink: Sink) -> tuple[bool, str]:
    """A name that nobody has, in the target's own domain."""
    author, session = dial.at_sink("author"), dial.ready()
    session.mail(author).ok()
    answer = session.rcpt(dial.unknown)
    if answer.positive:
        answer = session.data(dial.specimen().raw)
    if not answer.positive:
        return True, refused(answer)
    notices = sink.notices(author)
    if not notices and not dial.target.mail.unknown:
        raise NotSupported("mail for a name that nobody seems to have is taken: it may be somebody's")
    return bool(notices), seen(notices, dial.unknown)


def no_such_domain(dial: SmtpDial, sink: Sink) -> tuple[bool, str]:
    """An address in a domain that does not exist."""
    return _outward(dial, sink)


def null_mx(dial: SmtpDial, sink: Sink) -> tuple[bool, str]:
    """An address in a domain that says by its MX record that it takes no mail (RFC 7505)."""
    return _outward(dial, sink, *NULL_MX)


def _outward(dial: SmtpDial, sink: Sink, *records: Record) -> tuple[bool, str]:
    fate = outward(dial, sink, *records)
    if fate.answer.refused:
        return True, refused(fate.answer)
    if fate.handed_on:
        return True, "handed on to the next hop"
    return bool(fate.notices), seen(fate.notices, fate.recipient)


def refused_by_the_next_hop(dial: SmtpDial, sink: Sink) -> tuple[bool, str]:
    """An address at the sink that it refuses with 550."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.reply(REFUSAL, to=b"RCPT", about=f"to:<{keeper}")
    send(dial, author, (keeper,))
    notices = sink.notices(author)
    if not sink.has_said(REFUSAL):
        raise Inconclusive(Reason.PRECONDITION, "the target did not try to hand the message on in time")
    return bool(notices), seen(notices, keeper)


def deferred_by_the_next_hop(dial: SmtpDial, sink: Sink) -> tuple[bool, str]:
    """An address at the sink that it answers with 451, once."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.reply(b"451 4.2.1 not now\r\n", to=b"RCPT", times=1, about=f"to:<{keeper}")
    send(dial, author, (keeper,))
    came = sink.mail_to(keeper)
    notices = sink.mail_to(author, seconds=0.0)
    if len(sink.lines(rb"RCPT TO:<%b>" % keeper.encode(), seconds=0.0)) < 2 and not notices:
        raise Inconclusive(Reason.PRECONDITION, "it was not tried again in time")
    return bool(came or notices), f"{'handed on later' if came else 'not handed on'}; {seen(notices, keeper)}"


def delivered(dial: SmtpDial, sink: Sink) -> tuple[bool, str]:
    """An account of the target, with NOTIFY=SUCCESS where DSN is offered."""
    return _success(dial, sink, dial.address())


def relayed(dial: SmtpDial, sink: Sink) -> tuple[bool, str]:
    """An address at the sink, which does not know DSN, with NOTIFY=SUCCESS where DSN is offered."""
    sink.keywords = WITHOUT_DSN
    return _success(dial, sink, dial.at_sink())


def _success(dial: SmtpDial, sink: Sink, recipient: str) -> tuple[bool, str]:
    author, arrivals = dial.at_sink("author"), dial.arrivals()
    asks = dial.profile.announced("DSN")
    sent = send(dial, author, (recipient, *(["NOTIFY=SUCCESS"] if asks else [])))
    came = arrivals.wait(sent.key) if recipient == dial.address() else sink.mail_to(recipient)
    notices = sink.notices(author, seconds=None if asks else 0.2)
    return bool(came or notices), seen(notices, recipient)


CASES: dict[str, Case] = {
    "unknown-user": unknown_user,
    "no-such-domain": no_such_domain,
    "null-mx": null_mx,
    "refused-by-the-next-hop": refused_by_the_next_hop,
    "deferred-by-the-next-hop": deferred_by_the_next_hop,
    "delivered": delivered,
    "relayed": relayed,
}


@verifies("RFC5321-2.1-01", refuted_by=TAKEN | lose())
@pytest.mark.parametrize("case", list(CASES))
def test_no_message_is_without_a_fate(dial: SmtpDial, sink: Sink, case: str) -> None:
    """Send a message that meets this fate: it is refused, it arrives, or a notice comes; what a sender reads is noted."""
    try:
        known, learned = CASES[case](dial, sink)
    finally:
        sink.start_over()  # a server that hands everything on at once announces what the sink does
    dial.note(learned)
    assert known
