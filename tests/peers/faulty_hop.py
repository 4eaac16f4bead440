"""A relaying hop in front of a real server: it hands on what it takes, and loses, doubles, delays or spoils some of it."""

from __future__ import annotations

import contextlib
import itertools
import quopri
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from enum import StrEnum
from pathlib import Path

from conformance.faults import Act
from conformance.services.heard import Heard, Relayed
from conformance.services.hop import Conversation, Host
from conformance.target import Account, Endpoint, Mail, Target
from tests.peers.smtp_extended import KEYWORDS, Peer


class Manner(StrEnum):
    """What the hop does with every so manieth message."""

    PLAIN = "plain"
    LOSES = "loses"
    DOUBLES = "doubles"
    DELAYS = "delays"
    HOLDS = "holds"  # until it is released
    ALTERS = "alters"
    RENAMES = "renames"  # writes its name into the subject
    DOWNGRADES = "downgrades"  # as if the next hop had no 8BITMIME
    REFUSES = "refuses"
    RETURNS = "returns"  # takes it and sends a notice of failure to the sender
    TURNED = "turned"  # its clock is an hour ahead
    MUTE = "mute"  # has no answer to the end of the mail data


DELAY_SECONDS = 0.5
NOTICE = (
    b"From: <MAILER-DAEMON@hop.test>\r\nSubject: failed\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="hop"\r\n\r\n'
    b"--hop\r\n\r\nSorry.\r\n--hop\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; hop.test\r\n\r\n"
    b"Final-Recipient: rfc822; alice@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"--hop\r\nContent-Type: message/rfc822\r\n\r\n%b\r\n--hop--\r\n"
)


@dataclass(slots=True)
class Hop:
    """The hop: which manner, for one in how many messages, and where the next server listens."""

    manner: Manner
    every: int
    next_port: int
    taken: threading.Event = field(default_factory=threading.Event)
    """Set as soon as a message was taken."""
    released: threading.Event = field(default_factory=threading.Event)
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, command: bytes, _envelope: bytes, usual: bytes, _tls: bool) -> Sequence[Act]:
        if command[:4].upper() == b"AUTH":
            return [b"235 2.7.0 in\r\n"]
        if command[:4].upper() == b"RCPT" and self.manner is Manner.REFUSES and not next(self._serial) % self.every:
            return [b"550 5.7.1 not for you\r\n"]
        return [] if command == b"." and self.manner is Manner.MUTE else [usual]

    def take(self, relayed: Relayed) -> None:
        usual = self.manner is Manner.REFUSES or next(self._serial) % self.every
        manner = Manner.PLAIN if usual else self.manner
        stamp = formatdate(time.time() + 3600 * (manner is Manner.TURNED)).encode()
        received = b"Received: from here.test by hop.test with ESMTP;\r\n %b\r\n" % stamp
        message = replace(relayed, raw=received + spoilt(manner, relayed.raw))
        addresses = [address.decode() for address in relayed.recipients]
        if manner is Manner.RETURNS:
            message, addresses = replace(relayed, mail=b"MAIL FROM:<>", raw=NOTICE % relayed.raw), ["bob@example.org"]
        self.taken.set()
        threading.Thread(target=self._hand_on, args=(message, addresses, manner), daemon=True).start()

    def _hand_on(self, message: Relayed, addresses: list[str], manner: Manner) -> None:
        if manner is Manner.DELAYS:
            threading.Event().wait(DELAY_SECONDS)
        if manner is Manner.HOLDS:
            self.released.wait(30)
        for _ in range({Manner.LOSES: 0, Manner.DOUBLES: 2}.get(manner, 1)):
            Peer(Path(), KEYWORDS, self.next_port).relay(message, addresses)


def spoilt(manner: Manner, raw: bytes) -> bytes:
    """Return a message as the hop hands it on."""
    if manner is Manner.ALTERS:
        return raw.replace(b"The end.", b"The End.")
    if manner is Manner.RENAMES:
        return raw.replace(b"Subject: ", b"Subject: [hop] ")
    if manner is Manner.DOWNGRADES:
        head, gap, body = raw.partition(b"\r\n\r\n")
        encoded = quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        return head.replace(b"8bit", b"quoted-printable") + gap + encoded
    return raw


@contextlib.contextmanager
def hop(manner: Manner, next_server: Target, *, every: int = 1) -> Iterator[tuple[Hop, Target]]:
    """Put the hop in front of a server, and yield it with a target whose accounts are those of that server."""
    endpoint = next_server.endpoint("smtp")
    faulty = Hop(manner, every, endpoint.port if endpoint else 0)
    host = Host(faulty.answer, lambda *_: None, lambda *_: None, faulty.take, lambda _: KEYWORDS)
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            for number in itertools.count(1):
                conversation = Conversation(host, listening.accept()[0], Heard(number))
                threading.Thread(target=conversation.hold, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port = listening.getsockname()[1]
    endpoints = tuple(Endpoint(scheme=scheme, host="127.0.0.1", port=port) for scheme in ("smtp", "submission"))
    try:
        yield (
            faulty,
            Target(
                name="hop",
                endpoints=endpoints,
                accounts=next_server.accounts,
                patience=3.0,
                mail=Mail(delivery_wait=5.0),
            ),
        )
    finally:
        listening.close()


def target_file(target: Target, folder: Path) -> Path:
    """Write a target as a file."""
    endpoints = ", ".join(f'"{endpoint}"' for endpoint in target.endpoints)
    file = folder / f"{target.name}.toml"
    file.write_text(f'name = "{target.name}"\nendpoints = [{endpoints}]\n' + "".join(map(_account, target.accounts)))
    return file


def _account(account: Account) -> str:
    keys = [key for key in ("user", "password", "address", "maildir") if getattr(account, key)]
    return "[[account]]\n" + "".join(f'{key} = "{getattr(account, key)}"\n' for key in keys)
