"""What every command that runs the suites can be asked for, and how its end is told."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance import campaign, exits, selection
from conformance.campaign import Wanted
from conformance.commands import Complaint, job
from conformance.exits import Exit
from conformance.target import from_url, seconds

RUN_OPTIONS = [
    click.option(
        "-s",
        "--select",
        multiple=True,
        metavar="SEL",
        help="rfc1939, rfc1939/5, rfc1939/stat-*, pop3, dsn, level:must, needs:stls; repeatable, or with commas between.",
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
        "--retries-fail",
        type=click.IntRange(0, 9),
        default=2,
        show_default=True,
        help="How often a failure is confirmed; one that is not is flaky, and no finding.",
    ),
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


def wanted_of(options: dict[str, Any], **more: Any) -> Wanted:
    share = options["max_unjudged"].removesuffix("%")
    if not share.replace(".", "", 1).isdigit():
        raise Complaint(f"--max-unjudged {options['max_unjudged']!r}: give a share such as 5%")
    return Wanted(
        selectors=(
            *(part for given in options["select"] for part in selection.parts(given)),
            *(f"!{part}" for given in options["skip"] for part in selection.parts(given)),
        ),
        folder=options["out"],
        fail_on=options["fail_on"],
        deadline=seconds(options["deadline"]),
        retries=options["retries_fail"],
        max_unjudged=float(share) / 100,
        waivers=options.get("waivers"),
        baseline=options.get("baseline"),
        rerun=options.get("rerun_failed"),
        spf_suite=options["spf_suite"],
        quiet=options["quiet"],
        verbosity=options["verbose"],
        **more,
    )


def carry_out(targets: Sequence[str], wanted: Wanted) -> NoReturn:
    """Have the suites run, show how it went, also to the job that it is part of, and end the process."""
    with job.silenced():
        done = campaign.perform(targets, wanted)
        click.echo(campaign.last_words(done, quiet=wanted.quiet))
    if wanted.refute:
        click.echo(f"\n{campaign.proven_words(done)}")
    job.tell(done.run)
    sys.exit(int(done.code or (Exit.FINDINGS if done.survivors else 0)))


@contextlib.contextmanager
def target_files(targets: tuple[str, ...], options: dict[str, Any]) -> Iterator[dict[str, str]]:
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
