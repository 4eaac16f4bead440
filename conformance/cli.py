"""The command `mailconform`: its commands, and its entrance, at which every error that a person can cause is one line."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

import click

from conformance.commands import Complaint, again, catalogue, doctor, migration, reporting, roundtrip, runs, spf
from conformance.discovery import CannotJudge
from conformance.exits import Exit
from conformance.lab.commands import lab
from conformance.lab.errors import LabError
from conformance.outcomes import Inconclusive
from conformance.reports.compare import CompareError
from conformance.reports.issue import IssueError
from conformance.requirements import CatalogueError
from conformance.results import ResultsError
from conformance.runner import RunnerError
from conformance.target import TargetError
from conformance.waivers import WaiverError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mailconform")
def cli() -> None:
    """Judge mail servers by the RFCs, over the wire."""


cli.add_command(runs.run)
cli.add_command(runs.demo)
cli.add_command(runs.refute)
cli.add_command(runs.cleanup)
cli.add_command(catalogue.list_checks)
cli.add_command(catalogue.explain)
cli.add_command(catalogue.coverage)
cli.add_command(catalogue.schema)
cli.add_command(reporting.report)
cli.add_command(reporting.compare)
cli.add_command(again.replay)
cli.add_command(again.recheck)
cli.add_command(spf.spf_record)
cli.add_command(doctor.doctor)
cli.add_command(roundtrip.command)
cli.add_command(migration.migrate)
cli.add_command(migration.capacity)
cli.add_command(lab)


class _Outlet(io.FileIO):
    """Standard output whose reader may leave, as `head` does: the work goes on to its end, and ends with its own exit code."""

    def write(self, octets: ReadableBuffer, /) -> int:
        try:
            return super().write(octets)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            return super().write(octets)


@contextmanager
def _patient_stdout() -> Iterator[None]:
    asked = sys.stdout
    try:
        octets = io.BufferedWriter(_Outlet(asked.fileno(), "wb", closefd=False))
    except (AttributeError, io.UnsupportedOperation):  # the caller has closed it, or collects what is said in memory
        yield
        return
    with (
        io.TextIOWrapper(octets, asked.encoding, asked.errors, line_buffering=bool(asked.line_buffering)) as outlet,
        redirect_stdout(outlet),
    ):
        yield


def main() -> None:
    """Enter the program; every error that a person can cause is one line."""
    try:
        with _patient_stdout():
            cli(standalone_mode=False)
    except click.ClickException as error:
        said = error.format_message()
        if "\n" in said:  # no command was given: the help
            click.echo(said, err=True)
            sys.exit(int(Exit.USAGE))
        _complain(said, error.code if isinstance(error, Complaint) else Exit.USAGE)
    except click.Abort:
        sys.exit(int(Exit.INTERRUPTED))
    except RunnerError as error:
        _complain(str(error), error.code)
    except CannotJudge as error:
        _complain(str(error), Exit.CANNOT_JUDGE)
    except Inconclusive as error:
        _complain(str(error), Exit.CANNOT_JUDGE)
    except (TargetError, WaiverError, CatalogueError, ResultsError, CompareError, IssueError, LabError) as error:
        _complain(str(error), Exit.USAGE)
    except OSError as error:
        _complain(f"{error.filename or 'the system'}: {error.strerror or error}", Exit.USAGE)


def _complain(message: str, code: Exit) -> None:
    click.echo(f"mailconform: {message}", err=True)
    sys.exit(int(code))


if __name__ == "__main__":
    main()
