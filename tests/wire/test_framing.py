"""Framing: the same messages however the octets come, nothing lost, and an end to a peer's endless lines."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.strategies import messages
from conformance.strategies.pop3 import multi_line_bodies
from conformance.strategies.pop3_commands import chunkings
from conformance.wire import framing
from conformance.wire.framing import Inbox, Overlong, dot_terminated, line, lines_of, stuff, unstuff
from conformance.wire.scanner import Message
from tests.wire.effort import Watched

Framer = Callable[[Inbox], Message | Overlong | None]
FRAMERS: dict[str, Framer] = {
    "line": functools.partial(line, limit=20),
    "dots": functools.partial(dot_terminated, limit=20),
    "bare dots": functools.partial(dot_terminated, bare_lf=True, limit=20),
}
PARTS = st.sampled_from((b"\r", b"\n", b".", b"\r\n", b".\r\n", b"\r\n.\r\n", b"ab", b"\x00", b"\xff", b"abcdefghij"))
NASTY = st.one_of(st.lists(PARTS), st.lists(PARTS, min_size=8)).map(b"".join)


def framed(framer: Framer, pieces: tuple[bytes, ...]) -> tuple[list[Message], Overlong | None, bytes]:
    """Feed pieces, frame as early as can be; return messages, the end of it all if there was one, and the rest."""
    inbox, found = Inbox(), []
    for piece in pieces:
        inbox.feed(piece)
        while isinstance(message := framer(inbox), Message):
            found.append(message)
        if message is not None:
            return found, message, b""
    return found, None, bytes(inbox.octets)


@pytest.mark.parametrize("name", FRAMERS)
@given(octets=NASTY, data=st.data())
def test_any_chunking_gives_the_same_messages(name: str, octets: bytes, data: st.DataObject) -> None:
    whole, over, rest = framed(FRAMERS[name], (octets,))
    pieces = data.draw(st.one_of(chunkings(octets), st.just(tuple(octets[i : i + 1] for i in range(len(octets))))))
    again, over_again, rest_again = framed(FRAMERS[name], pieces)

    assert again == whole
    assert (over is None) is (over_again is None)
    assert over is None or over_again is None or (over.limit, over.start) == (over_again.limit, over_again.start)
    assert rest_again == rest


@pytest.mark.parametrize("name", FRAMERS)
@given(octets=NASTY)
def test_no_octet_is_lost_and_offsets_are_true(name: str, octets: bytes) -> None:
    found, over, rest = framed(FRAMERS[name], (octets,))

    if over is None:
        assert b"".join(message.raw for message in found) + rest == octets
    for message in found:
        assert octets[message.start : message.start + len(message.raw)] == message.raw


@given(octets=st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), end=st.sampled_from((b"\n", b"\r\n")))
def test_no_proper_prefix_of_a_line_is_a_line(octets: bytes, end: bytes) -> None:
    whole = octets + end
    for size in range(len(whole)):
        inbox = Inbox()
        inbox.feed(whole[:size])
        assert line(inbox) is None
        inbox.feed(whole[size:])
        assert line(inbox) == Message(whole, 0)


@settings(max_examples=30)
@given(multi_line_bodies(), st.data())
def test_no_proper_prefix_of_a_body_is_a_body(body, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(body.raw) - 1))
    inbox = Inbox()
    inbox.feed(body.raw[:size])
    assert dot_terminated(inbox) is None
    inbox.feed(body.raw[size:])
    assert dot_terminated(inbox) == Message(body.raw, 0)


@pytest.mark.parametrize(
    ("size", "limit", "fits"), [(20, 20, True), (21, 20, False), (1, 1, True), (65536, 65536, True)]
)
def test_a_line_is_as_long_as_its_limit_at_most(size: int, limit: int, fits: bool) -> None:
    inbox = Inbox()
    inbox.feed(b"x" * (size - 1) + b"\nnext")
    found = line(inbox, limit)

    assert isinstance(found, Message) is fits
    assert fits or found == Overlong(limit, 0, b"x" * (size - 1) + b"\nnext")


@pytest.mark.parametrize(("size", "fits"), [(20, True), (21, False), (500, False)])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_body_is_as_long_as_its_limit_at_most(size: int, step: int, fits: bool) -> None:
    octets = b"x" * (size - 5) + b"\r\n.\r\n"
    found, over, _ = framed(FRAMERS["dots"], tuple(octets[i : i + step] for i in range(0, size, step)))

    assert (len(found) == 1, over is None) == (fits, fits)


def test_overlong_shows_where_it_began_and_two_hundred_octets() -> None:
    inbox = Inbox()
    inbox.feed(b"first\n" + b"y" * 1000)
    line(inbox, 300)

    assert line(inbox, 300) == line(inbox, 300) == Overlong(300, 6, b"y" * 200)


@pytest.mark.parametrize("limit", [framing.LINE_LIMIT - 1, framing.LINE_LIMIT, framing.LINE_LIMIT + 1, 1 << 18])
def test_a_large_message_is_handed_over_whole(limit: int) -> None:
    inbox = Inbox()
    octets = b"z" * (limit - 5) + b"\r\n.\r\n"
    inbox.feed(octets + b"+OK next\r\n")
    body = dot_terminated(inbox)

    assert isinstance(body, Message)
    assert body.raw == octets
    assert line(inbox) == Message(b"+OK next\r\n", limit)


@given(st.one_of(NASTY, messages.bodies(), messages.eight_bit_bodies(), messages.lone_cr_bodies()))
def test_unstuffing_takes_back_what_stuffing_did(text: bytes) -> None:
    text = text if not text or text.endswith(b"\r\n") else text + b"\r\n"

    assert unstuff(stuff(text)) == text


@given(NASTY)
def test_a_stuffed_text_is_one_body_and_ends_where_it_ends(text: bytes) -> None:
    text = text if not text or text.endswith(b"\r\n") else text + b"\r\n"
    inbox = Inbox()
    inbox.feed(stuff(text) + b".\r\n")

    assert dot_terminated(inbox) == Message(stuff(text), 0)


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (b".\r\n", b""),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a\r\n...\r\n.\r\n", b"a\r\n..\r\n"),
        (b".unstuffed\r\n.\r\n", b"unstuffed\r\n"),
        (b"a\n.b\r\n.\r\n", b"a\n.b\r\n"),
        (b".\n", b""),
        (b"..a\n..\n.\n", b".a\n.\n"),
    ],
)
def test_one_dot_goes_at_the_beginning_of_a_line(wire: bytes, text: bytes) -> None:
    assert unstuff(wire) == text


def test_a_peer_of_bare_line_feeds_ends_its_bodies_with_one() -> None:
    inbox = Inbox()
    inbox.feed(b"one\n..two\n.\n+OK\n")

    assert dot_terminated(inbox, bare_lf=True) == Message(b"one\n..two\n.\n", 0)
    assert line(inbox) == Message(b"+OK\n", 12)


@settings(max_examples=25)
@given(multi_line_bodies())
def test_the_lines_of_a_body_are_its_octets_without_the_terminator(body) -> None:
    lines = lines_of(body.raw)

    assert b"".join(lines) == body.raw[: -len(b".\r\n")]
    assert all(one.count(b"\n") == 1 for one in lines)


def test_the_lines_of_a_cut_body_keep_the_unfinished_one() -> None:
    assert lines_of(b"one\r\ntw") == [b"one\r\n", b"tw"]
    assert lines_of(b"") == []


def searched(framer: Framer, octets: bytes, step: int) -> int:
    inbox = Inbox()
    inbox.octets = watched = Watched()
    for start in range(0, len(octets), step):
        inbox.feed(octets[start : start + step])
        framer(inbox)
    return watched.searched


@pytest.mark.parametrize("octets", [b"x", b".", b"\r", b"\r\n.", b"\n.\r"])
@pytest.mark.parametrize("framer", [line, dot_terminated, functools.partial(dot_terminated, bare_lf=True)])
def test_no_octet_is_searched_again_and_again(framer: Framer, octets: bytes) -> None:
    many = octets * (4000 // len(octets))
    few = searched(framer, many, 3)

    assert searched(framer, many * 2, 3) <= 2.2 * few + 100
    assert few <= 8 * len(many)
