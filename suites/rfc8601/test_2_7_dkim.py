"""RFC 8601 sections 2.2 and 2.7.1: the Authentication-Results header field, as a verifier of DKIM writes it."""

from __future__ import annotations

import pytest

from conformance import DkimDial, NotSupported, Signature, alter, misjudge, replacing, signed, speaks, verifies
from conformance.vectors import Trouble
from conformance.wire import rfc5322, rfc8601
from conformance.wire.rfc8601 import METHODS

pytestmark = speaks("dkim")

CASES: dict[str, Signature] = {
    "pass": Signature(),
    "altered": Signature(),
    "no-key": Signature(key=None),
    "revoked": Signature(key="v=DKIM1; p="),
    "no-answer": Signature(key=Trouble.SERVFAIL),
    "version": Signature(tags={"v": "2"}),
    "tag-missing": Signature(tags={"h": None}),
}


def change(case: str, message: bytes) -> bytes:
    """Alter the message of one case on its way."""
    return replacing(b"Hello.", b"Goodbye.")(message) if case == "altered" else message


@verifies("RFC8601-2.7.1-01", refuted_by=misjudge("maybe"))
@pytest.mark.parametrize("case", list(CASES))
def test_results_of_dkim_are_registered(dkim: DkimDial, case: str) -> None:
    """Of signatures that hold and that do not the result is a word of the register."""
    said = dkim.verdict(*signed(CASES[case], after=lambda message: change(case, message)))
    assert said.result in METHODS["dkim"]


@verifies("RFC8601-2.2-01", refuted_by=alter(rb"dkim=", b"dkim is "))
@pytest.mark.parametrize("case", list(CASES))
def test_the_field_about_dkim_is_as_the_grammar_says(dkim: DkimDial, case: str) -> None:
    """The field of each result; a word that is none of the register's is judged elsewhere.

    What of header.b stands there is left out: it is another with each message, and has a "/" in one of eight, which no token has.
    """
    said = dkim.verdict(*signed(CASES[case], after=lambda message: change(case, message)))
    if not said.raw:
        raise NotSupported("nothing is said of the signature")
    found = [v for field in rfc5322.fields_of(said.raw) for v in rfc8601.read(field).violations]
    assert not [v for v in found if v.rule != "registered-result" and b"header.b=" + v.got not in said.raw]
