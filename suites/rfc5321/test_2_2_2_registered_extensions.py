"""RFC 5321 section 2.2.2: what EHLO lists, and the verbs that are obeyed, are registered."""

from __future__ import annotations

import pytest

from conformance import Inconclusive, NotSupported, Reason, SmtpDial, TlsFailure, rewrite, say, verifies
from conformance.sessions.smtp import Answer

REGISTERED = {
    "SEND", "SOML", "SAML", "EXPN", "HELP", "TURN", "VRFY", "8BITMIME", "SIZE", "VERB", "ONEX", "CHUNKING",
    "BINARYMIME", "CHECKPOINT", "DELIVERBY", "PIPELINING", "DSN", "ETRN", "ENHANCEDSTATUSCODES", "STARTTLS",
    "NO-SOLICITING", "MTRK", "SUBMITTER", "ATRN", "AUTH", "FUTURERELEASE", "CONPERM", "CONNEG", "BURL",
    "UTF8SMTP", "SMTPUTF8", "MT-PRIORITY", "RRVS", "REQUIRETLS", "LIMITS",
}  # fmt: skip
"""Keywords of standards-track and experimental RFCs, up to RFC 9422; VRFY by RFC 5321 section 3.5.2."""


def greeted(dial: SmtpDial, state: str) -> Answer:
    """Return the answer to EHLO in clear, under TLS or after login."""
    if state == "in-clear":
        session = dial.smtp()
        session.greeting.ok()
        return session.hello().ok()
    if state == "under-tls":
        secured = dial.under_tls()
        if isinstance(secured, TlsFailure):
            raise Inconclusive(Reason.PRECONDITION, f"TLS handshake failed: {secured.why}")
        return secured.hello().ok()
    answer = dial.login().hello()
    if not answer.positive:
        raise NotSupported(f"EHLO is not taken again after login: {answer!r}")
    return answer


@verifies("RFC5321-2.2.2-01", refuted_by=rewrite(rb"^250(.)SIZE\b", rb"250\1FOLDERS", of=rb"EHLO .*"))
@pytest.mark.parametrize("state", ["in-clear", "under-tls", "after-login"])
def test_each_keyword_is_registered_or_begins_with_x(dial: SmtpDial, state: str) -> None:
    """EHLO in clear, under TLS and after login: no keyword that no RFC describes, unless it begins with X."""
    listed = greeted(dial, state).keywords
    unregistered = [name for name in listed if name not in REGISTERED and not name.startswith("X")]
    assert not unregistered


@verifies("RFC5321-2.2.2-02", refuted_by=say(b"200 debugging\r\n", of=rb"DEBUG|WIZ|SHOWQ"))
@pytest.mark.parametrize("verb", ["DEBUG", "WIZ", "SHOWQ"])
def test_verbs_that_no_rfc_registers_are_not_obeyed(dial: SmtpDial, verb: str) -> None:
    """DEBUG, WIZ and SHOWQ, each on a session of its own: no positive answer."""
    assert not dial.ready().command(verb).positive
