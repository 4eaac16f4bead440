"""RFC 5321 section 4.1.2: paths and parameters.

What the grammar allows must be understood; a refusal for policy is no matter of syntax. What it does not allow and real
clients send is only worth a warning, but for the characters that the section forbids outright.
"""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, answer, forward, say, verifies

TAKEN = b"250 2.1.0 Ok\r\n"
BAD = b"501 5.1.7 Bad sender address syntax\r\n"


@verifies("RFC5321-4.1.2-02", refuted_by=say(BAD, of=rb"MAIL FROM:<@.*"))
def test_mail_understands_a_source_route(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL with two hosts in front of a known mailbox is no syntax error."""
    route = "@one.mailconform.invalid,@two.mailconform.invalid:"
    assert not smtp.mail(route + dial.sender).syntax_error


@verifies("RFC5321-4.1.2-03", refuted_by=say(BAD, of=rb"MAIL FROM:<mail\W.*"))
@pytest.mark.parametrize(
    "local", ["mail#$&'*+-/=?^_`{|}~conform", "mail!conform", "mail%conform"], ids=["atext", "bang", "percent"]
)
def test_an_atom_may_hold_every_character_of_atext(dial: SmtpDial, smtp: Smtp, local: str) -> None:
    """MAIL with the punctuation that atoms may hold is no syntax error."""
    assert not smtp.mail(f"{local}@{dial.domain}").syntax_error


@verifies("RFC5321-4.1.2-04", refuted_by=answer(TAKEN, of=rb"MAIL FROM:<(\.|.*\.[.@]).*"))
@pytest.mark.parametrize("local", [".a", "a.", "a..b"], ids=["first", "last", "doubled"])
def test_an_unquoted_local_part_with_an_odd_dot_is_refused(dial: SmtpDial, smtp: Smtp, local: str) -> None:
    """MAIL with a dot that no atom stands behind or before: 5yz."""
    assert smtp.mail(f"{local}@{dial.domain}").refused


@verifies("RFC5321-4.1.2-05", refuted_by=say(BAD, of=rb"MAIL FROM:<\".*"))
@pytest.mark.parametrize(
    "local",
    ['"mail conform"', '"mail@conform"', '"mail\\"conform"', '"mail,conform"', '".mail.."'],
    ids=["space", "at", "quoted-pair", "comma", "dots"],
)
def test_a_quoted_local_part_is_understood(dial: SmtpDial, smtp: Smtp, local: str) -> None:
    """MAIL with a quoted-string in front of the domain is no syntax error."""
    assert not smtp.mail(f"{local}@{dial.domain}").syntax_error


@verifies("RFC5321-4.1.2-09", refuted_by=answer(TAKEN, of=rb"(MAIL|RCPT) [^\"]*\"[^\"]*"))
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_quoted_local_part_without_its_end_is_refused(dial: SmtpDial, smtp: Smtp, verb: str) -> None:
    """MAIL or RCPT with one quotation mark: 5yz, and NOOP is answered."""
    path = f'"mailconform@{dial.domain}'
    if verb == "RCPT":
        smtp.mail(dial.sender).ok()
    assert (smtp.mail(path) if verb == "MAIL" else smtp.rcpt(path)).refused
    smtp.command("NOOP").ok()


@verifies("RFC5321-4.1.2-17", refuted_by=answer(TAKEN, of=rb"MAIL FROM:(<[^>]*|[^<]*>)"))
@pytest.mark.parametrize("missing", ["left", "right"])
def test_a_path_with_one_bracket_is_refused(dial: SmtpDial, smtp: Smtp, missing: str) -> None:
    """MAIL with a path that lacks one of its angle brackets: 5yz."""
    path = f"{dial.sender}>" if missing == "left" else f"<{dial.sender}"
    assert smtp.command(f"MAIL FROM:{path}").refused


@verifies("RFC5321-4.1.2-10", refuted_by=answer(TAKEN, of=rb"MAIL FROM:.*"))
@pytest.mark.parametrize(
    "domain",
    ["-mail.invalid", "mail-.invalid", "mail..invalid", ".invalid"],
    ids=["hyphen-first", "hyphen-last", "empty-label", "empty-first-label"],
)
def test_a_domain_with_an_odd_label_is_refused(smtp: Smtp, domain: str) -> None:
    """MAIL with a label that is empty, or begins or ends with a hyphen: 5yz."""
    assert smtp.mail(f"mailconform@{domain}").refused


@verifies("RFC5321-4.1.2-11", refuted_by=forward(rb"MAIL FROM:<>", of=rb"MAIL FROM:<.*@.*_.*"))
def test_a_sender_with_an_underscore_in_its_domain_is_refused(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL with an underscore in a label of the domain: 5yz."""
    assert smtp.mail(f"mailconform@mail_conform.{dial.domain}").refused


@verifies("RFC5321-4.1.2-12", refuted_by=forward(rb"\1\2", of=rb"((?:EHLO|HELO|MAIL).*)[\x01\x7f](.*)"))
@pytest.mark.parametrize("octet", [b"\x01", b"\x7f"], ids=["control", "delete"])
@pytest.mark.parametrize("verb", [b"EHLO ", b"HELO ", b"MAIL FROM:<mailconform@"], ids=["EHLO", "HELO", "MAIL"])
def test_a_control_character_in_a_domain_is_refused(dial: SmtpDial, verb: bytes, octet: bytes) -> None:
    """EHLO and HELO behind the greeting, and MAIL, with a control character in the domain: 5yz."""
    session, end = (dial.ready(), b">") if verb.startswith(b"MAIL") else (dial.smtp(), b"")
    session.greeting.ok()
    assert session.command(verb + b"mail" + octet + b"." + dial.domain.encode() + end).refused


@verifies("RFC5321-4.1.2-13", refuted_by=forward(rb"\1\2", of=rb"((?:RCPT|MAIL).*)[\x01\x7f\xff](.*)"))
@pytest.mark.parametrize("octet", [b"\x01", b"\x7f", b"\xff"], ids=["control", "delete", "high-bit"])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_local_part_of_other_than_printable_ascii_is_refused(
    dial: SmtpDial, smtp: Smtp, verb: str, octet: bytes
) -> None:
    """MAIL and RCPT with an octet behind the local-part of a known mailbox that no mailbox has: 5yz."""
    local, _, domain = dial.address().encode().rpartition(b"@")
    path = local + octet + b"@" + domain
    if verb == "RCPT":
        smtp.mail(dial.sender).ok()
    assert (smtp.mail(path) if verb == "MAIL" else smtp.rcpt(path)).refused


@verifies("RFC5321-4.1.2-14", refuted_by=forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>).*"))
@pytest.mark.parametrize(
    "parameter", [" =5", " -X=1", " SIZE=1=2", "XMAILCONFORM=1"], ids=["no-keyword", "hyphen", "two-values", "glued"]
)
def test_what_is_no_parameter_is_refused(dial: SmtpDial, smtp: Smtp, parameter: str) -> None:
    """MAIL with something behind the path that is no keyword, or no keyword and value: 5yz."""
    assert smtp.command(f"MAIL FROM:<{dial.sender}>{parameter}").refused


@verifies("RFC5321-4.1.2-15", refuted_by=forward(rb"\1", of=rb"(MAIL .*)[^ -~]"))
@pytest.mark.parametrize("parameter", [b"BODY=8BITMIME\x80", b"SIZE=1\x01"], ids=["high-bit", "control"])
def test_a_value_of_other_than_printable_ascii_is_refused(dial: SmtpDial, smtp: Smtp, parameter: bytes) -> None:
    """MAIL with an octet in the value of a parameter that no value has: 5yz."""
    assert smtp.mail(dial.sender, parameter).refused


@verifies("RFC5321-4.1.2-16", refuted_by=say(b"550 5.1.1 No such user\r\n", of=rb"RCPT TO:<(?-i:[A-Z0-9.-]+)@.*"))
def test_the_local_part_of_a_mailbox_is_known_in_capitals(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT with the local-part of a known mailbox in capitals: positive."""
    local, _, domain = dial.address().rpartition("@")
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    assert smtp.rcpt(f"{local.upper()}@{domain}").positive
