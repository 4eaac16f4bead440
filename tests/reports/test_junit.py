"""JUnit: what is a failure, what is skipped and why, and that no reader stumbles over it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from conformance.reports import junit
from conformance.results import Run


@pytest.fixture
def root(two: Run) -> ET.Element:
    return ET.fromstring(junit.render(two))


def cases(root: ET.Element, name: str) -> list[ET.Element]:
    return [case for case in root.iter("testcase") if case.get("name") == name]


def test_golden(two: Run, golden: Callable[[str, str], None]) -> None:
    golden("two.junit.xml", junit.render(two))


def test_interrupted_golden(interrupted: Run, golden: Callable[[str, str], None]) -> None:
    golden("interrupted.junit.xml", junit.render(interrupted))


def test_one_suite_a_target_and_rfc(root: ET.Element) -> None:
    names = [suite.get("name") for suite in root]
    assert names == [f"{name} RFC {rfc}" for name in ("alder", "birch") for rfc in (1939, 2449, 2595)]


@pytest.mark.parametrize(
    ("check", "tags"),
    [
        ("rfc1939/server-greets-first", [None, None]),
        ("rfc1939/stat-gives-count-and-size", ["failure", "failure"]),
        ("rfc1939/reply-line-has-at-most-512-octets", ["skipped waived", None]),
        ("rfc1939/size-counts-two-octets-an-end-of-line", ["skipped inconclusive", "skipped inconclusive"]),
        ("rfc1939/locked-maildrop-is-refused-with-a-reason", ["system-out", "error"]),
        ("rfc1939/split-command-is-assembled", ["system-out", None]),
        ("rfc1939/apop-refuses-another-timestamp", ["skipped unsupported", None]),
        ("rfc1939/uidl-is-offered", ["system-out", None]),
    ],
)
def test_element_follows_from_the_verdict(check: str, tags: list[str | None], root: ET.Element) -> None:
    seen = [next(iter(case), None) for case in cases(root, check)]
    kinds = {"skipped": lambda element: f"skipped {element.get('type')}"}
    assert [None if e is None else kinds.get(e.tag, lambda element: element.tag)(e) for e in seen] == tags


def test_counts_are_those_of_the_cases(root: ET.Element) -> None:
    for element in (root, *root):
        found = list(element.iter("testcase"))
        assert int(element.get("tests", "")) == len(found)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(attribute, "")) == sum(case.find(tag) is not None for case in found)


def test_no_properties_inside_a_case(root: ET.Element) -> None:
    assert not [case for case in root.iter("testcase") if case.find("properties") is not None]


def test_interrupted_run_is_an_error(interrupted: Run) -> None:
    (case,) = cases(ET.fromstring(junit.render(interrupted)), "the-run-came-to-its-end")
    (error,) = case
    assert (error.tag, error.get("type")) == ("error", "interrupted")


def test_hostile_text_stays_text(root: ET.Element) -> None:
    said = cases(root, "rfc1939/stat-gives-count-and-size")[1][0]
    assert "<script>alert(1)</script>" in said.get("message", "")
    assert "\x1b" not in (said.text or "")
