"""How a check says that it cannot accuse: two exceptions that pytest and Hypothesis treat as a skip.

They derive from pytest's own skip exception, so that they pass through `@given` and state machines untouched. An
AssertionError, and nothing else, accuses the target.
"""

from __future__ import annotations

import pytest

from conformance.verdicts import Reason


class NotSupported(pytest.skip.Exception):
    """The target does not offer what the check is about; the message shows the line that says so."""


class Inconclusive(pytest.skip.Exception):
    """The check ran and cannot tell; the message says what a person can do about it."""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(f"{reason}: {why}")
        self.reason = reason
        self.why = why
