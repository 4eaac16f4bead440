"""Commands about what is demanded and how it is looked at: `list`, `explain`, `coverage`, `schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from conformance import running, surveying
from conformance.commands import Complaint
from conformance.exits import Exit
from conformance.reports import coverage as coverage_report
from conformance.reports import json_report
from conformance.requirements import Requirement


@click.command("list")
@click.argument("selectors", nargs=-1, metavar="[SELECTOR...]")
@click.option("--format", "form", type=click.Choice(["table", "json", "ids"]), default="table", show_default=True)
def list_checks(selectors: tuple[str, ...], form: str) -> None:
    """Show the checks and audits: what they prove, and where it stands."""
    rows = surveying.collect(selectors)
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


@click.command()
@click.argument("name", metavar="CHECK|REQUIREMENT|RFC/SECTION")
def explain(name: str) -> None:
    """Tell what is demanded, where, at which level, how it is looked at, and what was left out and why."""
    known = running.catalogue()
    rows = surveying.collect()
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


@click.command()
@click.argument("rfcs", nargs=-1, metavar="[RFC...]")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--untested", is_flag=True, help="List the requirements without a check, each with the reason.")
def coverage(rfcs: tuple[str, ...], form: str, untested: bool) -> None:
    """Hold the register of requirements against the checks."""
    known = running.catalogue()
    numbers = _numbers(rfcs, known.rfcs)
    checked = {
        r: tuple(row["check"].partition("[")[0] for row in rows)
        for r, rows in _by_requirement(surveying.collect()).items()
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


@click.command()
@click.argument(
    "name", type=click.Choice(["results", "list", "coverage", "matrix", "migration", "capacity", "roundtrip"])
)
def schema(name: str) -> None:
    """Print the JSON Schema of a data format."""
    click.echo((Path(json_report.__file__).parent / "schemas" / f"{name}.json").read_text("utf-8").rstrip())
