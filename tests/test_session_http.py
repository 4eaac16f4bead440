"""The HTTP session, its discovery and its audits: against servers that say every wrong thing."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from conformance import audits, audits_http, discovery_http
from conformance.discovery import CannotJudge, Profile
from conformance.doctor import Mark, examine
from conformance.hearing_http import conversations
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.http import Http
from conformance.target import Endpoint, Target
from conformance.transcript import Transcript
from conformance.transport.dialler import Dialler, Recorder
from tests.peers import wrong

_LOADED = audits_http
DATE = b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
OK = b"HTTP/1.1 200 OK\r\n" + DATE + b"Server: peer/1\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\npage"
PATIENCE = 1.0


def answering(*responses: bytes, then: wrong.Script = wrong.closing) -> wrong.Script:
    """Answer request by request, and end as `then` says."""

    def script(sock: socket.socket) -> None:
        heard = b""
        for response in responses:
            while b"\r\n\r\n" not in heard:
                piece = sock.recv(4096)
                if not piece:
                    return
                heard += piece
            heard = heard.partition(b"\r\n\r\n")[2]
            sock.sendall(response)
        then(sock)

    return script


@contextlib.contextmanager
def served(script: wrong.Script) -> Iterator[Target]:
    with wrong.wrong_server(script) as port:
        yield Target(name="peer", endpoints=(Endpoint(scheme="http", host="127.0.0.1", port=port),), patience=PATIENCE)


@contextlib.contextmanager
def connected(script: wrong.Script) -> Iterator[Http]:
    with served(script) as target:
        dialler = Dialler(target, Recorder())
        session = Http(dialler.open(target.endpoints[0]), dialler.recorder, PATIENCE, lambda _: True, "peer")
        try:
            yield session
        finally:
            session.leave()


def test_two_requests_are_answered_on_one_connection() -> None:
    with connected(answering(OK, OK.replace(b"page", b"more"))) as session:
        assert [session.request("GET", "/").content for _ in range(2)] == [b"page", b"more"]
        assert session.closes()


def test_a_request_is_written_as_asked_for() -> None:
    with connected(wrong.mute) as session:
        assert session.compose("GET", "/", "A: b") == b"GET / HTTP/1.1\r\nHost: peer\r\nA: b\r\n\r\n"
        assert session.compose("GET", "/", version="HTTP/1.0") == b"GET / HTTP/1.0\r\n\r\n"
        assert session.compose("POST", "/", host="", body=b"x") == b"POST / HTTP/1.1\r\n\r\nx"


def test_interim_responses_are_passed_over() -> None:
    with connected(answering(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK)) as session:
        assert session.request("GET", "/").ok().complete


def test_interim_responses_without_end_are_no_answer() -> None:
    with connected(answering(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)) as session:
        assert session.request("GET", "/").code == 100


@pytest.mark.parametrize("script", [wrong.mute, wrong.silent, wrong.closing, wrong.garbage, wrong.dripping])
def test_whatever_a_server_says_it_takes_a_bounded_time(script: wrong.Script) -> None:
    began = time.monotonic()
    with connected(script) as session:
        assert session.request("GET", "/").code == 0
    assert time.monotonic() - began < 8 * PATIENCE


def test_a_body_without_end_is_no_answer() -> None:
    def endless(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            sock.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    with connected(endless) as session:
        answer = session.request("GET", "/")

    assert answer.reply is None
    assert "Overlong" in repr(answer)


def test_not_now_is_inconclusive() -> None:
    with connected(answering(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")) as session:
        answer = session.request("GET", "/")
        with pytest.raises(Inconclusive, match="try later"):
            _ = answer.code


def test_preconditions() -> None:
    with connected(answering(OK, OK)) as session:
        answer = session.request("GET", "/")
        assert answer.ok().offered("server") == "peer/1"
        with pytest.raises(Inconclusive, match="200 OK"):
            answer.ok(304)
        with pytest.raises(NotSupported, match="no ETag"):
            answer.offered("ETag")


def test_discovery_finds_version_and_product() -> None:
    head = OK.removesuffix(b"page")
    with served(answering(head)) as target:
        profile = discovery_http.discover(target, Dialler(target, Recorder()))

    assert (profile.protocol, profile.product, profile.listed("before TLS")) == ("http", "peer/1", ("HTTP/1.1",))
    assert profile.announced("HTTP/1.1")


def test_a_server_of_1_0_announces_nothing() -> None:
    with served(answering(OK.removesuffix(b"page").replace(b"HTTP/1.1", b"HTTP/1.0"))) as target:
        assert not discovery_http.discover(target, Dialler(target, Recorder())).announced("HTTP/1.1")


@pytest.mark.parametrize("script", [wrong.closing, wrong.garbage, wrong.not_pop3])
def test_what_is_no_server_of_http_cannot_be_judged(script: wrong.Script) -> None:
    with served(script) as target, pytest.raises(CannotJudge, match="no response of HTTP"):
        discovery_http.discover(target, Dialler(target, Recorder()))


@pytest.mark.parametrize(
    ("scheme", "port", "name", "host"),
    [
        ("http", 80, "a.example", "a.example"),
        ("https", 443, "::1", "[::1]"),
        ("http", 8080, "a.example", "a.example:8080"),
    ],
)
def test_host_has_the_port_where_it_is_not_the_default(scheme: str, port: int, name: str, host: str) -> None:
    endpoint = Endpoint(scheme=scheme, host=name, port=port)

    assert discovery_http.host_of(Target(name="peer", endpoints=(endpoint,)), endpoint) == host


def test_the_doctor_asks_an_http_endpoint() -> None:
    def always(sock: socket.socket) -> None:
        answering(OK.removesuffix(b"page"), then=wrong.mute)(sock)

    with served(always) as target:
        lines = {line.layer: line for line in examine(target)}

    assert (lines["answers"].mark, lines["limits"].mark) == (Mark.WELL, Mark.WELL)
    assert lines["clock"].mark is Mark.FAILS, "the peer lives in 1994"


def troubled(server: bytes, client: bytes, *, ended: bool = False) -> set[str]:
    """Return the audits that accuse of a conversation."""
    transcript = Transcript(1, "http://peer", 0)
    transcript.record("C", "bytes", client)
    transcript.record("S", "bytes", server)
    if ended:
        transcript.record("S", "close")
    profile = Profile(target=Target(name="peer", endpoints=()), protocol="http")
    auditor = audits.Auditor(profile, conversations)
    auditor.read([transcript], lambda connection, offset: (str(connection), offset))
    return {name for name, finding in auditor.findings.items() if finding.trouble}


GET = b"GET / HTTP/1.1\r\nHost: peer\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"
ODD = {
    "no-status-line": (GET, b"page", "a-full-request-is-answered-by-a-full-response"),
    "no-space": (GET, OK.replace(b"200 OK", b"200"), "the-status-line-is-version-code-and-phrase"),
    "class": (GET, OK.replace(b"200", b"600"), "the-first-digit-of-the-code-is-a-class"),
    "field": (GET, OK.replace(b"Server:", b"Server"), "each-header-field-is-a-name-a-colon-and-a-value"),
    "line-end": (GET, OK.replace(b"peer/1\r", b"peer/1"), "each-line-of-the-head-ends-in-crlf"),
    "too-short": (GET, OK[:-1], "a-body-has-as-many-octets-as-its-content-length-says"),
    "too-long": (GET, OK + b"s", "a-body-has-as-many-octets-as-its-content-length-says"),
    "length": (GET, OK.replace(b"Length: 4", b"Length: four"), "content-length-is-a-number"),
    "lengths": (GET, OK.replace(b"Server: peer/1", b"Content-Length: 5"), "content-length-is-a-number"),
    "date": (GET, OK.replace(b"Sun, 06", b"Sun, 6"), "each-date-is-written-as-rfc-1123-has-it"),
    "expires": (GET, OK.replace(b"Server: peer/1", b"Expires: -1"), "each-date-is-written-as-rfc-1123-has-it"),
    "no-date": (GET, OK.replace(DATE, b""), "responses-have-a-date"),
    "tag": (GET, OK.replace(b"Server: peer/1", b"ETag: x"), "each-entity-tag-is-quoted"),
    "type": (GET, OK.replace(b"Content-Type", b"X-Type"), "a-body-has-a-content-type"),
    "405": (GET, OK.replace(b"200", b"405"), "a-405-lists-the-methods-that-are-allowed"),
    "401": (GET, OK.replace(b"200", b"401"), "a-401-has-a-challenge"),
    "206": (GET, OK.replace(b"200", b"206"), "a-206-tells-its-range"),
    "coding": (OLD, OK.replace(b"Server: peer/1", b"Transfer-Encoding: x"), "a-client-of-1-0-gets-no-transfer-coding"),
    "100": (OLD, b"HTTP/1.1 100 Continue\r\n\r\n" + OK, "a-client-of-1-0-gets-no-interim-response"),
}
EVEN = {
    "plain": (GET, OK),
    "old": (OLD, OK.replace(b"HTTP/1.1", b"HTTP/1.0")),
    "old-without-much": (OLD, b"HTTP/1.0 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\npage"),
    "folded": (GET, OK.replace(b"Server: ", b"Server :\r\n ")),
    "farewell": (GET, OK + b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"),
    "server-error": (GET, OK.replace(b"200", b"500").replace(DATE, b"")),
    "retry": (GET, OK.replace(b"Server: peer/1", b"Retry-After: 120")),
    "malformed-request": (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"garbage"),
    "simple": (b"GET /\r\n", b"page"),
}


@pytest.mark.parametrize("name", list(ODD))
def test_what_is_wrong_is_heard(name: str) -> None:
    client, server, slug = ODD[name]

    assert {found.partition("/")[2] for found in troubled(server, client, ended=True)} >= {slug}


@pytest.mark.parametrize("name", list(EVEN))
def test_what_is_right_is_not_accused(name: str) -> None:
    client, server = EVEN[name]

    assert troubled(server, client, ended=True) == set()
