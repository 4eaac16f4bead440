"""RFC 5034 section 5: the syntax of AUTH."""

from conformance import Pop3Dial, forward, say, verifies


@verifies("RFC5034-5-01", "RFC1734-3-01", refuted_by=forward(rb"X\1", of=rb"((?-i:auTh) .*)"))
def test_auth_is_recognised_in_any_letter_case(dial: Pop3Dial) -> None:
    """AuTh PLAIN is answered by a challenge."""
    assert dial.offering("PLAIN").command("auTh", "PLAIN").challenge is not None


@verifies("RFC5034-5-04", refuted_by=forward(rb"AUTH X\1", of=rb"AUTH ((?-i:plain))"))
def test_a_mechanism_name_is_recognised_in_lower_case(dial: Pop3Dial) -> None:
    """AUTH plain is answered by a challenge."""
    assert dial.offering("PLAIN").command("AUTH", "plain").challenge is not None


@verifies("RFC5034-5-03", refuted_by=say(b"+OK\r\nPLAIN\r\n.\r\n", of=rb"AUTH"))
def test_auth_without_a_mechanism_is_refused(dial: Pop3Dial) -> None:
    """AUTH alone: -ERR; a list of mechanisms is what some servers gave before CAPA came."""
    assert dial.offering().command("AUTH", lines=True).negative
