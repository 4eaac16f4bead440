"""RFC 5321 section 4.1.1.11: parameters of MAIL and RCPT that the server does not know."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, forward, rewrite, verifies

IGNORED = forward(rb"\1", of=rb"(MAIL .*>|RCPT .*>) XMAILCONFORM.*")
PARAMETERS = pytest.mark.parametrize(
    "parameter", ["XMAILCONFORM=yes", "XMAILCONFORM"], ids=["with-value", "without-value"]
)


@verifies("RFC5321-4.1.1.11-01", refuted_by=IGNORED)
@PARAMETERS
def test_mail_refuses_a_parameter_that_it_does_not_know(dial: SmtpDial, smtp: Smtp, parameter: str) -> None:
    """MAIL with a parameter of no extension: 5yz."""
    assert smtp.mail(dial.sender, parameter).refused


@verifies("RFC5321-4.1.1.11-02", refuted_by=IGNORED)
@PARAMETERS
def test_rcpt_refuses_a_parameter_that_it_does_not_know(dial: SmtpDial, smtp: Smtp, parameter: str) -> None:
    """RCPT for a known mailbox with a parameter of no extension: 5yz."""
    smtp.mail(dial.sender).ok()
    assert smtp.rcpt(dial.address(), parameter).refused


@verifies("RFC5321-4.1.1.11-04", refuted_by=rewrite(rb"^5\d\d ", b"501 ", of=rb"(MAIL|RCPT) .* XMAILCONFORM.*"))
def test_a_parameter_that_is_not_known_is_refused_with_555(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL and RCPT with a parameter of no extension: 555."""
    assert smtp.mail(dial.sender, "XMAILCONFORM=yes").says(555)
    smtp.mail(dial.sender).ok()
    assert smtp.rcpt(dial.address(), "XMAILCONFORM=yes").says(555)
