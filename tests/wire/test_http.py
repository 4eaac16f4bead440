"""HTTP on the wire: what is wrong is named, and a response ends where RFC 2616 section 4.4 says, however it comes and whoever sends it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.strategies.pop3_commands import chunkings
from conformance.wire import http
from conformance.wire.framing import LINE_LIMIT, LISTING_LIMIT, Overlong
from conformance.wire.http_dialogue import Dialogue, Reply
from conformance.wire.scanner import Message, Scanner
from tests.wire.effort import calls

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = GET.replace(b"GET", b"HEAD")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=1\r\npage\r\n0\r\nA: b\r\n\r\n"
EXCHANGES = {
    "length": (GET, OK),
    "chunked": (GET, CHUNKED),
    "chunked-without-trailer": (GET, CHUNKED.replace(b"A: b\r\n", b"")),
    "head": (HEAD, OK.removesuffix(b"page")),
    "unchanged": (GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"),
    "interim": (GET, b"HTTP/1.1 100 Continue\r\n\r\n"),
    "posted": (b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET ", OK),
    "posted-in-chunks": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n0\r\n\r\n", OK),
}


def held(client: bytes, *server: bytes, ended: bool = False) -> tuple[list[Reply], Dialogue]:
    dialogue, found = Dialogue(), []
    dialogue.sent(client)
    for piece in server:
        dialogue.received(piece)
        while isinstance(reply := dialogue.next(), Reply):
            found.append(reply)
    if ended:
        dialogue.ended()
        while isinstance(reply := dialogue.next(), Reply):
            found.append(reply)
    return found, dialogue


def rules(raw: bytes) -> list[str]:
    return [violation.rule for violation in http.read_head(Message(raw, 0)).violations]


def test_a_head_is_read() -> None:
    raw = b"HTTP/1.1 206 Partial Content\r\nA: 1\r\nconnection : Keep-Alive,\r\n\tClose;x=1\r\na:2\r\n\r\n"
    head = http.read_head(Message(raw, 0))

    assert head.violations == ()
    assert (head.value.version, head.value.code, head.value.reason) == ((1, 1), 206, b"Partial Content")
    assert (head.value.get(b"A"), head.value.each(b"a"), head.value.get(b"B")) == (b"1, 2", [b"1", b"2"], None)
    assert head.value.words(b"Connection") == {b"keep-alive", b"close"}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"HTTP/1.1 200\r\n", "SP"),
        (b"HTTP/1.1  200 OK\r\n", "Status-Code"),
        (b"HTTP/1 200 OK\r\n", "HTTP-Version"),
        (b"HTTP/1.1 2000 OK\r\n", "Status-Code"),
        (b"HTTP/1.1 200 O\x07K\r\n", "Reason-Phrase"),
        (b"HTTP/1.1 200 OK\n", "CRLF"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n", "message-header"),
        (b"HTTP/1.1 200 OK\r\n: value\r\n", "field-name"),
        (b"HTTP/1.1 200 OK\r\n folded: value\r\n", "field-name"),
        (b"HTTP/1.1 200 OK\r\nA: \0\r\n", "field-value"),
    ],
)
def test_what_is_wrong_in_a_head_is_named(line: bytes, rule: str) -> None:
    assert rules(line + b"\r\n")[:1] == [rule]


@pytest.mark.parametrize("phrase", [b"", b"OK", b"\xe4\xf6\xfc", b"Not Found"])
def test_any_text_is_a_phrase(phrase: bytes) -> None:
    assert rules(b"HTTP/1.1 404 " + phrase + b"\r\n\r\n") == []


@pytest.mark.parametrize(
    ("body", "data", "wrong"),
    [
        (b"4\r\npage\r\n0\r\n\r\n", b"page", []),
        (b'4 ; x = "a;b" ;y\r\npage\r\n000\r\nA: b\r\n\r\n', b"page", []),
        (b"4\r\npage0\r\n\r\n", b"page", ["chunk"]),
        (b"4\npage\r\n0\r\n\r\n", b"\npag", ["chunk", "chunk"]),
        (b"4\r\npage\r\n0\r\nno colon\r\n\r\n", b"page", ["message-header"]),
    ],
)
def test_chunks_are_put_together(body: bytes, data: bytes, wrong: list[str]) -> None:
    at = Scanner(body)

    assert http.chunked_body(at)[: len(data)] == data
    assert [violation.rule for violation in at.violations][: len(wrong) or None] == wrong


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (b"Sun, 06 Nov 1994 08:49:37 GMT", True),
        (b"Mon, 06 Nov 1994 08:49:37 GMT", False),
        (b"Sun, 6 Nov 1994 08:49:37 GMT", False),
        (b"Sun, 06 Nov 1994 08:49:37 +0000", False),
        (b"Sunday, 06-Nov-94 08:49:37 GMT", False),
        (b"Sun Nov  6 08:49:37 1994", False),
        (b"Thu, 31 Feb 2022 08:49:37 GMT", False),
        (b"0", False),
    ],
)
def test_only_the_form_of_rfc_1123_is_a_date(text: bytes, good: bool) -> None:
    assert (http.http_date(text) is not None) is good


def test_a_date_is_written_in_three_forms() -> None:
    moment = dt.datetime(1994, 11, 6, 8, 49, 37, tzinfo=dt.UTC)
    forms = http.date_forms(moment)

    assert forms == {
        "rfc1123": "Sun, 06 Nov 1994 08:49:37 GMT",
        "rfc850": "Sunday, 06-Nov-94 08:49:37 GMT",
        "asctime": "Sun Nov  6 08:49:37 1994",
    }
    assert http.http_date(forms["rfc1123"].encode()) == moment


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (b"bytes 0-9/100", (0, 9, 100)),
        (b"bytes 0-9/*", (0, 9, None)),
        (b"bytes */100", (0, -1, 100)),
        (b"bytes 9-0/100", None),
        (b"bytes 0-100/100", None),
        (b"bytes=0-9/100", None),
        (b"", None),
    ],
)
def test_a_content_range_is_read(text: bytes, read: object) -> None:
    assert http.content_range(text) == read


@pytest.mark.parametrize(
    ("text", "good"), [(b'"x"', True), (b'W/"x"', True), (b'""', True), (b"x", False), (b'w/"x"', False)]
)
def test_an_entity_tag_is_quoted(text: bytes, good: bool) -> None:
    assert http.is_entity_tag(text) is good


@settings(max_examples=40)
@given(st.lists(st.sampled_from(list(EXCHANGES)), min_size=1, max_size=4), st.data())
def test_any_chunking_gives_the_same_responses(names: list[str], data: st.DataObject) -> None:
    """An interim response completes no request: what comes behind it belongs to the same one."""
    client = b"".join(EXCHANGES[name][0] for name in names)
    server = b"".join(EXCHANGES[name][1] + (OK if name == "interim" else b"") for name in names)
    found, dialogue = held(client, *data.draw(chunkings(server)))

    assert b"".join(reply.raw for reply in found) == server
    assert [reply.final for reply in found].count(True) == len(names)
    assert all(reply.command and reply.complete for reply in found)
    assert (dialogue.waiting, dialogue.partial) == (0, b"")


@settings(max_examples=60)
@given(st.binary(max_size=300), st.booleans())
def test_whatever_a_server_says_nothing_is_raised_and_nothing_lost(said: bytes, begins: bool) -> None:
    server = (b"HTTP/1.1 200 OK\r\n" if begins else b"") + said
    found, dialogue = held(GET + GET, server, ended=True)

    assert b"".join(reply.raw for reply in found) + dialogue.partial == server
    assert all(reply.content.value is not None for reply in found)


def test_a_body_may_last_as_long_as_the_connection() -> None:
    said = b"HTTP/1.0 200 OK\r\n\r\npage"

    assert held(GET, said)[0] == []
    (reply,), _ = held(GET, said, ended=True)
    assert (reply.framing, reply.content.value, reply.complete) == ("close", b"page", True)


@pytest.mark.parametrize("said", [OK[:-1], CHUNKED[:-2]])
def test_what_is_cut_off_is_said_to_be_so(said: bytes) -> None:
    (reply,), _ = held(GET, said, ended=True)

    assert not reply.complete
    assert reply.raw == said


def test_a_simple_request_is_answered_by_octets() -> None:
    (reply,), _ = held(b"GET /\r\n", b"<p>page", ended=True)

    assert (reply.asked, reply.framing, reply.content.value) == (b"GET /", "close", b"<p>page")


def test_octets_that_nobody_asked_for_are_told_at_once() -> None:
    found, _ = held(GET, OK, b"more")

    assert [reply.unsolicited for reply in found] == [False, True]


def test_an_empty_line_ahead_of_a_request_is_none() -> None:
    (reply,), _ = held(b"\r\n" + GET, OK)

    assert reply.asked == b"GET / HTTP/1.1\r\nHost: a"


@pytest.mark.parametrize(
    "endless",
    [
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000,
        b"HTTP/1.1 200 " + b"x" * (LINE_LIMIT + 1),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LISTING_LIMIT + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"x" * (LISTING_LIMIT + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * (LISTING_LIMIT // 6 + 1),
    ],
    ids=["fields", "line", "length", "body", "no-chunks", "trailer"],
)
def test_what_has_no_end_is_overlong(endless: bytes) -> None:
    dialogue = Dialogue()
    dialogue.sent(GET)
    dialogue.received(endless)

    assert isinstance(dialogue.next(), Overlong)


@pytest.mark.parametrize("piece", [b"1\r\nx\r\n", b"A: b\r\n"], ids=["chunks", "fields"])
def test_effort_grows_no_faster_than_what_comes(piece: bytes) -> None:
    def feed(times: int) -> int:
        dialogue = Dialogue()
        dialogue.sent(GET)
        dialogue.received(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + (b"\r\n" if piece[:1] == b"1" else b"")
        )

        def work() -> None:
            for _ in range(times):
                dialogue.received(piece)
                dialogue.next()

        return calls(work)

    assert feed(2000) < 2.5 * feed(1000)


@pytest.mark.parametrize(
    ("asked", "said", "changed"),
    [
        (GET, OK, OK.replace(b"4", b"7").replace(b"page", b"content")),
        (GET, CHUNKED, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ncontent\r\n0\r\n\r\n"),
        (HEAD, EXCHANGES["head"][1], EXCHANGES["head"][1]),
    ],
    ids=["length", "chunked", "head"],
)
def test_a_lie_about_the_content_is_well_framed(asked: bytes, said: bytes, changed: bytes) -> None:
    (reply,), _ = held(asked, said)

    assert reply.rewritten(b"page", b"content") == changed
    assert reply.rewritten(b"nothing of it", b"") == said


def test_what_the_server_was_told_decides_where_its_response_ends() -> None:
    """A client's HEAD that reaches the server as GET is answered by a body."""
    dialogue = Dialogue()
    for piece in dialogue.pieces(HEAD):
        dialogue.note(piece, piece.raw.replace(b"HEAD", b"GET"))
    dialogue.received(OK)
    reply = dialogue.next()

    assert isinstance(reply, Reply)
    assert (reply.asked[:4], reply.body.raw) == (b"HEAD", b"page")
