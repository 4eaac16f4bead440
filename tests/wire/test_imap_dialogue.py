"""The pairing of IMAP commands and responses: tags, literals, continuations, whatever the segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire import framing
from conformance.wire.framing import Inbox, Overlong
from conformance.wire.imap_commands import Binary, NonSync, Sync, astring, pieces, quoted, string
from conformance.wire.imap_dialogue import Dialogue, Reply, join_literals, split_literals
from conformance.wire.scanner import Message

FETCH = b"* 1 FETCH (BODY[] {11}\r\nhello\r\nok\r\n FLAGS () X {0}\r\n)\r\n"
RESPONSES = [
    b"* OK ready\r\n",
    FETCH,
    b"* OK [X] text that ends in {3}\r\n",
    b"* NO [BADCHARSET ({5}\r\nUTF-8)] what\r\n",
    b"+ go on {5}\r\n",
    b"a1 BAD {12}\r\n",
    b'* LIST () "/" {4}\r\na\r\nb\r\n',
    b"* OK bare\n",
]


def framed(octets: bytes, cut: int) -> list[bytes]:
    inbox, found = Inbox(), []
    for start in range(0, len(octets), cut):
        inbox.feed(octets[start : start + cut])
        while isinstance(message := framing.response(inbox), Message):
            found.append(bytes(message.raw))
    return found


@pytest.mark.parametrize("cut", [1, 2, 7, 10_000])
def test_responses_are_cut_alike_whatever_the_segments(cut: int) -> None:
    assert framed(b"".join(RESPONSES), cut) == RESPONSES


@given(st.lists(st.sampled_from(RESPONSES), max_size=8), st.integers(1, 40))
def test_every_order_of_responses_is_cut_where_they_end(responses: list[bytes], cut: int) -> None:
    assert framed(b"".join(responses), cut) == responses


@given(st.binary(max_size=300))
def test_any_octets_are_framed_without_raising_and_none_is_lost(octets: bytes) -> None:
    inbox = Inbox()
    inbox.feed(octets)
    found = b""
    while isinstance(message := framing.response(inbox), Message):
        found += message.raw
    assert found + bytes(inbox.octets) == octets


def test_a_literal_beyond_the_limit_and_a_line_without_an_end_are_overlong() -> None:
    inbox = Inbox()
    inbox.feed(b"* 1 FETCH (BODY[] {999999999999}\r\n")
    assert isinstance(framing.response(inbox), Overlong)
    endless = Inbox()
    endless.feed(b"* " + b"x" * (framing.RESPONSE_LIMIT + 1))
    assert isinstance(framing.response(endless), Overlong)


def replies(dialogue: Dialogue) -> list[Reply]:
    found = []
    while isinstance(reply := dialogue.next(), Reply):
        found.append(reply)
    return found


def greeted(*commands: bytes) -> Dialogue:
    dialogue = Dialogue()
    dialogue.received(b"* OK ready\r\n")
    assert dialogue.next() is not None
    for command in commands:
        dialogue.sent(command)
    return dialogue


def test_the_first_response_is_the_greeting() -> None:
    dialogue = Dialogue()
    dialogue.received(b"* OK ready\r\n* 1 EXISTS\r\n")
    first, second = replies(dialogue)
    assert (first.greeting, first.final, first.asked) == (True, True, b"")
    assert (second.greeting, second.final, second.command) == (False, False, None)


def test_completions_find_their_command_in_any_order_and_data_belongs_to_the_oldest() -> None:
    dialogue = greeted(b"a NOOP\r\n", b"b UID FETCH 1 FLAGS\r\n")
    dialogue.received(b"* 1 EXISTS\r\nb OK x\r\nz OK x\r\na OK x\r\n* 2 EXISTS\r\n")
    exists, second, stray, first, late = replies(dialogue)
    assert (exists.asked, exists.final) == (b"NOOP", False)
    assert (second.asked, second.status) == (b"UID FETCH 1 FLAGS", b"OK")
    assert second.command is not None
    assert second.command.verb == b"UID FETCH"
    assert stray.stray
    assert (first.asked, first.final, late.command) == (b"NOOP", True, None)


def test_a_literal_belongs_to_its_command_unless_the_command_is_refused() -> None:
    dialogue = greeted(b"a APPEND x {5}\r\n")
    dialogue.sent(b"b NOO")
    assert [command.tag for command in dialogue.in_progress] == [b"a"]
    refused = greeted(b"a APPEND x {5}\r\n")
    refused.received(b"a NO no\r\n")
    replies(refused)
    refused.sent(b"b NOOP\r\n")
    assert [command.tag for command in refused.in_progress] == [b"b"]


def test_what_answers_a_continuation_request_is_no_command() -> None:
    dialogue = greeted(b"a IDLE\r\n")
    dialogue.received(b"+ idling\r\n* 3 EXISTS\r\n")
    assert [reply.asked for reply in replies(dialogue)] == [b"IDLE", b"IDLE"]
    kinds = [(piece.begins, piece.line) for piece in dialogue.pieces(b"DONE\r\n")]
    assert kinds == [(False, b"DONE\r\n")]


def test_a_line_without_a_tag_may_be_answered_by_an_untagged_bad() -> None:
    dialogue = greeted(b"\r\n", b"b NOOP\r\n")
    dialogue.received(b"* BAD what\r\nb OK done\r\n")
    first, second = replies(dialogue)
    assert (first.final, second.asked) == (True, b"NOOP")
    assert dialogue.waiting == 0


@given(st.lists(st.binary(max_size=20), max_size=3), st.integers(1, 30))
def test_pieces_of_a_command_are_what_was_sent(strings: list[bytes], cut: int) -> None:
    said = b"".join(pieces(b"t1", ("LOGIN", *map(NonSync, strings))))
    dialogue = greeted()
    found = []
    for start in range(0, len(said), cut):
        for piece in dialogue.pieces(said[start : start + cut]):
            dialogue.note(piece)
            found.append(piece)
    assert b"".join(piece.raw for piece in found) == said
    assert [piece.begins for piece in found].count(True) == 1
    assert [command.raw for command in dialogue.in_progress] == [said]


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=7))
def test_literals_are_split_and_joined_again(parts: list[bytes]) -> None:
    clean = [
        part.replace(b"\n", b"").replace(b"{", b"").replace(b"\r", b"") if n % 2 == 0 else part
        for n, part in enumerate(parts)
    ]
    whole = clean if len(clean) % 2 else [*clean, b""]
    raw = join_literals([], whole, b"")
    assert split_literals(raw) == whole


def test_a_rewritten_literal_is_counted_again() -> None:
    dialogue = greeted(b"a FETCH 1 BODY[]\r\n")
    dialogue.received(FETCH)
    (reply,) = replies(dialogue)
    assert reply.rewritten(rb"hello", b"good day") == FETCH.replace(b"{11}\r\nhello", b"{14}\r\ngood day")
    assert reply.rewritten(rb"no such thing", b"") == FETCH


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("NOOP",), [b"t NOOP\r\n"]),
        (("LOGIN", Sync(b"a"), Sync(b"")), [b"t LOGIN {1}\r\n", b"a {0}\r\n", b"\r\n"]),
        (("APPEND", "x", NonSync(b"ab")), [b"t APPEND x {2+}\r\nab\r\n"]),
        (("APPEND", "x", "(", Binary(b"\0"), ")"), [b"t APPEND x (~{1}\r\n", b"\0)\r\n"]),
        (("SELECT", 5), [b"t SELECT 5\r\n"]),
        (("SEARCH", NonSync(b"x("), NonSync(b")y"), "ALL"), [b"t SEARCH {2+}\r\nx( {2+}\r\n)y ALL\r\n"]),
    ],
)  # fmt: skip
def test_commands_are_cut_where_the_client_must_wait(words: tuple[str | bytes | int, ...], said: list[bytes]) -> None:
    assert list(pieces(b"t", words)) == said


@pytest.mark.parametrize(
    ("octets", "short", "safe"),
    [
        (b"INBOX", b"INBOX", b'"INBOX"'),
        (b"nil", b'"nil"', b'"nil"'),
        (b'a"\\b', b'"a\\"\\\\b"', b'"a\\"\\\\b"'),
        (b"", b'""', b'""'),
        (b"a b", b'"a b"', b'"a b"'),
        (b"\xc3\xa4", Sync(b"\xc3\xa4"), Sync(b"\xc3\xa4")),
        (b"a\r\nb", Sync(b"a\r\nb"), Sync(b"a\r\nb")),
    ],
)
def test_a_string_takes_the_form_that_can_hold_it(octets: bytes, short: bytes, safe: bytes) -> None:
    assert (astring(octets), string(octets)) == (short, safe)
    assert type(astring(octets)) is type(short)
    assert quoted('a"b') == b'"a\\"b"'
