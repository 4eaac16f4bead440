"""RFC 6409 section 7: extensions at the port for submission."""

from __future__ import annotations

import pytest

from conformance import NotSupported, SmtpDial, TlsFailure, rewrite, say, verifies
from conformance.faults import Fault

DONE = (250, 251, 252, 253)


def hidden(keyword: bytes) -> Fault:
    return rewrite(rb"\b" + keyword + rb"\b", b"X-NOTHING", of=rb"EHLO .*")


def shown(keyword: bytes) -> Fault:
    return rewrite(rb"^250 (?=[A-Z])", b"250-" + keyword + b"\r\n250 ", of=rb"EHLO .*")


@verifies("RFC6409-7-01", refuted_by=hidden(b"PIPELINING"))
def test_submission_offers_pipelining(dial: SmtpDial) -> None:
    """EHLO when logged in: PIPELINING is listed."""
    assert "PIPELINING" in dial.submitting().keywords


@verifies("RFC6409-7-02", refuted_by=hidden(b"ENHANCEDSTATUSCODES"))
def test_submission_offers_enhancedstatuscodes(dial: SmtpDial) -> None:
    """EHLO when logged in: ENHANCEDSTATUSCODES is listed."""
    assert "ENHANCEDSTATUSCODES" in dial.submitting().keywords


@verifies("RFC6409-7-02", refuted_by=rewrite(rb"^(\d{3}) \d\.\d\.\d+ ", rb"\1 ", of=rb"(MAIL|RCPT|DATA).*"))
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_submission_uses_enhancedstatuscodes(dial: SmtpDial, command: str) -> None:
    """Replies to MAIL, RCPT, and DATA too early, where the extension is listed: the code behind the code has its first digit."""
    session = dial.submitting()
    if "ENHANCEDSTATUSCODES" not in session.keywords:
        raise NotSupported("ENHANCEDSTATUSCODES is not announced")
    said = session.command("DATA") if command == "DATA" else session.mail(dial.sender)
    if command == "RCPT":
        said = session.rcpt(dial.address())
    if said.code == 354:
        session.close()
        raise NotSupported("DATA is accepted without a transaction")
    assert said.enhanced[:1] == str(said.code)[:1].encode()


@verifies("RFC6409-7-03", refuted_by=hidden(b"DSN"))
def test_submission_offers_dsn(dial: SmtpDial) -> None:
    """EHLO when logged in: DSN is listed."""
    assert "DSN" in dial.submitting().keywords


@verifies("RFC6409-7-04", refuted_by=hidden(b"8BITMIME"))
def test_submission_offers_8bitmime(dial: SmtpDial) -> None:
    """EHLO when logged in: 8BITMIME is listed."""
    assert "8BITMIME" in dial.submitting().keywords


@verifies("RFC6409-7-05", "RFC2476-7-01", refuted_by=hidden(b"AUTH"))
def test_submission_offers_auth(dial: SmtpDial) -> None:
    """EHLO at the port for submission, in clear, and under TLS where STARTTLS is offered: AUTH is listed in one of them."""
    scheme = dial.submission
    session = dial.smtp(scheme)
    session.greeting.ok()
    session.hello().ok()
    listed = set(session.keywords)
    if "STARTTLS" in listed:
        secured = dial.under_tls(scheme)
        listed |= set() if isinstance(secured, TlsFailure) else set(secured.hello().ok().keywords)
    assert "AUTH" in listed


@verifies("RFC6409-7-07", refuted_by=shown(b"ETRN"))
def test_submission_does_not_offer_etrn(dial: SmtpDial) -> None:
    """EHLO when logged in: ETRN is not listed."""
    assert "ETRN" not in dial.submitting().keywords


@verifies("RFC6409-7-07", refuted_by=say(b"250 2.0.0 Queuing started\r\n", of=rb"ETRN .*"))
def test_etrn_does_nothing_at_submission(dial: SmtpDial) -> None:
    """Logged in, ETRN for a domain: no 2yz."""
    assert dial.submitting().command("ETRN mailconform.invalid").code not in DONE


@verifies("RFC6409-7-08", refuted_by=shown(b"ATRN"))
def test_submission_does_not_offer_atrn(dial: SmtpDial) -> None:
    """EHLO when logged in: ATRN is not listed."""
    assert "ATRN" not in dial.submitting().keywords


@verifies("RFC6409-7-08", refuted_by=say(b"250 2.0.0 now reversing\r\n", of=rb"ATRN .*"))
def test_atrn_does_nothing_at_submission(dial: SmtpDial) -> None:
    """Logged in, ATRN for a domain: no 2yz."""
    session = dial.submitting()
    said = session.command("ATRN mailconform.invalid")
    if said.code in DONE:
        session.close()  # the server would now be the client
    assert said.code not in DONE
