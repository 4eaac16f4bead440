"""Opens the route that a row `[[spf]]` of the target file describes."""

from __future__ import annotations

from conformance.target import Endpoint, Target
from conformance.target_verifiers import BY_SMTP, Verifier
from conformance.transport.dialler import Dialler
from conformance.verifiers import Route
from conformance.verifiers.command import CommandRoute
from conformance.verifiers.milter import MilterRoute
from conformance.verifiers.policy import PolicyRoute
from conformance.verifiers.smtp import SmtpRoute

NOBODY = "someone@mailconform.invalid"
"""Whom a service is told of where the target file names nobody: it looks at the sender."""


def open_route(row: Verifier, caller: Dialler) -> Route:
    """Return the route of a row of the caller's target; nothing is connected before it is asked."""
    recipient = row.recipient or next(
        (account.address for account in caller.target.accounts if account.address), NOBODY
    )
    if row.route in BY_SMTP:
        return SmtpRoute(row, caller, _endpoint(row, caller.target), recipient)
    if row.route == "command":
        return CommandRoute(row, caller)
    return (PolicyRoute if row.route == "policy" else MilterRoute)(row, caller, recipient)


def _endpoint(row: Verifier, target: Target) -> Endpoint:
    found = target.endpoint("smtp")
    if row.address or found is None:  # a row without either is refused when the target file is read
        host, _, port = row.address.rpartition(":")
        return Endpoint(scheme="smtp", host=host.strip("[]"), port=int(port))
    return found
