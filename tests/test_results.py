"""Results files: read back as written, every error named with its line, and no crashed run that looks like a clean one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import results
from conformance.requirements import Level
from conformance.results import Evidence, Result, ResultsError, Run
from conformance.verdicts import Outcome, Reason, Verdict

HEADER = results.header_line({"run": "r1", "targets": [{"name": "alder"}, {"name": "birch"}]})
FOOTER = results.footer_line({"exit": 0, "why": "no finding"})
RESULT = Result(
    target="alder",
    check="rfc1939/noop-is-answered",
    title="Noop is answered",
    requirements=("RFC1939-5-01",),
    rfc=1939,
    section="5",
    level=Level.MUST,
    inferred=False,
    outcome=Outcome.HELD,
    verdict=Verdict.PASS,
)
TEXTS = st.text(max_size=30)
RESULTS = st.builds(
    Result,
    target=TEXTS,
    check=TEXTS,
    title=TEXTS,
    requirements=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    rfc=st.integers(1, 99999),
    section=TEXTS,
    level=st.sampled_from(Level),
    inferred=st.booleans(),
    outcome=st.sampled_from(Outcome),
    verdict=st.sampled_from(Verdict),
    reason=st.one_of(st.none(), st.sampled_from(Reason)),
    why=TEXTS,
    expected=TEXTS,
    observed=TEXTS,
    evidence=st.one_of(st.none(), st.builds(Evidence, transcript=TEXTS, line=st.integers(1, 10**6))),
    seconds=st.floats(0, 1e6),
    attempts=st.integers(1, 3),
    seed=st.one_of(st.none(), st.integers()),
    proven=st.one_of(st.none(), st.booleans()),
    waiver=st.one_of(st.none(), TEXTS),
)


@given(st.lists(RESULTS, max_size=4))
def test_a_run_is_read_back_as_it_was_written(found: list[Result]) -> None:
    run = results.parse([HEADER, *(result.to_json() for result in found), FOOTER])

    assert run.results == tuple(found)
    assert (run.targets, run.interrupted) == (("alder", "birch"), False)
    assert run.footer is not None
    assert (run.footer["exit"], run.footer["why"]) == (0, "no finding")


@given(RESULTS)
def test_a_result_is_one_line_of_ascii(result: Result) -> None:
    line = result.to_json()

    assert line.isascii()
    assert len(line.splitlines()) == 1


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "results.jsonl").write_text(text, "utf-8")
    return tmp_path


def test_a_folder_is_read(tmp_path: Path) -> None:
    run = results.read(folder(tmp_path, f"{HEADER}\n{RESULT.to_json()}\n{FOOTER}\n"))

    assert (run.results, run.folder, run.header["format"]) == ((RESULT,), tmp_path, results.FORMAT)


@pytest.mark.parametrize("text", [f"{HEADER}\n", f"{HEADER}\n{RESULT.to_json()}\n"])
def test_without_its_footer_a_run_was_interrupted(tmp_path: Path, text: str) -> None:
    assert results.read(folder(tmp_path, text)).interrupted


@given(st.integers(0, len(RESULT.to_json()) + len(FOOTER)))
def test_a_run_that_was_cut_anywhere_reads_as_interrupted(size: int) -> None:
    text = f"{HEADER}\n{RESULT.to_json()}\n{FOOTER}\n"
    run = results.parse(results.whole_lines(text[: len(HEADER) + 1 + size]))

    assert run.interrupted
    assert run.results in ((), (RESULT,))


def line_of(**changes: Any) -> str:
    return json.dumps(json.loads(RESULT.to_json()) | changes)


def without(key: str) -> str:
    return json.dumps({k: v for k, v in json.loads(RESULT.to_json()).items() if k != key})


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "the file is empty"),
        ([RESULT.to_json()], "line 1: the header must be the first line, once"),
        ([FOOTER], "line 1: the header must be the first line, once"),
        ([HEADER, HEADER], "line 2: the header must be the first line, once"),
        ([HEADER, FOOTER, RESULT.to_json()], "line 3: something follows the footer"),
        ([HEADER, FOOTER, FOOTER], "line 3: something follows the footer"),
        ([HEADER, "{"], "line 2 is not JSON"),
        ([HEADER, ""], "line 2 is not JSON"),
        ([HEADER, "[1]"], "line 2 is no header, result or footer"),
        ([HEADER, "{}"], "line 2 is no header, result or footer"),
        ([HEADER, '{"kind": "rumour"}'], "line 2 is no header, result or footer"),
        ([HEADER, '{"kind": []}'], "line 2 is no header, result or footer"),
        (['{"kind": "header", "format": 99, "targets": []}'], "format 99: this version reads format 1"),
        (['{"kind": "header"}'], "format None: this version reads format 1"),
        (['{"kind": "header", "format": 1}'], "the header names no targets"),
        (['{"kind": "header", "format": 1, "targets": "alder"}'], "the header names no targets"),
        (['{"kind": "header", "format": 1, "targets": ["alder"]}'], "the header names no targets"),
        (['{"kind": "header", "format": 1, "targets": [{"label": "x"}]}'], "the header names no targets"),
        (['{"kind": "header", "format": 1, "targets": [{"name": 1}]}'], "the header names no targets"),
        ([HEADER, without("check")], "line 2: TypeError: .* 'check'"),
        ([HEADER, without("level")], "line 2: KeyError: 'level'"),
        ([HEADER, line_of(level="OUGHT")], "line 2: ValueError: 'OUGHT' is not a valid Level"),
        ([HEADER, line_of(outcome="well")], "line 2: ValueError: 'well' is not a valid Outcome"),
        ([HEADER, line_of(verdict="fine")], "line 2: ValueError: 'fine' is not a valid Verdict"),
        ([HEADER, line_of(reason="mood")], "line 2: ValueError: 'mood' is not a valid Reason"),
        ([HEADER, line_of(extra=1)], "line 2: TypeError: .* 'extra'"),
        ([HEADER, line_of(evidence={"line": 1})], "line 2: TypeError: .* 'transcript'"),
        ([HEADER, line_of(evidence=7)], "line 2: TypeError"),
        ([HEADER, line_of(requirements=None)], "line 2: TypeError"),
    ],
)
def test_every_error_is_named(lines: list[str], said: str) -> None:
    with pytest.raises(ResultsError, match=said):
        results.parse(lines)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), TEXTS, st.just("MUST")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
FIELDS = sorted(json.loads(RESULT.to_json()))


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_whatever_a_line_holds_it_is_read_or_named(changes: dict[str, Any]) -> None:
    try:
        run = results.parse([HEADER, line_of(**changes)])
    except ResultsError as error:
        assert str(error).startswith("line 2")  # noqa: PT017 - reading it is right too
    else:
        assert all(isinstance(result.check, str) and isinstance(result.seconds, int | float) for result in run.results)


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=f"no results in {tmp_path}: No such file or directory"):
        results.read(tmp_path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_bytes(b"\xff\xfe")

    with pytest.raises(ResultsError, match=f"no results in {tmp_path}: .*utf-8"):
        results.read(tmp_path)


def test_a_run_is_made_of_values() -> None:
    run = Run(header={"targets": []}, results=(replace(RESULT, why="x"),), footer=None)

    assert (run.targets, run.interrupted, run.folder) == ((), True, Path())
