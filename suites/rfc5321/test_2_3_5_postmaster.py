"""RFC 5321 section 2.3.5: postmaster, the one mailbox that needs no domain."""

from __future__ import annotations

from conformance import SmtpDial, say, verifies


@verifies("RFC5321-2.3.5-03", refuted_by=say(b"501 5.1.3 domain missing\r\n", of=rb"RCPT TO:<postmaster>"))
def test_postmaster_is_a_recipient_without_a_domain(dial: SmtpDial) -> None:
    """RCPT TO:<postmaster> behind MAIL: 2yz."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    assert session.rcpt("postmaster").positive
