"""RFC 5321 section 4.1.1.3: RCPT."""

from __future__ import annotations

import re

import pytest

from conformance import Inconclusive, Reason, Smtp, SmtpDial, alter, answer, lose, say, verifies


def refuse_one(session: Smtp, dial: SmtpDial) -> None:
    """Ask for a recipient that nobody is; that it is refused is a precondition."""
    said = session.rcpt(dial.unknown)
    if not said.refused:
        raise Inconclusive(Reason.PRECONDITION, f"RCPT for {dial.unknown} is not refused, but answered {said!r}")


def return_path(raw: bytes) -> bytes:
    found = re.search(rb"^Return-Path:[ \t]*(<[^\r\n]*>)", raw, re.IGNORECASE | re.MULTILINE)
    if found is None:
        raise Inconclusive(Reason.PRECONDITION, "what is delivered has no Return-Path")
    return found[1]


@verifies("RFC5321-4.1.1.3-01", refuted_by=answer(b"250 2.1.5 Ok\r\n", of=rb"RCPT[^@]*|RCPT [^:]*"))
@pytest.mark.parametrize(
    "line",
    ["RCPT", "RCPT TO:", "RCPT TO:<>", "RCPT user@mailconform.invalid"],
    ids=["nothing", "colon", "empty", "no-to"],
)
def test_rcpt_without_a_path_is_refused(dial: SmtpDial, smtp: Smtp, line: str) -> None:
    """RCPT without TO:, with nothing behind it, or with an empty path: 5yz, and NOOP is answered."""
    smtp.mail(dial.sender).ok()
    assert smtp.command(line).refused
    smtp.command("NOOP").ok()


@verifies("RFC5321-4.1.1.3-02", refuted_by=lose())
def test_each_recipient_of_a_transaction_gets_the_message(dial: SmtpDial, smtp: Smtp) -> None:
    """Two RCPT for two accounts: the message arrives in both mailboxes."""
    first, second, specimen = dial.arrivals(), dial.arrivals(1), dial.specimen()
    smtp.transaction(dial.sender, dial.address(), dial.address(1), text=specimen.raw).ok()
    assert [len(box.wait(specimen.key)) for box in (first, second)] == [1, 1]


@verifies("RFC5321-4.1.1.3-03", refuted_by=lose())
def test_a_recipient_that_is_refused_leaves_the_others_alone(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT for an account, then for nobody: the message is accepted and arrives."""
    arrivals, specimen = dial.arrivals(), dial.specimen()
    smtp.mail(dial.sender).ok()
    smtp.rcpt(dial.address()).ok()
    refuse_one(smtp, dial)
    assert smtp.data(specimen.raw).positive
    assert arrivals.wait(specimen.key)


@verifies(
    "RFC5321-4.1.1.3-04",
    refuted_by=alter(rb"\b(Return-Path: )<[^>]*>(.*\r\nX-Case: refused\r\n)", rb"\1<>\2"),
)
def test_a_recipient_that_is_refused_leaves_the_reverse_path_alone(dial: SmtpDial, smtp: Smtp) -> None:
    """Send one message with and one without a refused RCPT in front: their Return-Path is the same."""
    arrivals = dial.arrivals()
    seen = []
    for case in (b"plain", b"refused"):
        specimen = dial.specimen(headers=b"X-Case: %b\r\n" % case)
        smtp.mail(dial.sender).ok()
        if case == b"refused":
            refuse_one(smtp, dial)
        smtp.rcpt(dial.address()).ok()
        smtp.data(specimen.raw).ok()
        seen.append(return_path(arrivals.one(specimen.key)))
    assert seen[0] == seen[1]


@verifies("RFC5321-4.1.1.3-05", refuted_by=say(b"501 5.1.3 Bad recipient address syntax\r\n", of=rb"RCPT TO:<@.*"))
def test_rcpt_understands_a_source_route(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT with two hosts in front of a known mailbox is no syntax error; a server may have its policy about it."""
    smtp.mail(dial.sender).ok()
    route = "@one.mailconform.invalid,@two.mailconform.invalid:"
    assert not smtp.rcpt(route + dial.address()).syntax_error


@verifies("RFC5321-4.1.1.3-07", refuted_by=say(b"550 5.1.1 No such user\r\n", of=rb"RCPT TO:<postmaster.*"))
@pytest.mark.parametrize("name", ["Postmaster", "POSTMASTER", "pOSTmaster"])
@pytest.mark.parametrize("where", ["alone", "with-domain"])
def test_postmaster_is_known_in_any_letter_case(dial: SmtpDial, smtp: Smtp, name: str, where: str) -> None:
    """RCPT for postmaster, with and without the local domain: positive."""
    smtp.mail(dial.sender).ok()
    assert smtp.rcpt(name if where == "alone" else f"{name}@{dial.domain}").positive
