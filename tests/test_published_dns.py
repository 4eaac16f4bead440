"""One resolver is asked: whoever it is and whatever it says, there is an answer or a reason why there is none, in time."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from conformance import published_dns
from conformance.published_dns import Resolver, server
from conformance.services.nameserver import NameServer
from conformance.vectors import Record

DOMAIN = "example.com"


def test_the_next_resolver_is_asked_where_one_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_dns, "SECONDS", 0.5)
    with NameServer("127.0.0.1:0") as names, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        names.publish({DOMAIN: (Record("TXT", "v=spf1 -all"),)})
        silent.bind(("127.0.0.1", 0))
        asked = Resolver((("127.0.0.1", silent.getsockname()[1]), ("127.0.0.1", names.port)))

        assert asked.ask(DOMAIN, "TXT").texts == (b"v=spf1 -all",)


@contextlib.contextmanager
def answering(datagram: Callable[[bytes], bytes], stream: Callable[[bytes], bytes]) -> Iterator[int]:
    """A resolver that makes of each question what it is told to, over UDP and then TCP; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())

        def serve_datagram() -> None:
            asked, client = udp.recvfrom(512)
            udp.sendto(datagram(asked), client)

        def serve_stream() -> None:
            with contextlib.suppress(OSError), tcp.accept()[0] as connection:
                connection.sendall(stream(connection.recv(514)[2:]))

        threads = [threading.Thread(target=serve, daemon=True) for serve in (serve_datagram, serve_stream)]
        for thread in threads:
            thread.start()
        yield int(tcp.getsockname()[1])
        tcp.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def cut(asked: bytes) -> bytes:
    return asked[:2] + b"\x83\x80" + asked[4:]


def framed(octets: bytes) -> bytes:
    return len(octets).to_bytes(2, "big") + octets


LOOP = b"\xc0\x0c\0\5\0\1\0\0\0\0\0\2\xc0\x0c"
"""A CNAME record that leads from the name that was asked for to itself."""


@pytest.mark.parametrize(
    "datagram",
    [
        lambda _asked: b"",
        lambda asked: asked,
        lambda asked: asked[:2] + b"\x81\x80" + asked[4:-4] + b"\0\x01\0\x01",
        lambda asked: asked[:2] + b"\x81\x80\0\1\xff\xff\0\0\0\0" + asked[12:],
        lambda asked: asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + asked[12:] + LOOP,
        lambda asked: b"\xff" * 65_000,
    ],
)
def test_a_resolver_that_talks_rubbish_gives_no_answer(
    datagram: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_dns, "SECONDS", 0.2)
    with answering(datagram, lambda _asked: b"") as port:
        answer = Resolver((("127.0.0.1", port),)).ask(DOMAIN, "TXT")

    assert answer.trouble.startswith("no answer")
    assert not answer.void


@pytest.mark.parametrize(
    "stream",
    [
        lambda _asked: b"",
        lambda _asked: b"\xff",
        lambda _asked: b"\0\0",
        lambda _asked: b"\xff\xffhalf",
        lambda asked: framed(asked[:11]),
        framed,
        lambda asked: framed(cut(asked)),
        lambda asked: framed(asked[:2] + b"\x81\x80\0\1\xff\xff\0\0\0\0" + asked[12:]),
    ],
)
def test_a_resolver_that_talks_rubbish_over_tcp_gives_no_answer(
    stream: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_dns, "SECONDS", 0.5)
    with answering(cut, stream) as port:
        answer = Resolver((("127.0.0.1", port),)).ask(DOMAIN, "TXT")

    assert answer.trouble
    assert not answer.void


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_a_resolver_is_an_address_and_may_have_a_port(text: str, expected: tuple[str, int]) -> None:
    assert server(text) == expected


@pytest.mark.parametrize("text", ["", "localhost", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "[::1", "[x]:53"])
def test_anything_else_is_no_resolver(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no port|does not appear to be an IPv4 or IPv6 address"):
        server(text)
