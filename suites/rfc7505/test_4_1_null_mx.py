"""RFC 7505 sections 3 and 4.1: what becomes of mail to a domain whose MX record says that it takes none."""

from __future__ import annotations

from conformance import NULL_MX, NotSupported, Sink, SmtpDial, lose, outward, say, verifies


@verifies("RFC7505-3-01", "RFC7505-4.1-03", refuted_by=say(b"250 2.1.5 ok\r\n", of=rb"RCPT .*") | lose())
def test_mail_to_a_domain_that_takes_none_fails_at_once(dial: SmtpDial, sink: Sink) -> None:
    """MX 0 "." and an address where nobody listens: RCPT is refused for good, or a notice comes while we wait."""
    fate = outward(dial, sink, *NULL_MX)
    if fate.handed_on:
        raise NotSupported("all mail is handed on to a next hop, which has to look at the records")
    assert fate.answer.refused or fate.notices
