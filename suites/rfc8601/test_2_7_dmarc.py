"""RFC 8601 sections 2.2 and 2.7: the Authentication-Results header field, as a verifier of DMARC writes it."""

from __future__ import annotations

import pytest

from conformance import DmarcDial, NotSupported, alter, authored, misjudge, speaks, verifies
from conformance.dial_dmarc import MONITORED, ORG, STRANGER
from conformance.wire import rfc5322, rfc8601
from conformance.wire.rfc8601 import METHODS

pytestmark = speaks("dmarc")

RECORDS = {"pass": MONITORED, "fail": MONITORED, "none": {}, "broken": {ORG: "v=DMARC1; p=nonsense"}}


@verifies("RFC8601-2.7-02", refuted_by=misjudge("maybe"))
@pytest.mark.parametrize("case", list(RECORDS))
def test_results_of_dmarc_are_registered(dmarc: DmarcDial, case: str) -> None:
    """Of messages that pass and fail, and without a policy, the result is a word of the register."""
    said = dmarc.verdict(*authored(RECORDS[case], sender=ORG if case == "pass" else STRANGER))
    assert said.result in METHODS["dmarc"]


@verifies("RFC8601-2.7-01", refuted_by=alter(rb"header\.from", b"smtp.from"))
@pytest.mark.parametrize("case", ["pass", "fail"])
def test_results_of_dmarc_name_the_author_s_domain(dmarc: DmarcDial, case: str) -> None:
    """The result of a message that passes and of one that fails has header.from."""
    said = dmarc.verdict(*authored(RECORDS[case], sender=ORG if case == "pass" else STRANGER))
    if not said.message:
        raise NotSupported("no message is seen")
    infos = [info for field in rfc5322.fields_of(said.raw) for info in rfc8601.read(field).value.of("dmarc")]
    assert infos
    assert all(info.value("header", "from") for info in infos)


@verifies("RFC8601-2.2-01", refuted_by=alter(rb"dmarc=", b"dmarc is "))
@pytest.mark.parametrize("case", list(RECORDS))
def test_the_field_about_dmarc_is_as_the_grammar_says(dmarc: DmarcDial, case: str) -> None:
    """The field of each result."""
    said = dmarc.verdict(*authored(RECORDS[case], sender=ORG if case == "pass" else STRANGER))
    if rfc5322.name_of(said.raw) != b"authentication-results":
        raise NotSupported("no field tells of DMARC")
    found = [v for field in rfc5322.fields_of(said.raw) for v in rfc8601.read(field).violations]
    assert not [v for v in found if v.rule != "registered-result"]
