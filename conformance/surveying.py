"""What checks and audits there are, and which of them are meant: collected once, and kept until a file of the package changes.

Collecting takes seconds, since it reads every suite; so its outcome is kept below $MAILCONFORM_CACHE, or below the user's
cache, under a name that stands for the packages' files (path, size, time of change) and for the versions that read them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from conformance import results, results_earlier, runner, running
from conformance.checks import Check
from conformance.exits import Exit
from conformance.runner import RunnerError
from conformance.selection import SelectorError, select

KEPT = 8
"""Surveys that are kept, the newest."""
READ = {".py", ".jsonl", ".txt", ".yml", ".ini"}
"""Suffixes of the files that a survey depends on."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The ids of all checks and audits, what the selected ones say of themselves, and what a header tells of all."""

    ids: frozenset[str]
    rows: list[dict[str, Any]]
    told: Mapping[str, Any]

    def files(self, spoken: Collection[str]) -> tuple[str, ...]:
        """Where the selected checks of these protocols stand, in the order of collection; those of all if it has none."""
        (root,) = runner.suite_folders()
        rows = [row for row in self.rows if row["file"]]
        meant = [row for row in rows if not set(spoken).isdisjoint(row["protocols"])] or rows
        return tuple(dict.fromkeys(str(root / row["file"]) for row in meant))

    def to_json(self) -> str:
        """Write what a target's process is told: the ids of the selected ones, and what its header tells of all."""
        return json.dumps({"chosen": [row["check"] for row in self.rows], "told": self.told}, ensure_ascii=False)


def collect(chosen: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return what every selected check and audit says of itself; raises RunnerError."""
    return survey(chosen).rows


def survey(chosen: Sequence[str] = (), spf_suite: Path | None = None, again: Path | None = None) -> Survey:
    """Return what checks and audits there are and what is selected.

    `spf_suite` is a file of test vectors that adds cases, `again` a run folder: only what it left open. Raises RunnerError
    for a selector that means nothing, and if the suites cannot be collected; ResultsError for a folder that holds no run.
    """
    found = _everything(spf_suite)
    try:
        meant = {check.id for check in select(map(_check, found["rows"]), chosen, running.catalogue())}
    except SelectorError as error:
        raise RunnerError(Exit.USAGE, str(error)) from error
    if again:
        earlier = results.read(again)
        meant &= results_earlier.open_checks(earlier, earlier.targets)
    return Survey(frozenset(found["ids"]), [row for row in found["rows"] if row["check"] in meant], found["told"])


def _check(row: Mapping[str, Any]) -> Check:
    """Return a check as far as selectors ask for it."""
    return Check(
        id=row["check"],
        title=row["title"],
        how=row["how"],
        requirements=tuple(row["requirements"]),
        refuted_by=None,
        needs=tuple(row["needs"]),
        protocols=tuple(row["protocols"]),
        file=row["file"],
    )


def _everything(spf_suite: Path | None) -> dict[str, Any]:
    """Return what was collected of everything, kept or anew; a cache that cannot be read or written is as good as none."""
    kept = _cache() / f"survey-{_fingerprint(spf_suite)}.json"
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(kept.read_text("utf-8"))
        return found
    text = _collected(spf_suite)
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as beside:
            (Path(beside) / "survey").write_text(text, "utf-8")
            (Path(beside) / "survey").replace(kept)  # at once, for those who read meanwhile
        for old in sorted(kept.parent.glob("survey-*.json"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink()
    anew: dict[str, Any] = json.loads(text)
    return anew


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(os.environ.get("MAILCONFORM_CACHE") or Path(home) / "mailconform")


def _fingerprint(spf_suite: Path | None) -> str:
    said = [sys.version, pytest.__version__, hypothesis.__version__]
    for root in (runner.HERE, *runner.suite_folders()):
        statuses = ((path, path.stat()) for path in root.rglob("*") if path.suffix in READ)
        said += [f"{path}\0{status.st_size}\0{status.st_mtime_ns}" for path, status in statuses]
    digest = hashlib.sha256("\n".join(sorted(said)).encode())
    with contextlib.suppress(OSError):  # of which collecting complains
        digest.update(spf_suite.read_bytes() if spf_suite else b"")
    return digest.hexdigest()[:16]


def _collected(spf_suite: Path | None) -> str:
    """Let pytest collect all suites in a process of its own, and return what it writes down."""
    with tempfile.TemporaryDirectory() as scratch:
        listing = Path(scratch) / "checks.json"
        call = runner.command(
            runner.suite_folders(),
            {"list": str(listing), "spf-suite": str(spf_suite.resolve() if spf_suite else "")},
            ["--collect-only"],
        )
        done = subprocess.run(call, env=runner.environment(Path(scratch)), capture_output=True, text=True, check=False)
        if done.returncode == pytest.ExitCode.USAGE_ERROR and not listing.is_file():
            raise RunnerError(Exit.USAGE, _last_error(done.stderr).removeprefix("ERROR: "))
        if done.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) or not listing.is_file():
            raise RunnerError(
                Exit.HARNESS_ERROR, f"the suites cannot be collected: {_last_error(done.stdout + done.stderr)}"
            )
        return listing.read_text("utf-8")


def _last_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith(("E ", "ERROR"))]
    return lines[-1] if lines else output.strip()[-300:]
