"""Opens sessions for checks: the `dial` fixture. Keeps account of them, so that none outlives its check.

A connection that cannot be had makes a check inconclusive, never a finding.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from conformance.discovery import BEFORE_TLS, UNDER_TLS, Door, Profile, enter, knock, knock_once
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.pop3 import Answer, Pop3
from conformance.target import Account, Endpoint
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.stream import Conduit
from conformance.transport.tls import TlsFacts, TlsFailure
from conformance.verdicts import Reason

GREETING_PAUSES = (0.5, 2.0)
LOCK_SECONDS = 3.0


class Dial:
    """Sessions with one target."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        self.profile = profile
        self.target = profile.target
        self.dialler = dialler
        self.throttled = 0
        self._open: list[Pop3] = []
        self.pace = dialler.recorder.pace
        self.pace.announced = max([profile.target.limits.login_delay, *_login_delays(profile)], default=1.0) or 1.0
        self._bare: list[Conduit] = []

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

    def login(self, account: Account | None = None) -> Pop3:
        """Open a session in TRANSACTION state; Inconclusive if the server refuses."""
        session = self.pop3()
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

    def connect(self, scheme: str) -> Conduit:
        """Open a connection to an endpoint and leave TLS, greeting and closing to the check."""
        try:
            self._bare.append(self.dialler.connect(self.endpoint(scheme)))
        except Unreachable as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        return self._bare[-1]

    def handshake(self, tls: str, **settings: str) -> TlsFacts | TlsFailure:
        """Shake hands on a connection of its own with changed TlsSettings, and say what came of it; see under()."""
        session = self.under(tls, **settings)
        if isinstance(session, TlsFailure):
            return session
        return session.stream.tls_facts or TlsFailure("no handshake was made")

    def begin_example(self) -> None:
        """Begin one more example of a generated check: end the sessions of the one before and keep no evidence of it."""
        self.hang_up_all()
        self.dialler.recorder.turn_page()

    def hang_up_all(self) -> None:
        """End every session that was opened, so that nothing is removed and every maildrop is free."""
        with self.dialler.straight():
            while self._open:
                self._open.pop().leave()
            while self._bare:
                self._bare.pop().close()


def _login_delays(profile: Profile) -> list[float]:
    """The seconds of LOGIN-DELAY in each stage (RFC 2449 section 6.5)."""
    words = [caps.get("LOGIN-DELAY", ("",))[:1] for caps in profile.capabilities.values()]
    return [float(word[0]) for word in words if word and word[0].isdigit()]
