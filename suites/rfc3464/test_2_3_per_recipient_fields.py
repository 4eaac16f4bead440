"""RFC 3464 sections 2.3, 2.4 and 3, RFC 3461 section 6.3: what a notification says of a recipient that failed."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, NotSupported, Reason, Sink, SmtpDial, alter, bounced, relay, send, verifies
from conformance.wire import dsn

FINAL = rb"\r\n(Final-Recipient:)"


def with_field(line: bytes) -> bytes:
    """The replacement that puts a field in front of Final-Recipient, where that is."""
    return rb"\r\n" + line + rb"\r\n\1"


@verifies(
    "RFC3464-2.3-01", refuted_by=alter(rb"(\r\nFinal-Recipient:.*?\r\n)\r\n((?:.*?\r\n)?Final-Recipient:)", rb"\1\2")
)
def test_each_recipient_has_a_group_of_its_own(dial: SmtpDial, sink: Sink) -> None:
    """Refuse both recipients of a message: blank lines part what is said of one from what is said of the other."""
    author, first, second = dial.at_sink("author"), dial.at_sink("first"), dial.at_sink("second")
    for stranger in (first, second):
        sink.reply(b"550 5.1.1 nobody\r\n", to=b"RCPT", about=f"to:<{stranger}")
    send(dial, author, (first,), (second,))
    came = sink.notices(author)
    if not came or came[0].raw.lower().count(b"\r\nfinal-recipient:") != 2:
        raise NotSupported("no notification tells of both recipients")
    told = dsn.notification(came[0].raw)
    if told is None:
        raise NotSupported("the notice is no multipart/report with a message/delivery-status")
    assert sorted(one.address.decode() for one in told.recipients) == [first, second]


@verifies(
    "RFC3464-2.3.1-01",
    "RFC3464-3-02",
    "RFC3461-6.3-06",
    refuted_by=alter(FINAL, with_field(b"Original-Recipient: rfc822; somebody@mailconform.invalid")),
)
def test_no_original_recipient_is_made_up(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient that was given without ORCPT: there is no Original-Recipient."""
    assert bounced(dial, sink).told.original_recipient is None


@verifies("RFC3464-2.3.1-02", "RFC3461-6.3-05", refuted_by=alter(rb"(\r\nOriginal-Recipient:[^\r\n]*?)\+", rb"\1+2B"))
def test_the_original_recipient_comes_back_decoded(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient given with ORCPT: Original-Recipient has its type, and what its xtext stands for."""
    keeper = dial.at_sink("Keep+er")
    told = bounced(dial, sink, f"ORCPT=rfc822;{keeper.replace('+', '+2B')}", recipient=keeper).told
    assert told.original_recipient is not None
    assert (told.original_recipient.type, told.original_recipient.value) == ("rfc822", keeper.encode())


@verifies(
    "RFC3464-2.3.2-01",
    "RFC3464-2.3.2-02",
    "RFC3461-6.3-07",
    refuted_by=alter(FINAL + rb"[^\r\n]*", rb"\r\n\1 rfc822; other@mailconform.invalid"),
)
def test_the_final_recipient_is_that_of_the_envelope(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Final-Recipient is of type rfc822, and the address of RCPT."""
    notice = bounced(dial, sink)
    told = notice.told.final_recipient
    assert told is not None
    assert (told.type, told.value.lower()) == ("rfc822", notice.recipient.lower().encode())


@verifies("RFC3464-2.3.2-03", refuted_by=alter(rb"(\r\nFinal-Recipient:[^\r\n]*)KeePer", rb"\1keeper"))
def test_the_final_recipient_keeps_its_letter_case(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with capital letters in its local-part: Final-Recipient has them."""
    notice = bounced(dial, sink, recipient=dial.at_sink("KeePer"))
    told = notice.told.final_recipient
    assert told is not None
    assert told.value.partition(b"@")[0] == notice.recipient.partition("@")[0].encode()


@verifies(
    "RFC3464-2.3.3-01",
    "RFC3461-6.3-08",
    "RFC1894-2.3.3-01",
    refuted_by=alter(rb"(\r\nAction:[ \t]*)failed", rb"\1bounced"),
)
def test_the_action_is_one_of_five(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Action is there, with one of the five words."""
    assert not bounced(dial, sink).violations("action-field", "action-value")


@verifies("RFC3464-2.3.3-01", refuted_by=alter(rb"(\r\nAction:[ \t]*)failed", rb"\1relayed"))
def test_the_action_of_a_refusal_is_failed(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with 550: Action is failed, since no attempt follows."""
    assert bounced(dial, sink).told.action == "failed"


@verifies("RFC3464-2.3.3-02", refuted_by=relay(rb"\A(RCPT TO:<keeper.*)", rb"\1\r\n\1"))
def test_what_has_failed_is_not_tried_again(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with 550: when it, and one after it, was reported as failed, it was asked for once."""
    notice = bounced(dial, sink)
    if notice.told.action != "failed":
        raise NotSupported("the notification does not say that it failed")
    _ = bounced(dial, sink).told
    assert len(sink.lines(rb"RCPT TO:<%b>" % notice.recipient.encode(), seconds=0.0)) == 1


@verifies("RFC3464-2.3.4-01", "RFC3461-6.3-09", "RFC3464-3-01", refuted_by=alter(rb"\r\nStatus:", rb"\r\nX-Status:"))
def test_the_four_fields_that_are_required_are_there(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Reporting-MTA, and Final-Recipient, Action and Status in each group of a recipient."""
    report = bounced(dial, sink).report
    assert report.message.reporting_mta
    assert report.recipients
    assert all(one.final_recipient and one.action and one.status for one in report.recipients)


@verifies("RFC3464-2.3.4-02", refuted_by=alter(rb"(\r\nStatus:[ \t]*\d)\.", rb"\1.0"))
def test_the_status_is_three_numbers(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Status has a digit and two numbers, no leading zeros, no blanks, and a comment at most behind."""
    assert not bounced(dial, sink).violations("status-code", "status-field", "class")


@verifies("RFC3464-2.3.4-03", refuted_by=alter(rb"(\r\nStatus:[ \t]*)5", rb"\g<1>4"))
def test_the_status_of_a_refusal_is_permanent(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with 550: Status is 5.y.z."""
    told = bounced(dial, sink).told
    if told.status is None:
        raise NotSupported("the notification has no Status")
    assert told.status.kind == 5


@verifies("RFC3464-2.3.6-01", "RFC3461-6.3-11", refuted_by=alter(rb"\r\nDiagnostic-Code:", rb"\r\nX-Diagnostic-Code:"))
def test_the_reply_is_the_diagnostic_code(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with 550: Diagnostic-Code is of type smtp, and begins with 550."""
    told = bounced(dial, sink).told.diagnostic_code
    assert told is not None
    assert told.type == "smtp"
    assert told.value.startswith(b"550")


@verifies("RFC3464-2.3.6-02", "RFC3461-6.3-10", refuted_by=alter(rb"\r\nRemote-MTA:", rb"\r\nX-Remote-MTA:"))
def test_who_gave_the_diagnostic_code_is_named(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient at the sink: Remote-MTA is there, of type dns."""
    told = bounced(dial, sink).told.remote_mta
    assert told is not None
    assert told.type == "dns"


@verifies("RFC3464-2.3.9-01", refuted_by=alter(FINAL, with_field(b"Will-Retry-Until: Sat, 21 Nov 2026 12:00:00 +0000")))
def test_what_has_failed_will_not_be_retried(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: in a group that says failed there is no Will-Retry-Until."""
    told = bounced(dial, sink).told
    if told.action != "failed":
        raise NotSupported("the notification does not say that it failed")
    assert told.will_retry_until is None


@verifies("RFC3464-2.4-01", refuted_by=alter(FINAL, with_field(b"Queue-Name: 4F2A")))
def test_fields_of_its_own_begin_with_x(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: fields that no RFC defines begin with X-."""
    assert not bounced(dial, sink).violations("extension-field")


@verifies("RFC3464-2.3.4-03", refuted_by=alter(rb"(\r\nStatus:[ \t]*)5\.7", rb"\g<1>2.7"))
@pytest.mark.parametrize("command", [b"MAIL", b"."], ids=["mail", "end-of-data"])
def test_the_status_is_of_the_class_of_its_action(dial: SmtpDial, sink: Sink, command: bytes) -> None:
    """Refuse a message with 554 5.7.1 at another step: the class of Status is one that failed goes with."""
    author, keeper = dial.at_sink("author"), dial.at_sink()
    sink.reply(b"554 5.7.1 not wanted\r\n", to=command, about=author if command == b"MAIL" else keeper)
    dial.ready().transaction(author, keeper, text=dial.specimen().raw).ok()
    came = sink.notices(author)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "no notice came back in time")
    read = dsn.notification(came[0].raw)
    if read is None:
        raise NotSupported("the notice is no multipart/report with a message/delivery-status")
    assert not [violation for violation in read.violations if violation.rule == "action-status"]
