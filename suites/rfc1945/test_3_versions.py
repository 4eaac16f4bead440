"""RFC 1945 sections 1, 3 and 5: what a client of HTTP/1.0, or of 0.9, is answered."""

from __future__ import annotations

from conformance import HttpDial, Inconclusive, Reason, answer, forward, hang_up, rewrite, say, verifies

SIMPLE = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\npage\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npage\n\r\n0\r\n\r\n"
NOT_UNDERSTOOD = frozenset({400, 405, 426, 501, 505})


@verifies("RFC1945-3.1-01", refuted_by=rewrite(rb"\A(HTTP/1\.\d) \d+", rb"\1 505", of=rb"GET .* HTTP/1.0.*"))
def test_requests_of_1_0_are_understood(dial: HttpDial) -> None:
    """GET of 1.0 with Host: none of the codes that refuse a request for its form or its version."""
    said = dial.http().request("GET", dial.page, version="HTTP/1.0", host=dial.http().host)
    assert said.code
    assert said.code not in NOT_UNDERSTOOD


@verifies("RFC1945-3.1-02", refuted_by=say(CHUNKED, of=rb"GET .* HTTP/1.0.*"))
def test_a_client_of_1_0_finds_the_end_of_the_response(dial: HttpDial) -> None:
    """GET of 1.0: a body that Content-Length or the end of the connection ends."""
    said = dial.get(version="HTTP/1.0")
    if said.reply is None:
        raise Inconclusive(Reason.CONNECTION_LOST, f"no whole response came: {said!r}")
    assert said.complete
    assert said.reply.framing in ("length", "close", "none")


@verifies("RFC1945-1.3-01", refuted_by=forward(rb"\1 HTTP/1.1\r\nHost: localhost", of=rb"(GET .*) HTTP/1\.0"))
def test_the_connection_ends_behind_a_response_to_1_0(dial: HttpDial) -> None:
    """GET of 1.0, and once it is answered another: no response to the second."""
    session = dial.http()
    first = session.request("GET", dial.page, version="HTTP/1.0")
    if first.reply is None:
        raise Inconclusive(Reason.CONNECTION_LOST, f"no response came: {first!r}")
    assert session.ending or session.request("GET", dial.page, version="HTTP/1.0").reply is None


@verifies("RFC1945-5.1-01", refuted_by=answer(SIMPLE, of=rb"GET [^ ]*"))
def test_a_simple_request_gets_no_header_before_the_page(dial: HttpDial) -> None:
    """GET without a version: the page alone, an error, or the end of the connection; no Status-Line that tells of success."""
    session = dial.http()
    session.send(f"GET {dial.page}\r\n".encode())
    said = session.final()
    assert not 200 <= said.code < 300, said.code


@verifies("RFC1945-5.1.1-01", refuted_by=rewrite(rb"\A(HTTP/1\.\d) \d+", rb"\1 200", of=rb"MAILCONFORM .*"))
def test_an_unknown_method_of_1_0_is_not_implemented(dial: HttpDial) -> None:
    """MAILCONFORM of 1.0: 501, or 405 as RFC 2616 has it."""
    assert dial.get(method="MAILCONFORM", version="HTTP/1.0").code in (405, 501)


@verifies(
    "RFC1945-8.1-01", refuted_by=hang_up(of=rb"GET .*If-Modified.*", saying=b"HTTP/1.1 304 Not Modified\r\n\r\npage\n")
)
def test_a_304_to_1_0_has_no_body(dial: HttpDial) -> None:
    """GET of 1.0 with If-Modified-Since from Last-Modified: where it is answered 304, nothing comes behind the head."""
    since = dial.get(version="HTTP/1.0").offered("Last-Modified")
    session = dial.http()
    session.request("GET", dial.page, f"If-Modified-Since: {since}", version="HTTP/1.0").ok(304)
    assert session.nothing_follows()
