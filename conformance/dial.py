"""What opening sessions for checks has in common, whatever the protocol. No session outlives its check.

A connection that cannot be had makes a check inconclusive, never a finding.
"""

from __future__ import annotations

from typing import Protocol

from conformance.discovery import Profile
from conformance.outcomes import Inconclusive, NotSupported
from conformance.services.nameserver import NameServer, NameServerError
from conformance.target import Account, Endpoint
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.stream import Conduit
from conformance.verdicts import Reason


class Session(Protocol):
    """What every protocol's session can do."""

    def leave(self) -> None:
        """End the session in order; harmless at any time."""


class Dial:
    """Sessions with one target in one protocol."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        self.profile = profile
        self.target = profile.target
        self.dialler = dialler
        self.throttled = 0
        self.pace = dialler.recorder.pace
        self._bare: list[Conduit] = []
        self._names: NameServer | None = None

    def account(self, index: int = 0) -> Account:
        """Return a test account; Inconclusive (not-set-up) if the target file has not so many."""
        if index >= len(self.target.accounts):
            raise Inconclusive(Reason.NOT_SET_UP, f"needs account {index + 1}: add [[account]] to the target file")
        return self.target.accounts[index]

    def endpoint(self, scheme: str) -> Endpoint:
        """Return an endpoint; NotSupported if the target has none of this scheme."""
        found = self.target.endpoint(scheme)
        if found is None:
            raise NotSupported(f"the target file names no {scheme}:// endpoint")
        return found

    def connect(self, scheme: str) -> Conduit:
        """Open a connection to an endpoint and leave TLS, greeting and closing to the check."""
        try:
            self._bare.append(self.dialler.connect(self.endpoint(scheme)))
        except Unreachable as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        return self._bare[-1]

    @property
    def names(self) -> NameServer:
        """The name server that the target resolves through; Inconclusive if the target file names none, or it cannot listen."""
        if self._names is None:
            where = self.target.facilities.get("dns", "")
            if not where:
                raise Inconclusive(
                    Reason.NOT_SET_UP, 'needs dns = "HOST:PORT" in [facilities]: where the target asks for names'
                )
            try:
                self._names = NameServer(where)
            except NameServerError as error:
                raise Inconclusive(Reason.NOT_SET_UP, str(error)) from error
        return self._names

    def control(self) -> None:
        """Hold a plain conversation; raises Inconclusive if it cannot be held."""
        raise NotImplementedError

    def note(self, fact: str) -> None:
        """Write down beside the verdict what the target does, where either way is right: reports have a table of it."""
        self.dialler.recorder.noted = fact

    def begin_example(self) -> None:
        """Begin one more example of a generated check: end the sessions of the one before and keep no evidence of it."""
        self.hang_up_all()
        self.dialler.recorder.turn_page()

    def hang_up_all(self) -> None:
        """End every session that was opened, so that the next check finds everything free, the name server's address, too."""
        with self.dialler.straight():
            self.end_sessions()
            while self._bare:
                self._bare.pop().close()
            if self._names is not None:
                self._names.close()
                self._names = None

    def end_sessions(self) -> None:
        """End or put back the sessions of this protocol."""
        raise NotImplementedError

    def retire(self) -> None:
        """Let go of what was kept for the whole run."""
