"""Commands that read run folders: `report`, `compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance import campaign, exits
from conformance.commands import Complaint
from conformance.reports import compare as comparing
from conformance.reports import compare_html, compare_text, issue, json_report
from conformance.results import read


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the matrix as JSON and write nothing.")
@click.option(
    "--issue", "check", metavar="CHECK", help="Print a bug report about this check, ready to file, and write nothing."
)
@click.option("--target", metavar="NAME", help="Whom the bug report is about, where several targets fail.")
def report(folder: Path, as_json: bool, check: str | None, target: str | None) -> None:
    """Render a run folder again: page, Markdown, JUnit, JSON."""
    if target and not check:
        raise Complaint("--target goes with --issue")
    if check and as_json:
        raise Complaint("give --issue or --json, not both")
    finished = read(folder)
    if check:
        click.echo(issue.render(finished, check, target).rstrip("\n"))
        return
    if as_json:
        click.echo(json_report.render(finished))
        return
    campaign.write_reports(finished, folder)
    click.echo("\n".join(str(folder / name) for name in campaign.RENDERERS))


@click.command()
@click.argument("before", type=click.Path(path_type=Path), metavar="A")
@click.argument("after", type=click.Path(path_type=Path), metavar="[B]", required=False)
@click.option("--from", "old", metavar="NAME", help="Target of A (default: its only one).")
@click.option("--to", "new", metavar="NAME", help="Target of B (default: its only one, or the one called as in A).")
@click.option("--html", "page", type=click.Path(path_type=Path), metavar="FILE", help="Also write a page.")
@click.option("--md", "as_markdown", is_flag=True, help="Print Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--fail-on", type=click.Choice(exits.DIFFER_ON), default="regress", show_default=True, help="What makes exit 8."
)
def compare(before: Path, after: Path | None, old: str | None, new: str | None, **options: Any) -> None:
    """Hold run folder B against A, or two targets of A, before a migration; a regression at MUST is exit 8."""
    if options["as_markdown"] and options["as_json"]:
        raise Complaint("give --md or --json, not both")
    first = read(before)
    second = read(after) if after else first
    one = comparing.side(first, old, "--from")
    shared = one.target if after and one.target in second.targets and len(second.targets) > 1 else None
    comparison = comparing.compare(one, comparing.side(second, new or shared, "--to"))
    if options["page"]:
        options["page"].write_text(compare_html.render(comparison), "utf-8")
    interrupted = first.interrupted or second.interrupted
    counts = comparison.counts(waived=False)
    code, why = exits.of_comparison(
        counts, judged=comparison.judged, interrupted=interrupted, fail_on=options["fail_on"]
    )
    render = (
        compare_text.markdown
        if options["as_markdown"]
        else compare_text.as_json
        if options["as_json"]
        else compare_text.console
    )
    click.echo(render(comparison).rstrip("\n"))
    click.echo(
        f"{'' if render is compare_text.console else 'mailconform: '}exit {int(code)}  ({why})",
        err=render is not compare_text.console,
    )
    sys.exit(int(code))
