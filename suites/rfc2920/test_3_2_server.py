"""RFC 2920 sections 2 and 3.2: what a server does that announces PIPELINING."""

from __future__ import annotations

import pytest

from conformance import (
    Closed,
    Inconclusive,
    Reason,
    Reset,
    Smtp,
    SmtpDial,
    drop,
    forward,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.smtp import Answer
from conformance.wire.smtp import stuff

pytestmark = needs("PIPELINING")
ODD = "XMAILCONFORM-ODD=1"
"""A parameter of MAIL and RCPT that nobody knows: the command is refused (RFC 5321 section 4.1.1.11)."""


def mail(dial: SmtpDial) -> str:
    return f"MAIL FROM:<{dial.sender}>"


def rcpt(dial: SmtpDial) -> str:
    return f"RCPT TO:<{dial.address()}>"


def refused(dial: SmtpDial) -> str:
    """A RCPT that is refused when it stands alone; Inconclusive if there is none."""
    with dial.dialler.straight():
        session = dial.ready()
        session.mail(dial.sender).ok()
        for line in (f"{rcpt(dial)} {ODD}", f"RCPT TO:<{dial.unknown}>"):
            if not session.command(line).positive:
                session.quit()
                return line
    raise Inconclusive(Reason.PRECONDITION, "the server refuses no recipient")


def alone(session: Smtp, *lines: str) -> list[int]:
    """The codes of commands sent one at a time, all of which must be accepted; the transaction is dropped."""
    codes = [session.command(line).ok().code for line in lines]
    session.command("RSET").ok()
    return codes


def went_on(answers: list[Answer]) -> None:
    """Inconclusive if the server has ended the session: clients that talk where they should wait may be thrown out."""
    if any(isinstance(answer.ending, Closed | Reset) for answer in answers):
        raise Inconclusive(Reason.CONNECTION_LOST, "the server ends the session with a client that talks ahead")


@verifies("RFC2920-2-01", refuted_by=rewrite(rb"PIPELINING", b"PIPELINING 100", of=rb"EHLO .*"))
def test_the_pipelining_keyword_has_no_parameter(dial: SmtpDial) -> None:
    """EHLO: nothing stands behind PIPELINING."""
    assert dial.keyword("PIPELINING") == ()


@verifies("RFC2920-3-01", refuted_by=say(b"503 5.5.1 one at a time\r\n", of=rb"RCPT .*", after=1))
def test_a_group_of_commands_is_accepted(dial: SmtpDial) -> None:
    """MAIL, RCPT and DATA in one write are answered as they are one at a time, and the message arrives."""
    session, arrivals, specimen = dial.ready(), dial.arrivals(), dial.specimen()
    known = alone(session, mail(dial), rcpt(dial))
    answers = session.batch(mail(dial), rcpt(dial), "DATA")
    assert [answer.positive and answer.code for answer in answers] == [*known, 354]
    session.content(stuff(specimen.raw)).ok()
    assert arrivals.wait(specimen.key)


@verifies("RFC2920-3.1-01", refuted_by=say(b"503 5.5.1 wait\r\n", of=rb"MAIL .*", after=1))
def test_the_next_transaction_may_begin_behind_the_mail_data(dial: SmtpDial) -> None:
    """The end of the mail data, RSET, MAIL and RCPT in one write: all of them are accepted, and the message arrives."""
    session, arrivals, specimen = dial.ready(), dial.arrivals(), dial.specimen()
    session.mail(dial.sender).ok()
    known = session.rcpt(dial.address()).ok().code
    session.command("DATA").ok()
    session.send(stuff(specimen.raw) + f"RSET\r\n{mail(dial)}\r\n{rcpt(dial)}\r\n".encode())
    codes = [answer.positive and answer.code for answer in session.answers(4)]
    assert codes == [250, 250, 250, known]
    assert arrivals.wait(specimen.key)


@verifies(
    "RFC2920-3.2-01",
    refuted_by=say(b"250 2.1.5 Ok\r\n", of=rb"RCPT .* XMAIL.*") | say(b"550 5.1.1 No\r\n", of=rb"RCPT .*", after=1),
)
def test_replies_come_in_the_order_of_the_commands(dial: SmtpDial) -> None:
    """MAIL, a good RCPT, a bad one, a good one and an unknown command in one write: each is answered in its place."""
    bad, session = refused(dial), dial.ready()
    alone(session, mail(dial), rcpt(dial))
    answers = session.batch(mail(dial), rcpt(dial), bad, rcpt(dial), "XMAILCONFORM")
    assert [answer.positive for answer in answers] == [True, True, False, True, False]


@verifies("RFC2920-3.2-03", refuted_by=say(b"354 Go ahead\r\n", of=rb"DATA"))
def test_data_is_refused_without_a_valid_recipient(dial: SmtpDial) -> None:
    """MAIL, a RCPT that is refused and DATA in one write: not 354."""
    bad, session = refused(dial), dial.ready()
    answers = session.batch(mail(dial), bad, "DATA")
    if answers[2].code == 354:
        session.content(b".\r\n")
    answers[0].ok()
    assert answers[2].code != 354


@verifies("RFC2920-3.2-03", refuted_by=say(b"554 5.5.1 Not all recipients are valid\r\n", of=rb"DATA"))
@pytest.mark.parametrize("order", ["bad-then-good", "good-then-bad"])
def test_data_is_accepted_with_one_valid_recipient_among_bad_ones(dial: SmtpDial, order: str) -> None:
    """MAIL, a RCPT that is refused and one that is not, in either order, and DATA in one write: 354."""
    bad, good = refused(dial), rcpt(dial)
    session, arrivals, specimen = dial.ready(), dial.arrivals(), dial.specimen()
    group = (bad, good) if order == "bad-then-good" else (good, bad)
    answers = session.batch(mail(dial), *group, "DATA")
    answers[0].ok()
    answers[1 + group.index(good)].ok()
    assert answers[3].says(354)
    session.content(stuff(specimen.raw)).ok()
    arrivals.wait(specimen.key)


@verifies(
    "RFC2920-3.2-04",
    refuted_by=forward(rb"\1", of=rb"(RCPT TO:<[^>]*>) XMAIL.*") | say(b"555 5.5.4 No\r\n", of=rb"RCPT .* XMAIL.*"),
)
def test_an_empty_message_to_nobody_is_sent_to_nobody(dial: SmtpDial) -> None:
    """MAIL, a RCPT that is refused, DATA, and a lone dot if 354 comes: nothing reaches the sender or the one refused.

    What the server would make of it names us by what we have called ourselves in EHLO.
    """
    arrivals, session = dial.arrivals(), dial.smtp()
    session.greeting.ok()
    session.client = b"x" + dial.specimen().key + b".mailconform.invalid"
    session.hello().ok()
    answers = session.batch(mail(dial), f"{rcpt(dial)} {ODD}", "DATA")
    answers[0].ok()
    if answers[1].positive:
        session.close()
        raise Inconclusive(Reason.PRECONDITION, "the recipient is not refused")
    if answers[2].code == 354:
        session.content(b".\r\n")
    assert not arrivals.wait(session.client, seconds=0.5)


@verifies("RFC2920-3.2-05", refuted_by=drop(of=rb"NOOP"))
def test_replies_to_what_ends_a_group_are_not_held_back(dial: SmtpDial) -> None:
    """RSET with NOOP, EHLO, VRFY, EXPN, DATA or QUIT behind it in one write: both are answered, nothing more being said."""
    session = dial.ready()
    hello = f"EHLO {session.client.decode()}"
    for last in ("NOOP", hello, f"VRFY {dial.address()}", f"EXPN {dial.address()}", "DATA", "QUIT"):
        assert all(answer.code for answer in session.batch("RSET", last)), last


@verifies("RFC2920-3.2-06", refuted_by=drop(of=rb"XMAILCONFORM"))
def test_replies_to_unknown_commands_are_not_held_back(dial: SmtpDial) -> None:
    """MAIL and an unknown command in one write: both are answered."""
    assert all(answer.code for answer in dial.ready().batch(mail(dial), "XMAILCONFORM"))


@verifies("RFC2920-3.2-07", refuted_by=drop(of=rb"RCPT .*"))
def test_all_replies_are_sent_when_no_input_is_left(dial: SmtpDial) -> None:
    """MAIL and RCPT in one write, then RSET, MAIL, RCPT: each is answered, nothing more being said."""
    session = dial.ready()
    assert all(answer.code for answer in session.batch(mail(dial), rcpt(dial)))
    assert all(answer.code for answer in session.batch("RSET", mail(dial), rcpt(dial)))


@verifies("RFC2920-3.2-08", refuted_by=say(b"500 5.5.2 What?\r\n", of=rb"RCPT .*", after=1))
def test_commands_are_understood_octet_by_octet(dial: SmtpDial) -> None:
    """MAIL, RCPT, DATA, the message and QUIT, each octet in a segment of its own: accepted, and the message arrives."""
    session, arrivals, specimen = dial.ready(), dial.arrivals(), dial.specimen(b".\r\n..\r\nx\r\n")
    known = alone(session, mail(dial), rcpt(dial))
    for octet in f"{mail(dial)}\r\n{rcpt(dial)}\r\nDATA\r\n".encode():
        session.send(bytes([octet]))
    assert [answer.positive and answer.code for answer in session.answers(3)] == [*known, 354]
    for octet in stuff(specimen.raw):
        session.send(bytes([octet]))
    assert session.receive(session.patience * 3).positive
    assert [raw.partition(b"\r\n\r\n")[2] for raw in arrivals.wait(specimen.key)] == [specimen.body]


@verifies("RFC2920-3.2-08", refuted_by=say(b"500 5.5.2 What?\r\n", of=rb"RCPT .*", after=1))
@pytest.mark.parametrize("place", ["in-the-verb", "in-the-address", "between-cr-and-lf", "behind-the-line"])
def test_a_group_may_be_cut_anywhere(dial: SmtpDial, place: str) -> None:
    """MAIL and a part of RCPT in one segment; the rest, with RSET, when MAIL has been answered: all is accepted."""
    session = dial.ready()
    known = alone(session, mail(dial), rcpt(dial))
    first, second = f"{mail(dial)}\r\n".encode(), f"{rcpt(dial)}\r\n".encode()
    cut = {"in-the-verb": 2, "in-the-address": 12, "between-cr-and-lf": len(second) - 1}.get(place, len(second))
    session.send(first + second[:cut])
    answers = [session.receive()]
    session.send(second[cut:] + b"RSET\r\n")
    answers += session.answers(2)
    assert [answer.positive and answer.code for answer in answers] == [*known, 250]


@verifies("RFC2920-3.2-09", refuted_by=say(b"503 5.5.1 DATA was due\r\n", of=rb"RSET"))
def test_nothing_is_assumed_of_commands_to_come(dial: SmtpDial) -> None:
    """MAIL, RCPT, RSET, MAIL, RSET in one write: a transaction may end without DATA, and without RCPT.

    Five times: some servers stumble only where a command is there before they have done with the one in front.
    """
    session = dial.ready()
    session.command(mail(dial)).ok()
    session.command("RSET")
    for _ in range(5):
        first, _, *others = session.batch(mail(dial), rcpt(dial), "RSET", mail(dial), "RSET")
        assert [answer.positive for answer in (first, *others)] == [True, True, True, True]


@verifies("RFC2920-3.2-10", refuted_by=drop(of=rb"NOOP"))
def test_no_input_is_lost_behind_a_failed_command(dial: SmtpDial) -> None:
    """A MAIL that is refused, RCPT and NOOP in one write: three replies, the last 250."""
    session = dial.ready()
    answers = session.batch(f"{mail(dial)} {ODD}", rcpt(dial), "NOOP")
    went_on(answers)
    assert all(answer.code for answer in answers)
    assert answers[2].says(250)


@verifies("RFC2920-3.2-11", refuted_by=say(b"500 5.5.2 What?\r\n", of=rb"RSET"))
def test_no_input_is_lost_behind_a_refused_data(dial: SmtpDial) -> None:
    """MAIL, a RCPT that is refused, DATA and RSET in one write, then NOOP: behind a refused DATA the others are commands."""
    bad, session = refused(dial), dial.ready()
    answers = session.batch(mail(dial), bad, "DATA", "RSET")
    if answers[2].code == 354:
        session.close()
        raise Inconclusive(Reason.PRECONDITION, "DATA is accepted without a recipient: what follows it is mail data")
    went_on(answers)
    assert answers[3].says(250)
    assert session.command("NOOP").says(250)


@verifies("RFC2920-3.2-13", refuted_by=drop(of=rb"RCPT .*", after=60))
def test_a_large_group_is_answered_in_full(dial: SmtpDial) -> None:
    """MAIL, a hundred RCPT, one that is refused and NOOP in one write: a reply to each, and NOOP's the last."""
    bad, session = refused(dial), dial.ready()
    answers = session.batch(mail(dial), *[rcpt(dial)] * 100, bad, "NOOP")
    went_on(answers)
    assert sum(1 for answer in answers if answer.code) == 103
    assert [answers[-2].code // 100 == 2, answers[-1].code] == [False, 250]
    assert session.nothing_follows()


@verifies("RFC2920-3.2-15", refuted_by=say(b"503 5.5.1 Not now\r\n", of=rb"QUIT"))
def test_quit_behind_the_mail_data_is_obeyed_after_it(dial: SmtpDial) -> None:
    """The end of the mail data and QUIT in one write: 250, then 221, and the message arrives."""
    session, arrivals, specimen = dial.ready(), dial.arrivals(), dial.specimen()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    session.command("DATA").ok()
    session.send(stuff(specimen.raw) + b"QUIT\r\n")
    taken, bye = session.answers(2)
    assert taken.positive
    assert bye.says(221)
    assert arrivals.wait(specimen.key)
