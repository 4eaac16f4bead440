"""RFC 2033 sections 1 and 5: LMTP is not spoken where SMTP is."""

from __future__ import annotations

from conformance import NotSupported, SmtpDial, say, speaks, verifies

pytestmark = speaks("smtp")


@verifies("RFC2033-5-01", refuted_by=say(b"250 mail.example\r\n", of=rb"LHLO .*"))
def test_lhlo_is_not_answered_positively_at_the_port_of_smtp(dial: SmtpDial) -> None:
    """LHLO at the smtp:// endpoint, which is port 25 or stands for it: no 2yz."""
    if dial.scheme != "smtp":
        raise NotSupported("the target has no smtp:// endpoint")
    session = dial.smtp()
    session.greeting.ok()
    assert session.command("LHLO", session.client).code // 100 != 2
