"""Asks a target's verifiers of SPF for their verdicts (RFC 7208 section 2.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from conformance.dial_verifiers import VerifierDial
from conformance.discovery import Profile
from conformance.transport.dialler import Dialler
from conformance.vectors import Record, Zone
from conformance.verifiers import Query

DOMAIN = "control.mailconform.example"
CONTROL: Zone = {DOMAIN: (Record("TXT", (b"v=spf1 ip4:192.0.2.1 -all",)),)}
CONTROLS = {
    "pass": Query(ip="192.0.2.1", helo=DOMAIN, mail_from=f"control@{DOMAIN}"),
    "fail": Query(ip="192.0.2.2", helo=DOMAIN, mail_from=f"control@{DOMAIN}"),
}
"""What every verifier judges right, or is not reached at all."""
SENTENCE = "Nobody sends mail for this domain."
EXPLAINED: Zone = {
    DOMAIN: (Record("TXT", (f"v=spf1 -all exp=why.{DOMAIN}".encode(),)),),
    f"why.{DOMAIN}": (Record("TXT", (SENTENCE.encode(),)),),
}


class SpfDial(VerifierDial):
    """The verifiers of SPF of one target."""

    method = "spf"

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        super().__init__(profile, dialler)
        self._explains: bool | None = None

    def controls(self) -> Iterator[tuple[Zone, Query, Collection[str]]]:
        """Return a client that passes, and one that fails."""
        for wanted, query in CONTROLS.items():
            yield CONTROL, query, (wanted,)

    @property
    def explains(self) -> bool:
        """Whether the verifier's ways show the explanation that a domain gives of a fail (RFC 7208 section 6.2)."""
        if self._explains is None:
            with self.dialler.straight():
                said = self.verdict(EXPLAINED, CONTROLS["fail"])
            self._explains = SENTENCE in said.explanation
        return self._explains
