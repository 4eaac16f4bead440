"""RFC 3464 section 2.2, RFC 3461 section 6.3: what a notification says of the message as a whole."""

from __future__ import annotations

import re

from conformance import NotSupported, Sink, SmtpDial, alter, bounced, forward, verifies

STRIPPED = forward(rb"\1", of=rb"(MAIL FROM:<[^>]*>) .*")
"""A server that looks at no parameter of MAIL."""
FIELDS = (
    "original-envelope-id-field", "reporting-mta-field", "dsn-gateway-field", "received-from-mta-field", "arrival-date-field",
)  # fmt: skip


def with_field(line: bytes) -> bytes:
    """The replacement that puts a field in front of Reporting-MTA, where that is."""
    return rb"\r\n" + line + rb"\r\n\1"


REPORTING = rb"\r\n(Reporting-MTA:)"


@verifies("RFC3464-2.2-01", refuted_by=alter(rb"(\r\nReporting-MTA:[^\r\n]*)", rb"\1\1"))
def test_no_field_of_the_message_comes_twice(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: each field of the first group is there once at most."""
    assert not bounced(dial, sink).violations(*FIELDS)


@verifies("RFC3464-2.2.1-01", "RFC3464-2.2.1-03", "RFC3461-6.3-01", refuted_by=STRIPPED)
def test_the_envelope_identifier_comes_back_decoded(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient of a message with ENVID: Original-Envelope-Id is what its xtext stands for, in its letter case."""
    told = bounced(dial, sink, mail=("ENVID=QQ+2Babc+3DXyZ",)).report.message
    assert told.original_envelope_id == b"QQ+abc=XyZ"


@verifies(
    "RFC3464-2.2.1-02",
    "RFC3461-6.3-02",
    refuted_by=alter(REPORTING, with_field(b"Original-Envelope-Id: an-id-of-our-own")),
)
def test_no_envelope_identifier_is_made_up(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient of a message without ENVID: there is no Original-Envelope-Id."""
    assert bounced(dial, sink).report.message.original_envelope_id is None


@verifies("RFC3464-2.2.2-01", "RFC3461-6.3-03", refuted_by=alter(REPORTING, rb"\r\nX-\1"))
def test_the_reporting_mta_is_named(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Reporting-MTA is there, with a name."""
    told = bounced(dial, sink).report.message.reporting_mta
    assert told is not None
    assert told.value


@verifies("RFC3461-6.3-04", refuted_by=alter(REPORTING + rb"[^\r\n]*", rb"\r\n\1 dns; mail"))
def test_a_reporting_mta_of_type_dns_has_a_full_name(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: a Reporting-MTA of type dns has a domain of several labels, or an address in brackets."""
    told = bounced(dial, sink).report.message.reporting_mta
    if told is None or told.type != "dns":
        raise NotSupported("the notification names no Reporting-MTA of type dns")
    assert re.match(rb"[^\s(]+\.[^\s(.]|\[", told.value)


@verifies("RFC3464-2.2.3-01", refuted_by=alter(REPORTING, with_field(b"DSN-Gateway: dns; mail.test")))
def test_no_gateway_is_named(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient by SMTP: there is no DSN-Gateway, since nothing was translated."""
    assert bounced(dial, sink).report.message.dsn_gateway is None


@verifies(
    "RFC3464-2.2.4-01", refuted_by=alter(rb"(\r\nReceived-From-MTA:[^;]*;[ \t]*)[^ \r\n]*", rb"\1another.invalid")
)
def test_the_mta_that_a_message_came_from_is_named_as_it_said(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Received-From-MTA, where it is there, has the name of EHLO."""
    told = bounced(dial, sink).report.message.received_from_mta
    if told is None:
        raise NotSupported("the notification has no Received-From-MTA")
    name = dial.target.facilities.get("ehlo", "mailconform.invalid").encode()
    assert told.value.partition(b" ")[0].lower() == name.lower()


@verifies("RFC3464-2.2.4-02", refuted_by=alter(rb"(\r\nReceived-From-MTA:[^(\r\n]*)\([^\r\n]*", rb"\1"))
def test_the_address_that_a_message_came_from_is_a_comment(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Received-From-MTA, where it is there, has a network address in parentheses."""
    told = bounced(dial, sink).report.message.received_from_mta
    if told is None:
        raise NotSupported("the notification has no Received-From-MTA")
    assert re.search(rb"\([^)]*(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]+)[^)]*\)", told.value, re.IGNORECASE)


@verifies(
    "RFC3464-2.2.5-01", "RFC3464-2.3.7-01", refuted_by=alter(rb"(\r\nArrival-Date:[^\r\n]*?)[+-]\d{4}", rb"\1GMT")
)
def test_dates_have_numeric_zones(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient: Arrival-Date and Last-Attempt-Date, where they are there, have a zone of four digits."""
    report = bounced(dial, sink).report
    dates = [report.message.arrival_date, *(one.last_attempt_date for one in report.recipients)]
    zones = [date.zone for date in dates if date is not None]
    if not zones:
        raise NotSupported("the notification has no Arrival-Date and no Last-Attempt-Date")
    assert all(re.fullmatch(r"[+-]\d{4}", zone) for zone in zones)
