"""RFC 3461 section 2: DSN in the answer to EHLO."""

from __future__ import annotations

from conformance import SmtpDial, rewrite, verifies


@verifies("RFC3461-2-01", refuted_by=rewrite(rb"DSN$", b"DSN NOTIFY RET", of=rb"EHLO .*"))
def test_the_dsn_keyword_has_no_parameters(dial: SmtpDial) -> None:
    """EHLO: DSN, and nothing behind it."""
    assert dial.keyword("DSN") == ()
