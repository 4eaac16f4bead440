"""The runs that reports are tested on, and the comparison with golden files (UPDATE_GOLDEN=1 writes them anew)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import runs

from conformance.results import Run

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def two(tmp_path: Path) -> Run:
    """A finished run on two targets: every verdict, a waiver, hostile bytes."""
    return runs.write(tmp_path / "two", runs.two_targets())


@pytest.fixture
def interrupted(tmp_path: Path) -> Run:
    """A run that stopped after five results on one target."""
    return runs.write(tmp_path / "interrupted", runs.two_targets()[:5], finished=False)


@pytest.fixture
def seven(tmp_path: Path) -> Run:
    """A finished run on seven targets."""
    return runs.write(tmp_path / "seven", runs.many_targets(7))


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8")

    return compare
