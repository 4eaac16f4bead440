"""RFC 6531 section 3: SMTPUTF8 as a server takes it."""

from __future__ import annotations

import re

import pytest

from conformance import NotSupported, Smtp, SmtpDial, alter, forward, needs, rewrite, rewrite_raw, say, verifies

pytestmark = needs("SMTPUTF8")
SYNTAX = (500, 501, 502, 504, 555)
"""Codes that say of an address or its parameter that it is not understood; others may be policy."""
HEADER = "X-Mailconform: Grüße aus 東京\r\n".encode()
HOP = re.compile(rb"\bwith[ \t\r\n]+((?:UTF8|E)?[SL]MTP[SA]*)", re.IGNORECASE)


def begun(dial: SmtpDial, *parameters: str) -> Smtp:
    session = dial.ready()
    session.mail(dial.sender, *parameters).ok()
    return session


def local(name: str, dial: SmtpDial) -> str:
    """An address in the target's own domain, in UTF-8."""
    return f"{name}@{dial.domain}"


@verifies("RFC6531-3.1-01", refuted_by=rewrite(rb"SMTPUTF8", b"SMTPUTF8 1", of=rb"EHLO .*"))
def test_the_smtputf8_keyword_has_no_parameter(dial: SmtpDial) -> None:
    """EHLO: nothing stands behind SMTPUTF8."""
    assert dial.keyword("SMTPUTF8") == ()


@verifies("RFC6531-3.1-02", refuted_by=rewrite(rb"8BITMIME", b"X8BITMIME", of=rb"EHLO .*"))
def test_8bitmime_is_announced_with_smtputf8(dial: SmtpDial) -> None:
    """EHLO: where SMTPUTF8 is listed, 8BITMIME is."""
    dial.keyword("SMTPUTF8")
    assert "8BITMIME" in dial.ready().keywords


@verifies("RFC6531-3.1-03", refuted_by=say(b"555 5.5.4 SMTPUTF8?\r\n", of=rb"MAIL .* SMTPUTF8"))
def test_mail_with_smtputf8_is_accepted(dial: SmtpDial) -> None:
    """MAIL, RSET, MAIL with SMTPUTF8: accepted like the first, and so is RCPT of an ASCII mailbox behind it."""
    session = begun(dial)
    session.rcpt(dial.address()).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, "SMTPUTF8").positive
    assert session.rcpt(dial.address()).positive


@verifies("RFC6531-3.1-03", refuted_by=forward(rb"\1", of=rb"(MAIL .* SMTPUTF8)=.*"))
@pytest.mark.parametrize("value", ["=1", "=yes", "="])
def test_smtputf8_with_a_value_is_refused(dial: SmtpDial, value: str) -> None:
    """MAIL with a value behind SMTPUTF8: 5yz."""
    assert dial.ready().mail(dial.sender, f"SMTPUTF8{value}").refused


@verifies("RFC6531-3.6-01", refuted_by=say(b"501 5.5.4 One of them\r\n", of=rb"MAIL .* BODY=8BITMIME.*"))
@pytest.mark.parametrize("order", [("SMTPUTF8", "BODY=8BITMIME"), ("BODY=8BITMIME", "SMTPUTF8")], ids=["utf8", "body"])
def test_smtputf8_goes_with_body_8bitmime(dial: SmtpDial, order: tuple[str, str]) -> None:
    """MAIL with SMTPUTF8 and BODY=8BITMIME, in either order: accepted."""
    begun(dial, "SMTPUTF8").command("RSET").ok()
    assert dial.ready().mail(dial.sender, *order).positive


@verifies("RFC6531-3.2-01", refuted_by=say(b"501 5.1.7 Bad sender\r\n", of=rb"MAIL .*"))
def test_utf8_is_understood_in_mail(dial: SmtpDial) -> None:
    """MAIL FROM a UTF-8 address of the target's domain, with SMTPUTF8: no syntax error (a refusal may be policy)."""
    assert not dial.ready().mail(local("δοκιμή", dial), "SMTPUTF8").says(*SYNTAX)


@verifies("RFC6531-3.2-01", refuted_by=say(b"501 5.1.3 Bad recipient\r\n", of=rb"RCPT .*"))
def test_utf8_is_understood_in_rcpt(dial: SmtpDial) -> None:
    """RCPT TO a UTF-8 address of the target's domain, behind MAIL with SMTPUTF8: no syntax error (nobody has it)."""
    assert not begun(dial, "SMTPUTF8").rcpt(local("δοκιμή", dial)).says(*SYNTAX)


@verifies("RFC6531-3.3-02", refuted_by=say(b"501 5.1.3 Bad recipient\r\n", of=rb"RCPT .*\xce.*"))
def test_utf8_is_understood_in_quoted_strings(dial: SmtpDial) -> None:
    """RCPT TO a quoted local part of UTF-8 and a space, behind MAIL with SMTPUTF8: no syntax error."""
    session = begun(dial, "SMTPUTF8")
    if session.rcpt(local('"de lta"', dial)).says(*SYNTAX):
        raise NotSupported("quoted strings with a space are not understood in ASCII either")
    assert not session.rcpt(local('"δέλ τα"', dial)).says(*SYNTAX)


@verifies("RFC6531-3.2-02", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"(MAIL|RCPT) .*\xce.*"))
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_utf8_is_refused_without_smtputf8(dial: SmtpDial, command: str) -> None:
    """A UTF-8 address in MAIL without SMTPUTF8, or in RCPT behind such a MAIL: 5yz."""
    address = local("δοκιμή", dial)
    answer = dial.ready().mail(address) if command == "MAIL" else begun(dial).rcpt(address)
    assert answer.refused


@verifies("RFC6531-3.5-01", refuted_by=say(b"501 5.6.7 No UTF-8\r\n", of=rb"(MAIL|RCPT) .*\xce.*"))
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_non_ascii_addresses_are_refused_with_550_or_553(dial: SmtpDial, command: str) -> None:
    """A UTF-8 address without SMTPUTF8: where it is refused with X.6.7, the code is 550 or 553."""
    address = local("δοκιμή", dial)
    answer = dial.ready().mail(address) if command == "MAIL" else begun(dial).rcpt(address)
    if not answer.refused or not answer.enhanced.endswith(b".6.7"):
        raise NotSupported("it is not refused with X.6.7")
    assert answer.says(550, 553)


@verifies("RFC6531-3.3-01", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"(MAIL|RCPT) .*\xff.*"))
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_what_is_not_utf8_is_refused(dial: SmtpDial, command: str) -> None:
    """An address with the octets FF and C3 28, with SMTPUTF8: 5yz."""
    address = b"x\xff\xc3(@" + dial.domain.encode()
    answer = dial.ready().mail(address, "SMTPUTF8") if command == "MAIL" else begun(dial, "SMTPUTF8").rcpt(address)
    assert answer.refused


@verifies(
    "RFC6531-3.7.1-01",
    refuted_by=rewrite_raw(rb"(250[- ])[^ \r\n]+", rb"\1b" + "ü".encode() + rb"cher.example", of=rb"EHLO .*"),
)
def test_the_name_in_the_answer_to_ehlo_is_ascii(dial: SmtpDial) -> None:
    """EHLO: the name that the first line gives has no octet above 127, and is made of letters, digits and hyphens (or is a literal)."""
    session = dial.smtp()
    session.greeting.ok()
    name = session.hello().ok().text.partition(b" ")[0]
    assert re.fullmatch(rb"[A-Za-z0-9._-]+|\[[\x21-\x5a\x5e-\x7e]+\]", name)


@verifies("RFC6531-3.7.3-02", refuted_by=alter(rb"with UTF8SMTP", b"with ESMTP"))
@pytest.mark.parametrize("under", ["clear", "tls"])
def test_the_trace_field_says_utf8smtp(dial: SmtpDial, under: str) -> None:
    """Send a message with a UTF-8 header field and SMTPUTF8: a Received field says "with UTF8SMTP", under TLS UTF8SMTPS.

    The clause may be left out.
    """
    arrivals, specimen = dial.arrivals(), dial.specimen(headers=HEADER)
    session = dial.secured() if under == "tls" else dial.ready()
    session.mail(dial.sender, "BODY=8BITMIME", "SMTPUTF8").ok()
    session.rcpt(dial.address()).ok()
    session.data(specimen.raw).ok()
    said = [found.upper() for found in HOP.findall(arrivals.one(specimen.key).partition(b"\r\nFrom:")[0])]
    if not said:
        raise NotSupported("no Received field says by what protocol the message came")
    wanted = (
        (b"UTF8SMTPS", b"UTF8SMTPSA") if under == "tls" else (b"UTF8SMTP", b"UTF8SMTPA", b"UTF8SMTPS", b"UTF8SMTPSA")
    )
    assert set(said) & set(wanted)


@verifies("RFC6531-3.7.4.2-01", refuted_by=say(b"501 5.5.4 One argument\r\n", of=rb"VRFY .* SMTPUTF8"))
def test_vrfy_takes_the_smtputf8_parameter(dial: SmtpDial) -> None:
    """VRFY with SMTPUTF8 behind the address: accepted if it is without."""
    session = dial.ready()
    plain = session.command("VRFY", dial.address())
    if not plain.positive:
        raise NotSupported(f"VRFY is answered {plain!r}")
    assert session.command("VRFY", dial.address(), "SMTPUTF8").positive


@verifies("RFC6531-3.7.4.2-02", refuted_by=say("252 2.0.0 δοκιμή\r\n".encode(), of=rb"VRFY .*"))
def test_no_utf8_is_sent_to_who_has_not_asked_for_it(dial: SmtpDial) -> None:
    """VRFY and EXPN of UTF-8 names without SMTPUTF8: the replies are ASCII."""
    session = dial.ready()
    for verb in ("VRFY", "EXPN"):
        for name in ("δοκιμή", local("δοκιμή", dial)):
            assert session.command(verb, name).raw.isascii()


@verifies("RFC6531-3.2-01", refuted_by=alter("Grüße".encode(), b"Gr????e"))
def test_utf8_header_fields_arrive(dial: SmtpDial) -> None:
    """Send a message with a UTF-8 header field, with SMTPUTF8: every line of it arrives."""
    arrivals, session, specimen = dial.arrivals(), begun(dial, "SMTPUTF8"), dial.specimen(headers=HEADER)
    session.rcpt(dial.address()).ok()
    session.data(specimen.raw).ok()
    assert HEADER in arrivals.one(specimen.key)
