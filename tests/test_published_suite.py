"""A published SPF suite that is given by name: its cases are checks, and a mistake in the file is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import surveying
from conformance.exits import Exit
from conformance.runner import RunnerError

SUITE = """
description: two cases
tests:
  alone:
    spec: 4.5/1
    helo: a.example
    host: 192.0.2.1
    mailfrom: a@a.example
    result: fail
  twice:
    spec: 4.5/2
    helo: a.example
    host: 192.0.2.1
    mailfrom: a@b.example
    result: [none, neutral]
zonedata:
  a.example:
    - SPF: v=spf1 -all
"""
NAME = "rfc7208/the-published-suite-is-judged-as-it-says"


def cases(file: Path | None = None) -> set[str]:
    return {name for name in surveying.survey(("spf",), file).ids if name.startswith(f"{NAME}[")}


def test_each_case_is_a_check(tmp_path: Path) -> None:
    (tmp_path / "suite.yml").write_text(SUITE)

    assert cases(tmp_path / "suite.yml") == {f"{NAME}[alone]", f"{NAME}[twice]"}


def test_without_a_file_there_is_no_such_check() -> None:
    assert cases() == set()


@pytest.mark.parametrize("text", ["[", SUITE.replace("result: fail", "result: fine")], ids=["no-yaml", "no-result"])
def test_a_mistake_is_one_line_with_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "suite.yml").write_text(text)
    with pytest.raises(RunnerError, match=r"suite\.yml") as raised:
        cases(tmp_path / "suite.yml")

    assert raised.value.code is Exit.USAGE
    assert "\n" not in str(raised.value)
