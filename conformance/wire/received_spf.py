"""The Received-SPF header field (RFC 7208 section 9.1), one function per rule.

Two points of its grammar need a word. The FWS behind the result is demanded here only where something follows, since
CRLF ends the field as well. And an unquoted value is a dot-atom, which has neither ":" nor "@": what verifiers write
there, and the section's own third example, is kept as it stands and recorded under the quirk `unquoted-value`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.wire import rfc5322
from conformance.wire.scanner import Message, Parsed, Scanner, parse

NAME = b"Received-SPF"
RESULTS = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")
"""What a check can come to (RFC 7208 section 2.6)."""
IDENTITIES = ("mailfrom", "helo")

_WORD = re.compile(rb"[A-Za-z]+")
_KEY = re.compile(rb"[A-Za-z][A-Za-z0-9._-]*")
_LAX_VALUE = re.compile(rb'[^ \t\r\n;()"]+')
_LOST = re.compile(rb'[^;"(]+')


@dataclass(frozen=True, slots=True)
class ReceivedSpf:
    """What a field says: the result ("" if it is none of RESULTS), its comment, and the pairs in order, keys in lower case."""

    result: str
    comment: bytes | None
    pairs: tuple[tuple[str, bytes], ...]

    def value(self, key: str) -> bytes | None:
        """Return the value of the first pair with this key, None without one."""
        return next((value for name, value in self.pairs if name == key), None)

    @property
    def identity(self) -> str:
        """The identity that was checked, in lower case; what the field tells of it when it has no such key, else empty.

        A field with envelope-from is about MAIL FROM (RFC 7208 section 9.1).
        """
        named = self.value("identity")
        if named is not None:
            return named.decode("latin-1").lower()
        return "mailfrom" if self.value("envelope-from") is not None else ""


def read(field: Message) -> Parsed[ReceivedSpf]:
    """Read a whole field, folded as it stands, with its line end."""
    return parse(field, header_field)


def header_field(at: Scanner) -> ReceivedSpf:
    """header-field = "Received-SPF:" [CFWS] result FWS [comment FWS] [key-value-list] CRLF."""
    rfc5322.field_name(at, NAME)
    rfc5322.cfws(at)
    result = _result(at)
    comment = None
    if at.at < at.end:
        _gap(at)
        comment = rfc5322.comment(at)
        if comment is not None and at.at < at.end:
            _gap(at)
    return ReceivedSpf(result, comment, key_value_list(at))


def _result(at: Scanner) -> str:
    start = at.at
    word = at.take_maybe(_WORD).decode().lower()
    if word not in RESULTS:
        at.note("result", " / ".join(RESULTS), start, max(at.at, min(start + 1, at.end)))
        return ""
    return word


def _gap(at: Scanner) -> None:
    if not rfc5322.fws(at):
        at.note("FWS", "white space", at.at, at.at)


def key_value_list(at: Scanner) -> tuple[tuple[str, bytes], ...]:
    """key-value-list = key-value-pair *( ";" [CFWS] key-value-pair ) [";"]; empty if nothing is left."""
    pairs = []
    while at.at < at.end:
        pair = _key_value_pair(at)
        if pair is None:
            _to_semicolon(at)
        else:
            pairs.append(pair)
            if at.at < at.end and not at.raw.startswith(b";", at.at):
                at.note("key-value-list", "';'", at.at, at.at + 1)
                if not _begins_pair(at):
                    _to_semicolon(at)
        if at.maybe(b";"):
            rfc5322.cfws(at)
    return tuple(pairs)


def _begins_pair(at: Scanner) -> bool:
    """Whether a key comes: pairs that only a space divides are two pairs all the same."""
    return _KEY.match(at.raw, at.at, at.end) is not None


def _key_value_pair(at: Scanner) -> tuple[str, bytes] | None:
    """key-value-pair = key [CFWS] "=" ( dot-atom / quoted-string ); both have room for CFWS around them."""
    key = at.take(_KEY, "key", "a letter, then letters, digits, '-', '_' and '.'")
    if not key:
        return None
    rfc5322.cfws(at)
    if not at.expect(b"=", "key-value-pair"):
        return None
    rfc5322.cfws(at)
    start = at.at
    value = rfc5322.quoted_string(at)
    if value is None:
        value = rfc5322.dot_atom_text(at)
        more = at.take_maybe(_LAX_VALUE)
        if more or not value:
            value += more
            rule = "unquoted-value" if more else "key-value-pair"
            at.note(rule, "a dot-atom or a quoted-string", start, at.at)
    rfc5322.cfws(at)
    return key.decode().lower(), value


def _to_semicolon(at: Scanner) -> None:
    """Step to the next ";" that stands in no comment and no quoted-string; always gets on."""
    while at.at < at.end and not at.raw.startswith(b";", at.at):
        if not at.take_maybe(_LOST) and rfc5322.comment(at) is None:
            rfc5322.quoted_string(at)


def write(said: ReceivedSpf) -> bytes:
    """Write a field on one line, each value quoted; comment and values are printable US-ASCII."""
    comment = b"" if said.comment is None else b"(" + said.comment + b") "
    pairs = b"; ".join(name.encode() + b"=" + rfc5322.quoted(value) for name, value in said.pairs)
    return NAME + b": " + said.result.encode() + b" " + comment + pairs + b"\r\n"
