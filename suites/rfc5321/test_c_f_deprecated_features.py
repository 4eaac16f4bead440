"""RFC 5321 appendices C and F: what RFC 821 had, and what has become of it."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Smtp, SmtpDial, say, verifies


def stranger(dial: SmtpDial) -> Smtp:
    """Return a session that has said EHLO and not AUTH."""
    session = dial.smtp()
    session.greeting.ok()
    session.hello().ok()
    return session


@verifies("RFC5321-C-01", refuted_by=say(b"501 5.1.3 syntax error\r\n", of=rb"RCPT TO:<@.*"))
def test_a_source_route_to_an_account_is_understood(dial: SmtpDial) -> None:
    """RCPT to an account by way of two hosts: taken, or declined, but no error of syntax."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    assert not session.rcpt(f"@one.example,@two.example:{dial.address()}").says(500, 501, 502)


@verifies("RFC5321-F.1-01", refuted_by=say(b"250 2.0.0 your turn\r\n", of=rb"TURN"))
def test_turn_is_not_for_strangers(dial: SmtpDial) -> None:
    """TURN without AUTH: not granted."""
    assert not stranger(dial).command("TURN").positive


@verifies("RFC5321-F.3-01", refuted_by=say(b"503 5.5.1 EHLO first\r\n", of=rb"HELO .*"))
def test_a_message_can_be_sent_behind_helo(dial: SmtpDial) -> None:
    """HELO, MAIL, RCPT and DATA, where the same behind EHLO is granted: 250 each, and the message arrives."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    control = dial.ready()
    if control.logged_in:
        raise NotSupported("mail is taken after AUTH, which belongs to EHLO")
    control.mail(dial.sender).ok()
    control.rcpt(dial.address()).ok()
    control.leave()
    session = dial.smtp()
    session.greeting.ok()
    assert session.command("HELO", session.client).says(250)
    assert session.mail(dial.sender).positive
    assert session.rcpt(dial.address()).positive
    assert session.data(specimen.raw).positive
    assert arrivals.wait(specimen.key)


@verifies("RFC5321-F.4-01", refuted_by=say(b"250 2.1.5 ok\r\n", of=rb"RCPT .*#.*"))
def test_a_host_number_is_no_domain(dial: SmtpDial) -> None:
    """RCPT to the name of an account at #2130706433, where relaying is refused: refused too."""
    session = stranger(dial)
    session.mail(dial.sender).ok()
    if session.rcpt(dial.foreign).positive:
        raise NotSupported("mail for whatever host is taken from here, and looked at later")
    assert session.rcpt(dial.address().rpartition("@")[0] + "@#2130706433").refused


@verifies("RFC5321-F.6-01", refuted_by=say(b"250 2.1.0 ok\r\n", of=rb"(SEND|SOML|SAML) .*"))
@pytest.mark.parametrize("verb", ["SEND", "SOML", "SAML"])
def test_commands_that_send_to_terminals_are_listed_if_they_work(dial: SmtpDial, verb: str) -> None:
    """SEND, SOML and SAML with a sender: not granted, or listed by EHLO."""
    session = dial.ready()
    assert session.announced(verb) or not session.command(f"{verb} FROM:<{dial.sender}>").positive
