"""The command `mailconform`: reads what a person asked for, has it done, and says how it went in one line.

Everything here is words and exit codes; what a run is stands in `runner`, what it looks like in `reports`. Data goes to
standard output, progress and complaints to standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from conformance import campaign, embedded, exits, published, published_text, runner, running
from conformance.campaign import Done, Wanted
from conformance.cleanup import clean
from conformance.discovery import CannotJudge
from conformance.exits import Exit
from conformance.lab.commands import lab
from conformance.lab.errors import LabError
from conformance.outcomes import Inconclusive
from conformance.reports import compare as comparing
from conformance.reports import compare_html, compare_text, issue, json_report
from conformance.reports import coverage as coverage_report
from conformance.reports.compare import CompareError
from conformance.reports.issue import IssueError
from conformance.requirements import CatalogueError, Requirement
from conformance.results import ResultsError, read
from conformance.runner import RunnerError
from conformance.target import TargetError, from_url, seconds
from conformance.waivers import WaiverError


class Complaint(click.ClickException):
    """An error that a person caused: one line, and an exit code."""

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mailconform")
def cli() -> None:
    """Judge mail servers by the RFCs, over the wire."""


RUN_OPTIONS = [
    click.option(
        "-s",
        "--select",
        multiple=True,
        metavar="SEL",
        help="rfc1939, rfc1939/5, rfc1939/stat-*, pop3, level:must, needs:stls; repeatable.",
    ),
    click.option("--skip", multiple=True, metavar="SEL", help="Leave these out."),
    click.option(
        "-o",
        "--out",
        type=click.Path(path_type=Path),
        envvar="MAILCONFORM_OUT",
        help="Run folder (default: a fresh one below mailconform-out).",
    ),
    click.option(
        "--fail-on", type=click.Choice(exits.FAIL_ON), default="must", show_default=True, help="What makes exit 1."
    ),
    click.option("--deadline", default="20m", show_default=True, help="Time for a whole run."),
    click.option(
        "--max-unjudged",
        default="5%",
        show_default=True,
        help="Share of the MUST checks that may stay open; above: exit 6.",
    ),
    click.option(
        "--spf-suite",
        type=click.Path(path_type=Path),
        help="Test vectors of SPF in the openspf YAML dialect, as published: cases of rfc7208/the-published-suite-...",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Only the grid and the last lines."),
    click.option("-v", "--verbose", count=True, help="One line a check as it is judged; -vv: its transcript too."),
]


def run_options(command: Any) -> Any:
    """Give a command the options of a run."""
    for option in reversed(RUN_OPTIONS):
        command = option(command)
    return command


@cli.command()
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
    with _target_files(targets, options) as files:
        _finish(campaign.perform(tuple(files), _wanted(options, given=files)), quiet=options["quiet"])


def _wanted(options: dict[str, Any], **more: Any) -> Wanted:
    share = options["max_unjudged"].removesuffix("%")
    if not share.replace(".", "", 1).isdigit():
        raise Complaint(f"--max-unjudged {options['max_unjudged']!r}: give a share such as 5%")
    return Wanted(
        selectors=(*options["select"], *(f"!{selector}" for selector in options["skip"])),
        folder=options["out"],
        fail_on=options["fail_on"],
        deadline=seconds(options["deadline"]),
        max_unjudged=float(share) / 100,
        waivers=options.get("waivers"),
        baseline=options.get("baseline"),
        rerun=options.get("rerun_failed"),
        spf_suite=options["spf_suite"],
        quiet=options["quiet"],
        verbosity=options["verbose"],
        **more,
    )


def _finish(done: Done, *, quiet: bool) -> None:
    click.echo(campaign.last_words(done, quiet=quiet))
    sys.exit(int(done.code))


@contextlib.contextmanager
def _target_files(targets: tuple[str, ...], options: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Give each target as a file, with the words that named it; one written from a URL is private and removed again."""
    given = options.get("target_file")
    named = targets or ((str(given),) if given else ("mailconform.toml",) if Path("mailconform.toml").is_file() else ())
    if not named:
        raise Complaint("no target: give a target file, or a URL such as pop3://127.0.0.1:110")
    with tempfile.TemporaryDirectory() as scratch:
        yield {(_as_file(target, Path(scratch), options) if "://" in target else target): target for target in named}


def _as_file(url: str, scratch: Path, options: dict[str, Any]) -> str:
    target = from_url(url, user=options.get("user", ""), password_from=options.get("password_from", ""))
    file = scratch / f"{target.name}-{target.endpoints[0].port}.toml"
    file.touch(0o600)
    lines = [f"name = {json.dumps(target.name)}", f"endpoints = {json.dumps([str(target.endpoints[0])])}"]
    for account in target.accounts:
        pairs = (("user", account.user), ("password", account.password), ("address", account.address))
        lines += ["[[account]]", *(f"{key} = {json.dumps(value)}" for key, value in pairs)]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return str(file)


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


@cli.command()
@run_options
@click.option("--open/--no-open", "show", default=False, help="Open the page in a browser.")
def demo(show: bool, **options: Any) -> None:
    """Start servers nobody here wrote on loopback, judge them, and write the report: everything of POP3, some of IMAP and SMTP."""
    options["select"] = options["select"] or DEMONSTRATED
    with tempfile.TemporaryDirectory() as scratch, embedded.serve(Path(scratch)) as target:
        done = campaign.perform([str(target)], _wanted(options))
    click.echo(campaign.last_words(done, quiet=options["quiet"]))
    if show:
        click.launch(str(done.folder / "index.html"))
    if done.code is Exit.FINDINGS:  # they are what a demonstration shows
        click.echo("A run would end with 1; the demo has shown what it should, and ends with 0.")
        sys.exit(0)
    sys.exit(int(done.code))


@cli.command("list")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR...]")
@click.option("--format", "form", type=click.Choice(["table", "json", "ids"]), default="table", show_default=True)
def list_checks(selectors: tuple[str, ...], form: str) -> None:
    """Show the checks and audits: what they prove, and where it stands."""
    rows = runner.collect(selectors)
    if not rows:
        raise Complaint("nothing matches", Exit.NOTHING_SELECTED)
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif form == "ids":
        click.echo("\n".join(row["check"] for row in rows))
    else:
        table = [
            (row["check"], row["level"], f"RFC {row['rfc']} {row['section']}", " ".join(row["requirements"]))
            for row in rows
        ]
        click.echo(
            tabulate(table, headers=["check", "level", "source", "requirements"], maxcolwidths=[60, None, None, 34])
        )


@cli.command()
@click.argument("name", metavar="CHECK|REQUIREMENT|RFC/SECTION")
def explain(name: str) -> None:
    """Tell what is demanded, where, at which level, how it is looked at, and what was left out and why."""
    known = running.catalogue()
    rows = runner.collect()
    checks = [row for row in rows if name in (row["check"], row["check"].partition("[")[0])]
    wanted = {r for row in checks for r in row["requirements"]} or {r.id for r in known if _explains(name, r)}
    if not wanted:
        raise Complaint(
            f"nothing is called {name!r}: give an id that `mailconform list` shows, RFC1939-5-03, or rfc1939/5",
            Exit.NOTHING_SELECTED,
        )
    for row in checks:
        click.echo(f"{row['check']}\n  {row['title']}\n  {row['how']}\n")
    for requirement in (r for r in known if r.id in wanted):
        click.echo(_requirement(requirement, [row["check"] for row in rows if requirement.id in row["requirements"]]))


def _explains(name: str, requirement: Requirement) -> bool:
    return requirement.id == name.upper() or f"{name}." in (
        f"rfc{requirement.rfc}.",
        f"rfc{requirement.rfc}/{requirement.section}.",
    )


def _requirement(requirement: Requirement, checks: list[str]) -> str:
    lines = [
        f"{requirement.id}  {requirement.level}  RFC {requirement.rfc} section {requirement.section}"
        + ("  (inferred: an expectation, not the RFC's statement)" if requirement.inferred else ""),
        f"  {requirement.text}",
        f"  looked at: {requirement.how}",
        f"  checks:    {', '.join(checks) or 'none: ' + (requirement.unchecked or 'not yet')}",
    ]
    return "\n".join(lines) + "\n"


@cli.command()
@click.argument("rfcs", nargs=-1, metavar="[RFC...]")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--untested", is_flag=True, help="List the requirements without a check, each with the reason.")
def coverage(rfcs: tuple[str, ...], form: str, untested: bool) -> None:
    """Hold the register of requirements against the checks."""
    known = running.catalogue()
    numbers = _numbers(rfcs, known.rfcs)
    checked = {
        r: tuple(row["check"].partition("[")[0] for row in rows)
        for r, rows in _by_requirement(runner.collect()).items()
    }
    if untested:
        missing = coverage_report.untested(known, checked, numbers)
        click.echo(
            coverage_report.render_untested_json(missing)
            if form == "json"
            else coverage_report.render_untested(missing)
        )
        return
    counted = coverage_report.rows(known, checked, running.proven(), numbers)
    click.echo(coverage_report.render_json(counted) if form == "json" else coverage_report.render(counted))


def _numbers(rfcs: tuple[str, ...], known: tuple[int, ...]) -> tuple[int, ...]:
    wanted = [rfc.lower().removeprefix("rfc") for rfc in rfcs]
    unknown = [rfc for rfc in wanted if not rfc.isdigit() or int(rfc) not in known]
    if unknown:
        raise Complaint(f"no requirements of RFC {unknown[0]}; known are {', '.join(map(str, known))}")
    return tuple(int(rfc) for rfc in wanted) or known


def _by_requirement(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        for requirement in row["requirements"]:
            found.setdefault(requirement, []).append(row)
    return found


@cli.command()
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


@cli.command()
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


@cli.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@run_options
def refute(targets: tuple[str, ...], **options: Any) -> None:
    """Run each check as it is and once through its fault: who can fail? A survivor is exit 1."""
    with _target_files(targets, options) as files:
        done = campaign.perform(tuple(files), _wanted(options, given=files, refute=True))
    proven = {check for proofs in done.proofs.values() for check, word in proofs.items() if word == "proven"}
    survivors = [
        (target, check, word)
        for target, proofs in done.proofs.items()
        for check, word in proofs.items()
        if word.startswith("unproven")
    ]
    open_ids = sorted({check for proofs in done.proofs.values() for check in proofs} - proven)
    for target, check, word in survivors:
        click.echo(f"✘ {target}  {check}  {word}")
    for check in open_ids:
        words = {word for proofs in done.proofs.values() for name, word in proofs.items() if name == check}
        click.echo(f"? {check}  {'; '.join(sorted(words))[:160]}")
    click.echo(
        f"{len(proven)} checks proven, {len(survivors)} survivors, {len(open_ids)} held by none of these targets and so not provable here"
    )
    if not done.proofs:
        raise Complaint(done.why, done.code)
    sys.exit(int(Exit.FINDINGS) if survivors else 0)


@cli.command()
@click.argument("target", type=click.Path(path_type=Path))
def cleanup(target: Path) -> None:
    """Remove every message that a run, also one that crashed, has left in the test accounts."""
    for account, removed in clean(target):
        click.echo(f"{account}: {removed} messages removed")


@cli.command()
@click.argument("name", type=click.Choice(["results", "list", "coverage", "matrix"]))
def schema(name: str) -> None:
    """Print the JSON Schema of a data format."""
    click.echo((Path(json_report.__file__).parent / "schemas" / f"{name}.json").read_text("utf-8").rstrip())


@cli.command("spf-record")
@click.argument("domain")
@click.option("--selector", "selectors", multiple=True, metavar="NAME", help="Also judge this DKIM key; repeatable.")
@click.option("--resolver", metavar="ADDRESS[:PORT]", help="Whom to ask (default: the system's resolver).")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def spf_record(domain: str, selectors: tuple[str, ...], resolver: str | None, as_json: bool) -> None:
    """Judge what DOMAIN publishes: its SPF record and all that it includes, its DMARC record, DKIM keys."""
    try:
        name = published.domain_name(domain)
        chosen = [published.domain_name(selector) for selector in selectors]
        asked = published.resolver(resolver)
    except ValueError as error:
        raise Complaint(str(error)) from error
    report = published.judge(name, asked, chosen)
    click.echo(published_text.as_json(report) if as_json else published_text.table(report))
    sys.exit(int(report.exit))


cli.add_command(lab)


@lab.command("run")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@run_options
@click.option("--refute", "refuting", is_flag=True, help="Also run each check through its fault.")
def lab_run(names: tuple[str, ...], refuting: bool, **options: Any) -> None:
    """Start lab servers (by default all that speak what is selected), run the suites on them, and show one matrix."""
    from conformance import lab as servers  # noqa: PLC0415 - the group of the same name is this module's

    wanted = _wanted(options, refute=refuting, strict_waivers=True)
    chosen = names or servers.speaking({row["protocol"] for row in runner.collect(wanted.selectors)})
    already = set(servers.running())

    def tell(line: str) -> None:
        click.echo(line, err=True)

    servers.build(chosen, progress=tell)
    files = [str(servers.up(name, progress=tell).target_file) for name in chosen]
    try:
        done = campaign.perform(files, wanted)
    finally:
        for name in set(chosen) - already:
            servers.down(name)
    _finish(done, quiet=options["quiet"])


def main() -> None:
    """Enter the program; every error that a person can cause is one line."""
    try:
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
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has seen enough
    except OSError as error:
        _complain(f"{error.filename or 'the system'}: {error.strerror or error}", Exit.USAGE)


def _complain(message: str, code: Exit) -> None:
    click.echo(f"mailconform: {message}", err=True)
    sys.exit(int(code))


if __name__ == "__main__":
    main()
