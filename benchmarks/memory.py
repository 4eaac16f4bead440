"""Memory while a message of 50 MB is read: peak growth of a fresh process against the message's size."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

SIZE = 50 * 1000 * 1000
LINE = b"x" * 76 + b"\r\n"

READER = """
import resource, sys
from conformance.sessions.pop3 import Pop3
from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder
endpoint = Endpoint(scheme="pop3", host="127.0.0.1", port=int(sys.argv[1]))
recorder = Recorder()
session = Pop3(Dialler(Target(name="big", endpoints=(endpoint,)), recorder).open(endpoint), recorder, 30, lambda name: True)
session.command("NOOP").ok()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
reply = session.command("RETR", 1).ok()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(reply.reply.body.raw), (peak - before) * 1024)
"""


def measure() -> list[tuple[str, str, str, str, str]]:
    """Return the row of the table."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening,), daemon=True).start()
        call = [sys.executable, "-c", READER, str(listening.getsockname()[1])]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
    octets, grown = map(int, done.stdout.split())
    return [
        (
            "memory for a message of 50 MB",
            f"+{grown / 1e6:.0f} MB at the peak",
            f"message {octets / 1e6:.0f} MB",
            f"{grown / octets:.2f}",
            "about 1, and a constant",
        )
    ]


def _serve(listening: socket.socket) -> None:
    sock, _ = listening.accept()
    lines = sock.makefile("rb")
    sock.sendall(b"+OK\r\n")
    lines.readline()
    sock.sendall(b"+OK\r\n")
    lines.readline()
    sock.sendall(b"+OK big\r\n" + LINE * (SIZE // len(LINE)) + b".\r\n")
    sock.recv(1)
