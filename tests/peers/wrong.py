"""Servers that misbehave towards the harness: each is one function from a connected socket to trouble."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Script = Callable[[socket.socket], None]


@contextlib.contextmanager
def wrong_server(script: Script) -> Iterator[int]:
    """Serve each connection with a script, and yield the port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            sock.settimeout(20)
            script(sock)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def silent(sock: socket.socket) -> None:
    sock.recv(1)


def mute(sock: socket.socket) -> None:
    """Hear everything out and say nothing."""
    while sock.recv(4096):
        pass


def garbage(sock: socket.socket) -> None:
    sock.sendall(b"\x00\xff\x16\x03\x01garbage\x1b[2J\r\nmore\r\n")
    sock.recv(1)


def not_pop3(sock: socket.socket) -> None:
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    sock.recv(1)


def endless_line(sock: socket.socket) -> None:
    while True:
        sock.sendall(b"+OK " + b"x" * 65536)


def refusing(sock: socket.socket) -> None:
    sock.sendall(b"-ERR [SYS/TEMP] too many connections\r\n")


def closing(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_RDWR)


def dripping(sock: socket.socket) -> None:
    """One octet of a greeting that never ends, each half second."""
    while True:
        sock.sendall(b"x")
        threading.Event().wait(0.2)


def dialogue(*replies: bytes, then: Script = closing) -> Script:
    """Answer line by line with these replies, and end as `then` says."""

    def script(sock: socket.socket) -> None:
        lines = sock.makefile("rb")
        for reply in replies:
            sock.sendall(reply)
            if not lines.readline():
                return
        then(sock)

    return script


def endless_body(sock: socket.socket) -> None:
    sock.sendall(b"+OK\r\n")
    while True:
        sock.sendall(b"1 100\r\n" * 8192)


def tagged_dialogue(*replies: bytes, then: Script = closing) -> Script:
    """Answer line by line like dialogue(); `<tag>` in a reply stands for the first word of the line it answers."""

    def script(sock: socket.socket) -> None:
        lines, tag = sock.makefile("rb"), b""
        for reply in replies:
            sock.sendall(reply.replace(b"<tag>", tag))
            line = lines.readline()
            if not line:
                return
            tag = line.split(None, 1)[0] if line.strip() else b""
        then(sock)

    return script


def endless_literal(sock: socket.socket) -> None:
    sock.sendall(b"* 1 FETCH (BODY[] {9999999999}\r\n")
    while True:
        sock.sendall(b"x" * 65536)


def flooding(sock: socket.socket) -> None:
    while True:
        sock.sendall(b"* OK still working on it\r\n" * 4096)
