"""TLS on a stream: facts and failures as values, against the relay that lies and peers that do worse."""

from __future__ import annotations

import gc
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from conformance import certificates
from conformance.certificates import DAY, Identity
from conformance.sessions.pop3 import Pop3
from conformance.transcript import Transcript
from conformance.transport.dialler import Recorder
from conformance.transport.stream import Closed, Reset, Silence, Stream
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from tests.peers import wrong
from tests.peers.tls import ServerSide, context
from tests.peers.wrong import Script, wrong_server

PATIENCE = 5.0
GREETING = b"+OK hello\r\n"


@pytest.fixture(scope="module")
def authority() -> Identity:
    return certificates.authority()


@pytest.fixture(scope="module")
def ca(authority: Identity, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_bytes(authority.certificate_pem)
    return str(file)


@pytest.fixture
def server(authority: Identity, tmp_path: Path) -> ssl.SSLContext:
    return context(certificates.issue(authority), tmp_path)


@contextmanager
def connected(script: Script) -> Iterator[Stream]:
    """A stream to a peer that runs a script."""
    with wrong_server(script) as port:
        sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        stream = Stream(sock, Transcript(1, f"pop3://127.0.0.1:{port}"))
        try:
            yield stream
        finally:
            stream.close()


def greets(server: ssl.SSLContext) -> Script:
    """Shake hands, greet, and wait for the client to end."""

    def script(sock: socket.socket) -> None:
        side = ServerSide(sock, server)
        side.shake()
        side.write(GREETING)
        side.flush()
        sock.recv(1)

    return script


def mute(sock: socket.socket) -> None:
    while sock.recv(65536):
        pass


def shake(stream: Stream, settings: TlsSettings) -> TlsFacts:
    shaken = stream.start_tls(settings, PATIENCE)
    assert isinstance(shaken, TlsFacts), shaken
    return shaken


def facts(script: Script, settings: TlsSettings) -> TlsFacts:
    with connected(script) as stream:
        return shake(stream, settings)


def test_a_handshake_is_told_as_facts(ca: str, server: ssl.SSLContext) -> None:
    with connected(greets(server)) as stream:
        found = shake(stream, TlsSettings(ca=ca, server_name="localhost"))
        assert stream.receive(PATIENCE) == GREETING
    assert (found.version, found.trouble, found.client_certificate_asked) == ("TLSv1.3", "", False)
    assert found.names == certificates.LOOPBACK_NAMES
    assert found.subject == "CN=localhost"
    assert found.not_before < found.not_after
    assert f"{found.version} {found.cipher}".encode() in b"".join(e.data for e in stream.transcript if e.kind == "tls")


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_the_versions_asked_for_are_the_versions_spoken(ca: str, server: ssl.SSLContext, version: str) -> None:
    found = facts(greets(server), TlsSettings(ca=ca, server_name="localhost", lowest=version, highest=version))
    assert found.version == version


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_client_certificate_asked_for_is_seen(ca: str, server: ssl.SSLContext, version: str) -> None:
    server.load_verify_locations(ca)
    server.verify_mode = ssl.CERT_OPTIONAL
    assert facts(greets(server), TlsSettings(ca=ca, lowest=version, highest=version)).client_certificate_asked


@pytest.mark.parametrize(
    ("names", "days", "said"),
    [
        (("localhost",), (-30, -1), "expired"),
        (("localhost",), (2, 30), "not yet valid"),
        (("pop.example.test",), (-1, 30), "is for pop.example.test, not for localhost"),
    ],
)
def test_a_wrong_certificate_is_told_and_not_raised(
    authority: Identity, ca: str, tmp_path: Path, names: tuple[str, ...], days: tuple[int, int], said: str
) -> None:
    server = context(certificates.issue(authority, names, days=days), tmp_path)
    with connected(greets(server)) as stream:
        assert said in shake(stream, TlsSettings(ca=ca, server_name="localhost")).trouble
        assert stream.receive(PATIENCE) == GREETING


def test_an_unknown_authority_is_told(ca: str, tmp_path: Path) -> None:
    server = context(certificates.issue(certificates.authority("somebody else")), tmp_path)
    assert "self-signed" in facts(greets(server), TlsSettings(ca=ca, server_name="localhost")).trouble


@pytest.mark.parametrize(
    ("certified", "name", "good"),
    [
        ("*.example.test", "pop.example.test", True),
        ("*.example.test", "POP.Example.Test", True),
        ("*.example.test", "example.test", False),
        ("*.example.test", "a.pop.example.test", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
    ],
)
def test_names_are_compared_as_rfc_6125_says(
    authority: Identity, ca: str, tmp_path: Path, certified: str, name: str, good: bool
) -> None:
    server = context(certificates.issue(authority, (certified,)), tmp_path)
    assert (facts(greets(server), TlsSettings(ca=ca, server_name=name)).trouble == "") is good


def test_a_certificate_without_alternative_names_goes_by_its_common_name(
    authority: Identity, ca: str, tmp_path: Path
) -> None:
    full = certificates.issue(authority, ("localhost",))
    builder = x509.CertificateBuilder(
        subject_name=full.certificate.subject,
        issuer_name=authority.certificate.subject,
        public_key=full.key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=full.certificate.not_valid_before_utc,
        not_valid_after=full.certificate.not_valid_before_utc + 30 * DAY,
    )
    bare = Identity(certificate=builder.sign(authority.key, hashes.SHA256()), key=full.key, issuers=full.issuers)
    assert facts(greets(context(bare, tmp_path)), TlsSettings(ca=ca, server_name="localhost")).trouble == ""


def test_the_authorities_of_the_system_serve_where_none_are_given(server: ssl.SSLContext) -> None:
    for _ in range(3):
        assert facts(greets(server), TlsSettings(server_name="localhost")).trouble
        gc.collect()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (mute, "no answer to the handshake"),
        (wrong.closing, "closed the connection during the handshake"),
        (wrong.not_pop3, "wrong version number"),
    ],
)
def test_a_failed_handshake_is_a_value(script: Script, said: str) -> None:
    with connected(script) as stream:
        shaken = stream.start_tls(TlsSettings(), 0.3)
    assert isinstance(shaken, TlsFailure)
    assert said in shaken.why


def test_a_version_that_the_server_refuses_is_a_value(ca: str, server: ssl.SSLContext) -> None:
    with connected(greets(server)) as stream:
        shaken = stream.start_tls(TlsSettings(ca=ca, lowest="TLSv1", highest="TLSv1"), PATIENCE)
    assert isinstance(shaken, TlsFailure)
    assert "alert" in shaken.why


def test_the_keys_are_logged(ca: str, server: ssl.SSLContext) -> None:
    lines: list[bytes] = []
    for version in ("TLSv1.2", "TLSv1.3"):
        facts(greets(server), TlsSettings(ca=ca, lowest=version, highest=version, keylog=lines.append))
    labels = {line.split()[0] for line in lines}
    assert {b"CLIENT_RANDOM", b"CLIENT_TRAFFIC_SECRET_0", b"SERVER_TRAFFIC_SECRET_0"} <= labels


def test_octets_in_clear_behind_the_answer_to_stls_stay_visible_and_count_for_nothing(
    ca: str, server: ssl.SSLContext
) -> None:
    def script(sock: socket.socket) -> None:
        sock.sendall(GREETING)
        sock.recv(100)
        sock.sendall(b"+OK begin\r\n+OK injected\r\n")
        side = ServerSide(sock, server)
        side.shake()
        side.flush()
        side.read()
        side.write(b"-ERR the true answer\r\n")
        side.flush()
        sock.recv(1)

    with connected(script) as stream:
        recorder = Recorder()
        recorder.transcripts.append(stream.transcript)
        session = Pop3(stream, recorder, PATIENCE, lambda _: True)
        session.command("STLS").ok()
        assert isinstance(session.start_tls(TlsSettings(ca=ca)), TlsFacts)
        assert session.command("STAT").text == b"the true answer"
    assert b"+OK injected\r\n" in stream.transcript.bytes_of("S")


def test_octets_in_one_segment_with_the_end_of_the_handshake_are_not_lost(
    authority: Identity, ca: str, tmp_path: Path
) -> None:
    old = context(certificates.issue(authority), tmp_path, highest=ssl.TLSVersion.TLSv1_2)
    with connected(greets(old)) as stream:
        shake(stream, TlsSettings(ca=ca))
        assert stream.receive(PATIENCE) == GREETING


def ends(server: ssl.SSLContext, *, notifies: bool, seen: list[bytes]) -> Script:
    """Greet and end in one segment; what the client says then is noted."""

    def script(sock: socket.socket) -> None:
        side = ServerSide(sock, server)
        side.shake()
        side.flush()
        side.write(GREETING)
        if notifies:
            side.notify()
        side.flush()
        if notifies:
            seen.append(sock.recv(100))

    return script


def test_close_notify_is_seen_and_answered(ca: str, server: ssl.SSLContext) -> None:
    """The server waits for our close_notify before it closes TCP, as it may."""
    seen: list[bytes] = []
    with connected(ends(server, notifies=True, seen=seen)) as stream:
        shake(stream, TlsSettings(ca=ca))
        assert stream.receive(PATIENCE) == GREETING
        assert stream.receive(PATIENCE) == Closed(tls_notified=True)
        assert stream.receive(PATIENCE) == Closed(tls_notified=True)
    assert [event.data for event in stream.transcript if event.kind == "close" and event.side == "S"] == [
        b"close_notify"
    ]


def test_an_end_without_close_notify_is_told(ca: str, server: ssl.SSLContext) -> None:
    with connected(ends(server, notifies=False, seen=[])) as stream:
        shake(stream, TlsSettings(ca=ca))
        assert stream.receive(PATIENCE) == GREETING
        assert stream.receive(PATIENCE) == Closed(tls_notified=False)


def test_garbage_under_tls_is_a_reset_with_the_reason(ca: str, server: ssl.SSLContext) -> None:
    def script(sock: socket.socket) -> None:
        side = ServerSide(sock, server)
        side.shake()
        side.flush()
        sock.sendall(b"+OK in clear after all\r\n")
        sock.recv(1)

    with connected(script) as stream:
        shake(stream, TlsSettings(ca=ca))
        ending = stream.receive(PATIENCE)
    assert isinstance(ending, Reset)
    assert ending.why


def test_silence_under_tls_is_silence(ca: str, server: ssl.SSLContext) -> None:
    def script(sock: socket.socket) -> None:
        side = ServerSide(sock, server)
        side.shake()
        side.flush()
        sock.recv(65536)
        sock.recv(1)

    with connected(script) as stream:
        shake(stream, TlsSettings(ca=ca))
        assert stream.receive(0.05) == Silence(0.05)


def test_a_megabyte_goes_both_ways(ca: str, server: ssl.SSLContext) -> None:
    sent = bytes(range(256)) * 4096

    def echoes(sock: socket.socket) -> None:
        side = ServerSide(sock, server)
        side.shake()
        side.flush()
        while True:
            side.write(side.read())
            side.flush()

    with connected(echoes) as stream:
        shake(stream, TlsSettings(ca=ca))
        stream.send(sent)
        received = b""
        while len(received) < len(sent) and isinstance(data := stream.receive(PATIENCE), bytes):
            received += data
    assert received == sent
