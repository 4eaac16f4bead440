"""Commands that go back to a run: `replay` asks one question again, `recheck` reads again what was answered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance import campaign, exits, rechecking, results_earlier, running
from conformance.campaign import Wanted
from conformance.commands import Complaint
from conformance.commands.options import target_files
from conformance.rechecking import Rechecked
from conformance.reports import by_hand
from conformance.reports.text import plural, shortened, visible
from conformance.results import Result, Run, read
from conformance.verdicts import MARKS, Outcome

_SAID_CHARACTERS = 240


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("check")
@click.option("--target", "name", metavar="NAME", help="On whom, where the run has several targets.")
@click.option("--by-hand", is_flag=True, help="Print what to type into nc or openssl s_client, and ask nothing.")
@click.option("-t", "--target-file", type=click.Path(path_type=Path), help="Target file (default: that of the run).")
@click.option("--user", default="", help="Account, where the run's target was a URL.")
@click.option(
    "--password-from", default="", metavar="env:NAME|file:PATH|cmd:COMMAND", help="Where its password comes from."
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Run folder (default: a fresh one).")
def replay(folder: Path, check: str, name: str | None, **options: Any) -> None:
    """Ask CHECK of a run again and show what is said; or tell how to ask it by hand."""
    run = read(folder)
    before = _result(run, check, name)
    if options["by_hand"]:
        text = by_hand.render(run, before)
        if not text:
            raise Complaint(f"{folder} has kept no conversation of {before.check} on {before.target}")
        click.echo(text)
        return
    given = options["target_file"] or _given(run, before.target)
    if "://" not in str(given) and not Path(given).is_file():
        raise Complaint(f"the target file of that run is gone ({given}): give one with --target-file")
    wanted = Wanted(selectors=(before.check,), folder=options["out"] or running.fresh_folder(), verbosity=2)
    if folder.resolve() == (wanted.folder or folder).resolve():
        raise Complaint(f"{folder} is the run to replay: give another run folder")
    with target_files((str(given),), {**options, "target_file": None}) as files:
        done = campaign.perform(tuple(files), wanted)
    for now in done.run.results:
        click.echo(f"then  {_said(before)}\nnow   {_said(now)}")
    click.echo(f"Report  {done.folder / 'index.html'}\nexit {int(done.code)}  ({visible(done.why)})")
    sys.exit(int(done.code))


def _result(run: Run, check: str, name: str | None) -> Result:
    """Return the one result that is meant: the case that is named, or the first that was not well."""
    if name is not None and name not in run.targets:
        raise Complaint(f"{run.folder} has no target {name} (it has: {', '.join(run.targets)})")
    asked = [r for r in run.results if check in (r.check, r.check.partition("[")[0]) and name in (None, r.target)]
    if not asked:
        raise Complaint(f"{run.folder} has no result of {check}{f' on {name}' if name else ''}")
    on = list(dict.fromkeys(result.target for result in asked))
    if len(on) > 1:
        raise Complaint(f"{check} was asked of several targets: choose with --target ({', '.join(on)})")
    return next((result for result in asked if result.outcome is Outcome.BROKEN), asked[0])


def _given(run: Run, name: str) -> str:
    fields = next(fields for fields in run.header["targets"] if fields["name"] == name)
    return str(fields.get("given") or next(iter(fields.get("endpoints", ())), ""))


def _said(result: Result) -> str:
    text = result.observed or result.why or result.title
    return f"{MARKS[result.verdict]} {result.verdict}: {visible(shortened(text, _SAID_CHARACTERS))}"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="RUN")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Also write a run folder with what is said now.")
@click.option(
    "--fail-on", type=click.Choice(exits.FAIL_ON), default="must", show_default=True, help="What makes exit 1."
)
def recheck(folder: Path, out: Path | None, fail_on: str) -> None:
    """Have today's audits read the conversations that RUN has kept, without a network; what they newly find is exit 1."""
    run = read(folder)
    found = rechecking.recheck(run)
    code, why = exits.of(
        [entry.now for entry in found], fail_on=fail_on, max_unjudged=1.0, known=results_earlier.known(run)
    )
    for entry in found:
        if entry.new or entry.gone:
            click.echo(_changed(entry))
    click.echo(_counted(found))
    if out:
        campaign.write_reports(rechecking.write(run, found, out, code, why), out)
        click.echo(f"Report  {out / 'index.html'}")
    click.echo(f"exit {int(code)}  ({why})")
    sys.exit(int(code))


def _changed(entry: Rechecked) -> str:
    told = entry.now if entry.new else entry.before or entry.now
    place = f"{told.evidence.transcript} line {told.evidence.line}" if told.evidence else ""
    lines = [
        f"{'new ' if entry.new else 'gone'}  {MARKS[told.verdict]} {told.target}  {told.check}",
        f"      {shortened(told.observed, _SAID_CHARACTERS)}",
        *([f"      {place}"] if place else []),
    ]
    return "\n".join(map(visible, lines))


def _counted(found: tuple[Rechecked, ...]) -> str:
    accuse = sum(entry.now.outcome is Outcome.BROKEN for entry in found)
    new, gone = sum(entry.new for entry in found), sum(entry.gone for entry in found)
    return f"{plural(len(found), 'audit')} read what was kept: {accuse} accuse, {new} new, {gone} gone"
