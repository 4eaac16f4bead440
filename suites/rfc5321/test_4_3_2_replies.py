"""RFC 5321 sections 4.1.5 and 4.3.2: which reply belongs to which command."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, rewrite, say, verifies
from conformance.wire.smtp import COMMAND_LIMIT

UNKNOWN = (500, 502)


@verifies("RFC5321-4.1.5-01", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"X.*"))
def test_an_unknown_private_command_is_refused(smtp: Smtp) -> None:
    """A command that begins with X and that nobody knows: 5yz, and NOOP is answered."""
    assert smtp.command("XMAILCONFORM").refused
    smtp.command("NOOP").ok()


@verifies("RFC5321-4.1.5-02", refuted_by=rewrite(rb"^500", b"502", of=rb"X.*"))
def test_an_unknown_private_command_is_refused_with_500(smtp: Smtp) -> None:
    """A command that begins with X and that nobody knows: 500."""
    assert smtp.command("XMAILCONFORM").says(500)


@verifies("RFC5321-4.3.2-01", refuted_by=say(b"502 5.5.1 Not implemented\r\n", of=rb"RSET"))
def test_the_mandatory_commands_are_known(dial: SmtpDial) -> None:
    """HELO, EHLO, NOOP, RSET, MAIL, RCPT, DATA and QUIT, in that order: never 500 or 502. VRFY may be switched off."""
    session = dial.smtp()
    session.greeting.ok()
    for line in (b"HELO " + session.client, b"EHLO " + session.client, b"QUIT"):
        assert not session.command(line).says(*UNKNOWN)
    ready = dial.ready()
    for line in (b"NOOP", b"RSET"):
        assert not ready.command(line).says(*UNKNOWN)
    assert not ready.mail(dial.sender).says(*UNKNOWN)
    assert not ready.rcpt(dial.address()).says(*UNKNOWN)
    assert not ready.command("DATA").says(*UNKNOWN)
    ready.close()


@verifies("RFC5321-4.3.2-02", refuted_by=say(b"500 5.5.2 Line too long\r\n", of=rb"NOOP .{300,}"))
def test_a_command_line_of_512_octets_is_not_too_long(smtp: Smtp) -> None:
    """NOOP with an argument that fills the line up to 512 octets, CRLF included: not 500."""
    assert not smtp.command(b"NOOP " + b"x" * (COMMAND_LIMIT - 7)).says(500)


@verifies("RFC5321-4.3.2-03", refuted_by=rewrite(rb"^501", b"500", of=rb"(RSET|DATA|QUIT) .*"))
@pytest.mark.parametrize("verb", ["RSET", "DATA", "QUIT"])
def test_commands_without_arguments_refuse_one_with_501(dial: SmtpDial, smtp: Smtp, verb: str) -> None:
    """RSET, DATA inside a transaction, and QUIT with a word behind them: 501."""
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    said = smtp.command(verb, "now")
    if said.code == 354:
        smtp.close()
    assert said.says(501)


@verifies("RFC5321-4.3.2-04", refuted_by=rewrite(rb"^(250|252|214)", b"255", of=rb"NOOP|RSET|HELP|VRFY .*"))
def test_success_has_the_code_of_its_command(dial: SmtpDial, smtp: Smtp) -> None:
    """RSET and NOOP 250; HELP 211 or 214, VRFY 250, 251 or 252, if they are granted; QUIT 221."""
    assert smtp.command("RSET").says(250)
    assert smtp.command("NOOP").says(250)
    assert (helped := smtp.command("HELP")).says(211, 214) or helped.refused
    assert (verified := smtp.command("VRFY", dial.address())).says(250, 251, 252) or verified.refused
    assert smtp.command("QUIT").says(221)


@verifies("RFC5321-4.3.2-05", refuted_by=rewrite(rb"^5\d\d", b"501", of=rb"DATA|\."))
@pytest.mark.parametrize("recipient", ["none", "refused"])
def test_data_without_recipients_is_refused_with_503_or_554(dial: SmtpDial, smtp: Smtp, recipient: str) -> None:
    """MAIL, no RCPT or one that is refused, DATA: 503 or 554, there or, if 354 comes, behind the end of data."""
    smtp.mail(dial.sender).ok()
    if recipient == "refused":
        smtp.command("RCPT TO:<>")
    said = smtp.command("DATA")
    assert (smtp.content(b".\r\n") if said.code == 354 else said).says(503, 554)
