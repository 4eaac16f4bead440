"""Processes: start a server in namespaces of its own, know it again by pid and start time, end it and all beneath it.

The network is the host's loopback; mounts, pids, host name and System V objects are the server's own. The one pid
that counts is that of process 1 inside, as the host sees it: when it dies the kernel kills whatever else is in there.
A pid alone proves nothing, because pids are used again; a pid with its start time does.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.lab.errors import LabError
from conformance.lab.roots import PATH

UNSHARE = ("unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child=KILL")
ENTER = ("--mount", "--uts", "--ipc", "--pid", "--root", "--wd")
PID1 = Path(__file__).parent / "pid1.py"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8"}
DEATH_TIMEOUT = 10_000  # milliseconds


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
        enter = ["nsenter", f"--target={self.pid}", *ENTER, *argv]
        return subprocess.run(enter, check=False, capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT)


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
            ["setsid", "--fork", *UNSHARE, *python], check=False, pass_fds=(writing,), env=ENVIRONMENT, cwd="/",
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    os.close(writing)
    pid = os.read(reading, 32).strip() if launched.returncode == 0 else b""
    identity = _state_and_start(int(pid)) if pid else None
    if identity is None:
        os.close(reading)
        raise LabError("the server's namespaces could not be made")
    return Process(pid=int(pid), started=identity[1]), reading


def _state_and_start(pid: int) -> tuple[str, int] | None:
    """Read a process's state letter and start time (fields 3 and 22 of proc(5)'s stat)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[19])
