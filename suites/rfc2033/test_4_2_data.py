"""RFC 2033 section 4.2: DATA needs a recipient, and its end is answered once for each one that was accepted."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, Reason, Smtp, SmtpDial, Target, drop, inject, lose, repeat, rewrite, say, verifies
from conformance.quotas import small_account
from conformance.sessions.smtp import Answer

END = rb"\."
SWAPPED = rewrite(rb"^2\d\d", b"552", of=END) | rewrite(rb"^[45]\d\d", b"250", of=END)
"""The one recipient's answer for the other's."""


def refused(dial: SmtpDial) -> str:
    """A forward-path that RCPT refuses; Inconclusive if there is none."""
    with dial.dialler.straight():
        session = dial.ready()
        session.mail(dial.sender).ok()
        for path in (dial.unknown, "", "<"):
            if session.rcpt(path).refused:
                session.command("RSET").ok()
                return path
    raise Inconclusive(Reason.PRECONDITION, "the server refuses no recipient")


def ends(lmtp: Smtp, text: bytes) -> list[Answer]:
    """Send the mail data, and QUIT behind the first reply; return all that is answered to the data."""
    return [lmtp.data(text).ok(), *lmtp.still_owed()]


def replies(dial: SmtpDial, lmtp: Smtp, *paths: str) -> tuple[int, int]:
    """Send a message to these paths; return the number of replies to its end, and of successful RCPT commands."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    lmtp.mail(dial.sender).ok()
    accepted = sum(lmtp.rcpt(path).positive for path in paths)
    answers = ends(lmtp, specimen.raw)
    arrivals.wait(specimen.key, count=paths.count(paths[0]), seconds=1.0)
    return len(answers), accepted


@verifies("RFC2033-4.2-01", refuted_by=rewrite(rb"^503", b"554", of=rb"DATA") | say(b"354 go\r\n", of=rb"DATA"))
@pytest.mark.parametrize("before", ["MAIL", "RCPT", "LHLO"])
def test_data_without_a_successful_rcpt_is_answered_503(dial: SmtpDial, lmtp: Smtp, before: str) -> None:
    """DATA behind LHLO alone, behind MAIL, behind MAIL and a RCPT that is refused: 503."""
    wrong = refused(dial)
    if before != "LHLO":
        lmtp.mail(dial.sender).ok()
    if before == "RCPT" and not lmtp.rcpt(wrong).refused:
        raise Inconclusive(Reason.PRECONDITION, "the RCPT that was refused before is now accepted")
    said = lmtp.command("DATA")
    if said.code == 354:
        lmtp.close()
    assert said.says(503)


@verifies("RFC2033-4.2-02", refuted_by=repeat(of=END))
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_end_of_data_is_answered_once_for_each_recipient(dial: SmtpDial, lmtp: Smtp, count: int) -> None:
    """A message for one, two or three recipients: as many replies, then that to QUIT."""
    paths = [dial.address(number) for number in range(count)]
    answers, accepted = replies(dial, lmtp, *paths)
    assert answers == accepted


@verifies("RFC2033-4.2-02", refuted_by=inject(b"550 5.1.1 nobody\r\n", of=END))
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_refused_recipient_has_no_reply_at_the_end_of_data(dial: SmtpDial, lmtp: Smtp, place: int) -> None:
    """Two recipients, and one that RCPT refuses before, between or behind them: two replies."""
    paths = [dial.address(0), dial.address(1)]
    paths.insert(place, refused(dial))
    answers, accepted = replies(dial, lmtp, *paths)
    if accepted != 2:
        raise Inconclusive(Reason.PRECONDITION, f"{accepted} of the three RCPT commands were successful")
    assert answers == accepted


@verifies("RFC2033-4.2-03", refuted_by=drop(of=END, after=1))
@pytest.mark.parametrize("order", ["000", "010"], ids=["thrice", "around-another"])
def test_a_recipient_named_again_has_a_reply_for_each_time(dial: SmtpDial, lmtp: Smtp, order: str) -> None:
    """The same forward-path two or three times: a reply for each RCPT that was successful."""
    answers, accepted = replies(dial, lmtp, *(dial.address(int(number)) for number in order))
    if accepted < len(order):
        raise Inconclusive(Reason.PRECONDITION, "a forward-path is not accepted twice")
    assert answers == accepted


def over_quota(dial: SmtpDial, target: Target, lmtp: Smtp, *, first: bool) -> tuple[Answer, Answer]:
    """Send more than the small quota to its account and to another; return the answers, its own last.

    That the small account's mailbox refuses it is a precondition.
    """
    small, octets = small_account(target)
    arrivals, specimen = dial.arrivals(), dial.specimen((b"x" * 70 + b"\r\n") * (octets // 36))
    there = dial.arrivals(small)
    paths = [dial.address(0), dial.address(small)]
    lmtp.mail(dial.sender).ok()
    for path in reversed(paths) if first else paths:
        lmtp.rcpt(path).ok()
    answers = [lmtp.data(specimen.raw), *lmtp.still_owed()]
    arrivals.wait(specimen.key, seconds=1.0)
    there.wait(specimen.key, seconds=0.0)
    if len(answers) != 2 or all(answer.code // 100 == 2 for answer in answers):
        raise Inconclusive(Reason.PRECONDITION, "a message above the quota is not refused to its account")
    mine, over = reversed(answers) if first else answers
    return mine, over


@verifies("RFC2033-4.2-02", "RFC2033-4.2-04", refuted_by=SWAPPED)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_the_replies_come_in_the_order_of_the_recipients(
    dial: SmtpDial, target: Target, lmtp: Smtp, *, first: bool
) -> None:
    """One of two recipients gets more than its quota holds: its place among the replies has 4yz or 5yz, the other 2yz."""
    mine, over = over_quota(dial, target, lmtp, first=first)
    assert [mine.code // 100, over.code // 100] in ([2, 4], [2, 5])


@verifies("RFC2033-4.2-05", refuted_by=lose())
@pytest.mark.parametrize("count", [1, 2])
def test_a_positive_reply_means_that_the_message_is_delivered(dial: SmtpDial, lmtp: Smtp, count: int) -> None:
    """A message for one or two recipients, each with a positive reply: it comes once to each mailbox, whole."""
    watched = [dial.arrivals(number) for number in range(count)]
    specimen = dial.specimen(b"one line\r\n..and another\r\n")
    lmtp.mail(dial.sender).ok()
    for number in range(count):
        lmtp.rcpt(dial.address(number)).ok()
    for answer in ends(lmtp, specimen.raw):
        answer.ok()
    assert [[specimen.same_as(raw) for raw in arrivals.wait(specimen.key)] for arrivals in watched] == [[True]] * count
