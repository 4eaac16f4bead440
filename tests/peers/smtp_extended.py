"""An SMTP server with what no server of the lab has (BINARYMIME, a least by-time, SIZE 0 ...), made of the sink's conversation.

Checks that every server of the lab fails, or that none applies to, are proven on it. It delivers to Maildirs and hands the
mail of sink.test on at once; binary mail only to a hop that takes it (RFC 3030 section 3).
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import re
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from conformance.faults import Act
from conformance.services.heard import Heard, Relayed, parameters
from conformance.services.hop import Conversation, Host
from conformance.wire import smtp

DOMAIN = "peer.test"
KEYWORDS = (
    b"PIPELINING", b"8BITMIME", b"SMTPUTF8", b"DSN", b"ENHANCEDSTATUSCODES", b"CHUNKING", b"BINARYMIME", b"AUTH PLAIN CRAM-MD5",
)  # fmt: skip
USERS = ("ann", "bob")
LEAST = 100
"""Seconds: the least by-time of mode R, where one is announced (RFC 2852 section 3)."""
RETRIES = 20

REPORT = (
    "Subject: {action}\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="peer"\r\n\r\n'
    "--peer\r\n\r\nWhat became of your mail stands below.\r\n"
    "--peer\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; peer.test\r\n\r\n"
    "Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n--peer--\r\n"
)


def decoded(xtext: str) -> str:
    """Return what an xtext stands for (RFC 3461 section 4)."""
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), xtext)


def encoded(raw: bytes) -> bytes:
    """Return a binary message in base64, for a hop without BINARYMIME (RFC 3030 section 3)."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    return (
        head.replace(b"Encoding: binary", b"Encoding: base64") + gap + base64.encodebytes(body).replace(b"\n", b"\r\n")
    )


class Peer:
    """The server: `folder` holds the users' Maildirs, `sink` is the port of the next hop."""

    def __init__(self, folder: Path, keywords: Sequence[bytes], sink: int) -> None:
        self._folder, self.sink = folder, sink
        self._serial = itertools.count(1)
        self.host = Host(self.answer, lambda *_: None, lambda *_: None, self.take, lambda _: tuple(keywords))

    def answer(self, command: bytes, envelope: bytes, usual: bytes, _tls: bool) -> Sequence[Act]:
        verb = smtp.verb_of(command)
        if verb == b"AUTH":
            early = re.match(rb"AUTH CRAM-MD5 .", command, re.IGNORECASE)
            return [b"501 5.7.0 the server speaks first\r\n" if early else b"235 2.7.0 in\r\n"]
        if verb == b"VRFY":
            return [b"252 2.1.5 send some mail\r\n"]
        if verb == b"DATA" and b"body=binarymime" in envelope:
            return [b"503 5.5.1 binary mail comes by BDAT\r\n"]
        refusal = self._refusal(verb, command) if usual.startswith(b"250") and verb in (b"MAIL", b"RCPT") else b""
        return [refusal or usual]

    @staticmethod
    def _refusal(verb: bytes, command: bytes) -> bytes:
        path, given = command.partition(b"<")[2].partition(b">")[0], parameters(command)
        if b".." in path:
            return b"501 5.1.7 bad syntax\r\n" if verb == b"MAIL" else b"501 5.1.3 bad syntax\r\n"
        if not path.isascii() and "SMTPUTF8" not in given and verb == b"MAIL":
            return b"553 5.6.7 not without SMTPUTF8\r\n"
        if not decoded(given.get("ENVID", "") + given.get("ORCPT", "")).isprintable():
            return b"501 5.5.4 not printable\r\n"
        if not decoded(given.get("ENVID", "") + given.get("ORCPT", "")).isascii():
            return b"501 5.5.4 not ASCII\r\n"
        by, _, mode = given.get("BY", "").partition(";")
        if mode.upper().startswith("R") and by.isdigit() and int(by) < LEAST:
            return b"553 5.5.4 too soon\r\n"
        if given.get("SIZE", "").isdigit() and int(given["SIZE"]) > 1 << 50:
            return b"452 4.3.1 no disk holds that\r\n"
        local, _, domain = path.decode("utf-8", "replace").rpartition("@")
        known = domain == "sink.test" or (domain == DOMAIN and local in USERS)
        return b"" if verb == b"MAIL" or known else b"550 5.1.1 nobody\r\n"

    def take(self, relayed: Relayed) -> None:
        addresses = [recipient.decode() for recipient in relayed.recipients]
        for local, _, domain in (address.rpartition("@") for address in addresses):
            if domain == DOMAIN:
                self._deliver(local, relayed.reverse_path, relayed.raw)
        elsewhere = [address for address in addresses if not address.endswith("@" + DOMAIN)]
        if elsewhere:
            threading.Thread(target=self.relay, args=(relayed, elsewhere), daemon=True).start()

    def _deliver(self, user: str, sender: bytes, raw: bytes) -> None:
        named = f"{next(self._serial)}.peer"
        trace = b"Return-Path: <%b>\r\nSender: <ann@%b>\r\n" % (sender, DOMAIN.encode())
        draft = self._folder / user / "tmp" / named
        draft.write_bytes(trace + raw)
        draft.rename(self._folder / user / "new" / named)

    def relay(self, relayed: Relayed, addresses: list[str]) -> None:
        """Name all recipients in one transaction; those that are refused are tried again (RFC 5321 section 4.5.3.1.10)."""
        left = addresses
        for attempt in range(RETRIES):
            with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self.sink) as client:
                client.ehlo(DOMAIN)
                binary = relayed.parameters.get("BODY", "").upper() == "BINARYMIME"
                raw = relayed.raw if not binary or client.has_extn("binarymime") else encoded(relayed.raw)
                binary = binary and raw == relayed.raw
                client.mail(relayed.reverse_path.decode(), ["BODY=BINARYMIME"] if binary else [])
                refused = [address for address in left if client.rcpt(address)[0] // 100 != 2]
                if len(refused) < len(left):
                    self._send(client, raw, binary=binary)
                left = refused
                if not left:
                    return
                if relayed.parameters.get("BY", "").upper().endswith("N") and not attempt:
                    self._report(relayed, left, "delayed", "4.4.7")
            threading.Event().wait(0.2)
        self._report(relayed, left, "failed", "5.4.7")

    @staticmethod
    def _send(client: smtplib.SMTP, raw: bytes, *, binary: bool) -> None:
        if binary:
            client.send(b"BDAT %d LAST\r\n" % len(raw) + raw)
            client.getreply()
        else:
            client.data(raw)

    def _report(self, relayed: Relayed, addresses: list[str], action: str, status: str) -> None:
        user = relayed.reverse_path.decode().partition("@")[0]
        for address in addresses:
            self._deliver(user, b"", REPORT.format(address=address, action=action, status=status).encode())


@contextlib.contextmanager
def serving(
    folder: Path, *more: bytes, name: str = "extended", scheme: str = "smtp", kind: Callable[..., Peer] = Peer
) -> Iterator[Path]:
    """Run the server with more keywords, of one kind or another, and yield the path of its target file."""
    for user, place in itertools.product(USERS, ("new", "cur", "tmp")):
        (folder / user / place).mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        sink = free.getsockname()[1]
    listening = socket.create_server(("127.0.0.1", 0))
    peer = kind(folder, (*KEYWORDS, *more), sink)

    def accept() -> None:
        with contextlib.suppress(OSError):
            for number in itertools.count(1):
                conversation = Conversation(peer.host, listening.accept()[0], Heard(number))
                threading.Thread(target=conversation.hold, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port = listening.getsockname()[1]
    schemes = ("smtp", "submission") if scheme == "smtp" else (scheme,)
    endpoints = ", ".join(f'"{named}://127.0.0.1:{port}"' for named in schemes)
    accounts = "".join(
        f'[[account]]\nuser = "{user}"\npassword = "secret"\naddress = "{user}@{DOMAIN}"\nmaildir = "{folder / user}"\n'
        for user in USERS
    )
    file = folder / "target.toml"
    file.write_text(
        f'name = "{name}"\nendpoints = [{endpoints}]\npatience = "3s"\n{accounts}'
        f'[mail]\nsink_domain = "sink.test"\nsmarthost_sink = "127.0.0.1:{sink}"\ndelivery_wait = "8s"\n'
    )
    try:
        yield file
    finally:
        listening.close()
