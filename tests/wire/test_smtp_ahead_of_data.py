"""What a client sends ahead of the reply to DATA: mail data or commands, as that reply says (RFC 2920 section 3.2)."""

from __future__ import annotations

import pytest

from conformance.wire.smtp import Dialogue, Reply

AHEAD = b"RSET\r\nNOOP\r\n"


def answers(dialogue: Dialogue, said: bytes) -> list[tuple[bytes, int]]:
    dialogue.received(said)
    found = []
    while isinstance(reply := dialogue.next(), Reply):
        found.append((reply.asked, reply.code))
    return found


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_behind_a_refused_data_they_are_commands(step: int) -> None:
    dialogue = Dialogue()
    said = b"DATA\r\n" + AHEAD
    for at in range(0, len(said), step):
        dialogue.sent(said[at : at + step])
    paired = answers(dialogue, b"220 hi\r\n503 no\r\n250 reset\r\n250 ok\r\n")
    assert paired == [(b"", 220), (b"DATA", 503), (b"RSET", 250), (b"NOOP", 250)]
    assert not dialogue.waiting


def test_behind_354_they_are_mail_data() -> None:
    dialogue = Dialogue()
    dialogue.sent(b"DATA\r\n" + AHEAD)
    assert answers(dialogue, b"220 hi\r\n354 go\r\n") == [(b"", 220), (b"DATA", 354)]
    dialogue.sent(b".\r\nQUIT\r\n")
    assert answers(dialogue, b"250 taken\r\n221 bye\r\n") == [(b".", 250), (b"QUIT", 221)]
