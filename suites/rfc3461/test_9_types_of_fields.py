"""RFC 3461 section 9: addresses and replies as the fields of a notification have them."""

from __future__ import annotations

import re

from conformance import NotSupported, Sink, SmtpDial, alter, bounced, verifies


@verifies("RFC3461-9.1-01", refuted_by=alter(rb"(\r\nFinal-Recipient:[^\r\n]*)keep er", rb"\1keep_er"))
def test_the_final_recipient_is_not_made_to_fit(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with a quoted local-part: Final-Recipient has it, quoted or as what the quotes hold."""
    plain = dial.at_sink("keep er")
    local, _, domain = plain.partition("@")
    told = bounced(dial, sink, recipient=f'"{local}"@{domain}').told.final_recipient
    assert told is not None
    assert told.value.decode("latin-1") in (plain, f'"{local}"@{domain}')


@verifies("RFC3461-9.2-01", refuted_by=alter(rb"(\r\nDiagnostic-Code:.*?)nobody of that name", rb"\1no such user"))
def test_a_reply_of_one_line_is_told_as_it_is(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with one line: Diagnostic-Code is that line."""
    told = bounced(dial, sink).told.diagnostic_code
    if told is None or told.type != "smtp":
        raise NotSupported("the notification has no Diagnostic-Code of type smtp")
    assert b" ".join(told.value.split()) == b"550 5.1.1 nobody of that name here"


@verifies("RFC3461-9.2-02", refuted_by=alter(rb"(\r\nDiagnostic-Code:.*?)550 5.1.1 second[^\r\n]*", rb"\1..."))
def test_each_line_of_a_reply_is_told(dial: SmtpDial, sink: Sink) -> None:
    """Refuse a recipient with two lines: Diagnostic-Code has both, each behind its code."""
    told = bounced(dial, sink, refusal=b"550-5.1.1 first line\r\n550 5.1.1 second line\r\n").told.diagnostic_code
    if told is None or told.type != "smtp":
        raise NotSupported("the notification has no Diagnostic-Code of type smtp")
    assert re.fullmatch(rb"550-(5\.1\.1 )?first line\s+550 (5\.1\.1 )?second line", told.value)
