"""Commands a second through session, parser and transcript, against a bare socket loop and against poplib.

The three take turns in short rounds on one server, so that whatever else the machine does meets all of them; the best
round of each counts.
"""

from __future__ import annotations

import poplib
import socket
import time
from collections.abc import Callable

from conformance.dial_pop3 import Pop3Dial
from conformance.discovery_pop3 import discover
from conformance.target import Target
from conformance.transport.dialler import Dialler, Recorder

ROUND = 3000
ROUNDS = 7


def measure(target: Target) -> list[tuple[str, str, str, str, str]]:
    """Return the rows of the table; raises CannotJudge."""
    dialler = Dialler(target, Recorder())
    profile = discover(target, dialler)
    session = Pop3Dial(profile, dialler).login(target.accounts[0])
    endpoint = target.endpoint("pop3")
    account = target.accounts[1]
    bare = socket.create_connection((endpoint.host, endpoint.port))
    bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _talk(bare, b"")
    _talk(bare, f"USER {account.user}\r\n".encode())
    _talk(bare, f"PASS {account.password}\r\n".encode())
    library = poplib.POP3(endpoint.host, endpoint.port)
    library.user(target.accounts[2].user)
    library.pass_(target.accounts[2].password)

    best = {"harness": 0.0, "bare": 0.0, "poplib": 0.0}
    turns: dict[str, Callable[[], object]] = {
        "harness": lambda: session.command("NOOP").status,
        "bare": lambda: _talk(bare, b"NOOP\r\n"),
        "poplib": library.noop,
    }
    for _ in range(ROUNDS):
        for name, turn in turns.items():
            best[name] = max(best[name], _rate(turn))
    session.leave()
    bare.close()
    library.quit()
    said = f"{best['harness']:,.0f}/s"
    return [
        (
            "POP3 NOOP through the session",
            said,
            f"bare socket {best['bare']:,.0f}/s",
            f"{best['harness'] / best['bare']:.2f}",
            ">= 0.30",
        ),
        (
            "POP3 NOOP through the session",
            said,
            f"poplib {best['poplib']:,.0f}/s",
            f"{best['harness'] / best['poplib']:.2f}",
            ">= 0.50",
        ),
    ]


def _talk(sock: socket.socket, line: bytes) -> bytes:
    if line:
        sock.sendall(line)
    reply = sock.recv(4096)
    while not reply.endswith(b"\n"):
        reply += sock.recv(4096)
    return reply


def _rate(turn: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(ROUND):
        turn()
    return ROUND / (time.perf_counter() - began)
