"""STARTTLS of the sink: what is said under TLS is heard in clear, as scripted, and no client can make it wait for good."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import aiosmtplib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.faults import Delay, HangUp, relay
from conformance.lying import install, remove
from conformance.services import hop
from conformance.services import sink as sinks
from conformance.services.heard import LEFT, Exchange
from conformance.services.sink import OVER, Sink
from conformance.target import Mail, Target, parse_endpoint
from conformance.transport.dialler import Dialler, Recorder

TEXT = b"Subject: x\r\n\r\nkey-1\r\n"
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"
"""A fatal alert, handshake_failure (RFC 8446 section 6.2)."""


@pytest.fixture
def dialler() -> Dialler:
    target = Target(name="x", endpoints=(parse_endpoint("smtp://127.0.0.1:1"),), mail=Mail(delivery_wait=2.0))
    return Dialler(target, Recorder())


@pytest.fixture
def sink(dialler: Dialler) -> Iterator[Sink]:
    listening = Sink("127.0.0.1:0", dialler)
    yield listening
    listening.close()


@pytest.fixture
def client(sink: Sink) -> Iterator[socket.socket]:
    """A connection on which STARTTLS is possible, nothing read."""
    sink.offer_starttls()
    with socket.create_connection(("127.0.0.1", sink.port), timeout=5) as connection:
        yield connection


def undemanding() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def read_until(connection: socket.socket, wanted: bytes) -> bytes:
    said = b""
    while wanted not in said and (octets := connection.recv(1 << 16)):
        said += octets
    return said


def ask(connection: socket.socket, octets: bytes) -> None:
    """Go as far as 220 to STARTTLS, and say octets in one segment with it."""
    read_until(connection, b"220 ")
    connection.sendall(b"EHLO a.test\r\n")
    read_until(connection, b"250 ")
    connection.sendall(b"STARTTLS\r\n" + octets)
    read_until(connection, b"220 ")


def ended(connection: socket.socket) -> bool:
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionError:
        pass
    return True


def cannot_say(connection: socket.socket, octets: bytes) -> bool:
    """Whether the connection ends while the client says something again and again."""
    try:
        for _ in range(1 << 16):
            connection.sendall(octets)
    except OSError:
        return True
    return False


def conversation(sink: Sink) -> list[Exchange]:
    (exchanges,) = sink.conversations(rb"EHLO", until=OVER)
    return exchanges


# What a right client meets


def test_smtplib_hands_a_message_on_under_tls(sink: Sink, dialler: Dialler) -> None:
    sink.offer_starttls((b"DSN",), (b"8BITMIME", b"SIZE 1000"))
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo("a.test")
        assert client.esmtp_features == {"dsn": "", "starttls": ""}
        client.starttls(context=undemanding())
        client.ehlo("b.test")
        assert client.esmtp_features == {"8bitmime": "", "size": "1000"}
        client.sendmail("a@x.test", ["k@sink.test"], TEXT, mail_options=["BODY=8BITMIME"])

    relayed = sink.one(b"key-1")
    assert (relayed.raw, relayed.tls, relayed.hello) == (TEXT, True, b"ehlo b.test")
    assert relayed.offered == {"8BITMIME", "SIZE"}
    exchanges = conversation(sink)
    assert [exchange.said for exchange in exchanges if not exchange.tls] == [b"", b"ehlo a.test\r\n", b"STARTTLS\r\n"]
    under_tls = [exchange.said.partition(b" ")[0].strip().upper() for exchange in exchanges if exchange.tls]
    assert under_tls[:6] == [b"EHLO", b"MAIL", b"RCPT", b"DATA", b"SUBJECT:", b"QUIT"]
    (transcript,) = dialler.recorder.transcripts
    assert [event.data[:4] for event in transcript if event.kind == "tls"] == [b"TLSv"]
    assert b"STARTTLS\r\nehlo b.test\r\nmail FROM" in transcript.bytes_of("C")


def test_aiosmtplib_hands_a_message_on_under_tls(sink: Sink) -> None:
    sink.offer_starttls()
    sink.reply(b"530 5.7.0 Must issue a STARTTLS command first\r\n", to=b"MAIL", tls=False)

    async def send() -> None:
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=sink.port, start_tls=True, tls_context=undemanding()
        ) as client:
            await client.sendmail("a@x.test", ["k@sink.test"], TEXT)

    asyncio.run(send())
    assert sink.one(b"key-1").tls


def test_a_message_of_many_records_is_heard_whole(sink: Sink) -> None:
    sink.offer_starttls()
    long = TEXT + b"x" * 70 + b"\r\n" + (b"y" * 998 + b"\r\n") * 300
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.starttls(context=undemanding())
        client.sendmail("a@x.test", ["k@sink.test"], long)
    assert sink.one(b"key-1").raw == long


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_comes_with_the_end_of_the_handshake_is_heard(client: socket.socket, version: ssl.TLSVersion) -> None:
    ask(client, b"")
    context = undemanding()
    context.minimum_version = context.maximum_version = version
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            client.sendall(outgoing.read())
            incoming.write(client.recv(1 << 16))
    tls.write(b"EHLO b.test\r\n")
    client.sendall(outgoing.read())
    said = b""
    while b"250 " not in said:
        incoming.write(client.recv(1 << 16))
        try:
            said += tls.read(1 << 16)
        except ssl.SSLWantReadError:
            continue
    assert said.startswith(b"250-sink.test\r\n")


# Scripts


def test_starttls_is_off_unless_it_is_offered(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        assert client.docmd("STARTTLS")[0] == 502
        client.ehlo("a.test")
        assert "starttls" not in client.esmtp_features


def test_starttls_with_a_parameter_and_under_tls_is_refused(sink: Sink) -> None:
    sink.offer_starttls()
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo("a.test")
        assert client.docmd("STARTTLS now")[0] == 501
        client.starttls(context=undemanding())
        assert client.docmd("MAIL FROM:<>")[0] == 503
        assert client.docmd("STARTTLS")[0] == 503
        assert client.docmd("NOOP")[0] == 250


def test_the_session_goes_on_in_clear_behind_454(sink: Sink) -> None:
    sink.offer_starttls()
    sink.reply(b"454 4.7.0 not now\r\n", to=b"STARTTLS", times=1)
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo("a.test")
        assert client.docmd("STARTTLS")[0] == 454
        client.sendmail("a@x.test", ["k@sink.test"], TEXT)
    assert not sink.one(b"key-1").tls


def test_octets_come_in_clear_in_front_of_the_handshake(sink: Sink) -> None:
    injected = b"250-sink.test\r\n250 INJECTED\r\n"
    sink.offer_starttls()
    sink.reply(b"220 2.0.0 go on\r\n" + injected, to=b"STARTTLS")
    sink.reply(Delay(0.2), b"250 sink.test\r\n", to=b"EHLO", tls=True)
    client = socket.create_connection(("127.0.0.1", sink.port), timeout=5)
    read_until(client, b"220 ")
    client.sendall(b"EHLO a.test\r\n")
    read_until(client, b"250 ")
    client.sendall(b"STARTTLS\r\n")
    assert read_until(client, b"INJECTED\r\n") == b"220 2.0.0 go on\r\n" + injected
    with undemanding().wrap_socket(client) as secured:
        secured.sendall(b"EHLO b.test\r\nMAIL FROM:<>\r\n")
        secured.sendall(b"QUIT\r\n")
        assert read_until(secured, b"221 ").startswith(b"250 sink.test\r\n250 ")
    first = next(exchange for exchange in conversation(sink) if exchange.tls)
    assert first.lines[:2] == [b"EHLO b.test", b"MAIL FROM:<>"]


def test_the_handshake_can_fail(sink: Sink) -> None:
    sink.offer_starttls()
    sink.reply(b"220 2.0.0 go on\r\n", Delay(0.2), ALERT, HangUp(), to=b"STARTTLS", times=1)
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
            client.starttls(context=undemanding())
        client.close()
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        assert client.starttls(context=undemanding())[0] == 220


def test_a_connection_that_is_kept_under_tls_is_ended(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """It began as no other check wants it."""
    sink.offer_starttls()
    monkeypatch.setattr(sinks, "KEPT_SECONDS", 0.1)
    with contextlib.suppress(smtplib.SMTPServerDisconnected), smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.starttls(context=undemanding())
        client.ehlo("b.test")
        sink.start_over()
        with pytest.raises((OSError, smtplib.SMTPServerDisconnected)):
            client.docmd("MAIL FROM:<>")
    assert sink.lines(b"", seconds=0.0) == []


def test_lies_are_told_of_what_was_said_under_tls(sink: Sink, dialler: Dialler) -> None:
    sink.offer_starttls()
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.starttls(context=undemanding())
        client.sendmail("a@x.test", ["k@sink.test"], TEXT)
    install(relay(rb"\AMAIL", b"STARTTLS\r\nMAIL"), dialler)
    said = [exchange.lines[0] for exchange in conversation(sink) if exchange.tls]
    remove(dialler)
    assert said[1] == b"STARTTLS"


# Hostile clients


def test_what_is_said_behind_starttls_is_heard_and_not_carried_out(sink: Sink, client: socket.socket) -> None:
    ask(client, b"NOOP\r\nEHLO injected\r\n")
    with undemanding().wrap_socket(client) as secured:
        secured.sendall(b"RSET\r\n")
        assert read_until(secured, b"\r\n") == b"250 2.0.0 ok\r\n"
    asked = next(exchange for exchange in conversation(sink) if b"STARTTLS" in exchange.said)
    assert asked == Exchange(b"STARTTLS\r\nNOOP\r\nEHLO injected\r\n", b"220 2.0.0 ready for TLS\r\n")


@pytest.mark.parametrize("said", [b"EHLO a.test\r\n", b"\x80" * 100, b"\x15\x03\x03\x00\x02\x02\x28"])
def test_what_is_no_handshake_was_said_in_clear(sink: Sink, client: socket.socket, said: bytes) -> None:
    ask(client, b"")
    client.sendall(said)
    assert ended(client)
    assert conversation(sink)[-1] == Exchange(said, b"")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=300), shut=st.booleans())
def test_garbage_in_the_handshake_ends_the_connection(sink: Sink, garbage: bytes, shut: bool) -> None:
    sink.offer_starttls()
    with socket.create_connection(("127.0.0.1", sink.port), timeout=5) as client:
        ask(client, b"")
        client.sendall(b"\x16\x03\x01" + garbage)
        if shut or len(garbage) < 2 + int.from_bytes(garbage[:2]):  # a record that is not complete may still go on
            client.shutdown(socket.SHUT_WR)
        assert ended(client)


def test_garbage_under_tls_ends_the_connection(sink: Sink, client: socket.socket) -> None:
    ask(client, b"")
    with undemanding().wrap_socket(client.dup()) as secured, ExitStack() as after:
        after.callback(secured.close)
        client.sendall(b"MAIL FROM:<>\r\n")
        assert ended(client)
    assert conversation(sink)[-1].said == LEFT


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01"])
def test_silence_in_the_handshake_is_left(client: socket.socket, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(hop, "IDLE_SECONDS", 0.2)
    with socket.create_connection(client.getpeername(), timeout=5) as silent:
        ask(silent, b"")
        silent.sendall(said)
        assert ended(silent)


def test_a_handshake_without_end_is_left(client: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hop, "KEPT_OCTETS", 1 << 10)
    ask(client, b"")
    client.sendall(b"\x16\x03\x01\x40\x00\x01\x00\x3f\xf0")
    assert cannot_say(client, bytes(100))  # a record that is not complete


def test_what_comes_under_tls_is_counted(client: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hop, "KEPT_OCTETS", 1 << 14)
    ask(client, b"")
    with undemanding().wrap_socket(client) as secured:
        assert cannot_say(secured, b"x")


def test_a_client_that_leaves_in_the_handshake(sink: Sink, client: socket.socket, dialler: Dialler) -> None:
    ask(client, b"")
    client.close()
    conversation(sink)
    (transcript,) = dialler.recorder.transcripts
    assert [event.data for event in transcript if event.kind == "tls"] == [b"failed: the client closed the connection"]
