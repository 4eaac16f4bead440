"""RFC 5321 section 3.8: a session ends when the client says so."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, forward, hang_up, rewrite, say, verifies

WRONG = {
    "no-argument": "MAIL",
    "bad-argument": "MAIL FROM:nonsense",
    "rcpt-first": "RCPT TO:<postmaster>",
    "data-first": "DATA",
}


def lives_after(session: Smtp, line: str) -> bool:
    """Whether a command is granted, or refused and the session goes on; a server that shuts down (421) is unclear."""
    return session.command(line).positive or session.command("NOOP").positive


@verifies("RFC5321-3.8-01", refuted_by=say(b"500 5.5.2 what?\r\n", of=rb"QUIT"))
def test_quit_is_granted(smtp: Smtp) -> None:
    """QUIT: 2yz."""
    assert smtp.command("QUIT").positive


@verifies("RFC5321-3.8-01", refuted_by=forward(b"NOOP", of=rb"QUIT") | rewrite(rb"^250", b"221", of=rb"QUIT"))
def test_the_server_closes_behind_its_answer_to_quit(smtp: Smtp) -> None:
    """QUIT, granted: the connection is closed."""
    smtp.command("QUIT").ok()
    assert smtp.closes()


@verifies("RFC5321-3.8-02", refuted_by=hang_up(of=rb"MAIL.*|RCPT.*|DATA", saying=b"500 5.5.2 enough\r\n"))
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_command_ends_nothing(smtp: Smtp, kind: str) -> None:
    """A command without its argument, with a wrong one, out of order: refused, and NOOP works."""
    assert lives_after(smtp, WRONG[kind])


@verifies("RFC5321-3.8-03", refuted_by=hang_up(of=rb"FLUX|GRIND.*|Q", saying=b"500 5.5.2 unknown\r\n"))
def test_unknown_commands_end_nothing(dial: SmtpDial) -> None:
    """Three commands that no server knows: each refused, and NOOP works behind each."""
    session = dial.ready()
    for line in ("FLUX", "GRIND the coffee", "Q"):
        assert lives_after(session, line)
