"""TLS over memory BIOs (pyOpenSSL): handshakes on any stream, with everything about the peer as a value.

The certificate is never a reason to stop: it is judged (chain, name, dates) and reported, since a check must be able
to talk to a server whose certificate is wrong. Versions and suites are those of RFC 8314 section 4.1 and RFC 8446.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from OpenSSL import SSL, crypto

from conformance.certificates import Identity

VERSIONS = {
    "TLSv1": SSL.TLS1_VERSION,
    "TLSv1.1": SSL.TLS1_1_VERSION,
    "TLSv1.2": SSL.TLS1_2_VERSION,
    "TLSv1.3": SSL.TLS1_3_VERSION,
}
_OLD = {"TLSv1", "TLSv1.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """What the client side asks for: trusted authorities (PEM file, empty: the system's), name, versions, ciphers."""

    ca: str = ""
    server_name: str = ""
    lowest: str = "TLSv1.2"
    highest: str = "TLSv1.3"
    ciphers: str = ""
    keylog: Callable[[bytes], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What a handshake showed; `trouble` says why the certificate is not valid for the name, empty if it is."""

    version: str
    cipher: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    trouble: str
    client_certificate_asked: bool

    def __str__(self) -> str:
        return f"{self.version} {self.cipher} {self.subject} {self.trouble or 'certificate valid'}"


@dataclass(frozen=True, slots=True)
class TlsFailure:
    """A handshake that did not succeed, in OpenSSL's words."""

    why: str


@functools.cache
def _system() -> SSL.Context:
    """Hold the system's authorities for good: pyOpenSSL's store points into its context and does not keep it alive."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_default_verify_paths()
    return context


@functools.cache
def _trusted(ca: str) -> crypto.X509Store:
    if not ca:
        return _system().get_cert_store() or crypto.X509Store()
    store = crypto.X509Store()
    store.load_locations(ca)
    return store


def _context(settings: TlsSettings) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    context.set_min_proto_version(VERSIONS[settings.lowest])
    context.set_max_proto_version(VERSIONS[settings.highest])
    if settings.lowest in _OLD:
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
    if settings.ciphers:
        context.set_cipher_list(settings.ciphers.encode())
    if settings.keylog:
        keylog = settings.keylog
        context.set_keylog_callback(lambda _, line: keylog(line))
    return context


class Side:
    """One side of a TLS connection; octets of the wire go in and out as values."""

    def __init__(self, context: SSL.Context) -> None:
        self._connection = SSL.Connection(context, None)
        self.failure = ""
        self.notified = False

    def step(self, wire: bytes) -> bool:
        """Advance the handshake by what came; True when it is done."""
        if wire:
            self._connection.bio_write(wire)
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            self.failure = _words(error)
            return False
        return True

    def encrypt(self, data: bytes) -> bytes:
        """Return the records that carry data."""
        try:
            view = memoryview(data)
            while view:
                view = view[self._connection.send(bytes(view[: 1 << 14])) :]
        except SSL.Error as error:
            self.failure = _words(error)
        return self.outgoing()

    def outgoing(self) -> bytes:
        """Return the records that wait to be sent."""
        wire = bytearray()
        while True:
            try:
                wire += self._connection.bio_read(1 << 16)
            except SSL.WantReadError:
                return bytes(wire)

    def decrypt(self, wire: bytes) -> bytes:
        """Return the plaintext of records; an alert, or their end, shows in `failure` and `notified`."""
        if wire:
            self._connection.bio_write(wire)
        data = bytearray()
        while True:
            try:
                data += self._connection.recv(1 << 16)
            except SSL.WantReadError:
                return bytes(data)
            except SSL.ZeroReturnError:
                self.notified = True
                return bytes(data)
            except SSL.Error as error:
                self.failure = _words(error)
                return bytes(data)

    def close(self) -> bytes:
        """Return the close_notify record (RFC 8446 section 6.1)."""
        try:
            self._connection.shutdown()
        except SSL.Error:
            return b""
        return self.outgoing()


class TlsServer(Side):
    """The server side: it has a certificate, asks for none, and takes any client of TLS 1.0 or later."""

    def __init__(self, identity: Identity) -> None:
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.use_certificate(identity.certificate)
        context.use_privatekey(identity.key)
        super().__init__(context)
        self._connection.set_accept_state()

    def __str__(self) -> str:
        return f"{self._connection.get_protocol_version_name()} {self._connection.get_cipher_name() or ''}"


class Tls(Side):
    """The client side."""

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self._asked = False
        context = _context(settings)
        context.set_info_callback(self._watch)
        super().__init__(context)
        if settings.server_name and not _is_address(settings.server_name):
            self._connection.set_tlsext_host_name(settings.server_name.encode("idna"))
        self._connection.set_connect_state()

    def _watch(self, connection: SSL.Connection, _where: int, _code: int) -> None:
        # the state while a CertificateRequest is read (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4)
        if b"certificate request" in connection.get_state_string().lower():
            self._asked = True

    def facts(self) -> TlsFacts:
        """Return what the finished handshake showed."""
        chain = self._connection.get_peer_cert_chain(as_cryptography=True) or []
        leaf = chain[0] if chain else None
        return TlsFacts(
            version=self._connection.get_protocol_version_name(),
            cipher=self._connection.get_cipher_name() or "",
            subject=leaf.subject.rfc4514_string() if leaf else "",
            issuer=leaf.issuer.rfc4514_string() if leaf else "",
            names=_names(leaf) if leaf else (),
            not_before=leaf.not_valid_before_utc.isoformat() if leaf else "",
            not_after=leaf.not_valid_after_utc.isoformat() if leaf else "",
            trouble=_trouble(chain, self._settings),
            client_certificate_asked=self._asked,
        )


def _trouble(chain: list[x509.Certificate], settings: TlsSettings) -> str:
    """Say why a chain is not valid for the name (RFC 5280 section 6, RFC 6125 section 6); empty if it is."""
    if not chain:
        return "no certificate"
    leaf, *others = (crypto.X509.from_cryptography(certificate) for certificate in chain)
    try:
        crypto.X509StoreContext(_trusted(settings.ca), leaf, others).verify_certificate()
    except crypto.X509StoreContextError as error:
        return str(error)
    if settings.server_name and not any(_covers(name, settings.server_name) for name in _names(chain[0])):
        return f"the certificate is for {', '.join(_names(chain[0])) or 'no name'}, not for {settings.server_name}"
    return ""


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return _common_names(certificate)
    addresses = tuple(str(address) for address in names.get_values_for_type(x509.IPAddress))
    return (*names.get_values_for_type(x509.DNSName), *addresses)


def _common_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the names of a certificate that has no subjectAltName (RFC 7817 section 3 allows a client to go by them)."""
    return tuple(str(name.value) for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME))


def _covers(pattern: str, name: str) -> bool:
    """Compare a subjectAltName with the name asked for, one left-most wildcard label allowed (RFC 6125 section 6.4.3)."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:] and not _is_address(name)
    return pattern == name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _words(error: SSL.Error) -> str:
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return "; ".join(reason[-1] for reason in reasons) or f"TLS ended without close_notify ({type(error).__name__})"
