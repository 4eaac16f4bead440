"""RFC 5321 sections 3.1 and 3.2: the greetings of both sides."""

from __future__ import annotations

from conformance import SmtpDial, forward, say, verifies


@verifies("RFC5321-3.1-01", refuted_by=say(b"250 hello\r\n", of=rb""))
def test_the_server_speaks_first(dial: SmtpDial) -> None:
    """Connect and say nothing: 220, or 554 or 521 of a server that turns the client away."""
    assert dial.smtp().greeting.says(220, 554, 521)


@verifies("RFC5321-3.2-01", refuted_by=forward(rb"EHLO \1", of=rb"HELO (.*)"))
def test_helo_brings_no_list_of_extensions(dial: SmtpDial) -> None:
    """HELO: 250, and no line behind the first that begins with a keyword of the answer to EHLO."""
    session, old = dial.smtp(), dial.smtp()
    session.greeting.ok()
    old.greeting.ok()
    listed = session.hello().ok().keywords
    assert not set(old.command("HELO", old.client).ok().keywords) & set(listed)
