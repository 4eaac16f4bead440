"""RFC 2183 section 2: Content-Disposition in the messages that a server makes itself, looked at in notices."""

from __future__ import annotations

from conformance import Sink, SmtpDial, alter, speaks, verifies
from conformance.checks_own_mail import own_mail

pytestmark = speaks("smtp")


@verifies(
    "RFC2183-2-03",
    refuted_by=alter(
        rb"(?mi)^(Content-Type:[ \t]*[a-z]+/[a-z]+)", rb"Content-Disposition: attachment; size=much\r\n\1"
    ),
)
def test_the_dispositions_in_a_notice_obey_their_rules(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Content-Disposition of the notice and its parts, where it is there, is a type and its parameters."""
    assert own_mail(dial, sink).wrong_in("content-disposition") == []
