"""RFC 3464 sections 2.3.5 and 3: what is told of recipients whose message has arrived."""

from __future__ import annotations

from conformance import Sink, SmtpDial, alter, duplicate, granted, reported, send, verifies
from conformance.models.fate import Fate


@verifies("RFC3464-3-03", refuted_by=duplicate(of=rb"delivery-status"))
def test_what_is_final_is_reported_once(dial: SmtpDial, sink: Sink) -> None:
    """An account and an address that the sink refuses, both with NOTIFY=SUCCESS,FAILURE: each is told of once."""
    author, stranger = dial.at_sink("author"), dial.at_sink("stranger")
    sink.reply(b"550 5.1.1 nobody\r\n", to=b"RCPT", about=f"to:<{stranger}")
    send(dial, author, (dial.address(), "NOTIFY=SUCCESS,FAILURE"), (stranger, "NOTIFY=SUCCESS,FAILURE"))
    reported(sink, author, about=stranger)
    told = [fate for _, fate in reported(sink, author, about=dial.address())]
    assert sorted(told) == [Fate.DELIVERED, Fate.HARD_FAILURE]


@verifies("RFC3464-2.3.5-01", refuted_by=alter(rb"\r\n(Final-Recipient:)", rb"\r\nRemote-MTA: dns; sink.test\r\n\1"))
def test_no_remote_mta_is_named_that_was_not_asked(dial: SmtpDial, sink: Sink) -> None:
    """An account with NOTIFY=SUCCESS: there is no Remote-MTA in the report, or it names the target itself."""
    notice = granted(dial, sink, "NOTIFY=SUCCESS")
    told, reporting = notice.told.remote_mta, notice.report.message.reporting_mta
    assert told is None or (reporting is not None and told.value.lower() == reporting.value.lower())
