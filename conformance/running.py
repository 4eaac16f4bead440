"""What a run needs besides pytest: catalogue, target, judge, the run folder and its header and footer."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import secrets
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import conformance.suites
from conformance import audits, results, target, waivers
from conformance.checks import Check
from conformance.discovery import CannotJudge, Profile
from conformance.exits import Exit
from conformance.judging import Judge, Settings
from conformance.protocols import PROTOCOLS, named
from conformance.reports import coverage
from conformance.requirements import Catalogue, CatalogueError
from conformance.results import Result
from conformance.target import Target
from conformance.target_verifiers import METHODS
from conformance.transport.dialler import Dialler, Recorder
from conformance.verdicts import leading

SUITES = Path(conformance.suites.__path__[0])
LAB_SERVERS = Path(__file__).parent / "lab" / "servers"


def catalogue() -> Catalogue:
    """Read the requirements of every suite."""
    return Catalogue.load(SUITES)


def proven() -> frozenset[str]:
    """Ids of the checks and audits that a refutation has proven able to fail."""
    file = SUITES / "proven.txt"
    return frozenset(file.read_text("utf-8").split()) if file.is_file() else frozenset()


def validate(checks: Iterable[Check], known: Catalogue) -> None:
    """Refuse checks with an unknown requirement, without a fault, or with a name used twice; raises CatalogueError."""
    seen: set[str] = set()
    for check in checks:
        for requirement in check.requirements:
            if requirement not in known:
                raise CatalogueError(f"{check.id} verifies {requirement}, which is in no requirements.jsonl")
        if not check.requirements or check.refuted_by is None:
            raise CatalogueError(f"{check.id} names no requirement or no fault: @verifies(ID, refuted_by=FAULT)")
        if check.id in seen:
            raise CatalogueError(f"two checks are called {check.id}")
        seen.add(check.id)


def load_target(text: str) -> Target:
    """Read a target file, or a URL; raises TargetError."""
    return target.from_url(text) if "://" in text else target.load(Path(text))


def known_deviations(of: Target) -> tuple[waivers.Waiver, ...]:
    """Return the known deviations of a lab server, none for any other target."""
    server = of.lab.get("server", "")
    return waivers.load_deviations(LAB_SERVERS / server / "deviations.toml", of.name) if server else ()


def fresh_folder() -> Path:
    """Name a new run folder below the current directory."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H%M%SZ")
    return Path("mailconform-out") / f"{now}-{secrets.token_hex(2)}"


def spoken(of: Target) -> list[str]:
    """Return the protocols that a target's endpoints and verifiers speak and that there are suites for."""
    there = {endpoint.protocol for endpoint in of.endpoints} | {name for name in METHODS if getattr(of, name)}
    return [name for name in PROTOCOLS if name in there]


def open_judge(of: Target, file: RunFile, deadline: float, protocols: Collection[str], retries: int = 2) -> Judge:
    """Discover a target in these protocols and make the judge that writes to this file; raises CannotJudge.

    The deadline (seconds) is that of the run, `retries` how often a failure is confirmed.
    """
    folder = file.folder
    if not protocols:
        known = " or ".join(map(named, PROTOCOLS))
        raise CannotJudge(f"it has nothing that the chosen checks speak with, {known}")
    folder.mkdir(parents=True, exist_ok=True)
    dialler = Dialler(of, Recorder(), lambda line: _add_line(folder / "tls-keys.log", line))
    profiles = {name: PROTOCOLS[name].discover(of, dialler) for name in protocols}
    _set_hypothesis(max(profile.round_trip for profile in profiles.values()))
    settings = Settings(confirmations=retries, deadline=deadline, folder=folder, proven=proven(), waivers=file.waivers)
    return Judge(profiles, dialler, catalogue(), file.result, settings)


def _add_line(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line + b"\n")


def _set_hypothesis(round_trip: float) -> None:
    """Derandomised, without deadlines, and with fewer examples on a target that answers slowly."""
    examples = 25 if round_trip < 0.05 else 8 if round_trip < 0.3 else 3
    hypothesis_settings.register_profile(
        "mailconform",
        max_examples=examples,
        stateful_step_count=20,
        derandomize=True,
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    hypothesis_settings.load_profile("mailconform")


class RunFile:
    """Writes results.jsonl as results come: header, results, footer; into the folder, or through a pipe to its one writer."""

    def __init__(self, folder: Path, known: tuple[waivers.Waiver, ...], pipe: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.waivers = known
        self.results: list[Result] = []
        self._piped = bool(pipe)
        self._file: IO[str] = (
            os.fdopen(int(pipe), "w", encoding="utf-8")
            if pipe
            else (folder / "results.jsonl").open("w", encoding="utf-8")
        )

    def _line(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()

    def trouble(self, code: Exit, why: str, of: Target) -> None:
        """Write that this target cannot be judged, and why."""
        if self._piped:
            self._line(json.dumps({"kind": "trouble", "exit": int(code), "why": why}))
            return
        self._line(results.header_line(header([[Profile(target=of)]], told(()), profile="safe")))
        self._line(results.footer_line(footer((), code, why, {})))
        self._file.close()

    def header(self, fields: Mapping[str, Any]) -> None:
        self._line(results.header_line(fields))

    def result(self, result: Result) -> None:
        """Write one result, waived if a known deviation covers it."""
        seen = waivers.apply(result, self.waivers, dt.datetime.now(dt.UTC).date())
        self.results.append(seen)
        self._line(seen.to_json())

    def footer(self, code: Exit, why: str, judge: Judge, proofs: Mapping[str, str]) -> None:
        """Write the last line and close."""
        health = {
            judge.target.name: {
                "connections": judge.dialler.recorder.connections,
                "throttled": judge.throttled,
            }
        }
        self._line(results.footer_line(footer(self.results, code, why, health, proofs)))
        self._file.close()


def footer(
    seen: Iterable[Result], code: Exit, why: str, health: Mapping[str, Any], proofs: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the fields of a footer."""
    counts: dict[str, int] = {}
    for result in seen:
        counts[result.verdict] = counts.get(result.verdict, 0) + 1
    fields = {"finished": now(), "counts": counts, "exit": int(code), "why": why, "targets": dict(health)}
    return {**fields, "proofs": dict(proofs)} if proofs else fields


def now() -> str:
    """Return the time as ISO 8601, to the second, in UTC (or SOURCE_DATE_EPOCH)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    at = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return at.isoformat(timespec="seconds")


def version() -> str:
    """Return the version of the installed suites."""
    return importlib.metadata.version("mailconform")


def header(
    profiles: Iterable[Collection[Profile]], of_checks: Mapping[str, Any], *, profile: str, run: str = ""
) -> dict[str, Any]:
    """Return the fields of a header; each target has a profile for each protocol, and `of_checks` is told() of all checks."""
    return {
        "run": run or secrets.token_hex(4),
        "suite_version": version(),
        "started": now(),
        "profile": profile,
        "seed": 0,
        "vantage": os.uname().nodename,
        "command": " ".join(sys.argv),
        "targets": [_announced(p) for p in profiles],
        **of_checks,
    }


def told(checks: Iterable[Check]) -> dict[str, Any]:
    """Return what a header tells of the catalogue and of all checks, whichever are run."""
    known, checks = catalogue(), tuple(checks)
    checked = checked_requirements(checks)
    return {
        "coverage": [asdict(row) for row in coverage.rows(known, checked, proven())],
        "requirements": {
            r.id: {"rfc": r.rfc, "section": r.section, "level": r.level, "text": r.text, "inferred": r.inferred,
                   "untested": coverage.why_untested(r, checked)}
            for r in known if not r.retired
        },
        "generated": sorted({check.id.partition("[")[0] for check in checks if check.generated}),
    }  # fmt: skip


def _announced(profiles: Collection[Profile]) -> dict[str, Any]:
    first, *_ = profiles
    of, tls = first.target, next((p.tls for p in profiles if p.tls), None)
    shown = (
        {
            "version": tls.version,
            "cipher": tls.cipher,
            "subject": tls.subject,
            "issuer": tls.issuer,
            "not_after": tls.not_after,
        }
        if tls
        else None
    )
    listed = {
        f"{profile.protocol.upper()} {stage}": list(profile.listed(stage))
        for profile in profiles
        for stage in profile.capabilities
    }
    greetings = [profile.greeting.decode("latin-1").strip() for profile in profiles]
    return {
        "name": of.name,
        "label": of.label,
        "product": of.product or next((p.identity for p in profiles if p.identity), first.product),
        "endpoints": [str(e) for e in of.endpoints],
        "announced": {"greeting": " / ".join(filter(None, greetings)), "capabilities": listed, "tls": shown},
        "declared": _declared(of),
    }


def _declared(of: Target) -> list[str]:
    """Return what the target file offers beyond the protocol, in names without their values."""
    accounts = [f"account {n}" + " with a quota" * bool(a.quota) for n, a in enumerate(of.accounts, 1)]
    return [*accounts, *(["sink"] if of.mail.smarthost_sink else []), *sorted(of.facilities)]


def checked_requirements(checks: Iterable[Check]) -> dict[str, tuple[str, ...]]:
    """Return requirement id -> ids of the checks and audits that prove it."""
    found: dict[str, list[str]] = {}
    for owner in (*checks, *audit_checks()):
        for requirement in owner.requirements:
            found.setdefault(requirement, []).append(owner.id.partition("[")[0])
    return {requirement: tuple(ids) for requirement, ids in found.items()}


def audit_checks() -> list[Check]:
    """Return the audits as checks, for lists and selectors."""
    return [audit.as_check() for audit in audits.AUDITS]


def write_list(file: Path, checks: Iterable[Check]) -> None:
    """Write as JSON the ids of all checks and audits, what a header tells of them, and what they say of themselves."""
    known, sure = catalogue(), proven()
    owners: list[tuple[str, Check]] = [*(("check", c) for c in checks), *(("audit", c) for c in audit_checks())]
    rows = []
    for kind, owner in owners:
        lead = leading([known[r] for r in owner.requirements])
        row = {
            "check": owner.id,
            "kind": kind,
            "file": owner.file,
            "title": owner.title,
            "how": owner.how,
            "requirements": list(owner.requirements),
        }
        proof = owner.id.partition("[")[0] in sure
        rows.append(
            {
                **row,
                "rfc": lead.rfc,
                "section": lead.section,
                "level": lead.level,
                "protocols": list(owner.protocols),
                "needs": list(owner.needs),
                "proven": proof,
            }
        )
    file.write_text(
        json.dumps(
            {"ids": sorted({owner.id for _, owner in owners} | sure), "told": told(checks), "rows": rows},
            ensure_ascii=False,
        ),
        "utf-8",
    )


def known_checks(checks: Iterable[Check]) -> set[str]:
    """Return the ids of all checks and audits, without parameters; those proven may need a file that is not given."""
    return {owner.id.partition("[")[0] for owner in (*checks, *audit_checks())} | proven()
