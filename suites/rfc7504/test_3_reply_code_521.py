"""RFC 7504 section 3: 521 belongs to hosts that never take mail."""

from __future__ import annotations

from conformance import SmtpDial, say, verifies


@verifies("RFC7504-3-02", refuted_by=say(b"521 5.3.2 we take no mail\r\n", of=rb"RCPT .*"))
def test_recipients_are_not_refused_with_521(dial: SmtpDial) -> None:
    """RCPT to an address that nobody has, and to one that is not relayed to: whatever is said, it is not 521."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    assert not session.rcpt(dial.unknown).says(521)
    assert not session.rcpt(dial.foreign).says(521)
