"""RFC 5321 section 2.3.8: CRLF, and nothing else, ends a line."""

from __future__ import annotations

import pytest

from conformance import Smtp, answer, inject, verifies

WHILE = 0.5  # seconds
"""How long a server that takes half a line for a whole one has to show it; what comes later is a second reply."""


def one_reply(smtp: Smtp, line: bytes) -> bool:
    """Whether nothing answers a line before its CRLF, and one reply (or a close) after it."""
    smtp.send(line)
    if not smtp.nothing_follows(WHILE):
        return False
    smtp.send(b"\r\n")
    smtp.receive()
    return smtp.nothing_follows()


@verifies("RFC5321-2.3.8-01", refuted_by=answer(b"250 2.0.0 ok\r\n", of=rb"NOOP"))
def test_a_lone_lf_does_not_end_a_command(smtp: Smtp) -> None:
    """NOOP and LF: nothing. Then CRLF: one reply, whatever it says."""
    assert one_reply(smtp, b"NOOP\n")


@verifies("RFC5321-2.3.8-02", refuted_by=inject(b"250 2.0.0 ok\r\n", of=rb"NOOP"))
def test_a_lone_cr_does_not_end_a_command(smtp: Smtp) -> None:
    """NOOP and CR: nothing. Then CRLF: one reply, whatever it says."""
    assert one_reply(smtp, b"NOOP\r")


@verifies("RFC5321-2.4-05", refuted_by=inject(b"250 2.0.0 ok\r\n", of=rb"NOOP|VRFY .*"))
@pytest.mark.parametrize("line", [b"NOOP", b"VRFY postmaster"], ids=["noop", "vrfy"])
def test_a_command_is_not_answered_before_its_end(smtp: Smtp, line: bytes) -> None:
    """A command without its CRLF: nothing. Then CRLF: one reply."""
    assert one_reply(smtp, line)
