"""The relay that lies in the TLS layer: each lie is told, and nothing else is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance import certificates, lying
from conformance.dial_pop3 import Pop3Dial
from conformance.discovery_pop3 import discover
from conformance.faults import Fault
from conformance.lying_tls import BadTls, Terms, bad_tls
from conformance.target import load
from conformance.transport.dialler import Dialler, Recorder
from conformance.transport.stream import Closed
from conformance.transport.tls import TlsFacts, TlsFailure
from tests.peers.pop3 import serving

WAYS = pytest.mark.parametrize("way", ["stls", "implicit"])


@pytest.fixture(scope="module")
def target_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with serving(tmp_path_factory.mktemp("peer")) as file:
        yield file


@contextmanager
def lied_to(target_file: Path, fault: Fault) -> Iterator[Pop3Dial]:
    """The sessions of a harness whose connections all go through a fault."""
    target = load(target_file)
    dialler = Dialler(target, Recorder())
    dial = Pop3Dial(discover(target, dialler), dialler)
    lying.install(fault, dialler)
    try:
        yield dial
    finally:
        dial.hang_up_all()
        lying.remove(dialler)


@WAYS
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
def test_the_relay_speaks_any_version(target_file: Path, way: str, version: str) -> None:
    with lied_to(target_file, bad_tls(versions=(version, version))) as dial:
        shaken = dial.handshake(way, lowest="TLSv1", highest="TLSv1.3")
    assert isinstance(shaken, TlsFacts)
    assert shaken.version == version


@WAYS
def test_a_server_of_old_versions_is_refused_by_a_client_of_today(target_file: Path, way: str) -> None:
    with lied_to(target_file, bad_tls(versions=("TLSv1", "TLSv1.1"))) as dial:
        assert isinstance(dial.handshake(way), TlsFailure)


@WAYS
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
def test_a_request_for_a_client_certificate_is_seen_in_every_version(target_file: Path, way: str, version: str) -> None:
    for asks in (True, False):
        with lied_to(target_file, bad_tls(asks=asks, versions=(version, version))) as dial:
            shaken = dial.handshake(way, lowest="TLSv1", highest="TLSv1.3")
        assert isinstance(shaken, TlsFacts)
        assert shaken.client_certificate_asked is asks


@WAYS
@pytest.mark.parametrize(
    ("names", "days", "said"),
    [
        (("localhost",), (-30, -1), "expired"),
        (("other.test",), (-1, 30), "not for localhost"),
        (("localhost",), (-1, 30), ""),
    ],
)
def test_the_certificate_is_what_the_terms_say(
    target_file: Path, tmp_path: Path, way: str, names: tuple[str, ...], days: tuple[int, int], said: str
) -> None:
    known = certificates.authority("known")
    (tmp_path / "known.pem").write_bytes(known.certificate_pem)
    with lied_to(target_file, BadTls(Terms(issuer=known, names=names, days=days))) as dial:
        shaken = dial.handshake(way, ca=str(tmp_path / "known.pem"))
    assert isinstance(shaken, TlsFacts)
    assert shaken.trouble.endswith(said)
    assert bool(shaken.trouble) is bool(said)


@WAYS
def test_by_default_nobody_knows_the_authority(target_file: Path, way: str) -> None:
    with lied_to(target_file, bad_tls()) as dial:
        shaken = dial.handshake(way)
    assert isinstance(shaken, TlsFacts)
    assert "self-signed" in shaken.trouble or "issuer" in shaken.trouble


@WAYS
def test_a_handshake_may_always_fail(target_file: Path, way: str) -> None:
    with lied_to(target_file, bad_tls(fails=True)) as dial:
        assert isinstance(dial.handshake(way), TlsFailure)


@WAYS
@pytest.mark.parametrize("notifies", [True, False])
def test_close_notify_may_be_left_out(target_file: Path, way: str, notifies: bool) -> None:
    with lied_to(target_file, bad_tls(notifies=notifies)) as dial:
        pop3 = dial.pop3(way)
        pop3.command("QUIT").ok()
        assert pop3.stream.receive(5.0) == Closed(tls_notified=notifies)


def test_what_came_in_clear_behind_stls_may_be_carried_out_under_tls(target_file: Path) -> None:
    with lied_to(target_file, bad_tls(keeps_clear=True)) as dial:
        pop3 = dial.pop3("none")
        pop3.send(b"STLS\r\nCAPA\r\n")
        pop3.receive().ok()
        assert isinstance(pop3.start_tls(dial.dialler.tls_settings(host="localhost")), TlsFacts)
        assert not pop3.nothing_follows(5.0)


def test_an_honest_relay_carries_out_nothing_that_came_in_clear(target_file: Path) -> None:
    """It drops what it has read with STLS; what comes later stands in the way of the handshake."""
    with lied_to(target_file, bad_tls()) as dial:
        pop3 = dial.pop3("none")
        pop3.send(b"STLS\r\nCAPA\r\n")
        pop3.receive().ok()
        shaken = pop3.start_tls(dial.dialler.tls_settings(host="localhost"))
        assert isinstance(shaken, TlsFailure) or pop3.nothing_follows(0.5)


@WAYS
@pytest.mark.parametrize(("of", "said"), [(b"", b"no TLS here"), (b"hello", b"no TLS here"), (b"another", b"\x15")])
def test_a_client_hello_may_bring_a_retort(target_file: Path, way: str, of: bytes, said: bytes) -> None:
    with lied_to(target_file, bad_tls(retort=(of, b"no TLS here"))) as dial:
        if way == "stls":
            pop3 = dial.pop3("none")
            pop3.command("STLS").ok()
            stream = pop3.stream
        else:
            stream = dial.connect("pop3s")
        answer = stream.probe(b"\x16\x03\x01\x00\x05hello", 5.0)
        stream.close()
    assert isinstance(answer, bytes)
    assert answer.startswith(said)


def test_a_second_greeting_may_come(target_file: Path) -> None:
    with lied_to(target_file, bad_tls(greets_again=True)) as dial:
        assert not dial.pop3("stls").nothing_follows(0.5)


@WAYS
def test_all_above_tls_is_the_true_server(target_file: Path, way: str) -> None:
    """Commands before STLS in one segment, a login under TLS, and its multi-line replies go through unchanged."""
    with lied_to(target_file, bad_tls()) as dial:
        pop3 = dial.pop3(way)
        assert dial.knock(pop3).positive
        assert b"UIDL" in pop3.command("CAPA").capabilities()
        assert pop3.command("LIST").scan_listings() == {}


def test_in_clear_the_relay_changes_nothing(target_file: Path) -> None:
    with lied_to(target_file, bad_tls()) as dial:
        pop3 = dial.pop3("none")
        pop3.send(b"CAPA\r\nNOOP\r\nSTLS now\r\nSTLS\r\n")
        assert [pop3.receive().status for _ in range(4)] == [b"+OK", b"-ERR", b"-ERR", b"+OK"]
        assert isinstance(pop3.start_tls(dial.dialler.tls_settings(host="localhost")), TlsFacts)


def test_a_relay_leaves_nothing_running(target_file: Path) -> None:
    before = threading.active_count()
    with lied_to(target_file, bad_tls()) as dial:
        dial.handshake("stls")
        dial.handshake("implicit")
        assert any("relay" in thread.name for thread in threading.enumerate())
    assert not any("relay" in thread.name for thread in threading.enumerate())
    assert threading.active_count() <= before + 4
