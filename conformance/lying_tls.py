"""Lies in the TLS layer: a relay on loopback that ends TLS itself, in front of the true server.

Towards the server the relay is a client without demands; towards the check it has the certificate, versions, suites
and manners that it was made with (RFC 2595 section 4, RFC 8314 sections 3.4 and 4). Everything above TLS goes through
unchanged, so a check meets one wrong thing and a true server behind it. A relay starts with the first connection that
is made through it and ends with `retire`.
"""

from __future__ import annotations

import functools
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from OpenSSL import SSL

from conformance import certificates
from conformance.certificates import Identity
from conformance.faults import Fault
from conformance.target import Endpoint
from conformance.transport.tls import VERSIONS
from conformance.wire import framing, imap_dialogue, pop3, smtp
from conformance.wire.scanner import Message

PATIENCE = 10.0
STRAGGLE = 0.1
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a relay does towards the client; the defaults are an authority that nobody knows, and nothing else wrong.

    days and names are those of the certificate; versions the lowest and highest; ciphers an OpenSSL list, empty for
    OpenSSL's own; asks: a client certificate; notifies: close_notify before the end; fails: every handshake;
    keeps_clear: commands that came in clear behind STLS or STARTTLS are carried out under TLS; greets_again: after it;
    retort: what a ClientHello that holds the first octets is answered with, and nothing more.
    """

    issuer: Identity | None = None
    names: tuple[str, ...] = certificates.LOOPBACK_NAMES
    days: tuple[int, int] = (-1, 397)
    versions: tuple[str, str] = ("TLSv1.2", "TLSv1.3")
    ciphers: str = ""
    asks: bool = False
    notifies: bool = True
    fails: bool = False
    keeps_clear: bool = False
    greets_again: bool = False
    retort: tuple[bytes, bytes] | None = None

    def context(self) -> SSL.Context:
        """Return what the relay shakes hands with; without a certificate, every handshake fails."""
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(VERSIONS[self.versions[0]])
        context.set_max_proto_version(VERSIONS[self.versions[1]])
        context.set_cipher_list((self.ciphers or "ALL:@SECLEVEL=0").encode())
        if not self.fails:
            identity = certificates.issue(self.issuer or _nobody(), self.names, days=self.days)
            context.use_certificate(identity.certificate)
            context.use_privatekey(identity.key)
        if self.asks:
            context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        return context


@functools.cache
def _nobody() -> Identity:
    return certificates.authority("an authority that nobody knows")


class BadTls(Fault):
    """The fault whose connections go through a relay with these terms."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._relays: dict[Endpoint, Relay] = {}

    def detour(self, endpoint: Endpoint) -> Endpoint:
        if endpoint not in self._relays:
            self._relays[endpoint] = Relay(endpoint, self._terms)
        return self._relays[endpoint].endpoint

    def retire(self) -> None:
        while self._relays:
            self._relays.popitem()[1].close()


def bad_tls(
    *,
    names: tuple[str, ...] = certificates.LOOPBACK_NAMES,
    days: tuple[int, int] = (-1, 397),
    versions: tuple[str, str] = ("TLSv1.2", "TLSv1.3"),
    ciphers: str = "",
    asks: bool = False,
    notifies: bool = True,
    fails: bool = False,
    keeps_clear: bool = False,
    greets_again: bool = False,
    retort: tuple[bytes, bytes] | None = None,
) -> Fault:
    """Let a relay end TLS in front of the server on these Terms; its certificate is from an authority nobody knows."""
    terms = Terms(
        names=names, days=days, versions=versions, ciphers=ciphers, asks=asks, notifies=notifies, fails=fails,
        keeps_clear=keeps_clear, greets_again=greets_again, retort=retort,
    )  # fmt: skip
    return BadTls(terms)


class Relay:
    """A listening socket, one thread that accepts, and one for each conversation; close() ends them all."""

    def __init__(self, server: Endpoint, terms: Terms) -> None:
        self._server = server
        self._terms = terms
        self._context = terms.context()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._live: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.endpoint = Endpoint(scheme=server.scheme, host="127.0.0.1", port=self._listener.getsockname()[1])
        self._start(self._accept)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True, name=f"relay to {self._server}")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # close() shut the listener down
                return
            self._start(functools.partial(self._serve, client))

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((self._server.host, self._server.port), PATIENCE)
        except OSError:
            client.close()
            return
        with client, server:
            self._live |= {client, server}
            try:
                Conversation(_Side(client), _Side(server), self._terms, self._context, self._server.protocol).run(
                    self._server.implicit_tls
                )
            except (OSError, SSL.Error):
                return  # whoever broke it off, both ends are closed now
            finally:
                self._live -= {client, server}

    def close(self) -> None:
        """Stop listening, cut what still runs, and wait for the threads."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in tuple(self._live):
            _cut(sock)
        for thread in self._threads:
            thread.join(PATIENCE)


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself


class _Side:
    """One end of a relay: a socket, under TLS once it has shaken hands."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.over = False
        self._tls: SSL.Connection | None = None

    def shake(self, context: SSL.Context, *, accept: bool, retort: tuple[bytes, bytes] | None = None) -> bool:
        """Shake hands; False if it fails, after the alert is sent, or if the retort was given instead."""
        tls = SSL.Connection(context, None)
        (tls.set_accept_state if accept else tls.set_connect_state)()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                tls.do_handshake()
            except SSL.WantReadError:
                self._flush(tls)
                wire = self.sock.recv(CHUNK)
                if not wire:
                    return False
                if retort and retort[0] in wire:
                    self.sock.sendall(retort[1])
                    return False
                tls.bio_write(wire)
            except SSL.Error:
                self._flush(tls)
                return False
            else:
                self._flush(tls)
                self._tls = tls
                return True
        return False

    def _flush(self, tls: SSL.Connection) -> None:
        while True:
            try:
                self.sock.sendall(tls.bio_read(CHUNK))
            except SSL.WantReadError:
                return

    def read(self) -> bytes | None:
        """Return what is there, b"" for records without data, None at the end."""
        wire = self.sock.recv(CHUNK)
        if self._tls is None:
            return wire or None
        if not wire:
            return None
        self._tls.bio_write(wire)
        return self.decrypted()

    def decrypted(self) -> bytes:
        """Return what has come under TLS and was not read yet."""
        data = bytearray()
        while self._tls is not None:
            try:
                data += self._tls.recv(CHUNK)
            except SSL.WantReadError:
                break
            except SSL.Error:  # close_notify among them
                self.over = True
                break
        return bytes(data)

    def write(self, data: bytes) -> None:
        if self._tls is None:
            self.sock.sendall(data)
            return
        for start in range(0, len(data), 1 << 14):
            self._tls.send(data[start : start + (1 << 14)])
        self._flush(self._tls)

    def notify(self) -> None:
        """Send close_notify (RFC 8446 section 6.1)."""
        if self._tls is not None:
            self._tls.shutdown()
            self._flush(self._tls)

    def stirs(self, seconds: float) -> bool:
        """Whether octets come within so many seconds."""
        return bool(select.select([self.sock], [], [], seconds)[0])


@dataclass(frozen=True)
class _Manners:
    """How a protocol begins TLS: its command, the word that agrees to it, and what a second greeting would be."""

    dialogue: type[pop3.Dialogue | imap_dialogue.Dialogue | smtp.Dialogue]
    verb: bytes
    agreed: bytes
    greeting: bytes


MANNERS = {
    "pop3": _Manners(pop3.Dialogue, b"STLS", b"+OK", b"+OK here I am again\r\n"),
    "imap": _Manners(imap_dialogue.Dialogue, b"STARTTLS", b"OK", b"* OK here I am again\r\n"),
    "smtp": _Manners(smtp.Dialogue, b"STARTTLS", b"220", b"220 here I am again\r\n"),
}


class Conversation:
    """One client and one server with the relay between them."""

    def __init__(
        self, client: _Side, server: _Side, terms: Terms, context: SSL.Context, protocol: str = "pop3"
    ) -> None:
        self._client = client
        self._server = server
        self._terms = terms
        self._context = context
        self._manners = MANNERS[protocol]
        self._dialogue = self._manners.dialogue()
        self._commands = framing.Inbox()
        self._stls_runs = False

    def run(self, implicit: bool) -> None:
        """Pass on until either side ends."""
        if self._both_shake() if implicit else self._until_stls():
            if not implicit and self._terms.greets_again:
                self._client.write(self._manners.greeting)
            self._pass_on()
        if self._terms.notifies:
            self._client.notify()

    def _both_shake(self) -> bool:
        return self._server.shake(_undemanding(), accept=False) and self._client.shake(
            self._context, accept=True, retort=self._terms.retort
        )

    def _pass_on(self) -> None:
        """Copy both ways; what is read is read to the last octet, so that none waits inside TLS."""
        self._server.write(self._client.decrypted())  # it may have come with the end of the handshake
        self._client.write(self._server.decrypted())
        while True:
            ready, _, _ = select.select([self._client.sock, self._server.sock], [], [])
            for source, sink in ((self._client, self._server), (self._server, self._client)):
                if source.sock in ready:
                    data = source.read()
                    sink.write(data or b"")
                    if data is None or source.over:
                        return

    def _until_stls(self) -> bool:
        """Pass commands and replies on in clear; True once STLS has brought TLS on both sides."""
        while True:
            ready, _, _ = select.select([self._client.sock, self._server.sock], [], [])
            if self._client.sock in ready and not self._commands_came(self._client.read()):
                return False
            if self._server.sock in ready:
                data = self._server.read()
                if data is None:
                    self._client.write(self._dialogue.partial)
                    return False
                self._dialogue.received(data)
                if self._replies_came():
                    return self._switch()

    def _commands_came(self, data: bytes | None) -> bool:
        if data is None:
            return False
        self._commands.feed(data)
        self._tell()
        return True

    def _tell(self) -> None:
        """Give the server whole lines, but nothing behind STLS before that is answered."""
        while not self._stls_runs and isinstance(line := framing.line(self._commands), Message):
            self._dialogue.sent(line.raw)
            self._stls_runs = self._manners.verb in line.raw.upper().split()[:2]
            self._server.write(line.raw)

    def _replies_came(self) -> bool:
        """Hand replies to the client; True if one of them lets TLS begin."""
        while isinstance(reply := self._dialogue.next(), pop3.Reply | imap_dialogue.Reply | smtp.Reply):
            stls = (
                reply.final
                and reply.command is not None
                and reply.command.verb == self._manners.verb
                and self._stls_runs
            )
            if stls and self._terms.keeps_clear and self._client.stirs(STRAGGLE):
                self._commands.feed(self._client.read() or b"")
            self._client.write(reply.raw)
            if stls and self._manners.agreed in reply.raw.upper().split()[:2]:
                return True
            if stls:
                self._stls_runs = False
                self._tell()
        return False

    def _switch(self) -> bool:
        shaken = self._both_shake()
        if shaken and self._terms.keeps_clear:
            self._server.write(bytes(self._commands.octets))
        return shaken


@functools.cache
def _undemanding() -> SSL.Context:
    """What the relay shakes hands with towards the true server: any certificate, any version."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    return context
