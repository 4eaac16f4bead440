"""RFC 2821: what it says in other words than RFC 5321, and what a server of either kind does."""

from __future__ import annotations

from conformance import Sink, SmtpDial, relay, say, verifies

PARAMETER = (501, 504, 555)
"""Codes for a parameter that is not known, or not implemented."""


@verifies("RFC2821-2.4-01", refuted_by=relay(rb"KeePer", b"keeper"))
def test_the_letter_case_of_a_local_part_is_kept(dial: SmtpDial, sink: Sink) -> None:
    """A message to a local-part in mixed case, passed on to the sink: RCPT names it as it was given."""
    specimen, address = dial.specimen(), dial.at_sink("KeePer")
    dial.ready().transaction(dial.sender, address, text=specimen.raw).ok()
    local = address.rpartition("@")[0].encode()
    assert any(b"<" + local + b"@" in line for line in sink.one(specimen.key).rcpts)


@verifies("RFC2821-4.2.2-01", refuted_by=say(b"550 5.7.1 no\r\n", of=rb"MAIL .* XMAILCONFORM=1"))
def test_an_unknown_parameter_is_refused_by_a_code_for_it(dial: SmtpDial) -> None:
    """MAIL with a parameter that no extension has: 555, 501 or 504."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    session.command("RSET").ok()
    assert session.mail(dial.sender, "XMAILCONFORM=1").says(*PARAMETER)
