"""One conversation with one endpoint, as far as the doctor asks: greeting, TLS, login, time, room, limits.

What each protocol calls these things stands here, once a protocol; nothing of it changes a mailbox or sends a message.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from collections.abc import Callable, Iterator
from typing import Protocol

from conformance import discovery_http, discovery_imap, discovery_pop3, discovery_smtp, quotas
from conformance.discovery import Door
from conformance.doctor_http import HttpTalk
from conformance.sessions.http import Http
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer as ImapAnswer
from conformance.sessions.pop3 import Answer as Pop3Answer
from conformance.sessions.pop3 import Pop3
from conformance.sessions.smtp import Answer as SmtpAnswer
from conformance.sessions.smtp import Smtp
from conformance.target import Account, Endpoint
from conformance.transcript import quote
from conformance.transport.dialler import Dialler
from conformance.transport.stream import Closed, Conduit, Reset, Silence
from conformance.transport.tls import TlsFacts, TlsFailure, TlsSettings
from conformance.wire.framing import Overlong

_DATE = rb"[A-Z][a-z]{2}, +\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT|UT)"
_NEAR = 2 * 86_400.0
"""A number in a greeting that is no further than this (seconds) from now is taken for a time."""


class Talk(Protocol):
    """A conversation whose greeting has been waited for; what is refused is told in the server's words."""

    greets: bool
    """Whether the greeting is that of the protocol, and an invitation."""
    refuses: bool
    """Whether the greeting is that of the protocol, and a refusal."""
    greeting: str

    @property
    def facts(self) -> TlsFacts | None:
        """What the handshake showed; None without TLS."""

    @property
    def takes_logins(self) -> bool:
        """Whether there is anything to log in with."""

    def hello(self) -> str:
        """Ask what the server can do; returns what it said instead of telling, empty if it told."""

    def secure(self, settings: TlsSettings) -> TlsFacts | TlsFailure | None:
        """Begin TLS in this conversation; None if the server does not offer it."""

    def time(self) -> dt.datetime | None:
        """Return the time that the greeting tells, None if it tells none."""

    def login(self, account: Account) -> str:
        """Log in; returns the refusals, empty if one way was taken."""

    def room(self, account: Account | None) -> Iterator[tuple[bool, str]]:
        """Tell what an account has room for, as far as replies do: whether it is well, and what was answered."""

    def newest(self) -> dt.datetime | None:
        """Return when the last message of INBOX came, None if that is not told."""

    def limits(self) -> list[str]:
        """Return the limits that the server tells of."""

    def leave(self) -> None:
        """End the conversation in order; harmless at any time."""


class _Pop3Talk:
    def __init__(self, session: Pop3) -> None:
        self._session = session
        self.greets = session.greeting.status == b"+OK"
        self.refuses = session.greeting.status == b"-ERR"
        self.greeting = _said(session.greeting)
        self.takes_logins = True
        self._listed: dict[str, tuple[str, ...]] = {}

    @property
    def facts(self) -> TlsFacts | None:
        return self._session.stream.tls_facts

    def hello(self) -> str:
        answer = self._session.command("CAPA")
        self._listed = dict(discovery_pop3.capabilities(self._session) or {}) if answer.status == b"+OK" else {}
        return "" if answer.reply else f"CAPA is answered {_said(answer)}"

    def secure(self, settings: TlsSettings) -> TlsFacts | TlsFailure | None:
        return self._session.start_tls(settings) if self._session.command("STLS").status == b"+OK" else None

    def time(self) -> dt.datetime | None:
        return _time_in(self._session.timestamp) or _time_in(self._session.greeting.raw)

    def login(self, account: Account) -> str:
        doors = [Door(tls="", method=method) for method in ("USER", "PLAIN")]
        return _entered(
            doors, lambda door: discovery_pop3.knock_once(self._session, door, account), lambda: self._session.logged_in
        )

    def room(self, account: Account | None) -> Iterator[tuple[bool, str]]:
        if self._session.logged_in:
            answer = self._session.command("STAT")
            yield answer.status == b"+OK", f"STAT is answered {_said(answer)}"

    def newest(self) -> dt.datetime | None:
        return None

    def limits(self) -> list[str]:
        told = {name: self._listed[name] for name in ("LOGIN-DELAY", "EXPIRE") if name in self._listed}
        return [f"{name} {' '.join(words)}" for name, words in told.items()]

    def leave(self) -> None:
        self._session.leave()


class _ImapTalk:
    def __init__(self, session: Imap) -> None:
        self._session = session
        self.greets = session.greeting.status in (b"OK", b"PREAUTH")
        self.refuses = session.greeting.status == b"BYE"
        self.greeting = _said(session.greeting)
        self.takes_logins = True
        self._listed: dict[str, tuple[str, ...]] = {}
        self._newest: dt.datetime | None = None

    @property
    def facts(self) -> TlsFacts | None:
        return self._session.stream.tls_facts

    def hello(self) -> str:
        answer = self._session.command("NOOP")
        if answer.final is None:
            return f"NOOP is answered {_said(answer)}"
        self._listed = dict(discovery_imap.capabilities(self._session))
        return ""

    def secure(self, settings: TlsSettings) -> TlsFacts | TlsFailure | None:
        if self._session.command("STARTTLS").status != b"OK":
            return None
        shaken = self._session.start_tls(settings)
        if isinstance(shaken, TlsFacts):
            self._listed = dict(discovery_imap.capabilities(self._session))
        return shaken

    def time(self) -> dt.datetime | None:
        return _time_in(self._session.greeting.raw)

    def login(self, account: Account) -> str:
        doors = [Door(tls="", method=method) for method in ("LOGIN", "PLAIN")]
        refusal = _entered(
            doors,
            lambda door: discovery_imap.knock(self._session, door, account),
            lambda: self._session.logged_in,
        )
        if not refusal:
            self._listed = dict(discovery_imap.capabilities(self._session))
        return refusal

    def room(self, account: Account | None) -> Iterator[tuple[bool, str]]:
        if not self._session.logged_in:
            return
        answer = self._session.command("EXAMINE INBOX")
        yield answer.status == b"OK", f"EXAMINE INBOX is answered {_said(answer)}"
        if answer.status == b"OK" and answer.exists:
            items = self._session.command(f"FETCH {answer.exists} INTERNALDATE").fetched.get(answer.exists)
            self._newest = _internal_date(items.get(b"INTERNALDATE")) if items and b"INTERNALDATE" in items else None
        if "QUOTA" in self._listed:
            for root, resources in quotas.told(self._session.command("GETQUOTAROOT INBOX")).items():
                for name, (used, limit) in resources.items():
                    resource = f"{root.decode('latin-1')} {name.decode('latin-1')}".strip()
                    yield used < limit, f"quota {resource}: {used} of {limit}"

    def newest(self) -> dt.datetime | None:
        return self._newest

    def limits(self) -> list[str]:
        return [f"APPENDLIMIT {' '.join(self._listed['APPENDLIMIT'])}".strip()] if "APPENDLIMIT" in self._listed else []

    def leave(self) -> None:
        self._session.leave()


class _SmtpTalk:
    def __init__(self, session: Smtp) -> None:
        self._session = session
        self.greets = session.greeting.code == 220
        self.refuses = session.greeting.code >= 400
        self.greeting = _said(session.greeting)

    @property
    def facts(self) -> TlsFacts | None:
        return self._session.stream.tls_facts

    @property
    def takes_logins(self) -> bool:
        return bool(self._methods)

    @property
    def _methods(self) -> list[str]:
        offered = [word.upper() for word in self._session.keywords.get("AUTH", ())]
        return [] if self._session.lmtp else [name for name in discovery_smtp.METHODS if name in offered]

    def hello(self) -> str:
        answer = self._session.hello()
        return "" if answer.code == 250 else f"{'LHLO' if self._session.lmtp else 'EHLO'} is answered {_said(answer)}"

    def secure(self, settings: TlsSettings) -> TlsFacts | TlsFailure | None:
        if "STARTTLS" not in self._session.keywords or self._session.command("STARTTLS").code != 220:
            return None
        shaken = self._session.start_tls(settings)
        if isinstance(shaken, TlsFacts):
            self._session.hello()
        return shaken

    def time(self) -> dt.datetime | None:
        return _time_in(self._session.greeting.raw)

    def login(self, account: Account) -> str:
        doors = [Door(tls="", method=method) for method in self._methods]
        return _entered(
            doors, lambda door: discovery_smtp.knock(self._session, door, account), lambda: self._session.logged_in
        )

    def room(self, account: Account | None) -> Iterator[tuple[bool, str]]:
        """Begin a transaction for an account and give it up: whoever has no room for a message says so here."""
        if account is None or "@" not in account.address:
            return
        sender = self._session.mail(account.address if self._session.logged_in else "")
        answer = self._session.rcpt(account.address) if sender.code == 250 else sender
        self._session.command("RSET")
        yield answer.code in (250, 251), f"RCPT TO:<{account.address}> is answered {_said(answer)}"

    def newest(self) -> dt.datetime | None:
        return None

    def limits(self) -> list[str]:
        size = " ".join(self._session.keywords.get("SIZE", ()))
        return [f"SIZE {size}"] if size and size != "0" else []

    def leave(self) -> None:
        self._session.leave()


def talk(endpoint: Endpoint, stream: Conduit, dialler: Dialler) -> Talk:
    """Wait for the greeting of an endpoint on a connection to it."""
    patience, recorder = dialler.target.patience, dialler.recorder
    if endpoint.protocol == "pop3":
        return _Pop3Talk(Pop3(stream, recorder, patience, lambda _: True))
    if endpoint.protocol == "imap":
        return _ImapTalk(Imap(stream, recorder, patience, lambda _: True))
    if endpoint.protocol == "http":
        host = discovery_http.host_of(dialler.target, endpoint)
        return HttpTalk(Http(stream, recorder, patience, lambda _: True, host))
    return _SmtpTalk(Smtp(stream, recorder, patience, lambda _: True, lmtp=endpoint.protocol == "lmtp"))


def _entered(
    doors: list[Door], knock: Callable[[Door], Pop3Answer | ImapAnswer | SmtpAnswer], inside: Callable[[], bool]
) -> str:
    """Try each way in; returns the refusals, empty once inside."""
    refusals = []
    for door in doors:
        answer = knock(door)
        if inside():
            return ""
        refusals.append(f"{door.method} {_said(answer)}")
    return "; ".join(refusals)


def _time_in(said: bytes) -> dt.datetime | None:
    """Return the time in a greeting: a date (RFC 5322), or seconds since 1970 as in an APOP timestamp."""
    if date := re.search(_DATE, said):
        try:
            told = email.utils.parsedate_to_datetime(date[0].decode())
        except ValueError:
            return None
        return told if told.tzinfo else told.replace(tzinfo=dt.UTC)
    now = dt.datetime.now(dt.UTC).timestamp()
    numbers = [int(number) for number in re.findall(rb"(?<!\d)\d{9,11}(?!\d)", said)]
    return next((dt.datetime.fromtimestamp(n, dt.UTC) for n in numbers if abs(n - now) < _NEAR), None)


def _internal_date(said: bytes) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(said.decode("latin-1").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


def _said(answer: Pop3Answer | ImapAnswer | SmtpAnswer) -> str:
    """Return an answer in the server's words, or what came instead of one."""
    ending = answer.ending
    if isinstance(ending, Silence):
        return f"nothing in {ending.seconds:g} s"
    if isinstance(ending, Closed):
        return "the connection was closed"
    if isinstance(ending, Reset):
        return f"the connection was torn down ({ending.why})"
    if isinstance(ending, Overlong):
        return f"a line without an end, {quote(ending.head[:40])}"
    return repr(answer)[1:-1]
