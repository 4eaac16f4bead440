"""Trace fields: what a server writes on top of a message, read by the ABNF of RFC 5321 section 4.4.

Read liberally where the rules leave room: comments and folds stand wherever CFWS or FWS may, keywords are of any letter
case, `by` may have TCP-info, an id may have dots, additional clauses may stand anywhere behind `by`. What departs from
the ABNF beyond that is a violation with the name of the rule. Invariant: reading never raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.models.sent_dates import date_time
from conformance.wire.scanner import Scanner, Violation

PROTOCOLS = frozenset(
    utf8 + name + how
    for utf8, name in ((b"", b"SMTP"), (b"", b"ESMTP"), (b"", b"LMTP"), (b"UTF8", b"SMTP"), (b"UTF8", b"LMTP"))
    for how in ((b"",) if utf8 + name == b"SMTP" else (b"", b"A", b"S", b"SA"))
) | {b"MMS"}
"""The registered names of the WITH clause, in upper case (RFC 3848, RFC 6531 section 4.3, RFC 4356)."""
LINKS = frozenset((b"TCP", b"UUCP"))
"""The registered names of the VIA clause."""
OPTIONAL = (b"via", b"with", b"id", b"for")
REGISTERED = frozenset((b"from", b"by", *OPTIONAL, b"tls", b"group"))
"""Clauses of RFC 5321 section 4.4, and those of RFC 8314 section 4.3."""

_ATOM = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+")
_WORD = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\xff-]+")
_QUOTED = rb'"(?:[^"\\]|\\.)*"'
_LABEL = rb"[A-Za-z0-9_\x80-\xff](?:[A-Za-z0-9_\x80-\xff-]*[A-Za-z0-9_\x80-\xff])?"
_DOMAIN = re.compile(rb"%b(?:\.%b)*(?![A-Za-z0-9.@-])" % (_LABEL, _LABEL))
_LITERAL = re.compile(rb"\[[^\[\]\\\s]+\]")
_MAILBOX = re.compile(rb"(?:%b|[^\s<>()\[\]\\,;:@\"]+)@(?:\[[^\[\]\\\s]+\]|[^\s<>()\[\]\\,;:@\"]+)" % _QUOTED)
_PATH = re.compile(rb"<(?:%b|[^<>\"])*>" % _QUOTED)
_STRING = re.compile(rb"%b|%b" % (_QUOTED, _WORD.pattern))
_TCP_INFO = re.compile(rb"\((?:[^\s()\[\]]+[ \t]+)?\[[^\[\]\\\s]+\]\)")
_WHITE = re.compile(rb"[ \t]+")
_NOT_WHITE = re.compile(rb"[^ \t]*")
_DATE = re.compile(
    rb"(?:[A-Za-z]{3},[ \t]*)?\d{1,2}[ \t]+[A-Za-z]{3}[ \t]+\d{4,}[ \t]+\d\d:\d\d(?::\d\d)?[ \t]+[+-]\d{4}"
)


@dataclass(frozen=True, slots=True)
class Received:
    """One time stamp line: clause name in lower case and value in order, the date as text, what is wrong."""

    clauses: tuple[tuple[bytes, bytes], ...]
    date: bytes
    violations: tuple[Violation, ...]
    source: bytes = b""
    """Everything in front of `by`, comments included."""

    def value(self, name: bytes) -> bytes | None:
        """The value of the first clause of this name, None without one."""
        return next((value for known, value in self.clauses if known == name), None)

    def wrong(self, *rules: str) -> list[Violation]:
        """The violations of these rules."""
        return [violation for violation in self.violations if violation.rule in rules]


def fields(message: bytes) -> list[bytes]:
    """Return the header fields of a message as they stand there, folds and line ends included (RFC 5322 section 2.2)."""
    head = (b"\r\n" + message).partition(b"\r\n\r\n")[0][2:] + b"\r\n"
    return re.findall(rb"[^\r\n][^\n]*\n(?:[ \t][^\n]*\n)*", head)


def named(name: bytes, among: list[bytes]) -> list[bytes]:
    """Return the fields of one name."""
    return [field for field in among if re.match(rb"%b[ \t]*:" % re.escape(name), field, re.IGNORECASE)]


def added(message: bytes, sent: bytes) -> list[bytes]:
    """Return the fields that stand in front of all that were sent."""
    ours = fields(sent)
    found = fields(message)
    first = next((place for place, field in enumerate(found) if field in ours), len(found))
    return found[:first]


def read_received(field: bytes) -> Received:
    """Time-stamp-line (RFC 5321 section 4.4)."""
    at = Scanner(re.sub(rb"\r\n(?=[ \t])", b"", field).rstrip(b"\r\n"))
    _name(at, b"Received:", "Time-stamp-line")
    clauses: list[tuple[bytes, bytes]] = []
    start = at.at
    for keyword, rule in ((b"from", "From-domain"), (b"by", "By-domain")):
        _cfws(at)
        source = at.raw[start : at.at]
        if _keyword(at, keyword):
            clauses.append((keyword, _extended_domain(at, rule)))
        else:
            at.note(rule, f"{keyword.decode()} and a domain")
    _optional(at, clauses)
    if not at.expect(b";", "Stamp"):
        at.at = at.raw.rfind(b";") + 1 or at.end
    if at.at < at.end and not at.take_maybe(_WHITE):
        at.note("Stamp", "a space behind the semicolon")
    return Received(tuple(clauses), _date(at), tuple(at.violations), source)


def read_return_path(field: bytes) -> tuple[bytes | None, tuple[Violation, ...]]:
    """Return-path-line (RFC 5321 section 4.4): what stands in the angle brackets, None without them."""
    at = Scanner(re.sub(rb"\r\n(?=[ \t])", b"", field).rstrip(b"\r\n"))
    _name(at, b"Return-Path:", "Return-path-line")
    at.take_maybe(_WHITE)
    path = at.take(_PATH, "Reverse-path", "a path in angle brackets")
    at.take_maybe(_WHITE)
    at.finish("Return-path-line", "nothing behind the path")
    return path[1:-1] if path else None, tuple(at.violations)


def without_comments(text: bytes) -> bytes:
    """Return a field's text with its comments gone (RFC 5322 section 3.2.2)."""
    kept, at = b"", Scanner(text)
    while at.at < at.end:
        if at.raw.startswith(b"(", at.at):
            _comment(at)
        else:
            kept += at.raw[at.at : at.at + 1]
            at.at += 1
    return kept


def _name(at: Scanner, name: bytes, rule: str) -> None:
    if at.raw[: len(name)].lower() == name.lower():
        at.at = len(name)
    else:
        at.note(rule, name.decode())
    if not re.match(rb"[ \t]", at.raw[at.at : at.at + 1]):
        at.note(rule, "a space behind the colon", at.at, at.at + 1)


def _keyword(at: Scanner, keyword: bytes) -> bool:
    """Step over a keyword and the white space behind it."""
    found = re.compile(rb"%b[ \t]+" % keyword, re.IGNORECASE).match(at.raw, at.at)
    at.at = found.end() if found else at.at
    return found is not None


def _cfws(at: Scanner) -> bool:
    """Step over white space and comments; whether there are any."""
    start = at.at
    while at.take_maybe(_WHITE) or at.raw.startswith(b"(", at.at):
        if at.raw.startswith(b"(", at.at):
            _comment(at)
    return at.at > start


def _comment(at: Scanner) -> None:
    """Step over a comment, those inside it, and quoted pairs; one without an end is a violation."""
    start, depth = at.at, 0
    while at.at < at.end:
        octet = at.raw[at.at : at.at + 1]
        at.at += 2 if octet == b"\\" else 1
        depth += {b"(": 1, b")": -1}.get(octet, 0)
        if not depth:
            return
    at.at = at.end
    at.note("comment", "a closing parenthesis", start)


def _extended_domain(at: Scanner, rule: str) -> bytes:
    """Domain, either with TCP-info, or an address literal, which needs it."""
    if literal := at.take_maybe(_LITERAL):
        at.take_maybe(_WHITE)
        if not _TCP_INFO.match(at.raw, at.at):
            at.note("Extended-Domain", "TCP-info in parentheses behind an address literal")
        return literal
    domain = at.take(_DOMAIN, rule, "a domain or an address literal")
    return domain or at.take_maybe(_NOT_WHITE)


def _optional(at: Scanner, clauses: list[tuple[bytes, bytes]]) -> None:
    """Opt-info: via, with, id and for, each at most once and in this order, and additional clauses."""
    reached = -1
    while True:
        apart = _cfws(at)
        start = at.at
        name = at.take_maybe(_ATOM).lower()
        if not name:
            return
        if not apart:
            at.note("CFWS", "a space in front of each clause", start)
        if not at.take_maybe(_WHITE):
            at.note("FWS", "a space behind each keyword")
            return
        if name in OPTIONAL:
            if OPTIONAL.index(name) <= reached:
                at.note("Opt-info", "via, with, id, for: in this order, and once", start)
            reached = max(reached, OPTIONAL.index(name))
        clauses.append((name, _value(at, name)))


def _value(at: Scanner, name: bytes) -> bytes:
    if name == b"for":
        return at.take_maybe(_PATH) or at.take(_MAILBOX, "For", "one path or mailbox")
    if name == b"id":
        return at.take_maybe(_PATH) or at.take(_WORD, "ID", "an atom or a msg-id")
    if name in (b"via", b"with"):
        return at.take(_ATOM, name.decode().capitalize(), "an atom")
    return at.take(_STRING, "Additional-Registered-Clauses", "an atom or a quoted string")


def _date(at: Scanner) -> bytes:
    """date-time without its obsolete forms, comments behind it; returns its text with comments."""
    start = at.at
    text = at.rest()
    plain = without_comments(text).strip()
    if not _DATE.fullmatch(plain):
        at.note("date-time", "day, month, year of four digits, time and numeric zone", start)
    elif date_time(plain.decode("latin-1").replace(":60 ", ":59 ")) is None:  # a leap second is in no calendar of ours
        at.note("date-time", "a date of the calendar", start)
    return text
