"""Starts and ends servers, and knows which run.

A server's scratch folder is `$TMPDIR/mailconform-lab/NAME`: logs and certificates (`share`, seen inside as /share),
the target file and the state. Invariant: a folder with a live process is a running server; any other folder is the
remains of one, kept for its logs until the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from conformance import certificates
from conformance.lab import namespaces, readiness, roots, target_file
from conformance.lab.errors import LabError
from conformance.lab.recipe import HOSTNAME, PYTHON, READY, START, Recipe, load, names
from conformance.lab.services import ADDRESS

STATE = "state.json"
TARGET = "target.toml"
LAST_STEP = 60.0  # seconds the script for afterwards may take
NOTHING = "/bin/true"  # what a server starts that is only a program to be run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A server that greets on all its ports; `pid` is the one process to kill, on the host."""

    name: str
    version: str
    pid: int
    target_file: Path


def _silent(_: str) -> None:
    """Tell nobody."""


def build(wanted: Iterable[str], *, progress: roots.Progress = _silent) -> None:
    """Build the roots of servers that have none yet, two at a time; a LabError says what is missing or what failed."""
    roots.build_all(tuple(load(name) for name in wanted), progress)


def up(name: str, *, progress: roots.Progress = _silent) -> RunningServer:
    """Start a server with empty mailboxes, building its root if need be; one that runs already is started afresh.

    Returns when every port greets. A LabError says what is missing, or what did not answer and what it logged.
    """
    recipe = load(name)
    roots.require_root(f"starting {name}")
    root = roots.build(recipe, progress)
    with _lock(name) as folder:
        _end(folder)
        if recipe.network:
            roots.require_tool("ip", "iproute2", f"starting {name}")
        else:
            readiness.require_free(recipe.ports)
        _fresh(folder)
        progress(f"starting {name} {root.version}")
        return _start(recipe, root, folder)


def down(name: str) -> bool:
    """End a server and every process of it, and forget its state; tells whether it was running."""
    load(name)
    if not _scratch(name).exists():
        return False
    roots.require_root(f"ending {name}")
    with _lock(name) as folder:
        was_running = _end(folder)
        shutil.rmtree(folder)
        return was_running


def running() -> dict[str, RunningServer]:
    """Give the servers that run now and have greeted, by name."""
    found = {name: _read(_scratch(name)) for name in names()}
    alive = {name: server for name, (server, process) in found.items() if server and process and process.alive()}
    return {name: server for name, server in alive.items() if server.target_file.exists()}


def _start(recipe: Recipe, root: roots.Root, folder: Path) -> RunningServer:
    try:
        return _started(recipe, root, folder)
    except LabError as error:
        raise LabError(f"{recipe.name}: {error}\n{_logged(folder)}".rstrip()) from error


def _started(recipe: Recipe, root: roots.Root, folder: Path) -> RunningServer:
    process, life = namespaces.start(_specification(recipe, root, folder), folder)
    _remember(recipe, root.version, process, folder)  # before anything can interrupt: what runs can be ended
    try:
        namespaces.await_root(life)
        namespaces.within(process.pid, partial(readiness.await_greetings, recipe.ports, life))
        _afterwards(recipe, process)
    except BaseException:
        process.end()
        raise
    finally:
        os.close(life)
    return _published(recipe, root.version, process, folder)


def _specification(recipe: Recipe, root: roots.Root, folder: Path) -> dict[str, Any]:
    files = [asdict(file) for file in recipe.installed()]
    interpreter = {sys.prefix: sys.prefix} if recipe.suite == PYTHON else {}  # a mount of its own, perhaps
    return {
        "hostname": HOSTNAME,
        "network": recipe.network,
        "root": str(folder / "root"),
        "memory": str(folder / "memory"),
        "layers": [str(layer) for layer in root.layers],
        "binds": {"/share": str(folder / "share"), **interpreter},
        "files": [{"path": "/etc/resolv.conf", "text": _resolver(recipe), "mode": 0o644}, *files],
        "syslog": str(folder / "share" / "syslog.log"),
        "start": f"/lab/{START}" if recipe.source(START) else NOTHING,
        "inetd": [
            {"address": ADDRESS, "port": recipe.ports[service], "argv": argv} for service, argv in recipe.inetd.items()
        ],
    }


def _resolver(recipe: Recipe) -> str:
    """Write resolv.conf: a server of the lab asks nobody outside, and unless the harness answers it asks nobody."""
    if recipe.nameserver:
        return f"nameserver {recipe.nameserver}\noptions timeout:5 attempts:1\n"
    return "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"


def _afterwards(recipe: Recipe, process: namespaces.Process) -> None:
    if recipe.source(READY) is None:
        return
    ended = process.run([f"/lab/{READY}"], LAST_STEP)
    if ended.returncode != 0:
        raise LabError(f"{READY} failed: {(ended.stdout + ended.stderr).strip()}")


def _remember(recipe: Recipe, version: str, process: namespaces.Process, folder: Path) -> None:
    state = {"name": recipe.name, "version": version, "pid": process.pid, "started": process.started}
    part = folder / f"{STATE}.part"
    part.write_text(json.dumps(state))
    part.rename(folder / STATE)  # whoever reads at this moment reads all of it or nothing


def _published(recipe: Recipe, version: str, process: namespaces.Process, folder: Path) -> RunningServer:
    path = folder / TARGET
    path.write_text(target_file.render(recipe, version, folder / "share" / "ca.pem", process.pid))
    return RunningServer(name=recipe.name, version=version, pid=process.pid, target_file=path)


def _read(folder: Path) -> tuple[RunningServer | None, namespaces.Process | None]:
    try:
        state = json.loads((folder / STATE).read_text())
    except FileNotFoundError:
        return None, None
    server = RunningServer(name=state["name"], version=state["version"], pid=state["pid"], target_file=folder / TARGET)
    return server, namespaces.Process(pid=state["pid"], started=state["started"])


def _end(folder: Path) -> bool:
    _, process = _read(folder)
    if process is None or not process.alive():
        return False
    process.end()
    return True


def _home() -> Path:
    return Path(tempfile.gettempdir()) / "mailconform-lab"


def _scratch(name: str) -> Path:
    return _home() / name


@contextlib.contextmanager
def _lock(name: str) -> Iterator[Path]:
    """Hold the one right to start or end a server, and give its scratch folder."""
    home = _home()
    home.mkdir(mode=0o755, exist_ok=True)
    if home.is_symlink() or home.stat().st_uid != os.geteuid():
        raise LabError(f"{home} belongs to somebody else; remove it or set TMPDIR")
    with (home / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield _scratch(name)


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, mode in (("root", 0o755), ("memory", 0o755), ("share", 0o1777)):
        (folder / name).mkdir(parents=True)
        (folder / name).chmod(mode)
    _certify(folder / "share")


def _certify(share: Path) -> None:
    """Write ca.pem, and server.pem and server.key for this start alone: no server of the lab trusts another's."""
    authority = certificates.authority("mailconform lab authority")
    (share / "ca.pem").write_bytes(authority.certificate_pem)
    certificates.issue(authority, (*certificates.LOOPBACK_NAMES, HOSTNAME)).write(share, "server")


def _logged(folder: Path) -> str:
    logs = [folder / "output.log", *sorted((folder / "share").glob("*.log"))]
    found = [(log, roots.last_lines(log)) for log in logs if log.is_file() and log.stat().st_size]
    return "\n".join(f"  {log}:\n{lines}" for log, lines in found)
