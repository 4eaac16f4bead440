"""The pairing of SMTP commands and replies: the same however both sides are cut, and never lost over what a peer says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.strategies.pop3 import Spelled
from conformance.strategies.pop3_commands import chunkings
from conformance.strategies.smtp import replies
from conformance.strategies.smtp_commands import command_lines
from conformance.wire import framing, smtp
from conformance.wire.framing import Overlong
from conformance.wire.smtp import REPLY_LIMIT, Command, Dialogue, Piece, Reply
from tests.wire.effort import calls

Exchange = tuple[bytes, bytes]
"""What the client says, and the reply to it."""


def exchanges() -> st.SearchStrategy[Exchange]:
    """Commands that no mail data and no challenge follow: DATA is refused."""
    code = st.sampled_from((b"250", b"252", b"450", b"501", b"503"))
    line = command_lines().map(lambda one: one.raw + b"\r\n")
    return line.flatmap(lambda raw: st.tuples(st.just(raw), replies(_refusal(raw, code)).map(lambda one: one.raw)))


def _refusal(line: bytes, code: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.just(b"503") if smtp.verb_of(line) == b"DATA" else code


CONVERSATIONS = st.tuples(replies(st.just(b"220")).map(lambda one: one.raw), st.lists(exchanges(), max_size=5))


def held(client: tuple[bytes, ...], server: tuple[bytes, ...], *, lmtp: bool = False) -> tuple[list[Reply], Dialogue]:
    """Say everything at once, as a client does that pipelines, then hear the replies in pieces."""
    dialogue, found = Dialogue(lmtp=lmtp), []
    for piece in client:
        dialogue.sent(piece)
    for piece in server:
        dialogue.received(piece)
        while isinstance(reply := dialogue.next(), Reply):
            found.append(reply)
    return found, dialogue


@settings(max_examples=40)
@given(CONVERSATIONS, st.data())
def test_any_chunking_gives_the_same_replies(conversation: tuple[bytes, list[Exchange]], data: st.DataObject) -> None:
    greeting, asked = conversation
    said, answered = b"".join(line for line, _ in asked), greeting + b"".join(reply for _, reply in asked)
    found, dialogue = held(data.draw(chunkings(said)), data.draw(chunkings(answered)))

    assert [reply.raw for reply in found] == [greeting, *(reply for _, reply in asked)]
    assert [reply.command.raw if reply.command else b"" for reply in found] == [b"", *(line for line, _ in asked)]
    assert (dialogue.waiting, dialogue.partial) == (0, b"")


@settings(max_examples=30)
@given(replies(), st.data())
def test_a_reply_is_read_as_it_was_written_and_a_prefix_is_none(
    reply: Spelled[tuple[smtp.ReplyLine, ...]], data: st.DataObject
) -> None:
    raw = reply.raw
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
    (whole, *_), _ = held((), (raw,))
    missing, dialogue = held((), (cut,))

    assert tuple(line.value for line in smtp.read_lines(whole)) == reply.value
    assert whole.code == int(raw[:3])
    assert (missing, dialogue.partial, dialogue.waiting) == ([], cut, 1)


@settings(max_examples=15)
@given(CONVERSATIONS)
def test_offsets_are_those_of_the_octets(conversation: tuple[bytes, list[Exchange]]) -> None:
    greeting, asked = conversation
    said, answered = b"".join(line for line, _ in asked), greeting + b"".join(reply for _, reply in asked)

    for reply in held((said,), (answered,))[0]:
        assert all(answered[line.start :].startswith(line.raw) for line in reply.lines)
        assert reply.command is None or said[reply.command.start :].startswith(reply.command.raw)


NASTY = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            (
                b"250", b"-", b" ", b"354 \r\n", b"334 \r\n", b"\r\n", b"\n", b".\r\n", b"..", b"AUTH PLAIN\r\n", b"DATA\r\n", b"BDAT 3\r\n",
                b"BDAT 9 LAST\r\n", b"BDAT 99999999999999999999\r\n", b"RCPT TO:<a@b>\r\n", b"YQ==\r\n", b"*", b"\x00\xff", b"data\t\r\n",
            )
        ),
        max_size=12,
    ).map(b"".join),
)  # fmt: skip


@settings(max_examples=250)
@given(st.booleans(), st.lists(st.tuples(st.booleans(), NASTY), max_size=8))
def test_no_octet_of_either_side_raises_or_is_lost(lmtp: bool, said: list[tuple[bool, bytes]]) -> None:
    dialogue, found = Dialogue(lmtp=lmtp), []
    for ours, data in said:
        (dialogue.sent if ours else dialogue.received)(data)
        while isinstance(reply := dialogue.next(), Reply):
            smtp.read_lines(reply)
            smtp.read_keywords(reply)
            found.append(reply)

    assert b"".join(reply.raw for reply in found) + dialogue.partial == b"".join(d for ours, d in said if not ours)
    assert dialogue.waiting >= 0


@settings(max_examples=100)
@given(st.lists(NASTY, max_size=8))
def test_what_is_passed_on_is_what_was_said(said: list[bytes]) -> None:
    dialogue, passed = Dialogue(), b""
    for data in said:
        for piece in dialogue.pieces(data):
            dialogue.note(piece)
            passed += piece.raw

    assert b"".join(said).startswith(passed)
    assert dialogue.unfinished or passed == b"".join(said)


@pytest.mark.parametrize("piece", [b"NOOP\r\n", b"\n", b"AUTH X\r\n", b"BDAT 1\r\nx", b"RCPT TO:<a@b>\r\n"])
@pytest.mark.parametrize("reply", [b"250\r\n", b"250-\r\n", b"354 \r\n", b"\n"])
@pytest.mark.parametrize("lmtp", [False, True], ids=["SMTP", "LMTP"])
def test_twice_the_talk_is_twice_the_calls_at_most(piece: bytes, reply: bytes, *, lmtp: bool) -> None:
    once, twice = (calls(lambda n=n: held((piece * n,), (reply,) * n, lmtp=lmtp)) for n in (200, 400))

    assert twice <= 2 * once + 20


@pytest.mark.parametrize("piece", [b"a\r\n", b"..\r\n", b"x" * 50])
def test_mail_data_take_linear_time(piece: bytes) -> None:
    def said(count: int) -> None:
        dialogue = asking(b"DATA\r\n")
        answered(dialogue, b"354 go\r\n")
        for _ in range(count):
            dialogue.sent(piece)

    once, twice = (calls(lambda n=n: said(n)) for n in (200, 400))

    assert twice <= 2 * once + 20


# Answers by name.


def asking(*lines: bytes, lmtp: bool = False) -> Dialogue:
    dialogue = Dialogue(lmtp=lmtp)
    dialogue.received(b"220 mail.example\r\n")
    dialogue.next()
    for line in lines:
        dialogue.sent(line)
    return dialogue


def answered(dialogue: Dialogue, octets: bytes) -> Reply:
    dialogue.received(octets)
    reply = dialogue.next()
    assert isinstance(reply, Reply)
    return reply


def verbs(dialogue: Dialogue, octets: bytes) -> list[bytes]:
    """The commands that these replies answer, unsolicited ones as "?"."""
    dialogue.received(octets)
    found = []
    while isinstance(reply := dialogue.next(), Reply):
        found.append(reply.command.verb if reply.command else b"?")
    return found


def test_a_line_that_nobody_asked_for_belongs_to_no_command() -> None:
    dialogue = asking()

    assert answered(dialogue, b"421 closing\r\n").unsolicited
    dialogue.sent(b"NOOP\r\n")
    assert answered(dialogue, b"250 ok\r\n").command == Command(b"NOOP\r\n", 0)


def test_lines_of_a_reply_go_on_to_the_first_code_without_a_hyphen() -> None:
    dialogue = asking(b"EHLO a\r\n", b"NOOP\r\n")

    assert answered(dialogue, b"250-a\r\n250-B\r\n250\r\n").raw == b"250-a\r\n250-B\r\n250\r\n"
    assert answered(dialogue, b"what?\r\n").code == 0


def test_mail_data_begin_behind_354_and_are_answered_once() -> None:
    dialogue = asking(b"DATA\r\n")
    answered(dialogue, b"354 go\r\n")
    dialogue.sent(b"a\r\n..\r\nDATA\r\n\n.\n.\r\r\n")
    assert dialogue.waiting == 0
    dialogue.sent(b".\r\nNOOP\r\n")

    assert verbs(dialogue, b"250 taken\r\n250 ok\r\n") == [b".", b"NOOP"]


@pytest.mark.parametrize("cut", range(6))
def test_the_end_of_data_may_be_cut_anywhere(cut: int) -> None:
    dialogue = asking(b"DATA\r\n")
    answered(dialogue, b"354 go\r\n")
    end = b"\r\n.\r\n"
    dialogue.sent(b"a" + end[:cut])
    dialogue.sent(end[cut:] + b"QUIT\r\n")

    assert verbs(dialogue, b"250 taken\r\n221 bye\r\n") == [b".", b"QUIT"]


def test_empty_mail_data_end_with_the_first_line() -> None:
    dialogue = asking(b"DATA\r\n")
    answered(dialogue, b"354 go\r\n")
    dialogue.sent(b".\r\n")

    assert verbs(dialogue, b"554 no\r\n") == [b"."]


@pytest.mark.parametrize("line", [b"DATA\r\n", b"data\r\n", b"DATA \r\n", b"DATA\t\r\n"])
def test_a_data_that_is_refused_begins_nothing(line: bytes) -> None:
    dialogue = asking(line, b"NOOP\r\n")

    assert verbs(dialogue, b"503 no\r\n250 ok\r\n")[1:] == [b"NOOP"]


def test_a_chunk_is_no_command_and_is_answered_with_its_line() -> None:
    dialogue = asking(b"BDAT 6\r\nNOOP\r\nBDAT 0\r\nBDAT 4 LAST\r\nQU", b"IT", b"NOOP\r\n")

    assert dialogue.waiting == 4
    assert verbs(dialogue, b"250 a\r\n" * 4) == [b"BDAT", b"BDAT", b"BDAT", b"NOOP"]


@pytest.mark.parametrize("line", [b"BDAT\r\n", b"BDAT x\r\n", b"BDAT -1\r\n", b"BDAT 1 2 3\r\n"])
def test_a_bdat_without_a_size_is_followed_by_commands(line: bytes) -> None:
    assert verbs(asking(line, b"NOOP\r\n"), b"501 no\r\n250 ok\r\n") == [b"BDAT", b"NOOP"]


def test_an_exchange_of_challenges() -> None:
    dialogue = asking(b"auth LOGIN\r\n")

    assert answered(dialogue, b"334 VXNlcg==\r\n").command == Command(b"auth LOGIN\r\n", 0)
    dialogue.sent(b"DATA\r\n")
    second = answered(dialogue, b"334 UGFzcw==\r\n").command
    assert second == Command(b"DATA\r\n", 12, sasl=True)
    assert second.verb == b""
    dialogue.sent(b"c2VjcmV0\r\n")
    assert answered(dialogue, b"235 in\r\n").command == Command(b"c2VjcmV0\r\n", 18, sasl=True)
    dialogue.sent(b"NOOP\r\n")
    assert verbs(dialogue, b"250 ok\r\n") == [b"NOOP"]


def test_an_exchange_that_is_refused_is_over() -> None:
    dialogue = asking(b"AUTH PLAIN\r\n")
    answered(dialogue, b"334 \r\n")
    dialogue.sent(b"*\r\n")
    answered(dialogue, b"501 cancelled\r\n")
    dialogue.sent(b"QUIT\r\n")

    assert verbs(dialogue, b"221 bye\r\n") == [b"QUIT"]


def test_a_challenge_to_anything_but_auth_begins_no_exchange() -> None:
    dialogue = asking(b"NOOP\r\n")
    answered(dialogue, b"334 YQ==\r\n")
    dialogue.sent(b"RSET\r\n")

    assert verbs(dialogue, b"250 ok\r\n") == [b"RSET"]


RECIPIENTS = (b"LHLO a\r\n", b"MAIL FROM:<>\r\n", b"RCPT TO:<a@b>\r\n", b"RCPT TO:<c@d>\r\n", b"RCPT TO:<e@f>\r\n")
TWO = b"250 a\r\n250 ok\r\n250 ok\r\n550 no\r\n251 ok\r\n"


def test_in_lmtp_the_end_of_data_is_answered_once_for_each_accepted_recipient() -> None:
    dialogue = asking(*RECIPIENTS, b"DATA\r\n", lmtp=True)
    verbs(dialogue, TWO + b"354 go\r\n")
    dialogue.sent(b"a\r\n.\r\nNOOP\r\n")
    assert dialogue.waiting == 3

    assert verbs(dialogue, b"250 a\r\n450 b\r\n250 ok\r\n250 ?\r\n") == [b".", b".", b"NOOP", b"?"]


def test_in_lmtp_the_last_chunk_is_answered_once_for_each_accepted_recipient() -> None:
    dialogue = asking(*RECIPIENTS, b"BDAT 1\r\nx", b"BDAT 1 last\r\nx", b"NOOP\r\n", lmtp=True)
    verbs(dialogue, TWO)
    assert dialogue.waiting == 4

    assert verbs(dialogue, b"250 a\r\n250 b\r\n552 c\r\n250 ok\r\n") == [b"BDAT", b"BDAT", b"BDAT", b"NOOP"]


def test_in_lmtp_the_last_chunk_for_nobody_is_not_answered() -> None:
    dialogue = asking(b"LHLO a\r\n", b"BDAT 1 LAST\r\nx", b"NOOP\r\n", lmtp=True)

    assert verbs(dialogue, b"250 a\r\n250 ok\r\n") == [b"LHLO", b"NOOP"]


def test_in_lmtp_a_bdat_that_is_not_known_is_answered_once() -> None:
    dialogue = asking(*RECIPIENTS, b"BDAT 0 LAST\r\n", b"NOOP\r\n", lmtp=True)

    assert verbs(dialogue, TWO + b"500 what?\r\n250 ok\r\n")[5:] == [b"BDAT", b"NOOP"]


@pytest.mark.parametrize("line", [b"RSET\r\n", b"LHLO b\r\n", b"MAIL FROM:<>\r\n"])
def test_in_lmtp_who_begins_anew_has_no_recipients_and_who_is_refused_keeps_them(line: bytes) -> None:
    anew, refused = asking(*RECIPIENTS, line, lmtp=True), asking(*RECIPIENTS, line, lmtp=True)
    verbs(anew, TWO + b"250 ok\r\n")
    verbs(refused, TWO + b"503 no\r\n")

    assert (anew.accepted, refused.accepted) == (0, 2)


def test_who_was_told_something_else_answers_for_what_was_asked() -> None:
    dialogue = asking()
    for piece in dialogue.pieces(b"DATA\r\n"):
        dialogue.note(piece, told=b"NOOP\r\n")
    dialogue.sent(b"RSET\r\n")

    assert verbs(dialogue, b"250 ok\r\n250 ok\r\n") == [b"DATA", b"RSET"]


def test_what_came_in_clear_is_forgotten_before_tls() -> None:
    dialogue = asking(b"STARTTLS\r\nNOOP\r\n")
    answered(dialogue, b"220 go\r\n250 inj")
    dialogue.begin_tls()
    dialogue.sent(b"EHLO a\r\n")

    assert (dialogue.partial, dialogue.waiting) == (b"", 1)
    assert verbs(dialogue, b"250 a\r\n") == [b"EHLO"]


def test_a_line_or_a_reply_without_end_is_overlong() -> None:
    dialogue, endless = asking(b"NOOP\r\n"), asking(b"NOOP\r\n")
    dialogue.received(b"250 " + b"x" * framing.LINE_LIMIT)
    endless.received(b"250-x\r\n" * (REPLY_LIMIT // 7 + 1))

    assert dialogue.next() == Overlong(framing.LINE_LIMIT, 18, b"250 " + b"x" * 196)
    assert endless.next() == Overlong(REPLY_LIMIT, 18, b"250-x\r\n")


@given(st.lists(st.sampled_from((b"a", b".", b"\r\n", b"..", b"\n", b"\r")), max_size=20).map(b"".join))
def test_stuffed_mail_data_end_where_they_end(text: bytes) -> None:
    dialogue = asking(b"DATA\r\n")
    answered(dialogue, b"354 go\r\n")
    pieces: list[Piece] = list(dialogue.pieces(smtp.stuff(text)))

    assert [piece.ends for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert framing.unstuff(b"".join(piece.raw for piece in pieces)) == text + b"\r\n" * (
        bool(text) and not text.endswith(b"\r\n")
    )
