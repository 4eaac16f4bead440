"""SMTP commands a second through session, grammar and transcript, against a bare socket loop and the standard library's smtplib.

The three take turns in short rounds on one server, each on a connection of its own; the best round of each counts.
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

COMMANDS = 90
"""Servers count NOOP, and hang up behind some more."""
ROUNDS = 15
AIMS = {"bare socket": ">= 0.30", "smtplib": ">= 0.50"}
Row = tuple[str, str, str, str, str]
Way = tuple[Callable[[], object], Callable[[], object]]
"""What says NOOP once, and what ends the connection."""


def measure(target: Target) -> list[Row]:
    """Return the rows of the table, none for a target without an smtp:// endpoint; raises CannotJudge."""
    endpoint = target.endpoint("smtp")
    if endpoint is None:
        return []
    dialler = Dialler(target, Recorder())
    dial = SmtpDial(discover(target, dialler), dialler)
    ways: dict[str, Callable[[], Way]] = {
        "harness": lambda: _through_the_session(dial),
        "bare socket": lambda: _bare(endpoint),
        "smtplib": lambda: _smtplib(endpoint),
    }
    best = dict.fromkeys(ways, 0.0)
    for _, (name, way) in itertools.product(range(ROUNDS), ways.items()):
        best[name] = max(best[name], _rate(way()))
    own = best.pop("harness")
    return [
        ("SMTP NOOP through the session", f"{own:,.0f}/s", f"{name} {rate:,.0f}/s", f"{own / rate:.2f}", AIMS[name])
        for name, rate in best.items()
    ]


def _through_the_session(dial: SmtpDial) -> Way:
    session = dial.ready()
    return lambda: session.command("NOOP").ok(), dial.hang_up_all


def _smtplib(endpoint: Endpoint) -> Way:
    client = smtplib.SMTP(endpoint.host, endpoint.port)
    client.ehlo()
    return client.noop, client.quit


def _bare(endpoint: Endpoint) -> Way:
    """A loop of sendall and recv that looks for LF."""
    connection = socket.create_connection((endpoint.host, endpoint.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.recv(4096)

    def talk(command: bytes = b"NOOP") -> bytes:
        connection.sendall(command + b"\r\n")
        reply = b""
        while not reply.endswith(b"\n"):
            octets = connection.recv(4096)
            if not octets:
                raise ConnectionError(f"the server hung up behind {command!r}")
            reply += octets
        return reply

    talk(b"HELO mailconform.invalid")
    return talk, connection.close


def _rate(way: Way) -> float:
    say, end = way
    began = time.perf_counter()
    for _ in range(COMMANDS):
        say()
    spent = time.perf_counter() - began
    end()
    return COMMANDS / spent
