"""What a server may offer: the port's offset, the target file's scheme, and how its greeting begins.

Ports are 12000 + 100 * (the server's index) + the offset, so that every server of the lab has ports of its own and
all of them may run at once on one loopback. The first octets of a greeting are fixed by RFC 1939 section 4 (POP3),
RFC 3501 section 7.1 (IMAP) and RFC 5321 section 4.2 (SMTP and LMTP); whoever waits for a server compares them,
because a program that fails to load also writes octets.
"""

from __future__ import annotations

from dataclasses import dataclass

ADDRESS = "127.0.0.1"
FIRST_PORT = 12000
PORTS_PER_SERVER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One kind of listener; its name is the scheme of the endpoint."""

    offset: int
    greeting: bytes
    implicit_tls: bool = False


SERVICES = {
    "pop3": Service(offset=10, greeting=b"+OK"),
    "pop3s": Service(offset=95, greeting=b"+OK", implicit_tls=True),
    "imap": Service(offset=43, greeting=b"* OK"),
    "imaps": Service(offset=93, greeting=b"* OK", implicit_tls=True),
    "lmtp": Service(offset=24, greeting=b"220"),
    "smtp": Service(offset=25, greeting=b"220"),
    "smtps": Service(offset=65, greeting=b"220", implicit_tls=True),
    "submission": Service(offset=87, greeting=b"220"),
    "sieve": Service(offset=90, greeting=b'"'),
}


def port(index: int, service: str) -> int:
    """Give the TCP port on which the server of that index offers that service."""
    return FIRST_PORT + PORTS_PER_SERVER * index + SERVICES[service].offset
