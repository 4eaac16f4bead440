"""RFC 2033 section 4.1: LHLO instead of HELO and EHLO."""

from __future__ import annotations

import pytest

from conformance import Smtp, SmtpDial, rewrite, say, verifies
from conformance.wire.scanner import parse
from conformance.wire.smtp import ehlo_greeting, ehlo_line

LISTS_NOTHING = b"250 mail.example\r\n"


def at_greeting(dial: SmtpDial) -> Smtp:
    session = dial.smtp()
    session.greeting.ok()
    return session


@verifies("RFC2033-4.1-01", refuted_by=say(b"500 5.5.1 Unknown command\r\n", of=rb"LHLO .*"))
def test_lhlo_is_answered_250(dial: SmtpDial) -> None:
    """LHLO behind the greeting: 250, as to EHLO in SMTP."""
    assert at_greeting(dial).hello().says(250)


@verifies("RFC2033-4.1-01", refuted_by=rewrite(rb"^250([ -])\S+", rb"250\1-", of=rb"LHLO .*"))
def test_the_answer_to_lhlo_begins_with_a_domain(dial: SmtpDial) -> None:
    """Read the first line of the answer to LHLO by the grammar of ehlo-ok-rsp: 250 and a domain or address literal."""
    reply = at_greeting(dial).hello().ok().reply
    assert reply is None or not parse(reply.lines[0], ehlo_greeting).violations


@verifies("RFC2033-4.1-01", refuted_by=rewrite(rb"^250 (\S+)", rb"250 \1=LOGIN", of=rb"LHLO .*"))
def test_lhlo_lists_keywords_and_parameters_only(dial: SmtpDial) -> None:
    """Read each other line of the answer to LHLO: a keyword and parameters, single spaces between them."""
    reply = at_greeting(dial).hello().ok().reply
    listed = reply.lines[1:] if reply else ()
    assert [line.raw for line in listed if parse(line, ehlo_line).violations] == []


@verifies("RFC2033-4.1-01", refuted_by=say(b"250 2.1.5 Ok\r\n", of=rb"RCPT .*"))
def test_lhlo_ends_the_transaction(dial: SmtpDial, lmtp: Smtp) -> None:
    """MAIL, RCPT, LHLO: RCPT is refused, as behind EHLO in SMTP."""
    lmtp.mail(dial.sender).ok()
    lmtp.rcpt(dial.address()).ok()
    lmtp.hello().ok()
    assert lmtp.rcpt(dial.address()).refused


@verifies("RFC2033-4.1-02", refuted_by=say(LISTS_NOTHING, of=rb"(EHLO|HELO) .*"))
@pytest.mark.parametrize("verb", ["EHLO", "HELO"])
def test_ehlo_and_helo_are_not_answered_positively(dial: SmtpDial, verb: str) -> None:
    """EHLO or HELO behind the greeting: no 2yz."""
    session = at_greeting(dial)
    assert session.command(verb, session.client).code // 100 != 2


@verifies("RFC2033-4.1-03", refuted_by=rewrite(rb"^5\d\d", b"502", of=rb"(EHLO|HELO) .*"))
@pytest.mark.parametrize("verb", ["EHLO", "HELO"])
def test_ehlo_and_helo_are_answered_500(dial: SmtpDial, verb: str) -> None:
    """EHLO or HELO behind the greeting: 500."""
    session = at_greeting(dial)
    assert session.command(verb, session.client).says(500)
