"""The sink: answers as scripted, keeps what it heard in order, and no client can make it wait or fill its memory."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from conformance.faults import Delay, HangUp, alter, duplicate, lose, relay
from conformance.lying import install, remove
from conformance.outcomes import Inconclusive
from conformance.services import hop
from conformance.services import sink as sinks
from conformance.services.heard import LEFT
from conformance.services.sink import OVER, Sink, SinkError
from conformance.target import Mail, Target, parse_endpoint
from conformance.transport.dialler import Dialler, Recorder
from conformance.wire import smtp

TEXT = b"Subject: x\r\n\r\n.dot\r\nkey-1\r\n"


@pytest.fixture
def dialler() -> Dialler:
    target = Target(name="x", endpoints=(parse_endpoint("smtp://127.0.0.1:1"),), mail=Mail(delivery_wait=1.0))
    return Dialler(target, Recorder())


@pytest.fixture
def sink(dialler: Dialler) -> Iterator[Sink]:
    listening = Sink("127.0.0.1:0", dialler)
    yield listening
    listening.close()
    while Client.opened:
        Client.opened.pop().close()


class Client:
    """A client that says what it is told to."""

    opened: ClassVar[list[Client]] = []

    def __init__(self, sink: Sink) -> None:
        self.socket = socket.create_connection(("127.0.0.1", sink.port), timeout=5)
        self.file = self.socket.makefile("rb")
        self.opened.append(self)

    def reply(self) -> bytes:
        lines = [self.file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self.file.readline())
        return b"".join(lines)

    def say(self, octets: bytes, replies: int = 1) -> list[bytes]:
        self.socket.sendall(octets)
        return [self.reply() for _ in range(replies)]

    def begin(self, hello: bytes = b"EHLO a.test", author: bytes = b"a@x.test", *keepers: bytes) -> None:
        self.reply()
        self.say(hello + b"\r\n")
        self.say(b"MAIL FROM:<%b>\r\n" % author)
        for keeper in keepers or (b"k@sink.test",):
            self.say(b"RCPT TO:<%b>\r\n" % keeper)

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def codes(replies: list[bytes]) -> list[bytes]:
    return [reply[:3] for reply in replies]


# What a right client meets


def test_smtplib_hands_a_message_on(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("a@x.test", ["k@sink.test", "l@sink.test"], TEXT, mail_options=["BODY=8BITMIME"])

    relayed = sink.one(b"key-1")
    assert relayed.raw == TEXT
    assert relayed.wire == smtp.stuff(TEXT)
    assert relayed.reverse_path == b"a@x.test"
    assert relayed.recipients == (b"k@sink.test", b"l@sink.test")
    assert relayed.parameters["BODY"] == "8BITMIME"
    assert "PIPELINING" in relayed.offered
    assert sink.mail_to("L@sink.test", seconds=0.0) == [relayed]


def test_what_was_said_is_kept_in_order(sink: Sink) -> None:
    client = Client(sink)
    client.begin()
    client.say(b"DATA\r\n")
    client.say(smtp.stuff(TEXT))
    client.say(b"QUIT\r\n")
    client.close()

    (exchanges,) = sink.conversations(rb"RCPT TO:<k@", until=OVER)
    assert [exchange.said for exchange in exchanges] == [
        b"", b"EHLO a.test\r\n", b"MAIL FROM:<a@x.test>\r\n", b"RCPT TO:<k@sink.test>\r\n", b"DATA\r\n",
        smtp.stuff(TEXT), b"QUIT\r\n", LEFT,
    ]  # fmt: skip
    assert codes([exchange.answer for exchange in exchanges]) == [b"220", *[b"250"] * 3, b"354", b"250", b"221", b""]
    assert sink.conversation(1) == [line for exchange in exchanges[1:5] for line in exchange.lines] + [b"QUIT"]


def test_commands_in_one_go_are_one_exchange(sink: Sink) -> None:
    client = Client(sink)
    client.reply()
    group = b"EHLO a.test\r\nMAIL FROM:<>\r\nRCPT TO:<k@sink.test>\r\nDATA\r\n"
    assert codes(client.say(group, 4)) == [b"250", b"250", b"250", b"354"]
    client.close()

    (exchanges,) = sink.conversations(rb"DATA", until=OVER)
    assert exchanges[1].said == group
    assert exchanges[1].lines[2] == b"RCPT TO:<k@sink.test>"


def test_chunks_make_a_message(sink: Sink) -> None:
    client = Client(sink)
    client.begin()
    assert (
        codes(client.say(b"BDAT 12\r\n" + TEXT[:12] + b"BDAT %d LAST\r\n" % len(TEXT[12:]) + TEXT[12:], 2))
        == [b"250"] * 2
    )
    client.say(b"QUIT\r\n")

    assert sink.one(b"key-1").raw == TEXT


def test_lmtp_is_answered_for_each_recipient(sink: Sink) -> None:
    client = Client(sink)
    sink.reply(b"550 5.1.1 not that one\r\n", to=b".", times=1)
    client.begin(b"LHLO a.test", b"a@x.test", b"k@sink.test", b"l@sink.test")
    client.say(b"DATA\r\n")
    assert codes(client.say(smtp.stuff(TEXT), 2)) == [b"550", b"250"]

    assert len(sink.wait(b"key-1")) == 1


@pytest.mark.parametrize(
    ("said", "replies"),
    [
        (b"MAIL FROM:<a@x.test>\r\n", [b"503"]),
        (b"EHLO a\r\nRCPT TO:<k@x.test>\r\n", [b"250", b"503"]),
        (b"EHLO a\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\n", [b"250", b"250", b"503"]),
        (b"EHLO a\r\nMAIL FROM:<>\r\nDATA\r\n", [b"250", b"250", b"503"]),
        (b"EHLO a\r\nMAIL FROM:<>\r\nRSET\r\nRCPT TO:<k@x.test>\r\n", [b"250", b"250", b"250", b"503"]),
        (b"EHLO a\r\nMAIL FROM:<>\r\nBDAT 2 LAST\r\nxy", [b"250", b"250", b"503"]),
        (b"NOOP\r\nVRFY x\r\nSPEAK\r\n", [b"250", b"250", b"502"]),
    ],
)
def test_a_wrong_sequence_is_refused(sink: Sink, said: bytes, replies: list[bytes]) -> None:
    client = Client(sink)
    client.reply()
    assert codes(client.say(said, len(replies))) == replies


# Scripts


def test_scripted_replies(sink: Sink) -> None:
    sink.reply(b"220-one\r\n220 two\r\n", to=b"", times=1)
    sink.reply(b"451 later\r\n", to=rb"RCPT TO:<k", times=1)
    sink.reply(b"599 odd\r\n", to=b".")
    client = Client(sink)

    assert client.reply() == b"220-one\r\n220 two\r\n"
    said = client.say(b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<k@x>\r\nRCPT TO:<k@x>\r\nDATA\r\n", 5)
    assert codes(said) == [b"250", b"250", b"451", b"250", b"354"]
    assert codes(client.say(smtp.stuff(TEXT))) == [b"599"]
    assert sink.wait(b"key-1", seconds=0.0) == []
    assert sink.has_said(b"599 odd")
    assert Client(sink).reply().startswith(b"220 sink.test")


def test_an_answer_for_one_message_only(sink: Sink) -> None:
    sink.reply(b"554 no\r\n", to=b"DATA", about="K@sink.test")
    for keeper, code in ((b"k@sink.test", b"554"), (b"l@sink.test", b"354")):
        client = Client(sink)
        client.begin(b"EHLO a", b"a@x.test", keeper)
        assert codes(client.say(b"DATA\r\n")) == [code]


def test_what_is_said_before_a_late_answer_is_heard(sink: Sink) -> None:
    sink.reply(Delay(0.3), b"220 late\r\n", to=b"")
    client = Client(sink)
    client.socket.sendall(b"EHLO early\r\n")
    assert client.reply() == b"220 late\r\n"
    client.reply()

    (exchanges,) = sink.conversations(b"EHLO")
    assert exchanges[0].said == b"EHLO early\r\n"


def test_a_client_that_leaves_before_the_answer(sink: Sink) -> None:
    sink.reply(Delay(5), b"221 bye\r\n", to=b"QUIT")
    client = Client(sink)
    client.reply()
    client.socket.sendall(b"QUIT\r\n")
    client.close()

    (exchanges,) = sink.conversations(b"QUIT", until=OVER)
    assert exchanges[-1].said == b"QUIT\r\n" + LEFT


@pytest.mark.parametrize("command", [b"", b"MAIL", b"."])
def test_the_sink_hangs_up(sink: Sink, command: bytes) -> None:
    sink.reply(HangUp(), to=command)
    client = Client(sink)
    with contextlib.suppress(ConnectionError):
        client.begin()
        client.say(b"DATA\r\n")
        client.say(smtp.stuff(TEXT))
    assert ended(client)
    assert sink.wait(b"key-1", seconds=0.1) == []


def test_what_is_offered_and_start_over(sink: Sink) -> None:
    sink.keywords = (b"SIZE 1000", b"x-own")
    client = Client(sink)
    client.begin()
    client.say(b"DATA\r\n")
    client.say(smtp.stuff(TEXT))
    assert sink.one(b"key-1").offered == {"SIZE", "X-OWN"}
    client.say(b"QUIT\r\n")
    client.close()
    sink.conversations(b"QUIT", until=OVER)

    sink.start_over()
    assert sink.wait(b"key-1", seconds=0.0) == []
    assert sink.lines(b"", seconds=0.0) == []
    assert sink.keywords == sinks.KEYWORDS


def test_a_connection_that_is_kept_keeps_its_beginning(sink: Sink) -> None:
    client = Client(sink)
    client.reply()
    client.say(b"EHLO a.test\r\nNOOP\r\n", 2)
    sink.start_over()
    client.say(b"MAIL FROM:<>\r\n")
    assert sink.conversation(1) == [b"EHLO a.test", b"MAIL FROM:<>"]


def odd_keywords(sink: Sink) -> None:
    sink.keywords = (b"SIZE 1000",)


def odd_hello(sink: Sink) -> None:
    sink.reply(b"250 scripted\r\n", to=b"EHLO")


def odd_mail(sink: Sink) -> None:
    sink.reply(b"250 scripted\r\n", to=b"MAIL")


def odd_end(sink: Sink) -> None:
    sink.reply(b"250 scripted\r\n", to=b".")


@pytest.mark.parametrize("script", [odd_keywords, odd_hello, Sink.offer_starttls])
@pytest.mark.parametrize("leaves", [True, False])
def test_a_connection_that_began_before_is_not_heard(
    sink: Sink, monkeypatch: pytest.MonkeyPatch, script: Callable[[Sink], None], leaves: bool
) -> None:
    """A target tries an earlier message again just as a check begins: that connection has met none of what is scripted."""
    monkeypatch.setattr(sinks, "KEPT_SECONDS", 5.0 if leaves else 0.1)
    client = Client(sink)
    client.reply()
    client.say(b"EHLO a.test\r\n")
    if leaves:
        threading.Timer(0.1, client.close).start()
    script(sink)
    assert leaves or ended(client)
    assert sink.conversation(1) == []
    Client(sink).begin(b"EHLO b.test")
    assert sink.lines(b"EHLO") == [b"EHLO b.test"]


@pytest.mark.parametrize("script", [odd_keywords, odd_hello, odd_mail, odd_end])
def test_a_connection_begun_as_scripted_is_not_the_next_checks(
    sink: Sink, monkeypatch: pytest.MonkeyPatch, script: Callable[[Sink], None]
) -> None:
    """What was offered to it would be taken for what the next check offers; a connection begun as ever may stay."""
    monkeypatch.setattr(sinks, "KEPT_SECONDS", 0.1)
    script(sink)
    client = Client(sink)
    client.begin()
    sink.start_over()
    if script in (odd_mail, odd_end):
        assert sink.conversation(1) == [b"EHLO a.test"]
    else:
        assert ended(client)
        assert sink.conversation(1) == []


def test_notices_leave_delays_out(sink: Sink) -> None:
    report = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nkey\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; k@x\r\nAction: %b\r\nStatus: 4.0.0\r\n--b--\r\n"
    )
    for action in (b"delayed", b"failed"):
        client = Client(sink)
        client.begin(b"EHLO a", b"", b"author@sink.test")
        client.say(b"DATA\r\n")
        client.say(smtp.stuff(report % action))

    (notice,) = sink.notices("author@sink.test")
    assert b"failed" in notice.raw
    assert len(sink.mail_to("author@sink.test", 2)) == 2
    assert not sink.arrived(b"key")


def test_nobody_called(sink: Sink, dialler: Dialler) -> None:
    with pytest.raises(Inconclusive, match="not handed on"):
        sink.one(b"key")
    with pytest.raises(Inconclusive, match="did not connect"):
        sink.arrived(b"key")
    with pytest.raises(SinkError, match="cannot listen at"):
        Sink(f"127.0.0.1:{sink.port}", dialler)


# Lies, and evidence


def test_lies_of_a_relay(sink: Sink, dialler: Dialler) -> None:
    client = Client(sink)
    client.begin()
    client.say(b"DATA\r\n")
    client.say(smtp.stuff(TEXT))
    install(
        relay(rb"\A(RCPT .*)", rb"\1\r\n\1") | relay(rb"\AEHLO.*", b"") | alter(b"key-1", b"key-2") | duplicate(),
        dialler,
    )

    assert [relayed.raw[-7:] for relayed in sink.wait(b"key-2")] == [b"key-2\r\n"] * 2
    assert len(sink.lines(b"RCPT", 2)) == 2
    assert sink.lines(b"EHLO", seconds=0.0) == []
    install(lose(), dialler)
    assert sink.wait(b"key-1", seconds=0.0) == []
    with dialler.straight():
        assert len(sink.wait(b"key-1", seconds=0.0)) == 1
    remove(dialler)


def test_what_was_heard_is_evidence_once(sink: Sink, dialler: Dialler) -> None:
    client = Client(sink)
    client.begin()
    sink.lines(b"RCPT")
    client.say(b"QUIT\r\n")
    client.close()
    sink.conversations(b"QUIT", until=OVER)

    (transcript,) = dialler.recorder.transcripts
    assert transcript.bytes_of("C").count(b"RCPT") == 1
    assert transcript.bytes_of("C").endswith(b"QUIT\r\n")
    assert [event.kind for event in transcript][-1] == "close"


# Hostile clients


def ended(client: Client) -> bool:
    try:
        while client.socket.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    return True


def cannot_say(client: Client, octets: bytes) -> bool:
    """Whether the connection ends while the client says something again and again."""
    try:
        for _ in range(1000):
            client.socket.sendall(octets)
    except ConnectionError:
        return True
    return False


def test_a_line_without_end_is_left(sink: Sink) -> None:
    client = Client(sink)
    assert cannot_say(client, b"x" * (1 << 16))
    assert sink.lines(b"", seconds=0.0) == []


def test_mail_data_without_end_is_left(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hop, "DATA_LIMIT", 1 << 17)
    client = Client(sink)
    client.begin()
    client.say(b"DATA\r\n")
    assert cannot_say(client, b"x\r\n" * (1 << 14))
    assert sink.wait(b"x", seconds=0.0) == []


@pytest.mark.parametrize("size", [b"99999999999", b"9" * 5000, b"100000000 LAST"])
def test_a_chunk_that_is_too_large_is_left_or_refused(sink: Sink, size: bytes) -> None:
    client = Client(sink)
    client.begin()
    client.socket.sendall(b"BDAT " + size + b"\r\n")
    client.socket.shutdown(socket.SHUT_WR)
    assert ended(client)


def test_commands_without_end_are_left(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hop, "KEPT_OCTETS", 1 << 16)
    client = Client(sink)
    with contextlib.suppress(ConnectionError):
        while all(client.say(b"NOOP\r\n" * 10, 10)):
            pass
    assert ended(client)
    assert len(sink.lines(b"NOOP", seconds=0.0)) < 12000


def test_silence_is_left(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hop, "IDLE_SECONDS", 0.2)
    client = Client(sink)
    began = time.monotonic()
    assert ended(client)
    assert time.monotonic() - began < 2


def test_more_connections_than_there_is_room_for_are_closed(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "KEPT_CONNECTIONS", 3)
    clients = [Client(sink) for _ in range(4)]
    assert [client.reply()[:3] for client in clients] == [b"220", b"220", b"220", b""]


@pytest.mark.parametrize(
    "said", [b"\r\n", b"\x00\xff\r\n", b"MAIL\r\n", b"BDAT\r\n", b"BDAT x\r\n", b"EHLO\r\n", b".\r\n", b"\n"]
)
def test_odd_commands_are_answered(sink: Sink, said: bytes) -> None:
    client = Client(sink)
    client.reply()
    assert client.say(said + b"NOOP\r\n", 2)[1][:3] == b"250"
