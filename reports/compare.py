"""Two sides held against each other, before a migration: what clients will notice when one takes the other's place.

Invariant: a side is one target of one run. A check counts only if both sides judged it; what one side could not judge,
or did not run, is "not comparable" and never a difference. What makes the sides unlike beyond the servers themselves
(suite version, profile, seed, selection, deadline) is said before anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.reports import evidence
from conformance.reports.findings import shown
from conformance.reports.text import Spoken, natural, plural
from conformance.requirements import Level
from conformance.results import Result, Run
from conformance.verdicts import Verdict


class CompareError(Exception):
    """A side that does not exist, or is not named; the message is one line."""


class Kind(StrEnum):
    """What a difference means for those who move from one side to the other."""

    REGRESS_MUST = "regress MUST"
    REGRESS_SHOULD = "regress SHOULD"
    REPAIRED = "repaired"
    OTHER_CHOICE = "other choice"
    GAINED = "capability gained"
    LOST = "capability lost"
    NOT_COMPARABLE = "not comparable"


MEANINGS = {
    Kind.REGRESS_MUST: "a MUST is broken that was not broken before",
    Kind.REGRESS_SHOULD: "a SHOULD, or what is only inferred, is no longer met",
    Kind.REPAIRED: "what was broken holds now",
    Kind.OTHER_CHOICE: "a MAY: both are right, and clients may notice",
    Kind.GAINED: "offered now, and not before",
    Kind.LOST: "offered before, and no longer",
    Kind.NOT_COMPARABLE: "judged on one side only: no difference, and no agreement either",
}
_NOTICED = {
    Kind.REGRESS_MUST: "Clients that rely on this will fail. They will see: {new}.",
    Kind.REGRESS_SHOULD: "Clients will get along less well. They will see: {new}.",
    Kind.REPAIRED: "Clients need not work around this any more: {old}.",
    Kind.OTHER_CHOICE: "Either is right; clients that count on one of them will notice. Before: {old}; after: {new}.",
    Kind.GAINED: "Clients will begin to use this, which was not offered: {old}.",
    Kind.LOST: "Clients that use this must do without: {new}.",
}
_NEWLY_BROKEN = "Newly offered, and broken: clients that begin to use this will see: {new}."
_GRAVITY = {Verdict.FAIL: 2, Verdict.WARN: 1}
_UNJUDGED = {Verdict.INCONCLUSIVE, Verdict.ERROR}
_MADE_WITH = {
    "suite_version": "suite versions", "profile": "profiles", "seed": "seeds",
    "selectors": "selections of checks", "deadline": "deadlines",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One target of one run."""

    run: Run
    target: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """What the header says of the target."""
        return next(fields for fields in self.run.header["targets"] if fields["name"] == self.target)

    @property
    def results(self) -> dict[str, Result]:
        """Its results by check id."""
        return {result.check: result for result in self.run.results if result.target == self.target}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One check that the sides answer differently, with the transcript lines that decided (None if none was kept)."""

    kind: Kind
    before: Result | None
    after: Result | None
    noticed: str
    lines: tuple[Spoken | None, Spoken | None]

    @property
    def result(self) -> Result:
        """The result that names the check: the later side's, if it has one."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference without a result")
        return found

    @property
    def waived(self) -> bool:
        """Whether what got worse is a known deviation of the later side."""
        return self.after is not None and self.after.waiver is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The capabilities of one stage of one protocol (`IMAP after login`) that came, and that went."""

    stage: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that two sides differ in: `same` checks agree, `neither` were judged on no side."""

    before: Side
    after: Side
    unlike: tuple[str, ...]
    same: int
    neither: int
    announced: tuple[Announced, ...]
    differences: tuple[Difference, ...]

    @property
    def judged(self) -> int:
        """How many checks were judged on both sides."""
        return self.same + sum(difference.kind is not Kind.NOT_COMPARABLE for difference in self.differences)

    def of(self, kind: Kind) -> tuple[Difference, ...]:
        """Return the differences of one kind, in the order of RFCs and sections."""
        return tuple(difference for difference in self.differences if difference.kind is kind)

    def counts(self, *, waived: bool = True) -> dict[str, int]:
        """Return how many differences there are of each kind, those that are waived included or not."""
        return {kind.value: sum(waived or not d.waived for d in self.of(kind)) for kind in Kind}


def side(run: Run, name: str | None, option: str) -> Side:
    """Return a target of a run by its name, or the only one; raises CompareError, which names the option to use."""
    known = ", ".join(run.targets)
    if name is None and len(run.targets) != 1:
        raise CompareError(f"{run.folder} has {plural(len(run.targets), 'target')}: choose with {option} ({known})")
    if name is not None and name not in run.targets:
        raise CompareError(f"{run.folder} has no target {name} (it has: {known})")
    return Side(run=run, target=run.targets[0] if name is None else name)


def compare(before: Side, after: Side) -> Comparison:
    """Hold two sides against each other."""
    old, new = before.results, after.results
    pairs = [(old.get(check), new.get(check)) for check in dict.fromkeys([*old, *new])]
    told = [pair for pair in pairs if any(map(_judged, pair))]
    sorted_pairs = [(kind, *pair) for pair in told if (kind := _kind(*pair)) is not None]
    found = [_difference(before, after, *entry) for entry in sorted_pairs]
    found.sort(key=lambda d: (list(Kind).index(d.kind), d.result.rfc, natural(d.result.section), d.result.check))
    return Comparison(
        before=before,
        after=after,
        unlike=tuple(_unlike(before, after)),
        same=len(told) - len(found),
        neither=len(pairs) - len(told),
        announced=tuple(_announced(before, after)),
        differences=tuple(found),
    )


def _judged(result: Result | None) -> bool:
    return result is not None and shown(result) not in _UNJUDGED


def _kind(old: Result | None, new: Result | None) -> Kind | None:
    if old is None or new is None or not (_judged(old) and _judged(new)):
        return Kind.NOT_COMPARABLE
    worse = _GRAVITY.get(shown(new), 0) - _GRAVITY.get(shown(old), 0)
    if worse > 0:
        return Kind.REGRESS_MUST if shown(new) is Verdict.FAIL else Kind.REGRESS_SHOULD
    if shown(old) is shown(new):
        return Kind.OTHER_CHOICE if new.level is Level.MAY and old.observed != new.observed else None
    if new.level is Level.MAY:
        return Kind.OTHER_CHOICE
    if shown(new) is Verdict.UNSUPPORTED:
        return Kind.LOST
    return Kind.GAINED if shown(old) is Verdict.UNSUPPORTED else Kind.REPAIRED


def _difference(before: Side, after: Side, kind: Kind, old: Result | None, new: Result | None) -> Difference:
    lines = (
        evidence.deciding(before.run.folder, old.evidence if old else None),
        evidence.deciding(after.run.folder, new.evidence if new else None),
    )
    return Difference(kind=kind, before=old, after=new, noticed=_noticed(before, after, kind, old, new), lines=lines)


def _noticed(before: Side, after: Side, kind: Kind, old: Result | None, new: Result | None) -> str:
    """Say what clients will notice, and what the RFC has them expect."""
    if kind is Kind.NOT_COMPARABLE:
        return f"Nobody can say. {_unjudged(before, old)}; {_unjudged(after, new)}."
    sentence = _NEWLY_BROKEN if kind is Kind.REGRESS_MUST and _absent(old) else _NOTICED[kind]
    told = sentence.format(old=_seen(old), new=_seen(new))
    demands = {**before.run.header.get("requirements", {}), **after.run.header.get("requirements", {})}
    named = [demands[name] for result in (new, old) if result for name in result.requirements[:1] if name in demands]
    return told + (f" Due is: {str(named[0]['text']).rstrip('.')}." if named else "")


def _absent(result: Result | None) -> bool:
    return result is not None and shown(result) is Verdict.UNSUPPORTED


def _seen(result: Result | None) -> str:
    """Return what was seen on a side, in a few words and without the full stop of a sentence."""
    if result is None:
        return "nothing"
    fallback = {Verdict.PASS: "as the RFC has it", Verdict.UNSUPPORTED: "not offered"}.get(shown(result), "not noted")
    return (result.why if _absent(result) else result.observed).strip().rstrip(".") or fallback


def _unjudged(of: Side, result: Result | None) -> str:
    if result is None:
        return f"{of.target} was not asked"
    verdict = shown(result)
    why = ": ".join(filter(None, [result.reason.value if result.reason else "", result.why.strip().rstrip(".")]))
    return f"{of.target}: {verdict.value}" + (f", {why}" if verdict in _UNJUDGED and why else "")


def _unlike(before: Side, after: Side) -> Iterator[str]:
    """Say in which respects the sides were not made in the same way."""
    if before.run is not after.run:
        for key, name in _MADE_WITH.items():
            old, new = (_fact(one.run.header.get(key)) for one in (before, after))
            if old != new:
                yield f"different {name}: {old}, then {new}"
    for one, place in ((before, "first"), (after, "second")):
        if one.run.interrupted:
            yield f"the {place} run was interrupted: it is not whole"
    for one, other, place in ((before, after, "first"), (after, before, "second")):
        alone = len(one.results.keys() - other.results.keys())
        if alone:
            yield f"{plural(alone, 'check')} ran on the {place} side only"


def _fact(value: Any) -> str:
    words = " ".join(map(str, value)) or "everything" if isinstance(value, list) else str(value)
    return "not recorded" if value is None else words


def _announced(before: Side, after: Side) -> Iterator[Announced]:
    old, new = (_capabilities(one) for one in (before, after))
    for stage in dict.fromkeys([*old, *new]):
        had, has = old.get(stage, ()), new.get(stage, ())
        gained, lost = _without(has, had), _without(had, has)
        if gained or lost:
            yield Announced(stage=stage, gained=gained, lost=lost)


def _capabilities(of: Side) -> Mapping[str, Iterable[str]]:
    found: Mapping[str, Iterable[str]] = (of.fields.get("announced") or {}).get("capabilities") or {}
    return found


def _without(words: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    unwanted = set(others)
    return tuple(sorted({str(word) for word in words if word not in unwanted}))
