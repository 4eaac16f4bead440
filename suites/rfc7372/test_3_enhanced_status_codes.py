"""RFC 7372 section 3: enhanced status codes of failed authentication. Nobody has to use them; who does means what they say."""

from __future__ import annotations

import pytest

from conformance import NotSupported, SpfDial, asked_by, refusal, say, verifies

RESULTS = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")


def detail(spf: SpfDial, result: str) -> bytes:
    """The enhanced code of the refusal of a message with this result without its class, empty if it is taken."""
    found = refusal(spf, result)
    return found[1].partition(b".")[2] if found else b""


def refused(spf: SpfDial, result: str, code: bytes) -> int:
    """The reply code of the refusal with an enhanced code; NotSupported if this is not used."""
    found = refusal(spf, result)
    if found is None or not found[1].endswith(b"." + code):
        raise NotSupported(f"the server does not refuse a {result} by X.{code.decode()}")
    return found[0]


@verifies(
    "RFC7372-3.1-01", "RFC7372-3.1-02", "RFC7372-3.1-03", refuted_by=say(b"550 5.7.20 SPF\r\n", of=asked_by("fail"))
)
def test_codes_of_dkim_are_not_said_of_spf(spf: SpfDial) -> None:
    """A refusal by SPF of a message that has no signature does not have X.7.20, X.7.21 or X.7.22."""
    assert detail(spf, "fail") not in (b"7.20", b"7.21", b"7.22")


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(
            result,
            marks=pytest.mark.verifies("RFC7372-3.2-01", refuted_by=say(b"550 5.7.23 SPF\r\n", of=asked_by(result))),
        )
        for result in RESULTS
        if result != "fail"
    ],
)
def test_spf_validation_failed_is_said_of_a_fail_only(spf: SpfDial, result: str) -> None:
    """A message with any other result is not refused by X.7.23."""
    assert detail(spf, result) != b"7.23"


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(
            result,
            marks=pytest.mark.verifies("RFC7372-3.2-02", refuted_by=say(b"550 5.7.24 SPF\r\n", of=asked_by(result))),
        )
        for result in RESULTS
        if not result.endswith("error")
    ],
)
def test_spf_validation_error_is_said_of_an_error_only(spf: SpfDial, result: str) -> None:
    """A message with a result that is no error is not refused by X.7.24."""
    assert detail(spf, result) != b"7.24"


@verifies("RFC7372-3.2-03", refuted_by=say(b"554 5.7.23 SPF\r\n", of=asked_by("fail")))
def test_spf_validation_failed_comes_with_550(spf: SpfDial) -> None:
    """A fail that is refused by X.7.23 is refused by 550."""
    assert refused(spf, "fail", b"7.23") == 550


@pytest.mark.parametrize(
    ("result", "code"),
    [
        pytest.param(
            result,
            code,
            id=result,
            marks=pytest.mark.verifies(
                "RFC7372-3.2-04", refuted_by=say(b"%d %d.7.24 SPF\r\n" % (other, other // 100), of=asked_by(result))
            ),
        )
        for result, code, other in (("temperror", 451, 554), ("permerror", 550, 554))
    ],
)
def test_spf_validation_error_comes_with_451_or_550(spf: SpfDial, result: str, code: int) -> None:
    """An error that is refused by X.7.24 is refused by 451 if it is temporary, by 550 if it is permanent."""
    assert refused(spf, result, b"7.24") == code


@verifies("RFC7372-3.3-01", "RFC7372-3.4-01", refuted_by=say(b"550 5.7.26 SPF\r\n", of=asked_by("fail")))
def test_codes_of_other_checks_are_not_said_of_spf(spf: SpfDial) -> None:
    """A refusal by SPF of a message with no other trouble does not have X.7.25 or X.7.26."""
    assert detail(spf, "fail") not in (b"7.25", b"7.26")
