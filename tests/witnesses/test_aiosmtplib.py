"""aiosmtplib as a witness: it sends over a session's stream, many messages at once, and says what it was told."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from aiosmtpd.controller import Controller

from conformance.sessions.smtp import Smtp
from conformance.target import Endpoint, Limits, Target
from conformance.transport.dialler import Dialler, Recorder
from conformance.witnesses.smtp import submit, submit_all

MESSAGE = b"Subject: hello\r\n\r\n.\r\nCaf\xe9\r\n"


class Kept:
    """Keeps what comes, and refuses one recipient."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's own
        if address.startswith("nobody"):
            return "550 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's own
        self.messages.append(bytes(envelope.content))
        return "250 kept"


@contextlib.contextmanager
def serving() -> Iterator[tuple[Kept, Target]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    kept = Kept()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    endpoint = Endpoint(scheme="smtp", host="127.0.0.1", port=port)
    try:
        yield kept, Target(name="kept", endpoints=(endpoint,), limits=Limits(max_conns=7))
    finally:
        controller.stop()


def session(target: Target, recorder: Recorder) -> Smtp:
    stream = Dialler(target, recorder).open(target.endpoints[0])
    return Smtp(stream, recorder, 5.0, lambda _: True)


def test_it_sends_over_a_session_which_records_it() -> None:
    with serving() as (kept, target):
        recorder = Recorder()
        seen = submit(session(target, recorder), "a@b.test", "c@d.test", MESSAGE)
        assert seen.taken
        assert "8BITMIME" in seen.keywords
        assert kept.messages == [MESSAGE]
        said = b"".join(event.data for event in recorder.transcripts[0] if event.side == "C")
        assert b"BODY=8BITMIME" in said
        assert b"\r\n..\r\n" in said


def test_it_says_what_it_was_told() -> None:
    with serving() as (kept, target):
        seen = submit(session(target, Recorder()), "a@b.test", "nobody@d.test", MESSAGE)
        assert (seen.code, seen.taken, seen.put_off) == (550, False, False)
        assert not kept.messages


def test_it_sends_many_at_once() -> None:
    with serving() as (kept, target):
        messages = [b"Subject: %d\r\n\r\nx\r\n" % n for n in range(20)]
        seen = submit_all(target, target.endpoints[0], None, ("a@b.test", "c@d.test"), messages)
        assert all(each.taken for each in seen)
        assert sorted(kept.messages) == sorted(messages)


def test_no_connection_is_put_off() -> None:
    gone = Endpoint(scheme="smtp", host="127.0.0.1", port=1)
    target = Target(name="gone", endpoints=(gone,))
    seen = submit_all(target, gone, None, ("a@b.test", "c@d.test"), [MESSAGE])
    assert [each.put_off for each in seen] == [True]
