"""RFC 7208 section 8: what becomes of a message by its result. Local policy decides whether it is refused, not how."""

from __future__ import annotations

from conformance import NotSupported, Opinion, SpfDial, alter, asked_by, refusal, result_of, say, verifies

RECORDED = (b"received-spf:", b"authentication-results:")


def refused(spf: SpfDial, result: str) -> tuple[int, bytes]:
    """The code and the enhanced code of the refusal of a message with this result; NotSupported if there is none."""
    found = refusal(spf, result)
    if found is None:
        raise NotSupported(f"no reply refuses a message whose result is {result}")
    return found


def recorded(said: Opinion) -> bool:
    """Whether the result of a message that was taken stands in a header field; NotSupported if it was not taken."""
    if said.source not in ("received-spf", "authentication-results"):
        raise NotSupported(f"no header field is looked at: {said.source}")
    return said.raw.lower().startswith(RECORDED)


@verifies("RFC7208-8.2-01", refuted_by=say(b"550 5.7.1 SPF: neutral\r\n", of=asked_by("neutral")))
def test_neutral_is_treated_like_none(spf: SpfDial) -> None:
    """Messages of either result are both refused, or both taken."""
    assert (refusal(spf, "neutral") is None) == (refusal(spf, "none") is None)


@verifies("RFC7208-8.4-01", refuted_by=say(b"554 5.1.1 SPF: fail\r\n", of=asked_by("fail")))
def test_a_fail_is_refused_by_550(spf: SpfDial) -> None:
    """The refusal of a fail is 550, with 5.7.1, or 5.7.23 of RFC 7372, if there is an enhanced code."""
    code, enhanced = refused(spf, "fail")
    assert code == 550
    assert enhanced in (b"", b"5.7.1", b"5.7.23")


@verifies("RFC7208-8.4-02", refuted_by=alter(rb"(Received-SPF|Authentication-Results):", b"X-Seen:"))
def test_a_fail_that_is_taken_is_recorded(spf: SpfDial) -> None:
    """A message whose result is fail arrives with a header field that says it, if it is taken."""
    assert recorded(result_of(spf, "fail"))


@verifies("RFC7208-8.5-01", refuted_by=say(b"550 5.7.1 SPF: softfail\r\n", of=asked_by("softfail")))
def test_a_softfail_is_not_refused(spf: SpfDial) -> None:
    """A message whose result is softfail is taken."""
    assert refusal(spf, "softfail") is None


@verifies("RFC7208-8.6-01", refuted_by=say(b"550 5.7.1 SPF: temperror\r\n", of=asked_by("temperror")))
def test_a_temperror_is_refused_by_451(spf: SpfDial) -> None:
    """The refusal of a temperror is 451, with 4.4.3, or 4.7.24 of RFC 7372, if there is an enhanced code."""
    code, enhanced = refused(spf, "temperror")
    assert code == 451
    assert enhanced in (b"", b"4.4.3", b"4.7.24")


@verifies("RFC7208-8.7-01", refuted_by=say(b"554 5.1.1 SPF: permerror\r\n", of=asked_by("permerror")))
def test_a_permerror_is_refused_by_550(spf: SpfDial) -> None:
    """The refusal of a permerror is 550, with 5.5.2, or 5.7.24 of RFC 7372, if there is an enhanced code."""
    code, enhanced = refused(spf, "permerror")
    assert code == 550
    assert enhanced in (b"", b"5.5.2", b"5.7.24")
