"""What every response of every HTTP conversation must obey: RFC 2616 sections 3 to 14, RFC 1945 where a client of 1.0 asks."""

from __future__ import annotations

import datetime as dt

from conformance.audits import Trouble, audits
from conformance.discovery import Profile
from conformance.faults import inject, rewrite, rewrite_raw, say
from conformance.hearing_http import Heard
from conformance.transcript import quote
from conformance.wire import http

SKEW = dt.timedelta(seconds=1)
DATES = (b"Date", b"Last-Modified", b"Expires", b"Retry-After")


def _first_line(heard: Heard) -> str:
    return quote((heard.reply.line.raw or heard.reply.body.raw)[:100])


def _applies(heard: Heard) -> bool:
    """Whether a response is bound to RFC 2616: it is one to a Full-Request, and says that it is of HTTP/1.1 or later."""
    return bool(heard.version) and heard.head.version >= (1, 1)


def _violation(heard: Heard, *rules: str) -> Trouble | bool | None:
    """Accuse of the first violation of these rules in the head of a response to a Full-Request."""
    if heard.reply.unsolicited or not heard.version or not heard.reply.line.raw:
        return None
    wrong = next((v for v in heard.reply.head.violations if v.rule in rules), None)
    place = heard.reply.line.start
    return Trouble(place + wrong.start, f"expected {wrong.expected} at {quote(wrong.got)}") if wrong else True


@audits("RFC2616-6-01", "RFC1945-6-01", refuted_by=rewrite_raw(rb"\AHTTP/.*?\r\n\r\n", b"", of=rb"GET .* HTTP/1.0.*"))
def a_full_request_is_answered_by_a_full_response(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at how each response to a request with a version begins: by HTTP/."""
    if heard.reply.unsolicited or not heard.version:
        return None
    return bool(heard.reply.line.raw) or Trouble(
        heard.reply.body.start, f"this begins no response: {_first_line(heard)}"
    )


@audits("RFC2616-6.1-01", "RFC1945-6.1-01", refuted_by=rewrite(rb"\A(HTTP/1\.\d \d+) ", rb"\1", of=rb"GET .*"))
def the_status_line_is_version_code_and_phrase(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read each Status-Line: version, space, three digits, space, text."""
    return _violation(heard, "HTTP-Version", "SP", "Status-Code", "Reason-Phrase")


@audits("RFC2616-6.1.1-01", refuted_by=rewrite(rb"\A(HTTP/1\.\d) \d", rb"\1 6", of=rb"GET .*"))
def the_first_digit_of_the_code_is_a_class(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the first digit of each Status-Code: 1 to 5."""
    if not _applies(heard) or not heard.head.code:
        return None
    return 100 <= heard.head.code < 600 or Trouble(heard.reply.line.start, _first_line(heard))


@audits("RFC2616-4.2-02", refuted_by=rewrite(rb"^(Date):", rb"\1", of=rb"GET .*"))
def each_header_field_is_a_name_a_colon_and_a_value(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read each field of each response: a token, a colon, and no control characters; blanks ahead of the colon are let pass."""
    return _violation(heard, "field-name", "message-header", "field-value")


@audits("RFC2616-2.2-01", refuted_by=rewrite_raw(rb"\r\nDate", b"\nDate", of=rb"GET .*"))
def each_line_of_the_head_ends_in_crlf(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look at the end of each line of each head."""
    return _violation(heard, "CRLF")


@audits("RFC2616-3.6.1-01", refuted_by=say(
    b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour 0\r\n\r\n", of=rb"GET .*"
))  # fmt: skip
def each_chunk_is_a_size_and_so_many_octets(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read each chunked body: sizes in hexadecimal digits, extensions, a line end behind the data, the last chunk and the trailer."""
    if (
        not _applies(heard)
        or not http.is_chunked(heard.head)
        or heard.reply.framing not in ("chunked", "close")
        or not heard.reply.complete
    ):
        return None
    if heard.reply.framing == "close":
        return Trouble(heard.reply.body.start, f"a chunk cannot be read in {quote(heard.reply.body.raw[:100])}")
    wrong = heard.reply.content.violations
    place = heard.reply.body.start
    return Trouble(place + wrong[0].start, f"expected {wrong[0].expected} at {quote(wrong[0].got)}") if wrong else True


@audits("RFC2616-4.4-01", refuted_by=inject(b"and more\r\n", of=rb"GET .*"))
def a_body_has_as_many_octets_as_its_content_length_says(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look whether the connection ends within a body, and whether octets come behind it that begin no response."""
    if heard.reply.unsolicited:
        stray = heard.reply.raw
        return None if heard.reply.line.raw else Trouble(heard.reply.body.start, f"behind a body: {quote(stray[:100])}")
    if heard.reply.framing != "length":
        return None
    size = len(heard.reply.body.raw)
    return heard.reply.complete or Trouble(heard.reply.line.start, f"the connection ends after {size} octets")


@audits("RFC2616-4.4-02", refuted_by=rewrite(rb"^Date:", b"Transfer-Encoding: chunked\r\nDate:", of=rb"HEAD .*"))
def no_response_has_both_content_length_and_a_transfer_coding(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for Content-Length beside Transfer-Encoding."""
    length, coding = heard.head.get(b"Content-Length"), heard.head.get(b"Transfer-Encoding")
    if not _applies(heard) or (length is None and coding is None):
        return None
    both = length is not None and coding is not None and coding.lower() != b"identity"
    return (
        Trouble(heard.reply.line.start, f"Content-Length beside Transfer-Encoding: {quote(coding or b'')}")
        if both
        else True
    )


@audits("RFC2616-14.13-01", refuted_by=rewrite(rb"^Content-Length: ", b"Content-Length: -", of=rb"HEAD .*"))
def content_length_is_a_number(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read each Content-Length: digits; several of them must be equal."""
    said = heard.head.each(b"Content-Length")
    if not _applies(heard) or not said:
        return None
    return http.content_length(heard.head) is not None or Trouble(heard.reply.line.start, quote(b", ".join(said)[:100]))


@audits(
    "RFC2616-3.6-01",
    refuted_by=rewrite(rb"^Date:", b"Transfer-Encoding: identity, x\r\nDate:", of=rb"HEAD .* HTTP/1.0.*"),
)
def a_client_of_1_0_gets_no_transfer_coding(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for Transfer-Encoding in responses to requests of HTTP/1.0."""
    if heard.version != b"HTTP/1.0":
        return None
    coding = heard.head.get(b"Transfer-Encoding")
    return coding is None or Trouble(heard.reply.line.start, f"Transfer-Encoding: {quote(coding)}")


@audits(
    "RFC2616-10.1-01", "RFC2616-8.2.3-03",
    refuted_by=rewrite_raw(rb"\AHTTP", b"HTTP/1.1 100 Continue\r\n\r\nHTTP", of=rb"HEAD .* HTTP/1.0.*"),
)  # fmt: skip
def a_client_of_1_0_gets_no_interim_response(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for codes 1xx in responses to requests of HTTP/1.0."""
    if heard.version != b"HTTP/1.0":
        return None
    return heard.reply.final or Trouble(heard.reply.line.start, _first_line(heard))


@audits("RFC2616-14.18-01", "RFC1945-10.6-01", refuted_by=rewrite(rb"^Date: ", b"X-Date: ", of=rb"GET .*"))
def responses_have_a_date(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for Date in final responses other than 5xx; a server without a clock, which may leave it out, is none that serves mail."""
    if heard.reply.unsolicited or not heard.version or not 200 <= heard.head.code < 500:
        return None
    return heard.head.get(b"Date") is not None or Trouble(heard.reply.line.start, f"no Date in {_first_line(heard)}")


@audits(
    "RFC2616-3.3.1-01",
    "RFC2616-14.18-02",
    "RFC1945-3.3-01",
    refuted_by=rewrite(rb"^(Date: \w+, \d+) (\w+) ", rb"\1-\2-", of=rb"GET .*"),
)
def each_date_is_written_as_rfc_1123_has_it(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read Date, Last-Modified, Expires and a Retry-After that is no number: four-digit year, two-digit day, the right weekday, GMT."""
    if heard.reply.unsolicited:
        return None
    said = [(name, value) for name in DATES for value in heard.head.each(name)]
    dates = [(name, value) for name, value in said if name != b"Retry-After" or not value.isdigit()]
    wrong = next((each for each in dates if http.http_date(each[1]) is None), None)
    if wrong:
        return Trouble(heard.reply.line.start, f"{quote(wrong[0])}: {quote(wrong[1][:100])}")
    return True if dates else None


@audits(
    "RFC2616-14.29-01",
    refuted_by=rewrite(
        rb"^(Last-Modified: \w+, \d+ \w+) \d+ .*\r", b"Last-Modified: Thu, 01 Jan 2099 00:00:00 GMT\r", of=rb"GET .*"
    ),
)
def nothing_was_modified_after_the_date_of_its_response(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Compare Last-Modified with Date, where both are there and can be read; a second of rounding is let pass."""
    date, modified = (http.http_date(heard.head.get(name) or b"") for name in (b"Date", b"Last-Modified"))
    if not _applies(heard) or date is None or modified is None:
        return None
    return modified <= date + SKEW or Trouble(heard.reply.line.start, f"Last-Modified {modified} is behind Date {date}")


@audits("RFC2616-3.11-01", refuted_by=rewrite(rb'^ETag: (?:W/)?"([^"]*)"', rb"ETag: \1", of=rb"GET .*"))
def each_entity_tag_is_quoted(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Read each ETag: a string in quotation marks, perhaps W/ in front of it."""
    said = heard.head.get(b"ETag")
    if not _applies(heard) or said is None:
        return None
    return http.is_entity_tag(said) or Trouble(heard.reply.line.start, f"ETag: {quote(said[:100])}")


@audits("RFC2616-7.2.1-01", refuted_by=rewrite(rb"^Content-Type: ", b"X-Type: ", of=rb"GET .*"))
def a_body_has_a_content_type(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for Content-Type in responses whose body has octets."""
    if not _applies(heard) or not heard.reply.content.value:
        return None
    return heard.head.get(b"Content-Type") is not None or Trouble(heard.reply.line.start, _first_line(heard))


@audits("RFC2616-10.4.6-01", refuted_by=say(
    b"HTTP/1.1 405 Method Not Allowed\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n", of=rb"GET .*"
))  # fmt: skip
def a_405_lists_the_methods_that_are_allowed(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for Allow in responses 405."""
    if not _applies(heard) or heard.head.code != 405:
        return None
    return heard.head.get(b"Allow") is not None or Trouble(heard.reply.line.start, f"no Allow in {_first_line(heard)}")


@audits(
    "RFC2616-10.4.2-01",
    "RFC1945-9.4-01",
    refuted_by=rewrite(rb"^WWW-Authenticate: ", b"X-Authenticate: ", of=rb"GET .*"),
)
def a_401_has_a_challenge(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for WWW-Authenticate in responses 401."""
    if heard.head.code != 401:
        return None
    said = heard.head.get(b"WWW-Authenticate")
    return bool(said) or Trouble(heard.reply.line.start, f"no WWW-Authenticate in {_first_line(heard)}")


@audits(
    "RFC2616-10.2.7-01",
    refuted_by=rewrite(rb"^Content-Range: bytes (\d+)-", rb"Content-Range: bytes \1 to ", of=rb"GET .*"),
)
def a_206_tells_its_range(heard: Heard, _profile: Profile) -> Trouble | bool | None:
    """Look for Content-Range in responses 206, and read it; multipart/byteranges has one in each part instead."""
    if not _applies(heard) or heard.head.code != 206:
        return None
    said, kind = heard.head.get(b"Content-Range"), heard.head.get(b"Content-Type") or b""
    if said is None and kind.lower().startswith(b"multipart/byteranges"):
        return True
    found = http.content_range(said or b"")
    good = found is not None and found[1] >= 0
    return good or Trouble(heard.reply.line.start, f"Content-Range: {quote((said or b'missing')[:100])}")
