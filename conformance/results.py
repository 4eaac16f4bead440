"""Results: one JSON object a line, with a header first and a footer last.

Invariant: a run without its footer was interrupted, and every reader can see so: a crashed run never looks like a
clean one. Lines are written as results come, by one writer; a line counts once its line end is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from conformance.requirements import Level
from conformance.verdicts import Outcome, Reason, Verdict

FORMAT = 1


class ResultsError(Exception):
    """A results file that cannot be read; the message names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where the claim is proven: a transcript file of the run folder, and the line of it that decided (from 1)."""

    transcript: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check (or audit) on one target."""

    target: str
    check: str
    title: str
    requirements: tuple[str, ...]
    rfc: int
    section: str
    level: Level
    inferred: bool
    outcome: Outcome
    verdict: Verdict
    reason: Reason | None = None
    why: str = ""
    expected: str = ""
    observed: str = ""
    evidence: Evidence | None = None
    seconds: float = 0.0
    attempts: int = 1
    seed: int | None = None
    proven: bool | None = None
    waiver: str | None = None
    noted: str = ""
    """What the target does, where either way is right; a line leaves it out where nothing was noted."""

    def to_json(self) -> str:
        """Write the result as one line."""
        fields = asdict(self)
        if not self.noted:
            del fields["noted"]
        return json.dumps({"kind": "result", **fields}, ensure_ascii=True)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Result:
        """Read a result's fields; raises KeyError, TypeError or ValueError."""
        given = {key: value for key, value in fields.items() if key != "kind"}
        given["requirements"] = tuple(given["requirements"])
        given["level"], given["outcome"], given["verdict"] = (
            Level(given["level"]), Outcome(given["outcome"]), Verdict(given["verdict"]),
        )  # fmt: skip
        given["reason"] = Reason(given["reason"]) if given["reason"] else None
        given["evidence"] = _checked(Evidence(**given["evidence"])) if given["evidence"] else None
        return _checked(cls(**given))


Record = TypeVar("Record", Evidence, Result)
_KINDS: dict[type, dict[str, Any]] = {
    Evidence: get_type_hints(Evidence),
    Result: {**get_type_hints(Result), "requirements": tuple, "seconds": float | int, "evidence": object},
}


def _checked(record: Record) -> Record:
    for name, kind in _KINDS[type(record)].items():
        value = getattr(record, name)
        if not isinstance(value, kind) or (kind is tuple and not all(isinstance(entry, str) for entry in value)):
            raise TypeError(f"{name} is {value!r}")
    return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as read back: header and footer as written, results, and the folder that holds the transcripts."""

    header: Mapping[str, Any]
    results: tuple[Result, ...]
    footer: Mapping[str, Any] | None
    folder: Path = field(default_factory=Path)

    @property
    def interrupted(self) -> bool:
        """Whether the footer is missing: the run did not come to its end."""
        return self.footer is None

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets, in the order of the header."""
        return tuple(target["name"] for target in self.header["targets"])


def header_line(fields: Mapping[str, Any]) -> str:
    """Write the first line of a results file."""
    return json.dumps({"kind": "header", "format": FORMAT, **fields}, ensure_ascii=True)


def footer_line(fields: Mapping[str, Any]) -> str:
    """Write the last line of a results file."""
    return json.dumps({"kind": "footer", **fields}, ensure_ascii=True)


def read(folder: Path) -> Run:
    """Read `results.jsonl` of a run folder; raises ResultsError."""
    try:
        text = (folder / "results.jsonl").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"no results in {folder}: {getattr(error, 'strerror', None) or error}") from error
    return parse(whole_lines(text), folder)


def whole_lines(text: str) -> list[str]:
    """Split the text of a results file; what was cut off within its last line is left out."""
    return text.split("\n")[:-1]


def parse(lines: Iterable[str], folder: Path = Path()) -> Run:
    """Read the lines of a results file; raises ResultsError naming the line."""
    header: Mapping[str, Any] | None = None
    footer: Mapping[str, Any] | None = None
    results: list[Result] = []
    for number, line in enumerate(lines, 1):
        fields = _object(number, line)
        kind = fields["kind"]
        if (kind == "header") is not (number == 1):
            raise ResultsError(f"line {number}: the header must be the first line, once")
        if footer is not None:
            raise ResultsError(f"line {number}: something follows the footer")
        if kind == "header":
            header = _checked_header(fields)
        elif kind == "result":
            results.append(_result(number, fields))
        else:
            footer = fields
    if header is None:
        raise ResultsError("the file is empty")
    return Run(header=header, results=tuple(results), footer=footer, folder=folder)


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise ResultsError(f"line {number} is not JSON: {error}") from error
    if not isinstance(fields, dict) or fields.get("kind") not in ("header", "result", "footer"):
        raise ResultsError(f"line {number} is no header, result or footer")
    return fields


def _checked_header(fields: dict[str, Any]) -> Mapping[str, Any]:
    if fields.get("format") != FORMAT:
        raise ResultsError(f"format {fields.get('format')!r}: this version reads format {FORMAT}")
    targets = fields.get("targets")
    if not isinstance(targets, list) or not all(
        isinstance(t, dict) and isinstance(t.get("name"), str) for t in targets
    ):
        raise ResultsError("the header names no targets")
    return fields


def _result(number: int, fields: dict[str, Any]) -> Result:
    try:
        return Result.from_fields(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(f"line {number}: {type(error).__name__}: {error}") from error
