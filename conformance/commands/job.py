"""What a run tells the job that it is part of, on GitHub Actions: a summary and annotations."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from conformance.reports import github, markdown
from conformance.results import Run


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Have the job's runner take nothing that is printed meanwhile for a command: what a server says may look like one."""
    if not _annotated():
        yield
        return
    word = secrets.token_hex(16)
    _between(f"::stop-commands::{word}")
    try:
        yield
    finally:
        _between(f"::{word}::")


def tell(run: Run) -> None:
    """Append the report to the job's summary, and annotate the job; neither changes how the run ended."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(markdown.render(run))
        except OSError as error:
            click.echo(f"mailconform: no job summary in {summary}: {error.strerror}", err=True)
    if _annotated():
        click.echo(github.commands(run), nl=False)


def _annotated() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _between(line: str) -> None:
    sys.stderr.flush()
    click.echo(line)
