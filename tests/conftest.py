"""What all of the harness's own tests share: one Hypothesis profile, and the checks as the suites give them.

The profile makes the same examples in every run, few enough for a busy machine.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from conformance import surveying
from conformance.outcomes import Inconclusive, NotSupported

for _told in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
    os.environ.pop(_told, None)  # a run that a test makes is no part of the job that the tests are

settings.register_profile(
    "harness",
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("harness")


@pytest.fixture(scope="session")
def collected() -> list[dict[str, Any]]:
    """Every check and audit of the suites, as `mailconform list --format json` has it."""
    return surveying.collect()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """A test that only wanted to judge a server has not been held: what skips a check fails a test."""
    try:
        yield
    except (Inconclusive, NotSupported) as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error
