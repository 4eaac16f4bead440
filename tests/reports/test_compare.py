"""Two sides held against each other: every class, what is not comparable, what is unlike; nothing differs from itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from conformance.reports import compare_html, compare_text
from conformance.reports.compare import CompareError, Comparison, Kind, compare, side
from conformance.requirements import Level
from conformance.results import Result, Run
from conformance.verdicts import Outcome, Reason, judge

MUST, SHOULD, MAY, INFERRED = "RFC1939-5-02", "RFC1939-5-11", "RFC1939-7-06", "RFC1939-5-14"


def within(run: Run) -> Comparison:
    return compare(side(run, "alder", "--from"), side(run, "birch", "--to"))


def of(
    tmp_path: Path, requirement: str, before: Outcome, after: Outcome, said: tuple[str, str] = ("", "")
) -> Comparison:
    """Compare two runs of one check."""
    found = [
        runs.result("alder", "a-check", "A check", requirement, outcome, observed=seen)
        for outcome, seen in zip((before, after), said, strict=True)
    ]
    old, new = (runs.write(tmp_path / str(number), (result,)) for number, result in enumerate(found))
    return compare(side(old, None, "--from"), side(new, None, "--to"))


@pytest.mark.parametrize(
    ("requirement", "before", "after", "kind"),
    [
        (MUST, Outcome.HELD, Outcome.BROKEN, Kind.REGRESS_MUST),
        (MUST, Outcome.ABSENT, Outcome.BROKEN, Kind.REGRESS_MUST),
        (SHOULD, Outcome.HELD, Outcome.BROKEN, Kind.REGRESS_SHOULD),
        (INFERRED, Outcome.HELD, Outcome.BROKEN, Kind.REGRESS_SHOULD),
        (MUST, Outcome.BROKEN, Outcome.HELD, Kind.REPAIRED),
        (SHOULD, Outcome.BROKEN, Outcome.HELD, Kind.REPAIRED),
        (MAY, Outcome.HELD, Outcome.BROKEN, Kind.OTHER_CHOICE),
        (MAY, Outcome.BROKEN, Outcome.ABSENT, Kind.OTHER_CHOICE),
        (MUST, Outcome.ABSENT, Outcome.HELD, Kind.GAINED),
        (MUST, Outcome.HELD, Outcome.ABSENT, Kind.LOST),
        (MUST, Outcome.BROKEN, Outcome.ABSENT, Kind.LOST),
        (MUST, Outcome.HELD, Outcome.UNCLEAR, Kind.NOT_COMPARABLE),
        (MUST, Outcome.CRASHED, Outcome.BROKEN, Kind.NOT_COMPARABLE),
    ],
)
def test_classes(requirement: str, before: Outcome, after: Outcome, kind: Kind, tmp_path: Path) -> None:
    (difference,) = of(tmp_path, requirement, before, after).differences
    assert difference.kind is kind
    assert difference.noticed


@pytest.mark.parametrize("outcome", [Outcome.HELD, Outcome.BROKEN, Outcome.ABSENT])
def test_the_same_answer_is_no_difference_whatever_its_words(outcome: Outcome, tmp_path: Path) -> None:
    comparison = of(tmp_path, MUST, outcome, outcome, ("-ERR", "-ERR no"))
    assert (comparison.same, comparison.differences) == (1, ())


def test_another_observation_of_a_may_is_another_choice(tmp_path: Path) -> None:
    (difference,) = of(tmp_path, MAY, Outcome.BROKEN, Outcome.BROKEN, ('"."', '"/"')).differences
    assert difference.kind is Kind.OTHER_CHOICE
    assert 'Before: "."; after: "/"' in difference.noticed


def test_what_neither_side_judged_is_counted_and_no_difference(tmp_path: Path) -> None:
    comparison = of(tmp_path, MUST, Outcome.UNCLEAR, Outcome.CRASHED)
    assert (comparison.judged, comparison.neither, comparison.differences) == (0, 1, ())


def test_a_check_of_one_side_is_not_comparable_and_said(two: Run, tmp_path: Path) -> None:
    fewer = runs.write(tmp_path / "fewer", tuple(r for r in two.results if r.target == "alder")[1:])
    comparison = compare(side(two, "alder", "--from"), side(fewer, None, "--to"))
    (difference,) = comparison.differences
    assert difference.kind is Kind.NOT_COMPARABLE
    assert difference.noticed == "Nobody can say. alder: pass; alder was not asked."
    assert comparison.unlike == ("1 check ran on the first side only",)


def test_why_a_side_could_not_judge_is_told(two: Run) -> None:
    told = {difference.result.check: difference.noticed for difference in within(two).of(Kind.NOT_COMPARABLE)}
    assert "birch: inconclusive, flaky: broken in 1 of 3 attempts" in told["rfc1939/top-sends-header-and-lines"]


def test_runs_made_otherwise_are_not_like_for_like(two: Run, tmp_path: Path) -> None:
    changes = {"suite_version": "0.2.0", "profile": "safe", "seed": 1, "selectors": ["pop3"], "deadline": 60.0}
    other = runs.write(tmp_path / "other", two.results, **changes)
    assert compare(side(two, "alder", "--from"), side(other, "alder", "--to")).unlike == (
        "different suite versions: 0.1.0, then 0.2.0",
        "different profiles: standard, then safe",
        "different seeds: 4711, then 1",
        "different selections of checks: not recorded, then pop3",
        "different deadlines: not recorded, then 60.0",
    )


def test_an_interrupted_side_is_told(interrupted: Run) -> None:
    comparison = compare(side(interrupted, None, "--from"), side(interrupted, None, "--to"))
    assert "the second run was interrupted: it is not whole" in comparison.unlike


def test_announced_capabilities_are_compared(two: Run, tmp_path: Path) -> None:
    fields = runs.target_fields("alder", 110)
    fields["announced"]["capabilities"] = {"before TLS": ["TOP", "UIDL", "SASL PLAIN"]}
    other = runs.write(tmp_path / "other", two.results, targets=[fields])
    comparison = compare(side(two, "alder", "--from"), side(other, "alder", "--to"))
    assert [(a.stage, a.gained, a.lost) for a in comparison.announced] == [
        ("before TLS", ("SASL PLAIN",), ("STLS",)),
        ("after STLS", (), ("TOP", "UIDL", "USER")),
        ("after login", (), ("EXPIRE NEVER", "TOP", "UIDL")),
    ]


def test_a_waived_regression_is_counted_apart(two: Run) -> None:
    comparison = compare(side(two, "birch", "--from"), side(two, "alder", "--to"))
    assert comparison.counts()["regress MUST"] == comparison.counts(waived=False)["regress MUST"] + 1


@pytest.mark.parametrize(
    ("name", "said"),
    [(None, "has 2 targets: choose with --from (alder, birch)"), ("elm", "has no target elm (it has: alder, birch)")],
)
def test_a_side_that_is_not_there_is_one_line(name: str | None, said: str, two: Run) -> None:
    with pytest.raises(CompareError) as caught:
        side(two, name, "--from")
    assert str(caught.value) == f"{two.folder} {said}"


ANY_RESULT = st.builds(
    lambda number, outcome, level, observed, reason: replace(
        runs.result("alder", f"check-{number}", "A check", MUST, outcome, observed=observed, reason=reason),
        level=level,
        verdict=judge(outcome, level),
    ),
    st.integers(0, 30), st.sampled_from(Outcome), st.sampled_from(Level), st.text(max_size=8), st.sampled_from([None, *Reason]),
)  # fmt: skip
ANY_RESULTS = st.lists(ANY_RESULT, unique_by=lambda result: result.check, max_size=12)


def a_run(found: list[Result]) -> Run:
    return Run(header=runs.run_fields(["alder"]), results=tuple(found), footer={})


@given(found=ANY_RESULTS)
def test_nothing_differs_from_itself(found: list[Result]) -> None:
    comparison = compare(side(a_run(found), None, "--from"), side(a_run(found), None, "--to"))
    assert (comparison.differences, comparison.announced, comparison.unlike) == ((), (), ())
    assert comparison.same + comparison.neither == len(found)


@given(old=ANY_RESULTS, new=ANY_RESULTS)
def test_every_check_is_counted_once_and_both_directions_agree(old: list[Result], new: list[Result]) -> None:
    there = compare(side(a_run(old), None, "--from"), side(a_run(new), None, "--to"))
    back = compare(side(a_run(new), None, "--from"), side(a_run(old), None, "--to"))
    assert there.same + there.neither + len(there.differences) == len({r.check for r in [*old, *new]})
    assert (there.judged, there.neither, len(there.of(Kind.NOT_COMPARABLE))) == (
        back.judged, back.neither, len(back.of(Kind.NOT_COMPARABLE)),
    )  # fmt: skip


def test_golden_console(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("compare.console.txt", compare_text.console(within(two)) + "\n")


def test_golden_markdown(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("compare.md", compare_text.markdown(within(two)))


def test_golden_json(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("compare.json", compare_text.as_json(within(two)) + "\n")


def test_golden_page(two: Run, golden: Callable[[str, str], None]) -> None:
    page = compare_html.render(within(two))
    start, end = page.index("<style>"), page.index("</style>")
    golden("compare.html", page[: start + 7] + page[end:].replace("\n\n", "\n"))


def test_json_tells_what_the_comparison_holds(two: Run) -> None:
    read = json.loads(compare_text.as_json(within(two)))
    assert sum(read["counts"].values()) == len(read["differences"])
    assert read["judged"] == read["same"] + len(read["differences"]) - read["counts"]["not comparable"]
