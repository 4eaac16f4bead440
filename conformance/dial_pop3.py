"""Opens POP3 sessions for checks: the `dial` fixture of the POP3 suites."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from conformance.dial import Dial
from conformance.discovery import BEFORE_TLS, UNDER_TLS, Door, Profile
from conformance.discovery_pop3 import enter, knock, knock_once
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.pop3 import Answer, Pop3
from conformance.target import Account
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.tls import TlsFacts, TlsFailure
from conformance.verdicts import Reason

GREETING_PAUSES = (0.5, 2.0)
LOCK_SECONDS = 3.0


class Pop3Dial(Dial):
    """POP3 sessions with one target."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        super().__init__(profile, dialler)
        self._open: list[Pop3] = []
        self.pace.announced = max([profile.target.limits.login_delay, *_login_delays(profile)], default=1.0) or 1.0

    def pop3(self, tls: str = "") -> Pop3:
        """Open a connection in AUTHORIZATION state, greeting read.

        tls is "none", "stls" (handshake done), "implicit", or empty: the way that a login needs on this target.
        """
        wanted = tls or (self.profile.door.tls if self.profile.door else self._first())
        self.endpoint("pop3s" if wanted == "implicit" else "pop3")
        session = self._entered(Door(tls=wanted, method=""))
        for pause in GREETING_PAUSES:
            if session.greeting.status != b"-ERR":
                break
            self.throttled += 1
            session.leave()
            threading.Event().wait(pause)  # "too many connections" goes away with time, and with nothing else
            session = self._entered(Door(tls=wanted, method=""))
        return session

    def _first(self) -> str:
        return "none" if self.target.endpoint("pop3") else "implicit"

    def _entered(self, door: Door) -> Pop3:
        try:
            session = enter(door, self.profile, self.dialler)
        except Unreachable as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        if session is None:
            raise NotSupported("STLS is not offered, or its handshake fails")
        self._open.append(session)
        return session

    def under(self, tls: str, **settings: str) -> Pop3 | TlsFailure:
        """Open a connection with changed TlsSettings ("stls" or "implicit"), greeting read where it comes under TLS."""
        asked = self.dialler.tls_settings(host=self.endpoint("pop3s" if tls == "implicit" else "pop3").host, **settings)
        if tls == "stls":
            session = self.pop3("none")
            session.command("STLS").supported("STLS").ok()
            shaken = session.start_tls(asked)
            if isinstance(shaken, TlsFailure):
                session.close()
            return shaken if isinstance(shaken, TlsFailure) else session
        stream = self.connect("pop3s")
        shaken = stream.start_tls(asked, self.target.patience)
        if isinstance(shaken, TlsFailure):
            return shaken
        self._open.append(Pop3(stream, self.dialler.recorder, self.target.patience, self.profile.announced))
        return self._open[-1]

    def login(self, account: Account | None = None, *, on: Pop3 | None = None) -> Pop3:
        """Open a session in TRANSACTION state, or lead one there; Inconclusive if the server refuses."""
        session = on or self.pop3()
        session.greeting.ok()
        if self.profile.door is None:
            raise Inconclusive(Reason.NOT_SET_UP, "needs an account: add [[account]] to the target file")
        answer = knock(session, self.profile.door, account or self.account(), self.target)
        if answer.negative:  # perhaps a delivery or a session that has just ended holds the lock for a moment
            session.leave()
            later = self.login_soon(LOCK_SECONDS, account)
            if later is not None:
                return later
        answer.ok()
        return session

    def knock(self, session: Pop3, password: str | None = None, account: Account | None = None) -> Answer:
        """Try once to log in on this connection, with another password if given, and return the answer."""
        if self.profile.door is None:
            raise Inconclusive(Reason.NOT_SET_UP, "needs an account: add [[account]] to the target file")
        account = account or self.account()
        return knock_once(
            session, self.profile.door, account if password is None else replace(account, password=password)
        )

    def login_soon(self, seconds: float = 10.0, account: Account | None = None) -> Pop3 | None:
        """Log in on new connections until it is granted; None if it is refused for so many seconds."""
        deadline = time.monotonic() + seconds
        pause = 0.02
        while True:
            session = self.pop3()
            if self.knock(session, account=account).positive:
                return session
            session.leave()
            if time.monotonic() > deadline:
                return None
            threading.Event().wait(pause)  # a lock may be given back a moment after the connection ended
            pause = min(pause * 2, 1.0)

    def offering(self, mechanism: str = "") -> Pop3:
        """Open a connection on which CAPA lists a SASL mechanism (RFC 5034 section 3; any, if none is named)."""
        for tls in self._ways():
            listed = self.profile.parameters("SASL", BEFORE_TLS if tls == "none" else UNDER_TLS)
            if listed and (not mechanism or mechanism in listed):
                return self.pop3(tls)
        raise NotSupported(f"CAPA lists no SASL{' ' if mechanism else ''}{mechanism} before login")

    def _ways(self) -> list[str]:
        """The kinds of TLS that this target has, the one that its logins use first."""
        ways = {
            "none": self.target.endpoint("pop3"),
            "stls": self.target.endpoint("pop3"),
            "implicit": self.target.endpoint("pop3s"),
        }
        first = self.profile.door.tls if self.profile.door else self._first()
        return sorted((way for way, endpoint in ways.items() if endpoint), key=lambda way: way != first)

    def handshake(self, tls: str, **settings: str) -> TlsFacts | TlsFailure:
        """Shake hands on a connection of its own with changed TlsSettings, and say what came of it; see under()."""
        session = self.under(tls, **settings)
        if isinstance(session, TlsFailure):
            return session
        return session.stream.tls_facts or TlsFailure("no handshake was made")

    def control(self) -> None:
        """Hold a plain conversation; raises Inconclusive if it cannot be held."""
        session = self.pop3()
        session.greeting.ok()
        session.command("QUIT").ok()

    def end_sessions(self) -> None:
        """End every session, so that nothing is removed and every maildrop is free."""
        while self._open:
            self._open.pop().leave()


def _login_delays(profile: Profile) -> list[float]:
    """The seconds of LOGIN-DELAY in each stage (RFC 2449 section 6.5)."""
    words = [caps.get("LOGIN-DELAY", ("",))[:1] for caps in profile.capabilities.values()]
    return [float(word[0]) for word in words if word and word[0].isdigit()]
