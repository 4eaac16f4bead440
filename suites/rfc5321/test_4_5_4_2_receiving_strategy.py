"""RFC 5321 section 4.5.4.2: a server listens at all times, and serves several clients at once."""

from __future__ import annotations

from conformance import SmtpDial, hang_up, verifies

CONNECTIONS = 20


@verifies("RFC5321-4.5.4.2-01", refuted_by=hang_up(of=b""))
def test_further_connections_are_taken_while_others_are_open(dial: SmtpDial) -> None:
    """Open 20 connections (fewer where the target file knows a limit): each is greeted, and NOOP is answered on each."""
    sessions = [dial.smtp() for _ in range(min(CONNECTIONS, dial.target.limits.max_conns or CONNECTIONS))]
    assert all(session.greeting.says(220) for session in sessions)
    assert all(session.command("NOOP").says(250) for session in sessions)
