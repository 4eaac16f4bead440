"""RFC 5321 section 4.1.1: what may and what may not stand behind a command."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, answer, forward, verifies


@verifies("RFC5321-4.1.1-01", refuted_by=answer(b"501 5.5.4 Syntax error\r\n", of=rb".*[ \t]"))
@pytest.mark.parametrize("blanks", [b" ", b"  ", b"\t"], ids=["space", "spaces", "tab"])
def test_blanks_at_the_end_of_a_command_are_tolerated(dial: SmtpDial, smtp: Smtp, blanks: bytes) -> None:
    """RSET, NOOP, MAIL, RCPT and QUIT with blanks in front of CRLF: answered as without them."""
    for line in (b"RSET", b"NOOP", b"MAIL FROM:<%b>" % dial.sender.encode(), b"RCPT TO:<%b>" % dial.address().encode()):
        assert smtp.command(line + blanks).positive
    assert smtp.command(b"QUIT" + blanks).says(221)


@verifies("RFC5321-4.1.1-02", refuted_by=forward(b"RSET", of=rb"RSET .*"))
def test_rset_with_an_argument_is_refused(smtp: Smtp) -> None:
    """RSET with a word behind it: 5yz."""
    assert smtp.command("RSET now").refused


@verifies("RFC5321-4.1.1-03", refuted_by=forward(b"DATA", of=rb"DATA .*"))
def test_data_with_an_argument_is_refused(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, DATA with a word behind it: 5yz, not 354."""
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    said = smtp.command("DATA now")
    if said.code == 354:
        smtp.close()  # what comes next would be mail data
    assert said.refused


@verifies("RFC5321-4.1.1-04", refuted_by=forward(b"QUIT", of=rb"QUIT .*"))
def test_quit_with_an_argument_is_refused(smtp: Smtp) -> None:
    """QUIT with a word behind it: 5yz."""
    assert smtp.command("QUIT now").refused
