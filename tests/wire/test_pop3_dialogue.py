"""The pairing of commands and replies: the same however both sides are cut, and never lost over what a peer says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.strategies.pop3 import greetings, multi_line_bodies, status_lines
from conformance.strategies.pop3_commands import chunkings, command_lines
from conformance.wire import framing, pop3
from conformance.wire.framing import Overlong
from conformance.wire.pop3 import Command, Dialogue, Reply
from conformance.wire.scanner import Message
from tests.wire.effort import calls

Exchange = tuple[bytes, bytes, bytes | None]
"""Command line, status line, and the body if the reply is a multi-line one."""


def exchanges() -> st.SearchStrategy[Exchange]:
    line = command_lines().map(lambda one: one.raw)
    return line.flatmap(lambda raw: st.tuples(st.just(raw), status_lines().map(lambda one: one.raw), _body(raw)))


def _body(command: bytes) -> st.SearchStrategy[bytes | None]:
    return multi_line_bodies().map(lambda one: one.raw) if pop3.expects_lines(command) else st.none()


CONVERSATIONS = st.tuples(greetings().map(lambda one: one.raw), st.lists(exchanges(), max_size=4))


def spoken(conversation: tuple[bytes, list[Exchange]]) -> list[bytes]:
    """Write the reply to each command; a refusal has no body."""
    greeting, asked = conversation
    return [greeting, *(line + (body or b"" if line.startswith(b"+OK") else b"") for _, line, body in asked)]


def held(client: bytes, pieces: tuple[bytes, ...]) -> tuple[list[Reply], Dialogue]:
    dialogue, found = Dialogue(), []
    dialogue.sent(client)
    for piece in pieces:
        dialogue.received(piece)
        while isinstance(reply := dialogue.next(), Reply):
            found.append(reply)
    return found, dialogue


@settings(max_examples=25)
@given(CONVERSATIONS, st.data())
def test_any_chunking_gives_the_same_replies(conversation: tuple[bytes, list[Exchange]], data: st.DataObject) -> None:
    replies = spoken(conversation)
    client = b"".join(line for line, _, _ in conversation[1])
    found, dialogue = held(client, data.draw(chunkings(b"".join(replies))))

    assert [reply.raw for reply in found] == replies
    assert [reply.command.raw if reply.command else b"" for reply in found] == [b"", *(c[0] for c in conversation[1])]
    assert (dialogue.waiting, dialogue.partial) == (0, b"")


@settings(max_examples=20)
@given(CONVERSATIONS, st.data())
def test_a_proper_prefix_is_a_reply_less_and_all_its_octets(
    conversation: tuple[bytes, list[Exchange]], data: st.DataObject
) -> None:
    replies = spoken(conversation)
    *whole, last = replies
    cut = last[: data.draw(st.integers(0, len(last) - 1))]
    found, dialogue = held(b"".join(c[0] for c in conversation[1]), (b"".join(whole) + cut,))

    assert [reply.raw for reply in found] == whole
    assert (dialogue.next(), dialogue.waiting, dialogue.partial) == (None, 1, cut)


@settings(max_examples=15)
@given(CONVERSATIONS)
def test_offsets_are_those_of_the_servers_octets(conversation: tuple[bytes, list[Exchange]]) -> None:
    octets = b"".join(spoken(conversation))
    found, _ = held(b"".join(c[0] for c in conversation[1]), (octets,))

    for reply in found:
        for message in (reply.line, *pop3.body_lines(reply)):
            assert octets[message.start :].startswith(message.raw)


NASTY = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            (b"+OK", b"+ ", b"-ERR", b"\r\n", b"\n", b".\r\n", b"..", b"AUTH PLAIN\r\n", b"RETR 1\r\n", b"LIST\r\n", b"YQ==\r\n", b"*", b"\x00\xff")
        ),
        max_size=12,
    ).map(b"".join),
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.tuples(st.booleans(), NASTY), max_size=8))
def test_no_octet_of_either_side_raises_or_is_lost(said: list[tuple[bool, bytes]]) -> None:
    dialogue, found = Dialogue(), []
    for ours, data in said:
        (dialogue.sent if ours else dialogue.received)(data)
        while isinstance(reply := dialogue.next(), Reply):
            pop3.read_line(reply)
            found.append(reply)

    assert b"".join(reply.raw for reply in found) + dialogue.partial == b"".join(d for ours, d in said if not ours)
    assert dialogue.waiting >= 0


@pytest.mark.parametrize("piece", [b"NOOP\r\n", b"\n", b"AUTH X\r\n", b"RETR 1\r\n"])
@pytest.mark.parametrize("reply", [b"+OK\r\n", b"+ \r\n", b"+OK\r\n.\r\n", b"\n"])
def test_twice_the_talk_is_twice_the_calls_at_most(piece: bytes, reply: bytes) -> None:
    once, twice = (calls(lambda n=n: held(piece * n, (reply,) * n)) for n in (200, 400))

    assert twice <= 2 * once + 20


# Answers by name.


def asking(*lines: bytes, greeting: bytes = b"+OK\r\n") -> Dialogue:
    dialogue = Dialogue()
    dialogue.received(greeting)
    dialogue.next()
    for line in lines:
        dialogue.sent(line)
    return dialogue


def answered(dialogue: Dialogue, octets: bytes) -> Reply:
    dialogue.received(octets)
    reply = dialogue.next()
    assert isinstance(reply, Reply)
    return reply


def test_the_first_line_is_the_greeting_whatever_was_sent_before_it() -> None:
    dialogue = Dialogue()
    dialogue.sent(b"CAPA\r\n")
    assert dialogue.waiting == 2

    assert answered(dialogue, b"+OK ready\r\n") == Reply(None, Message(b"+OK ready\r\n", 0))
    assert dialogue.waiting == 1


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (b"CAPA", True), (b"LIST", True), (b"UIDL", True), (b"RETR 1", True), (b"TOP 1 0", True), (b"retr 1", True),
        (b"LIST 1", False), (b"UIDL 1", False), (b"STAT", False), (b"", False), (b"  ", False), (b"CAPA x", False), (b"AUTH", False),
    ],
)  # fmt: skip
def test_commands_whose_answer_has_lines(command: bytes, lines: bool) -> None:
    reply = answered(asking(command + b"\r\n"), b"+OK\r\n.\r\n")

    assert (reply.body is not None) is lines


@pytest.mark.parametrize(("lines", "body"), [(True, Message(b".\r\n", 10)), (False, None)])
def test_whoever_sends_may_know_better(lines: bool, body: Message | None) -> None:
    dialogue = asking()
    dialogue.sent(b"RETR 1\r\n" if not lines else b"XLST\r\n", lines=lines)

    assert answered(dialogue, b"+OK\r\n.\r\n").body == body


def test_a_refusal_has_no_lines() -> None:
    dialogue = asking(b"RETR 9\r\n", b"STAT\r\n")

    assert answered(dialogue, b"-ERR no\r\n+OK 0 0\r\n").body is None
    assert answered(dialogue, b"").raw == b"+OK 0 0\r\n"


def test_a_body_is_as_the_server_sent_it() -> None:
    reply = answered(asking(b"RETR 1\r\n"), b"+OK\r\na\r\n..\r\nb\r\n.\r\n")

    assert reply.raw == b"+OK\r\na\r\n..\r\nb\r\n.\r\n"
    assert pop3.body_lines(reply) == [Message(b"a\r\n", 10), Message(b"..\r\n", 13), Message(b"b\r\n", 17)]
    assert pop3.body_lines(Reply(None, Message(b"+OK\r\n", 0))) == []


@pytest.mark.parametrize("body", [b".\n", b"one\n.\n", b"..\n\n.\n"])
def test_a_server_of_bare_line_feeds_is_understood_and_told_of_it(body: bytes) -> None:
    dialogue = asking(b"UIDL\r\n", b"NOOP\r\n", greeting=b"+OK\n")
    reply = answered(dialogue, b"+OK\n" + body + b"+OK\n")

    assert (reply.body.raw if reply.body else None) == body
    assert [v.rule for v in pop3.read_line(reply).violations] == ["CRLF"]
    assert answered(dialogue, b"").raw == b"+OK\n"


def test_a_bare_line_feed_in_a_body_of_crlf_lines_ends_nothing() -> None:
    reply = answered(asking(b"RETR 1\r\n"), b"+OK\r\na\n.\nb\r\n.\r\n")

    assert reply.body == Message(b"a\n.\nb\r\n.\r\n", 10)


def test_a_line_that_nobody_asked_for_belongs_to_no_command() -> None:
    dialogue = asking()

    assert answered(dialogue, b"+OK surprise\r\n") == Reply(None, Message(b"+OK surprise\r\n", 5), None, True)
    dialogue.sent(b"NOOP\r\n")
    assert answered(dialogue, b"+OK\r\n").command == Command(b"NOOP\r\n", 0)


def test_a_dot_line_that_nobody_asked_for_is_one_line() -> None:
    dialogue = asking(b"STAT\r\n")

    assert answered(dialogue, b"+OK 0 0\r\n.\r\n").body is None
    assert answered(dialogue, b"") == Reply(None, Message(b".\r\n", 14), None, True)


def test_commands_in_pieces_are_one_command_and_several_in_one_are_several() -> None:
    dialogue = asking(b"NO", b"OP\r", b"\nSTAT\r\nUI")
    assert dialogue.waiting == 2
    dialogue.sent(b"DL\r\n")

    assert answered(dialogue, b"+OK\r\n").command == Command(b"NOOP\r\n", 0)
    assert answered(dialogue, b"+OK 0 0\r\n").command == Command(b"STAT\r\n", 6)
    assert answered(dialogue, b"+OK\r\n.\r\n").command == Command(b"UIDL\r\n", 12)


def test_who_was_told_something_else_answers_for_what_was_asked() -> None:
    dialogue = asking()
    for piece in dialogue.pieces(b"DELE 1\r\n"):
        dialogue.note(piece, told=b"NOOP\r\n")

    assert answered(dialogue, b"+OK\r\n").command == Command(b"DELE 1\r\n", 0)


def test_an_exchange_of_challenges() -> None:
    dialogue = asking(b"auth LOGIN\r\n")

    assert answered(dialogue, b"+ VXNlcg==\r\n").command == Command(b"auth LOGIN\r\n", 0)
    dialogue.sent(b"RETR 1\r\n")
    second = answered(dialogue, b"+ UGFzcw==\r\n").command
    assert second == Command(b"RETR 1\r\n", 12, sasl=True)
    assert (second.verb, dialogue.waiting) == (b"", 0)
    dialogue.sent(b"c2VjcmV0\r\n")
    assert answered(dialogue, b"+OK\r\n").command == Command(b"c2VjcmV0\r\n", 20, sasl=True)
    dialogue.sent(b"STAT\r\n")
    assert answered(dialogue, b"+OK 0 0\r\n").command == Command(b"STAT\r\n", 30)


@pytest.mark.parametrize("challenge", [b"+\r\n", b"+YQ==\r\n", b"+ \r\n", b"+ok?\r\n"])
def test_a_line_with_a_plus_behind_auth_is_a_challenge_unless_it_is_ok(challenge: bytes) -> None:
    dialogue = asking(b"AUTH PLAIN\r\n")
    answered(dialogue, challenge)
    dialogue.sent(b"STAT\r\n")
    answer = answered(dialogue, b"+OK\r\n")

    assert answer.command == Command(b"STAT\r\n", 12, sasl=challenge != b"+ok?\r\n")


def test_a_plus_behind_any_other_command_is_no_challenge() -> None:
    dialogue = asking(b"NOOP\r\n")
    answered(dialogue, b"+ idling\r\n")
    dialogue.sent(b"STAT\r\n")

    assert answered(dialogue, b"+OK 0 0\r\n").command == Command(b"STAT\r\n", 6)


def test_an_exchange_that_is_refused_is_over() -> None:
    dialogue = asking(b"AUTH PLAIN\r\n")
    answered(dialogue, b"+ \r\n")
    dialogue.sent(b"*\r\n")
    answered(dialogue, b"-ERR cancelled\r\n")
    dialogue.sent(b"QUIT\r\n")

    assert answered(dialogue, b"+OK\r\n").command == Command(b"QUIT\r\n", 15)


def test_what_came_in_clear_is_forgotten_before_tls() -> None:
    dialogue = asking(b"STLS\r\n")
    answered(dialogue, b"+OK\r\n-ERR inj")
    assert dialogue.partial == b"-ERR inj"
    dialogue.forget()
    dialogue.sent(b"CAPA\r\n")

    assert (dialogue.partial, dialogue.next()) == (b"", None)
    assert answered(dialogue, b"+OK\r\n.\r\n").line.start == len(b"+OK\r\n+OK\r\n-ERR inj")


def test_a_half_reply_is_forgotten_too() -> None:
    dialogue = asking(b"CAPA\r\n")
    dialogue.received(b"+OK\r\nUS")
    assert (dialogue.next(), dialogue.partial) == (None, b"+OK\r\nUS")
    dialogue.forget()

    assert dialogue.partial == b""


def test_a_status_line_without_end_is_overlong() -> None:
    dialogue = asking(b"NOOP\r\n")
    dialogue.received(b"+OK " + b"x" * framing.LINE_LIMIT)

    assert dialogue.next() == dialogue.next() == Overlong(framing.LINE_LIMIT, 5, b"+OK " + b"x" * 196)


@pytest.mark.parametrize("command", [b"LIST\r\n", b"CAPA\r\n"])
def test_a_listing_without_end_is_overlong_before_a_message_is(command: bytes) -> None:
    endless = b"1 2\r\n" * (framing.LISTING_LIMIT // 5 + 1)
    dialogue, message = asking(command), asking(b"RETR 1\r\n")
    dialogue.received(b"+OK\r\n" + endless)
    message.received(b"+OK\r\n" + endless)

    assert dialogue.next() == Overlong(framing.LISTING_LIMIT, 10, endless[:200])
    assert message.next() is None


@pytest.mark.parametrize(
    ("raw", "verb"),
    [(b"noop\r\n", b"NOOP"), (b"RETR 1\r\n", b"RETR"), (b"\r\n", b""), (b" STAT\r\n", b""), (b"x", b"X")],
)
def test_the_keyword_of_a_command(raw: bytes, verb: bytes) -> None:
    assert Command(raw, 0).verb == verb
