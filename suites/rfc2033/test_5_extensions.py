"""RFC 2033 section 5: the extensions that a server of LMTP has."""

from __future__ import annotations

import pytest

from conformance import NotSupported, Smtp, SmtpDial, alter, rewrite, say, verifies


def listed(lmtp: Smtp, keyword: str) -> None:
    """Demand that LHLO has listed a keyword; NotSupported without it."""
    if keyword not in lmtp.keywords:
        raise NotSupported(f"{keyword} is not announced")


@verifies("RFC2033-5-02", refuted_by=rewrite(rb"(PIPELINING|ENHANCEDSTATUSCODES)", b"X-NOTHING", of=rb"LHLO .*"))
@pytest.mark.parametrize("keyword", ["PIPELINING", "ENHANCEDSTATUSCODES"])
def test_pipelining_and_enhancedstatuscodes_are_announced(lmtp: Smtp, keyword: str) -> None:
    """LHLO lists both."""
    assert keyword in lmtp.keywords


@verifies("RFC2033-5-02", refuted_by=say(b"503 5.5.1 MAIL first\r\n", of=rb"RCPT .*", after=2))
def test_commands_in_one_go_are_answered_like_single_ones(dial: SmtpDial, lmtp: Smtp) -> None:
    """MAIL, RCPT, RCPT and RSET one at a time, then in one packet, where PIPELINING is announced: the same codes."""
    listed(lmtp, "PIPELINING")
    rcpt = f"RCPT TO:<{dial.address()}>"
    lines = [f"MAIL FROM:<{dial.sender}>", rcpt, f"RCPT TO:<{dial.address(1)}>", "RSET"]
    alone = [lmtp.command(line).ok().code for line in lines]
    assert [answer.code for answer in lmtp.batch(*lines)] == alone


@verifies("RFC2033-5-02", refuted_by=rewrite(rb"^(\d{3}) \S+\.\S+\.\S+ ", rb"\1 "))
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_replies_have_enhanced_status_codes(dial: SmtpDial, lmtp: Smtp, command: str) -> None:
    """The replies to MAIL, to RCPT, and to DATA without a recipient, where ENHANCEDSTATUSCODES is announced, have such a code."""
    listed(lmtp, "ENHANCEDSTATUSCODES")
    said = lmtp.command("DATA") if command == "DATA" else lmtp.mail(dial.sender)
    if command == "RCPT":
        said = lmtp.rcpt(dial.address())
    assert said.enhanced[:1] == str(said.code)[:1].encode()


@verifies("RFC2033-5-03", refuted_by=rewrite(rb"8BITMIME", b"X-NOTHING", of=rb"LHLO .*"))
def test_8bitmime_is_announced(lmtp: Smtp) -> None:
    """LHLO lists it."""
    assert "8BITMIME" in lmtp.keywords


@verifies("RFC2033-5-03", refuted_by=alter(rb"\xc3\xa9", b"i"))
def test_a_body_of_8_bits_is_delivered_as_it_is(dial: SmtpDial, lmtp: Smtp) -> None:
    """A text in UTF-8, BODY=8BITMIME, where that is announced: it comes with the same octets."""
    listed(lmtp, "8BITMIME")
    mime = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    arrivals, specimen = dial.arrivals(), dial.specimen("déjà vu\r\n".encode(), mime)
    lmtp.mail(dial.sender, "BODY=8BITMIME").ok()
    lmtp.rcpt(dial.address()).ok()
    lmtp.data(specimen.raw).ok()
    assert [specimen.same_as(raw) for raw in arrivals.wait(specimen.key)] == [True]
