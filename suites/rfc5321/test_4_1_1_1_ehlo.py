"""RFC 5321 sections 2.2.1 and 4.1.1.1: EHLO and HELO."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, answer, hang_up, say, verifies

OPTIONAL = {
    "HELP": "HELP",
    "EXPN": "EXPN postmaster",
    "ETRN": "ETRN mailconform.invalid",
    "TURN": "TURN",
    "SEND": "SEND FROM:<>",
    "SAML": "SAML FROM:<>",
    "STARTTLS": "STARTTLS",
    "CHUNKING": "BDAT 0",
}
"""Keyword -> a command that works only where the extension is there (RFC 5321 section 4.5.1 does not demand it)."""
DONE = (211, 214, 220, 250, 251, 253)  # 252 is what servers say that do nothing of the kind


def at_greeting(dial: SmtpDial) -> Smtp:
    session = dial.smtp()
    session.greeting.ok()
    return session


@verifies("RFC5321-2.2.1-01", refuted_by=say(b"502 5.5.1 EHLO is not known here\r\n", of=rb"EHLO .*"))
def test_ehlo_is_known(dial: SmtpDial) -> None:
    """EHLO behind the greeting: 250."""
    assert at_greeting(dial).hello().says(250)


@verifies("RFC5321-2.2.1-02", "RFC5321-4.1.1.1-07", refuted_by=say(b"500 5.5.1 HELO is not known\r\n", of=rb"HELO .*"))
def test_helo_begins_a_session_too(dial: SmtpDial) -> None:
    """HELO instead of EHLO: 250."""
    session = at_greeting(dial)
    assert session.command("HELO", session.client).says(250)


@verifies("RFC5321-4.1.1.1-01", refuted_by=say(b"250 mail.example\r\n", of=rb"EHLO"))
def test_ehlo_without_argument_is_refused(dial: SmtpDial) -> None:
    """EHLO alone: 5yz."""
    assert at_greeting(dial).command("EHLO").refused


@verifies("RFC5321-4.1.1.1-02", refuted_by=say(b"250 mail.example\r\n", of=rb"HELO"))
def test_helo_without_argument_is_refused(dial: SmtpDial) -> None:
    """HELO alone: 5yz."""
    assert at_greeting(dial).command("HELO").refused


@verifies("RFC5321-4.1.1.1-03", refuted_by=say(b"501 5.5.4 Invalid domain name\r\n", of=rb"EHLO \[127.*"))
def test_ehlo_understands_an_ipv4_literal(dial: SmtpDial) -> None:
    """EHLO [127.0.0.1] is no syntax error; a server may have its policy about it."""
    assert not at_greeting(dial).command("EHLO [127.0.0.1]").syntax_error


@verifies("RFC5321-4.1.1.1-04", refuted_by=say(b"501 5.5.4 Invalid domain name\r\n", of=rb"EHLO \[IPv6.*"))
@pytest.mark.parametrize("literal", ["[IPv6:::1]", "[IPv6:2001:db8::1]"], ids=["loopback", "global"])
def test_ehlo_understands_an_ipv6_literal(dial: SmtpDial, literal: str) -> None:
    """EHLO [IPv6:...] is no syntax error; a server may have its policy about it."""
    assert not at_greeting(dial).command("EHLO", literal).syntax_error


@verifies("RFC5321-4.1.1.1-05", refuted_by=hang_up(of=rb"EHLO .*\] .*"))
def test_text_behind_a_literal_does_not_upset_ehlo(dial: SmtpDial) -> None:
    """EHLO [127.0.0.1] and a word more: taken or refused, and the session goes on."""
    session = at_greeting(dial)
    assert session.command("EHLO [127.0.0.1] mailconform").reply is not None
    assert session.command("NOOP").says(250)


@verifies("RFC5321-4.1.1.1-09", refuted_by=say(b"250 2.1.5 Ok\r\n", of=rb"RCPT .*"))
def test_ehlo_ends_the_transaction(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL, RCPT, EHLO: RCPT is refused."""
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    smtp.hello().ok()
    assert smtp.rcpt(dial.address()).refused


@verifies("RFC5321-4.1.1.1-12", refuted_by=say(b"250 2.0.0 Ok\r\n", of=rb"TURN"))
def test_ehlo_lists_every_optional_command_that_works(dial: SmtpDial) -> None:
    """Commands that EHLO lists in no stage, BDAT inside a transaction: none of them is carried out."""
    for keyword, line in OPTIONAL.items():
        if dial.profile.announced(keyword):
            continue
        session = dial.ready()
        if keyword == "CHUNKING":
            session.mail(dial.sender).ok()
            session.rcpt(dial.address()).ok()
        done = session.command(line).code in DONE
        if done and keyword == "STARTTLS":
            session.close()  # what comes next would be a handshake
        assert not done, f"{line} is carried out, and EHLO does not list {keyword}"


@verifies("RFC5321-4.1.1.1-13", refuted_by=answer(b"250 mail.example\r\n", of=rb"EHLO .*[_!].*"))
@pytest.mark.parametrize("name", ["mail_conform.invalid", "mail!{}.invalid"], ids=["underscore", "punctuation"])
def test_ehlo_refuses_what_is_no_domain(dial: SmtpDial, name: str) -> None:
    """EHLO with characters that no domain holds: 5yz."""
    assert at_greeting(dial).command("EHLO", name).refused
