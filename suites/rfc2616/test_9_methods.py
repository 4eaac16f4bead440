"""RFC 2616 section 9: OPTIONS, HEAD and TRACE."""

from __future__ import annotations

from conformance import HttpDial, NotSupported, forward, needs, rewrite, verifies
from conformance.sessions.http import Answer

pytestmark = needs("HTTP/1.1")

SAME = ("Content-Type", "Content-Length", "ETag", "Last-Modified")


def supported(dial: HttpDial, method: str, *fields: str) -> Answer:
    """What an optional method brings; NotSupported if that is no 200."""
    said = dial.get(*fields, method=method)
    if said.code != 200:
        raise NotSupported(f"{method} is answered {said.code}")
    return said


@verifies("RFC2616-9.2-01", refuted_by=rewrite(rb"^Allow: ", b"X-Allow: ", of=rb"OPTIONS .*"))
def test_options_tells_the_methods(dial: HttpDial) -> None:
    """OPTIONS for the page: where it is answered 200, with Allow."""
    assert supported(dial, "OPTIONS").field("Allow") is not None


@verifies(
    "RFC2616-9.2-02", refuted_by=rewrite(rb"^Content-Length: 0", b"Transfer-Encoding: identity", of=rb"OPTIONS .*")
)
def test_options_without_a_body_says_so(dial: HttpDial) -> None:
    """OPTIONS for the page: where it is answered 200 and without a body, Content-Length is 0."""
    said = supported(dial, "OPTIONS", "Connection: close")
    assert said.content or said.field("Content-Length") == "0"


@verifies("RFC2616-9.4-01", refuted_by=forward(rb"GET \1", of=rb"HEAD (.*)"))
def test_head_brings_no_body(dial: HttpDial) -> None:
    """HEAD of the page: no octet behind the head."""
    session = dial.http()
    session.request("HEAD", dial.page).ok(200, 301, 302, 303, 307)
    assert session.nothing_follows()


@verifies("RFC2616-9.4-02", refuted_by=rewrite(rb"^Content-Type: ", b"Content-Type: x-", of=rb"HEAD .*"))
def test_head_tells_what_get_tells(dial: HttpDial) -> None:
    """HEAD and GET of the page: equal Content-Type, Content-Length, ETag and Last-Modified, where both have them."""
    head, get, again = (dial.get(method=method).ok() for method in ("HEAD", "GET", "GET"))
    both = [name for name in SAME if head.field(name) and get.field(name) and get.field(name) == again.field(name)]
    assert {name: head.field(name) for name in both} == {name: get.field(name) for name in both}


@verifies("RFC2616-9.8-01", refuted_by=rewrite(rb"^X-Mailconform: .*", b"", of=rb"TRACE .*"))
def test_trace_sends_the_request_back(dial: HttpDial) -> None:
    """TRACE with a field of our own: where it is answered 200, as message/http with the request's line and that field."""
    said = supported(dial, "TRACE", "X-Mailconform: 42")
    assert (said.field("Content-Type") or "").lower().startswith("message/http")
    assert f"TRACE {dial.page} HTTP/1.1".encode() in said.content
    assert b"x-mailconform: 42" in said.content.lower()
