"""RFC 3463 section 3: the status code that belongs to what went wrong.

Whether there is a code at all, and of which class, is for RFC 2034 to say: without one there is nothing to look at.
"""

from __future__ import annotations

import pytest

from conformance import Inconclusive, NotSupported, Reason, Sink, Smtp, SmtpDial, alter, needs, rewrite, verifies
from conformance.sessions.smtp import Answer
from conformance.wire.dsn import notification

pytestmark = needs("ENHANCEDSTATUSCODES")
HOPS = b"Received: from a.invalid by b.invalid; Sat, 21 Nov 2026 12:00:00 +0000\r\n" * 200
UNDEFINED = rewrite(rb"^(5\d\d[ -])5\.\d+\.\d+", rb"\g<1>5.0.0")


def status(said: Answer, what: str) -> bytes:
    """The status code of a refusal; NotSupported if nothing was refused, Inconclusive without a code."""
    if not said.refused:
        raise NotSupported(f"{what} is accepted: {said!r}")
    if not said.enhanced:
        raise Inconclusive(Reason.PRECONDITION, f"{said.command} was answered without a status code: {said!r}")
    return said.enhanced


@verifies("RFC3463-3.1-01", refuted_by=UNDEFINED)
@pytest.mark.parametrize("case", ["unknown-recipient", "unknown-parameter", "unknown-command"])
def test_a_failure_that_is_understood_has_more_than_an_undefined_status(dial: SmtpDial, smtp: Smtp, case: str) -> None:
    """Have something refused for a reason that the server knows: its code is not 5.0.0."""
    if case == "unknown-command":
        assert status(smtp.command("BLURB"), case) != b"5.0.0"
    elif case == "unknown-parameter":
        assert status(smtp.mail(dial.sender, "XYZZY=1"), case) != b"5.0.0"
    else:
        smtp.mail(dial.sender).ok()
        assert status(smtp.rcpt(dial.unknown), case) != b"5.0.0"


@verifies("RFC3463-3.2-01", refuted_by=rewrite(rb" 5\.1\.1 ", b" 5.1.2 ", of=rb"RCPT .*"))
def test_a_mailbox_that_does_not_exist_is_5_1_1(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT for a name that nobody has: 5.1.1, or 5.7.z of a server that does not tell."""
    smtp.mail(dial.sender).ok()
    code = status(smtp.rcpt(dial.unknown), "a recipient whom nobody knows")
    assert code == b"5.1.1" or code.startswith(b"5.7.")


BAD_SYNTAX = (501, 553)


def of_syntax(said: Answer) -> bytes:
    """The status code of an address that is refused for its syntax; NotSupported if it is not looked at."""
    code = status(said, "an address with two dots in its local-part")
    if said.code not in BAD_SYNTAX:
        raise NotSupported(f"the syntax of the address is not what it is refused for: {said!r}")
    return code


@verifies("RFC3463-3.2-03", refuted_by=rewrite(rb" 5\.\d\.\d ", b" 5.1.0 ", of=rb"RCPT .*"))
def test_the_bad_syntax_of_a_recipient_is_5_1_3(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT with two dots in a row, refused as bad syntax: 5.1.3; 5.5.2 and 5.5.4 speak of the command instead."""
    smtp.mail(dial.sender).ok()
    assert of_syntax(smtp.rcpt(f"a..b@{dial.domain}")) in (b"5.1.3", b"5.5.2", b"5.5.4")


@verifies("RFC3463-3.2-06", refuted_by=rewrite(rb" 5\.\d\.\d ", b" 5.1.0 ", of=rb"MAIL .*"))
def test_the_bad_syntax_of_a_sender_is_5_1_7(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL with two dots in a row, refused as bad syntax: 5.1.7; 5.5.2 and 5.5.4 speak of the command instead."""
    assert of_syntax(smtp.mail(f"a..b@{dial.domain}")) in (b"5.1.7", b"5.5.2", b"5.5.4")


@verifies("RFC3463-3.2-04", refuted_by=rewrite(rb" 2\.1\.\d ", b" 2.0.0 ", of=rb"(MAIL|RCPT) .*"))
def test_a_sender_is_2_1_0_and_a_recipient_2_1_5(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL and RCPT that are accepted: 2.1.0 and 2.1.5, as RFC 2034 section 6 shows them."""
    assert smtp.mail(dial.sender).ok().enhanced == b"2.1.0"
    assert smtp.rcpt(dial.address()).ok().enhanced == b"2.1.5"


@verifies("RFC3463-3.2-05", refuted_by=alter(rb"(Status: +)2\.", rb"\g<1>4."))
def test_a_report_of_success_has_a_status_of_success(dial: SmtpDial) -> None:
    """Ask for a report of success, where DSN is offered: the status it gives is 2.y.z."""
    if not dial.profile.announced("DSN"):
        raise NotSupported("DSN is not announced")
    arrivals, specimen = dial.arrivals(), dial.specimen()
    session = dial.ready()
    session.mail(dial.sender, "RET=FULL").ok()
    session.rcpt(dial.address(), "NOTIFY=SUCCESS").ok()
    session.data(specimen.raw).ok()
    reports = [read for raw in arrivals.wait(specimen.key, 2) if (read := notification(raw))]
    if not reports or not reports[0].recipients:
        raise NotSupported("no report of success came")
    assert reports[0].recipients[0].text("Status").startswith("2.")


@verifies("RFC3463-3.4-02", refuted_by=rewrite(rb" 5\.\d\.\d ", b" 5.1.0 ", of=rb"MAIL .*"))
def test_a_message_that_is_too_big_is_5_3_4(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL that declares more than SIZE allows anywhere: 5.3.4, or 5.2.3 where it is the recipient's limit."""
    listed = [
        limit for stage in dial.profile.capabilities.values() for limit in stage.get("SIZE", ()) if limit.isdigit()
    ]
    if "0" in listed or not listed:
        raise NotSupported("no fixed maximum is announced")
    said = smtp.mail(dial.sender, f"SIZE={max(map(int, listed)) + 1}")
    assert status(said, "a declared size above the maximum") in (b"5.3.4", b"5.2.3")


@verifies(
    "RFC3463-3.5-05",
    refuted_by=rewrite(rb" 5\.\d\.\d ", b" 5.5.0 ", of=rb"\.") | alter(rb"(Status: +\d)\.4\.6", rb"\1.5.0"),
)
def test_a_loop_is_5_4_6(dial: SmtpDial) -> None:
    """A message that has come a long way is refused, or returned: 5.4.6."""
    arrivals, specimen = dial.arrivals(), dial.specimen(headers=HOPS)
    said = dial.ready().transaction(dial.sender, dial.address(), text=specimen.raw)
    if said.refused:
        code = status(said, "a loop").decode()
    else:
        report = next(iter(map(notification, arrivals.wait(specimen.key))), None)
        if report is None or not report.recipients:
            raise NotSupported("a message with 200 Received fields is taken for no loop")
        code = report.recipients[0].text("Status")
    assert code.partition(" ")[0].endswith(".4.6")


@verifies("RFC3463-3.7-01", refuted_by=alter(rb"(Status: +\d)\.6\.", rb"\1.0."))
@pytest.mark.parametrize("extension", ["8BITMIME", "SMTPUTF8"])
def test_what_cannot_be_converted_for_the_next_hop_is_5_6_z(dial: SmtpDial, sink: Sink, extension: str) -> None:
    """Mail that needs an extension which the sink has not, where it is returned for that: its status is of media."""
    if not dial.profile.announced(extension):
        raise NotSupported(f"{extension} is not announced")
    sink.keywords = ()
    header, word = {"8BITMIME": ("", "BODY=8BITMIME"), "SMTPUTF8": ("Comments: größer\r\n", "SMTPUTF8")}[extension]
    notice = dial.hand_on(dial.specimen("größer\r\n".encode(), header.encode()), word)
    report = notification(notice) if isinstance(notice, bytes) else None
    if report is None or not report.recipients:
        raise NotSupported("the message is not returned")
    assert ".6." in report.recipients[0].text("Status")


@verifies("RFC3463-3.6-01", refuted_by=rewrite(rb" 5\.5\.1 ", b" 5.5.0 ", of=rb"RCPT .*"))
def test_a_command_out_of_sequence_is_5_5_1(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT outside a transaction: 5.5.1."""
    assert status(smtp.rcpt(dial.address()), "RCPT before MAIL") == b"5.5.1"


@verifies("RFC3463-3.6-02", refuted_by=rewrite(rb" 5\.5\.\d ", b" 5.5.0 ", of=rb"BLURB|MAIL"))
def test_a_command_that_cannot_be_interpreted_is_5_5_2(smtp: Smtp) -> None:
    """No command at all: 5.5.2, or 5.5.1 (unsupported); MAIL with nothing behind it: 5.5.2, or 5.5.4 (arguments)."""
    assert status(smtp.command("BLURB"), "BLURB") in (b"5.5.2", b"5.5.1")
    assert status(smtp.command("MAIL"), "MAIL alone") in (b"5.5.2", b"5.5.4")


@verifies("RFC3463-3.6-04", refuted_by=rewrite(rb" 5\.5\.\d ", b" 5.5.0 ", of=rb"MAIL .*"))
def test_an_unknown_parameter_is_5_5_4(dial: SmtpDial, smtp: Smtp) -> None:
    """MAIL with a parameter that no extension has: 5.5.4."""
    assert status(smtp.mail(dial.sender, "XYZZY=1"), "an unknown parameter") == b"5.5.4"


@verifies("RFC3463-3.8-01", refuted_by=rewrite(rb" 5\.7\.\d ", b" 5.1.0 ", of=rb"RCPT .*"))
def test_mail_that_a_client_may_not_send_is_5_7_1(dial: SmtpDial) -> None:
    """RCPT for an address of others, not logged in: 5.7.1, or another code of policy."""
    if dial.target.endpoint("smtp") is None:
        raise NotSupported("the target file names no smtp:// endpoint")
    session = dial.ready("smtp")
    session.mail(dial.sender).ok()
    assert status(session.rcpt(dial.foreign), "relaying").startswith(b"5.7.")
