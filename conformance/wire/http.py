"""HTTP on the wire: one function per rule of RFC 2616 sections 2 to 6 (RFC 1945 is the same but for versions and chunks).

What the RFCs that came after forbid and RFC 2616 allows (folded fields, blanks ahead of a colon) is no violation here,
and neither is what they allow and it does not. Readers hold no role: sessions, audits and faults use the same ones.
How requests and responses are paired and framed stands in http_dialogue.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from conformance.wire.scanner import Message, Parsed, Scanner

_VERSION = re.compile(rb"HTTP/([0-9]+)\.([0-9]+)")
_CODE = re.compile(rb"[0-9]{3}(?![0-9])")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LWS = re.compile(rb"[ \t]*")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LINE = re.compile(rb"[^\n]*\n?")
_DIGITS = re.compile(rb"[0-9]{1,18}")
_ENTITY_TAG = re.compile(rb'(?:W/)?"[^"\x00-\x08\x0a-\x1f\x7f]*"')
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]+")
_QUOTED = rb'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\x00-\x7f])*"'
_CHUNK_EXTENSION = re.compile(
    rb"(?:[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?)*[ \t]*" % (_TOKEN.pattern, _TOKEN.pattern, _QUOTED)
)
_CONTENT_RANGE = re.compile(rb"bytes (?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)")
_RFC1123_FORM = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4}"
    rb" [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and header fields: version as numbers (0, 0 where it cannot be read), code (0 likewise), fields in their order."""

    version: tuple[int, int]
    code: int
    reason: bytes
    fields: tuple[tuple[bytes, bytes], ...]

    def each(self, name: bytes) -> list[bytes]:
        """Return the values of the fields of a name, in any letter case."""
        return [value for known, value in self.fields if known.lower() == name.lower()]

    def get(self, name: bytes) -> bytes | None:
        """Return the values of a name as one, separated by commas (section 4.2); None without such a field."""
        found = self.each(name)
        return b", ".join(found) if found else None

    def words(self, name: bytes) -> set[bytes]:
        """Return the elements of a comma-separated list in lower case, parameters cut off."""
        listed = (self.get(name) or b"").split(b",")
        return {word for each in listed if (word := each.partition(b";")[0].strip().lower())}


NOTHING = Head((0, 0), 0, b"", ())


def status_line(at: Scanner) -> tuple[tuple[int, int], int, bytes]:
    """Status-Line = HTTP-Version SP Status-Code SP Reason-Phrase CRLF (section 6.1)."""
    version = at.take(_VERSION, "HTTP-Version", "HTTP/ and two numbers")
    numbers = _VERSION.match(version)
    at.expect(b" ", "SP")
    code = at.take(_CODE, "Status-Code", "three digits")
    at.expect(b" ", "SP")
    reason = at.rest()
    if _CONTROL.search(reason):
        at.note("Reason-Phrase", "TEXT without control characters", 0, at.end)
    major, minor = (int(numbers[1][:9]), int(numbers[2][:9])) if numbers else (0, 0)
    return (major, minor), int(code or b"0"), reason


def message_header(at: Scanner) -> tuple[bytes, bytes]:
    """message-header = field-name ":" [ field-value ] (section 4.2); LWS may stand between any two of them (section 2.1)."""
    name = at.take(_TOKEN, "field-name", "a token")
    at.take_maybe(_LWS)
    at.expect(b":", "message-header")
    start = at.at
    value = at.rest().strip(b" \t\r\n")
    if _CONTROL.search(re.sub(rb"\r?\n[ \t]", b" ", value)):
        at.note("field-value", "TEXT without control characters", start)
    return name, re.sub(rb"\r?\n[ \t]+", b" ", value)


def read_head(message: Message) -> Parsed[Head]:
    """Read status line and fields, the empty line behind them included (section 6)."""
    at = Scanner(message.raw)
    lines = list(_unfolded(message.raw))
    fields = []
    version, code, reason = (0, 0), 0, b""
    for number, (start, end) in enumerate(lines):
        at.at, at.end = start, _without_end(at, start, end)
        if number == 0:
            version, code, reason = status_line(at)
        elif at.end > start:
            fields.append(message_header(at))
    return Parsed(message, Head(version, code, reason, tuple(fields)), tuple(at.violations))


def _unfolded(raw: bytes) -> list[tuple[int, int]]:
    """Return where each line begins and ends, one that begins with a blank being part of the one before (section 2.2, LWS)."""
    places: list[tuple[int, int]] = []
    for found in _LINE.finditer(raw):
        if not found[0]:
            continue
        if len(places) > 1 and found[0][:1] in (b" ", b"\t"):
            places[-1] = (places[-1][0], found.end())
        else:
            places.append(found.span())
    return places


def _without_end(at: Scanner, start: int, end: int) -> int:
    if at.raw.endswith(b"\r\n", start, end):
        return end - 2
    at.note("CRLF", "CRLF at the end of a line", max(start, end - 2), end)
    return end - at.raw.endswith(b"\n", start, end)


def content_length(head: Head) -> int | None:
    """Return the octets that Content-Length (section 14.13) gives; None without one, or with one that is no number."""
    found = set(head.each(b"Content-Length"))
    said = found.pop() if len(found) == 1 else b""
    return int(said) if _DIGITS.fullmatch(said) else None


def is_chunked(head: Head) -> bool:
    """Whether the last transfer-coding is chunked (section 3.6)."""
    codings = (head.get(b"Transfer-Encoding") or b"").split(b",")
    return codings[-1].strip().lower() == b"chunked"


def chunk_size(line: bytes) -> int | None:
    """Return the size of the chunk that a line announces (section 3.6.1), None if it announces none."""
    found = _CHUNK_SIZE.match(line)
    return int(found[0], 16) if found and len(found[0]) <= 16 else None


def chunked_body(at: Scanner) -> bytes:
    """Chunked-Body = *chunk last-chunk trailer CRLF (section 3.6.1); returns the data of the chunks."""
    parts = []
    while at.at < at.end:
        size = _chunk_header(at)
        if not size:
            _trailer(at)
            break
        parts.append(at.raw[at.at : at.at + size])
        at.at += size
        at.expect(b"\r\n", "chunk")
    return b"".join(parts)


def _chunk_header(at: Scanner) -> int:
    size = chunk_size(at.raw[at.at : at.at + 17])
    at.take(_CHUNK_SIZE, "chunk-size", "hexadecimal digits")
    at.take_maybe(_CHUNK_EXTENSION)
    at.expect(b"\r\n", "chunk")
    return size or 0


def _trailer(at: Scanner) -> None:
    whole = at.end
    while at.at < whole and not at.maybe(b"\r\n"):
        end = at.raw.find(b"\n", at.at, whole) + 1 or whole
        start, at.end = at.at, _without_end(at, at.at, end)
        if at.end > start:
            message_header(at)
        at.at, at.end = end, whole


def http_date(value: bytes) -> dt.datetime | None:
    """Return the time in an HTTP-date of the form of RFC 1123, the only one to be generated (section 3.3.1); None if it is none."""
    if not _RFC1123_FORM.fullmatch(value):
        return None
    month = _MONTHS.index(value[8:11].decode()) + 1
    clock = (int(value[17:19]), int(value[20:22]), int(value[23:25]))
    try:
        told = dt.datetime(int(value[12:16]), month, int(value[5:7]), *clock, tzinfo=dt.UTC)
    except ValueError:
        return None
    return told if _DAYS[told.weekday()].encode() == value[:3] else None


def date_forms(moment: dt.datetime) -> dict[str, str]:
    """Return the three forms of HTTP-date that must be understood (section 3.3.1), by name."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return {
        "rfc1123": f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT",
        "rfc850": f"{_LONG_DAYS[moment.weekday()]}, {moment:%d}-{month}-{moment:%y %H:%M:%S} GMT",
        "asctime": f"{day} {month} {moment.day:2} {moment:%H:%M:%S %Y}",
    }


def is_entity_tag(value: bytes) -> bool:
    """Whether this is an entity-tag: quoted, perhaps weak (section 3.11)."""
    return _ENTITY_TAG.fullmatch(value) is not None


def content_range(value: bytes) -> tuple[int, int, int | None] | None:
    """Return first and last octet and the whole length, None for "*", of a byte-content-range-spec (section 14.16).

    (0, -1, length) where the range itself is "*"; None for what is none or makes no sense.
    """
    found = _CONTENT_RANGE.fullmatch(value)
    if found is None:
        return None
    whole = None if found[3] == b"*" else int(found[3])
    if found[1] is None:
        return 0, -1, whole
    first, last = int(found[1]), int(found[2])
    sensible = first <= last and (whole is None or last < whole)
    return (first, last, whole) if sensible else None
