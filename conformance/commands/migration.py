"""The commands `mailconform migrate ...` and `capacity`: what a move has kept, and how large a mailbox may grow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance import capacity as measuring
from conformance import exits, migration, running
from conformance.reports import capacity as capacity_report
from conformance.reports import migration as report
from conformance.target import seconds

RENDERERS = {"migration.json": report.as_json, "migration.md": report.markdown}


@click.group()
def migrate() -> None:
    """Before and after a move from one server to another."""


@migrate.command("check")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    envvar="MAILCONFORM_OUT",
    help="Folder of the check (default: a fresh one below mailconform-out); one that was cut short goes on there.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(exits.MIGRATION_FAIL_ON)),
    default="noticed",
    show_default=True,
    help="What makes exit 8.",
)
@click.option("--deadline", default="12h", show_default=True, help="Time for all of it.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def check(old: Path, new: Path, **options: Any) -> None:
    """Hold the mail of two target files' accounts against each other, the first with the first; read-only."""
    folder = options["out"] or running.fresh_folder()

    def tell(line: str) -> None:
        if not options["quiet"]:
            click.echo(line, err=True)

    found = migration.check(old, new, folder, tell, seconds(options["deadline"]))
    for name, render in RENDERERS.items():
        (folder / name).write_text(render(found) + "\n", "utf-8")
    code, why = exits.of_migration(
        report.by_notice(found), compared=found.mailboxes, unjudged=found.unjudged, fail_on=options["fail_on"]
    )
    click.echo(report.console(found))
    click.echo(f"\nReport  {folder / 'migration.md'}\nexit {int(code)}  ({why})")
    sys.exit(int(code))


@click.command()
@click.argument("targets", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TARGET [TARGET2]")
@click.option("--messages", default="1000,10000", show_default=True, help="Sizes of the mailbox, 100000 at most.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), envvar="MAILCONFORM_OUT", help="Folder of table, JSON and picture."
)
@click.option("--deadline", default="1h", show_default=True, help="Time for all of it.")
def capacity(targets: tuple[Path, ...], messages: str, out: Path | None, deadline: str) -> None:
    """Measure how commands slow down as a mailbox grows, cold and warm; the mailbox is removed afterwards."""
    if len(targets) > 2:
        raise click.UsageError("capacity: give one target or two")
    try:
        sizes = measuring.sizes(messages)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    folder = out or running.fresh_folder()
    found = measuring.measure(targets, sizes, lambda line: click.echo(line, err=True), seconds(deadline))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capacity.md").write_text(capacity_report.markdown(found), "utf-8")
    (folder / "capacity.json").write_text(capacity_report.as_json(found) + "\n", "utf-8")
    (folder / capacity_report.PICTURE).write_text(capacity_report.picture(found), "utf-8")
    click.echo(f"{capacity_report.console(found)}\n\nReport  {folder / 'capacity.md'}")
