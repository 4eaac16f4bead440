"""RFC 2852 sections 4.1 and 5: what becomes of a message that is to be delivered by a time."""

from __future__ import annotations

import re

from conformance import (
    Inconclusive,
    NotSupported,
    Reason,
    Relayed,
    Sink,
    SmtpDial,
    alter,
    forward,
    lose,
    needs,
    relay,
    verifies,
)
from conformance.arrivals import Arrivals
from conformance.services.sink import KEYWORDS
from conformance.wire.dsn import Notification, notification

pytestmark = needs("DELIVERBY")
WITH_DELIVERBY = (*KEYWORDS, b"DELIVERBY")
WITHOUT_DSN = tuple(keyword for keyword in KEYWORDS if keyword != b"DSN")
REPORT = rb"multipart/report"
UNTOLD = forward(rb"\1", of=rb"(MAIL .*) BY=.*")
"""A server that forgets what it is asked."""
SOON = 3
"""Seconds in which a test message is to be delivered, where the target allows so few."""


def later(dial: SmtpDial, seconds: int) -> int:
    """So many seconds above the least by-time."""
    parameters = dial.keyword("DELIVERBY")
    least = int(parameters[0]) if parameters and parameters[0].isdigit() else 0
    return least + seconds


def returned(dial: SmtpDial, by: str, *rcpt: str) -> Notification | Relayed:
    """Send a message with BY to the sink: the report that comes back, or the message as it was handed on."""
    came = dial.hand_on(dial.specimen(), f"BY={by}", rcpt=rcpt)
    return came if isinstance(came, Relayed) else read(came)


def read(raw: bytes) -> Notification:
    report = notification(raw)
    if report is None:
        raise Inconclusive(Reason.AMBIGUOUS, "what came back is no delivery status notification")
    return report


def reports(arrivals: Arrivals, address: str, action: str, seconds: float | None = None) -> list[Notification]:
    """The reports that say so of an address, as soon as there is one."""
    arrivals.wait(address.encode(), seconds=seconds)
    found = [notification(raw) for raw in arrivals.wait(address.encode(), seconds=0.0)]
    return [report for report in found if report is not None and action in report.actions]


def statuses(report: Notification) -> list[str]:
    return [str(recipient.status) for recipient in report.recipients]


@verifies("RFC2852-4.1.1-01", refuted_by=lose(of=REPORT))
def test_delivery_in_time_is_reported_if_asked_for(dial: SmtpDial) -> None:
    """BY=600;R and NOTIFY=SUCCESS to a mailbox: a report says delivered (or, passed to something that reports no more, relayed)."""
    dial.keyword("DSN")
    arrivals, session, specimen = dial.arrivals(), dial.ready(), dial.specimen()
    session.mail(dial.sender, f"BY={later(dial, 600)};R", f"ENVID={specimen.key.decode()}").ok()
    session.rcpt(dial.address(), "NOTIFY=SUCCESS").ok()
    session.data(specimen.raw).ok()
    arrivals.one(specimen.key)
    came = [read(raw) for raw in arrivals.wait(specimen.key, 2) if notification(raw)]
    assert came
    assert set(came[0].actions) <= {"delivered", "relayed", "expanded"}


@verifies("RFC2852-4.1.2-01", refuted_by=alter(rb"Action: failed", b"Action: delayed"))
def test_permanent_failure_in_time_is_reported(dial: SmtpDial, sink: Sink) -> None:
    """BY=600;R to a sink with DELIVERBY that refuses the recipient: a report says failed."""
    sink.keywords = WITH_DELIVERBY
    arrivals, address, session = dial.arrivals(), dial.at_sink(), dial.ready()
    sink.reply(b"550 5.1.1 nobody here\r\n", to=rb"RCPT TO:<" + address.encode())
    session.mail(dial.sender, f"BY={later(dial, 600)};R").ok()
    session.rcpt(address).ok()
    session.data(dial.specimen().raw).ok()
    assert reports(arrivals, address, "failed")


@verifies("RFC2852-4.1.3-01", refuted_by=alter(rb"Status: 5\.4\.7", b"Status: 5.0.0"))
def test_mode_r_ends_in_failure_when_the_time_has_passed(dial: SmtpDial, sink: Sink) -> None:
    """BY= a few seconds and mode R to a sink with DELIVERBY that is not ready for it: a report says failed, 5.4.7."""
    by = later(dial, SOON)
    if by > 4 * SOON:
        raise Inconclusive(
            Reason.NOT_SET_UP, f"the least by-time is announced to be {by - SOON} s: too long to wait for"
        )
    sink.keywords = WITH_DELIVERBY
    arrivals, address, session = dial.arrivals(), dial.at_sink(), dial.ready()
    sink.reply(b"451 4.3.2 not now\r\n", to=rb"RCPT TO:<" + address.encode())
    session.mail(dial.sender, f"BY={by};R").ok()
    session.rcpt(address).ok()
    session.data(dial.specimen().raw).ok()
    came = dial.fate(address, arrivals, longer=by)
    assert not isinstance(came, Relayed)
    assert statuses(read(came)) == ["5.4.7"]


@verifies("RFC2852-4.1.3-02", refuted_by=alter(rb"Status: 4\.4\.7", b"Status: 4.0.0"))
def test_mode_n_goes_on_when_the_time_has_passed(dial: SmtpDial, sink: Sink) -> None:
    """BY= a second and mode N to a sink that is not ready at first: a report says delayed, 4.4.7, and the message comes later."""
    sink.keywords = WITH_DELIVERBY
    arrivals, address, session = dial.arrivals(), dial.at_sink(), dial.ready()
    sink.reply(b"451 4.3.2 not now\r\n", to=rb"RCPT TO:<" + address.encode(), times=2)
    session.mail(dial.sender, "BY=1;N").ok()
    session.rcpt(address).ok()
    session.data(dial.specimen().raw).ok()
    handed_on = dial.fate(address, arrivals, longer=dial.target.mail.delivery_wait)
    assert isinstance(handed_on, Relayed)
    delayed = reports(arrivals, address, "delayed")
    assert delayed
    assert statuses(delayed[0]) == ["4.4.7"]


@verifies("RFC2852-4.1.4-01", refuted_by=relay(rb" BY=\S+", b""))
def test_the_time_that_is_left_is_relayed(dial: SmtpDial, sink: Sink) -> None:
    """BY=600;R to a sink with DELIVERBY: MAIL there has BY= with at most as many seconds, and not a minute less, and mode R."""
    sink.keywords = WITH_DELIVERBY
    by = later(dial, 600)
    came = returned(dial, f"{by};R")
    assert isinstance(came, Relayed)
    told = re.fullmatch(r"\+?(\d+);R(T?)", came.parameters.get("BY", ""), re.IGNORECASE)
    assert told
    assert by - 60 <= int(told[1]) <= by


@verifies("RFC2852-4.1.4-02", refuted_by=lose(of=REPORT))
def test_a_trace_is_reported_when_the_message_is_relayed(dial: SmtpDial, sink: Sink) -> None:
    """BY=600;NT to a sink with DELIVERBY: a report says relayed."""
    sink.keywords = WITH_DELIVERBY
    arrivals, address, session = dial.arrivals(), dial.at_sink(), dial.ready()
    session.mail(dial.sender, f"BY={later(dial, 600)};NT").ok()
    session.rcpt(address).ok()
    session.data(dial.specimen().raw).ok()
    if not sink.mail_to(address):
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
    assert reports(arrivals, address, "relayed")


@verifies("RFC2852-4.1.4.1-01", refuted_by=UNTOLD)
def test_mode_r_is_not_relayed_to_a_hop_without_deliverby(dial: SmtpDial, sink: Sink) -> None:
    """BY=600;R to a sink without DELIVERBY: the message is not handed on, and a report says failed."""
    sink.keywords = KEYWORDS
    came = returned(dial, f"{later(dial, 600)};R")
    assert isinstance(came, Notification)
    assert came.actions == ["failed"]


@verifies("RFC2852-4.1.4.1-02", refuted_by=UNTOLD)
def test_mode_r_is_not_relayed_to_a_hop_that_wants_more_time(dial: SmtpDial, sink: Sink) -> None:
    """BY=100;R to a sink with DELIVERBY 6000: the message is not handed on."""
    by = later(dial, 100)
    sink.keywords = (*KEYWORDS, b"DELIVERBY %d" % (by + 6000))
    assert not isinstance(returned(dial, f"{by};R"), Relayed)


@verifies("RFC2852-4.1.4.2-01", refuted_by=lose(of=REPORT))
def test_mode_n_is_reported_when_relayed_to_a_hop_without_deliverby(dial: SmtpDial, sink: Sink) -> None:
    """BY=600;N to a sink with neither DELIVERBY nor DSN: a report says relayed."""
    sink.keywords = WITHOUT_DSN
    arrivals, address, session = dial.arrivals(), dial.at_sink(), dial.ready()
    session.mail(dial.sender, f"BY={later(dial, 600)};N").ok()
    session.rcpt(address).ok()
    session.data(dial.specimen().raw).ok()
    if not sink.mail_to(address):
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
    assert reports(arrivals, address, "relayed")


@verifies("RFC2852-4.1.4.2-02", refuted_by=relay(rb",DELAY|DELAY,", b""))
def test_delay_is_asked_for_at_a_hop_without_deliverby(dial: SmtpDial, sink: Sink) -> None:
    """BY=600;N with NOTIFY=FAILURE, and with none, to a sink with DSN alone: RCPT there has NOTIFY= with FAILURE and DELAY."""
    sink.keywords = KEYWORDS
    dial.keyword("DSN")
    for rcpt in ((), ("NOTIFY=FAILURE",)):
        came = returned(dial, f"{later(dial, 600)};N", *rcpt)
        if not isinstance(came, Relayed):
            raise NotSupported("the message is returned")
        found = re.search(rb"\bNOTIFY=([A-Z,]+)", came.rcpts[0].upper())
        assert found
        assert {b"FAILURE", b"DELAY"} <= set(found[1].split(b","))


@verifies("RFC2852-5-01", refuted_by=alter(rb"Deliver-By-Date", b"X-Date"))
def test_a_report_gives_the_time_of_arrival_and_the_time_to_deliver_by(dial: SmtpDial, sink: Sink) -> None:
    """BY=600;R to a sink without DELIVERBY: the report has Arrival-Date and Deliver-By-Date."""
    sink.keywords = KEYWORDS
    came = returned(dial, f"{later(dial, 600)};R")
    if isinstance(came, Relayed):
        raise Inconclusive(Reason.PRECONDITION, "the message was handed on")
    assert came.message.text("Arrival-Date")
    assert came.message.text("Deliver-By-Date")
