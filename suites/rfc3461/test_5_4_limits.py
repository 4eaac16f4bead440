"""RFC 3461 section 5.4: how long parameters and command lines may be."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Smtp, SmtpDial, say, verifies

TOO_LONG = b"500 5.5.2 Line too long\r\n"
LINE = 1036
"""Octets of a command line with CRLF that a server with DSN takes."""
XTEXT_ADDRESS = "".join(f"+{ord(c):02X}" for c in "a" * 60 + "@" + "b" * 60 + ".example")
LONGEST = {
    "SIZE": f"SIZE={1000:020d}",
    "8BITMIME": "BODY=8BITMIME",
    "DSN": "ENVID=" + "e" * 94,
    "AUTH": "AUTH=" + XTEXT_ADDRESS,
    "SMTPUTF8": "SMTPUTF8",
}
"""Keyword -> a parameter of MAIL that it brings, about as long as it may be (RFC 1870, 6152, 4954, 6531)."""


def orcpt(size: int) -> str:
    head = "ORCPT=rfc822;"
    return head + "o" * (size - len(head))


def session(dial: SmtpDial) -> Smtp:
    """A session within a transaction, in which MAIL and RCPT without parameters are accepted."""
    found = dial.having("DSN")
    found.mail(dial.sender).ok()
    found.rcpt(dial.address()).ok()
    return found


@verifies("RFC3461-4.2-02", "RFC3461-5.4-01", refuted_by=say(TOO_LONG, of=rb"RCPT .{450,}"))
def test_an_orcpt_parameter_of_500_characters_is_accepted(dial: SmtpDial) -> None:
    """RCPT with an ORCPT parameter of 500 characters, its name among them: accepted."""
    if dial.scheme.startswith("submission"):
        raise NotSupported("at submission, ORCPT must name the recipient itself")
    assert session(dial).rcpt(dial.address(), orcpt(500)).positive


@verifies("RFC3461-4.4-02", "RFC3461-5.4-01", refuted_by=say(b"501 5.5.4 ENVID?\r\n", of=rb"MAIL .{100,}"))
def test_an_envid_parameter_of_100_characters_is_accepted(dial: SmtpDial) -> None:
    """MAIL with an ENVID parameter of 100 characters, its name among them: accepted."""
    found = session(dial)
    found.command("RSET").ok()
    assert found.mail(dial.sender, LONGEST["DSN"]).positive


@verifies("RFC3461-5.4-01", refuted_by=say(TOO_LONG, of=rb"(RCPT .*NOTIFY|MAIL .*RET).*"))
def test_the_longest_notify_and_ret_are_accepted(dial: SmtpDial) -> None:
    """MAIL with RET, 8 characters, and RCPT with NOTIFY, 28 characters: accepted."""
    found = session(dial)
    assert found.rcpt(dial.address(), "NOTIFY=SUCCESS,FAILURE,DELAY").positive
    found.command("RSET").ok()
    assert found.mail(dial.sender, "RET=FULL").positive


@verifies("RFC3461-5.4-02", refuted_by=say(TOO_LONG, of=rb"NOOP .{900,}"))
def test_a_command_line_of_1036_octets_is_accepted(dial: SmtpDial) -> None:
    """NOOP with a word, then with one that makes the line 1036 octets long, CRLF included: accepted like the first."""
    found = dial.having("DSN")
    found.command("NOOP x").ok()
    assert found.command("NOOP " + "x" * (LINE - len("NOOP \r\n"))).positive


@verifies("RFC3461-5.4-02", refuted_by=say(TOO_LONG, of=rb"RCPT .{600,}"))
@pytest.mark.parametrize("whose", ["foreign", "own"])
def test_the_longest_rcpt_is_not_too_long(dial: SmtpDial, whose: str) -> None:
    """RCPT with a path of about 250 octets, alone, then with NOTIFY and an ORCPT of 500 characters: the same code."""
    if dial.scheme.startswith("submission"):
        raise NotSupported("at submission, ORCPT must name the recipient itself")
    local = "a" * 64 + "@"
    path = local + (dial.domain if whose == "own" else ".".join(["b" * 50] * 3) + ".mailconform.invalid")
    codes = []
    for parameters in ([], ["NOTIFY=SUCCESS,FAILURE,DELAY", orcpt(500)]):
        found = session(dial)
        answer = found.rcpt(path, *parameters)
        _ = answer.positive
        codes.append(answer.code)
    assert codes[0] == codes[1]


@verifies("RFC3461-5.4-03", refuted_by=say(TOO_LONG, of=rb"MAIL .* RET=FULL"))
def test_all_parameters_of_mail_go_into_one_line(dial: SmtpDial) -> None:
    """MAIL with each parameter that EHLO allows alone, which is a precondition, then with all of them at once: accepted."""
    found = session(dial)
    given = [parameter for keyword, parameter in LONGEST.items() if keyword in found.keywords]
    for parameter in given:
        found.command("RSET").ok()
        found.mail(dial.sender, parameter).ok()
    found.command("RSET").ok()
    assert found.mail(dial.sender, *given, "RET=FULL").positive
