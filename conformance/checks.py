"""What a check says of itself: the requirements it proves, the fault that must break it, what it needs.

A check is a pytest function named as a sentence about the server. Its id (`rfc1939/stat-leaves-out-...`) comes from
its suite and its name, and stays for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conformance.faults import Fault

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check as collected: id, title (its sentence), requirement ids, fault, needed capabilities."""

    id: str
    title: str
    how: str
    requirements: tuple[str, ...]
    refuted_by: Fault | None
    needs: tuple[str, ...]


def verifies(*requirements: str, refuted_by: Fault) -> Callable[[F], F]:
    """Tie a check to the requirements it proves and to the fault that must turn it BROKEN."""
    mark: Callable[[F], F] = pytest.mark.verifies(*requirements, refuted_by=refuted_by)
    return mark


def needs(*capabilities: str) -> pytest.MarkDecorator:
    """Demand announced capabilities, "PIPELINING" or with a parameter "SASL PLAIN", as the `pytestmark` of a module."""
    return pytest.mark.needs(*capabilities)


def check_of(item: pytest.Function) -> Check | None:
    """Return what a collected test function says of itself, None if it is no check."""
    mark = item.get_closest_marker("verifies")
    if mark is None:
        return None
    name = item.name.removeprefix("test_").replace("_", "-")
    sentence = name.partition("[")[0].replace("-", " ")
    doc = (getattr(item.function, "__doc__", None) or "").strip()
    return Check(
        id=f"{Path(item.path).parent.name}/{name}",
        title=sentence[:1].upper() + sentence[1:],
        how=" ".join(doc.split()),
        requirements=tuple(mark.args),
        refuted_by=mark.kwargs.get("refuted_by"),
        needs=tuple(name for marker in item.iter_markers("needs") for name in marker.args),
    )
