"""Puts test mail into a maildrop, by whatever way the target offers: maildir, mbox, IMAP APPEND, LMTP or SMTP.

The ways that keep every octet come first. Each message carries a Message-ID of its own, by which the harness knows its
messages again: no other mail is ever touched.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import imaplib
import itertools
import os
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.target import Account, Endpoint, Target

LOCK_SECONDS = 10.0
DOMAIN = "mailconform.invalid"
MARK = b"Message-ID: <mailconform."
_OURS = re.compile(
    rb"^Message-ID: <mailconform\.([0-9a-f]{24})@mailconform\.invalid>\r?$", re.IGNORECASE | re.MULTILINE
)
_serial = itertools.count(1)


class DeliveryError(Exception):
    """Test mail could not be put into place; the message says by which way and why."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """A test message as stored: octets with CRLF line ends, and the key in its Message-ID."""

    raw: bytes
    key: bytes

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    def same_as(self, retrieved: bytes) -> bool:
        """Whether a retrieved message is this one: body octet by octet, and every header line there, in order.

        A delivery may add header fields (RFC 5321 section 4.4), and a spool keeps some of its own.
        """
        head, _, body = retrieved.partition(b"\r\n\r\n")
        lines = iter(head.split(b"\r\n"))
        return body == self.body and all(line in lines for line in self.raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))


def compose(body: bytes, headers: bytes = b"", *, subject: str = "mailconform test message") -> Specimen:
    """Make a message of a body with CRLF line ends; equal arguments give an equal message."""
    digest = hashlib.sha256(subject.encode() + b"\0" + headers + b"\0" + body).hexdigest()[:24].encode()
    head = b"From: <sender@%s>\r\nTo: <recipient@%s>\r\nSubject: %s\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n" % (
        DOMAIN.encode(), DOMAIN.encode(), subject.encode(),
    )  # fmt: skip
    return Specimen(head + MARK + digest + b"@" + DOMAIN.encode() + b">\r\n" + headers + b"\r\n" + body, digest)


def key_of(message: bytes) -> bytes | None:
    """Return the key of one of our messages from its header, whatever follows it; None for anybody else's."""
    found = _OURS.search(re.split(rb"^\r?\n", message, maxsplit=1, flags=re.MULTILINE)[0])
    return found[1] if found else None


Way = Callable[[Account, bytes], None]


def ways(target: Target, account: Account) -> list[tuple[str, Way]]:
    """Return the ways into this account's maildrop, the most exact first, each with its name."""
    found: list[tuple[str, Way]] = []
    if account.maildir:
        found.append(("maildir", _to_maildir))
    if account.mbox:
        found.append(("mbox", _to_mbox))
    for scheme, way in (("imap", _by_imap), ("imaps", _by_imap), ("lmtp", _by_lmtp), ("smtp", _by_smtp)):
        endpoint = target.endpoint(scheme)
        if endpoint and (scheme.startswith("imap") or account.address):
            found.append((scheme, _bound(way, target, endpoint)))
    return found


def _bound(way: Callable[[Target, Endpoint, Account, bytes], None], target: Target, endpoint: Endpoint) -> Way:
    return lambda account, raw: way(target, endpoint, account, raw)


def deliver(target: Target, account: Account, specimen: Specimen) -> str:
    """Put a message into the maildrop and return the way's name; raises DeliveryError."""
    offered = ways(target, account)
    if not offered:
        raise DeliveryError(
            "no way to put test mail into the maildrop: add an imap://, lmtp:// or smtp:// endpoint, or maildir = to the account"
        )
    name, way = offered[0]
    try:
        way(account, specimen.raw)
    except (OSError, imaplib.IMAP4.error, smtplib.SMTPException) as error:
        raise DeliveryError(f"delivery by {name}: {error}") from error
    return name


def _to_maildir(account: Account, raw: bytes) -> None:
    folder = Path(account.maildir)
    name = f"{time.time_ns() // 1_000_000_000}.M{time.time_ns() % 1_000_000_000}P{os.getpid()}Q{next(_serial)}.{socket.gethostname().replace('/', '-')}"
    owner = folder.stat()
    draft = folder / "tmp" / name
    draft.write_bytes(raw.replace(b"\r\n", b"\n"))
    if os.geteuid() == 0:
        os.chown(draft, owner.st_uid, owner.st_gid)
    draft.rename(folder / "new" / name)


def _to_mbox(account: Account, raw: bytes) -> None:
    """Append to an mbox spool under fcntl and dot lock; `From ` lines are quoted as mboxrd does."""
    with _dot_locked(account.mbox), Path(account.mbox).open("ab") as spool:
        _insist(lambda: fcntl.lockf(spool, fcntl.LOCK_EX | fcntl.LOCK_NB))
        text = raw.replace(b"\r\n", b"\n")
        head, gap, body = text.partition(b"\n\n")
        quoted = b"\n".join(
            b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in body.split(b"\n")
        )
        end = b"" if quoted.endswith(b"\n") else b"\n"
        spool.write(
            b"From sender@" + DOMAIN.encode() + b" Sat Nov 21 12:00:00 2026\n" + head + gap + quoted + end + b"\n"
        )


@contextlib.contextmanager
def _dot_locked(spool: str) -> Iterator[None]:
    """Hold SPOOL.lock, the lock that local mail programs share; raises FileExistsError if it stays taken."""
    lock = Path(spool + ".lock")
    _insist(lambda: os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600)))
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _insist(take: Callable[[], object]) -> None:
    """Try to take a lock until it is free; raises the last OSError after LOCK_SECONDS."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            take()
        except (FileExistsError, BlockingIOError):
            if time.monotonic() > deadline:
                raise
            threading.Event().wait(0.01)  # nothing tells when another program lets go of a spool
        else:
            return


def tls_context(target: Target) -> ssl.SSLContext:
    """Return the TLS settings of errands, which look at no certificate."""
    context = ssl.create_default_context(cafile=target.tls.ca or None)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # certificates are judged by checks, not by errands
    return context


def imap_client(target: Target, endpoint: Endpoint, account: Account) -> imaplib.IMAP4:
    """Return a client for errands, logged in; raises OSError or imaplib's error."""
    client: imaplib.IMAP4
    if endpoint.implicit_tls:
        context = tls_context(target)
        client = imaplib.IMAP4_SSL(endpoint.host, endpoint.port, ssl_context=context, timeout=target.patience)
    else:
        client = imaplib.IMAP4(endpoint.host, endpoint.port, timeout=target.patience)
        if "STARTTLS" in client.capabilities and "LOGINDISABLED" in client.capabilities:
            client.starttls(tls_context(target))
    try:
        client.login(account.user, account.password)
    except (OSError, imaplib.IMAP4.error):
        client.shutdown()
        raise
    return client


def _by_imap(target: Target, endpoint: Endpoint, account: Account, raw: bytes) -> None:
    with imap_client(target, endpoint, account) as client:
        status, said = client.append("INBOX", "", "", raw)
        if status != "OK":
            raise imaplib.IMAP4.error(f"APPEND was answered {said}")


def _by_lmtp(target: Target, endpoint: Endpoint, account: Account, raw: bytes) -> None:
    with smtplib.LMTP(endpoint.host, endpoint.port, "mailconform.invalid") as client:
        if client.sock is not None:
            client.sock.settimeout(target.patience)
        client.sendmail(f"sender@{DOMAIN}", [account.address], raw)


def _by_smtp(target: Target, endpoint: Endpoint, account: Account, raw: bytes) -> None:
    with smtplib.SMTP(endpoint.host, endpoint.port, "mailconform.invalid", timeout=target.patience) as client:
        client.sendmail(f"sender@{DOMAIN}", [account.address], raw)
