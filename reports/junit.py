"""JUnit XML: one suite a target and RFC, for the test tabs of GitLab, Jenkins and their like.

Invariant: only a MUST that is broken, not waived and not in the baseline is a failure. What could not be judged, is not
offered, is waived or known is skipped with a type that says so, never passed. No properties stand inside a test case, because strict
readers refuse them there; an interrupted run, or a target that was never judged, is an error of its own, so that no
pipeline takes it for a clean one.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from conformance.reports import baseline, evidence
from conformance.reports.findings import shown
from conformance.reports.matrix import INTERRUPTED, Fold, fold, unreached
from conformance.reports.text import block, visible
from conformance.results import Result, Run
from conformance.verdicts import Verdict


def render(run: Run) -> str:
    """Write a run as JUnit XML."""
    root = ET.Element("testsuites", name=visible(f"mailconform {run.header.get('run', '')}"))
    words = {(entry.rfc, entry.target): entry for entry in fold(run)}
    for target in run.targets:
        for rfc in sorted({result.rfc for result in run.results}):
            found = [result for result in run.results if (result.rfc, result.target) == (rfc, target)]
            if found:
                root.append(_suite(run, found, words.get((rfc, target))))
    root.extend(_alone(run, name, "the-target-could-be-judged", "unreached", why) for name, why in unreached(run))
    if run.interrupted:
        root.append(_alone(run, "mailconform", "the-run-came-to-its-end", "interrupted", INTERRUPTED))
    _count(root, root.findall("testsuite/testcase"))
    ET.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _suite(run: Run, found: Sequence[Result], word: Fold | None) -> ET.Element:
    suite = _empty_suite(run, f"{found[0].target} RFC {found[0].rfc}")
    if word:
        properties = ET.SubElement(suite, "properties")
        ET.SubElement(properties, "property", name="compliance", value=word.word.value)
        ET.SubElement(properties, "property", name="scope", value=word.sentence)
    suite.extend([_case(run, result) for result in found])
    _count(suite, suite.findall("testcase"))
    return suite


def _empty_suite(run: Run, name: str) -> ET.Element:
    began = str(run.header.get("started", ""))[:19]
    return ET.Element("testsuite", name=visible(name), timestamp=visible(began))


def _count(element: ET.Element, cases: Sequence[ET.Element]) -> None:
    element.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _case(run: Run, result: Result) -> ET.Element:
    place = visible(f"{result.target}.rfc{result.rfc}.section-{result.section}")
    case = ET.Element("testcase", classname=place, name=visible(result.check), time=f"{result.seconds:.3f}")
    tag, kind, text = _says(run, result)
    if tag in {"failure", "error", "skipped"}:
        said = ET.SubElement(case, tag, type=kind, message=visible(text))
        said.text = _details(run, result)
    elif tag == "system-out":
        ET.SubElement(case, tag).text = f"{kind}: {visible(text)}\n{_details(run, result)}"
    return case


def _says(run: Run, result: Result) -> tuple[str, str, str]:
    """Return the element, its type and its message for a result; no element for a plain pass."""
    verdict, seen = shown(result), f"{result.title}: {result.observed}"
    if result.waiver is not None and verdict is Verdict.FAIL:
        return "skipped", "waived", f"{seen} (waived: {result.waiver})"
    if verdict is Verdict.FAIL and baseline.is_known(run, result):
        return "skipped", "known", f"{seen} (known from the baseline)"
    return {
        Verdict.FAIL: ("failure", result.level.value, seen),
        Verdict.ERROR: ("error", "harness-error", result.why),
        Verdict.INCONCLUSIVE: ("skipped", "inconclusive", f"{result.reason or 'no reason given'}: {result.why}"),
        Verdict.UNSUPPORTED: ("skipped", "unsupported", result.why),
        Verdict.WARN: ("system-out", verdict.value, seen),
        Verdict.OBSERVED: ("system-out", verdict.value, seen),
    }.get(verdict, ("", "", ""))


def _details(run: Run, result: Result) -> str:
    line = evidence.deciding(run.folder, result.evidence)
    where = f"{result.evidence.transcript} line {result.evidence.line}" if result.evidence else ""
    facts = {
        "Requirement": ", ".join(result.requirements),
        "Expected": result.expected,
        "Observed": result.observed,
        "Decided by": f"{where}: {line}" if line else where,
        "Why": result.why,
        "Waiver": result.waiver or "",
    }
    return "\n".join(f"{name}: {block(fact)}" for name, fact in facts.items() if fact)


def _alone(run: Run, name: str, question: str, kind: str, message: str) -> ET.Element:
    """Return a suite of one error, for what no result tells: a run cut short, a target that was never judged."""
    suite = _empty_suite(run, name)
    case = ET.SubElement(suite, "testcase", classname=visible(name), name=question, time="0.000")
    ET.SubElement(case, "error", type=kind, message=visible(message))
    _count(suite, [case])
    return suite
