"""Runs the suites: one pytest process a target, all of them written down by one writer.

Each child sends its header, results and footer through a pipe as lines; here they become one run folder. A child that
cannot judge says why and how to exit; the run goes on with the others.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import conformance.suites
from conformance import results
from conformance.exits import Exit
from conformance.results import Result
from conformance.target import TargetError, load

HERE = Path(__file__).parent


class RunnerError(Exception):
    """The run could not be made; the message is one line, `code` the exit code."""

    def __init__(self, code: Exit, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run: targets (files or URLs), folder, and the options the plugin takes."""

    targets: tuple[str, ...]
    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    suites: tuple[Path, ...] = ()
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What is collected of the suites for each target; without an entry: everything."""


@dataclass(slots=True)
class Child:
    """One target's pytest process and what it has said so far."""

    target: str
    given: str
    process: subprocess.Popen[bytes]
    pipe: int
    rest: bytes = b""
    header: dict[str, Any] | None = None
    results: list[Result] = field(default_factory=list)
    footer: dict[str, Any] | None = None
    trouble: tuple[Exit, str] | None = None


def command(
    suites: Iterable[Path], options: Mapping[str, str], extra: Sequence[str] = (), files: Sequence[str] = ()
) -> list[str]:
    """Build the pytest call that no file or variable around it can change; of the suites it collects `files`, or all."""
    folders = [str(path) for path in suites]
    given = [f"--mailconform-{name}={value}" for name, value in options.items() if value]
    return [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(HERE / "pytest.ini"),
        "--rootdir",
        folders[0],
        "--confcutdir",
        folders[0],
        "-p",
        "conformance.plugin",
        *(files or folders),
        *given,
        *extra,
    ]


def one_a_line(selectors: Iterable[str]) -> str:
    """Write selectors as the plugin takes them: one a line, since the case of a check may hold blanks."""
    return "".join(f"{selector}\n" for selector in selectors)


def environment(storage: Path) -> dict[str, str]:
    """Return an environment in which only our own plugin is loaded, and Hypothesis keeps its files in `storage`."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_STORAGE_DIRECTORY": str(storage)}


def suite_folders() -> tuple[Path, ...]:
    """Return the folders that hold suites."""
    return (Path(conformance.suites.__path__[0]),)


Seen = Callable[[str, "Result | None"], None]


def run(order: Order, ledger: Ledger, seen: Seen = lambda _target, _result: None) -> list[Child]:
    """Run every target side by side and return what each said; `seen` is told of each header (None) and result."""
    children = [_start(order, target) for target in order.targets]
    ledger.children = children
    watch = selectors.DefaultSelector()
    for child in children:
        watch.register(child.pipe, selectors.EVENT_READ, child)
    try:
        while watch.get_map():
            for key, _ in watch.select():
                _read(key.data, watch, seen)
                ledger.advance()
    except KeyboardInterrupt:
        for child in children:
            child.process.wait(10)
            child.trouble = child.trouble or (Exit.INTERRUPTED, "interrupted by the keyboard")
    finally:
        for child in children:
            _end(child, order.folder)
        ledger.advance()
    return children


class Ledger:
    """The one writer of results.jsonl: the header as soon as every target is known or given up, then each result.

    `began` are the header fields that come from nobody's discovery.
    """

    def __init__(self, folder: Path, began: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.children: list[Child] = []
        self.results: list[Result] = []
        self._began = began
        self._written: dict[str, int] = {}
        self._file = (folder / "results.jsonl").open("w", encoding="utf-8")
        self._headed = False

    def advance(self) -> None:
        """Write what can be written by now."""
        if not self._headed:
            if not all(child.header or child.trouble for child in self.children):
                return
            self._headed = True
            self._line(results.header_line(self._header()))
        for child in self.children:
            for result in child.results[self._written.get(child.target, 0) :]:
                self._line(result.to_json())
                self.results.append(result)
            self._written[child.target] = len(child.results)

    def _header(self) -> dict[str, Any]:
        first: Mapping[str, Any] = next((c.header for c in self.children if c.header), {})
        targets = [
            {**row, "given": child.given}
            for child in self.children
            for row in (child.header["targets"] if child.header else [_unknown(child)])
        ]
        kept = {
            key: value for key, value in first.items() if key not in ("kind", "format", "targets", "command", "run")
        }
        return {**self._began, **kept, "targets": targets}

    def close(self, footer: Mapping[str, Any]) -> None:
        """Write the last line."""
        self._line(results.footer_line(footer))
        self._file.close()

    def _line(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()


def _unknown(child: Child) -> dict[str, Any]:
    why = child.trouble[1] if child.trouble else ""
    return {
        "name": Path(child.target).stem,
        "label": "",
        "product": "",
        "endpoints": [],
        "announced": {"greeting": "", "capabilities": {}, "tls": None},
        "trouble": why,
    }


def entering(target: str) -> list[str]:
    """Give the words before a command that is to run in the network of its target, if that has one of its own."""
    try:
        network = load(Path(target)).lab.get("network", "")
    except TargetError:
        return []  # a URL; of a wrong file the command itself complains
    return ["nsenter", f"--net={network}"] if network else []


def _start(order: Order, target: str) -> Child:
    read, write = os.pipe()
    log = order.folder / "log" / f"{Path(target).stem.replace(':', '-').replace('/', '-')}-{write}.txt"
    log.parent.mkdir(exist_ok=True)
    options = {**order.options, "target": target, "out": str(order.folder), "pipe": str(write)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*entering(target), *command(order.suites or suite_folders(), options, files=order.files.get(target, ()))],
            env=environment(order.folder / "hypothesis"), stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=[write],
        )  # fmt: skip
    os.close(write)
    return Child(target, order.given.get(target, target), process, read)


def _read(child: Child, watch: selectors.BaseSelector, seen: Seen) -> None:
    data = os.read(child.pipe, 1 << 16)
    if not data:
        watch.unregister(child.pipe)
        os.close(child.pipe)
        return
    *lines, child.rest = (child.rest + data).split(b"\n")
    for line in lines:
        _take(child, json.loads(line), seen)


def _take(child: Child, fields: dict[str, Any], seen: Seen) -> None:
    match fields["kind"]:
        case "header":
            child.header = fields
            seen(child.target, None)
        case "result":
            child.results.append(Result.from_fields(fields))
            seen(child.target, child.results[-1])
        case "footer":
            child.footer = fields
        case "trouble":
            child.trouble = (Exit(fields["exit"]), fields["why"])


def _end(child: Child, folder: Path) -> None:
    if child.process.poll() is None:
        try:
            child.process.wait(10)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
    if child.trouble is None and child.footer is not None and child.footer["exit"] == Exit.INTERRUPTED:
        child.trouble = (Exit.INTERRUPTED, f"{child.target}: {child.footer['why']}; see {folder / 'log'}")
    if child.trouble is None and child.footer is None:
        code = child.process.returncode
        why = f"{child.target}: the process of this run ended with {code}; see {folder / 'log'}"
        child.trouble = (Exit(code) if code in (4, 5) else Exit.HARNESS_ERROR, why)
