"""RFC 2616 sections 3.2, 5 and 14.23: methods, addresses and hosts."""

from __future__ import annotations

import re

from conformance import HttpDial, NotSupported, hang_up, needs, rewrite, say, verifies

pytestmark = needs("HTTP/1.1")

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\npage\n"
BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
NONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
TOO_LONG = "/mailconform-" + 30_000 * "x"


def absolute(dial: HttpDial) -> str:
    """The page as an absoluteURI."""
    endpoint = dial.first()
    return f"{endpoint.scheme}://{dial.http().host}{dial.page}"


@verifies("RFC2616-5.1.1-01", refuted_by=rewrite(rb"\A(HTTP/1\.\d) \d+", rb"\1 501", of=rb"(GET|HEAD) .*"))
def test_get_and_head_are_supported(dial: HttpDial) -> None:
    """GET and HEAD of the page: neither 405 nor 501."""
    codes = {method: dial.get(method=method).code for method in ("GET", "HEAD")}
    assert not {405, 501} & set(codes.values()), codes


@verifies("RFC2616-5.1.1-02", refuted_by=say(OK, of=rb"MAILCONFORM .*"))
def test_an_unknown_method_is_answered_501_or_405(dial: HttpDial) -> None:
    """MAILCONFORM for the page: 501, or 405 by a server that knows of the method."""
    assert dial.get(method="MAILCONFORM").code in (405, 501)


@verifies("RFC2616-5.1.1-03", refuted_by=say(OK, of=rb"(?-i:get) .*"))
def test_methods_are_case_sensitive(dial: HttpDial) -> None:
    """A request with get in lower case: no success."""
    dial.get().ok()
    assert not 200 <= dial.get(method="get").code < 300


@verifies("RFC2616-5.1.2-01", refuted_by=say(BAD, of=rb"GET https?://.*"))
def test_an_absolute_uri_is_accepted(dial: HttpDial) -> None:
    """GET with an absoluteURI: the code that the path alone brings."""
    expected = dial.get().code
    assert dial.get(uri=absolute(dial)).code == expected


@verifies("RFC2616-5.1.2-02", refuted_by=say(NONE, of=rb"GET .*%.*"))
def test_percent_encoding_is_decoded(dial: HttpDial) -> None:
    """GET of the page with its first letter in percent-encoding: the code that the page brings."""
    letter = re.search("[A-Za-z]", dial.page)
    if letter is None:
        raise NotSupported("the page's address has no letter: [facilities] page = ... may name another page")
    expected = dial.get().ok().code
    encoded = f"{dial.page[: letter.start()]}%{ord(letter[0]):02x}{dial.page[letter.end() :]}"
    assert dial.get(uri=encoded).code == expected


@verifies("RFC2616-5.1.2-03", refuted_by=say(BAD, of=rb"OPTIONS .*"))
def test_options_for_the_server_itself_is_understood(dial: HttpDial) -> None:
    """OPTIONS *: no 400; a server that does not support OPTIONS says 405 or 501."""
    assert dial.get(method="OPTIONS", uri="*").code not in (0, 400)


@verifies("RFC2616-5.2-01", refuted_by=say(BAD, of=rb"GET https?://.*\.invalid.*"))
def test_host_is_ignored_beside_an_absolute_uri(dial: HttpDial) -> None:
    """GET with an absoluteURI and the Host of another name: the code that it brings with the right one."""
    expected = dial.get(uri=absolute(dial)).ok().code
    assert dial.http().request("GET", absolute(dial), host="mailconform.invalid").code == expected


@verifies("RFC2616-14.23-01", refuted_by=say(OK, of=rb"GET (?!.*\nHost:).*"))
def test_a_request_of_1_1_without_host_is_bad(dial: HttpDial) -> None:
    """GET of 1.1 without Host: 400."""
    assert dial.http().request("GET", dial.page, host="").code == 400


@verifies("RFC2616-3.2.1-01", refuted_by=hang_up(of=rb"GET /mailconform-x.*"))
def test_a_uri_that_is_too_long_is_said_to_be_so(dial: HttpDial) -> None:
    """GET of an address of 30,000 octets: 414, or an answer about what it stands for; not 400, 5xx, or nothing at all."""
    code = dial.get(uri=TOO_LONG).code
    assert code == 414 or (200 <= code < 500 and code != 400), code
