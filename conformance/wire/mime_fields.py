"""The fields that say what an entity is (RFC 2045 sections 5 and 6, RFC 2183, RFC 2231), one function per rule.

Parameters that RFC 2231 cuts into sections or encodes come back put together, with their charset and language. White
space and comments stand between any two tokens, as RFC 2045 takes over from RFC 822.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.wire import rfc5322
from conformance.wire.date_time import date_time
from conformance.wire.encoded_words import decoded
from conformance.wire.scanner import Scanner

ENCODINGS = ("7bit", "8bit", "binary", "quoted-printable", "base64")
DISPOSITIONS = ("inline", "attachment")
BOUNDARY_LIMIT = 70
"""Octets of a boundary (RFC 2046 section 5.1.1)."""

_TOKEN = re.compile(rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+")
_LAX_VALUE = re.compile(rb'[^ \t\r\n;"()]+')
_LOST = re.compile(rb'[^;"(]+')
_SECTION = re.compile(rb"([^*]*)(?:\*([0-9]{1,4}))?(\*)?\Z")
_EXTENDED = re.compile(rb"([^']*)'([^']*)'(.*)\Z", re.DOTALL)
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})?")
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]\Z")
_DIGITS = re.compile(rb"[0-9]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter: its name in lower case without asterisks, its value without quotes; charset as RFC 2231 gives it."""

    name: str
    value: bytes
    charset: str | None = None
    language: str | None = None

    @property
    def text(self) -> str:
        """The value as text, by its charset or as UTF-8; octets that are neither show as U+FFFD."""
        text = decoded(self.value, self.charset or "utf-8")
        return self.value.decode("utf-8", "replace") if text is None else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A media type in lower case with its parameters; `stated` is whether a field says so."""

    type: str = "text"
    subtype: str = "plain"
    parameters: tuple[Parameter, ...] = ()
    stated: bool = True

    @property
    def essence(self) -> str:
        """Type and subtype with the slash between."""
        return f"{self.type}/{self.subtype}"

    def parameter(self, name: str) -> bytes | None:
        """Return the value of the first parameter of this name (lower case), None without one."""
        return next((parameter.value for parameter in self.parameters if parameter.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """How a part wants to be shown, in lower case, with its parameters (RFC 2183)."""

    type: str
    parameters: tuple[Parameter, ...] = ()


PLAIN = Media(stated=False)
DIGESTED = Media(type="message", subtype="rfc822", stated=False)


def content_type(at: Scanner) -> Media:
    """Type "/" subtype *(";" parameter), up to the end (RFC 2045 section 5.1); text/plain where it is broken."""
    kind = _token(at, "type")
    rfc5322.cfws(at)
    slash = at.expect(b"/", "content")
    rfc5322.cfws(at)
    subtype = _token(at, "subtype") if slash else ""
    found = parameters(at)
    if not kind or not subtype:
        return Media()
    media = Media(type=kind, subtype=subtype, parameters=found)
    boundary = media.parameter("boundary")
    if kind == "multipart" and boundary is None:
        at.note("boundary", "a boundary parameter")
    elif kind == "multipart" and not _BOUNDARY.match(boundary or b""):
        at.note("boundary", f"1 to {BOUNDARY_LIMIT} bchars, the last of them no space")
    return media


def content_transfer_encoding(at: Scanner) -> str:
    """Mechanism, in lower case, up to the end (RFC 2045 section 6.1): one of ENCODINGS or an x-token."""
    rfc5322.cfws(at)
    start = at.at
    found = _token(at, "mechanism")
    if found and found not in ENCODINGS and not found.startswith("x-"):
        at.note("mechanism", " / ".join(ENCODINGS), start, at.at)
    rfc5322.cfws(at)
    at.finish("encoding", "nothing behind the mechanism")
    return found


def content_disposition(at: Scanner) -> Disposition | None:
    """disposition-type *(";" disposition-parm), up to the end (RFC 2183 section 2); None where there is no type."""
    kind = _token(at, "disposition-type")
    found = parameters(at)
    for parameter in found:
        if parameter.name == "size" and not _DIGITS.match(parameter.value):
            at.note("size-parm", "digits")
        elif parameter.name in ("creation-date", "modification-date", "read-date"):
            inner = Scanner(parameter.value)
            date_time(inner)
            if any(not violation.rule.startswith("obs-") for violation in inner.violations):
                at.note("date-time", f"a date-time in {parameter.name}")
    return Disposition(type=kind, parameters=found) if kind else None


def mime_version(at: Scanner) -> str:
    """Version of the format: 1*DIGIT "." 1*DIGIT, comments anywhere, up to the end (RFC 2045 section 4)."""
    rfc5322.cfws(at)
    pieces = [at.take(re.compile(rb"[0-9]+"), "version", "digits")]
    rfc5322.cfws(at)
    pieces.append(b"." if at.expect(b".", "version") else b"")
    rfc5322.cfws(at)
    pieces.append(at.take(re.compile(rb"[0-9]+"), "version", "digits"))
    rfc5322.cfws(at)
    at.finish("version", "nothing behind the version")
    return b"".join(pieces).decode()


def _token(at: Scanner, rule: str) -> str:
    rfc5322.cfws(at)
    return at.take(_TOKEN, rule, "a token").decode().lower()


def parameters(at: Scanner) -> tuple[Parameter, ...]:
    """*(";" parameter), up to the end, with RFC 2231 put together; CFWS may stand around each token."""
    pieces: list[_Piece] = []
    rfc5322.cfws(at)
    while at.at < at.end:
        if not at.maybe(b";"):
            at.note("parameter", "';'", at.at, at.at + 1)
            _to_semicolon(at)
            continue
        rfc5322.cfws(at)
        if at.at >= at.end:
            at.note("parameter", "no semicolon behind the last")
        elif (piece := _parameter(at)) is not None:
            pieces.append(piece)
        rfc5322.cfws(at)
    return tuple(_joined(at, pieces))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A parameter as it stands there, cut at its asterisks (RFC 2231 section 7); its place for what is found wrong later."""

    name: str
    section: int | None
    extended: bool
    value: bytes
    start: int
    end: int


def _parameter(at: Scanner) -> _Piece | None:
    """Parameter = attribute "=" value (RFC 2045 section 5.1); None where it is none."""
    start = at.at
    attribute = at.take(_TOKEN, "attribute", "a token")
    rfc5322.cfws(at)
    if not attribute or not at.expect(b"=", "parameter"):
        _to_semicolon(at)
        return None
    rfc5322.cfws(at)
    value = rfc5322.quoted_string(at)
    if value is None:
        value = _unquoted_value(at)
    found = _SECTION.match(attribute)
    if found is None or not found[1] or (found[2] or b"0") != b"%d" % int(found[2] or b"0"):
        at.note("section", 'name *1("*" number without leading zeros) *1("*")', start, at.at)
    if found is None or not found[1]:
        return _Piece(attribute.decode().lower(), None, False, value, start, at.at)
    section = None if found[2] is None else int(found[2])
    return _Piece(found[1].decode().lower(), section, found[3] is not None, value, start, at.at)


def _unquoted_value(at: Scanner) -> bytes:
    """Token; octets that must be quoted are taken all the same, under the quirk `unquoted-value`."""
    start = at.at
    value = at.take_maybe(_TOKEN)
    more = at.take_maybe(_LAX_VALUE)
    if more:
        at.note("unquoted-value", "a token or a quoted-string", start, at.at)
    elif not value:
        at.note("value", "a token or a quoted-string", start, min(start + 1, at.end))
    return value + more


def _joined(at: Scanner, pieces: list[_Piece]) -> Iterator[Parameter]:
    """Put sections together (RFC 2231 section 3); of those that come twice the first counts."""
    families: dict[str, dict[int | None, _Piece]] = {}
    for piece in pieces:
        family = families.setdefault(piece.name, {})
        if piece.section in family or (family and (piece.section is None) != (None in family)):
            at.note("parameter", "each parameter once", piece.start, piece.end)
        family.setdefault(piece.section, piece)
    for name, family in families.items():
        ordered = [family[None]] if None in family else []
        while None not in family and len(ordered) in family:
            ordered.append(family[len(ordered)])
        if not ordered or len(ordered) < len(family) - (None in family and len(family) - 1):
            first = next(iter(family.values()))
            at.note("section", "sections 0, 1, 2 ... without a gap", first.start, first.end)
        yield _decoded(at, name, ordered)


def _decoded(at: Scanner, name: str, ordered: list[_Piece]) -> Parameter:
    """extended-value = [charset] "'" [language] "'" *(ext-octet / attribute-char), of the first section (RFC 2231 section 7)."""
    charset = language = None
    values = []
    for place, piece in enumerate(ordered):
        value = piece.value
        if piece.extended and place == 0:
            found = _EXTENDED.match(value)
            if found is None:
                at.note("extended-value", "charset'language'value", piece.start, piece.end)
            else:
                charset, language = found[1].decode("latin-1") or None, found[2].decode("latin-1") or None
                value = found[3]
        if piece.extended:
            if any(escape[1] is None for escape in _ESCAPE.finditer(value)):
                at.note("ext-octet", "'%' and two hexadecimal digits", piece.start, piece.end)
            value = _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]) if escape[1] else b"%", value)
        values.append(value)
    return Parameter(name=name, value=b"".join(values), charset=charset, language=language)


def _to_semicolon(at: Scanner) -> None:
    """Step to the next ";" that stands in no comment and no quoted-string; always gets on."""
    while at.at < at.end and not at.raw.startswith(b";", at.at):
        if not at.take_maybe(_LOST) and rfc5322.comment(at) is None:
            rfc5322.quoted_string(at)


def write_parameters(given: tuple[Parameter, ...]) -> bytes:
    """Write parameters on one line: values quoted, or extended where they have a charset."""
    return b"".join(b"; " + _written(parameter) for parameter in given)


def _written(parameter: Parameter) -> bytes:
    if parameter.charset is None and parameter.language is None:
        return parameter.name.encode() + b"=" + rfc5322.quoted(parameter.value)
    octets = b"".join(b"%%%02X" % octet for octet in parameter.value)
    words = f"{parameter.name}*={parameter.charset or ''}'{parameter.language or ''}'"
    return words.encode() + octets
