"""Commands that talk to servers: `run`, `demo`, `refute`, `cleanup`, `lab run`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from conformance import campaign, embedded, surveying
from conformance import lab as servers
from conformance.cleanup import clean
from conformance.commands import Complaint
from conformance.commands.options import carry_out, run_options, target_files, wanted_of
from conformance.exits import Exit
from conformance.lab.commands import lab


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@run_options
@click.option(
    "-t", "--target-file", type=click.Path(path_type=Path), envvar="MAILCONFORM_TARGET_FILE", help="Target file."
)
@click.option("--user", default="", help="Account, where TARGET is a URL.")
@click.option(
    "--password-from", default="", metavar="env:NAME|file:PATH|cmd:COMMAND", help="Where its password comes from."
)
@click.option("--waivers", type=click.Path(path_type=Path), help="Known deviations.")
@click.option("--strict-waivers", is_flag=True, help="A waiver that is no longer needed makes exit 7.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Run folder: only findings it does not have make exit 1.",
)
@click.option(
    "--rerun-failed",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Run folder: only what failed or could not be judged there.",
)
def run(targets: tuple[str, ...], **options: Any) -> None:
    """Run the suites against TARGET (a target file, or a URL such as pop3://127.0.0.1:110) and write a run folder."""
    with target_files(targets, options) as files:
        carry_out(tuple(files), wanted_of(options, given=files, strict_waivers=options["strict_waivers"]))


DEMONSTRATED = (
    "pop3",
    "rfc3501/2.3",
    "rfc3501/6.3.1",
    "rfc3501/6.4.3",
    "rfc3501/6.4.6",
    "rfc4315",
    "rfc6851",
    "rfc3502",
    "rfc5321/2.3",
    "rfc5321/4.1",
    "rfc5321/4.2",
    "rfc5321/4.5",
    "rfc1870/6",
    "rfc4954",
    "rfc2033/4.1",
)
"""What the demo runs where nobody chooses: a few minutes of IMAP and SMTP would be more than a demonstration."""


@click.command()
@run_options
@click.option("--open/--no-open", "show", default=False, help="Open the page in a browser.")
def demo(show: bool, **options: Any) -> None:
    """Start servers nobody here wrote on loopback, judge them, and write the report: everything of POP3, some of IMAP and SMTP."""
    options["select"] = options["select"] or DEMONSTRATED
    with tempfile.TemporaryDirectory() as scratch, embedded.serve(Path(scratch)) as target:
        done = campaign.perform([str(target)], wanted_of(options))
    click.echo(campaign.last_words(done, quiet=options["quiet"]))
    if show:
        click.launch(str(done.folder / "index.html"))
    if done.code is Exit.FINDINGS:  # they are what a demonstration shows
        click.echo("A run would end with 1; the demo has shown what it should, and ends with 0.")
        sys.exit(0)
    sys.exit(int(done.code))


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@run_options
def refute(targets: tuple[str, ...], **options: Any) -> None:
    """Run each check as it is and once through its fault: who can fail? A survivor is exit 1."""
    with target_files(targets, options) as files:
        done = campaign.perform(tuple(files), wanted_of(options, given=files, refute=True))
    click.echo(campaign.proven_words(done))
    if not done.proofs:
        raise Complaint(done.why, done.code)
    sys.exit(int(Exit.FINDINGS) if done.survivors else 0)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def cleanup(target: Path) -> None:
    """Remove every message that a run, also one that crashed, has left in the test accounts."""
    for account, removed in clean(target):
        click.echo(f"{account}: {removed} messages removed")


@lab.command("run")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@run_options
@click.option("--refute", "refuting", is_flag=True, help="Also run each check through its fault; a survivor is exit 1.")
def lab_run(names: tuple[str, ...], refuting: bool, **options: Any) -> None:
    """Start lab servers (by default all that speak what is selected), run the suites on them, and show one matrix."""
    wanted = wanted_of(options, refute=refuting, strict_waivers=True)
    selected = surveying.survey(wanted.selectors, wanted.spf_suite).rows
    chosen = names or servers.speaking({name for row in selected for name in row["protocols"]})
    already = set(servers.running())

    def tell(line: str) -> None:
        click.echo(line, err=True)

    servers.build(chosen, progress=tell)
    files = [str(servers.up(name, progress=tell).target_file) for name in chosen]
    try:
        carry_out(files, wanted)
    finally:
        for name in set(chosen) - already:
            servers.down(name)
