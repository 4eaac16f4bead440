"""What a server may offer: the port's offset, the target file's scheme, and how its greeting begins.

Ports are 12000 + 100 * (the server's index) + the offset, so that every server of the lab has ports of its own and
all of them may run at once on one loopback. The first octets of a greeting are fixed by RFC 1939 section 4 (POP3),
RFC 3501 section 7.1 (IMAP) and RFC 5321 section 4.2 (SMTP and LMTP); whoever waits for a server compares them,
because a program that fails to load also writes octets. Who waits for the client to speak first greets nobody: of him
it is enough that he takes a connection.
"""

from __future__ import annotations

from dataclasses import dataclass

ADDRESS = "127.0.0.1"
FIRST_PORT = 12000
PORTS_PER_SERVER = 100
SINK_OFFSET = 27


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One kind of listener; its name is the scheme of the endpoint, except of a way to a verifier."""

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
    "http": Service(offset=8, greeting=b""),
    "https": Service(offset=44, greeting=b"", implicit_tls=True),
    "sieve": Service(offset=90, greeting=b'"'),
    "bind": Service(offset=29, greeting=b"220"),
    "xclient": Service(offset=26, greeting=b"220"),
    "proxy": Service(offset=28, greeting=b""),
    "policy": Service(offset=80, greeting=b""),
    "milter": Service(offset=81, greeting=b""),
}
WAYS_TO_VERIFIERS = frozenset({"bind", "xclient", "proxy", "policy", "milter"})
"""SMTP for a client of any address, or that believes what a client says of his, and what a server of SMTP asks others by: no endpoints."""


def port(index: int, service: str) -> int:
    """Give the TCP port on which the server of that index offers that service."""
    return FIRST_PORT + PORTS_PER_SERVER * index + SERVICES[service].offset


def nameserver(index: int) -> str:
    """Give the address at which the server of that index asks for names: the harness answers there, if it likes."""
    return f"127.53.{index}.53"


def sink_port(index: int) -> int:
    """Give the TCP port to which the server of that index hands on mail: the harness listens there, if it likes."""
    return FIRST_PORT + PORTS_PER_SERVER * index + SINK_OFFSET
