"""Opens SMTP and LMTP sessions for checks: the `dial` fixture of their suites, and the addresses that they may use.

Mail goes from the first account to the accounts, to unknown local addresses and to the sink, and nowhere else. What
arrives is looked at through `arrivals()`, which takes it away when the check ends.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import secrets
import threading
import time

from conformance.arrivals import Arrivals, Leavings
from conformance.delivery import Specimen, compose
from conformance.dial import Dial
from conformance.discovery import Door, Profile
from conformance.discovery_smtp import METHODS, SCHEMES, doors, enter, knock
from conformance.outcomes import Inconclusive, NotSupported
from conformance.services.heard import Relayed
from conformance.services.sink import Sink, SinkError
from conformance.sessions.smtp import Answer, Smtp
from conformance.target import Account
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.stream import Conduit
from conformance.transport.tls import TlsFacts, TlsFailure
from conformance.verdicts import Reason
from conformance.wire.dsn import not_delivered

GREETING_PAUSES = (0.5, 2.0)


class SmtpDial(Dial):
    """SMTP sessions with one target."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        super().__init__(profile, dialler)
        self._open: list[Smtp] = []
        self._arrivals: list[Arrivals] = []
        self._leavings: list[Leavings] | None = None
        self._sink: Sink | None = None
        self._serial = itertools.count(1)
        self._run = f"{os.getpid():x}{secrets.token_hex(2)}"

    # Sessions

    @property
    def scheme(self) -> str:
        """The scheme of the endpoint that speaks for the target."""
        return next(scheme for scheme in SCHEMES[self.profile.protocol] if self.target.endpoint(scheme))

    def smtp(self, scheme: str = "") -> Smtp:
        """Open a connection, greeting read and nothing said; with TLS where the endpoint begins with it."""
        wanted = self.endpoint(scheme or self.scheme)
        session = self._begun(wanted.scheme)
        for pause in GREETING_PAUSES:
            if session.greeting.code not in (421, 450, 451, 554):
                break
            self.throttled += 1
            session.close()
            threading.Event().wait(pause)  # "too many connections" goes away with time, and with nothing else
            session = self._begun(wanted.scheme)
        return session

    def _begun(self, scheme: str) -> Smtp:
        if self._leavings is None:
            self._leavings = [Leavings(self.target, account) for account in self.target.accounts]
        self._attended()
        try:
            stream = self.dialler.open(self.endpoint(scheme))
        except Unreachable as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        return self._greeted(stream)

    def _greeted(self, stream: Conduit) -> Smtp:
        lmtp = self.profile.protocol == "lmtp"
        session = Smtp(stream, self.dialler.recorder, self.target.patience, self.profile.announced, lmtp=lmtp)
        session.client = self.target.facilities.get("ehlo", "mailconform.invalid").encode()
        self._open.append(session)
        return session

    def _attended(self) -> None:
        """Listen as the next hop: a submission server may ask that for every answer."""
        if self.target.mail.smarthost_sink and self.profile.protocol == "smtp":
            with contextlib.suppress(SinkError):
                self._listen()

    def ready(self, scheme: str = "") -> Smtp:
        """Open a session that may send mail: greeting and EHLO (or LHLO) done, logged in where it is for submission."""
        wanted = scheme or self.scheme
        for_submission = wanted.startswith("submission") or wanted == self.scheme == "smtps"
        if for_submission and self.profile.door:
            return self.login()
        session = self.smtp(wanted)
        session.greeting.ok()
        session.hello().ok()
        return session

    def before_tls(self, scheme: str = "") -> Smtp:
        """Open a connection in clear, EHLO said; NotSupported if that does not list STARTTLS."""
        wanted = self.endpoint(scheme or self.scheme)
        if wanted.implicit_tls:
            raise NotSupported(f"{wanted.scheme}:// begins with TLS")
        session = self.smtp(wanted.scheme)
        session.greeting.ok()
        session.hello().ok()
        if "STARTTLS" not in session.keywords:
            raise NotSupported(f"STARTTLS is not announced at {wanted.scheme}://")
        return session

    def under_tls(self, scheme: str = "", **settings: str) -> Smtp | TlsFailure:
        """Open a connection and shake hands with changed TlsSettings, by STARTTLS unless TLS comes first; EHLO is left."""
        endpoint = self.endpoint(scheme or self.scheme)
        asked = self.dialler.tls_settings(host=endpoint.host, **settings)
        if endpoint.implicit_tls:
            stream = self.connect(endpoint.scheme)
            shaken = stream.start_tls(asked, self.target.patience)
            return self._greeted(stream) if isinstance(shaken, TlsFacts) else shaken
        session = self.before_tls(scheme)
        session.command("STARTTLS").ok()
        shaken = session.start_tls(asked)
        return session if isinstance(shaken, TlsFacts) else shaken

    def secured(self, scheme: str = "") -> Smtp:
        """Return a session under TLS, EHLO said again; Inconclusive if the handshake fails."""
        session = self.under_tls(scheme)
        if isinstance(session, TlsFailure):
            raise Inconclusive(Reason.PRECONDITION, f"TLS handshake failed: {session.why}")
        session.hello().ok()
        return session

    def door(self) -> Door:
        """Return the way of logging in; NotSupported if EHLO lists no AUTH, Inconclusive if no account can log in."""
        if self.profile.door is not None:
            return self.profile.door
        if not self.profile.announced("AUTH"):
            raise NotSupported("AUTH is not announced")
        raise Inconclusive(Reason.NOT_SET_UP, "needs an account that can log in by AUTH PLAIN, LOGIN or CRAM-MD5")

    def before_login(self) -> Smtp:
        """Open a session at the door: EHLO said, under TLS where logins need it, AUTH not yet."""
        return self._at(self.door())

    def offering(self, mechanism: str = "") -> Smtp:
        """Open a session, EHLO said, on which AUTH lists a mechanism (RFC 4954 section 3; any, if none is named)."""
        ways = doors(self.profile, (mechanism,) if mechanism else ())
        if not ways:
            raise NotSupported(f"EHLO lists no AUTH{' ' if mechanism else ''}{mechanism}")
        usual = self.profile.door.tls if self.profile.door else ""
        return self._at(next((way for way in ways if way.tls == usual), ways[0]))

    def _at(self, door: Door) -> Smtp:
        self._attended()
        try:
            session = enter(door, self.profile, self.dialler)
        except Unreachable as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        if session is None:
            raise Inconclusive(Reason.CONNECTION_LOST, f"no session by {door.tls}")
        self._open.append(session)
        return session

    def login(self, account: int = 0) -> Smtp:
        """Open a session that is authenticated; what leads there is a precondition."""
        session = self.before_login()
        self.knock(session, account).ok()
        return session

    def knock(self, session: Smtp, account: int = 0, password: str | None = None) -> Answer:
        """Try once to log in on a session that stands at the door, with another password if given."""
        known = self.account(account)
        given = known if password is None else Account(user=known.user, password=password)
        return knock(session, self.door(), given)

    def submitting(self) -> Smtp:
        """Open a session at the port for submission, logged in there, EHLO said again; NotSupported without such a way."""
        scheme = self.submission
        ways = [way for way in doors(self.profile, METHODS) if way.tls.partition(" ")[0] == scheme]
        if not ways:
            raise NotSupported(f"EHLO at {scheme}:// lists no AUTH that the harness can do")
        usual = self.profile.door.tls.partition(" ")[2] if self.profile.door else ""
        way = next((way for way in ways if way.tls.partition(" ")[2] == usual), ways[0])
        session = self._at(way)
        knock(session, way, self.account()).ok()
        return self._refreshed(session)

    @staticmethod
    def _refreshed(session: Smtp) -> Smtp:
        """Say EHLO again behind AUTH, since more may be listed then; what was listed counts where that is refused."""
        listed = session.keywords
        session.keywords = session.hello().keywords or listed
        return session

    @property
    def submission(self) -> str:
        """The scheme of the port for submission (RFC 6409 section 3.1, RFC 8314 section 3.3); NotSupported without one."""
        for scheme in ("submission", "submissions"):
            if self.target.endpoint(scheme):
                return scheme
        raise NotSupported("the target file names no submission:// endpoint")

    def keyword(self, name: str) -> tuple[str, ...]:
        """Return the parameters that EHLO lists for a keyword, where mail may be sent; NotSupported without it."""
        return self.having(name).keywords[name]

    def having(self, name: str, scheme: str = "") -> Smtp:
        """Open a session that may send mail, whose last EHLO lists a keyword; NotSupported without it."""
        session = self.ready(scheme)
        if session.logged_in and name not in session.keywords:
            self._refreshed(session)
        if name not in session.keywords:
            raise NotSupported(f"{name} is not announced at {scheme or self.scheme}://")
        return session

    # Addresses and mail

    def address(self, account: int = 0) -> str:
        """Return the address of an account; Inconclusive (not-set-up) if the target file gives none."""
        found = self.account(account).address
        if not found:
            raise Inconclusive(Reason.NOT_SET_UP, "needs address = in [[account]] of the target file")
        return found

    @property
    def sender(self) -> str:
        """A reverse-path that the target knows: bounces come back to where they can be seen."""
        return self.address()

    @property
    def domain(self) -> str:
        """A domain whose mail the target delivers."""
        return self.address().rpartition("@")[2]

    @property
    def unknown(self) -> str:
        """An address in the target's own domain that nobody has."""
        return next(iter(self.target.mail.unknown), f"mailconform-no-such-user@{self.domain}")

    @property
    def foreign(self) -> str:
        """An address that the target is not responsible for; asked for at RCPT and never sent to."""
        return next(iter(self.target.mail.foreign), "someone@mailconform.invalid")

    def at_sink(self, word: str = "keeper") -> str:
        """Return an address, new each time, whose mail the target passes on to the sink; Inconclusive without one."""
        if not self.target.mail.sink_domain:
            raise Inconclusive(
                Reason.NOT_SET_UP,
                "needs sink_domain and smarthost_sink in [mail]: a domain that is relayed to the sink",
            )
        return f"{word}-{self._run}-{next(self._serial)}@{self.target.mail.sink_domain}"

    def specimen(self, body: bytes = b"Hello.\r\n", headers: bytes = b"") -> Specimen:
        """Return a message that is like no other of this run; `key` is what it is known by, in its Message-ID."""
        return compose(body, headers, subject=f"mailconform {self._run} {next(self._serial)}")

    def arrivals(self, account: int = 0) -> Arrivals:
        """Watch what arrives for an account from now on; Inconclusive (not-set-up) if its mailbox cannot be seen."""
        watched = Arrivals(self.target, self.account(account), self.dialler)
        self._arrivals.append(watched)
        return watched

    def sink(self) -> Sink:
        """Return the next hop that the target relays to, listening, with nothing heard and nothing scripted."""
        if not self.target.mail.smarthost_sink:
            raise Inconclusive(
                Reason.NOT_SET_UP,
                "needs sink_domain and smarthost_sink in [mail]: a domain that is relayed to the sink",
            )
        try:
            sink = self._listen()
        except SinkError as error:
            raise Inconclusive(Reason.NOT_SET_UP, str(error)) from error
        sink.start_over()
        return sink

    def asked_at_sink(self, address: str) -> bool:
        """Whether the sink was asked to take mail for an address."""
        asked = rb"RCPT TO:<%b>" % re.escape(address.encode())
        return self._sink is not None and bool(self._sink.lines(asked, seconds=0.0))

    def _listen(self) -> Sink:
        self._sink = self._sink or Sink(self.target.mail.smarthost_sink, self.dialler)
        return self._sink

    def hand_on(self, specimen: Specimen, *parameters: str, rcpt: tuple[str, ...] = ()) -> Relayed | bytes:
        """Send a message to a new address at the sink, and return what becomes of it; that it is taken is a precondition."""
        arrivals, address, session = self.arrivals(), self.at_sink(), self.ready()
        session.mail(self.sender, *parameters).ok()
        session.rcpt(address, *rcpt).ok()
        session.data(specimen.raw).ok()
        return self.fate(address, arrivals)

    def fate(self, address: str, arrivals: Arrivals, longer: float = 0.0) -> Relayed | bytes:
        """Return the message to an address at the sink as it came there, or the notice that it failed, from its sender's mailbox.

        Inconclusive if neither comes in time; `longer` is added to the target's delivery_wait.
        """
        if self._sink is None:
            raise Inconclusive(Reason.NOT_SET_UP, "the sink does not listen")
        deadline = time.monotonic() + self.target.mail.delivery_wait + longer
        while time.monotonic() < deadline:
            if handed_on := self._sink.mail_to(address, seconds=0.1):
                return handed_on[0]
            failed = [raw for raw in arrivals.wait(address.encode(), seconds=0.0) if not_delivered(raw)]
            if failed:
                return failed[0]
        raise Inconclusive(Reason.PRECONDITION, "the message was neither handed on to the sink nor returned in time")

    # The end

    def control(self) -> None:
        """Hold a plain conversation; raises Inconclusive if it cannot be held."""
        session = self.smtp()
        session.greeting.ok()
        session.hello().ok()
        session.command("QUIT").ok()

    def end_sessions(self) -> None:
        """End every session, and remove the mail that the check has sent."""
        while self._open:
            self._open.pop().leave()
        while self._arrivals:
            self._arrivals.pop().remove()

    def retire(self) -> None:
        """Close the sink, and remove the mail that no check has waited for."""
        for leavings in self._leavings or ():
            leavings.remove()
        if self._sink is not None:
            self._sink.close()
            self._sink = None
