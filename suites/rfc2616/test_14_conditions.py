"""RFC 2616 sections 3.3.1, 10.3.5 and 14.25 to 14.27: requests that hold only under a condition."""

from __future__ import annotations

import pytest

from conformance import HttpDial, Inconclusive, NotSupported, Reason, forward, hang_up, needs, rewrite, say, verifies
from conformance.wire import http

pytestmark = needs("HTTP/1.1")

OTHER = '"mailconform"'
EARLY = "Sun, 06 Nov 1994 08:49:37 GMT"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\npage\n"


def lasting(dial: HttpDial, name: str) -> str:
    """A field of the page, the same in two responses; NotSupported where it has none or it changes."""
    first, second = (dial.get().ok().offered(name) for _ in range(2))
    if first != second:
        raise NotSupported(f"{name} changes from response to response")
    return first


@verifies("RFC2616-14.25-01", refuted_by=forward(rb"X-\1", of=rb"(If-Modified-Since: .*)"))
def test_what_has_not_changed_is_not_sent(dial: HttpDial) -> None:
    """GET with If-Modified-Since from Last-Modified: 304."""
    assert dial.get(f"If-Modified-Since: {lasting(dial, 'Last-Modified')}").code == 304


@verifies("RFC2616-3.3.1-02", refuted_by=say(WHOLE, of=rb"GET .*Since: ([A-Z][a-z]+day,|\w+ \w+ ).*"))
@pytest.mark.parametrize("form", ["rfc850", "asctime"])
def test_dates_are_understood_in_every_form(dial: HttpDial, form: str) -> None:
    """GET with If-Modified-Since from Last-Modified, written as RFC 850 or asctime() have it: 304, as with the form of RFC 1123."""
    moment = http.http_date(lasting(dial, "Last-Modified").encode())
    if moment is None:
        raise Inconclusive(Reason.PRECONDITION, "Last-Modified cannot be read")
    forms = http.date_forms(moment)
    dial.get(f"If-Modified-Since: {forms['rfc1123']}").ok(304)
    assert dial.get(f"If-Modified-Since: {forms[form]}").code == 304


@verifies("RFC2616-14.25-02", refuted_by=say(UNCHANGED, of=rb"GET .*Since: .*"))
def test_what_has_changed_is_sent(dial: HttpDial) -> None:
    """GET with If-Modified-Since of 1994: the page."""
    modified = http.http_date(lasting(dial, "Last-Modified").encode())
    early = http.http_date(EARLY.encode())
    if not modified or not early or modified <= early:
        raise NotSupported("the page is older than 1994, or does not say how old it is")
    assert dial.get(f"If-Modified-Since: {EARLY}").code == 200


@verifies("RFC2616-14.25-03", refuted_by=say(UNCHANGED, of=rb"GET .*Since: .*"))
def test_a_date_that_is_none_is_passed_over(dial: HttpDial) -> None:
    """GET with If-Modified-Since: mailconform: what GET brings."""
    expected = dial.get().code
    assert dial.get("If-Modified-Since: mailconform").code == expected


@verifies("RFC2616-14.26-01", refuted_by=forward(rb"X-\1", of=rb"(If-None-Match: .*)"))
def test_the_page_is_not_sent_to_whoever_has_it(dial: HttpDial) -> None:
    """GET with If-None-Match and the page's ETag, alone and behind another: 304."""
    tag = lasting(dial, "ETag")
    assert [dial.get(f"If-None-Match: {tags}").code for tags in (tag, f"{OTHER}, {tag}")] == [304, 304]


@verifies("RFC2616-14.26-02", refuted_by=forward(rb"X-\1", of=rb"(If-None-Match: .*)"))
def test_another_tag_brings_the_page_whatever_its_date(dial: HttpDial) -> None:
    """GET with If-None-Match and another tag, and If-Modified-Since from Last-Modified: the page."""
    since = lasting(dial, "Last-Modified")
    lasting(dial, "ETag")
    dial.get(f"If-Modified-Since: {since}").ok(304)
    assert dial.get(f"If-None-Match: {OTHER}", f"If-Modified-Since: {since}").code == 200


@verifies(
    "RFC2616-10.3.5-01", refuted_by=hang_up(of=rb"GET .*Since: .*", saying=b"HTTP/1.1 304 Not Modified\r\n\r\npage\n")
)
def test_a_304_has_no_body(dial: HttpDial) -> None:
    """GET with If-Modified-Since from Last-Modified: no octet behind the head of the 304."""
    since = lasting(dial, "Last-Modified")
    session = dial.http()
    session.request("GET", dial.page, f"If-Modified-Since: {since}").ok(304)
    assert session.nothing_follows()


@verifies("RFC2616-10.3.5-02", refuted_by=rewrite(rb"^ETag: ", b"X-ETag: ", of=rb"GET .*If-None-Match: .*"))
def test_a_304_has_the_tag_of_the_page(dial: HttpDial) -> None:
    """GET with If-None-Match and the page's ETag: 304 with that ETag."""
    tag = lasting(dial, "ETag")
    assert dial.get(f"If-None-Match: {tag}").ok(304).field("ETag") == tag


@verifies("RFC2616-14.27-01", refuted_by=say(WHOLE, of=rb"GET .*If-Range: .*"))
def test_the_range_is_given_of_a_page_that_is_the_same(dial: HttpDial) -> None:
    """GET with Range, and If-Range with the page's ETag: 206, as without If-Range."""
    tag = strong(dial)
    assert dial.get("Range: bytes=0-9", f"If-Range: {tag}").code == 206


@verifies("RFC2616-14.27-02", refuted_by=forward(rb"X-\1", of=rb"(If-Range: .*)"))
def test_the_page_is_given_where_it_is_another(dial: HttpDial) -> None:
    """GET with Range, and If-Range with another tag: the page as a whole."""
    strong(dial)
    assert dial.get("Range: bytes=0-9", f"If-Range: {OTHER}").code == 200


def strong(dial: HttpDial) -> str:
    """The page's ETag, where it is strong and ranges are given: a weak one is no validator of a range (section 13.3.3)."""
    tag = lasting(dial, "ETag")
    if tag.startswith("W/"):
        raise NotSupported(f"the page's tag is weak: {tag}")
    if dial.get("Range: bytes=0-9").code != 206:
        raise NotSupported("ranges are not given")
    return tag
