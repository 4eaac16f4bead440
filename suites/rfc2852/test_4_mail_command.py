"""RFC 2852 sections 2 to 4: the DELIVERBY keyword and the BY parameter of MAIL."""

from __future__ import annotations

import pytest

from conformance import NotSupported, SmtpDial, forward, needs, rewrite, say, verifies
from conformance.sessions.smtp import Answer

pytestmark = needs("DELIVERBY")


def minimum(dial: SmtpDial) -> int:
    """The least by-time of mode R that EHLO gives, 1 without one."""
    parameters = dial.keyword("DELIVERBY")
    return max(1, int(parameters[0])) if parameters and parameters[0].isdigit() else 1


def asked(dial: SmtpDial, by: str) -> Answer:
    """The answer to MAIL with BY, where MAIL alone is accepted."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    return session.mail(dial.sender, f"BY{by}")


@verifies("RFC2852-2-01", refuted_by=rewrite(rb"DELIVERBY.*", b"DELIVERBY 5m", of=rb"EHLO .*"))
def test_the_deliverby_keyword_has_a_number_or_nothing_behind_it(dial: SmtpDial) -> None:
    """EHLO: DELIVERBY, or DELIVERBY and one number of one to nine digits."""
    parameters = dial.keyword("DELIVERBY")
    assert len(parameters) <= 1
    assert all(p.isascii() and p.isdigit() and len(p) <= 9 for p in parameters)


@verifies("RFC2852-4-01", refuted_by=say(b"501 5.5.4 BY?\r\n", of=rb"MAIL .* BY=.*"))
@pytest.mark.parametrize("mode", ["R", "RT", "N", "NT", "r", "n"])
@pytest.mark.parametrize("sign", ["", "+"], ids=["plain", "plus"])
def test_a_by_time_with_its_mode_is_accepted(dial: SmtpDial, sign: str, mode: str) -> None:
    """MAIL with BY=: ten minutes above the least time, with and without a sign, in each mode: accepted."""
    assert asked(dial, f"={sign}{minimum(dial) + 600};{mode}").positive


@verifies("RFC2852-4-03", refuted_by=say(b"501 5.5.4 Too late\r\n", of=rb"MAIL .* BY=(-|0).*"))
@pytest.mark.parametrize("time", ["-10", "0", "-999999999"])
def test_a_time_that_has_passed_is_accepted_with_mode_n(dial: SmtpDial, time: str) -> None:
    """MAIL with BY= in the past and mode N: accepted."""
    assert asked(dial, f"={time};N").positive


@verifies("RFC2852-4-01", refuted_by=forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>) BY.*"))
@pytest.mark.parametrize(
    "value",
    ["", "=", "=600", "=600;", "=;R", "=x;R", "=600;X", "=1234567890;R", "=6 00;R"],
    ids=["no-value", "empty", "no-mode", "empty-mode", "no-time", "letters", "other-mode", "ten-digits", "space"],
)
def test_a_by_value_against_the_grammar_is_refused(dial: SmtpDial, value: str) -> None:
    """MAIL with BY and no value, no time, no mode, another mode, or more than nine digits: 5yz."""
    assert asked(dial, value).refused


@verifies("RFC2852-4-02", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .* BY=.*"))
@pytest.mark.parametrize("time", ["0", "-1"])
def test_no_time_left_with_mode_r_is_a_syntax_error(dial: SmtpDial, time: str) -> None:
    """MAIL with BY=0;R and BY=-1;R: 501, and 5.5.4 where enhanced status codes are announced."""
    answer = asked(dial, f"={time};R")
    assert answer.says(501)
    assert answer.enhanced == b"5.5.4" or not dial.profile.announced("ENHANCEDSTATUSCODES")


@verifies(
    "RFC2852-4-04",
    refuted_by=rewrite(rb"DELIVERBY.*", b"DELIVERBY 100", of=rb"EHLO .*")
    | say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .* BY=.*"),
)
def test_less_than_the_least_time_with_mode_r_is_refused(dial: SmtpDial) -> None:
    """MAIL with BY= one below the announced least time and mode R: 55z."""
    least = minimum(dial)
    if least < 2:
        raise NotSupported("no least time is announced")
    answer = asked(dial, f"={least - 1};R")
    assert answer.refused
    assert answer.code // 10 == 55
