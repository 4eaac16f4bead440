"""RFC 2449 section 6.6: batches of commands in one go, cut anywhere, held against the same commands said one by one."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from conformance import (
    STOCK,
    Answer,
    Maildrop,
    NotSupported,
    Pop3,
    Pop3Dial,
    answer,
    needs,
    repeat,
    stale,
    verifies,
)
from conformance.strategies.budgets import batches
from conformance.strategies.pop3_commands import batches as lines_of
from conformance.strategies.pop3_commands import chunkings

pytestmark = needs("PIPELINING")

OPTIONAL = (b"TOP", b"UIDL")


@verifies("RFC2449-6.6-01", refuted_by=repeat(of=rb"NOOP|STAT"))
def test_batches_of_commands_cut_anywhere_are_answered_in_order(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """Up to fourteen commands sent without waiting, in up to eight segments: as many answers, each of its command's kind."""

    @batches(8)
    @given(st.data())
    def each(data: DataObject) -> None:
        pop3, lines, singly = _one_by_one(dial, maildrop, data)
        together = _together(pop3, lines, data)
        assert [said.status for said in together] == [said.status for said in singly], f"in answer to {lines}"
        assert pop3.nothing_follows(0.02)

    each()


@verifies("RFC2449-6.6-04", refuted_by=stale(of=rb"STAT|LIST"))
def test_each_command_of_a_batch_sees_what_those_before_it_did(dial: Pop3Dial, maildrop: Maildrop) -> None:
    """The same with what the answers show: lines and numbers are those that the same commands brought one by one."""

    @batches(8)
    @given(st.data())
    def each(data: DataObject) -> None:
        pop3, lines, singly = _one_by_one(dial, maildrop, data)
        for line, alone, said in zip(lines, singly, _together(pop3, lines, data), strict=True):
            assert said.body == alone.body, f"{line!r} brings other lines"
            if line.startswith((b"STAT", b"LIST", b"UIDL")):
                assert said.raw == alone.raw, f"{line!r} is answered otherwise"

    each()


@verifies("RFC2449-6.6-02", refuted_by=answer(b"-ERR one at a time\r\n", of=rb"PASS .*"))
def test_a_pipelined_login_cut_anywhere_works(dial: Pop3Dial) -> None:
    """USER, PASS, STAT and QUIT sent without waiting, in up to eight segments: four positive answers."""
    if dial.profile.door is None or dial.profile.door.method != "USER":
        raise NotSupported("the account does not log in by USER and PASS")
    account = dial.account()
    spoken = f"USER {account.user}\r\nPASS {account.password}\r\nSTAT\r\nQUIT\r\n".encode()

    @batches(6)
    @given(chunkings(spoken))
    def each(pieces: tuple[bytes, ...]) -> None:
        dial.begin_example()
        pop3 = dial.pop3()
        for piece in pieces:
            pop3.send(piece)
        for word in ("USER", "PASS", "STAT", "QUIT"):
            assert pop3.receive().positive, word

    each()


def _one_by_one(dial: Pop3Dial, maildrop: Maildrop, data: DataObject) -> tuple[Pop3, list[bytes], list[Answer]]:
    """Log in for one more example and say a drawn batch line by line, without the fault; RSET takes it back."""
    dial.begin_example()
    pop3 = maildrop.open()
    with dial.dialler.straight():
        absent = pop3.command("STAT").drop_listing().first + 1
        optional = tuple(verb for verb in OPTIONAL if dial.profile.announced(verb.decode()))
        lines = [step.spoken(pop3.own, absent) for step in data.draw(lines_of(len(STOCK), optional=optional))]
        singly = list(_until_two_refusals(pop3, lines))
        pop3.command("RSET").ok()
    return pop3, lines[: len(singly)], singly


def _until_two_refusals(pop3: Pop3, lines: list[bytes]) -> Iterator[Answer]:
    """Servers may give up on a client that errs again and again: what is refused ends the batch, the second time."""
    refusals = 0
    for line in lines:
        said = pop3.command(line.rstrip())
        yield said
        refusals += said.negative
        if refusals == 2:
            return


def _together(pop3: Pop3, lines: list[bytes], data: DataObject) -> list[Answer]:
    """Say the same lines without waiting, cut anywhere."""
    for piece in data.draw(chunkings(b"".join(lines))):
        pop3.send(piece)
    return [pop3.receive() for _ in lines]
