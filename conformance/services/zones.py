"""What a zone answers to a question: RFC 1034 section 4.3.2 over a mapping of names, and the octets of the answer.

Invariant: octets that come from a client never raise here. A zone that DNS cannot carry does, once, when it is read.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.SPF import SPF
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from conformance.vectors import Record, Trouble, Zone

UDP_OCTETS = 512
"""The largest answer over UDP to a question without EDNS (RFC 1035 section 4.2.1)."""
EDNS_OCTETS = 4096
STRING_OCTETS = 255
_RDATA_OCTETS = 65_535
_IN = dns.rdataclass.IN
_CLASSES: Mapping[str, Any] = {
    made.__name__: made for made in (A, AAAA, CNAME, MX, PTR, SOA, SPF, TXT)
}  # Any: some of their constructors have no annotations
HEADER = 12
"""The octets that every message begins with (RFC 1035 section 4.1.1)."""


class ZoneError(Exception):
    """A zone holds what no name server can answer; the message says where and what."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question: the name as it was asked, without the last dot; the type's name; "udp" or "tcp"."""

    name: str
    type: str
    transport: str


@dataclass(frozen=True, slots=True)
class Node:
    """What stands at one name; names that only have names below them have an empty one."""

    rrsets: tuple[dns.rrset.RRset, ...] = ()
    trouble: Trouble | None = None

    def of(self, kind: dns.rdatatype.RdataType) -> tuple[dns.rrset.RRset, ...]:
        """Return the records of a type, or of all (RFC 1035 section 3.2.3)."""
        return tuple(rrset for rrset in self.rrsets if kind in (rrset.rdtype, dns.rdatatype.ANY))


@dataclass(frozen=True, slots=True)
class Found:
    """What the zone has for a question: the chain of CNAMEs and what it leads to."""

    rrsets: tuple[dns.rrset.RRset, ...]
    exists: bool
    trouble: Trouble | None = None


class Published:
    """A zone ready to be asked; raises ZoneError for what DNS cannot carry."""

    def __init__(self, zone: Zone) -> None:
        self._nodes: dict[dns.name.Name, Node] = {dns.name.root: Node()}
        for text, entries in zone.items():
            name = _name(text, text)
            records = [entry for entry in entries if isinstance(entry, Record)]
            troubles = [entry for entry in entries if isinstance(entry, Trouble)]
            self._nodes[name] = Node(_rrsets(text, name, records), troubles[0] if troubles else None)
            while name != dns.name.root:
                name = name.parent()
                self._nodes.setdefault(name, Node())

    def look_up(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> Found:
        """Answer a question, following CNAMEs; a chain that comes back to itself ends there."""
        chain: list[dns.rrset.RRset] = []
        seen: set[dns.name.Name] = set()
        while name not in seen:
            seen.add(name)
            node = self._node(name)
            if node is None:
                return Found(tuple(chain), exists=False)
            alias = () if node.of(kind) else node.of(dns.rdatatype.CNAME)
            chain += [_owned(rrset, name) for rrset in alias or node.of(kind)]
            if not alias:
                return Found(tuple(chain), exists=True, trouble=None if node.of(kind) else node.trouble)
            name = alias[0][0].target
        return Found(tuple(chain), exists=True)

    def _node(self, name: dns.name.Name) -> Node | None:
        """Return what stands at a name, or at the wildcard below its closest encloser (RFC 4592 section 3.3.1)."""
        if name in self._nodes:
            return self._nodes[name]
        while name not in self._nodes:
            name = name.parent()
        try:
            return self._nodes.get(dns.name.Name((b"*", *name.labels)))
        except dns.name.NameTooLong:
            return None


def _owned(rrset: dns.rrset.RRset, name: dns.name.Name) -> dns.rrset.RRset:
    """Return the records under the name that was asked for, letter for letter."""
    owned = dns.rrset.RRset(name, _IN, rrset.rdtype)
    for rdata in rrset:
        owned.add(rdata, 0)
    return owned


def _name(text: str, where: str) -> dns.name.Name:
    """Make a name of labels between dots: nothing in it is an escape."""
    labels = [label.encode() for label in text.removesuffix(".").split(".")]
    try:
        return dns.name.Name([*labels, b""] if labels != [b""] else [b""])
    except dns.exception.DNSException as error:
        raise ZoneError(f"zone, {where}: {text!r} is no domain name: {error}") from error


def _rrsets(where: str, name: dns.name.Name, records: list[Record]) -> tuple[dns.rrset.RRset, ...]:
    rrsets: dict[str, dns.rrset.RRset] = {}
    for record in records:
        rdata = _rdata(where, record)
        rrsets.setdefault(record.type, dns.rrset.RRset(name, _IN, rdata.rdtype)).add(rdata, 0)
    return tuple(rrsets.values())


def _rdata(where: str, record: Record) -> dns.rdata.Rdata:
    place = f"{where} {record.type}"
    if record.type not in _CLASSES:
        raise ZoneError(f"zone, {place}: records of this type are not known here")
    try:
        rdata = _made(record.type, *_fields(record, place))
    except (ValueError, TypeError, IndexError, dns.exception.DNSException) as error:
        raise ZoneError(f"zone, {place}: {str(record.value)[:80]!r}: {error}") from error
    if len(rdata.to_wire() or b"") > _RDATA_OCTETS:
        raise ZoneError(f"zone, {place}: more than {_RDATA_OCTETS} octets")
    return rdata


def _fields(record: Record, place: str) -> tuple[Any, ...]:
    """Return what a record holds, as dnspython takes it."""
    match record.type:
        case "A":
            return (str(ipaddress.IPv4Address(record.value)),)
        case "AAAA":
            return (str(ipaddress.IPv6Address(record.value)),)
        case "MX":
            preference, exchange = record.value
            return int(preference), _name(exchange, place)
        case "TXT" | "SPF":
            return (strings(record.value),)
    return (_name(record.value, place),)


def _made(kind: str, *fields: Any) -> dns.rdata.Rdata:
    rdata: dns.rdata.Rdata = _CLASSES[kind](_IN, dns.rdatatype.from_text(kind), *fields)
    return rdata


def strings(value: str | bytes | tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return the character-strings of a TXT record (RFC 1035 section 3.3.14): as listed, or one text cut at 255 octets."""
    if isinstance(value, tuple):
        return value or (b"",)
    octets = value.encode() if isinstance(value, str) else value
    pieces = [octets[at : at + STRING_OCTETS] for at in range(0, len(octets), STRING_OCTETS)]
    return tuple(pieces) or (b"",)


# Octets


def question(asked: bytes) -> dns.message.Message | bytes | None:
    """Read a query; what cannot be read has its answer in octets already, and what is no query has none.

    Only opcode QUERY with one question is known here (RFC 1035 section 4.1.1); EDNS is (RFC 6891).
    """
    if len(asked) < HEADER or asked[2] & 0x80:
        return None
    if asked[2] & 0x78:
        return _refusal(asked, dns.rcode.NOTIMP)
    try:
        query = dns.message.from_wire(asked, ignore_trailing=True)
    except Exception:  # whatever a library does with a stranger's octets
        return _refusal(asked, dns.rcode.FORMERR)
    if len(query.question) != 1 or any((query.answer, query.authority)):
        return _refusal(asked, dns.rcode.FORMERR)
    return query


def _refusal(asked: bytes, rcode: dns.rcode.Rcode) -> bytes:
    """Return a header alone: the identifier and the bits that are copied, and what is wrong."""
    return asked[:2] + bytes((0x80 | asked[2] & 0x79, 0x80 | rcode)) + bytes(8)


def logged(query: dns.message.Message, transport: str) -> Query:
    """Return what the log says of a question."""
    asked = query.question[0]
    name = ".".join(label.decode("latin-1") for label in asked.name.labels[:-1])
    return Query(name, dns.rdatatype.to_text(asked.rdtype), transport)


def answer(zone: Published, query: dns.message.Message, transport: str) -> bytes | None:
    """Return what is said to a question, None for silence; over UDP it is cut to what the client takes, with TC."""
    asked = query.question[0]
    response = dns.message.make_response(query, recursion_available=True, our_payload=EDNS_OCTETS)
    if query.edns > 0:
        response.set_rcode(dns.rcode.BADVERS)
        return response.to_wire()
    if asked.rdclass != _IN:
        response.set_rcode(dns.rcode.REFUSED)
        return response.to_wire()
    response.flags |= dns.flags.AA
    found = zone.look_up(asked.name, asked.rdtype)
    response.answer = list(found.rrsets)
    if not found.exists:
        response.set_rcode(dns.rcode.NXDOMAIN)
    if not found.exists or all(rrset.rdtype == dns.rdatatype.CNAME for rrset in found.rrsets):
        response.authority = [_start_of_authority()]
    if found.trouble is not None and not _afflict(response, found.trouble):
        return None
    octets = max(UDP_OCTETS, min(query.payload, EDNS_OCTETS)) if transport == "udp" else 0
    return response.to_wire(max_size=octets, prefer_truncation=True, want_shuffle=False)


def _start_of_authority() -> dns.rrset.RRset:
    """Return the SOA record of the root with no time to live, so that nobody keeps a negative answer (RFC 2308 section 3)."""
    rrset = dns.rrset.RRset(dns.name.root, _IN, dns.rdatatype.SOA)
    rrset.add(_made("SOA", dns.name.root, dns.name.root, 1, 0, 0, 0, 0), 0)
    return rrset


def _afflict(response: dns.message.Message, trouble: Trouble) -> bool:
    """Spoil a response; whether anything is said at all."""
    response.authority = []
    match trouble:
        case Trouble.SERVFAIL:
            response.set_rcode(dns.rcode.SERVFAIL)
        case Trouble.REFUSED:
            response.set_rcode(dns.rcode.REFUSED)
        case Trouble.TRUNCATED:  # over TCP as well: the whole answer is not to be had
            response.answer = []
            response.flags |= dns.flags.TC
        case Trouble.WRONG_ID:
            response.id ^= 1
    return trouble is not Trouble.TIMEOUT
