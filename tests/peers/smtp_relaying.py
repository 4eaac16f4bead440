"""An SMTP server that hands mail on by STARTTLS (RFC 3207), right or wrong about it: where a check of clients finds a liar."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from enum import StrEnum

from conformance.services.heard import Relayed
from conformance.wire import smtp
from tests.peers.smtp_extended import DOMAIN, RETRIES, Peer


class Manner(StrEnum):
    """What the client does otherwise than others."""

    PLAIN = "plain"
    NEVER = "never"  # says STARTTLS, which is its good right
    BREAKS_OFF = "breaks-off"  # where something came in clear behind 220, which is, too
    UNASKED = "unasked"  # says STARTTLS where that is not listed
    IN_CLEAR = "in-clear"  # says NOOP in clear behind 220
    GROUPED = "grouped"  # says NOOP in one go with STARTTLS
    DEFIANT = "defiant"  # shakes hands behind 454
    GREETLESS = "greetless"  # says NOOP first under TLS
    OLD_LIST = "old-list"  # goes by what was listed in clear
    CREDULOUS = "credulous"  # takes what came in clear for an answer under TLS
    AGAIN = "again"  # says STARTTLS once more where that is listed under TLS
    TWICE = "twice"  # hands a message on two times


class Client:
    """One connection to the next hop; OSError where that does not go on."""

    def __init__(self, connection: socket.socket, manner: Manner) -> None:
        self._connection, self._manner = connection, manner
        self._buffer = b""

    def hand_on(self, relayed: Relayed, addresses: list[str]) -> bool:
        """Hand a message on; whether it was taken."""
        self._reply()
        listed = self._hello()
        if self._wants_tls(listed) and self._start_tls():
            self._ask(b"NOOP") if self._manner is Manner.GREETLESS else None
            fresh = self._hello()
            listed = listed if self._manner is Manner.OLD_LIST else fresh
            if self._manner is Manner.AGAIN and b"STARTTLS" in listed:
                self._ask(b"STARTTLS")
        size = b" SIZE=%d" % len(relayed.raw) if b"SIZE" in listed else b""
        lines = [b"MAIL FROM:<%b>%b" % (relayed.reverse_path, size), *(b"RCPT TO:<%b>" % a.encode() for a in addresses)]
        self._say(lines, together=b"PIPELINING" in listed)
        self._ask(b"DATA")
        taken = self._ask(smtp.stuff(relayed.raw).removesuffix(b"\r\n")).startswith(b"250")
        self._ask(b"QUIT")
        return taken

    def _say(self, lines: list[bytes], *, together: bool) -> None:
        if not together:
            for line in lines:
                self._ask(line)
            return
        self._connection.sendall(b"".join(line + b"\r\n" for line in lines))
        for _ in lines:
            self._reply()

    def _wants_tls(self, listed: bytes) -> bool:
        return self._manner is Manner.UNASKED or (b"STARTTLS" in listed and self._manner is not Manner.NEVER)

    def _start_tls(self) -> bool:
        """Whether TLS is active now; a refusal leaves the session in clear."""
        said = self._ask(b"STARTTLS\r\nNOOP" if self._manner is Manner.GROUPED else b"STARTTLS")
        if not said.startswith(b"220") and self._manner is not Manner.DEFIANT:
            self._reply() if self._manner is Manner.GROUPED else None
            return False
        if self._manner is Manner.IN_CLEAR:
            self._ask(b"NOOP")
        if self._buffer and self._manner is Manner.BREAKS_OFF:
            raise ConnectionError("something came in clear")
        if self._manner is not Manner.CREDULOUS:
            self._buffer = b""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._connection = context.wrap_socket(self._connection)
        return True

    def _hello(self) -> bytes:
        return self._ask(b"EHLO " + DOMAIN.encode())

    def _ask(self, line: bytes) -> bytes:
        self._connection.sendall(line + b"\r\n")
        return self._reply()

    def _reply(self) -> bytes:
        said = b""
        while True:
            while b"\n" not in self._buffer:
                octets = self._connection.recv(1 << 16)
                if not octets:
                    raise ConnectionError("the hop has closed")
                self._buffer += octets
            line, _, self._buffer = self._buffer.partition(b"\n")
            said += line + b"\n"
            if line[3:4] != b"-":
                return said

    def close(self) -> None:
        self._connection.close()


class Relaying(Peer):
    """The server; what it takes for others is handed on in its manner, and tried again where that fails."""

    manner: Manner = Manner.PLAIN

    def relay(self, relayed: Relayed, addresses: list[str]) -> None:
        copies = 2 if self.manner is Manner.TWICE else 1
        for _ in range(RETRIES):
            with contextlib.suppress(OSError):
                connection = socket.create_connection(("127.0.0.1", self.sink), timeout=5)
                with contextlib.closing(Client(connection, self.manner)) as client:
                    copies -= client.hand_on(relayed, addresses)
            if not copies:
                return
            threading.Event().wait(0.2)


def relaying(manner: Manner) -> type[Relaying]:
    """Return the kind of server that has this manner."""
    return type("Mannered", (Relaying,), {"manner": manner})
