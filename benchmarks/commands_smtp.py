"""SMTP commands a second through session, grammar and transcript, against a bare socket loop and the standard library's smtplib.

The three take turns in short rounds on one server, each with a connection of its own; the best round of each counts.
"""

from __future__ import annotations

import itertools
import smtplib
import socket
import time
from collections.abc import Callable

from conformance.dial_smtp import SmtpDial
from conformance.discovery_smtp import discover
from conformance.target import Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder

SECONDS = 0.25
ROUNDS = 5
AIMS = {"bare socket": ">= 0.30", "smtplib": ">= 0.50"}
Row = tuple[str, str, str, str, str]


def measure(target: Target) -> list[Row]:
    """Return the rows of the table, none for a target without an smtp:// endpoint; raises CannotJudge."""
    endpoint = target.endpoint("smtp")
    if endpoint is None:
        return []
    dialler = Dialler(target, Recorder())
    dial = SmtpDial(discover(target, dialler), dialler)
    session, bare, library = dial.ready(), Bare(endpoint), smtplib.SMTP(endpoint.host, endpoint.port)
    library.ehlo()
    turns: dict[str, Callable[[], object]] = {
        "harness": lambda: session.command("NOOP").code,
        "bare socket": lambda: bare.talk(b"NOOP"),
        "smtplib": library.noop,
    }
    best = dict.fromkeys(turns, 0.0)
    for _, (name, turn) in itertools.product(range(ROUNDS), turns.items()):
        best[name] = max(best[name], _rate(turn))
    dial.hang_up_all()
    library.quit()
    bare.close()
    own = best.pop("harness")
    return [
        ("SMTP NOOP through the session", f"{own:,.0f}/s", f"{name} {rate:,.0f}/s", f"{own / rate:.2f}", AIMS[name])
        for name, rate in best.items()
    ]


class Bare:
    """A loop of sendall and recv that looks for LF."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._socket = socket.create_connection((endpoint.host, endpoint.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.recv(4096)
        self.talk(b"HELO mailconform.invalid")

    def talk(self, command: bytes) -> bytes:
        self._socket.sendall(command + b"\r\n")
        reply = self._socket.recv(4096)
        while not reply.endswith(b"\n"):
            reply += self._socket.recv(4096)
        return reply

    def close(self) -> None:
        self._socket.close()


def _rate(turn: Callable[[], object]) -> float:
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        turn()
        count += 1
    return count / spent
