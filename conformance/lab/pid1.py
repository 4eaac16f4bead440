"""Process 1 of a server's namespaces: mounts its file system and moves in, starts it, reads its syslog, reaps its dead.

Run by path under `unshare --mount --uts --ipc --pid`, with the host's Python and nothing but the standard library,
so that a root needs no Python of its own. Having moved in, it is also the server's file system as the host sees it:
/proc/PID/root. Usage: pid1.py SPECIFICATION.json LIFE, where LIFE is the number of an
open pipe: this process writes its pid, as the host counts it, then a line when it has moved in, and holds the pipe
open for as long as it lives.
Invariant: everything the server does is beneath this process and writes to a file system in memory, so killing this
one pid ends every process of the server and forgets its state.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import IO, Any

DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}
PID_LINE = 16  # octets
DESCRIPTORS = 8192  # some servers close every possible descriptor when they start: a million of them takes seconds


def main(specification: str, life: int) -> None:
    """Do what the specification says, until the start script fails or somebody kills this process."""
    os.set_inheritable(life, False)
    os.write(life, f"{Path('/proc/self').readlink()}\n".encode().rjust(PID_LINE))  # /proc is still the host's
    os.umask(0o022)
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    said: dict[str, Any] = json.loads(Path(specification).read_text())
    root = Path(said["root"])
    socket.sethostname(said["hostname"])
    if said["network"]:
        _network()
    _mount(root, Path(said["memory"]), said["layers"], said["binds"])
    _devices(root / "dev")
    _install(root, said["files"])
    with Path(said["syslog"]).open("ab", buffering=0) as log:
        os.chroot(root)
        os.chdir("/")
        os.write(life, b"moved in\n")
        _serve(log, said)


def _mount(root: Path, memory: Path, layers: list[str], binds: dict[str, str]) -> None:
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "state", str(memory))
    upper, work = memory / "upper", memory / "work"
    upper.mkdir()
    work.mkdir()
    overlay = f"lowerdir={':'.join(layers)},upperdir={upper},workdir={work}"
    _run("mount", "-t", "overlay", "-o", overlay, "root", str(root))
    _run("mount", "-t", "proc", "proc", str(root / "proc"))
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "dev", str(root / "dev"))
    for inside, outside in binds.items():
        (root / inside.lstrip("/")).mkdir(parents=True, exist_ok=True)
        _run("mount", "--bind", outside, str(root / inside.lstrip("/")))


def _network() -> None:
    """Make every address of both families this machine's own, in a network without any other machine."""
    _run("ip", "link", "set", "lo", "up")
    for family, everything in (("-4", "0.0.0.0/0"), ("-6", "::/0")):
        _run("ip", family, "route", "add", "local", everything, "dev", "lo")
    Path("/proc/sys/net/ipv6/ip_nonlocal_bind").write_text("1")  # an IPv6 address is no one's own by its route alone


def _devices(dev: Path) -> None:
    for name, (major, minor) in DEVICES.items():
        os.mknod(dev / name, 0o020666, os.makedev(major, minor))
        (dev / name).chmod(0o666)
    for name, target in LINKS.items():
        (dev / name).symlink_to(target)
    (dev / "shm").mkdir()
    (dev / "shm").chmod(0o1777)
    (dev / "pts").mkdir()
    _run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=666", "devpts", str(dev / "pts"))


def _install(root: Path, files: list[dict[str, Any]]) -> None:
    for file in files:
        path = root / file["path"].lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(file["text"])
        path.chmod(file["mode"])


def _serve(log: IO[bytes], said: dict[str, Any]) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(_syslog(), selectors.EVENT_READ, partial(_copy_syslog, log))
        for listener in said["inetd"]:
            listening = socket.create_server((listener["address"], listener["port"]), backlog=64)
            selector.register(listening, selectors.EVENT_READ, partial(_accept, listener["argv"]))
        starting = subprocess.Popen([said["start"]], stdin=subprocess.DEVNULL)
        signal.signal(signal.SIGCHLD, lambda *_: _reap(starting.pid))
        _reap(starting.pid)
        while True:
            for key, _ in selector.select():
                key.data(key.fileobj)


def _syslog() -> socket.socket:
    path = Path("/dev/log")
    reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    reader.bind(str(path))
    path.chmod(0o666)
    return reader


def _copy_syslog(log: IO[bytes], reader: socket.socket) -> None:
    priority, found, line = reader.recv(65536).partition(b">")
    log.write((line if found else priority).rstrip(b"\n\0") + b"\n")


def _accept(argv: list[str], listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        subprocess.Popen(argv, stdin=connection.fileno(), stdout=connection.fileno())


def _reap(starter: int) -> None:
    """Collect every child that ended; end everything when it is the start script that failed."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == starter and ended[1] != 0:
                sys.exit(f"the start script failed: {os.waitstatus_to_exitcode(ended[1])}")


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
