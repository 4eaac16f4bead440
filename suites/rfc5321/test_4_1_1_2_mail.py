"""RFC 5321 section 4.1.1.2: MAIL."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, answer, forward, say, verifies

TAKEN = b"250 2.1.0 Ok\r\n"


@verifies("RFC5321-4.1.1.2-01", refuted_by=answer(TAKEN, of=rb"MAIL[^<]*"))
@pytest.mark.parametrize(
    "line",
    ["MAIL", "MAIL FROM", "MAIL FROM:", "MAIL user@mailconform.invalid"],
    ids=["nothing", "from", "colon", "no-from"],
)
def test_mail_without_a_path_is_refused(smtp: Smtp, line: str) -> None:
    """MAIL without FROM:, or with nothing behind it: 5yz, and NOOP is answered."""
    assert smtp.command(line).refused
    smtp.command("NOOP").ok()


@verifies("RFC5321-4.1.1.2-02", refuted_by=say(b"550 5.7.1 No bounces here\r\n", of=rb"MAIL FROM:<>"))
def test_the_null_reverse_path_is_accepted(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL FROM:<>, and RCPT for a mailbox that takes mail of others: both positive."""
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    smtp.command("RSET").ok()
    assert smtp.mail("").positive
    assert smtp.rcpt(dial.address()).positive


@verifies("RFC5321-4.1.1.2-03", refuted_by=forward(b"MAIL FROM:<>", of=rb"MAIL .*"))
@pytest.mark.parametrize(
    "path", ["user", "@mailconform.invalid", "user@", "user@a.invalid@b.invalid"], ids=["user", "@d", "u@", "a@b@c"]
)
def test_a_sender_that_is_no_mailbox_is_refused(smtp: Smtp, path: str) -> None:
    """MAIL with a path that lacks domain or local-part, or has two domains: 5yz."""
    assert smtp.mail(path).refused
