"""RFC 6409 section 5.1: illegal addresses in the envelope."""

from __future__ import annotations

import pytest

from conformance import NotSupported, SmtpDial, answer, rewrite, verifies
from conformance.sessions.smtp import Answer

ILLEGAL = {"two-dots": "a..b@{}", "no-local-part": "@{}", "no-domain": "a@", "space": "a b@{}", "hyphen": "a@-{}"}
"""Paths that RFC 5321 section 4.1.2 does not have."""
each = pytest.mark.parametrize("path", list(ILLEGAL.values()), ids=list(ILLEGAL))
OTHER_REASONS = (550, 551, 554)
"""Replies to addresses that nobody has, or may use, rather than to malformed ones."""
TAKEN = answer(b"250 2.1.0 Ok\r\n", of=rb"(MAIL|RCPT) .*<(.*\.\..*|@.*|.*@| *\S+ .*|.*@-.*)>")


def said(dial: SmtpDial, verb: str, path: str) -> Answer:
    """The answer to MAIL or RCPT with a path in the target's domain."""
    session, whole = dial.submitting(), path.format(dial.domain)
    if verb == "MAIL":
        return session.mail(whole)
    session.mail(dial.sender).ok()
    return session.rcpt(whole)


@verifies("RFC6409-5.1-01", refuted_by=TAKEN)
@each
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_illegal_addresses_are_refused(dial: SmtpDial, verb: str, path: str) -> None:
    """Logged in, MAIL and RCPT with paths of wrong syntax: 5yz."""
    assert said(dial, verb, path).refused


@verifies("RFC6409-5.1-03", refuted_by=rewrite(rb"^501", b"553", of=rb"(MAIL|RCPT) .*"))
@each
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_illegal_addresses_are_answered_501(dial: SmtpDial, verb: str, path: str) -> None:
    """As before: if it is refused, and not as an address that nobody has, with 501."""
    found = said(dial, verb, path)
    if not found.refused or (found.code in OTHER_REASONS and not found.syntax_error):
        raise NotSupported(f"it is not refused for its syntax: {found!r}")
    assert found.says(501)
