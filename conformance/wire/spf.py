"""SPF records (RFC 7208 sections 4.5 to 6 and 12): read with every violation in its place, and written.

A record with a violation is one that evaluates to permerror (section 4.6); what could be read is there all the same.
Text of a record is what its character-strings make together (section 3.3), without a line end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from conformance.wire import spf_macros
from conformance.wire.scanner import Message, Parsed, Scanner
from conformance.wire.spf_macros import MacroString

QUALIFIERS: Mapping[str, str] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
"""The result of a match (RFC 7208 section 4.6.2)."""

_VERSION = re.compile(rb"v=spf1(?= |\Z)", re.IGNORECASE)
_SPACES = re.compile(rb" +")
_TERM = re.compile(rb"[^ ]+")
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_.-]*(?==)")
_QUALIFIER = re.compile(rb"[-+?~]")
_MECHANISM = re.compile(rb"[A-Za-z0-9]+")
_IP4_LENGTH = re.compile(rb"/(0|[1-9][0-9]?)")
_IP6_LENGTH = re.compile(rb"/(0|[1-9][0-9]{0,2})")
_QNUM = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IP4_NETWORK = re.compile(rf"{_QNUM}(?:\.{_QNUM}){{3}}".encode())
_IP6_CHARACTERS = re.compile(rb"[0-9A-Fa-f:.]{2,45}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One mechanism with its qualifier; `name` in lower case. `start` and `end` are octets of the record.

    `domain` is None where none is given; `network` is that of ip4 and ip6, host bits kept as written. Prefix lengths are
    None where none is given.
    """

    name: str
    qualifier: str = "+"
    domain: MacroString | None = None
    network: IPv4Address | IPv6Address | None = None
    ip4_length: int | None = None
    ip6_length: int | None = None
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """One modifier, known or not; `name` in lower case. `start` and `end` are octets of the record."""

    name: str
    value: MacroString
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Record:
    """The terms of one record, in order."""

    terms: tuple[Directive | Modifier, ...]

    @property
    def directives(self) -> tuple[Directive, ...]:
        """The mechanisms, each with its qualifier, in order."""
        return tuple(term for term in self.terms if isinstance(term, Directive))

    def modifier(self, name: str) -> MacroString | None:
        """Return the value of a modifier, None without it."""
        return next((term.value for term in self.terms if isinstance(term, Modifier) and term.name == name), None)


def is_record(text: bytes) -> bool:
    """Whether a text begins with the version section, so that it is selected (RFC 7208 section 4.5)."""
    return _VERSION.match(text) is not None


def read(text: bytes) -> Parsed[Record]:
    """`record` (RFC 7208 section 12): read a whole text."""
    at = Scanner(text)
    terms: list[Directive | Modifier] = []
    at.take(_VERSION, "version", "v=spf1 and a space or the end")
    while at.at < at.end:
        if not at.take_maybe(_SPACES):
            at.note("terms", "a space before a term", at.at, at.at + 1)
        term = _TERM.match(at.raw, at.at)
        if term is None:
            break
        inner = Scanner(at.raw, at.at, term.end())
        inner.violations = at.violations
        found = _modifier(inner) if _NAME.match(at.raw, at.at, term.end()) else _directive(inner)
        if found is not None:
            terms.append(found)
        at.at = term.end()
    _once(at, terms)
    return Parsed(Message(text, 0), Record(tuple(terms)), tuple(at.violations))


def _once(at: Scanner, terms: list[Directive | Modifier]) -> None:
    """Record a violation for a `redirect` or an `exp` that is not the first (RFC 7208 section 6)."""
    for name in ("redirect", "exp"):
        for term in [term for term in terms if isinstance(term, Modifier) and term.name == name][1:]:
            at.note("modifier", f"{name} not more than once", term.start, term.end)


def _modifier(at: Scanner) -> Modifier:
    """`modifier`: a known name with a broken value is no unknown-modifier (RFC 7208 section 4.6.1).

    An unknown one is ignored, so it may have the letters that only explanations use.
    """
    start = at.at
    name = at.take(_NAME, "name", "a name").decode("ascii").lower()
    at.maybe(b"=")
    rule = spf_macros.domain_spec if name in ("redirect", "exp") else spf_macros.macro_string
    return Modifier(name=name, value=rule(at), start=start, end=at.end)


def _directive(at: Scanner) -> Directive | None:
    """`directive`; None with a violation for a mechanism that does not exist."""
    start = at.at
    qualifier = at.take_maybe(_QUALIFIER).decode("ascii") or "+"
    name = at.take_maybe(_MECHANISM).decode("ascii").lower()
    rule = _RULES.get(name)
    if rule is None:
        at.note("mechanism", "a mechanism, or a modifier with =", start)
        return None
    directive = rule(at, Directive(name=name, qualifier=qualifier, start=start, end=at.end))
    at.finish(name, "a space or the end")
    return directive


def _bare(_at: Scanner, bare: Directive) -> Directive:
    """`all` takes no argument."""
    return bare


def _domain(at: Scanner, bare: Directive) -> Directive:
    """`":" domain-spec`, as `include` and `exists` need it."""
    return replace(bare, domain=spf_macros.domain_spec(at)) if at.expect(b":", bare.name) else bare


def _domain_maybe(at: Scanner, bare: Directive) -> Directive:
    """`[ ":" domain-spec ]`, as `ptr` has it."""
    return replace(bare, domain=spf_macros.domain_spec(at)) if at.maybe(b":") else bare


def _domain_and_lengths(at: Scanner, bare: Directive) -> Directive:
    """`[ ":" domain-spec ] [ dual-cidr-length ]`, as `a` and `mx` have it.

    A domain-spec may contain slashes, but not end with one and digits: what looks like a length at the end is one.
    """
    domain = ip4 = ip6 = None
    if at.maybe(b":"):
        inner = Scanner(at.raw, at.at, _lengths_at(at))
        inner.violations = at.violations
        domain = spf_macros.domain_spec(inner)
        at.at = inner.end
    if not at.raw.startswith(b"//", at.at, at.end):
        ip4 = _length(at, _IP4_LENGTH, 32, "ip4-cidr-length")
    if at.raw.startswith(b"//", at.at, at.end):
        at.at += 1
        ip6 = _length(at, _IP6_LENGTH, 128, "ip6-cidr-length")
    return replace(bare, domain=domain, ip4_length=ip4, ip6_length=ip6)


def _lengths_at(at: Scanner) -> int:
    """Return where a dual-cidr-length at the end of a term begins."""
    term = at.raw[at.at : at.end]
    tail = len(term.rstrip(b"0123456789"))
    if tail == len(term) or not term[:tail].endswith(b"/"):
        return at.end
    if not term[:tail].endswith(b"//"):
        return at.at + tail - 1
    first = len(term[: tail - 2].rstrip(b"0123456789"))
    return at.at + (first - 1 if first < tail - 2 and term[:first].endswith(b"/") else tail - 2)


def _ip4(at: Scanner, bare: Directive) -> Directive:
    """`":" ip4-network [ ip4-cidr-length ]`."""
    if not at.expect(b":", bare.name):
        return bare
    network = at.take(_IP4_NETWORK, "ip4-network", "four numbers up to 255, with dots")
    length = _length(at, _IP4_LENGTH, 32, "ip4-cidr-length")
    return replace(bare, network=IPv4Address(network.decode("ascii")) if network else None, ip4_length=length)


def _ip6(at: Scanner, bare: Directive) -> Directive:
    """`":" ip6-network [ ip6-cidr-length ]`."""
    if not at.expect(b":", bare.name):
        return bare
    start = at.at
    try:
        network = IPv6Address(at.take_maybe(_IP6_CHARACTERS).decode("ascii"))
    except AddressValueError:
        at.note("ip6-network", "an address as in RFC 4291 section 2.2", start)
        return bare
    return replace(bare, network=network, ip6_length=_length(at, _IP6_LENGTH, 128, "ip6-cidr-length"))


def _length(at: Scanner, rule: re.Pattern[bytes], most: int, name: str) -> int | None:
    """Read a prefix length, None where none begins."""
    if not at.raw.startswith(b"/", at.at, at.end):
        return None
    start = at.at
    digits = at.take(rule, name, f"/ and a number from 0 to {most}")[1:]
    if digits and int(digits) > most:
        at.note(name, f"/ and a number from 0 to {most}", start, at.at)
        return None
    return int(digits) if digits else None


_RULES: Mapping[str, Callable[[Scanner, Directive], Directive]] = {
    "all": _bare,
    "include": _domain,
    "a": _domain_and_lengths,
    "mx": _domain_and_lengths,
    "ptr": _domain_maybe,
    "ip4": _ip4,
    "ip6": _ip6,
    "exists": _domain,
}


def write(record: Record) -> str:
    """Write a record as text: names in lower case, `+` left out, one space before each term."""
    return " ".join(["v=spf1", *map(_written, record.terms)])


def _written(term: Directive | Modifier) -> str:
    if isinstance(term, Modifier):
        return f"{term.name}={spf_macros.write(term.value)}"
    domain = "" if term.domain is None else f":{spf_macros.write(term.domain)}"
    network = "" if term.network is None else f":{term.network}"
    ip4 = "" if term.ip4_length is None else f"/{term.ip4_length}"
    # dual-cidr-length has a slash of its own before the length for IPv6
    double = "/" if term.name != "ip6" else ""
    ip6 = "" if term.ip6_length is None else f"{double}/{term.ip6_length}"
    return f"{term.qualifier.replace('+', '')}{term.name}{domain}{network}{ip4}{ip6}"
