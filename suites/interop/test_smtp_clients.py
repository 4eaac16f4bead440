"""Do real clients get through by SMTP? smtplib, curl and swaks, each with a message that must arrive.

They say EHLO and log in by themselves, where an account can, over a connection that the harness has opened. A client that is
broken by a lawful answer tells little about the server: a finding is a warning at most.
"""

from __future__ import annotations

import smtplib

import pytest

from conformance import Inconclusive, Reason, Smtp, SmtpDial, Specimen, TlsFailure, alter, speaks, verifies
from conformance.witnesses.clients import let_in
from conformance.witnesses.programs import at_desk
from conformance.witnesses.sending import BY_SMTP, Letter

pytestmark = speaks("smtp")
BODY = b"A line that a client sends.\r\n\r\n.\r\n..\r\n.dots begin lines\r\nThe end.\r\n"


def at_hand(dial: SmtpDial) -> Smtp:
    """A session for a client, at the port where the account can log in, if it can: under TLS if need be, no EHLO said in it."""
    scheme, _, way = dial.profile.door.tls.partition(" ") if dial.profile.door else (dial.scheme, "", "")
    session = dial.under_tls(scheme) if way == "starttls" else dial.smtp(scheme)
    if isinstance(session, TlsFailure):
        raise Inconclusive(Reason.PRECONDITION, f"TLS handshake failed: {session.why}")
    session.greeting.ok()
    return session


def letter(dial: SmtpDial, specimen: Specimen, session: Smtp) -> Letter:
    """A message of the first account to itself."""
    return Letter(
        sender=dial.sender,
        recipient=dial.address(),
        raw=specimen.raw,
        hello=session.client.decode(),
        account=dial.account() if dial.profile.door else None,
        mechanism=dial.profile.door.method if dial.profile.door else "",
    )


@verifies("RFC5321-2.1-02", refuted_by=alter(rb"a client sends", b"no client sends"))
@pytest.mark.parametrize("program", list(BY_SMTP))
def test_mail_programs_send_a_message_that_arrives_as_it_was(dial: SmtpDial, program: str) -> None:
    """The program sends a message and is content: it arrives once, with every octet of its body."""
    known, send = BY_SMTP[program]
    known.demand()
    arrivals, specimen, session = dial.arrivals(), dial.specimen(BODY), at_hand(dial)
    with at_desk(known, session) as desk:
        complaint = send(desk, letter(dial, specimen, session))
    assert desk.guest.finding(complaint, "" if complaint else unlike(specimen, arrivals.wait(specimen.key))) == ""


@verifies("RFC5321-2.1-02", refuted_by=alter(rb"a client sends", b"no client sends"))
def test_smtplib_sends_a_message_that_arrives_as_it_was(dial: SmtpDial) -> None:
    """By smtplib: send a message, and it arrives once, with every octet of its body."""
    arrivals, specimen, session = dial.arrivals(), dial.specimen(BODY), at_hand(dial)
    with let_in(session) as guest:
        complaint = by_smtplib(guest.port, letter(dial, specimen, session), dial.target.patience)
    assert guest.finding(complaint, "" if complaint else unlike(specimen, arrivals.wait(specimen.key))) == ""


def by_smtplib(port: int, sent: Letter, patience: float) -> str:
    """Let smtplib send a message, and return what it complains of."""
    try:
        with smtplib.SMTP("127.0.0.1", port, sent.hello, timeout=patience * 3) as client:
            if sent.account:
                client.login(sent.account.user, sent.account.password)
            client.sendmail(sent.sender, [sent.recipient], sent.raw)
    except smtplib.SMTPServerDisconnected as error:
        raise Inconclusive(Reason.CONNECTION_LOST, f"smtplib loses the connection: {error}") from error
    except smtplib.SMTPException as error:
        return f"smtplib gives up: {error!r}"
    except OSError as error:
        raise Inconclusive(Reason.SILENT, f"smtplib waits in vain: {error}") from error
    return ""


def unlike(specimen: Specimen, came: list[bytes]) -> str:
    """Say how what has arrived is not what was sent; empty if it is."""
    if len(came) != 1:
        return f"it arrives {len(came)} times"
    return "" if came[0].partition(b"\r\n\r\n")[2] == specimen.body else "its body arrives changed"
