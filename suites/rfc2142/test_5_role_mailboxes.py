"""RFC 2142: the mailboxes that a domain with mail has. RCPT tells; nothing is sent to them."""

from __future__ import annotations

import pytest

from conformance import NotSupported, SmtpDial, say, verifies
from conformance.sessions.smtp import Answer

ROLES = ("postmaster", "abuse", "noc", "security", "hostmaster", "webmaster")


def rcpt(dial: SmtpDial, *names: str) -> list[Answer]:
    """Return the answers to RCPT to these names at the domain of the accounts."""
    session = dial.ready()
    session.mail(dial.sender).ok()
    return [session.rcpt(f"{name}@{dial.domain}") for name in names]


@verifies("RFC2142-1-01", "RFC2142-5-01", refuted_by=say(b"550 5.1.1 nobody\r\n", of=rb"RCPT TO:<postmaster@.*"))
def test_postmaster_is_a_mailbox_of_the_domain(dial: SmtpDial) -> None:
    """RCPT to postmaster at the domain of the accounts: 2yz, for SMTP is a service that is offered."""
    assert rcpt(dial, "postmaster")[0].positive


@verifies("RFC2142-2-01", refuted_by=say(b"550 5.1.1 nobody\r\n", of=rb"RCPT TO:<abuse@.*"))
def test_abuse_is_a_mailbox_of_the_domain(dial: SmtpDial) -> None:
    """RCPT to abuse at the domain of the accounts: 2yz."""
    assert rcpt(dial, "abuse")[0].positive


@verifies("RFC2142-2-02", refuted_by=say(b"550 5.1.1 nobody\r\n", of=rb"RCPT TO:<(?-i:[A-Z]+)@.*"))
def test_role_names_are_known_in_any_letter_case(dial: SmtpDial) -> None:
    """RCPT to each role name that is taken in lower case, in upper and in mixed case: taken too."""
    known = [name for name, said in zip(ROLES, rcpt(dial, *ROLES), strict=True) if said.positive]
    if not known:
        raise NotSupported("no role mailbox is taken in lower case")
    mixed = ["".join(c.upper() if n % 2 else c for n, c in enumerate(name)) for name in known]
    assert all(said.positive for said in rcpt(dial, *map(str.upper, known), *mixed))


@verifies("RFC2142-4-01", refuted_by=say(b"550 5.1.1 nobody\r\n", of=rb"RCPT TO:<(noc|security)@.*"))
@pytest.mark.parametrize("name", ["noc", "security"])
def test_mailboxes_of_network_operation_exist(dial: SmtpDial, name: str) -> None:
    """RCPT to noc and security at the domain of the accounts: 2yz."""
    assert rcpt(dial, name)[0].positive
