"""Waits until a server greets on every port it should: a fact, not a delay.

Nothing tells the outside that somebody listens, so ports are tried until a deadline, with pauses spent on the one
thing that can be waited for: the end of the server's process 1.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Mapping

from conformance.lab.errors import LabError
from conformance.lab.services import ADDRESS, SERVICES

PATIENCE = 60.0  # seconds for all ports together
PAUSE = 0.02  # seconds between attempts
ANSWER = 5.0  # seconds for one greeting


def require_free(ports: Mapping[str, int]) -> None:
    """Refuse when some other program listens on one of the ports."""
    for service, number in ports.items():
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((ADDRESS, number))
            except OSError as error:
                raise LabError(f"port {number} ({service}) on {ADDRESS} is taken: {error.strerror}") from error


def await_greetings(ports: Mapping[str, int], life: int) -> None:
    """Return when every port has greeted; a LabError says which did not, or that the server ended."""
    deadline = time.monotonic() + PATIENCE
    waiting = dict(ports)
    while True:
        waiting = {service: number for service, number in waiting.items() if not greets(service, number)}
        if not waiting:
            return
        if select.select([life], [], [], PAUSE)[0]:
            raise LabError("the server ended while it started")
        if time.monotonic() > deadline:
            silent = ", ".join(f"{service} ({number})" for service, number in waiting.items())
            raise LabError(f"the server did not greet within {PATIENCE:.0f} seconds on {silent}")


def greets(service: str, number: int) -> bool:
    """Tell whether that port greets now, with the octets its protocol begins with, or takes a client who begins."""
    expected = SERVICES[service].greeting
    try:
        with socket.create_connection((ADDRESS, number), ANSWER) as plain:
            stream = _client_context().wrap_socket(plain) if SERVICES[service].implicit_tls else plain
            with stream:
                return not expected or stream.recv(512).startswith(expected)
    except OSError:
        return False


def _client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
