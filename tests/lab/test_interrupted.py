"""A start that is killed half way leaves a server that `down` knows, and the next start works."""

from __future__ import annotations

import signal
import subprocess
import sys

from conformance import lab

KILLED_WHILE_WAITING = """
import os, signal, sys
from conformance.lab import lifecycle, readiness
readiness.await_greetings = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
lifecycle.up(sys.argv[1])
"""


def test_a_start_that_was_killed_can_be_ended(server: lab.RunningServer) -> None:
    lab.down(server.name)
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WAITING, server.name], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert server.name not in lab.running()
    assert lab.down(server.name)
    assert lab.up(server.name).pid != server.pid
