"""Transcripts: nothing said is lost, nothing secret is written, and the text form is read back as it was."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.strategies.pop3_commands import chunkings
from conformance.transcript import (
    EVIDENCE_OCTETS,
    SPILL_OCTETS,
    Event,
    Kind,
    Redaction,
    Side,
    Transcript,
    from_text,
    merge,
    quote,
    to_text,
    unquote,
)


def event(
    side: Side, data: bytes, *, kind: Kind = "bytes", offset: int = 0, at_ns: int = 0, connection: int = 1
) -> Event:
    return Event(at_ns=at_ns, connection=connection, side=side, kind=kind, offset=offset, data=data)


EVENTS = st.builds(
    event,
    st.sampled_from(get_args(Side)),
    st.binary(max_size=40),
    kind=st.sampled_from(get_args(Kind)),
    offset=st.integers(0, 2**40),
    at_ns=st.integers(0, 10**12).map(lambda micro: micro * 1000),
    connection=st.integers(1, 9999),
)


@given(st.lists(EVENTS, max_size=12))
def test_the_text_form_is_read_back_as_it_was(events: list[Event]) -> None:
    text = to_text(events)

    assert from_text(text) == events
    assert all(line.isprintable() and line.isascii() for line in text.splitlines())


@given(st.binary())
def test_quoted_octets_are_printable_and_unquoted_again(data: bytes) -> None:
    assert quote(data).isprintable()
    assert unquote(quote(data)[1:-1]) == data


def test_a_line_of_the_text_form() -> None:
    text = to_text(
        [
            event("S", b'+OK "ready"\t\\\x00\r\n', at_ns=12_034_000, connection=2, offset=118),
            event("-", b"", kind="silence"),
        ]
    )

    assert text == '0.012034  2  S  118  "+OK \\"ready\\"\\t\\\\\\x00\\r\\n"\n0.000000  1  -  0  silence ""\n'


@pytest.mark.parametrize(
    "line",
    [
        "", "nonsense", '1  2  S  3  "no point in the time"', '0.1  1  X  0  "x"', '0.1  1  S  0  shout "x"', '0.1  1  S  0  bytes "x"',
        '0.1  1  S  0  "open', '1.2.3  1  S  0  "x"', '0.1  1  S  0  "\u20ac"', '0.1  1  S  -1  "x"', '\u0661.1  1  S  0  "x"',
    ],
)  # fmt: skip
def test_the_first_line_that_is_no_event_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 is not an event"):
        from_text(f'0.1  1  S  0  "x"\n{line}\n')


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    try:
        from_text(text)
    except ValueError as error:
        assert "is not an event" in str(error)  # noqa: PT017 - reading it is right too


def test_a_very_long_conversation_says_where_it_was_cut() -> None:
    half = b"x" * (EVIDENCE_OCTETS // 2)
    events = from_text(
        to_text([event("S", half), event("S", half), event("S", b"more"), event("-", b"30 s", kind="silence")])
    )

    assert [(e.kind, e.data) for e in events[2:]] == [("note", b"(4 octets, not kept)"), ("silence", b"30 s")]
    assert events[1].data == half


# What is recorded.


def test_offsets_count_the_octets_of_a_side() -> None:
    transcript = Transcript(3, "pop3://127.0.0.1:110")
    for side, kind, data in (
        ("-", "open", b"there"),
        ("S", "bytes", b"+OK\r\n"),
        ("C", "bytes", b"QUIT\r\n"),
        ("S", "silence", b"1 s"),
        ("S", "bytes", b"+OK\r\n"),
    ):
        transcript.record(side, kind, data)

    assert [(e.side, e.offset) for e in transcript] == [("-", 0), ("S", 0), ("C", 0), ("S", 5), ("S", 5)]
    assert (transcript.bytes_of("S"), transcript.bytes_of("C"), transcript.bytes_of("-")) == (
        b"+OK\r\n+OK\r\n",
        b"QUIT\r\n",
        b"",
    )
    assert (len(transcript), transcript.offsets) == (5, {"C": 6, "S": 10, "-": 0})
    assert {e.connection for e in transcript} == {3}


def test_time_is_monotonic_since_the_run_began() -> None:
    transcript = Transcript(1, "here")
    for _ in range(20):
        transcript.record("C", "bytes", b"x")
    times = [e.at_ns for e in transcript]

    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] < 60 * 10**9


@settings(max_examples=10)
@given(
    st.lists(
        st.tuples(st.sampled_from(("C", "S")), st.sampled_from((b"", b"x", b"\r\n\x00", b"y" * 65536, b"z" * 300_000))),
        max_size=20,
    )
)
def test_what_goes_to_the_file_comes_back_equal(said: list[tuple[Side, bytes]]) -> None:
    transcript = Transcript(1, "here")
    for side, data in said:
        transcript.record(side, "bytes", data)

    assert [(e.side, e.data) for e in transcript] == said
    assert [(e.side, e.data) for e in transcript] == said


def test_memory_holds_a_constant_part_of_a_large_conversation() -> None:
    transcript = Transcript(1, "here")
    pieces = [bytes([n % 256]) * 65536 for n in range(3 * SPILL_OCTETS // 65536)]
    for number, piece in enumerate(pieces):
        transcript.record("S", "bytes", piece)
        if number == len(pieces) // 2:
            assert transcript.bytes_of("S") == b"".join(pieces[: number + 1])
    held = sum(len(kept) for *_, kept in transcript._rows if isinstance(kept, bytes))

    assert held <= SPILL_OCTETS
    assert transcript.bytes_of("S") == b"".join(pieces)


# What is not written.

PASSWORD = "PEN+CIL?9"
USER = "ann"
DIGEST = b"0123456789abcdef0123456789abcdef"
SPOKEN = list[tuple[Side, bytes, bytes]]
"""Who says what, and how it may be written."""


def b64(octets: bytes) -> bytes:
    return base64.b64encode(octets)


def hidden(before: bytes, secret: bytes, behind: bytes = b"\r\n") -> tuple[Side, bytes, bytes]:
    return "C", before + secret + behind, before + b"*" * len(secret) + behind


def plainly(side: Side, octets: bytes) -> tuple[Side, bytes, bytes]:
    return side, octets, octets


def answers(mechanism: bytes, *pairs: tuple[bytes, bytes]) -> SPOKEN:
    steps: SPOKEN = [plainly("C", b"AUTH " + mechanism + b"\r\n")]
    for challenge, answer in pairs:
        steps += [plainly("S", b"+ " + challenge + b"\r\n"), hidden(b"", answer)]
    return steps


PASS_WORDS = st.sampled_from((PASSWORD.encode(), b"wrong one", b"x"))
PLAINS = st.sampled_from((PASSWORD, "wrong")).map(lambda word: b64(f"\0{USER}\0{word}".encode()))
OK = plainly("S", b"+OK done\r\n")
REFUSED = plainly("S", b"-ERR [AUTH] no\r\n")
EXCHANGES: st.SearchStrategy[SPOKEN] = st.one_of(
    st.sampled_from((b"NOOP\r\n", b"USER ann\r\n", b"QUIT\r\n", b"RETR 1\r\n", b"APOP ann\r\n", b"AUTH\r\n", b"PASSED on\r\n", b"LIST AUTH\r\n")).map(lambda line: [plainly("C", line)]),
    st.builds(lambda word, secret: [hidden(word, secret)], st.sampled_from((b"PASS ", b"pass ", b"PASS  ", b"PASS\t", b"A1 PASS ")), PASS_WORDS),
    st.sampled_from((b"APOP ann ", b"apop ANN  ")).map(lambda word: [hidden(word, DIGEST)]),
    st.builds(lambda word, secret: [hidden(word, secret)], st.sampled_from((b"AUTH PLAIN ", b"auth plain ", b"a AUTHENTICATE PLAIN ")), PLAINS),
    PLAINS.map(lambda word: answers(b"PLAIN", (b"", word))),
    PASS_WORDS.map(lambda word: answers(b"LOGIN", (b64(b"User"), b64(b"ann")), (b64(b"Pass"), b64(word)))),
    st.just(answers(b"CRAM-MD5", (b64(b"<1@a>"), b64(b"ann " + DIGEST)))),
    st.just([plainly("C", b"AUTH PLAIN\r\n"), plainly("S", b"+\r\n"), hidden(b"", b64(b"\0ann\0unknown"))]),
    st.just([plainly("C", b"AUTH PLAIN\r\n"), plainly("S", b"+bm8gc3BhY2U=\r\n"), hidden(b"", b64(b"\0ann\0unknown"))]),
    st.just([plainly("C", b"AUTH PLAIN\r\n"), plainly("S", b"+ " + b"x" * 9000 + b"\r\n"), hidden(b"", b64(b"\0ann\0unknown"))]),
    st.just([hidden(b"AUTH PLAIN\r\n", b64(f"\0ann\0{PASSWORD}".encode()))]),
)  # fmt: skip
SAID_BACK = st.sampled_from((PASSWORD.encode(), b64(PASSWORD.encode()))).map(
    lambda secret: ("S", b"-ERR not " + secret + b" here\r\n", b"-ERR not " + b"*" * len(secret) + b" here\r\n")
)
CONVERSATIONS = st.lists(
    st.tuples(EXCHANGES, st.one_of(st.just(OK), st.just(REFUSED), SAID_BACK)).map(lambda pair: [*pair[0], pair[1]]),
    min_size=1,
    max_size=5,
).map(lambda parts: [plainly("S", b"+OK ready <1@a>\r\n"), *(step for part in parts for step in part)])


def cut(steps: SPOKEN, data: st.DataObject) -> Iterable[tuple[Side, bytes]]:
    for side, octets, _ in steps:
        for piece in data.draw(st.one_of(chunkings(octets, 4), st.just((octets,)))):
            yield side, piece


@settings(max_examples=70)
@given(CONVERSATIONS, st.data())
def test_no_secret_octet_is_written_and_every_other_one_is(steps: SPOKEN, data: st.DataObject) -> None:
    transcript = Transcript(1, "here")
    for side, piece in cut(steps, data):
        transcript.record(side, "bytes", piece)
    written = Redaction.of([PASSWORD]).apply(transcript)

    assert [(e.side, e.offset, len(e.data)) for e in written] == [(e.side, e.offset, len(e.data)) for e in transcript]
    for side in ("C", "S"):
        assert b"".join(e.data for e in written if e.side == side) == b"".join(w for s, _, w in steps if s == side)


def written(*said: tuple[Side, bytes], passwords: Iterable[str] = (PASSWORD,)) -> list[bytes]:
    transcript = Transcript(1, "here")
    for side, data in said:
        transcript.record(side, "bytes", data)
    return [e.data for e in Redaction.of(passwords).apply(transcript)]


def test_a_server_that_repeats_the_message_of_plain_is_not_written_down() -> None:
    word = b64(f"\0ann\0{PASSWORD}".encode())

    assert (
        written(("C", b"AUTH PLAIN " + word + b"\r\n"), ("S", b"-ERR bad: " + word + b"\r\n"))[1]
        == b"-ERR bad: " + b"*" * len(word) + b"\r\n"
    )


MESSAGE = b64(f"\0{USER}\0{PASSWORD}".encode())
SMTP: dict[str, SPOKEN] = {
    "PLAIN with initial response": [hidden(b"AUTH PLAIN ", MESSAGE), plainly("S", b"235 2.7.0 welcome\r\n")],
    "PLAIN in two steps": [
        plainly("C", b"AUTH PLAIN\r\n"),
        plainly("S", b"334 \r\n"),
        hidden(b"", b64(b"\0ann\0unknown")),
        plainly("S", b"535 5.7.8 no\r\n"),
    ],
    "LOGIN": [
        plainly("C", b"auth login\r\n"),
        plainly("S", b"334 " + b64(b"Username:") + b"\r\n"),
        hidden(b"", b64(USER.encode())),
        plainly("S", b"334 " + b64(b"Password:") + b"\r\n"),
        hidden(b"", b64(b"unknown")),
        plainly("S", b"235 2.7.0 welcome\r\n"),
    ],
    "LOGIN with the name as initial response": [
        hidden(b"AUTH LOGIN ", b64(USER.encode())),
        plainly("S", b"334 " + b64(b"Password:") + b"\r\n"),
        hidden(b"", b64(b"unknown")),
        plainly("S", b"535 5.7.8 no\r\n"),
    ],
    "CRAM-MD5": [
        plainly("C", b"AUTH CRAM-MD5\r\n"),
        plainly("S", b"334 " + b64(b"<1@a>") + b"\r\n"),
        hidden(b"", b64(b"ann " + DIGEST)),
        plainly("S", b"235 2.7.0 welcome\r\n"),
    ],
}


@pytest.mark.parametrize("exchange", list(SMTP))
@settings(max_examples=20)
@given(st.data())
def test_no_secret_of_an_smtp_exchange_is_written(exchange: str, data: st.DataObject) -> None:
    greeting = plainly("S", b"220 here\r\n")
    behind = [
        plainly("C", b"MAIL FROM:<a@b.test>\r\n"),
        plainly("S", b"250 2.1.0 334 of them\r\n"),
        plainly("C", b"RSET\r\n"),
    ]
    steps: SPOKEN = [greeting, *SMTP[exchange], *behind]
    transcript = Transcript(1, "here")
    for side, piece in cut(steps, data):
        transcript.record(side, "bytes", piece)
    masked = Redaction.of([PASSWORD]).apply(transcript)

    for side in ("C", "S"):
        assert b"".join(e.data for e in masked if e.side == side) == b"".join(w for s, _, w in steps if s == side)


def test_a_message_of_plain_in_a_text_is_masked() -> None:
    text = f"assert not respond(b'{MESSAGE.decode()}').positive, nor {PASSWORD}, but AUTH PLAIN"

    masked = Redaction.of([PASSWORD]).in_text(text)
    assert masked == f"assert not respond(b'{'*' * len(MESSAGE)}').positive, nor {'*' * len(PASSWORD)}, but AUTH PLAIN"


def test_secrets_that_overlap_are_masked_to_their_last_octet() -> None:
    assert written(("S", b"<aXaXa>"), passwords=["aXa"]) == [b"<*****>"]


def test_commands_behind_an_exchange_stay_readable() -> None:
    said = written(
        ("C", b"AUTH PLAIN\r\n"), ("S", b"+ \r\n"), ("C", b"eA==\r\n"), ("S", b"+OK\r\n"), ("C", b"STAT\r\nQUIT\r\n")
    )

    assert said == [b"AUTH PLAIN\r\n", b"+ \r\n", b"****\r\n", b"+OK\r\n", b"STAT\r\nQUIT\r\n"]


def test_empty_passwords_hide_nothing() -> None:
    assert Redaction.of(["", ""]) == Redaction()
    assert written(("C", b"USER ann\r\n"), passwords=[""]) == [b"USER ann\r\n"]


def test_only_octets_are_masked() -> None:
    rows = [event("-", b"pop3://PEN+CIL?9", kind="open"), event("S", b"+OK PEN+CIL?9\r\n")]

    assert [e.data for e in Redaction.of([PASSWORD]).apply(rows)] == [b"pop3://PEN+CIL?9", b"+OK *********\r\n"]


def test_several_connections_are_told_in_the_order_of_time() -> None:
    first, second = Transcript(1, "here", 0), Transcript(2, "here", 0)
    for transcript in (first, second, first):
        transcript.record("C", "bytes", b"PASS secret\r\n")
    events = merge([second, first], Redaction())

    assert [e.connection for e in events] == [1, 2, 1]
    assert {e.data for e in events} == {b"PASS ******\r\n"}
