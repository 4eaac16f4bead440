"""Opens HTTP sessions for checks: the `dial` fixture of the HTTP suites."""

from __future__ import annotations

from conformance.dial import Dial
from conformance.discovery import Profile
from conformance.discovery_http import host_of
from conformance.outcomes import Inconclusive
from conformance.sessions.http import Answer, Http
from conformance.target import Endpoint
from conformance.transport.dialler import Dialler, Unreachable
from conformance.verdicts import Reason

NOWHERE = "/mailconform-no-such-page"


class HttpDial(Dial):
    """HTTP sessions with one target; `page` is the path of a page that it has, `sessions` what is open."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        super().__init__(profile, dialler)
        self.sessions: list[Http] = []
        self.page = profile.target.facilities.get("page", "/")

    def first(self) -> Endpoint:
        """The endpoint that checks speak with: http:// where there is one."""
        return self.target.endpoint("http") or self.endpoint("https")

    def http(self) -> Http:
        """Open a connection."""
        endpoint = self.first()
        try:
            stream = self.dialler.open(endpoint)
        except Unreachable as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        host = host_of(self.target, endpoint)
        session = Http(stream, self.dialler.recorder, self.target.patience, self.profile.announced, host)
        self.sessions.append(session)
        return session

    def get(self, *fields: str, uri: str = "", method: str = "GET", version: str = "HTTP/1.1") -> Answer:
        """Ask for the page, or for another address, on a connection of its own."""
        return self.http().request(method, uri or self.page, *fields, version=version)

    def control(self) -> None:
        """Hold a plain conversation; raises Inconclusive if it cannot be held."""
        if not self.get().code:
            raise Inconclusive(Reason.CONNECTION_LOST, "GET of the page brings no response")

    def end_sessions(self) -> None:
        """End every session."""
        while self.sessions:
            self.sessions.pop().leave()
