"""RFC 5321 section 4.5.1: what every receiver has."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Smtp, SmtpDial, say, verifies
from conformance.sessions.smtp import UNKNOWN_COMMAND

NOBODY = b"550 5.1.1 No such user\r\n"
WHAT = b"500 5.5.1 What?\r\n"


@verifies(
    "RFC5321-4.5.1-01",
    refuted_by=say(WHAT, of=rb"(HELO|RSET|NOOP|VRFY|QUIT)\b.*") | say(WHAT, of=rb"EHLO .*", after=1),
)
@pytest.mark.parametrize("verb", ["HELO", "EHLO", "RSET", "NOOP", "VRFY", "QUIT"])
def test_each_command_of_the_minimum_is_known(smtp: Smtp, verb: str) -> None:
    """Each command that may come at any time: neither 500 nor 502; VRFY may be switched off (RFC 5321 section 3.5.3)."""
    arguments = {"HELO": smtp.client, "EHLO": smtp.client, "VRFY": b"postmaster"}
    said = smtp.command(verb, arguments[verb]) if verb in arguments else smtp.command(verb)
    assert said.code not in (UNKNOWN_COMMAND if verb != "VRFY" else (500,))


@verifies("RFC5321-4.5.1-01", refuted_by=say(b"500 5.5.1 What?\r\n", of=rb"DATA"))
def test_the_commands_of_a_transaction_are_known(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT and DATA, each in its place: neither 500 nor 502."""
    assert smtp.mail(dial.sender).code not in UNKNOWN_COMMAND
    assert smtp.rcpt(dial.address()).code not in UNKNOWN_COMMAND
    said = smtp.command("DATA")
    smtp.close()
    assert said.code not in UNKNOWN_COMMAND


@verifies("RFC5321-4.5.1-02", refuted_by=say(NOBODY, of=rb"RCPT TO:<.*"))
@pytest.mark.parametrize("name", ["postmaster", "Postmaster", "POSTMASTER"])
def test_there_is_a_postmaster_at_the_domain_in_any_letter_case(dial: SmtpDial, smtp: Smtp, name: str) -> None:
    """RCPT for postmaster at the domain that is served: accepted, and nothing is sent."""
    smtp.mail(dial.sender).ok()
    assert smtp.rcpt(f"{name}@{dial.domain}").positive


@verifies("RFC5321-4.5.1-04", refuted_by=say(b"530 5.7.0 Log in first\r\n", of=rb"RCPT TO:<.*"))
def test_mail_for_postmaster_needs_no_login(dial: SmtpDial) -> None:
    """RCPT for postmaster on a connection that has not logged in, at the port for mail from everywhere: accepted."""
    if dial.target.endpoint("smtp") is None:
        raise NotSupported("the target file names no smtp:// endpoint")
    session = dial.ready("smtp")
    session.mail(dial.sender).ok()
    assert session.rcpt(f"postmaster@{dial.domain}").positive
