"""Starting, awaiting and ending the servers' processes: the parent's side.

Each child gets its listening sockets as inherited descriptors and one end of a pipe as standard input. The parent never
writes to that pipe: its end of file says that the parent has left the `with` block, or is dead, however it died.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from conformance.embedded.home import Home

LOOPBACK = "127.0.0.1"
START_SECONDS = 10.0
END_SECONDS = 3.0
LOG_TAIL = 2000
IMPLICIT_TLS = frozenset({"pop3s", "imaps", "submissions"})


class EmbeddedError(Exception):
    """A server of the demo target did not start; the message holds the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One running server: its name, its process, and the port of each scheme it serves."""

    name: str
    process: subprocess.Popen[bytes]
    ports: Mapping[str, int]

    def wait_until_it_answers(self, home: Home) -> None:
        """Read the first octet of the greeting on every port; raises EmbeddedError after ten seconds in all."""
        deadline = time.monotonic() + START_SECONDS
        for scheme, port in self.ports.items():
            try:
                answered = _first_octet(scheme, port, home, deadline)
            except OSError as error:
                raise self._failure(home, scheme, str(error)) from error
            if not answered:
                raise self._failure(home, scheme, "the connection was closed")

    def _failure(self, home: Home, scheme: str, why: str) -> EmbeddedError:
        log = home.log_file(self.name).read_text("utf-8", "replace")[-LOG_TAIL:]
        return EmbeddedError(f"the embedded {self.name} server is silent on {scheme}: {why}; its log ends:\n{log}")


@contextmanager
def running(name: str, schemes: tuple[str, ...], home: Home) -> Iterator[Child]:
    """Run conformance.embedded.NAME on a free port for each scheme; it is gone when the block is left."""
    listeners = {scheme: socket.create_server((LOOPBACK, 0), backlog=128) for scheme in schemes}
    try:
        ports = {scheme: listener.getsockname()[1] for scheme, listener in listeners.items()}
        process = _spawn(name, listeners, home)
    finally:
        # The child's copies are then the only ones, so its death closes the ports.
        for listener in listeners.values():
            listener.close()
    try:
        yield Child(name=name, process=process, ports=ports)
    finally:
        _end(process)


def _spawn(name: str, listeners: Mapping[str, socket.socket], home: Home) -> subprocess.Popen[bytes]:
    handed = [f"{scheme}={listener.fileno()}" for scheme, listener in listeners.items()]
    with home.log_file(name).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"conformance.embedded.{name}", str(home.directory), *handed],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno() for listener in listeners.values()],
            cwd=home.directory,
            env=_environment(home),
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )


def _environment(home: Home) -> dict[str, str]:
    """Say what a child sees: this very package, temporary files beside the mail, and a host name that asks no resolver."""
    given = {key: value for key, value in os.environ.items() if key not in {"CERT_FILE", "KEY_FILE"}}
    package_root = str(Path(__file__).parents[2])
    search_path = os.pathsep.join(filter(None, (package_root, given.get("PYTHONPATH"))))
    return given | {"PYTHONPATH": search_path, "PYTHONSAFEPATH": "1", "TMPDIR": str(home.scratch), "FQDN": "localhost"}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask by closing the pipe, then kill by pid; in both cases the process is reaped."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _first_octet(scheme: str, port: int, home: Home, deadline: float) -> bytes:
    with socket.create_connection((LOOPBACK, port), _left(deadline)) as plain:
        plain.settimeout(_left(deadline))
        if scheme not in IMPLICIT_TLS:
            return plain.recv(1)
        context = ssl.create_default_context(cafile=home.authority_file)
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            return secured.recv(1)


def _left(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())
