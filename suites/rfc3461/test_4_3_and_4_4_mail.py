"""RFC 3461 sections 4, 4.3, 4.4, 4.5 and 5.1: RET and ENVID of MAIL."""

from __future__ import annotations

import string

import pytest

from conformance import Smtp, SmtpDial, forward, rewrite, say, verifies
from conformance.sessions.smtp import Answer

STRIPPED = forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>) .*")
"""A server that looks at no parameter of MAIL."""
XCHARS = "".join(c for c in string.printable if "!" <= c <= "~" and c not in "+=")
BAD_XTEXT = {"no-digits": "a+ZZ", "cut-short": "a+", "one-digit": "a+4", "equals-sign": "a=b", "lower-case": "a+2b"}
INVALID = {
    "ret-unknown": ["RET=BODY"],
    "ret-empty": ["RET="],
    "ret-alone": ["RET"],
    "ret-two": ["RET=FULL,HDRS"],
    "envid-alone": ["ENVID"],
    **{f"envid-{name}": [f"ENVID={value}"] for name, value in BAD_XTEXT.items()},
}
TWICE = {
    "ret": ["RET=FULL", "RET=HDRS"],
    "same-ret": ["RET=FULL", "RET=FULL"],
    "envid": ["ENVID=a", "ENVID=b"],
    "apart": ["ENVID=a", "RET=FULL", "ENVID=a"],
}


ODD = ("ret-alone", "ret-empty", "envid-alone", "envid-equals-sign")
"""What a server may find out before it looks at any keyword, and answer as it does for parameters of all kinds."""


def cases(table: dict[str, list[str]], prefix: str = "") -> pytest.MarkDecorator:
    chosen = {name: value for name, value in table.items() if name.startswith(prefix)}
    return pytest.mark.parametrize("parameters", list(chosen.values()), ids=list(chosen))


def session(dial: SmtpDial) -> Smtp:
    """A session in which MAIL without parameters is accepted."""
    found = dial.having("DSN")
    found.mail(dial.sender).ok()
    found.command("RSET").ok()
    return found


def mail(dial: SmtpDial, *parameters: str) -> Answer:
    """The answer to MAIL with these parameters, and NOOP behind it."""
    found = session(dial)
    answer = found.mail(dial.sender, *parameters)
    found.command("NOOP").ok()
    return answer


@verifies("RFC3461-4-01", refuted_by=say(b"501 5.5.4 xtext?\r\n", of=rb"MAIL .*ENVID=.*"))
@pytest.mark.parametrize(
    "value",
    ["a+2Bb+3Dc", "+41+42+7E", XCHARS[:50], XCHARS[50:]],
    ids=["needed", "needless", "digits-to-R", "S-to-tilde"],
)
def test_xtext_is_understood(dial: SmtpDial, value: str) -> None:
    """MAIL with an ENVID of hexchars that are needed, of some that are not, and of all other characters: accepted."""
    assert mail(dial, f"ENVID={value}").positive


@verifies("RFC3461-4-02", refuted_by=STRIPPED)
@pytest.mark.parametrize("value", list(BAD_XTEXT.values()), ids=list(BAD_XTEXT))
def test_what_is_no_xtext_is_refused(dial: SmtpDial, value: str) -> None:
    """MAIL with an ENVID that has "+" without two hexadecimal digits in upper case, or "=": 5yz."""
    assert mail(dial, f"ENVID={value}").refused


@verifies("RFC3461-4.3-01", refuted_by=say(b"501 5.5.4 RET?\r\n", of=rb"MAIL .*RET=.*"))
@pytest.mark.parametrize("value", ["FULL", "HDRS", "full", "Hdrs"])
def test_ret_is_full_or_hdrs_in_any_letter_case(dial: SmtpDial, value: str) -> None:
    """MAIL with RET: accepted."""
    assert mail(dial, f"RET={value}").positive


@verifies("RFC3461-4.3-01", refuted_by=STRIPPED)
@cases(INVALID, "ret")
def test_ret_with_another_value_is_refused(dial: SmtpDial, parameters: list[str]) -> None:
    """MAIL with RET of another value, or of none: 5yz."""
    assert mail(dial, *parameters).refused


@verifies("RFC3461-4.4-01", refuted_by=STRIPPED)
def test_envid_without_a_value_is_refused(dial: SmtpDial) -> None:
    """MAIL with ENVID and no "=": 5yz."""
    assert mail(dial, "ENVID").refused


@verifies("RFC3461-4.4-03", refuted_by=STRIPPED)
@pytest.mark.parametrize("value", ["a+00b", "a+0D+0AX-b:+20c", "a+C3+A9"], ids=["nul", "crlf", "8-bit"])
def test_envid_that_stands_for_what_is_not_printable_is_refused(dial: SmtpDial, value: str) -> None:
    """MAIL with an ENVID whose hexchars stand for control or 8-bit characters: 5yz."""
    assert mail(dial, f"ENVID={value}").refused


@verifies("RFC3461-5.1-03", refuted_by=STRIPPED | rewrite(rb"^501 \S+", b"555 5.5.4", of=rb"MAIL .*=.*"))
@cases({name: given for name, given in INVALID.items() if name not in ODD})
def test_wrong_ret_and_envid_are_answered_501(dial: SmtpDial, parameters: list[str]) -> None:
    """MAIL with RET of an unknown value, or ENVID that is no xtext: 501."""
    assert mail(dial, *parameters).says(501)


@verifies("RFC3461-5.1-03", "RFC3461-4.5-01", refuted_by=STRIPPED)
@cases(TWICE)
def test_ret_or_envid_given_twice_is_answered_501(dial: SmtpDial, parameters: list[str]) -> None:
    """MAIL with RET twice, or with ENVID twice: 501."""
    assert mail(dial, *parameters).says(501)


@verifies("RFC3461-5.1-01", refuted_by=rewrite(rb"^\d50", b"551", of=rb"MAIL .*=.*"))
@pytest.mark.parametrize("sender", ["", "nobody@mailconform.invalid", "known"], ids=["null", "unknown", "known"])
def test_mail_with_ret_and_envid_has_the_code_that_it_has_without(dial: SmtpDial, sender: str) -> None:
    """MAIL alone, RSET, MAIL with RET and ENVID, from a known, an unknown and no sender: the same code."""
    found = dial.having("DSN")
    path = dial.sender if sender == "known" else sender
    alone = found.mail(path)
    _ = alone.positive
    found.command("RSET").ok()
    assert found.mail(path, "RET=HDRS", "ENVID=QQ314159").says(alone.code)


@verifies("RFC3461-5.1-02", refuted_by=say(b"550 5.7.1 no reports\r\n", of=rb"MAIL .*=.*"))
@pytest.mark.parametrize(
    "parameters", [["RET=FULL"], ["ENVID=a"], ["ENVID=a", "RET=HDRS"], ["RET=HDRS", "ENVID=a"]], ids=" ".join
)
def test_mail_is_not_refused_for_ret_or_envid(dial: SmtpDial, parameters: list[str]) -> None:
    """MAIL, accepted alone, with RET, with ENVID, with both: accepted."""
    assert mail(dial, *parameters).positive
