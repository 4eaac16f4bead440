"""The Authentication-Results header field (RFC 8601 section 2.2), one function per rule, and what is registered for it.

Only results of the methods in METHODS are held against the register: other methods are extensions, which a reader
ignores (section 2.7.6). UTF-8 is taken where a message in UTF-8 may have it (RFC 6532).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.wire import rfc5322
from conformance.wire.received_spf import RESULTS as SPF_RESULTS
from conformance.wire.scanner import Message, Parsed, Scanner, parse

NAME = b"Authentication-Results"

METHODS: Mapping[str, frozenset[str]] = {
    "spf": frozenset({*SPF_RESULTS, "policy"}),
    "dkim": frozenset({"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"}),
    "dmarc": frozenset({"none", "pass", "fail", "temperror", "permerror"}),
    "auth": frozenset({"none", "pass", "fail", "temperror", "permerror"}),
    "iprev": frozenset({"pass", "fail", "temperror", "permerror"}),
}
"""The results that a method can have (RFC 8601 sections 2.7.1 to 2.7.4, RFC 7489 section 11.2)."""

_KEYWORD = re.compile(rb"(?:-*[A-Za-z0-9])+")
_DIGITS = re.compile(rb"[0-9]{1,9}")
_TOKEN = re.compile(rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+")
_PVALUE = re.compile(rb'[^ \t\r\n;()"]+')
_ADDRESS = re.compile(
    rb"(?:(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+\.)*[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+)?@"
    rb"(?:-*[A-Za-z0-9\x80-\xff])+(?:\.(?:-*[A-Za-z0-9\x80-\xff])+)+"
    rb"|(?:-*[A-Za-z0-9\x80-\xff])+(?:\.(?:-*[A-Za-z0-9\x80-\xff])+)+"
)
_LOST = re.compile(rb'[^;"(]+')


@dataclass(frozen=True, slots=True)
class Property:
    """One propspec: what was evaluated, ptype and property in lower case, and its value without quotes."""

    ptype: str
    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class ResInfo:
    """What one method came to; words in lower case, the comments wherever they stand in it."""

    method: str
    result: str
    version: int = 1
    reason: bytes | None = None
    properties: tuple[Property, ...] = ()
    comments: tuple[bytes, ...] = ()

    def value(self, ptype: str, name: str) -> bytes | None:
        """Return the value of a property, None without it."""
        return next((p.value for p in self.properties if (p.ptype, p.name) == (ptype, name)), None)


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """What a field says; no results is no-result: nothing was looked at."""

    authserv_id: bytes
    version: int
    results: tuple[ResInfo, ...]

    def of(self, method: str) -> tuple[ResInfo, ...]:
        """Return what is said of one method, in the version that is known here (RFC 8601 section 2.6)."""
        return tuple(info for info in self.results if (info.method, info.version) == (method, 1))


def read(field: Message) -> Parsed[AuthenticationResults]:
    """Read a whole field, folded as it stands, with its line end."""
    return parse(field, header_field)


def header_field(at: Scanner) -> AuthenticationResults:
    """authres-header-field = "Authentication-Results:" [CFWS] authserv-id [CFWS version] ( no-result / 1*resinfo ) [CFWS] CRLF."""
    rfc5322.field_name(at, NAME)
    rfc5322.cfws(at)
    authserv_id = _value(at, "authserv-id")
    rfc5322.cfws(at)
    version = int(at.take_maybe(_DIGITS) or b"1")
    rfc5322.cfws(at)
    return AuthenticationResults(authserv_id, version, _results(at))


def _value(at: Scanner, rule: str) -> bytes:
    """Value = token / quoted-string (RFC 2045 section 5.1, RFC 6532 section 3.2)."""
    quoted = rfc5322.quoted_string(at)
    return at.take(_TOKEN, rule, "a token or a quoted-string") if quoted is None else quoted


def _results(at: Scanner) -> tuple[ResInfo, ...]:
    found: list[ResInfo] = []
    nothing, start = False, at.at
    if not at.raw.startswith(b";", at.at):
        at.note("resinfo", "';'", at.at, min(at.at + 1, at.end))
        _to_semicolon(at)
    while at.maybe(b";"):
        comments = rfc5322.cfws(at) or []
        if _is_none(at):
            nothing = True
            rfc5322.cfws(at)
        else:
            info = _resinfo(at, comments)
            if info is not None:
                found.append(info)
        if at.at < at.end and not at.raw.startswith(b";", at.at):
            at.note("resinfo", "';'", at.at, at.at + 1)
            _to_semicolon(at)
    if nothing and found:
        at.note("no-result", 'either "none" or results', start, at.end)
    return tuple(found)


def _is_none(at: Scanner) -> bool:
    """no-result = [CFWS] ";" [CFWS] "none": whether it comes, and no method of that name."""
    place = at.at
    if at.take_maybe(_KEYWORD).lower() == b"none" and not at.raw.startswith((b"=", b"/"), at.at):
        return True
    at.at = place
    return False


def _resinfo(at: Scanner, comments: list[bytes]) -> ResInfo | None:
    """Resinfo = [CFWS] ";" methodspec [CFWS reasonspec] [CFWS 1*propspec], behind ";" and CFWS; None if it is none."""

    def skip() -> None:
        comments.extend(rfc5322.cfws(at) or ())

    method = at.take(_KEYWORD, "method", "a Keyword").decode().lower()
    skip()
    version = b"1"
    if at.maybe(b"/"):
        skip()
        version = at.take(_DIGITS, "method-version", "digits") or b"1"
        skip()
    if not method or not at.expect(b"=", "methodspec"):
        return None
    skip()
    start = at.at
    result = at.take(_KEYWORD, "result", "a Keyword").decode().lower()
    if result and result not in METHODS.get(method, {result}):
        at.note("registered-result", f"a result that is registered for {method}", start, at.at)
    skip()
    reason = None
    properties: list[Property] = []
    while at.at < at.end and not at.raw.startswith(b";", at.at):
        start = at.at
        word = at.take_maybe(_KEYWORD).decode().lower()
        skip()
        if word == "reason" and at.maybe(b"="):
            if reason is not None or properties:
                at.note("reasonspec", "one reason, before the properties", start, at.at)
            skip()
            reason = _value(at, "reasonspec")
        elif word and at.maybe(b"."):
            skip()
            name = at.take(_KEYWORD, "property", "a Keyword").decode().lower()
            skip()
            if not at.expect(b"=", "propspec"):
                break
            skip()
            properties.append(Property(word, name, _pvalue(at)))
        else:
            at.note("propspec", 'reason=, ptype.property= or ";"', start, max(at.at, start + 1))
            break
        skip()
    return ResInfo(method, result, int(version), reason, tuple(properties), tuple(comments))


def _pvalue(at: Scanner) -> bytes:
    """Pvalue = [CFWS] ( value / [ [local-part] "@" ] domain-name ) [CFWS], without its CFWS; as written where it is neither."""
    start = at.at
    quoted = rfc5322.quoted_string(at)
    if quoted is None:
        text = at.take(_PVALUE, "pvalue", "a value or an address")
        if text and not (_TOKEN.fullmatch(text) or (_ADDRESS.fullmatch(text) and _is_utf8(text))):
            at.note("pvalue", "a token, a quoted-string or an address", start, at.at)
        return text
    if not at.raw.startswith(b"@", at.at):
        return quoted
    domain = at.take(_PVALUE, "pvalue", "a domain-name")
    if not _ADDRESS.fullmatch(domain):
        at.note("pvalue", "a domain-name behind the '@'", start, at.at)
    return quoted + domain


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _to_semicolon(at: Scanner) -> None:
    """Step to the next ";" that stands in no comment and no quoted-string; always gets on."""
    while at.at < at.end and not at.raw.startswith(b";", at.at):
        if not at.take_maybe(_LOST) and rfc5322.comment(at) is None:
            rfc5322.quoted_string(at)


def write(said: AuthenticationResults) -> bytes:
    """Write a field on one line; the identifier, reasons and values are quoted, comments come behind the result."""
    parts = [NAME + b": " + rfc5322.quoted(said.authserv_id) + (b" %d" % said.version if said.version != 1 else b"")]
    for info in said.results:
        version = "" if info.version == 1 else f"/{info.version}"
        words = [f"{info.method}{version}={info.result}".encode()]
        words += [b"(" + text + b")" for text in info.comments]
        if info.reason is not None:
            words.append(b"reason=" + rfc5322.quoted(info.reason))
        words += [f"{p.ptype}.{p.name}=".encode() + rfc5322.quoted(p.value) for p in info.properties]
        parts.append(b" ".join(words))
    return b"; ".join(parts if said.results else [*parts, b"none"]) + b"\r\n"
