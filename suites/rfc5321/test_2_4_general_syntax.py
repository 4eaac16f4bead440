"""RFC 5321 section 2.4: letter case, and the characters of commands."""

from __future__ import annotations

from conformance import Smtp, SmtpDial, lose, rewrite, say, verifies


def taken(dial: SmtpDial) -> Smtp:
    """Return a session on which MAIL and RCPT are taken as they are usually written, with nothing begun."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.rcpt(dial.address()).ok()
    session.command("RSET").ok()
    return session


@verifies("RFC5321-2.4-01", refuted_by=say(b"500 5.5.2 not recognized\r\n", of=rb"(?-i:mAiL) .*"))
def test_verbs_are_known_in_any_letter_case(dial: SmtpDial) -> None:
    """EHLO, NOOP, RSET, MAIL, RCPT and QUIT in mixed case: as positive as in upper case; dAtA: 354."""
    session = taken(dial)
    for line in ("nOoP", "rSeT", f"mAiL FROM:<{dial.sender}>", f"rCpT TO:<{dial.address()}>"):
        assert session.command(line).positive
    assert session.command("dAtA").says(354)
    session.close()  # before the end of data: nothing is delivered
    session = dial.smtp()
    assert session.command("eHlO", session.client).positive
    assert session.command("qUiT").positive


@verifies("RFC5321-2.4-02", refuted_by=say(b"501 5.5.4 no FROM:\r\n", of=rb"MAIL (?-i:from):.*"))
def test_the_words_of_arguments_are_known_in_any_letter_case(dial: SmtpDial) -> None:
    """MAIL from: and RCPT to:, with size= and body= where they are announced: as positive as in upper case."""
    session = taken(dial)
    words = [
        word for word, keyword in ((" size=100", "SIZE"), (" body=7bit", "8BITMIME")) if session.announced(keyword)
    ]
    session.command(f"MAIL FROM:<{dial.sender}>" + "".join(words).upper()).ok()
    session.command("RSET").ok()
    assert session.command(f"MAIL from:<{dial.sender}>" + "".join(words)).positive
    assert session.command(f"RCPT to:<{dial.address()}>").positive


@verifies("RFC5321-2.4-04", refuted_by=say(b"550 5.7.1 not here\r\n", of=rb"RCPT (?-i:.*@[^a-z]*>)"))
def test_a_domain_is_known_in_upper_case(dial: SmtpDial) -> None:
    """RCPT to an account, its domain in upper case: as positive as in lower case."""
    session = taken(dial)
    local, _, domain = dial.address().rpartition("@")
    session.mail(dial.sender).ok()
    assert session.rcpt(f"{local}@{domain.upper()}").positive


@verifies("RFC5321-2.4-04", refuted_by=lose())
def test_mail_to_a_domain_in_upper_case_arrives(dial: SmtpDial) -> None:
    """A message to an account, its domain in upper case: it arrives."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    local, _, domain = dial.address().rpartition("@")
    dial.ready().transaction(dial.sender, f"{local}@{domain.upper()}", text=specimen.raw).ok()
    assert arrivals.wait(specimen.key)


@verifies("RFC5321-2.4-07", refuted_by=say(b"250 2.1.0 ok\r\n", of=rb"MAIL .*"))
def test_octets_above_127_in_a_command_are_refused(dial: SmtpDial) -> None:
    """MAIL with the octet E9, which is no UTF-8 either, in the local-part: 5yz."""
    session = taken(dial)
    assert session.mail(b"us\xe9r@" + dial.domain.encode()).refused


@verifies("RFC5321-2.4-10", refuted_by=rewrite(rb"8BITMIME", b"XBITMIME", of=rb"EHLO .*"))
def test_8bitmime_is_offered(dial: SmtpDial) -> None:
    """EHLO: 8BITMIME is listed."""
    session = dial.smtp()
    session.greeting.ok()
    assert "8BITMIME" in session.hello().ok().keywords
