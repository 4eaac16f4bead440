"""The root file systems: a small Debian per suite, and for each server a layer over it with that server's packages.

Mail servers conflict with each other as packages, so each has a root of its own, which it shares with those of the same
packages; nothing is copied, because a layer is the upper half of an overlay whose lower half is the base (except where
the cache lies on an overlay itself, which cannot be an upper half: there a root is a whole copy). Both are kept between
runs, in folders named by what they were built from: a changed recipe gives another folder and takes nothing from a
server that runs. Invariants: a root is built under a temporary name and renamed when it has its record; the lock of a
build is inherited by every process of it, so nobody starts over while an orphan of an interrupted build still writes. A
server that is a Python program needs nothing built: it stands on this machine's own file system, which it can read and
not change; a program of Node.js is put into its layer by this machine's npm.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from conformance.lab.errors import LabError
from conformance.lab.recipe import PYTHON, SERVERS, Recipe

Progress = Callable[[str], None]
Record = dict[str, str]
RECORD = "built.json"
WHOLE = "whole"
BASE_SCRIPT = SERVERS / "build-base.sh"
LAYER_SCRIPT = SERVERS / "build-layer.sh"
NPM_SCRIPT = SERVERS / "build-npm.sh"
NPM_FOLDER = "opt/npm"
NPM_TRUSTS = "NODE_EXTRA_CA_CERTS"
DIE_TOGETHER = ("setpriv", "--pdeathsig", "KILL")
NAMESPACES = ("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child=KILL")
BUILDERS = 2
LONGEST_BUILD = 1800  # seconds
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A finished root: the folders an overlay is mounted from, topmost first, and what the server's version is."""

    layers: tuple[Path, ...]
    version: str


def cache() -> Path:
    """Say where roots are kept: below $MAILCONFORM_CACHE, or below the system's cache."""
    return Path(os.environ.get("MAILCONFORM_CACHE") or "/var/cache/mailconform").absolute() / "lab"


def find(recipe: Recipe) -> Root | None:
    """Give a server's root if it is built as its folder says today, over the base that is there today."""
    if recipe.suite == PYTHON:
        return _this_machine(recipe)
    base, layer = _record(_base(recipe.suite)), _record(_layer(recipe))
    if base is None or layer is None or layer["base"] != base["id"]:
        return None
    top = _top(_layer(recipe))
    layers = (top,) if top.name == WHOLE else (top, _base(recipe.suite) / "root")
    return Root(layers=layers, version=layer["version"])


def _this_machine(recipe: Recipe) -> Root | None:
    try:
        return Root(layers=(Path("/"),), version=metadata.version(recipe.packages[0]))
    except metadata.PackageNotFoundError:
        return None


def build(recipe: Recipe, progress: Progress) -> Root:
    """Give a server's root, building what is missing; a LabError says what the machine lacks or what failed."""
    build_all((recipe,), progress)
    found = find(recipe)
    if found is None:
        raise LabError(f"the base under {recipe.name} changed while its root was built; try again")
    return found


def build_all(recipes: tuple[Recipe, ...], progress: Progress) -> None:
    """Build the roots that are missing, two at a time: one downloads while the other unpacks."""
    missing = list({_layer(recipe): recipe for recipe in recipes if find(recipe) is None}.values())
    if not missing:
        return
    for recipe in missing:
        if recipe.suite == PYTHON:
            raise LabError(f"{recipe.name} needs Python packages: pip install {' '.join(recipe.packages)}")
    require_root(f"building the root of {missing[0].name}")
    _require_tools(npm=any(recipe.npm for recipe in missing))
    for suite in dict.fromkeys(recipe.suite for recipe in missing):
        _build_base(suite, progress)
    with ThreadPoolExecutor(BUILDERS) as pool:
        for building in [pool.submit(_build_layer, recipe, progress) for recipe in missing]:
            building.result()


def require_root(step: str) -> None:
    """Refuse, with the name of the step, when this is not the superuser."""
    if os.geteuid() != 0:
        raise LabError(f"{step} needs root: it mounts file systems and makes namespaces")


def _require_tools(*, npm: bool) -> None:
    for tool, package in (
        ("debootstrap", "debootstrap"),
        ("unshare", "util-linux"),
        ("mount", "mount"),
        ("apt-get", "apt"),
        *([("npm", "npm")] if npm else []),
    ):
        require_tool(tool, package, "building a root")


def require_tool(tool: str, package: str, step: str) -> None:
    """Refuse, with the name of the step, when a program of this machine is not installed."""
    if shutil.which(tool, path=PATH) is None:
        raise LabError(f"{step} needs {tool}: apt-get install {package}")


def _build_base(suite: str, progress: Progress) -> None:
    folder = _base(suite)
    with _lock(folder, progress) as lock:
        if _record(folder):
            return
        progress(f"building the base of Debian {suite}, which takes about a minute")
        with _part(folder) as part:
            _run([str(BASE_SCRIPT), str(part / "root"), suite, *_mirrors()], folder, lock)
            _finish(part, folder, {"id": uuid.uuid4().hex})


def _build_layer(recipe: Recipe, progress: Progress) -> None:
    folder, base = _layer(recipe), _base(recipe.suite)
    with _lock(folder, progress) as lock:
        if find(recipe):
            return
        progress(f"building the root of {recipe.name}: {' '.join((*recipe.packages, *recipe.npm))}")
        with _part(folder) as part:
            _run([str(LAYER_SCRIPT), str(part), str(base / "root"), recipe.version, *recipe.packages], folder, lock)
            version = (part / "version").read_text().strip()
            if recipe.npm:
                programs = _top(part) / NPM_FOLDER
                _run([str(NPM_SCRIPT), str(programs), *recipe.npm], folder, lock)
                version = _npm_version(programs, recipe.npm[0])
            _finish(part, folder, {"base": (_record(base) or {})["id"], "version": version})


def _base(suite: str) -> Path:
    return cache() / f"base-{suite}-{_digest(BASE_SCRIPT.read_text())}"


def _layer(recipe: Recipe) -> Path:
    npm = (NPM_SCRIPT.read_text(), *recipe.npm) if recipe.npm else ()
    said = (_base(recipe.suite).name, LAYER_SCRIPT.read_text(), recipe.version, *recipe.packages, *npm)
    return cache() / f"{recipe.packages[0]}-{_digest(*said)}"


def _top(folder: Path) -> Path:
    """Give what the layer script wrote: a whole root, or what lies over the base."""
    return folder / WHOLE if (folder / WHOLE).is_dir() else folder / "layer"


def _npm_version(programs: Path, package: str) -> str:
    described = programs / "node_modules" / package.rpartition("@")[0] / "package.json"
    version: str = json.loads(described.read_text())["version"]
    return version


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def _record(folder: Path) -> Record | None:
    try:
        record: Record = json.loads((folder / RECORD).read_text())
    except OSError:
        return None
    return record


@contextlib.contextmanager
def _lock(folder: Path, progress: Progress) -> Iterator[int]:
    """Hold the one right to build a folder; waits for whoever holds it, their orphans included."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for whoever builds {folder.name} already")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


@contextlib.contextmanager
def _part(folder: Path) -> Iterator[Path]:
    """Give an empty folder under a temporary name; whatever is left under that name afterwards was not finished."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _finish(part: Path, folder: Path, record: Record) -> None:
    (part / RECORD).write_text(json.dumps(record))
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _run(script: list[str], folder: Path, lock: int) -> None:
    log = folder.with_name(folder.name + ".log")
    way_out = {
        name: value for name, value in os.environ.items() if name.lower().endswith("_proxy") or name == NPM_TRUSTS
    }
    environment = {**way_out, "PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"}
    try:
        with log.open("wb") as output:
            ended = subprocess.run(
                [*DIE_TOGETHER, *NAMESPACES, "sh", *script], check=False, pass_fds=(lock,), env=environment,
                timeout=LONGEST_BUILD, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise LabError(f"building {folder.name} took longer than {LONGEST_BUILD} seconds, see {log}") from error
    if ended.returncode != 0:
        raise LabError(f"building {folder.name} failed, see {log}\n" + last_lines(log))


def last_lines(log: Path, count: int = 8) -> str:
    """Give the end of a log file as indented text."""
    with log.open(errors="replace") as file:
        return "".join(f"    {line.rstrip()}\n" for line in deque(file, maxlen=count)).rstrip("\n")


def _mirrors() -> list[str]:
    """Give the Debian archive this machine's own apt uses, then its security archive where it has one."""
    form = ["--format", "$(REPO_URI)", "Created-By: Packages", "Component: main", "Origin: Debian"]
    environment = {**os.environ, "PATH": PATH}
    listed = subprocess.run(
        ["apt-get", "indextargets", *form], check=False, capture_output=True, text=True, env=environment
    )
    uris = listed.stdout.split()
    security = [uri for uri in uris if "security" in uri]
    archive = [uri for uri in uris if uri not in security]
    if not archive:
        raise LabError("this machine's apt knows no Debian archive: run apt-get update (and see /etc/apt/sources.list)")
    return [archive[0], *security[:1]]
