"""SMTP as another client holds it: aiosmtplib beside our own session, in one transaction and in fifty at once.

A witness gives a second opinion, never a verdict of its own: the server is broken where neither client gets what it
should, and where one of them does, the check is inconclusive, with what both have seen.
"""

from __future__ import annotations

from conformance import (
    Inconclusive,
    Reason,
    Smtp,
    SmtpDial,
    Specimen,
    duplicate,
    lose,
    needs,
    speaks,
    verifies,
)
from conformance.arrivals import Arrivals
from conformance.witnesses.smtp import submit, submit_all

pytestmark = speaks("smtp")
AT_ONCE = 50
LATIN = b"Caf\xe9 au lait.\r\n.\r\n..\r\n"
MIME = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n"


def agreed(ours: bool, theirs: bool, seen: str) -> bool:
    """Whether both clients see what should be seen; Inconclusive if one of them does not."""
    if ours != theirs:
        who = "our session" if ours else "aiosmtplib"
        raise Inconclusive(Reason.AMBIGUOUS, f"what should be seen is seen by {who} alone: {seen}"[:600])
    return ours


def at_hand(dial: SmtpDial) -> Smtp:
    """A session for aiosmtplib, which says EHLO itself: one that is logged in only where mail may not be sent otherwise."""
    if dial.scheme.startswith("submission"):
        return dial.ready()
    session = dial.smtp()
    session.greeting.ok()
    return session


def by_both(dial: SmtpDial, *specimens: Specimen, body: str = "") -> bool:
    """Send the first message by our session and the second by aiosmtplib, and see whether each arrives once."""
    arrivals, session = dial.arrivals(), dial.ready()
    session.mail(dial.sender, *([body] if body else [])).ok()
    session.rcpt(dial.address()).ok()
    ours = session.data(specimens[0].raw)
    theirs = submit(at_hand(dial), dial.sender, dial.address(), specimens[1].raw)
    if theirs.put_off:
        raise Inconclusive(Reason.THROTTLED, f"aiosmtplib is told {theirs.code} {theirs.text}")
    came = [len(arrivals.wait(specimen.key)) == 1 for specimen in specimens]
    return agreed(ours.positive and came[0], theirs.taken and came[1], f"ours {ours!r}, aiosmtplib's {theirs}")


@verifies("RFC5321-3.3-13", refuted_by=lose())
def test_two_clients_send_a_message_that_arrives_once(dial: SmtpDial) -> None:
    """Our session and aiosmtplib send a message each, with SIZE where it is announced: both are accepted, and arrive once."""
    assert by_both(dial, dial.specimen(), dial.specimen())


@verifies("RFC6152-3-03", refuted_by=lose())
@needs("8BITMIME")
def test_two_clients_send_8_bit_text_that_arrives_once(dial: SmtpDial) -> None:
    """Our session and aiosmtplib send 8-bit text with BODY=8BITMIME: both are accepted, and arrive once."""
    assert by_both(dial, dial.specimen(LATIN, MIME), dial.specimen(LATIN, MIME), body="BODY=8BITMIME")


def settled(dial: SmtpDial, arrivals: Arrivals, keys: list[bytes]) -> dict[bytes, int]:
    """How often each message has come, when no more are coming, and one that was sent behind the last of them has come.

    When to deliver is for the server to say; what it still holds back when a later message is there is taken for lost.
    """
    late = list(keys)
    while late:
        came = arrivals.wait(late[0])
        rest = [key for key in late[1:] if not arrivals.wait(key, seconds=0.0)]
        if not came and len(rest) == len(late) - 1:
            break
        late = rest if came else [late[0], *rest]
    if late:
        behind = dial.specimen()
        dial.ready().transaction(dial.sender, dial.address(), text=behind.raw).ok()
        arrivals.one(behind.key)
    return {key: len(arrivals.wait(key, seconds=0.0)) for key in keys}


@verifies("RFC5321-4.5.4.2-02", "RFC5321-3.3-13", refuted_by=duplicate())
def test_fifty_messages_at_once_arrive_once_each(dial: SmtpDial) -> None:
    """Fifty connections at once, by aiosmtplib, each with a message to one mailbox: what is accepted arrives, once.

    A server may put some off (4yz, 421, no connection): then it is let alone, if what it has accepted has arrived.
    """
    login = dial.scheme.startswith("submission") and dial.profile.door is not None
    arrivals, specimens = dial.arrivals(), [dial.specimen() for _ in range(AT_ONCE)]
    endpoint = dial.endpoint(dial.scheme)
    path = dial.sender, dial.address()
    sent = submit_all(dial.target, endpoint, dial.account(0) if login else None, path, [s.raw for s in specimens])
    came = settled(dial, arrivals, [s.key for s, told in zip(specimens, sent, strict=True) if told.taken])
    assert set(came.values()) <= {1}
    refused = [told for told in sent if not told.taken]
    if refused:
        why = f"{len(refused)} of {AT_ONCE} are not accepted, the first with {refused[0].code} {refused[0].text}"
        raise Inconclusive(Reason.THROTTLED, f"{why}: raise the server's limits, or give max_conns in [limits]"[:600])
