"""RFC 1945 section 8.2: HEAD."""

from __future__ import annotations

from conformance import HttpDial, forward, rewrite, verifies

SAME = ("Content-Type", "Content-Length", "Last-Modified")


@verifies("RFC1945-8.2-01", refuted_by=forward(rb"GET \1", of=rb"HEAD (.*)"))
def test_head_of_1_0_brings_no_body(dial: HttpDial) -> None:
    """HEAD of 1.0: no octet behind the head."""
    session = dial.http()
    session.request("HEAD", dial.page, version="HTTP/1.0").ok(200, 301, 302, 303, 307)
    assert session.nothing_follows()


@verifies("RFC1945-8.2-02", refuted_by=rewrite(rb"^Content-Length: ", b"Content-Length: 1", of=rb"HEAD .*"))
def test_head_of_1_0_tells_what_get_tells(dial: HttpDial) -> None:
    """HEAD and GET of 1.0: equal Content-Type, Content-Length and Last-Modified, where both have them."""
    head, get = (dial.get(method=method, version="HTTP/1.0").ok() for method in ("HEAD", "GET"))
    both = [name for name in SAME if head.field(name) and get.field(name)]
    assert {name: head.field(name) for name in both} == {name: get.field(name) for name in both}
