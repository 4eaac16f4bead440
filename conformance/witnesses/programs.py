"""Installed programs as clients: each is run in a home of its own, over a session's stream, and is held to bounds.

A program has a few patiences to come to its end, may say 64 KiB and write files of 32 MiB. It has no terminal to ask at, no
settings but those it is given, and nothing of it is left: its process group is ended and its home removed. A program that
is not there, hangs, floods or crashes has no opinion of the server: Inconclusive.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.outcomes import Inconclusive
from conformance.verdicts import Reason
from conformance.witnesses.clients import Guest, Session, let_in

PATIENCES = 6
"""How many of a session's patiences a program may take."""
OUTPUT_LIMIT = 1 << 16
BLOCKS_LIMIT = 1 << 16
"""Blocks of 512 octets that a file may have."""
TAIL = 300
_BOUNDED = f'ulimit -f {BLOCKS_LIMIT}; ulimit -c 0; exec "$@"'
_CRASH = b"Traceback (most recent call last)"


@dataclass(frozen=True, slots=True)
class Program:
    """A program by the name of its command, and the Debian package that has it."""

    command: str
    package: str

    def demand(self) -> None:
        """Raise Inconclusive (not-set-up) if the program is not installed."""
        if shutil.which(self.command) is None:
            raise Inconclusive(Reason.NOT_SET_UP, f"{self.command} is not installed: apt-get install {self.package}")


class Desk:
    """Where a program works: its home, and the port of 127.0.0.1 behind which it finds the server."""

    def __init__(self, program: Program, home: Path, guest: Guest, seconds: float) -> None:
        self._program = program
        self._seconds = seconds
        self.home = home
        self.guest = guest
        self.port = guest.port
        self.mail = home / "mail"
        self.mail.mkdir()

    def keep(self, name: str, content: str | bytes) -> Path:
        """Write a file that nobody else may read, since it may hold a password, and return its path."""
        file = self.home / name
        file.touch(mode=0o600)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def fetched(self) -> list[bytes]:
        """Return the messages that the program has put below `mail`, line ends as CRLF."""
        files = sorted(file for file in self.mail.rglob("*") if file.is_file() and not file.name.startswith("."))
        return [re.sub(rb"\r?\n", b"\r\n", file.read_bytes()) for file in files]

    def run(self, *arguments: str | Path) -> str:
        """Run the program to its end, and return its complaint: empty if it is content. Raises Inconclusive."""
        words = [self._program.command, *map(str, arguments)]
        with subprocess.Popen(
            ["/bin/sh", "-c", _BOUNDED, "sh", *words],
            cwd=self.home,
            env={
                "HOME": str(self.home),
                "TMPDIR": str(self.home),
                "PATH": os.environ.get("PATH", os.defpath),
                "LC_ALL": "C",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                said = self._heard_out(process)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # its children as well, and a program that goes on
        if process.returncode < 0 or _CRASH in said:
            end = signal.Signals(-process.returncode).name if process.returncode < 0 else "an exception"
            raise self._mute(Reason.AMBIGUOUS, f"crashes by {end}", said)
        return self._words(f"ends with {process.returncode}", said) if process.returncode else ""

    def _heard_out(self, process: subprocess.Popen[bytes]) -> bytes:
        """Return what a program says until it has ended."""
        deadline = time.monotonic() + self._seconds
        said = b""
        out = process.stdout.fileno() if process.stdout else -1
        ready = select.poll()
        ready.register(out, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0 and ready.poll(left * 1000):
            if not (piece := os.read(out, OUTPUT_LIMIT)):
                break
            said += piece
            if len(said) > OUTPUT_LIMIT:
                raise self._mute(Reason.AMBIGUOUS, "writes without an end", said)
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise self._mute(Reason.SILENT, f"does not come to its end within {self._seconds:.0f} s", said) from None
        return said

    def _mute(self, reason: Reason, why: str, said: bytes) -> Inconclusive:
        return Inconclusive(reason, self._words(why, said))

    def _words(self, why: str, said: bytes) -> str:
        """Say what became of the program, with its last words; what is new each time is left out of them."""
        told = " ".join(said.decode(errors="replace").split())
        told = told.replace(str(self.home), "~").replace(f"127.0.0.1:{self.port}", "the server")
        return f"{self._program.command} {why}" + (f": {told[-TAIL:]}" if told else "")


@contextlib.contextmanager
def at_desk(program: Program, session: Session) -> Iterator[Desk]:
    """Give a program a home and the session's stream, which it ends; Inconclusive if it is not installed."""
    program.demand()
    with tempfile.TemporaryDirectory(prefix="mailconform-") as home, let_in(session) as guest:
        left = session.recorder.expires - time.monotonic()
        yield Desk(program, Path(home), guest, max(1.0, min(session.patience * PATIENCES, left)))
