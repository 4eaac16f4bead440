"""RFC 4954 sections 3 and 5: the AUTH parameter of MAIL."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Sink, Smtp, SmtpDial, forward, relay, say, verifies

REFUSAL = b"555 5.5.4 AUTH is not known\r\n"


def unauthenticated(dial: SmtpDial) -> Smtp:
    """Open a session without a login on which AUTH is announced and MAIL is accepted."""
    session = dial.offering()
    if not session.mail(dial.sender).positive:
        raise NotSupported("MAIL is refused before a login")
    session.command("RSET").ok()
    return session


def coded(word: str) -> str:
    """Write a word in hexchars alone (RFC 3461 section 4)."""
    return "".join(f"+{ord(letter):02X}" for letter in word)


@verifies("RFC4954-5-01", refuted_by=say(REFUSAL, of=rb"MAIL .* AUTH=.*"))
@pytest.mark.parametrize("value", ["<>", "someone@mailconform.invalid", "e+3Dmc2@mailconform.invalid"])
def test_the_auth_parameter_is_accepted_without_a_login(dial: SmtpDial, value: str) -> None:
    """MAIL with AUTH=, where AUTH is announced and MAIL without it is accepted."""
    assert unauthenticated(dial).mail(dial.sender, f"AUTH={value}").positive


@verifies("RFC4954-5-01", refuted_by=say(REFUSAL, of=rb"MAIL .* AUTH=.*"))
def test_the_auth_parameter_is_accepted_after_a_login(dial: SmtpDial) -> None:
    """Log in; MAIL with AUTH=<>, where MAIL without it is accepted."""
    session = dial.login()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, "AUTH=<>").positive


@verifies("RFC4954-3-03", refuted_by=say(b"500 5.5.2 line too long\r\n", of=rb"MAIL .{490,}"))
def test_mail_may_be_500_characters_longer_for_auth(dial: SmtpDial) -> None:
    """MAIL with an AUTH parameter of 499 characters, a valid mailbox as xtext, where a short one is accepted."""
    mailbox = f"{coded('a' * 64)}@{coded('b' * 63 + '.' + 'c' * 31 + '.test')}"
    session = unauthenticated(dial)
    session.mail(dial.sender, "AUTH=someone@mailconform.invalid").ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, f"AUTH={mailbox}").positive


@verifies("RFC4954-5-02", refuted_by=forward(rb"\1<>", of=rb"(MAIL .* AUTH=).*\+(?:ZZ|3)@.*"))
@pytest.mark.parametrize("value", ["user+ZZ", "user+3"], ids=["no-hex", "one-digit"])
def test_an_auth_parameter_that_is_no_xtext_is_refused(dial: SmtpDial, value: str) -> None:
    """MAIL with "+" and other than two hexadecimal digits in AUTH=, where a right one is accepted."""
    session = unauthenticated(dial)
    session.mail(dial.sender, "AUTH=user+3D@mailconform.invalid").ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, f"AUTH={value}@mailconform.invalid").refused


@verifies(
    "RFC4954-5-05", refuted_by=relay(rb"(MAIL FROM:<.*?)(?: AUTH=\S+)?$", rb"\1 AUTH=someone@mailconform.invalid")
)
def test_a_message_with_auth_unknown_is_not_handed_on_as_the_users(dial: SmtpDial, sink: Sink) -> None:
    """Log in, MAIL with AUTH=<>; the next hop offers AUTH: it hears AUTH=<>, or no AUTH at all."""
    sink.keywords = (*sink.keywords, b"AUTH PLAIN")
    specimen, session = dial.specimen(), dial.login()
    session.mail(dial.sender, "AUTH=<>").ok()
    session.rcpt(dial.at_sink()).ok()
    session.data(specimen.raw).ok()
    assert sink.one(specimen.key).parameters.get("AUTH", "<>") == "<>"


@verifies(
    "RFC4954-5-07", refuted_by=relay(rb"(MAIL FROM:<.*?)(?: AUTH=\S+)?$", rb"\1 AUTH=stranger@mailconform.invalid")
)
def test_a_mailbox_named_without_a_login_is_not_handed_on(dial: SmtpDial, sink: Sink) -> None:
    """MAIL with AUTH= and a mailbox, not logged in; the next hop offers AUTH: it does not hear that mailbox."""
    sink.keywords = (*sink.keywords, b"AUTH PLAIN")
    specimen, session = dial.specimen(), unauthenticated(dial)
    session.mail(dial.sender, "AUTH=stranger@mailconform.invalid").ok()
    if not session.rcpt(dial.at_sink()).positive:
        raise NotSupported("mail for the sink is refused before a login")
    session.data(specimen.raw).ok()
    assert sink.one(specimen.key).parameters.get("AUTH", "<>") == "<>"


@verifies("RFC4954-5-06", refuted_by=relay(rb"(MAIL FROM:<[^>]*>)", rb"\1 AUTH=<>"))
def test_the_auth_parameter_is_not_said_to_a_next_hop_without_auth(dial: SmtpDial, sink: Sink) -> None:
    """Log in, MAIL with AUTH=<>; the next hop does not offer AUTH, and hears no AUTH parameter."""
    specimen, session = dial.specimen(), dial.login()
    session.mail(dial.sender, "AUTH=<>").ok()
    session.rcpt(dial.at_sink()).ok()
    session.data(specimen.raw).ok()
    assert "AUTH" not in sink.one(specimen.key).parameters
