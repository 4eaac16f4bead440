"""RFC 2616 sections 3.6 and 4: how requests may be written, and where they end."""

from __future__ import annotations

import pytest

from conformance import NOWHERE, HttpDial, Inconclusive, NotSupported, Reason, forward, needs, say, verifies

pytestmark = needs("HTTP/1.1")

BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
CHUNKS = {
    "plain": b"4\r\nnone\r\n0\r\n\r\n",
    "upper-case": b"A\r\nnone, none\r\n00\r\n\r\n",
    "trailer": b"4\r\nnone\r\n0\r\nX-Mailconform: 1\r\n\r\n",
}


def posted(dial: HttpDial, chunks: bytes) -> None:
    """POST chunks where nothing is, and then GET on the same connection: the second must be answered as it is alone.

    A server that does not take POST at all, whatever its body, says nothing of chunks.
    """
    alone, counted = dial.get().code, dial.http().request("POST", NOWHERE, "Content-Length: 4", body=b"none").code
    if counted in (0, 400, 501):
        raise NotSupported(f"POST with Content-Length is answered {counted}")
    session = dial.http()
    first = session.request("POST", NOWHERE, "Transfer-Encoding: chunked", body=chunks)
    if first.code == 411:
        raise NotSupported("the server insists on Content-Length")
    assert first.code not in (0, 400, 501), first.code
    if session.ending or "close" in (first.field("Connection") or "").lower():
        raise Inconclusive(Reason.AMBIGUOUS, "the connection ended, so that nothing shows how the body was read")
    assert session.request("GET", dial.page).code == alone


@verifies("RFC2616-3.6.1-02", refuted_by=forward(rb"X-Coding: \1", of=rb"Transfer-Encoding: (.*)"))
@pytest.mark.parametrize("form", list(CHUNKS))
def test_chunked_requests_are_decoded(dial: HttpDial, form: str) -> None:
    """POST in chunks to an address that is none, then GET: no 400 or 501, and the page; 411 is let pass."""
    posted(dial, CHUNKS[form])


@verifies("RFC2616-3.6.1-03", refuted_by=say(BAD, of=rb"POST .*chunked.*"))
def test_unknown_chunk_extensions_are_ignored(dial: HttpDial) -> None:
    """POST in a chunk with two extensions, one of them with a quoted value, then GET: as without them."""
    posted(dial, b'4;mailconform;x="a b"\r\nnone\r\n0\r\n\r\n')


@verifies("RFC2616-4.1-01", refuted_by=say(BAD, of=rb"GET .*"))
def test_an_empty_line_ahead_of_a_request_is_ignored(dial: HttpDial) -> None:
    """CRLF, then GET: what it brings is no 400."""
    session = dial.http()
    session.send(b"\r\n" + session.compose("GET", dial.page))
    assert session.final().code not in (0, 400)


@verifies("RFC2616-4.2-01", refuted_by=forward(rb"X-Host: \1", of=rb"(?-i:hOsT): (.*)"))
def test_field_names_are_read_in_any_letter_case(dial: HttpDial) -> None:
    """GET with hOsT: what GET with Host brings."""
    expected = dial.get().code
    session = dial.http()
    assert session.request("GET", dial.page, f"hOsT: {session.host}", host="").code == expected
