"""Processes: start a server in namespaces of its own, know it again by pid and start time, end it and all beneath it.

The network is the host's loopback, or where a recipe wants that one of the server's own; mounts, pids, host name and
System V objects are always its own. The one pid
that counts is that of process 1 inside, as the host sees it: when it dies the kernel kills whatever else is in there.
A pid alone proves nothing, because pids are used again; a pid with its start time does.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from conformance.lab.errors import LabError
from conformance.lab.pid1 import PID_LINE
from conformance.lab.roots import PATH

UNSHARE = ("unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child=KILL")
ENTER = ("--mount", "--uts", "--ipc", "--pid", "--root", "--wd")
PID1 = Path(__file__).parent / "pid1.py"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}
DEATH_TIMEOUT = 10_000  # milliseconds
MOVING_TIMEOUT = 20.0  # seconds
CLONE_NEWNET = 0x40000000  # what setns(2) calls a network
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Process 1 of a server: its pid on the host and when it began, in clock ticks since the machine started."""

    pid: int
    started: int

    def alive(self) -> bool:
        """Tell whether this very process still runs; one that ended and was not yet reaped does not."""
        return _state_and_start(self.pid) in {(state, self.started) for state in "RSDTtI"}

    def end(self) -> None:
        """Kill it, and with it everything in its namespaces, and wait until all of that is gone."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive():
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                self._gone(handle)
        finally:
            os.close(handle)

    def _gone(self, handle: int) -> None:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        if not poll.poll(DEATH_TIMEOUT):
            raise LabError(f"process {self.pid} was killed and is still there after {DEATH_TIMEOUT // 1000} seconds")

    def run(self, argv: Sequence[str], timeout: float) -> subprocess.CompletedProcess[str]:
        """Run a command inside the server's namespaces and root, for at most `timeout` seconds."""
        return subprocess.run(
            [*entering(self.pid), *argv], check=False, capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT
        )


def entering(pid: int) -> tuple[str, ...]:
    """Give the words before a command that is to run beside that process 1, in its namespaces and root."""
    return "nsenter", f"--target={pid}", *ENTER


def network(pid: int) -> Path:
    """Name the network that process 1 has, as nsenter takes it."""
    return Path(f"/proc/{pid}/ns/net")


def within(pid: int, act: Callable[[], Answer]) -> Answer:
    """Do something in the network of that process 1: sockets that are opened meanwhile, and threads, stay there."""

    def moved() -> Answer:
        with network(pid).open() as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                raise LabError(f"the network of process {pid} cannot be entered: {os.strerror(ctypes.get_errno())}")
        return act()

    with ThreadPoolExecutor(1) as thread:  # only the thread that asks is moved
        return thread.submit(moved).result()


def start(specification: Mapping[str, Any], folder: Path) -> tuple[Process, int]:
    """Start process 1 with a specification; give it and a descriptor that reads as ended once it has ended.

    What it and its children print goes to `output.log` in the folder.
    """
    written = folder / "specification.json"
    written.write_text(json.dumps(specification))
    reading, writing = os.pipe()
    with (folder / "output.log").open("ab") as log:
        python = (sys.executable, "-I", "-S", str(PID1), str(written), str(writing))
        launched = subprocess.run(
            ["setsid", "--fork", *UNSHARE, *(["--net"] if specification["network"] else []), *python], check=False, pass_fds=(writing,), env=ENVIRONMENT, cwd="/",
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    os.close(writing)
    pid = os.read(reading, PID_LINE).strip() if launched.returncode == 0 else b""
    identity = _state_and_start(int(pid)) if pid else None
    if identity is None:
        os.close(reading)
        raise LabError("the server's namespaces could not be made")
    return Process(pid=int(pid), started=identity[1]), reading


def await_root(life: int) -> None:
    """Return when process 1 has moved into the server's file system; a LabError says that it ended instead."""
    ready, _, _ = select.select([life], [], [], MOVING_TIMEOUT)
    if not ready or not os.read(life, 32):
        raise LabError("the server's file system could not be made")


def _state_and_start(pid: int) -> tuple[str, int] | None:
    """Read a process's state letter and start time (fields 3 and 22 of proc(5)'s stat)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[19])
