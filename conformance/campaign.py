"""A run from the order to the last line: children, ledger, waivers, exit code, reports."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance import exits, results_earlier, runner, running, surveying, waivers
from conformance.exits import Exit
from conformance.progress import Progress
from conformance.reports import badge, console, html, json_report, junit, markdown, sarif
from conformance.results import Result, Run, read
from conformance.runner import Child, Ledger, Order, RunnerError
from conformance.target import load

RENDERERS = {
    "index.html": html.render,
    "report.md": markdown.render,
    "junit.xml": junit.render,
    "results.sarif": sarif.render,
    "matrix.json": json_report.render,
    "badge.svg": badge.render,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked for; deadline in seconds, max_unjudged as a share of the MUST checks."""

    selectors: tuple[str, ...] = ()
    folder: Path | None = None
    fail_on: str = "must"
    deadline: float = 1200.0
    retries: int = 2
    max_unjudged: float = 0.05
    waivers: Path | None = None
    baseline: Path | None = None
    rerun: Path | None = None
    spf_suite: Path | None = None
    quiet: bool = False
    verbosity: int = 0
    refute: bool = False
    strict_waivers: bool = False
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it."""

    code: Exit
    why: str
    folder: Path
    run: Run
    proofs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each target, what came of running each check through its fault."""

    @property
    def survivors(self) -> list[tuple[str, str, str]]:
        """Target, check and what was seen, where a check has not turned BROKEN through its fault."""
        each = ((target, check, word) for target, proofs in self.proofs.items() for check, word in proofs.items())
        return [row for row in each if row[2].startswith("unproven")]


def perform(targets: Sequence[str], wanted: Wanted) -> Done:
    """Run the suites against target files and write the run folder with its reports.

    Raises TargetError, WaiverError, ResultsError and RunnerError before anything is sent.
    """
    known = _known(targets, wanted)
    suite = str(wanted.spf_suite.resolve()) if wanted.spf_suite else ""
    folder = wanted.folder or running.fresh_folder()
    baseline = _baseline(wanted.baseline, targets) if wanted.baseline else None
    again = _again(wanted.rerun, folder) if wanted.rerun else ""
    survey = surveying.survey(wanted.selectors, wanted.spf_suite, wanted.rerun)
    if wanted.rerun:
        targets = _left_open(wanted.rerun, targets, {row["check"] for row in survey.rows})
    if not survey.rows:
        raise RunnerError(Exit.NOTHING_SELECTED, "the selectors leave no check")
    options = {
        "selectors": runner.one_a_line(wanted.selectors),
        "waivers": str(wanted.waivers or ""),
        "fail-on": wanted.fail_on,
        "deadline": str(wanted.deadline),
        "retries": str(wanted.retries),
        "refute": "1" if wanted.refute else "",
        "spf-suite": suite,
        "again": again,
    }
    ledger = Ledger(folder, {**_began(), "selectors": list(wanted.selectors), "deadline": wanted.deadline})
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as told:
        told.write(survey.to_json())
        told.flush()
        order = Order(
            targets=tuple(targets),
            folder=folder,
            options={**options, "surveyed": told.name},
            given=wanted.given,
            files={target: survey.files(running.spoken(load(Path(target)))) for target in targets},
        )
        with Progress(len(survey.rows), folder, quiet=wanted.quiet, verbosity=wanted.verbosity) as progress:
            children = runner.run(order, ledger, progress.seen)
    problems = waivers.problems(known, ledger.results, survey.ids, dt.datetime.now(dt.UTC).date())
    code, why = _exit(children, ledger.results, wanted, problems, baseline)
    proofs = _proofs(children)
    facts: dict[str, Any] = {"waiver_problems": problems} | ({"proofs": proofs} if proofs else {})
    if baseline:
        facts["baseline"] = results_earlier.account(baseline, ledger.results)
    ledger.close(running.footer(ledger.results, code, why, _health(children)) | facts)
    run = read(folder)
    write_reports(run, folder)
    return Done(code=code, why=why, folder=folder, run=run, proofs=proofs)


def _known(targets: Sequence[str], wanted: Wanted) -> tuple[waivers.Waiver, ...]:
    loaded = [load(Path(target)) for target in targets]
    found = tuple(w for target in loaded for w in running.known_deviations(target))
    return (*found, *(waivers.load(wanted.waivers) if wanted.waivers else ()))


def _baseline(folder: Path, targets: Sequence[str]) -> Run:
    """Read the run that findings are held against; one that shares no target with this run would make all of them new."""
    baseline, names = read(folder), [load(Path(target)).name for target in targets]
    if not set(names) & set(baseline.targets):
        raise RunnerError(
            Exit.USAGE, f"baseline {folder} has no target {' or '.join(names)} (it has: {', '.join(baseline.targets)})"
        )
    return baseline


def _again(earlier: Path, folder: Path) -> str:
    read(earlier)
    if earlier.resolve() == folder.resolve():
        raise RunnerError(Exit.USAGE, f"{folder} is the run to run again: give another run folder")
    return str(earlier.resolve())


def _left_open(earlier: Path, targets: Sequence[str], chosen: Collection[str]) -> tuple[str, ...]:
    """Return the targets on which the earlier run left a chosen check open; raises RunnerError if there is none."""
    run = read(earlier)
    left = tuple(t for t in targets if results_earlier.open_checks(run, {load(Path(t)).name}) & set(chosen))
    if not left:
        raise RunnerError(Exit.NOTHING_SELECTED, f"nothing of what was selected failed in {earlier} on these targets")
    return left


def _began() -> dict[str, Any]:
    return {"run": secrets.token_hex(4), "suite_version": running.version(), "started": running.now(), "profile": "standard", "seed": 0,
            "vantage": os.uname().nodename, "command": " ".join(["mailconform", *sys.argv[1:]]), "coverage": [], "requirements": {}}  # fmt: skip


def _exit(
    children: Sequence[Child],
    found: Sequence[Result],
    wanted: Wanted,
    problems: Sequence[str],
    baseline: Run | None,
) -> tuple[Exit, str]:
    codes = [child.trouble for child in children if child.trouble]
    if found or not codes:
        codes.append(
            exits.of(
                found,
                fail_on=wanted.fail_on,
                max_unjudged=wanted.max_unjudged,
                waiver_problems=waivers.pressing(problems, strict=wanted.strict_waivers),
                known=results_earlier.known(baseline) if baseline else None,
            )
        )
    return exits.first(codes)


def _health(children: Sequence[Child]) -> dict[str, Any]:
    return {name: facts for child in children if child.footer for name, facts in child.footer["targets"].items()}


def _proofs(children: Sequence[Child]) -> dict[str, dict[str, str]]:
    return {
        next(iter(c.footer["targets"])): c.footer["proofs"] for c in children if c.footer and c.footer.get("proofs")
    }


def write_reports(run: Run, folder: Path) -> None:
    """Render every report of a run into its folder."""
    for name, render in RENDERERS.items():
        (folder / name).write_text(render(run), "utf-8")


def last_words(done: Done, *, quiet: bool = False) -> str:
    """Return what a person reads at the end of a run; the last line names the page."""
    text = console.render_summary(done.run) if quiet else console.render(done.run)
    return f"{text}\n\nReport  {done.folder / 'index.html'}"


def proven_words(done: Done) -> str:
    """Return what a person reads of proofs: who survived, what could not be proven here, and how many were."""
    proven = {check for proofs in done.proofs.values() for check, word in proofs.items() if word == "proven"}
    unproven = sorted({check for proofs in done.proofs.values() for check in proofs} - proven)
    lines = [f"✘ {target}  {check}  {word}" for target, check, word in done.survivors]
    for check in unproven:
        words = {proofs[check] for proofs in done.proofs.values() if check in proofs}
        lines.append(f"? {check}  {'; '.join(sorted(words))[:160]}")
    lines.append(
        f"{len(proven)} checks proven, {len(done.survivors)} survivors, "
        f"{len(unproven)} held by none of these targets and so not provable here"
    )
    return "\n".join(lines)
