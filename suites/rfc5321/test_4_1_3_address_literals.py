"""RFC 5321 section 4.1.3: address literals. A refusal for policy is no matter of syntax."""

from __future__ import annotations

import ipaddress

import pytest

from conformance import Inconclusive, Reason, Smtp, SmtpDial, answer, hang_up, say, verifies

BAD = b"501 5.1.7 Bad sender address syntax\r\n"


@verifies("RFC5321-4.1.3-01", refuted_by=say(BAD, of=rb"MAIL FROM:<.*\[127.*"))
def test_a_literal_is_understood_as_domain_of_a_sender(smtp: Smtp) -> None:
    """MAIL FROM:<...@[127.0.0.1]> is no syntax error."""
    assert not smtp.mail("mailconform@[127.0.0.1]").syntax_error


@verifies("RFC5321-4.1.3-02", refuted_by=say(b"501 5.1.3 Bad recipient address syntax\r\n", of=rb"RCPT .*\[.*"))
def test_a_literal_is_understood_as_domain_of_a_recipient(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT with the server's own address for a domain is no syntax error."""
    try:
        address = ipaddress.ip_address(dial.endpoint(dial.scheme).host)
    except ValueError as error:
        raise Inconclusive(Reason.NOT_SET_UP, "needs an endpoint that is written as an address") from error
    literal = f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"
    smtp.mail(dial.sender).ok()
    assert not smtp.rcpt(f"{dial.address().rpartition('@')[0]}@{literal}").syntax_error


@verifies("RFC5321-4.1.3-03", refuted_by=say(BAD, of=rb"MAIL FROM:<.*\[IPv6.*"))
@pytest.mark.parametrize(
    "literal",
    ["2001:db8:0:0:0:0:0:1", "2001:db8::1", "2001:db8::192.0.2.1"],
    ids=["full", "compressed", "with-ipv4"],
)
def test_an_ipv6_literal_with_its_tag_is_understood(smtp: Smtp, literal: str) -> None:
    """MAIL FROM:<...@[IPv6:...]> is no syntax error."""
    assert not smtp.mail(f"mailconform@[IPv6:{literal}]").syntax_error


@verifies("RFC5321-4.1.3-04", refuted_by=answer(b"250 2.1.0 Ok\r\n", of=rb"MAIL .*\[.*"))
@pytest.mark.parametrize("literal", ["300.1.1.1", "1.2.3", "1.2.3.4.5"], ids=["above-255", "three", "five"])
def test_an_ipv4_literal_of_other_than_four_octets_is_refused(smtp: Smtp, literal: str) -> None:
    """MAIL with numbers in brackets that are no IPv4 address: 5yz."""
    assert smtp.mail(f"mailconform@[{literal}]").refused


@verifies("RFC5321-4.1.3-05", refuted_by=hang_up(of=rb"RCPT .*\[MAILCONFORM:.*"))
def test_a_literal_with_an_unknown_tag_ends_no_session(dial: SmtpDial, smtp: Smtp) -> None:
    """RCPT with a literal whose tag nobody has registered: answered, and so is NOOP."""
    smtp.mail(dial.sender).ok()
    assert smtp.rcpt("mailconform@[MAILCONFORM:somewhere]").reply is not None
    assert smtp.command("NOOP").says(250)
