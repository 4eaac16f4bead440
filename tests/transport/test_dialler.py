"""The dialler: patience with a server that refuses for a moment, pace, and one transcript a connection."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.target import Endpoint, Limits, Target
from conformance.transport import dialler
from conformance.transport.dialler import Dialler, Recorder, Unreachable


@contextlib.contextmanager
def listening(port: int = 0) -> Iterator[Endpoint]:
    with socket.create_server(("127.0.0.1", port)) as server:
        yield Endpoint(scheme="pop3", host="127.0.0.1", port=server.getsockname()[1])


def to(endpoint: Endpoint, **limits: str) -> Dialler:
    return Dialler(Target(name="x", endpoints=(endpoint,), limits=Limits(**limits)), Recorder())


def nobody() -> Endpoint:
    with listening() as endpoint:
        return endpoint


def test_each_connection_has_a_transcript_and_a_number() -> None:
    with listening() as endpoint:
        calls = to(endpoint)
        streams = [calls.connect(endpoint) for _ in range(2)]
        for stream in streams:
            stream.close()

    assert [t.connection for t in calls.recorder.transcripts] == [1, 2]
    assert next((e.kind, e.data) for e in streams[0].transcript) == ("open", str(endpoint).encode())
    calls.recorder.clear()
    assert (calls.recorder.transcripts, calls.recorder.connections) == ([], 2)


def test_a_server_that_starts_a_moment_later_is_reached() -> None:
    endpoint = nobody()
    began, stop = threading.Event(), threading.Event()

    def late() -> None:
        began.wait(5)
        stop.wait(0.15)
        with listening(endpoint.port):
            stop.wait(5)

    thread = threading.Thread(target=late)
    thread.start()
    began.set()
    to(endpoint).connect(endpoint).close()
    stop.set()
    thread.join()


def test_a_server_that_was_found_dead_is_asked_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = nobody()
    calls = to(endpoint)
    monkeypatch.setattr(dialler, "REFUSALS", (0.05, 0.6))
    times = []
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(Unreachable, match=rf"pop3://127.0.0.1:{endpoint.port}: connection refused"):
            calls.connect(endpoint)
        times.append(time.monotonic() - began)

    assert times[0] >= 0.65
    assert times[1] < 0.6
    assert calls.recorder.connections == 0
    with listening(endpoint.port):
        calls.connect(endpoint).close()


def test_the_distance_that_the_target_file_asks_for_is_kept() -> None:
    with listening() as endpoint:
        calls = to(endpoint, conn_rate="10/s")
        began = time.monotonic()
        for _ in range(3):
            calls.connect(endpoint).close()
        assert time.monotonic() - began >= 0.2


def test_behind_the_deadline_of_the_run_nobody_is_called() -> None:
    with listening() as endpoint:
        calls = to(endpoint)
        calls.recorder.expires = time.monotonic() - 1
        with pytest.raises(Unreachable, match="the run's deadline has passed"):
            calls.connect(endpoint)


def test_a_host_that_cannot_be_called_is_named() -> None:
    endpoint = Endpoint(scheme="pop3", host="255.255.255.255", port=110)

    with pytest.raises(Unreachable, match=r"pop3://255.255.255.255:110: (Permission denied|Network is unreachable)"):
        to(endpoint).connect(endpoint)


def test_tls_that_fails_is_unreachable() -> None:
    with listening() as endpoint:
        implicit = replace(endpoint, scheme="pop3s")
        calls = Dialler(Target(name="x", endpoints=(implicit,), patience=0.05), Recorder())
        with pytest.raises(Unreachable, match="TLS handshake failed: no answer to the handshake"):
            calls.open(implicit)


def test_a_stranger_has_another_address_than_a_server_on_the_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = Endpoint(scheme="smtp", host="127.0.0.1", port=server.getsockname()[1])
        calls = to(endpoint)

        def seen() -> str:
            calls.connect(endpoint).close()
            accepted, (host, _) = server.accept()
            accepted.close()
            return str(host)

        with calls.as_stranger():
            assert seen() == dialler.STRANGER
        assert seen() == "127.0.0.1"


def test_a_stranger_cannot_come_to_the_loopback_of_ip_version_6() -> None:
    endpoint = Endpoint(scheme="smtp", host="::1", port=1)
    calls = to(endpoint)

    with calls.as_stranger(), pytest.raises(Unreachable, match="own address"):
        calls.connect(endpoint)


def test_a_client_may_choose_its_address_and_what_a_proxy_says_first() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = Endpoint(scheme="pop3", host="127.0.0.1", port=server.getsockname()[1])
        calls = to(endpoint)
        stream = calls.connect(endpoint, source="127.0.0.77", preface=b"PROXY UNKNOWN\r\n")
        client, (address, _) = server.accept()
        with client:
            stream.send(b"NOOP\r\n")
            assert (address, client.makefile("rb").readline()) == ("127.0.0.77", b"PROXY UNKNOWN\r\n")
        stream.close()

    assert stream.transcript.bytes_of("C") == b"NOOP\r\n"
    assert b"said before: PROXY UNKNOWN\r\n" in [event.data for event in stream.transcript]


def test_an_address_that_is_not_this_hosts_is_named() -> None:
    with listening() as endpoint, pytest.raises(Unreachable, match=r"^pop3://.* from 192\.0\.2\.1: Cannot assign"):
        to(endpoint).connect(endpoint, source="192.0.2.1")


def test_a_service_beside_the_endpoints_is_reached(tmp_path: Path) -> None:
    path = str(tmp_path / "service")
    with listening() as endpoint, socket.socket(socket.AF_UNIX) as local:
        local.bind(path)
        local.listen()
        calls = to(endpoint)
        for address in (f"127.0.0.1:{endpoint.port}", f"unix:{path}"):
            stream = calls.reach("policy", address)
            assert stream.transcript.endpoint == f"policy://{address}"
            stream.close()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "unix:/nowhere/at/all", "unix:" + "x" * 200, "127.0.0.1:99999"])
def test_a_service_that_is_not_there_is_named(address: str) -> None:
    with listening() as endpoint, pytest.raises(Unreachable, match=r"^milter://") as caught:
        to(endpoint).reach("milter", address)
    assert len(str(caught.value).splitlines()) == 1
