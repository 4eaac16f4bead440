"""Peers that give verdicts on SPF by a table from the client address they were told: an MTA, a policy service, a milter.

They evaluate nothing. What a table has for an address is what they say, right or wrong.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from conformance.wire import smtp
from tests.peers.wrong import Script

_serial = itertools.count(1)


@contextlib.contextmanager
def local_server(script: Script, path: Path) -> Iterator[str]:
    """Serve each connection to a unix socket with a script, and yield its address as a target file has it."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            script(sock)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"unix:{path}"
    finally:
        listening.close()


# The MTA.

Answers = Mapping[str, tuple[str, bytes]]
"""Client address -> at which command it answers what (no octets: it leaves), or b"header" with what it puts in front."""


def mta(answers: Answers, maildir: Path, *, proxied: bool = False, heard: list[bytes] | None = None) -> Script:
    """An MTA that takes XCLIENT from anybody, and the PROXY protocol of either version where that is meant to come."""

    def script(sock: socket.socket) -> None:
        with sock.makefile("rb") as lines:
            address = _proxied(lines) if proxied else sock.getpeername()[0]
            sock.sendall(b"220 peer.test ESMTP\r\n")
            while line := lines.readline():
                if heard is not None:
                    heard.append(line.rstrip(b"\r\n"))
                verb = smtp.verb_of(line).decode()
                place, said = answers.get(address, ("", b""))
                if told := re.match(rb"XCLIENT ADDR=(?:IPV6:)?(\S+)", line):
                    address = told[1].decode()
                    sock.sendall(b"220 peer.test ESMTP\r\n")
                elif place == verb:
                    sock.sendall(said)
                    if not said:
                        return
                elif verb == "EHLO":
                    sock.sendall(b"250-peer.test\r\n250-XCLIENT NAME ADDR HELO\r\n250 ENHANCEDSTATUSCODES\r\n")
                elif verb == "DATA":
                    sock.sendall(b"354 go ahead\r\n")
                    text = b"".join(itertools.takewhile(lambda text: text != b".\r\n", lines))
                    if place not in ("end", "lost"):
                        (maildir / "new" / f"{next(_serial)}.peer").write_bytes(said + text)
                    sock.sendall(said if place == "end" else b"250 2.0.0 taken\r\n")
                else:
                    sock.sendall(b"221 2.0.0 bye\r\n" if verb == "QUIT" else b"250 2.1.0 ok\r\n")

    return script


def _proxied(lines: IO[bytes]) -> str:
    """Read the header of the PROXY protocol, and return the client address in it."""
    head = lines.read(1)
    if head == b"P":
        words = lines.readline().split()
        assert words[:2] in ([b"ROXY", b"TCP4"], [b"ROXY", b"TCP6"])
        return words[2].decode()
    assert head + lines.read(11) == b"\r\n\r\n\0\r\nQUIT\n"
    version, family, size = struct.unpack(">BBH", lines.read(4))
    packed = lines.read(size)
    assert (version, family, size) in ((0x21, 0x11, 12), (0x21, 0x21, 36))
    kind, octets = (socket.AF_INET, 4) if family == 0x11 else (socket.AF_INET6, 16)
    return socket.inet_ntop(kind, packed[:octets])


# The policy service.


def policy(
    answers: Mapping[str, bytes], asked: list[dict[bytes, bytes]] | None = None, *, once: bool = False
) -> Script:
    """A service of Postfix's policy protocol: address -> all the octets of an answer; `once` means one a connection."""

    def script(sock: socket.socket) -> None:
        with sock.makefile("rb") as lines:
            request: dict[bytes, bytes] = {}
            while line := lines.readline():
                if line != b"\n":
                    name, _, value = line.rstrip(b"\n").partition(b"=")
                    request[name] = value
                    continue
                if asked is not None:
                    asked.append(request)
                answer = answers.get(request[b"client_address"].decode(), b"action=DUNNO\n\n")
                sock.sendall(answer)
                if once or not answer.endswith(b"\n\n"):
                    return
                request = {}

    return script


# The milter.


def packet(command: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data) + 1) + command + data


def milter(
    answers: Mapping[str, Mapping[bytes, Sequence[bytes]]],
    *,
    steps: int = 0,
    told: list[tuple[bytes, bytes]] | None = None,
) -> Script:
    """A filter: address -> command -> the packets it is answered by; anything else goes on. `steps` are protocol bits."""
    unanswered = {b"C": 0x1000, b"H": 0x2000, b"M": 0x4000, b"R": 0x8000, b"T": 0x10000, b"L": 0x80, b"N": 0x40000, b"B": 0x80000}  # fmt: skip

    def script(sock: socket.socket) -> None:
        address = ""
        with sock.makefile("rb") as octets:
            while head := octets.read(4):
                body = octets.read(int.from_bytes(head))
                command, data = body[:1], body[1:]
                if told is not None:
                    told.append((command, data))
                if command == b"O":
                    sock.sendall(packet(b"O", struct.pack(">III", 6, 0x1FF, steps)))
                    continue
                if command == b"C":
                    address = data.partition(b"\0")[2][3:].rstrip(b"\0").decode()
                if command == b"Q":
                    return
                if command == b"D" or steps & unanswered.get(command, 0):
                    continue
                said = answers.get(address, {}).get(command, (packet(b"c"),))
                sock.sendall(b"".join(said))
                if not said:
                    return

    return script
