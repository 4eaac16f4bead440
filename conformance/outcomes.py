"""How a check says that it cannot accuse: two exceptions that pytest and Hypothesis treat as a skip.

They derive from pytest's own skip exception, so that they pass through `@given` and state machines untouched. An
AssertionError, and nothing else, accuses the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.verdicts import Reason

if TYPE_CHECKING:
    Skipped = Exception
else:
    Skipped = pytest.skip.Exception


class NotSupported(Skipped):
    """The target does not offer what the check is about; the message shows the line that says so."""


class Inconclusive(Skipped):
    """The check ran and cannot tell; the message says what a person can do about it."""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(f"{reason}: {why}")
        self.reason = reason
        self.why = why
