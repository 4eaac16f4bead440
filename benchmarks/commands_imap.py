"""IMAP commands a second through session, grammar and transcript, against a bare socket loop, imaplib and imaplib2.

The four take turns in short rounds on one server, each with a connection of its own and the same mailbox examined; the
best round of each counts. FETCH is measured as well as NOOP, since reading the response is where the work is.
"""

from __future__ import annotations

import imaplib
import itertools
import socket
import time
from collections.abc import Callable

import imaplib2

from conformance.dial_imap import ImapDial
from conformance.discovery_imap import discover
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler, Recorder

SECONDS = 0.25
ROUNDS = 5
FETCH = "(FLAGS UID RFC822.SIZE ENVELOPE BODYSTRUCTURE)"
AIMS = {"bare socket": ">= 0.30", "imaplib": ">= 0.50", "imaplib2": ">= 1"}
Row = tuple[str, str, str, str, str]


def measure(target: Target) -> list[Row]:
    """Return the rows of the table; raises CannotJudge."""
    dialler = Dialler(target, Recorder())
    dial = ImapDial(discover(target, dialler), dialler)
    try:
        return _measured(target, dial)
    finally:
        dial.hang_up_all()
        dial.retire()


def _measured(target: Target, dial: ImapDial) -> list[Row]:
    box = dial.mailbox().fill(1)
    endpoint = target.endpoint("imap")
    if endpoint is None:
        return []
    name = box.name.decode()
    bare = Bare(endpoint, target.accounts[0], name)
    library = imaplib.IMAP4(endpoint.host, endpoint.port)
    threaded = imaplib2.IMAP4(endpoint.host, endpoint.port)
    for client in (library, threaded):
        client.login(target.accounts[0].user, target.accounts[0].password)
        client.select(name, True)
    turns: dict[str, dict[str, Callable[[], object]]] = {
        "NOOP": {
            "harness": lambda: box.command("NOOP").status,
            "bare socket": lambda: bare.talk(b"NOOP"),
            "imaplib": library.noop,
            "imaplib2": threaded.noop,
        },
        "FETCH": {
            "harness": lambda: box.command("FETCH 1", FETCH).fetched,
            "bare socket": lambda: bare.talk(b"FETCH 1 " + FETCH.encode()),
            "imaplib": lambda: library.fetch("1", FETCH),
            "imaplib2": lambda: threaded.fetch("1", FETCH),
        },
    }
    rows = [row for what, named in turns.items() for row in _rows(what, named)]
    library.logout()
    threaded.logout()
    bare.close()
    return rows


def _rows(what: str, turns: dict[str, Callable[[], object]]) -> list[Row]:
    best = dict.fromkeys(turns, 0.0)
    for _, (name, turn) in itertools.product(range(ROUNDS), turns.items()):
        best[name] = max(best[name], _rate(turn))
    own = best.pop("harness")
    return [
        (f"IMAP {what} through the session", f"{own:,.0f}/s", f"{name} {rate:,.0f}/s", f"{own / rate:.2f}", AIMS[name])
        for name, rate in best.items()
    ]


class Bare:
    """A loop of sendall and recv that looks for its tag and LF."""

    def __init__(self, endpoint: Endpoint, account: Account, name: str) -> None:
        self._socket = socket.create_connection((endpoint.host, endpoint.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.recv(4096)
        self.talk(f'LOGIN "{account.user}" "{account.password}"'.encode())
        self.talk(f'EXAMINE "{name}"'.encode())

    def talk(self, command: bytes) -> bytes:
        self._socket.sendall(b"t " + command + b"\r\n")
        reply = self._socket.recv(65536)
        while not (reply.endswith(b"\n") and (reply.startswith(b"t ") or b"\nt " in reply)):
            reply += self._socket.recv(65536)
        return reply

    def close(self) -> None:
        self._socket.close()


def _rate(turn: Callable[[], object]) -> float:
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        turn()
        count += 1
    return count / spent
