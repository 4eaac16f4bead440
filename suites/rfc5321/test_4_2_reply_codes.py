"""RFC 5321 sections 4.2.1 to 4.2.4: which code is given for which mistake."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Smtp, SmtpDial, rewrite, say, verifies
from conformance.sessions.smtp import UNKNOWN_COMMAND

NOT_KNOWN = b"502 5.5.1 Not implemented\r\n"


@verifies("RFC5321-4.2.1-01", refuted_by=say(b"250 2.1.5 Ok\r\n", of=rb"RCPT .*", after=1))
def test_what_is_refused_for_good_is_refused_again(dial: SmtpDial, smtp: Smtp) -> None:
    """Name a recipient whom nobody knows twice: 5yz both times, since nothing has changed."""
    smtp.mail(dial.sender).ok()
    if not smtp.rcpt(dial.unknown).refused:
        raise NotSupported("a recipient whom nobody knows is accepted")
    assert smtp.rcpt(dial.unknown).refused


@verifies("RFC5321-4.2.2-01", refuted_by=rewrite(rb"^500", b"501", of=rb"BLURB"))
def test_a_command_that_is_not_recognized_is_answered_500(smtp: Smtp) -> None:
    """A word that is no command of any specification: 500."""
    assert smtp.command("BLURB").says(500)


@verifies("RFC5321-4.2.2-02", refuted_by=rewrite(rb"^501", b"500", of=rb"MAIL|RCPT"))
def test_a_missing_argument_is_answered_501(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL with nothing behind it, and RCPT in a transaction: 501."""
    assert smtp.command("MAIL").says(501)
    smtp.mail(dial.sender).ok()
    assert smtp.command("RCPT").says(501)


@verifies("RFC5321-4.2.2-03", refuted_by=rewrite(rb"^503", b"501", of=rb"RCPT .*"))
def test_a_recipient_before_mail_is_answered_503(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT outside a transaction: 503."""
    assert smtp.rcpt(dial.address()).says(503)


@verifies("RFC5321-4.2.2-04", refuted_by=rewrite(rb"^504", b"501", of=rb"AUTH XYZZY"))
def test_a_parameter_that_is_not_implemented_is_answered_504(dial: SmtpDial) -> None:
    """AUTH with a mechanism that nobody has, where AUTH is offered: 504."""
    assert dial.before_login().command("AUTH XYZZY").says(504)


@verifies("RFC5321-4.2.4-01", refuted_by=rewrite(rb"^50\d", b"550", of=rb"TURN|S.* FROM:.*"))
@pytest.mark.parametrize("line", ["TURN", "SEND FROM:<>", "SOML FROM:<>", "SAML FROM:<>"], ids=lambda line: line[:4])
def test_a_command_that_is_not_implemented_is_answered_502_or_500(smtp: Smtp, line: str) -> None:
    """Commands of RFC 821 that hardly anybody implements: 502, or 500 where they are not even recognized."""
    said = smtp.command(line)
    if not said.refused or said.says(501, 503, 504):
        raise NotSupported(f"{line[:4]} is implemented: {said!r}")
    assert said.says(*UNKNOWN_COMMAND)


USES = {
    "VRFY": "VRFY postmaster",
    "EXPN": "EXPN postmaster",
    "HELP": "HELP",
    "ETRN": "ETRN mailconform.invalid",
    "VERB": "VERB",
    "CHUNKING": "BDAT 0 LAST",
    "AUTH": "AUTH XYZZY",
    "STARTTLS": "STARTTLS",
    "SIZE": "MAIL FROM:<{sender}> SIZE=1000",
    "8BITMIME": "MAIL FROM:<{sender}> BODY=8BITMIME",
    "SMTPUTF8": "MAIL FROM:<{sender}> SMTPUTF8",
    "DSN": "MAIL FROM:<{sender}> RET=HDRS ENVID=mailconform",
}


@verifies("RFC5321-4.2.4-02", refuted_by=say(NOT_KNOWN, of=rb"(?!EHLO).+"))
@pytest.mark.parametrize("keyword", USES)
def test_what_is_listed_is_implemented(dial: SmtpDial, keyword: str) -> None:
    """Use a keyword of the EHLO answer: neither 500 nor 502, whatever else may stand in the way."""
    session = dial.smtp()
    session.greeting.ok()
    if keyword not in session.hello().ok().keywords:
        raise NotSupported(f"{keyword} is not listed")
    said = session.command(USES[keyword].format(sender=dial.sender))
    if keyword == "STARTTLS":
        session.close()
    assert said.code not in UNKNOWN_COMMAND
