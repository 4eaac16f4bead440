"""Opens IMAP sessions for checks: the `dial` fixture of the IMAP suites, and the mailboxes that checks work in.

Logged-in connections go from check to check, since a login is the slow part. What a check makes (mailboxes, and the
subscriptions to them) bears the harness's name and is removed when the check ends. All of this is done without the
fault, so that a lie meets the check and not its preparation.
"""

from __future__ import annotations

import itertools
import os
import secrets
import threading
import time

from conformance.delivery import Specimen
from conformance.dial import Dial
from conformance.dial_sweeper import SLOW, Sweeper
from conformance.discovery import BEFORE_TLS, UNDER_TLS, Door, Profile
from conformance.discovery_imap import enter, knock
from conformance.mailbox import Mailbox
from conformance.outcomes import Inconclusive, NotSupported
from conformance.sessions.imap import Imap
from conformance.sessions.imap_answer import Answer
from conformance.target import Account
from conformance.transport.dialler import Dialler, Unreachable
from conformance.transport.tls import TlsFailure
from conformance.verdicts import Reason
from conformance.wire.imap_commands import astring

GREETING_PAUSES = (0.5, 2.0)
OURS = b"mailconform-"
IDLE_LIMIT = 3
"""Logged-in connections that wait for the next check."""


class ImapDial(Dial):
    """IMAP sessions with one target."""

    def __init__(self, profile: Profile, dialler: Dialler) -> None:
        super().__init__(profile, dialler)
        self._open: list[Imap] = []
        self._waiting: list[Imap] = []
        self._made: list[tuple[int, bytes]] = []
        self._serial = itertools.count(1)
        self._run = f"{os.getpid():x}{secrets.token_hex(2)}".encode()
        self._kept: dict[tuple[str, ...], bytes] = {}
        self._sweeper: Sweeper | None = None

    # Sessions

    def imap(self, tls: str = "") -> Imap:
        """Open a connection that is not authenticated, greeting read.

        tls is "none", "starttls" (handshake done), "implicit", or empty: the way that a login needs on this target.
        """
        wanted = tls or (self.profile.door.tls if self.profile.door else self._first())
        self.endpoint("imaps" if wanted == "implicit" else "imap")
        session = self._entered(Door(tls=wanted, method=""))
        for pause in GREETING_PAUSES:
            if session.greeting.status != b"BYE":
                break
            self.throttled += 1
            session.close()
            threading.Event().wait(pause)  # "too many connections" goes away with time, and with nothing else
            session = self._entered(Door(tls=wanted, method=""))
        return session

    def _first(self) -> str:
        return "none" if self.target.endpoint("imap") else "implicit"

    def _entered(self, door: Door) -> Imap:
        try:
            session = enter(door, self.profile, self.dialler)
        except Unreachable as error:
            raise Inconclusive(Reason.CONNECTION_LOST, str(error)) from error
        if session is None:
            raise NotSupported("STARTTLS is not offered, or its handshake fails")
        self._open.append(session)
        return session

    def under(self, tls: str, **settings: str) -> Imap | TlsFailure:
        """Open a connection with changed TlsSettings ("starttls" or "implicit"), greeting read where it comes under TLS."""
        asked = self.dialler.tls_settings(host=self.endpoint("imaps" if tls == "implicit" else "imap").host, **settings)
        if tls == "starttls":
            session = self.imap("none")
            session.command("STARTTLS").supported("STARTTLS").ok()
            shaken = session.start_tls(asked)
            return shaken if isinstance(shaken, TlsFailure) else session
        stream = self.connect("imaps")
        shaken = stream.start_tls(asked, self.target.patience)
        if isinstance(shaken, TlsFailure):
            return shaken
        self._open.append(Imap(stream, self.dialler.recorder, self.target.patience, self.profile.announced))
        return self._open[-1]

    def next_second(self) -> None:
        """Wait until the clock's second turns: some servers number mailboxes by it, and are to be asked the same in each run."""
        threading.Event().wait(1 - time.time() % 1)

    def login(self, account: int = 0, *, fresh: bool = False) -> Imap:
        """Return an authenticated session, no mailbox selected; a new connection if `fresh`, or where a fault lies."""
        if not fresh and self.dialler.lie is None:
            for waiting in [s for s in self._waiting if s.account == account]:
                self._waiting.remove(waiting)
                if waiting.disturbed:  # a server may end who waits; that is no answer to this check
                    waiting.close()
                    continue
                waiting.resume()
                self._open.append(waiting)
                return waiting
        self.account(account)
        session = self.imap()
        self.knock(session, account=self.account(account)).ok()
        session.account = account
        return session

    def knock(self, session: Imap, password: str | None = None, account: Account | None = None) -> Answer:
        """Try once to log in on this connection, with another password if given, and return the answer."""
        if self.profile.door is None:
            raise Inconclusive(Reason.NOT_SET_UP, "needs an account: add [[account]] to the target file")
        account = account or self.account()
        if password is not None:
            account = Account(user=account.user, password=password)
        return knock(session, self.profile.door, account)

    def offering(self, mechanism: str) -> Imap:
        """Open a connection on which CAPABILITY lists AUTH= with a SASL mechanism (RFC 3501 section 6.2.2)."""
        for tls in self.ways():
            if mechanism in self.profile.parameters("AUTH", BEFORE_TLS if tls == "none" else UNDER_TLS):
                return self.imap(tls)
        raise NotSupported(f"AUTH={mechanism} is not announced before login")

    def ways(self) -> list[str]:
        """The kinds of TLS that this target has, the one that its logins use first."""
        plain, implicit = self.target.endpoint("imap"), self.target.endpoint("imaps")
        starttls = plain and "STARTTLS" in self.profile.capabilities.get(BEFORE_TLS, {})
        ways = [*(["none"] if plain else []), *(["starttls"] if starttls else []), *(["implicit"] if implicit else [])]
        first = self.profile.door.tls if self.profile.door else self._first()
        return sorted(ways, key=lambda way: way != first)

    # Mailboxes

    def name(self, word: str | bytes = b"", account: int = 0) -> bytes:
        """Return a mailbox name of our own that does not exist yet, behind the account's prefix; it need not be removed.

        Every mailbox whose name begins so is removed when the check ends, its children too.
        """
        word = word.encode() if isinstance(word, str) else word
        made = self.profile.prefix + OURS + self._run + b"-%d-" % next(self._serial) + (word or b"box")
        self._made.append((account, made))
        return made

    def child(self, name: bytes, word: str | bytes = b"child") -> bytes:
        """Return the name of an inferior mailbox; NotSupported where there is no hierarchy."""
        if not self.profile.delimiter:
            raise NotSupported("there is no hierarchy delimiter: LIST says NIL")
        return name + self.profile.delimiter + (word.encode() if isinstance(word, str) else word)

    def create(self, session: Imap, word: str | bytes = b"") -> bytes:
        """Create a mailbox of our own and return its name; Inconclusive if the server refuses."""
        with self.dialler.straight():
            made = self.name(word, session.account)
            session.command("CREATE", astring(made)).ok()
        return made

    def mailbox(self, *messages: Specimen | bytes, account: int = 0, fresh: bool = False) -> Mailbox:
        """Return a new mailbox, selected, that holds these messages and nothing else."""
        session = self.login(account, fresh=fresh)
        with self.dialler.straight():
            name = self.create(session)
            mailbox = Mailbox(self, session, name)
            for message in messages:
                mailbox.append(message)
            mailbox.select()
        return mailbox

    def collection(self, *messages: Specimen | bytes, key: str, writable: bool = False) -> Mailbox:
        """Return a mailbox with these messages that is made once a run, examined: for checks that only read.

        `key` names the collection; messages are appended when it is first asked for.
        """
        session = self.login()
        with self.dialler.straight():
            kept = self._kept.get((key,))
            if kept is None:
                kept = self.profile.prefix + OURS + self._run + b"-" + key.encode()
                session.command("CREATE", astring(kept)).ok()
                self._kept[(key,)] = kept
                filled = Mailbox(self, session, kept)
                for message in messages:
                    filled.append(message)
            mailbox = Mailbox(self, session, kept)
            mailbox.select(read_only=not writable)
        return mailbox

    # The end

    def control(self) -> None:
        """Hold a plain conversation; raises Inconclusive if it cannot be held."""
        session = self.imap()
        if session.greeting.status != b"PREAUTH":  # as good a greeting as OK (RFC 3501 section 7.1.4)
            session.greeting.ok()
        session.command("NOOP").ok()
        session.command("LOGOUT").ok()

    def end_sessions(self) -> None:
        """Remove what the check has made, and put its sessions back or end them."""
        made, self._made = self._made, []
        for session in self._open:  # a server may keep who deletes a mailbox waiting while others have it selected
            if session.reusable:
                self._unselected(session)
            else:
                session.leave()
        for account in sorted({account for account, _ in made}):
            self._remove([name for owner, name in made if owner == account], account)
        while self._open:
            session = self._open.pop()
            if (
                session.reusable
                and self.dialler.lie is None
                and len(self._waiting) < IDLE_LIMIT
                and self._unselected(session)
            ):
                self._waiting.append(session)
            else:
                session.leave()

    @staticmethod
    def _unselected(session: Imap) -> bool:
        """Leave the selected mailbox without expunging: UNSELECT, or a SELECT that fails (RFC 3501 section 6.3.1)."""
        if not session.selecting:
            return session.reusable
        if session.announced("UNSELECT"):
            session.command("UNSELECT")
        else:
            session.command('EXAMINE "mailconform-no-such-mailbox"')
        session.selecting = False
        return session.reusable

    def _remove(self, names: list[bytes], account: int = 0) -> None:
        try:
            free = (s for s in self._open if s.reusable and s.account == account)
            session = next(free, None) or self.login(account)
        except (Inconclusive, NotSupported):
            return  # what is left is removed by `mailconform cleanup`
        self._unselected(session)
        for name in names:
            if self._sweeper is None:
                began = time.monotonic()
                remove(session, name)
                self._sweeper = Sweeper(self.profile) if time.monotonic() - began > SLOW else None
            else:
                self._sweeper.take(below(session, name), account)
                unsubscribe(session, name)

    def retire(self) -> None:
        """Remove what was kept for the whole run and end every session."""
        with self.dialler.straight():
            if self._kept:
                self._remove(list(self._kept.values()))
                self._kept.clear()
            self.end_sessions()
            while self._waiting:
                self._waiting.pop().leave()
            if self._sweeper is not None:
                self._sweeper.finish()

    def clear(self) -> int:
        """Remove every mailbox that bears the harness's name, and return how many there were."""
        session = self.login(fresh=True)
        pattern = self.profile.prefix + OURS + b"*"
        names = list(session.command('LIST ""', astring(pattern)).listed)
        subscribed = list(session.command('LSUB ""', astring(pattern)).subscribed)
        for name in {*names, *subscribed}:
            remove(session, name)
        return len(names)


def remove(session: Imap, name: bytes) -> None:
    """Delete a mailbox of ours and all that is below it, and end the subscriptions to them."""
    for found in below(session, name):
        session.command("DELETE", astring(found))
    unsubscribe(session, name)


def below(session: Imap, name: bytes) -> list[bytes]:
    """Return a mailbox of ours and all that is below it, the lowest first."""
    listed = session.command('LIST ""', astring(name + b"*")).listed
    return sorted({name, *(bytes(found) for found in listed)}, key=len, reverse=True)


def unsubscribe(session: Imap, name: bytes) -> None:
    """End the subscriptions to a mailbox of ours and to all that is below it."""
    for found in session.command('LSUB ""', astring(name + b"*")).subscribed:
        session.command("UNSUBSCRIBE", astring(bytes(found)))
