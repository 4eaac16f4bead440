"""The server side of TLS with every octet in the hand of the test: what is sent when, and in which segment."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from conformance.certificates import Identity


def context(identity: Identity, folder: Path, *, highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """What a server shakes hands with; certificate and key are written to the folder."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*identity.write(folder, "peer"))
    made.maximum_version = highest
    return made


class ServerSide:
    """One TLS connection of a server; nothing is sent until flush()."""

    def __init__(self, sock: socket.socket, server: ssl.SSLContext) -> None:
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = server.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def shake(self) -> None:
        """Shake hands; what the server says last stays unsent."""
        self._until(self._tls.do_handshake)

    def read(self) -> bytes:
        return self._until(lambda: self._tls.read(65536))

    def write(self, data: bytes) -> None:
        self._tls.write(data)

    def notify(self) -> None:
        """Say close_notify, without waiting for the client's."""
        try:
            self._tls.unwrap()
        except ssl.SSLWantReadError:
            return

    def flush(self) -> None:
        self._sock.sendall(self._outgoing.read())

    def _until(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.flush()
                wire = self._sock.recv(65536)
                if not wire:
                    raise ConnectionError("the client has gone") from None
                self._incoming.write(wire)
            except ssl.SSLError:
                self.flush()  # the alert
                raise
