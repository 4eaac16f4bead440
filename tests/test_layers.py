"""The picture of who imports whom: a layer imports only layers below it; siblings only where the table says so.

docs/architecture.md shows the picture that `python -m tests.test_layers` prints.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS: dict[str, tuple[str, ...]] = {
    "data": ("requirements", "target", "transcript", "verdicts", "results", "waivers", "exits", "certificates", "vectors", "migrated", "measured"),
    "bytes": ("wire", "transport", "outcomes"),
    "talk": ("sessions", "faults", "lying"),
    "tools": (
        "discovery", "dial", "delivery", "maildrop", "mailbox", "checks", "selection", "audits", "hearing", "protocols", "judging",
        "conversing", "audit_proofs", "cleanup", "migration", "capacity", "quotas", "sharing", "arrivals", "services",
        "verifiers", "strategies", "models", "witnesses", "lab", "embedded",
    ),
    "edge": ("running", "plugin", "runner", "surveying", "progress", "campaign", "published", "doctor", "rechecking", "roundtrip", "commands", "cli"),
}  # fmt: skip
"""Lowest first; reports see data only, suites and edge see everything below them."""

SIBLINGS: dict[str, tuple[str, ...]] = {
    "verdicts": ("requirements",),
    "results": ("requirements", "verdicts"),
    "waivers": ("results", "verdicts"),
    "exits": ("results", "verdicts"),
    "lying": ("faults",),
    "arrivals": ("delivery",),
    "checks": ("delivery", "dial", "models", "services", "verifiers"),
    "dial": ("arrivals", "discovery", "delivery", "mailbox", "services", "verifiers"),
    "mailbox": ("delivery",),
    "maildrop": ("dial", "delivery"),
    "audits": ("checks", "discovery", "hearing"),
    "hearing": ("discovery",),
    "protocols": ("audits", "dial", "discovery", "hearing"),
    "judging": ("audits", "checks", "delivery", "dial", "discovery", "maildrop", "protocols"),
    "conversing": ("delivery", "dial", "discovery", "maildrop"),
    "audit_proofs": ("audits", "conversing", "discovery", "judging", "protocols"),
    "selection": ("checks",),
    "quotas": ("delivery", "dial"),
    "sharing": ("dial", "mailbox"),
    "verifiers": ("arrivals", "delivery"),
    "witnesses": ("delivery",),
    "migration": ("discovery",),
    "capacity": ("delivery", "dial", "discovery", "maildrop"),
    "cleanup": ("arrivals", "dial", "discovery", "maildrop"),
    "models": ("arrivals", "strategies", "mailbox", "maildrop", "dial", "delivery"),
    "plugin": ("running",),
    "runner": ("running",),
    "surveying": ("runner", "running"),
    "campaign": ("progress", "runner", "running", "surveying"),
    "doctor": ("published",),
    "rechecking": ("running",),
    "commands": ("campaign", "doctor", "published", "rechecking", "roundtrip", "running", "surveying"),
    "cli": ("commands", "runner"),
}
"""Which modules of a layer may import which of the same layer; everything else may not."""

_LAYER_OF = {module: layer for layer, modules in LAYERS.items() for module in modules}
_ORDER = list(LAYERS)


def room(path: Path) -> str:
    """Return the module or folder of conformance/ that a file belongs to: audits_pop3 is part of audits."""
    first = path.relative_to(ROOT / "conformance").parts[0].removesuffix(".py")
    return next((name for name in _LAYER_OF if first == name or first.startswith(f"{name}_")), first)


def imports(path: Path) -> Iterator[str]:
    """Yield the names of the project that a file imports, the optional ones inside functions included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "conformance":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("conformance."))


def rooms(path: Path) -> Iterator[str]:
    for name in imports(path):
        yield next((known for known in _LAYER_OF if name == known or name.startswith(f"{known}_")), name)


MODULES = sorted(p for p in (ROOT / "conformance").rglob("*.py") if p != ROOT / "conformance" / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    here = room(path)
    assert here in _LAYER_OF, f"{here} has no place in the picture: add it to LAYERS"
    height = _ORDER.index(_LAYER_OF[here])

    for other in rooms(path):
        if other in ("suites", "reports"):
            assert _LAYER_OF[here] == "edge", f"{path} imports {other}"
        elif other != here and other in _LAYER_OF:
            below = _ORDER.index(_LAYER_OF[other]) < height
            assert below or other in SIBLINGS.get(here, ()), f"{path} imports {other}"


@pytest.mark.parametrize("path", sorted((ROOT / "reports").rglob("*.py")), ids=lambda p: p.name)
def test_reports_see_data_only(path: Path) -> None:
    seen = {name for name in rooms(path) if name != "reports"}

    assert {_LAYER_OF.get(name, name) for name in seen} <= {"data"}


def test_the_table_of_siblings_has_no_cycle() -> None:
    done: set[str] = set()
    while pending := set(SIBLINGS) - done:
        free = {name for name in pending if not (set(SIBLINGS[name]) & pending)}
        assert free, f"a cycle among {sorted(pending)}"
        done |= free


def test_wire_is_standard_library_and_knows_no_socket() -> None:
    for path in (ROOT / "conformance" / "wire").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            for name in names:
                assert name.split(".")[0] not in {
                    "socket",
                    "ssl",
                    "select",
                    "selectors",
                    "OpenSSL",
                    "pytest",
                    "hypothesis",
                }, f"{path} imports {name}"


def test_the_harness_asserts_nothing() -> None:
    for path in MODULES:
        found = [node.lineno for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Assert)]
        assert not found, f"{path}:{found}: only a check's own body may accuse"


def picture() -> str:
    """Draw the layers, highest first."""
    rows = [
        f"   {'suites/':<10} import conformance only",
        *(f"   {layer:<10} {'  '.join(LAYERS[layer])}" for layer in reversed(_ORDER)),
    ]
    return "\n".join([*rows, f"   {'reports/':<10} import data only"])


def test_the_docs_show_this_picture() -> None:
    assert picture() in (ROOT / "docs" / "architecture.md").read_text("utf-8")


if __name__ == "__main__":
    print(picture())  # noqa: T201
