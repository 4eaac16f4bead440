"""The words of RFC 1122 section 1.3.2 come out as defined, and nothing else changes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import runs

from conformance.reports import console, html, junit, markdown, matrix
from conformance.reports.matrix import Word
from conformance.results import Result, Run
from conformance.verdicts import Outcome, Reason

MUST, ANOTHER_MUST, SHOULD, INFERRED, MAY = (
    "RFC1939-3-01",
    "RFC1939-3-07",
    "RFC1939-5-11",
    "RFC1939-5-14",
    "RFC1939-7-06",
)
HELD, BROKEN, ABSENT, UNCLEAR, CRASHED = Outcome


def one(requirement: str, outcome: Outcome, check: str = "a-check", **more: Any) -> Result:
    reason = Reason.SILENT if outcome is Outcome.UNCLEAR else None
    return runs.result("alder", check, "A check", requirement, outcome, reason=reason, **more)


def folded(folder: Path, *found: Result, must: int = 0, should: int = 0, finished: bool = True) -> matrix.Fold:
    row = {**runs.coverage_fields((1939, "POP3", 9, 9, 9, 9, must)), "should_checked": should}
    (entry,) = matrix.fold(runs.write(folder, found, finished=finished, coverage=[row]))
    return entry


@pytest.mark.parametrize(
    ("outcomes", "word"),
    [
        ([(MUST, BROKEN)], Word.NOT_COMPLIANT),
        ([(MUST, BROKEN), (ANOTHER_MUST, UNCLEAR)], Word.NOT_COMPLIANT),
        ([(MUST, HELD), (ANOTHER_MUST, UNCLEAR)], Word.UNJUDGED),
        ([(MUST, HELD), (ANOTHER_MUST, CRASHED)], Word.UNJUDGED),
        ([(MUST, HELD), (ANOTHER_MUST, ABSENT)], Word.UNCONDITIONALLY),
        ([(MUST, HELD), (SHOULD, HELD)], Word.UNCONDITIONALLY),
        ([(MUST, HELD), (SHOULD, BROKEN)], Word.CONDITIONALLY),
        ([(MUST, HELD), (SHOULD, UNCLEAR)], Word.CONDITIONALLY),
        ([(MUST, HELD), (INFERRED, BROKEN)], Word.UNCONDITIONALLY),
        ([(MUST, HELD), (INFERRED, UNCLEAR)], Word.UNCONDITIONALLY),
        ([(MUST, HELD), (MAY, BROKEN)], Word.UNCONDITIONALLY),
        ([(MUST, ABSENT), (SHOULD, ABSENT)], Word.NOT_OFFERED),
        ([(MAY, HELD)], Word.UNJUDGED),
        ([(MUST, HELD), (MUST, BROKEN)], Word.NOT_COMPLIANT),
        ([(MUST, HELD), (MUST, UNCLEAR)], Word.UNJUDGED),
        ([(MUST, HELD), (MUST, ABSENT)], Word.UNCONDITIONALLY),
    ],
)
def test_word_follows_from_the_outcomes(outcomes: list[tuple[str, Outcome]], word: Word, tmp_path: Path) -> None:
    found = [one(requirement, outcome, f"check-{n}") for n, (requirement, outcome) in enumerate(outcomes)]
    assert folded(tmp_path, *found).word is word


def test_waived_failure_does_not_change_the_word(tmp_path: Path) -> None:
    entry = folded(tmp_path, one(MUST, BROKEN, waiver="known"))
    assert (entry.word, entry.waived) == (Word.NOT_COMPLIANT, 1)


def test_must_with_a_check_that_did_not_run_is_unjudged(tmp_path: Path) -> None:
    entry = folded(tmp_path, one(MUST, HELD), must=2)
    assert (entry.word, entry.must.not_run) == (Word.UNJUDGED, 1)


def test_should_with_a_check_that_did_not_run_forbids_the_best_word(tmp_path: Path) -> None:
    assert folded(tmp_path, one(MUST, HELD), must=1, should=1).word is Word.CONDITIONALLY


def test_absence_says_not_offered_only_if_everything_ran(tmp_path: Path) -> None:
    assert folded(tmp_path, one(MUST, ABSENT), must=2).word is Word.UNJUDGED


def test_interrupted_run_gives_no_good_word(tmp_path: Path) -> None:
    assert folded(tmp_path, one(MUST, HELD), must=1, finished=False).word is Word.UNJUDGED


def test_two_requirements_with_one_proof_count_twice(tmp_path: Path) -> None:
    entry = folded(tmp_path, one(MUST, HELD, requirements=(MUST, ANOTHER_MUST)), must=2)
    assert entry.sentence == "2 of 9 MUST statements have a check; 2 applied; 2 judged"


def test_requirement_of_another_rfc_counts_there(tmp_path: Path) -> None:
    found = (one(MUST, BROKEN, requirements=(MUST, "RFC2449-5-01")),)
    words = {entry.rfc: entry.word for entry in matrix.fold(runs.write(tmp_path, found, coverage=[]))}
    assert words == {1939: Word.NOT_COMPLIANT, 2449: Word.NOT_COMPLIANT}


def test_requirement_unknown_to_the_header_takes_the_word_of_its_result(tmp_path: Path) -> None:
    (entry,) = matrix.fold(runs.write(tmp_path, (one(MUST, BROKEN),), requirements={}, coverage=[]))
    assert entry.word is Word.NOT_COMPLIANT


def test_rfc_without_any_result_is_named_as_not_run(two: Run) -> None:
    assert matrix.not_run(two) == (5034,)


def test_sections_come_in_natural_order_with_a_mark_a_result(two: Run) -> None:
    sections = [section for section in matrix.sections(two) if section.rfc == 1939]
    assert [section.section for section in sections] == ["3", "5", "7", "10"]
    assert dict(sections[1].marks) == {"alder": "✘?▲▲", "birch": "✘?!✔"}


def test_grid_of_two_targets(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("grid-two.txt", matrix.grid(two) + "\n")


def test_grid_of_seven_targets(seven: Run, golden: Callable[[str, str], None]) -> None:
    golden("grid-seven.txt", matrix.grid(seven) + "\n")


@pytest.mark.parametrize("number", range(1, 8))
def test_grid_fits_in_80_columns(number: int, tmp_path: Path) -> None:
    run = runs.write(tmp_path, runs.many_targets(number))
    assert max(map(len, matrix.grid(run).splitlines())) <= 80


def test_run_without_results_has_an_empty_grid(tmp_path: Path) -> None:
    run = runs.write(tmp_path, (), finished=False)
    assert matrix.grid(run).startswith(matrix.INTERRUPTED)


def test_target_that_could_not_be_judged_is_named_with_its_trouble_everywhere(tmp_path: Path) -> None:
    header = {"targets": [runs.target_fields("alder", 110), {**runs.target_fields("birch", 111), "trouble": "refused"}]}
    run = runs.write(tmp_path, (one(MUST, HELD),), **header)
    assert matrix.unreached(run) == (("birch", "refused"),)
    for render in (console.render, markdown.render, html.render, junit.render):
        assert "refused" in render(run)
    assert [entry.word for entry in matrix.fold(run)][1] is Word.UNJUDGED
