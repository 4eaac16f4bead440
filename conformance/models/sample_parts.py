"""What the messages of the sample mailbox are made of: header, mark and body (RFC 5322 section 3.6).

Invariant: equal drafts give equal octets, lines end in CRLF, and each message carries its mark once as Message-ID where
the draft names no other one, else in X-Mailconform.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from dataclasses import dataclass

_OWN = "own"


def key_of(name: str) -> bytes:
    """Return the 24 hex digits by which the specimen of this name is known."""
    return hashlib.sha256(b"sample mailbox\0" + name.encode()).hexdigest()[:24].encode()


def msg_id(name: str) -> bytes:
    """Return the msg-id of the specimen of this name, angle brackets included."""
    return b"<mailconform.%s@mailconform.invalid>" % key_of(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message in the making: None leaves a field out; `message_id` "own" is the mark, other octets need a second one."""

    name: str
    internaldate: dt.datetime
    date: str | None
    subject: str | None
    sender: str
    to: str | None = "anna@recipients.example"
    cc: str | None = None
    bcc: str | None = None
    message_id: bytes | str | None = _OWN
    extra: tuple[bytes, ...] = ()
    flags: tuple[bytes, ...] = ()
    body: bytes | None = None

    def with_body(self, body: bytes) -> Draft:
        return dataclasses.replace(self, body=body)

    @property
    def text(self) -> bytes:
        return b"Body of %s.\r\n" % self.name.encode() if self.body is None else self.body

    @property
    def octets(self) -> bytes:
        """The whole message."""
        named = (("Date", self.date), ("From", self.sender), ("To", self.to), ("Cc", self.cc), ("Bcc", self.bcc))
        fields = [f"{name}: {value}".encode() for name, value in named if value is not None]
        subject = [] if self.subject is None else [b"Subject: " + self.subject.encode()]
        return b"\r\n".join([*fields, *subject, *self._mark, *self.extra, b"", self.text])

    @property
    def _mark(self) -> list[bytes]:
        if self.message_id == _OWN:
            return [b"Message-ID: " + msg_id(self.name)]
        mark = b"X-Mailconform: " + key_of(self.name)
        return [mark, b"Message-ID: " + self.message_id] if isinstance(self.message_id, bytes) else [mark]
