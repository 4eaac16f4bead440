"""RFC 2616 sections 10.2.7, 14.16 and 14.35: ranges, where the server offers them."""

from __future__ import annotations

import pytest

from conformance import HttpDial, NotSupported, forward, needs, rewrite, verifies
from conformance.sessions.http import Answer
from conformance.wire import http

pytestmark = needs("HTTP/1.1")

RANGES = {"first": ("0-9", slice(0, 10)), "from-a-place-on": ("10-", slice(10, None)), "last": ("-5", slice(-5, None))}
SHORTEST = 20


def whole(dial: HttpDial) -> Answer:
    """The page as a whole; NotSupported where it offers no ranges or is too short for them."""
    page = dial.get().ok()
    if "bytes" not in page.offered("Accept-Ranges").lower():
        raise NotSupported("no ranges of octets are offered")
    if len(page.content) < SHORTEST or dial.get().ok().content != page.content:
        raise NotSupported(f"the page is shorter than {SHORTEST} octets, or changes")
    return page


@verifies("RFC2616-14.35.1-01", refuted_by=forward(rb"X-\1", of=rb"(Range: .*)"))
@pytest.mark.parametrize("name", list(RANGES))
def test_a_range_that_is_offered_is_given(dial: HttpDial, name: str) -> None:
    """GET with one range: 206, these octets of the page, and their places in Content-Range."""
    said, place = RANGES[name]
    page = whole(dial).content
    given = dial.get(f"Range: bytes={said}")
    first, last, _ = place.indices(len(page))
    assert given.code == 206
    assert given.content == page[place]
    assert (http.content_range((given.field("Content-Range") or "").encode()) or ())[:2] == (first, last - 1)


@verifies("RFC2616-14.35.1-02", refuted_by=forward(rb"X-\1", of=rb"(Range: .*)"))
def test_a_range_behind_the_end_is_not_satisfiable(dial: HttpDial) -> None:
    """GET with a range that begins behind the end: 416."""
    whole(dial)
    assert dial.get("Range: bytes=99999999-").code == 416


@verifies("RFC2616-14.16-01", refuted_by=rewrite(rb"^Content-Range: ", b"X-Range: ", of=rb"GET .*"))
def test_a_416_tells_how_long_the_page_is(dial: HttpDial) -> None:
    """GET with a range that begins behind the end: where it is answered 416, Content-Range has * and the length of the page."""
    page = whole(dial).content
    said = dial.get("Range: bytes=99999999-").ok(416)
    told = said.field("Content-Range")
    assert http.content_range((told or "").encode()) == (0, -1, len(page)), told


@verifies(
    "RFC2616-14.16-02",
    refuted_by=rewrite(
        rb"^Content-Type: .*\r", b"Content-Type: multipart/byteranges; boundary=x\r", of=rb"GET .*Range: .*"
    ),
)
def test_one_range_is_not_sent_as_many(dial: HttpDial) -> None:
    """GET with one range: where it is answered 206, it is no multipart/byteranges."""
    whole(dial)
    said = dial.get("Range: bytes=0-9").ok(206)
    assert "multipart/byteranges" not in (said.field("Content-Type") or "").lower()


@verifies("RFC2616-10.2.7-02", refuted_by=rewrite(rb"^ETag: ", b"X-ETag: ", of=rb"GET .*Range: .*"))
def test_a_206_has_the_tag_of_the_page(dial: HttpDial) -> None:
    """GET with and without a range: the same ETag, where the page has one that lasts."""
    page, again = whole(dial), dial.get()
    tag = page.offered("ETag")
    if again.field("ETag") != tag:
        raise NotSupported("ETag changes from response to response")
    assert dial.get("Range: bytes=0-9").ok(206).field("ETag") == tag
