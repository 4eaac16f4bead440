"""RFC 3461 sections 4.1, 4.2, 4.5 and 5.1: NOTIFY and ORCPT of RCPT."""

from __future__ import annotations

import itertools

import pytest

from conformance import NotSupported, Smtp, SmtpDial, forward, rewrite, say, verifies
from conformance.sessions.smtp import Answer

STRIPPED = forward(rb"\1", of=rb"(RCPT TO:<[^>]*>) .*")
"""A server that looks at no parameter of RCPT."""
SUBSETS = [
    ",".join(some) for size in (1, 2, 3) for some in itertools.combinations(("SUCCESS", "FAILURE", "DELAY"), size)
]
X400 = "ORCPT=x400;/G+3DPostel/S+3DRoger/P+3DISI/C+3DUS/"
NO_NOTIFY = {
    "notify-alone": ["NOTIFY"],
    "notify-empty": ["NOTIFY="],
    "never-first": ["NOTIFY=NEVER,SUCCESS"],
    "never-last": ["NOTIFY=DELAY,NEVER"],
    "unknown": ["NOTIFY=SOMETIMES"],
    "unknown-too": ["NOTIFY=SUCCESS,SOMETIMES"],
}
NO_ORCPT = {
    "orcpt-alone": ["ORCPT"],
    "orcpt-empty": ["ORCPT="],
    "no-type": ["ORCPT=user@mailconform.invalid"],
    "empty-type": ["ORCPT=;user@mailconform.invalid"],
    "no-xtext": ["ORCPT=rfc822;user+ZZ@mailconform.invalid"],
}
TWICE = {
    "notify": ["NOTIFY=SUCCESS", "NOTIFY=FAILURE"],
    "same-notify": ["NOTIFY=NEVER", "NOTIFY=NEVER"],
    "orcpt": ["ORCPT=rfc822;a@mailconform.invalid", "ORCPT=rfc822;b@mailconform.invalid"],
}


ODD = ("notify-alone", "notify-empty", "orcpt-alone", "orcpt-empty")
"""What a server may find out before it looks at any keyword, and answer as it does for parameters of all kinds."""


def cases(table: dict[str, list[str]], *names: str) -> pytest.MarkDecorator:
    chosen = {name: value for name, value in table.items() if not names or name in names}
    return pytest.mark.parametrize("parameters", list(chosen.values()), ids=list(chosen))


def session(dial: SmtpDial) -> Smtp:
    """A session within a transaction, in which RCPT without parameters is accepted."""
    found = dial.having("DSN")
    found.mail(dial.sender).ok()
    found.rcpt(dial.address()).ok()
    return found


def rcpt(dial: SmtpDial, *parameters: str) -> Answer:
    """The answer to RCPT with these parameters, and NOOP behind it."""
    found = session(dial)
    answer = found.rcpt(dial.address(), *parameters)
    found.command("NOOP").ok()
    return answer


def relayed(dial: SmtpDial) -> None:
    """Leave out submission: what is submitted must name in ORCPT whom it is for (section 4.2)."""
    if dial.scheme.startswith("submission"):
        raise NotSupported("at submission, ORCPT must name the recipient itself")


def own(dial: SmtpDial) -> str:
    """ORCPT with the address that RCPT names."""
    return f"ORCPT=rfc822;{dial.address().replace('+', '+2B').replace('=', '+3D')}"


@verifies("RFC3461-4.1-01", refuted_by=STRIPPED)
@cases(NO_NOTIFY, "notify-alone", "notify-empty")
def test_notify_without_a_value_is_refused(dial: SmtpDial, parameters: list[str]) -> None:
    """RCPT with NOTIFY and no value: 5yz."""
    assert rcpt(dial, *parameters).refused


@verifies("RFC3461-4.1-02", refuted_by=say(b"501 5.5.4 NOTIFY?\r\n", of=rb"RCPT .*NOTIFY=.*"))
@pytest.mark.parametrize("value", ["NEVER", *SUBSETS])
def test_notify_is_never_or_some_of_the_three(dial: SmtpDial, value: str) -> None:
    """RCPT with each value of NOTIFY, the three in this order: accepted."""
    assert rcpt(dial, f"NOTIFY={value}").positive


@verifies("RFC3461-4.1-02", refuted_by=say(b"501 5.5.4 NOTIFY?\r\n", of=rb"RCPT .*NOTIFY=.*"))
@pytest.mark.parametrize("value", ["DELAY,SUCCESS", "FAILURE,DELAY,SUCCESS"])
def test_the_list_of_notify_is_in_any_order(dial: SmtpDial, value: str) -> None:
    """RCPT with the three in another order: accepted."""
    assert rcpt(dial, f"NOTIFY={value}").positive


@verifies("RFC3461-4.1-03", refuted_by=STRIPPED)
@cases(NO_NOTIFY, "never-first", "never-last")
def test_never_beside_another_is_refused(dial: SmtpDial, parameters: list[str]) -> None:
    """RCPT with NOTIFY=NEVER and one more: 5yz."""
    assert rcpt(dial, *parameters).refused


@verifies("RFC3461-4.1-04", refuted_by=say(b"501 5.5.4 NOTIFY?\r\n", of=rb"RCPT .*NOTIFY=(?-i:s|F|n).*"))
@pytest.mark.parametrize("value", ["success,Failure", "never", "FaiLure"])
def test_notify_is_read_in_any_letter_case(dial: SmtpDial, value: str) -> None:
    """RCPT with NOTIFY in small and mixed letters: accepted."""
    assert rcpt(dial, f"NOTIFY={value}").positive


@verifies("RFC3461-4.1-05", refuted_by=STRIPPED)
@cases(NO_NOTIFY, "unknown", "unknown-too")
def test_notify_with_an_unknown_keyword_is_refused(dial: SmtpDial, parameters: list[str]) -> None:
    """RCPT with NOTIFY=SOMETIMES: 5yz."""
    assert rcpt(dial, *parameters).refused


@verifies("RFC3461-4.1-06", refuted_by=say(b"501 5.5.4 NOTIFY?\r\n", of=rb"RCPT .*NOTIFY=.*,.*"))
@pytest.mark.parametrize("value", ["SUCCESS,,FAILURE", "SUCCESS,SUCCESS"], ids=["empty", "repeated"])
def test_empty_and_repeated_elements_of_notify_are_taken(dial: SmtpDial, value: str) -> None:
    """RCPT with an empty element or the same one twice, which the # rule of RFC 822 has: accepted."""
    assert rcpt(dial, f"NOTIFY={value}").positive


@verifies("RFC3461-4.2-01", refuted_by=STRIPPED)
@cases(NO_ORCPT)
def test_orcpt_without_type_and_xtext_is_refused(dial: SmtpDial, parameters: list[str]) -> None:
    """RCPT with ORCPT that is not addr-type, ";" and xtext: 5yz."""
    assert rcpt(dial, *parameters).refused


@verifies("RFC3461-4.2-01", refuted_by=say(b"501 5.5.4 ORCPT?\r\n", of=rb"RCPT .*ORCPT=.*"))
def test_orcpt_of_the_recipient_is_accepted(dial: SmtpDial) -> None:
    """RCPT with ORCPT=rfc822; and the recipient's address: accepted."""
    assert rcpt(dial, own(dial)).positive


@verifies("RFC3461-4.2-03", refuted_by=say(b"501 5.1.3 ORCPT?\r\n", of=rb"RCPT .*ORCPT=.*\+20.*"))
@pytest.mark.parametrize("value", ["not+20an+20address", "Jo+20<jo@@mailconform.invalid>"], ids=["words", "malformed"])
def test_orcpt_needs_not_obey_the_syntax_of_its_type(dial: SmtpDial, value: str) -> None:
    """RCPT with ORCPT=rfc822; and what is no address of RFC 822: accepted."""
    relayed(dial)
    assert rcpt(dial, f"ORCPT=rfc822;{value}").positive


@verifies("RFC3461-4.2-04", refuted_by=say(b"501 5.5.4 ORCPT?\r\n", of=rb"RCPT .*ORCPT=x400.*"))
def test_orcpt_has_other_types_than_rfc822(dial: SmtpDial) -> None:
    """RCPT with ORCPT=x400; and such an address: accepted."""
    relayed(dial)
    assert rcpt(dial, X400).positive


@verifies("RFC3461-4.2-05", refuted_by=STRIPPED)
@pytest.mark.parametrize("value", ["a+00b", "a+0D+0AX-b:+20c", "a+C3+A9"], ids=["nul", "crlf", "8-bit"])
def test_orcpt_that_stands_for_what_is_not_printable_is_refused(dial: SmtpDial, value: str) -> None:
    """RCPT with ORCPT=rfc822; and hexchars that stand for control or 8-bit characters: 5yz."""
    assert rcpt(dial, f"ORCPT=rfc822;{value}").refused


@verifies("RFC3461-4.5-02", "RFC3461-5.1-06", refuted_by=STRIPPED)
@cases(TWICE)
def test_notify_or_orcpt_given_twice_is_answered_501(dial: SmtpDial, parameters: list[str]) -> None:
    """RCPT with NOTIFY twice, or with ORCPT twice: 501."""
    assert rcpt(dial, *parameters).says(501)


@verifies("RFC3461-5.1-06", refuted_by=STRIPPED)
@cases({name: given for name, given in {**NO_NOTIFY, **NO_ORCPT}.items() if name not in ODD})
def test_wrong_notify_and_orcpt_are_answered_501(dial: SmtpDial, parameters: list[str]) -> None:
    """RCPT with NOTIFY or ORCPT that is malformed: 501."""
    assert rcpt(dial, *parameters).says(501)


@verifies("RFC3461-5.1-04", refuted_by=rewrite(rb"^\d\d\d", b"551", of=rb"RCPT .*=.*"))
@pytest.mark.parametrize("whom", ["known", "unknown", "foreign", "sink"])
def test_rcpt_with_notify_and_orcpt_has_the_code_that_it_has_without(dial: SmtpDial, whom: str) -> None:
    """RCPT alone, then with NOTIFY and ORCPT, for an account, an unknown name, the sink and elsewhere: the same code."""
    at_sink = dial.at_sink if whom == "sink" else dial.address
    path = {"unknown": dial.unknown, "foreign": dial.foreign}.get(whom) or at_sink()
    codes = []
    for parameters in ([], ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;{path}"]):
        found = dial.having("DSN")
        found.mail(dial.sender).ok()
        answer = found.rcpt(path, *parameters)
        _ = answer.positive
        codes.append(answer.code)
    assert codes[0] == codes[1]


@verifies("RFC3461-5.1-05", refuted_by=say(b"550 5.7.1 no reports\r\n", of=rb"RCPT .*=.*"))
@pytest.mark.parametrize("notify", ["", "NOTIFY=NEVER", "NOTIFY=FAILURE,DELAY"], ids=["orcpt", "never", "list"])
def test_rcpt_is_not_refused_for_notify_or_orcpt(dial: SmtpDial, notify: str) -> None:
    """RCPT, accepted alone, with ORCPT, and with NOTIFY in front of ORCPT or behind it: accepted."""
    given = [notify] if notify else []
    assert rcpt(dial, own(dial), *given).positive
    assert rcpt(dial, *given, own(dial)).positive
