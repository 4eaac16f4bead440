"""What a server process was handed by its parent: a directory, listening sockets, and a pipe that tells of its end."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

from conformance.embedded.home import Home

STANDARD_INPUT = 0


def adopt(arguments: Sequence[str]) -> tuple[Home, dict[str, socket.socket]]:
    """Take DIRECTORY SCHEME=DESCRIPTOR ... as home and non-blocking listeners, and leave when the parent does."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    directory, *handed = arguments
    listeners = {}
    for pair in handed:
        scheme, _, descriptor = pair.partition("=")
        listeners[scheme] = socket.socket(fileno=int(descriptor))
        listeners[scheme].setblocking(False)
    return Home(Path(directory)), listeners


def _leave_with_parent() -> None:
    # Nothing is ever written to the pipe: this read ends only when no process holds its other end any more.
    os.read(STANDARD_INPUT, 1)
    os._exit(0)
