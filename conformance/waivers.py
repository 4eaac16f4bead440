"""Known deviations: findings that somebody has looked at, each with a reason.

Two sources, one record: a user's waivers file (with owner and expiry) and the deviations of a lab server (kept in its
folder). A waived finding stays a finding; only the exit code forgives it. One that passes, no longer fits, has expired or
names no check is reported.
"""

from __future__ import annotations

import datetime as dt
import difflib
import fnmatch
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.results import Result
from conformance.verdicts import Verdict

LONGEST_DAYS = 400
STALE = ("unexpected pass", "waiver no longer fits")
"""How the problems begin that a waiver has which is no longer needed."""
_FINDINGS = (Verdict.FAIL, Verdict.WARN)


class WaiverError(Exception):
    """A waivers file that cannot be read; the message names file, entry and cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One known deviation: check id, target (glob), reason, and what was observed (regular expression, may be empty).

    The id of a check that has several cases stands for all of them; `check[case]` for one.
    """

    check: str
    target: str
    reason: str
    section: str = ""
    observed: str = ""
    expires: dt.date | None = None
    sometimes: bool = False
    """Whether generated input may miss it, so that a pass says nothing."""

    def covers(self, result: Result, today: dt.date) -> bool:
        """Whether this waiver forgives this finding today."""
        return result.verdict in _FINDINGS and self.foresees(result.target, result.check, result.observed, today)

    def foresees(self, target: str, check: str, observed: str, today: dt.date) -> bool:
        """Whether this waiver would forgive that a check (id with its case) is broken so on a target today."""
        in_force = self.expires is None or today <= self.expires
        return in_force and self._names(target, check) and re.search(self.observed, observed) is not None

    def meant(self, result: Result) -> bool:
        """Whether this waiver is about this check on this target, whatever came of it."""
        return self._names(result.target, result.check)

    def _names(self, target: str, check: str) -> bool:
        return self.check in (check, check.partition("[")[0]) and fnmatch.fnmatchcase(target, self.target)


def load(path: Path) -> tuple[Waiver, ...]:
    """Read a waivers file and those it extends; raises WaiverError."""
    return _load(path, ())


def _load(path: Path, extending: tuple[Path, ...]) -> tuple[Waiver, ...]:
    if path in extending:
        raise WaiverError(f"waivers file {path} extends itself")
    data = _toml(path)
    _known(f"waivers file {path}", data, {"extends", "waive"})
    names = data.get("extends", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise WaiverError(f"waivers file {path}: extends is no list of file names")
    inherited = [waiver for name in names for waiver in _load(path.parent / name, (*extending, path))]
    return (*inherited, *(_waiver(where, entry) for where, entry in _entries(path, data, "waive", "waiver")))


def load_deviations(path: Path, target: str) -> tuple[Waiver, ...]:
    """Read the known deviations of a lab server, of which one may name several cases; raises WaiverError."""
    data = _toml(path) if path.is_file() else {}
    entries = dict(_entries(path, data, "deviation", "deviation"))
    found = []
    for where, entry in entries.items():
        cases = entry.pop("cases", None)
        _texts(where, entry, needed=("check", "section", "reason"), more=("observed", "sometimes"))
        if cases is not None and not (isinstance(cases, list) and all(isinstance(case, str) for case in cases)):
            raise WaiverError(f"{where}: cases is no list of texts")
        checks = [entry["check"]] if cases is None else [f"{entry['check']}[{case}]" for case in cases]
        found += [Waiver(target=target, **{**entry, "check": check}) for check in checks]
    return tuple(found)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WaiverError(f"waivers file {path}: {getattr(error, 'strerror', None) or error}") from error


def _entries(path: Path, data: dict[str, Any], key: str, word: str) -> list[tuple[str, dict[str, Any]]]:
    tables = data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise WaiverError(f"waivers file {path}: write [[{key}]], with two brackets")
    return [(f"waivers file {path}: {word} {number}", table) for number, table in enumerate(tables, 1)]


def _known(where: str, table: dict[str, Any], keys: set[str]) -> None:
    for key in table.keys() - keys:
        raise WaiverError(f"{where}: unknown key {key} (known: {', '.join(sorted(keys))})")


def _texts(where: str, entry: dict[str, Any], *, needed: tuple[str, ...], more: tuple[str, ...]) -> None:
    """Demand these keys with text, allow `more`, and `observed` as a regular expression."""
    _known(where, entry, {*needed, *more})
    for key in needed:
        if not entry.get(key):
            raise WaiverError(f"{where} has no {key}")
    for key in ("check", "target", "section", "reason", "owner", "observed", "link"):
        if not isinstance(entry.get(key, ""), str):
            raise WaiverError(f"{where}: {key} is no text")
    try:
        re.compile(entry.get("observed", ""))
    except re.error as error:
        raise WaiverError(f"{where}: observed is no regular expression: {error}") from error


def _waiver(where: str, entry: dict[str, Any]) -> Waiver:
    _texts(where, entry, needed=("check", "target", "reason", "owner", "added", "expires"), more=("observed", "link"))
    added, expires = entry["added"], entry["expires"]
    if type(added) is not dt.date or type(expires) is not dt.date:
        raise WaiverError(f"{where}: write added and expires as dates, 2027-02-28")
    if (expires - added).days > LONGEST_DAYS:
        raise WaiverError(f"{where}: it may last {LONGEST_DAYS} days at most")
    kept = {key: entry[key] for key in ("check", "target", "reason", "observed") if key in entry}
    return Waiver(**kept, expires=expires)


def apply(result: Result, waivers: Iterable[Waiver], today: dt.date) -> Result:
    """Return the result with the reason of the waiver that covers it, if one does."""
    covering = next((w for w in waivers if w.covers(result, today)), None)
    return replace(result, waiver=covering.reason) if covering else result


def problems(waivers: Iterable[Waiver], results: Iterable[Result], known: Iterable[str], today: dt.date) -> list[str]:
    """Say what is wrong with the waivers themselves: naming no check, expired, or no longer needed (STALE)."""
    seen, ids = list(results), {name.partition("[")[0] for name in known}
    found = []
    for waiver in waivers:
        name, whom = waiver.check.partition("[")[0], f"{waiver.check} on {waiver.target}"
        if name not in ids:
            near = difflib.get_close_matches(name, ids, 1, 0.8)
            found.append(
                f"waiver names an unknown check: {waiver.check}{f' (did you mean {near[0]}?)' if near else ''}"
            )
        elif waiver.expires and today > waiver.expires:
            found.append(f"waiver expired on {waiver.expires}: {whom}")
        elif not waiver.sometimes and _passes(waiver, seen):
            found.append(f"{STALE[0]}: {whom} is waived, and passes")
        elif not waiver.sometimes and (other := _other(waiver, seen, today)):
            found.append(
                f"{STALE[1]}: {whom} is waived for {waiver.observed!r}, and observed is {other.observed[:120]!r}"
            )
    return found


def pressing(said: Iterable[str], *, strict: bool) -> list[str]:
    """Return the problems that are an error: a waiver that is no longer needed is one only to who is strict."""
    return [problem for problem in said if strict or not problem.startswith(STALE)]


def _other(waiver: Waiver, seen: Iterable[Result], today: dt.date) -> Result | None:
    """Return a finding that the waiver was meant for, if it covers none and no other waiver covers this one."""
    findings = [result for result in seen if waiver.meant(result) and result.verdict in _FINDINGS]
    covers = any(waiver.covers(result, today) for result in findings)
    return None if covers else next((result for result in findings if result.waiver is None), None)


def _passes(waiver: Waiver, seen: Iterable[Result]) -> bool:
    """Whether a target passes what is waived on it, and fails in no case of it."""
    verdicts: dict[str, set[Verdict]] = {}
    for result in seen:
        if waiver.meant(result):
            verdicts.setdefault(result.target, set()).add(result.verdict)
    return any(Verdict.PASS in said and said.isdisjoint(_FINDINGS) for said in verdicts.values())
