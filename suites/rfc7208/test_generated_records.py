"""RFC 7208 section 4: generated records, held against an oracle written from the text."""

from __future__ import annotations

import contextlib

from hypothesis import given

from conformance import NotSupported, SpfDial, misjudge, verifies
from conformance.checks_spf import Vector
from conformance.models.answers import resolver
from conformance.models.spf import judge
from conformance.strategies.spf_zones import Question, questions


@verifies("RFC7208-2.2-01", refuted_by=misjudge("softfail"))
def test_generated_records_are_judged_by_what_they_say(spf: SpfDial) -> None:
    """Publish small zones that depend on each other, and ask of their clients: what the text allows, by any reading of it."""

    @given(questions())
    def asked(question: Question) -> None:
        spf.begin_example()
        allowed = judge(question.case, resolver(question.zone)).results
        with contextlib.suppress(NotSupported):  # a result that this verifier's ways do not show
            assert spf.verdict(question.zone, Vector(zone=question.zone, case=question.case).query).result in allowed

    asked()
