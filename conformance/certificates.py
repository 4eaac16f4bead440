"""Certificates for tests (RFC 5280): an authority, what it issues, and what a client must refuse.

Nothing here trusts or checks: a wrong name, a date gone by or an authority nobody knows are asked for like any other
argument, because a TLS check needs each of them. Keys are EC P-256: made in a millisecond, so every run makes its own
and none is ever kept or shipped.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A certificate, its private key and the certificates above it, nearest first."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone: what a client is given to trust when this is an authority."""
        return _pem(self.certificate)

    @property
    def chain_pem(self) -> bytes:
        """The certificate and its issuers, in the order a TLS server sends them (RFC 8446 section 4.4.2)."""
        return b"".join(_pem(each) for each in (self.certificate, *self.issuers))

    @property
    def key_pem(self) -> bytes:
        """The private key, not encrypted, as PKCS #8 (RFC 5958)."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def write(self, directory: Path, stem: str) -> tuple[Path, Path]:
        """Write STEM.pem (the chain) and STEM.key (mode 0600) and return both paths; raises OSError."""
        chain, key = directory / f"{stem}.pem", directory / f"{stem}.key"
        chain.write_bytes(self.chain_pem)
        key.unlink(missing_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self.key_pem)
        return chain, key


def authority(common_name: str = "mailconform test authority") -> Identity:
    """Make a self-signed authority valid from yesterday for ten years; a second one is the unknown authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    builder = _builder(name, name, key, days=(-1, 3650), issuer_key=key)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=True), critical=True)
    return Identity(certificate=builder.sign(key, hashes.SHA256()), key=key)


def issue(issuer: Identity, names: Iterable[str] = LOOPBACK_NAMES, *, days: tuple[int, int] = (-1, 397)) -> Identity:
    """Issue a server certificate for DNS names and IP addresses, valid between two days counted from today.

    A negative second day makes one that has expired, a positive first day one that is not yet valid; names that are
    not the server's make one for somebody else (RFC 5280 sections 4.1.2.5 and 4.2.1.6).
    """
    wanted = tuple(names)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(wanted[0]), issuer.certificate.subject, key, days=days, issuer_key=issuer.key)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([_general_name(name) for name in wanted]), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    certificate = builder.sign(issuer.key, hashes.SHA256())
    return Identity(certificate=certificate, key=key, issuers=(issuer.certificate, *issuer.issuers))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    days: tuple[int, int],
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)
    # Both key identifiers are asked for by strict verifiers (RFC 5280 sections 4.2.1.1 and 4.2.1.2).
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    issuer_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(issuer_identifier, critical=False)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
