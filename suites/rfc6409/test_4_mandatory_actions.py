"""RFC 6409 section 4: authentication first, and domains that are fully qualified."""

from __future__ import annotations

import re

import pytest

from conformance import (
    Inconclusive,
    NotSupported,
    Reason,
    Sink,
    Smtp,
    SmtpDial,
    TlsFailure,
    forward,
    relay,
    rewrite,
    say,
    verifies,
)
from conformance.sessions.smtp import Answer


def stranger(dial: SmtpDial, scheme: str = "") -> Smtp:
    """A session that is not authenticated, under TLS where STARTTLS is offered, since that may be asked for first."""
    scheme = scheme or dial.submission
    session = dial.smtp(scheme)
    session.greeting.ok()
    session.hello().ok()
    if "STARTTLS" not in session.keywords:
        return session
    secured = dial.under_tls(scheme)
    if isinstance(secured, TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"TLS handshake failed: {secured.why}")
    secured.hello().ok()
    return secured


def relays(dial: SmtpDial, session: Smtp) -> bool:
    """Whether RCPT with an address elsewhere is accepted behind MAIL; nothing is sent."""
    taken = session.mail(dial.sender).positive and session.rcpt(dial.foreign).positive
    session.command("RSET").ok()
    return taken


def before_auth(dial: SmtpDial) -> Answer:
    """The answer to MAIL from a stranger; Inconclusive if the server knows us by other means than AUTH."""
    session = stranger(dial)
    answer = session.mail(dial.sender)
    if answer.positive:
        trusted = session.rcpt(dial.foreign).positive
        with dial.dialler.straight():
            if trusted and (dial.target.endpoint("smtp") is None or relays(dial, stranger(dial, "smtp"))):
                why = "the server relays for this network without AUTH, which section 4.3 allows: test from elsewhere"
                raise Inconclusive(Reason.NOT_SET_UP, why)
    return answer


@verifies("RFC6409-4.3-01", refuted_by=say(b"250 2.1.0 Ok\r\n", of=rb"MAIL .*"))
def test_mail_before_auth_is_refused(dial: SmtpDial) -> None:
    """MAIL at the port for submission, not logged in: an error, unless the server relays for our network anyway."""
    assert not before_auth(dial).positive


@verifies("RFC6409-4.3-03", refuted_by=rewrite(rb"^530", b"550", of=rb"MAIL .*"))
def test_mail_before_auth_is_answered_530(dial: SmtpDial) -> None:
    """MAIL at the port for submission, not logged in: if it is refused, with 530."""
    answer = before_auth(dial)
    if answer.positive:
        raise NotSupported("MAIL is accepted without AUTH")
    assert answer.says(530)


@verifies(
    "RFC6409-4.2-01",
    "RFC2476-4.2-01",
    refuted_by=forward(b"MAIL FROM:<>", of=rb"MAIL FROM:<[^.>]*>") | relay(rb"^(MAIL FROM:<)[^>]*", rb"\1user@host"),
)
@pytest.mark.parametrize("domain", ["", "@mailconform-host"], ids=["none", "one-label"])
def test_reverse_paths_are_refused_or_fully_qualified(dial: SmtpDial, sink: Sink, domain: str) -> None:
    """Submit a message to the sink from a name alone, or one with a domain of one label: refused, or a full domain comes."""
    session, address, specimen = dial.submitting(), dial.at_sink(), dial.specimen()
    answer = session.mail(dial.sender.partition("@")[0] + domain)
    if answer.refused:
        return
    if session.rcpt(address).refused or session.data(specimen.raw).refused:
        return
    came = sink.mail_to(address)
    if not came:
        raise Inconclusive(Reason.PRECONDITION, "the message was not handed on to the sink in time")
    path = re.search(rb"<([^>]*)>", came[0].mail)
    assert path
    assert b"." in path[1].rpartition(b"@")[2], path[1]
