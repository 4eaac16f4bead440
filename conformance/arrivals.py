"""What arrives in an account's mailbox from now on: seen in its maildir, by IMAP or by POP3, and taken away afterwards.

Nothing tells a client when a delivery is over, so the mailbox is looked at again and again until what is waited for is
there or the target's `delivery_wait` has passed. Mail that was there before is not touched. A maildir ends its lines in
LF; what is read from it has CRLF.
"""

from __future__ import annotations

import contextlib
import imaplib
import poplib
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from conformance.delivery import imap_client, key_of, tls_context
from conformance.outcomes import Inconclusive
from conformance.target import Account, Endpoint, Target
from conformance.transport.dialler import Dialler
from conformance.verdicts import Reason

OURS = b"mailconform"
PAUSES = (0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.12, 0.2)


class Box(Protocol):
    """A mailbox as it is seen from outside: which messages there are, one of them, and how to remove one."""

    def names(self) -> list[str]:
        """Return a name for each message, the oldest first."""

    def read(self, name: str) -> bytes:
        """Return a message's octets, lines ended by CRLF."""

    def remove(self, name: str) -> None:
        """Remove a message; harmless if it is gone."""

    def close(self) -> None:
        """End what is open."""


class Arrivals:
    """The messages that come to one account after this was made; raises Inconclusive if its mailbox cannot be seen."""

    def __init__(self, target: Target, account: Account, dialler: Dialler) -> None:
        self._patience = target.mail.delivery_wait
        self._dialler = dialler
        self._where = (target, account)
        self._read: dict[str, bytes] = {}
        self.reading: dict[str, tuple[float, float]] = {}
        """Monotonic seconds: when each message was first seen, and when its octets were there."""
        self._wanted: set[bytes] = set()
        try:
            self._box = _box(target, account)
            self._before = set(self._box.names())
        except (OSError, imaplib.IMAP4.error, poplib.error_proto) as error:
            raise Inconclusive(Reason.NOT_SET_UP, f"the mailbox of {account.user!r} cannot be seen: {error}") from error

    def wait(self, key: bytes, count: int = 1, seconds: float | None = None) -> list[bytes]:
        """Return the new messages that hold these octets, as soon as there are `count`, or what there is in the end."""
        self._wanted.add(key)
        deadline = time.monotonic() + (self._patience if seconds is None else seconds)
        pauses = iter(PAUSES)
        while True:
            found = [seen for raw in self._new().values() if key in raw for seen in self._as_told(raw)]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            threading.Event().wait(next(pauses, PAUSES[-1]))

    def look(self, *keys: bytes) -> dict[str, bytes]:
        """Return by name the new messages that hold one of these octets, without waiting; remove() will remove them."""
        self._wanted.update(keys)
        return {name: raw for name, raw in self._new().items() if any(key in raw for key in keys)}

    def reopen(self) -> None:
        """Look into the mailbox on another connection from now on; raises Inconclusive if it cannot be had."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error, poplib.error_proto):
            self._box.close()
        try:
            self._box = _box(*self._where)
        except (OSError, imaplib.IMAP4.error, poplib.error_proto) as error:
            raise Inconclusive(Reason.CONNECTION_LOST, f"the mailbox can no longer be seen: {error}") from error

    def one(self, key: bytes) -> bytes:
        """Return the message that holds these octets; that it arrives is a precondition."""
        found = self.wait(key)
        if not found:
            raise Inconclusive(Reason.PRECONDITION, f"the message did not arrive within {self._patience:.0f} s")
        return found[0]

    def _as_told(self, raw: bytes) -> list[bytes]:
        """The messages that a fault makes of one: a server that alters, loses or doubles what it has accepted."""
        fault = self._dialler.fault if self._dialler.armed else None
        return [raw] if fault is None else list(fault.on_arrival(raw))

    def _new(self) -> dict[str, bytes]:
        try:
            for name in self._box.names():
                if name not in self._before and name not in self._read:
                    seen = time.monotonic()
                    self._read[name] = self._box.read(name)
                    self.reading[name] = (seen, time.monotonic())
        except FileNotFoundError:
            pass  # a message was moved from new/ to cur/ while we looked; the next look finds it
        except (OSError, imaplib.IMAP4.error, poplib.error_proto) as error:
            raise Inconclusive(Reason.CONNECTION_LOST, f"the mailbox can no longer be seen: {error}") from error
        return self._read

    def remove(self) -> bool:
        """Remove what was waited for, and end what is open; whether that met no error."""
        ours = [name for name, raw in self._read.items() if any(key in raw for key in self._wanted)]
        cleared = False
        with contextlib.suppress(OSError, imaplib.IMAP4.error, poplib.error_proto):
            for name in ours:
                self._box.remove(name)
            cleared = True
        with contextlib.suppress(OSError, imaplib.IMAP4.error, poplib.error_proto):
            self._box.close()
        return cleared


class Leavings:
    """What a run leaves in an account's mailbox without having waited for it; nothing where that cannot be seen."""

    def __init__(self, target: Target, account: Account) -> None:
        self._where = (target, account)
        self._before: set[str] | None = None
        self._visit(self._remember)

    def remove(self) -> None:
        """Remove the messages that came since and bear the harness's name, in their trace or in a notice about them."""
        if self._before is not None:
            self._visit(self._clear)

    def _remember(self, box: Box) -> None:
        self._before = set(box.names())

    def _clear(self, box: Box) -> None:
        for name in box.names():
            if name not in (self._before or ()) and OURS in box.read(name):
                box.remove(name)

    def _visit(self, errand: Callable[[Box], None]) -> None:
        gone = (Inconclusive, OSError, imaplib.IMAP4.error, poplib.error_proto)
        with contextlib.suppress(*gone), contextlib.closing(_box(*self._where)) as box:
            errand(box)


def clear(target: Target, account: Account) -> int:
    """Remove every message of the harness's own, whenever it came, and return how many; Inconclusive if that fails."""
    try:
        with contextlib.closing(_box(target, account)) as box:
            ours = [name for name in box.names() if key_of(box.read(name))]
            for name in ours:
                box.remove(name)
    except (OSError, imaplib.IMAP4.error, poplib.error_proto) as error:
        raise Inconclusive(
            Reason.CONNECTION_LOST, f"the mailbox of {account.user!r} cannot be cleared: {error}"
        ) from error
    return len(ours)


def _box(target: Target, account: Account) -> Box:
    if account.maildir:
        return _Maildir(Path(account.maildir))
    for scheme, box in (("imap", _Imap), ("imaps", _Imap), ("pop3", _Pop3), ("pop3s", _Pop3)):
        endpoint = target.endpoint(scheme)
        if endpoint:
            return box(target, endpoint, account)
    raise Inconclusive(
        Reason.NOT_SET_UP,
        "needs a way to see what arrives: maildir = in [[account]], or an imap:// or pop3:// endpoint",
    )


class _Maildir:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return sorted(file.name.partition(":")[0] for place in ("new", "cur") for file in self._at(place))

    def _at(self, place: str) -> list[Path]:
        folder = self._folder / place
        return list(folder.iterdir()) if folder.is_dir() else []  # an MTA may make it with the first message

    def _file(self, name: str) -> Path:
        found = (file for place in ("new", "cur") for file in self._at(place) if file.name.partition(":")[0] == name)
        return next(found, self._folder / "new" / name)

    def read(self, name: str) -> bytes:
        return re.sub(rb"\r?\n", b"\r\n", self._file(name).read_bytes())

    def remove(self, name: str) -> None:
        self._file(name).unlink(missing_ok=True)

    def close(self) -> None:
        """A maildir is not open."""


class _Imap:
    def __init__(self, target: Target, endpoint: Endpoint, account: Account) -> None:
        self._client = imap_client(target, endpoint, account)
        self._client.select("INBOX")
        self._expunges_one = b"UIDPLUS" in self._data(self._client.capability()).upper().split()

    def names(self) -> list[str]:
        self._client.noop()
        return self._data(self._client.uid("SEARCH", "ALL")).decode().split()

    @staticmethod
    def _data(answer: tuple[str, list[bytes]]) -> bytes:
        return next((part for part in answer[1] if part), b"")

    def read(self, name: str) -> bytes:
        _, parts = self._client.uid("FETCH", name, "(BODY.PEEK[])")
        return next((part[1] for part in parts if isinstance(part, tuple)), b"")

    def remove(self, name: str) -> None:
        self._done(self._client.uid("STORE", name, "+FLAGS.SILENT", "(\\Deleted)"))
        if self._expunges_one:
            self._done(self._client.uid("EXPUNGE", name))  # and not what somebody else has marked
        else:
            self._done(self._client.expunge())

    @staticmethod
    def _done(answer: tuple[str, list[bytes]]) -> None:
        if answer[0] != "OK":
            raise imaplib.IMAP4.error(f"it was answered {answer}")

    def close(self) -> None:
        with contextlib.suppress(imaplib.IMAP4.error):  # a server may close behind its BYE
            self._client.logout()
        with contextlib.suppress(OSError):  # closed it is already, if LOGOUT was answered
            self._client.shutdown()


class _Pop3:
    """POP3 shows a snapshot, so each look is a session of its own."""

    def __init__(self, target: Target, endpoint: Endpoint, account: Account) -> None:
        self._where = (target, endpoint, account)

    def _session(self) -> poplib.POP3:
        target, endpoint, account = self._where
        client = (
            poplib.POP3_SSL(endpoint.host, endpoint.port, timeout=target.patience, context=tls_context(target))
            if endpoint.implicit_tls
            else poplib.POP3(endpoint.host, endpoint.port, timeout=target.patience)
        )
        try:
            client.user(account.user)
            client.pass_(account.password)
        except (OSError, poplib.error_proto):
            client.close()
            raise
        return client

    @staticmethod
    def _numbers(client: poplib.POP3) -> dict[str, str]:
        return {name: number for number, name in (line.decode("latin-1").split(" ", 1) for line in client.uidl()[1])}

    def names(self) -> list[str]:
        client = self._session()
        found = list(self._numbers(client))
        client.quit()
        return found

    def read(self, name: str) -> bytes:
        client = self._session()
        lines = client.retr(self._numbers(client)[name])[1]
        client.quit()
        return b"\r\n".join([*lines, b""])

    def remove(self, name: str) -> None:
        client = self._session()
        number = self._numbers(client).get(name)
        if number:
            client.dele(int(number))
        client.quit()

    def close(self) -> None:
        """Nothing stays open between two looks."""
