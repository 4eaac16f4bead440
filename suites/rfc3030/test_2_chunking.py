"""RFC 3030 section 2: CHUNKING."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from conformance import (
    Inconclusive,
    NotSupported,
    Reason,
    Smtp,
    SmtpDial,
    alter,
    duplicate,
    inject,
    needs,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.smtp import Answer

pytestmark = needs("CHUNKING")
TRICKY = b".\r\n..\r\n.a\r\nQUIT\r\nBDAT 4 LAST\r\n\r\n.\r\nlast\r\n"
"""Lines that mean something elsewhere; in a chunk they are text."""
LARGEST_SENT = 40_000_000


def begun(dial: SmtpDial) -> Smtp:
    """A session with a transaction that has its recipient."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    return session


def cut(raw: bytes, *places: int) -> list[bytes]:
    """The pieces of a message between these places."""
    edges = [0, *places, len(raw)]
    return [raw[start:end] for start, end in itertools.pairwise(edges)]


def chunked(session: Smtp, chunks: Sequence[bytes]) -> list[Answer]:
    """Send chunks, the last with LAST; an answer for each, up to the first that is not positive."""
    answers: list[Answer] = []
    for number, chunk in enumerate(chunks, 1):
        answers.append(session.bdat(chunk, last=number == len(chunks)))
        if not answers[-1].positive:
            break
    return answers


@verifies("RFC3030-2-01", refuted_by=rewrite(rb"CHUNKING", b"CHUNKING 1000", of=rb"EHLO .*"))
def test_the_chunking_keyword_has_no_parameter(dial: SmtpDial) -> None:
    """EHLO: nothing stands behind CHUNKING."""
    assert dial.keyword("CHUNKING") == ()


@verifies("RFC3030-2-02", refuted_by=say(b"502 5.5.1 Use BDAT\r\n", of=rb"DATA"))
def test_data_still_works(dial: SmtpDial) -> None:
    """A message sent by DATA is accepted and arrives."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    assert begun(dial).data(specimen.raw).positive
    assert arrivals.wait(specimen.key)


@verifies("RFC3030-2-03", refuted_by=say(b"501 5.5.4 LAST?\r\n", of=rb"BDAT \d+ (?-i:last)"))
def test_the_end_marker_is_read_in_any_letter_case(dial: SmtpDial) -> None:
    """BDAT with "last": accepted, and the message arrives."""
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen()
    session.send(b"bdat %d last\r\n%b" % (len(specimen.raw), specimen.raw))
    assert session.receive(session.patience * 3).positive
    assert arrivals.wait(specimen.key)


@verifies("RFC3030-2-03", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"BDAT( .*)?"))
@pytest.mark.parametrize("size", ["", " x", " -1", " LAST"], ids=["nothing", "letters", "negative", "no-size"])
def test_bdat_without_a_number_is_refused(dial: SmtpDial, size: str) -> None:
    """BDAT without a size, or with one that is no number, behind RCPT: 5yz."""
    assert begun(dial).command(f"BDAT{size}").refused


@verifies("RFC3030-2-04", refuted_by=say(b"354 Go on\r\n", of=rb"BDAT \d+"))
@pytest.mark.parametrize("where", ["mid-line", "mid-crlf", "octets"])
def test_every_chunk_is_answered_250(dial: SmtpDial, where: str) -> None:
    """Send a message in chunks that end within a line, between CR and LF, or behind each octet: 250 to each, and it arrives."""
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen(TRICKY)
    end = specimen.raw.index(b"\r\n\r\n") + 4
    places = {
        "mid-line": [end + 4, end + 10, len(specimen.raw) - 3],
        "mid-crlf": [5, end - 3, end - 1, end + 2, len(specimen.raw) - 1],
        "octets": list(range(end - 6, end + 6)),
    }[where]
    answers = chunked(session, cut(specimen.raw, *places))
    assert {answer.code for answer in answers} == {250}
    assert len(answers) == len(places) + 1
    assert [raw.partition(b"\r\n\r\n")[2] for raw in arrivals.wait(specimen.key)] == [specimen.body]


@verifies("RFC3030-2-04", refuted_by=alter(rb"last", b"las"))
def test_chunks_in_one_write_are_put_together(dial: SmtpDial) -> None:
    """With PIPELINING: MAIL, RCPT and all chunks in one write; each is answered, and the message arrives."""
    dial.keyword("PIPELINING")
    arrivals, session, specimen = dial.arrivals(), dial.ready(), dial.specimen(TRICKY)
    pieces = cut(specimen.raw, 100, 101, len(specimen.raw) - 3)
    head = f"MAIL FROM:<{dial.sender}>\r\nRCPT TO:<{dial.address()}>\r\n".encode()
    last = b"BDAT %d LAST\r\n%b" % (len(pieces[-1]), pieces[-1])
    session.send(head + b"".join(b"BDAT %d\r\n%b" % (len(piece), piece) for piece in pieces[:-1]) + last)
    assert [answer.positive for answer in session.answers(2 + len(pieces))] == [True] * (2 + len(pieces))
    assert [raw.partition(b"\r\n\r\n")[2] for raw in arrivals.wait(specimen.key)] == [specimen.body]


@verifies("RFC3030-2-05", refuted_by=say(b"501 5.5.4 Nothing?\r\n", of=rb"BDAT 0 LAST"))
def test_a_last_chunk_of_no_octets_ends_the_message(dial: SmtpDial) -> None:
    """Send the whole message in one chunk, then BDAT 0 LAST: 250, and it arrives."""
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen(TRICKY)
    session.bdat(specimen.raw).ok()
    assert session.bdat(b"", last=True).positive
    assert [raw.partition(b"\r\n\r\n")[2] for raw in arrivals.wait(specimen.key)] == [specimen.body]


@verifies("RFC3030-2-06", refuted_by=say(b"554 5.5.1 No recipients\r\n", of=rb"BDAT 5"))
def test_a_chunk_behind_the_last_one_is_answered_503(dial: SmtpDial) -> None:
    """BDAT with LAST, accepted, then another BDAT: 503."""
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen()
    session.bdat(specimen.raw, last=True).ok()
    arrivals.wait(specimen.key)
    assert session.bdat(b"hello").says(503)


@verifies("RFC3030-2-07", refuted_by=inject(b"221 2.0.0 Bye\r\n", of=rb"BDAT .*"))
@pytest.mark.parametrize("state", ["no-transaction", "no-recipient", "behind-the-last"])
def test_the_octets_of_a_refused_chunk_are_not_commands(dial: SmtpDial, state: str) -> None:
    """BDAT out of place, its octets being commands: one reply, not positive, and the session is in step."""
    session, arrivals, specimen = dial.ready(), dial.arrivals(), dial.specimen()
    if state != "no-transaction":
        session.mail(dial.sender).ok()
    if state == "behind-the-last":
        session.rcpt(dial.address()).ok()
        session.bdat(specimen.raw, last=True).ok()
        arrivals.wait(specimen.key)
    answer = session.bdat(b"NOOP\r\nQUIT\r\n" * 20)
    assert answer.code // 100 in (4, 5)
    assert session.nothing_follows()
    assert session.command("RSET").says(250)


@verifies("RFC3030-2-08", refuted_by=inject(b"221 2.0.0 Bye\r\n", of=rb"BDAT \d+ LAST"))
def test_chunks_in_the_pipeline_behind_a_failed_one_are_discarded(dial: SmtpDial) -> None:
    """With PIPELINING: MAIL, and without a recipient three chunks of commands in one write; none is accepted, each answered once."""
    dial.keyword("PIPELINING")
    session, chunk = dial.ready(), b"NOOP\r\nQUIT\r\n" * 5
    chunks = b"".join(b"BDAT %d%b\r\n%b" % (len(chunk), last, chunk) for last in (b"", b"", b" LAST"))
    session.send(f"MAIL FROM:<{dial.sender}>\r\n".encode() + chunks)
    answers = session.answers(4)
    answers[0].ok()
    assert [answer.code // 100 in (4, 5) for answer in answers[1:]] == [True] * 3
    assert session.nothing_follows()
    assert session.command("RSET").says(250)


@verifies("RFC3030-2-09", refuted_by=say(b"554 5.5.1 No\r\n", of=rb"DATA"))
def test_data_behind_bdat_is_answered_503(dial: SmtpDial) -> None:
    """A chunk, then DATA in the same transaction: 503."""
    session = begun(dial)
    session.bdat(b"Subject: nothing\r\n").ok()
    answer = session.command("DATA")
    if answer.code == 354:
        session.close()
    assert answer.says(503)


@verifies("RFC3030-2-10", refuted_by=alter(rb"\Z", b"left over\r\n"))
def test_rset_between_chunks_discards_them(dial: SmtpDial) -> None:
    """A chunk, RSET, and a new transaction with one chunk: what arrives is the second message alone."""
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen()
    session.bdat(b"X-Left: left over\r\n").ok()
    session.command("RSET").ok()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    session.bdat(specimen.raw, last=True).ok()
    assert [b"left over" in raw for raw in arrivals.wait(specimen.key)] == [False]


@verifies("RFC3030-2-10", refuted_by=say(b"503 5.5.1 In the middle of a message\r\n", of=rb"RSET"))
def test_rset_between_chunks_is_accepted(dial: SmtpDial) -> None:
    """A chunk, then RSET: 250."""
    session = begun(dial)
    session.bdat(b"Subject: nothing\r\n").ok()
    assert session.command("RSET").says(250)


@verifies("RFC3030-2-11", refuted_by=alter(rb"\r\n\.\.\r\n", b"\r\n.\r\n"))
def test_dots_in_chunks_are_kept(dial: SmtpDial) -> None:
    """Send lines that begin with dots, unstuffed, in one chunk: they arrive as they were."""
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen(TRICKY)
    session.bdat(specimen.raw, last=True).ok()
    assert [raw.partition(b"\r\n\r\n")[2] for raw in arrivals.wait(specimen.key)] == [TRICKY]


@verifies("RFC3030-2-12", refuted_by=alter(rb"\A.*?(?=From: )", b""))
def test_a_message_in_chunks_gets_its_trace_field(dial: SmtpDial) -> None:
    """Send a message in one chunk: above its own fields, Received stands where it arrives."""
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen()
    session.bdat(specimen.raw, last=True).ok()
    assert b"received:" in arrivals.one(specimen.key).partition(b"\r\nFrom:")[0].lower()


@verifies("RFC3030-2-13", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"\W.*"))
def test_lines_of_arbitrary_octets_are_rejected(dial: SmtpDial) -> None:
    """A chunk whose size is too small leaves a line of arbitrary octets: it is answered, and not positively.

    A server that ends the session must say so (421).
    """
    session = begun(dial)
    session.bdat(b"hello").ok()
    answer = session.command(b"\x80\xff\x01\xfe \xc3\x28")
    assert answer.code // 100 in (4, 5)
    if answer.code != 421:
        session.command("RSET").ok()


@verifies("RFC3030-2-14", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"BDAT .*"))
def test_the_size_limit_holds_for_all_chunks_together(dial: SmtpDial) -> None:
    """Send chunks that are together an eighth larger than the announced maximum, each smaller: one of them is refused with 5yz."""
    parameters = dial.keyword("SIZE")
    if not parameters or not parameters[0].isdigit() or not int(parameters[0]):
        raise NotSupported("no fixed maximum is announced")
    maximum = int(parameters[0])
    if maximum > LARGEST_SENT:
        raise Inconclusive(Reason.NOT_SET_UP, f"the fixed maximum is {maximum}: set it to {LARGEST_SENT} or less")
    arrivals, session, specimen = dial.arrivals(), begun(dial), dial.specimen(b"")
    part = (b"x" * 990 + b"\r\n") * (maximum * 9 // 16 // 992 + 1)
    answers = chunked(session, [specimen.raw + part, part])
    if answers[-1].code == 250:
        arrivals.wait(specimen.key)
    assert answers[-1].refused


@verifies("RFC3030-2-15", refuted_by=duplicate())
def test_data_and_bdat_may_be_used_in_one_session(dial: SmtpDial) -> None:
    """A message by DATA, one by BDAT and one by DATA in a session: each arrives once."""
    arrivals, session = dial.arrivals(), dial.ready()
    specimens = [dial.specimen() for _ in range(3)]
    for specimen, by_data in zip(specimens, (True, False, True), strict=True):
        session.mail(dial.sender).ok()
        session.rcpt(dial.address()).ok()
        answer = session.data(specimen.raw) if by_data else session.bdat(specimen.raw, last=True)
        assert answer.positive
    assert [len(arrivals.wait(specimen.key)) for specimen in specimens] == [1, 1, 1]
