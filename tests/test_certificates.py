"""What the test authority issues is accepted where it should be, and refused for exactly the fault asked for."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from conformance import certificates
from conformance.certificates import Identity


def handshake(server: Identity, trusted: Identity, name: str, folder: Path) -> None:
    """Let Python's ssl module (an independent verifier) meet the certificate in memory; raises ssl.SSLError."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(*server.write(folder, "server"))
    client_context = ssl.create_default_context(cadata=trusted.certificate_pem.decode())
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(down, up, server_hostname=name)
    peer = server_context.wrap_bio(up, down, server_side=True)
    for side in (client, peer, client, peer):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


@pytest.mark.parametrize("name", certificates.LOOPBACK_NAMES)
def test_a_certificate_is_accepted_for_each_of_its_names(tmp_path: Path, name: str) -> None:
    trusted = certificates.authority()
    handshake(certificates.issue(trusted), trusted, name, tmp_path)


@pytest.mark.parametrize(
    ("names", "days", "known", "complaint"),
    [
        (("elsewhere.example.org",), (-1, 30), True, "Hostname mismatch"),
        (("localhost",), (-30, -1), True, "certificate has expired"),
        (("localhost",), (2, 30), True, "not yet valid"),
        (("localhost",), (-1, 30), False, "certificate in certificate chain|unable to get local issuer"),
    ],
)
def test_a_faulty_certificate_is_refused_for_its_fault(
    tmp_path: Path, names: tuple[str, ...], days: tuple[int, int], known: bool, complaint: str
) -> None:
    issuer = certificates.authority("one authority")
    trusted = issuer if known else certificates.authority("another authority")
    with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
        handshake(certificates.issue(issuer, names, days=days), trusted, "localhost", tmp_path)


def test_the_private_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    _, key = certificates.authority().write(tmp_path, "ca")
    assert key.stat().st_mode & 0o777 == 0o600
