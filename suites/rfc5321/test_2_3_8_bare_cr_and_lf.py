"""RFC 5321 section 2.3.8: only CRLF ends a line of the mail data."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Sink, SmtpDial, alter, verifies


@verifies("RFC5321-2.3.8-05", refuted_by=alter(rb"X-Stray:[^\r\n]*[\r\n]+", b"X-Stray: a\r\nX-Made: by it\r\n"))
@pytest.mark.parametrize("stray", [b"\r", b"\n"], ids=["cr", "lf"])
def test_a_bare_cr_or_lf_does_not_make_a_header_line(dial: SmtpDial, sink: Sink, stray: bytes) -> None:
    """Send a header field with a bare CR or LF within: it is refused, or what stands behind does not begin a line."""
    specimen, session = dial.specimen(headers=b"X-Stray: a" + stray + b"X-Made: by it\r\n"), dial.ready()
    session.mail(dial.at_sink("author")).ok()
    session.rcpt(dial.at_sink()).ok()
    if session.data(specimen.raw).code // 100 != 2:
        raise NotSupported("it is refused, and nothing is taken for anything")
    assert b"\r\nX-Made: by it\r\n" not in sink.one(specimen.key).raw
