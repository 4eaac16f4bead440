"""What a check says of itself: the requirements it proves, the fault that must break it, what it needs.

A check is a pytest function named as a sentence about the server. Its id (`rfc1939/stat-leaves-out-...`) comes from
its suite and its name, and stays for ever.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from conformance.faults import Fault

PROTOCOLS: dict[str, tuple[int, ...]] = {
    "pop3": (1939, 2449, 2595, 1734, 5034, 8314),
    "imap": (
        3501, 2087, 2088, 2177, 2180, 2221, 2342, 2683, 2971, 3348, 3502, 3503, 3516, 3691, 4314, 4315, 4467, 4469, 4731,
        4959, 4978, 5032, 5161, 5182, 5256, 5258, 5464, 5465, 5530, 5819, 6154, 6851, 6855, 7162, 7888, 8438, 8474, 8508,
        9051, 9208, 2595, 8314, 5322, 2822, 2045, 2046, 2047, 2048, 2049, 2183,
    ),
    "smtp": (
        5321, 1652, 1870, 1894, 2034, 2142, 2246, 2476, 2554, 2821, 2852, 2920, 3030, 3207, 3461, 3462, 3463, 3464, 4954,
        6152, 6409, 6522, 6531, 7504, 7505, 8314, 2298, 3798, 8098, 5322, 2045, 2046, 2047, 2183,
    ),
    "lmtp": (2033, 3834, 5322),
    "http": (2616, 1945),
    "spf": (7208, 4408, 7372, 8601),
    "dkim": (6376,),
    "dmarc": (7489,),
}  # fmt: skip
"""The RFCs that a protocol is judged by; one that serves two is the first one's unless a module says speaks()."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check as collected: id, title (its sentence), requirement ids, fault, needed capabilities, whether it makes up its input.

    `protocols` are those that it can be asked in, the first that a target speaks is meant. `file` is where it stands below
    the suites; audits stand nowhere there.
    """

    id: str
    title: str
    how: str
    requirements: tuple[str, ...]
    refuted_by: Fault | None
    needs: tuple[str, ...]
    protocols: tuple[str, ...] = ("pop3",)
    generated: bool = False
    file: str = ""

    @property
    def protocol(self) -> str:
        """The protocol that the check is asked in."""
        return self.protocols[0]

    def among(self, spoken: Collection[str]) -> Check:
        """Return the check as it is asked of a target that speaks these protocols; as it is where that speaks none of its own."""
        return replace(self, protocols=tuple(name for name in self.protocols if name in spoken)[:1] or self.protocols)


def protocol_of(suite: str) -> str:
    """Return the protocol of a suite by its name, "rfc3501"."""
    rfc = int(suite.removeprefix("rfc")) if suite.removeprefix("rfc").isdigit() else 0
    return next((name for name, rfcs in PROTOCOLS.items() if rfc in rfcs), "pop3")


def verifies(*requirements: str, refuted_by: Fault) -> Callable[[F], F]:
    """Tie a check to the requirements it proves and to the fault that must turn it BROKEN."""
    mark: Callable[[F], F] = pytest.mark.verifies(*requirements, refuted_by=refuted_by)
    return mark


def needs(*capabilities: str) -> pytest.MarkDecorator:
    """Demand announced capabilities, "PIPELINING" or with a parameter "SASL PLAIN", as the `pytestmark` of a module."""
    return pytest.mark.needs(*capabilities)


def speaks(*protocols: str) -> pytest.MarkDecorator:
    """Say which protocol a module's checks speak, where its RFC serves several, as the `pytestmark` of the module.

    Of several, each does: the first that a target speaks is meant.
    """
    return pytest.mark.speaks(*protocols)


def check_of(item: pytest.Function) -> Check | None:
    """Return what a collected test function says of itself, None if it is no check."""
    mark = item.get_closest_marker("verifies")
    if mark is None:
        return None
    name = item.name.removeprefix("test_").replace("_", "-")
    sentence = name.partition("[")[0].replace("-", " ")
    doc = (getattr(item.function, "__doc__", None) or "").strip()
    suite = Path(item.path).parent.name
    spoken = item.get_closest_marker("speaks")
    return Check(
        id=f"{suite}/{name}",
        title=sentence[:1].upper() + sentence[1:],
        how=" ".join(doc.split()),
        requirements=tuple(mark.args),
        refuted_by=mark.kwargs.get("refuted_by"),
        needs=tuple(name for marker in item.iter_markers("needs") for name in marker.args),
        protocols=spoken.args if spoken else (protocol_of(suite),),
        generated=suite == "models" or "given" in _named(item.function),
        file=f"{suite}/{item.path.name}",
    )


def _named(function: Callable[..., Any]) -> set[str]:
    """Return every global name that a function uses, itself or through functions of its module."""
    names: set[str] = set()
    ahead = [function]
    while ahead:
        fresh = set(ahead.pop().__code__.co_names) - names
        names |= fresh
        found = (function.__globals__.get(name) for name in fresh)
        ahead += [f for f in found if inspect.isfunction(f) and f.__module__ == function.__module__]
    return names
