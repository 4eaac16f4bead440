"""A ClientHello written by hand is one that OpenSSL takes, and what it answers is read."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from conformance import certificates
from conformance.wire import tls_hello
from conformance.wire.tls_hello import TLS12, TLS13, client_hello, read
from tests.peers.tls import context


def answer(folder: Path, hello: bytes, highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """What OpenSSL as a server says to a ClientHello."""
    identity = certificates.issue(certificates.authority("hello"), names=("localhost",))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context(identity, folder, highest=highest).wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with pytest.raises(ssl.SSLError):  # it wants more, or refuses
        server.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("grease", [False, True])
def test_the_newest_version_is_chosen(tmp_path: Path, grease: bool) -> None:
    assert read(answer(tmp_path, client_hello(name="localhost", grease=grease))).version == TLS13


@pytest.mark.parametrize("grease", [False, True])
def test_an_older_server_chooses_tls_1_2(tmp_path: Path, grease: bool) -> None:
    said = answer(tmp_path, client_hello(name="localhost", grease=grease), ssl.TLSVersion.TLSv1_2)
    assert read(said).version == TLS12


def test_tls_1_2_alone_may_be_offered(tmp_path: Path) -> None:
    said = read(answer(tmp_path, client_hello(versions=(TLS12,))))
    assert (said.version, said.is_server_hello, said.is_alert) == (TLS12, True, False)


def test_suites_that_nobody_has_bring_an_alert(tmp_path: Path) -> None:
    said = read(answer(tmp_path, client_hello(suites=(tls_hello.GREASE,), versions=(TLS12,))))
    assert (said.is_server_hello, said.is_alert) == (False, True)


@pytest.mark.parametrize(
    "octets", [b"", b"\x16", b"220 hello\r\n", b"\x16\x03\x03\x00\x02\x02\x00", b"\x15\x03\x03\x00\x02\x02\x28"]
)
def test_what_is_cut_off_or_no_tls_is_no_server_hello(octets: bytes) -> None:
    assert not read(octets).is_server_hello
