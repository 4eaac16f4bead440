"""A tiny SMTP server with STARTTLS (RFC 3207), right or wrong about what came in clear: where a check finds a liar."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from conformance import certificates
from tests.peers.tls import context


class Clear(StrEnum):
    """What becomes of commands that were sent in clear behind STARTTLS."""

    DISCARDED = "discarded"
    REFUSED = "refused"  # with STARTTLS itself, as what must be the last command of a group (RFC 3207 section 4)
    CARRIED_OUT = "carried out"  # under TLS: the command injection that RFC 3207 section 4.2 forbids
    CARRIED_OUT_LATER = "carried out later"  # as soon as something more is read


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How the server behaves; it takes no mail beyond RCPT."""

    clear: Clear = Clear.DISCARDED
    demands_tls: bool = False


class Session:
    """One connection."""

    def __init__(self, sock: socket.socket, server: ssl.SSLContext, manners: Manners) -> None:
        self._sock, self._server, self._manners = sock, server, manners
        self._buffer = b""
        self._tls = self._hello = self._mail = False

    def serve(self) -> None:
        self._say(b"220 peer.test ESMTP\r\n")
        while (line := self._line()) is not None and self._answer(line):
            pass

    def close(self) -> None:
        self._sock.close()

    def _say(self, reply: bytes) -> None:
        self._sock.sendall(reply)

    def _line(self, *, more: bool = False) -> bytes | None:
        while more or b"\r\n" not in self._buffer:
            octets = self._sock.recv(65536)
            if not octets:
                return None
            self._buffer += octets
            more = False
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _answer(self, line: bytes) -> bool:
        verb = line.partition(b" ")[0].upper()
        if verb == b"STARTTLS":
            return self._starttls(line)
        if self._manners.demands_tls and not self._tls and verb not in (b"NOOP", b"EHLO", b"QUIT"):
            self._say(b"530 5.7.0 Must issue a STARTTLS command first\r\n")
        elif verb == b"EHLO":
            self._hello, self._mail = True, False
            self._say(b"250-peer.test\r\n250-ENHANCEDSTATUSCODES\r\n")
            self._say(b"250 HELP\r\n" if self._tls else b"250 STARTTLS\r\n")
        else:
            self._say(self._command(verb))
        return verb != b"QUIT"

    def _command(self, verb: bytes) -> bytes:
        if verb == b"MAIL" and self._hello:
            self._mail = True
            return b"250 2.1.0 go on\r\n"
        if verb == b"RCPT" and self._mail:
            return b"250 2.1.5 go on\r\n"
        if verb in (b"MAIL", b"RCPT", b"DATA"):
            return b"503 5.5.1 not now\r\n"
        known = {b"NOOP": b"250 2.0.0 ok\r\n", b"RSET": b"250 2.0.0 ok\r\n", b"QUIT": b"221 2.0.0 bye\r\n"}
        return known.get(verb, b"500 5.5.2 what is this?\r\n")

    def _starttls(self, line: bytes) -> bool:
        manner = self._manners.clear
        if self._tls or line.upper() != b"STARTTLS" or (manner is Clear.REFUSED and self._buffer):
            self._say(b"503 5.5.1 not here\r\n" if self._tls else b"501 5.5.4 nothing may follow\r\n")
            return self._tls or manner is not Clear.REFUSED
        if manner in (Clear.DISCARDED, Clear.REFUSED):
            self._buffer = b""
        self._say(b"220 2.0.0 begin\r\n")
        self._sock = self._server.wrap_socket(self._sock, server_side=True)
        self._tls, self._hello, self._mail = True, False, False
        if manner is Clear.CARRIED_OUT_LATER and self._buffer:
            late = self._line(more=True)
            return late is not None and self._answer(late)
        return True


@contextlib.contextmanager
def serving(folder: Path, manners: Manners, *, name: str = "peer") -> Iterator[Path]:
    """Run the server and yield the path of its target file."""
    authority = certificates.authority("peers")
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    server = context(certificates.issue(authority, names=("localhost", "127.0.0.1")), folder)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            sock.settimeout(20)
            with contextlib.closing(Session(sock, server, manners)) as session:
                session.serve()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    file = folder / "target.toml"
    file.write_text(
        f'name = "{name}"\nendpoints = ["smtp://127.0.0.1:{listening.getsockname()[1]}"]\npatience = "3s"\n'
        f'[tls]\nca = "{folder / "ca.pem"}"\nserver_name = "localhost"\n'
        '[[account]]\nuser = "ann"\npassword = "ann-secret"\naddress = "ann@peer.test"\n'
    )
    try:
        yield file
    finally:
        listening.close()
