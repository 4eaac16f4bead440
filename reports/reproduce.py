"""The command that asks one question again, for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from conformance.results import Result, Run


def command(run: Run, result: Result) -> str:
    """Return the `mailconform run` line for one check on one target, quoted for a POSIX shell.

    The target is named as it was given on the command line of the run if the header says so, else by its first
    endpoint. Generated input needs no seed: a run makes the same examples each time.
    """
    return shlex.join(["mailconform", "run", _named(run, result.target), "-s", result.check, "-vv"])


def _named(run: Run, target: str) -> str:
    fields: Mapping[str, Any] = next((fields for fields in run.header["targets"] if fields["name"] == target), {})
    return str(fields.get("given") or next(iter(fields.get("endpoints", ())), target))
