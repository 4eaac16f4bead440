"""Questions to one resolver, and nobody else: each has its time, and all together have theirs.

Answers are a stranger's: whatever comes is a value, and what does not come has a reason.
"""

from __future__ import annotations

import ipaddress
import re
import time
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver

from conformance.discovery import CannotJudge

SECONDS = 5.0
"""The time of one question; an answer that is cut is asked for again over TCP, in the same time."""
ALL_SECONDS = 60.0
QUESTIONS = 50
UDP_OCTETS = 512
"""What an answer over UDP may have (RFC 1035 section 4.2.1)."""
PORT = 53
_SERVERS = 3


class Spent(Exception):
    """No more questions are asked; the message says which bound is met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The records of the type that was asked for, aliases followed; `trouble` says why nothing is known.

    `octets` is the size of question and answer in one message without EDNS.
    """

    records: tuple[dns.rdata.Rdata, ...] = ()
    octets: int = 0
    trouble: str = ""

    @property
    def void(self) -> bool:
        """Whether there is no such record, for certain (RFC 7208 section 4.6.4)."""
        return not self.records and not self.trouble

    @property
    def strings(self) -> tuple[tuple[bytes, ...], ...]:
        """The character-strings of each TXT record."""
        return tuple(tuple(getattr(record, "strings", ())) for record in self.records)

    @property
    def texts(self) -> tuple[bytes, ...]:
        """The text of each TXT record: its strings together, with nothing between (RFC 7208 section 3.3)."""
        return tuple(b"".join(strings) for strings in self.strings)


def server(text: str) -> tuple[str, int]:
    """Read HOST[:PORT], where the host is an address; raises ValueError for anything else."""
    match = re.fullmatch(r"\[([^]]+)\](?::([0-9]{1,5}))?|([^:]+)(?::([0-9]{1,5}))?", text)
    host, port = (text, PORT) if match is None else (match[1] or match[3], int(match[2] or match[4] or PORT))
    if not 0 < port <= 65_535:
        raise ValueError(f"{port} is no port")
    return str(ipaddress.ip_address(host)), port


def system_servers() -> tuple[tuple[str, int], ...]:
    """Return the resolvers of this system; raises CannotJudge if it has none."""
    try:
        known = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError) as error:
        raise CannotJudge("this system has no resolver: name one with --resolver") from error
    return tuple((str(address), PORT) for address in known[:_SERVERS])


def labels(name: str) -> dns.name.Name | None:
    """Make a name of labels between dots, None if it is no domain name."""
    try:
        return dns.name.Name([*(label.encode("ascii") for label in name.removesuffix(".").split(".")), b""])
    except (dns.exception.DNSException, UnicodeEncodeError):
        return None


class Resolver:
    """Asks each question once, the first server before the others."""

    def __init__(self, servers: tuple[tuple[str, int], ...]) -> None:
        self._servers = servers
        self._answers: dict[tuple[dns.name.Name, str], Answer] = {}
        self._ends = time.monotonic() + ALL_SECONDS

    def __str__(self) -> str:
        return ", ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self._servers)

    def ask(self, name: str, kind: str) -> Answer:
        """Ask for records of one type; raises Spent where a bound is met."""
        asked = labels(name)
        if asked is None:
            return Answer(trouble="that is no domain name")
        if (asked, kind) not in self._answers:
            if len(self._answers) >= QUESTIONS:
                raise Spent(f"{QUESTIONS} questions were asked")
            if time.monotonic() > self._ends:
                raise Spent(f"{ALL_SECONDS:g} seconds are over")
            self._answers[asked, kind] = self._fetch(dns.message.make_query(asked, kind, use_edns=False))
        return self._answers[asked, kind]

    def _fetch(self, query: dns.message.QueryMessage) -> Answer:
        ends = time.monotonic() + SECONDS
        trouble = "no answer"
        for position, (host, port) in enumerate(self._servers):
            seconds = max(ends - time.monotonic(), 0.0) / (len(self._servers) - position)
            try:
                response, _ = dns.query.udp_with_fallback(
                    query, host, timeout=seconds, port=port, ignore_unexpected=True, ignore_errors=True
                )
                answer = _read(query, response)
            except dns.exception.Timeout:
                trouble = f"no answer within {SECONDS:g} seconds"
            except (dns.exception.DNSException, OSError, EOFError, ValueError) as error:
                trouble = f"no answer that can be read ({type(error).__name__})"
            else:
                if not answer.trouble:
                    return answer
                trouble = answer.trouble
        return Answer(trouble=trouble)


def _read(query: dns.message.QueryMessage, response: dns.message.Message) -> Answer:
    if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(trouble=f"the answer is {dns.rcode.to_text(response.rcode())}")
    if response.flags & dns.flags.TC:
        return Answer(trouble="the answer is cut, over TCP as well")
    found = () if response.rcode() == dns.rcode.NXDOMAIN else _of_chain(response)
    whole = dns.message.make_response(query)
    whole.answer = response.answer
    return Answer(records=found, octets=len(whole.to_wire()))


def _of_chain(response: dns.message.Message) -> tuple[dns.rdata.Rdata, ...]:
    if not isinstance(response, dns.message.QueryMessage):
        return ()
    rrset = response.resolve_chaining().answer
    return () if rrset is None else tuple(rrset)
