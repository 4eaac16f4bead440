"""Progress of a run on standard error: a line rewritten on a terminal, plain lines of milestones elsewhere."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from conformance.results import Result
from conformance.verdicts import MARKS, Verdict

EVERY = 50


class Progress:
    """Told of each target's header and results; shows how far each has come."""

    def __init__(self, expected: int, folder: Path, *, quiet: bool = False, verbosity: int = 0) -> None:
        self._expected = expected
        self._quiet = quiet
        self._folder = folder
        self._verbosity = verbosity
        self._counts: dict[str, Counter[Verdict]] = {}
        self._tasks: dict[str, TaskID] = {}
        console = Console(file=sys.stderr)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
        )
        self._bar = (
            Bar(*columns, console=console, transient=True)
            if console.is_terminal and not quiet and not verbosity
            else None
        )

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def seen(self, target: str, result: Result | None) -> None:
        """Take note of a target's header (no result) or of one more result."""
        counts = self._counts.setdefault(target, Counter())
        if result is not None:
            counts[result.verdict] += 1
        if self._bar:
            self._show(self._bar, target, result)
        elif not self._quiet and counts.total() and (counts.total() % EVERY == 0 or self._verbosity):
            self._line(result, counts)

    def _show(self, bar: Bar, target: str, result: Result | None) -> None:
        name = result.target if result else target.rsplit("/", 1)[-1]
        if target not in self._tasks:
            self._tasks[target] = bar.add_task(name, total=self._expected, now="")
        if result is None:
            return
        bar.update(self._tasks[target], description=name, advance=1, now=f"{MARKS[result.verdict]} {result.check[:40]}")

    def _line(self, result: Result | None, counts: Counter[Verdict]) -> None:
        if result is not None and self._verbosity:
            sys.stderr.write(f"{MARKS[result.verdict]} {result.target}  {result.check}  {result.seconds:.3f} s\n")
            if self._verbosity > 1 and result.evidence:
                sys.stderr.write((self._folder / result.evidence.transcript).read_text("utf-8"))
        elif result is not None:
            marks = "  ".join(f"{MARKS[verdict]} {counts[verdict]}" for verdict in Verdict if counts[verdict])
            sys.stderr.write(f"{result.target}  {counts.total()}/{self._expected}  {marks}\n")
